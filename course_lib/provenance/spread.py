"""The second layer of the watermark: a hidden tile that is found again in a crop, a turned or a mirrored copy, and that
carries a payload. Lesson 14.

Method. The image is brought to a shorter side of 256 pixels, its fine detail divided by its local contrast, and the
result cut into tiles of 48 x 48 pixels that are added up ("folded"; tile.py). A pattern that repeats with the tile's
period adds up; the image's own content mostly cancels. The key gives a phase for each of the tile's frequencies. The
embedder knows the image, so it does not simply add the pattern: by gradient ascent it chooses the change of a given
energy that turns the most phases of the folded tile to the key's (informed embedding), in the whole image and in what
crops would leave of it. A crop shifts the tile, which the inverse Fourier transform of the phase differences searches
at once; turns, scales and the mirror image are tried one after the other. The phases of the higher frequencies are
turned by 0 or 180 degrees: the payload, protected by a Reed-Solomon code. An image that is all strong texture gets no
payload, and all its frequencies say only that the mark is there.

Significance. The detector's statistic is z = sqrt(2 / n) times the sum over n frequencies of cos(phase of the image -
phase of the key). For any image and one geometry, over keys, P(z >= t) <= exp(-t^2 / 2) as in the first layer. The
detector takes the largest of at most HYPOTHESES (geometries, and sets of frequencies), so by the union bound P <=
HYPOTHESES exp(-t^2 / 2): 5e-7 for THRESHOLD.

Sources: Cox et al. 1997 (spread spectrum); Kutter 1998 (periodic marks against geometric attacks); Miller, Doerr and
Cox 2004 (informed coding and embedding); Kuglin and Hines 1975 (phase correlation).
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from .payload import read
from .tile import (
    PARITY,
    PAYLOAD,
    TILE,
    _band,
    _detail,
    _folded,
    _normalised,
    _order,
    _passed,
    _spectrum,
    _tile,
    _unit,
    _wanted,
    encode,
)

__all__ = ["HYPOTHESES", "PARITY", "PAYLOAD", "SMALLEST", "THRESHOLD", "Found", "at", "encode", "find", "find_in",
           "informed", "normalised_detail", "pattern"]

SMALLEST = 224  # pixels on the shorter side, from which on an image gets this layer
SOFTNESS, ITERATIONS = 0.7, 12
SURE, HALVINGS = 13.0, 5  # the payload gets what energy the statistic does not need to reach SURE; steps of bisection
CROP = 0.1  # of height and width: the crops for which the mark is embedded, beside the whole image
ANGLES, SCALES = np.radians(np.arange(-3, 3.01, 0.5)), np.arange(0.89, 1.0101, 0.01)
REFINED, ROUNDS = 4, ((0.25, 0.006), (0.13, 0.003), (0.06, 0.0015))  # degrees, scale
KEYED, ALL = 0, 1  # what the statistic sums: the frequencies without the payload, or all, where there is none
FINE = 4  # parts of a pixel in which a shift is measured in the end
# what can be reached, as each round moves by -1, 0 or 1 step: angles, scales, shifts, mirror images, KEYED and ALL
HYPOTHESES = len(ANGLES) * len(SCALES) * 9 ** len(ROUNDS) * (TILE * FINE) ** 2 * 2 * 2
THRESHOLD = float(np.sqrt(2 * np.log(HYPOTHESES / 5e-7)))  # 8.7


@dataclass(frozen=True)
class Found:
    """What the search has found.

    Args:
        score: The largest statistic; the mark is there from THRESHOLD on.
        payload: int of 32 bits, None where there is none, or the code cannot be corrected.
        angle: By which the image was turned, radians.
        scale: Part of the original's shorter side that is left.
        mirrored: Whether left and right are exchanged.
        corrected: Wrong bytes of the code that were corrected.
        shift: Of the tile, (down, right) in its pixels.
        soft: f64 [n] from -1 to 1, one for each frequency of the payload, repeating the code's bits: negative for 1.
    """

    score: float
    payload: int | None = None
    angle: float = 0.0
    scale: float = 1.0
    mirrored: bool = False
    corrected: int = 0
    shift: tuple = (0.0, 0.0)
    soft: np.ndarray | None = field(default=None, repr=False, compare=False)


def pattern(luma, strength, payload, key, rms):
    """What the second layer adds to an image.

    Args:
        luma: f32 [H, W], of the image with the first layer.
        strength: f32 [h, w], where the eye sees less, mean 1.
        payload: int of 32 bits; 0 for none.
        key: Text.
        rms: Root mean square of what is added, about 0.0056 (45 dB).
    Returns:
        f32 [H, W].
    Lesson 14.
    """
    height, width = luma.shape
    detail, contrast = _detail(_normalised(luma))
    weight = cv2.resize(strength, detail.shape[::-1])
    gain, hosts, response = weight / contrast, [], []
    for window in _windows(*detail.shape):
        inside = np.zeros_like(detail)
        inside[window] = detail[window]
        hosts.append(_tile(inside, 0.0, 1.0))
        response.append(_passed() * gain[window].sum() / 2)  # of the folded tile to an amplitude of 1
    energy = 2 * rms**2 / np.mean(weight**2)
    amplitudes = _shared(np.array(hosts), _wanted(key, payload), _wanted(key, 0), np.array(response), energy)
    spectrum = np.zeros((TILE, TILE // 2 + 1), complex)
    spectrum[_band().rows, _band().columns] = amplitudes * TILE**2 / 2
    tile = np.fft.irfft2(spectrum, (TILE, TILE)).astype(np.float32)
    rows, columns = detail.shape
    small = weight * np.tile(tile, (-(-rows // TILE), -(-columns // TILE)))[:rows, :columns]
    small *= rms / max(float(small.std()), 1e-6)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def informed(hosts, wanted, response, energy, payload=1.0):
    """The amplitudes of a given energy that turn the phases of the host's frequencies to the wanted ones.

    Gradient ascent on the weighted sum of cos(angle between host + change and wanted), softened where the host is weak,
    averaged over what crops would leave of the image: the host of a crop is another one, the change is the same.

    Args:
        hosts: complex [W, n], frequencies of the folded tile: of the whole image and of what each crop leaves.
        wanted: complex [n], of absolute value 1.
        response: f64 [W, n], what an amplitude of 1 adds to each host.
        energy: Sum of the squared amplitudes.
        payload: Weight of the frequencies that carry the payload; the others have 1.
    Returns:
        complex [n].
    Lesson 14.
    """
    weight = np.where(_band().carries, payload, 1.0)
    soft = SOFTNESS * np.median(np.abs(hosts), 1, keepdims=True) + 1e-6
    amplitudes = np.sqrt(energy / np.sum(weight**2)) * weight * wanted
    for _ in range(ITERATIONS):
        now = hosts + response * amplitudes
        size = np.sqrt(np.abs(now) ** 2 + soft**2)
        gradient = weight * np.mean((wanted - now / size * np.real(now * np.conj(wanted)) / size) * response / size, 0)
        amplitudes += 0.5 * gradient * np.sqrt(energy / np.sum(np.abs(gradient) ** 2))
        amplitudes *= np.sqrt(energy / np.sum(np.abs(amplitudes) ** 2))
    return amplitudes


def _shared(hosts, wanted, bare, response, energy):
    """`informed`, with the largest weight of the payload up to 1 that leaves the statistic at SURE in every crop.

    In an image of strong texture there is not energy enough for both: it gets no payload, and all frequencies the key's
    own phases, which is what `bare` asks for.
    """
    keyed = ~_band().carries

    def tried(payload, asked=wanted, used=keyed):
        amplitudes = informed(hosts, asked, response, energy, payload)
        cosines = np.real(_unit(hosts + response * amplitudes) * np.conj(asked))[:, used]
        return amplitudes, cosines.sum(1).min() * np.sqrt(2 / used.sum()) >= SURE

    best, sure = tried(1.0)
    if sure:
        return best
    low, high = 0.0, 1.0
    best, sure = tried(low)
    if not sure:
        return informed(hosts, bare, response, energy)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        amplitudes, sure = tried(middle)
        low, high, best = (middle, high, amplitudes) if sure else (low, middle, best)
    return best


def _windows(height, width):
    """The whole image, and what crops of CROP leave of it: the middle and the corners."""
    dy, dx = round(CROP * height), round(CROP * width)
    yield np.s_[:, :]
    for y, x in ((dy // 2, dx // 2), (0, 0), (0, dx), (dy, 0), (dy, dx)):
        yield np.s_[y:y + height - dy, x:x + width - dx]


def find(luma, key):
    """Search for the mark over shifts, turns, scales and mirror images.

    Args:
        luma: f32 [H, W].
        key: Text.
    Returns:
        Found.
    Lesson 14.
    """
    return find_in(normalised_detail(luma), key)


def normalised_detail(luma):
    """What the search looks at: the fine detail over its local contrast, at the normalised size.

    Args:
        luma: f32 [H, W].
    Returns:
        f32 [h, w], 256 px on the shorter side.
    Lesson 14.
    """
    return _detail(_normalised(luma))[0]


def find_in(detail, key):
    """The search of `find`.

    Args:
        detail: f32 [h, w], of `normalised_detail`.
        key: Text.
    Returns:
        Found.
    Lesson 14.
    """
    conjugate, candidates = np.conj(_wanted(key, 0)), []
    for angle in ANGLES:
        for scale in SCALES:
            folded = _folded(detail, angle, scale)
            for mirrored in (False, True):
                differences = _unit(_spectrum(folded[:, ::-1] if mirrored else folded)) * conjugate
                candidates += [(_peak(differences, used)[0], angle, scale, mirrored, used) for used in (KEYED, ALL)]
    candidates.sort(reverse=True)
    best = max((_refine(detail, conjugate, *c[1:]) for c in candidates[:REFINED]), key=lambda result: result[0])
    score, angle, scale, mirrored, shift, phases = best
    soft = _soft(phases)
    payload, corrected = read(soft) if score >= THRESHOLD else (None, 0)
    return Found(float(score), payload or None, float(angle), float(scale), mirrored, corrected, shift, soft)


def at(detail, key, found):
    """What another image shows at the place where the mark was found: of another frame of the same clip.

    Args:
        detail: f32 [h, w], of `normalised_detail`.
        key: Text.
        found: Found.
    Returns:
        (float, the statistic of the frequencies without the payload; f64 [n], as Found.soft).
    Lesson 14.
    """
    phases = _shifted(_turned(detail, np.conj(_wanted(key, 0)), found.angle, found.scale, found.mirrored), *found.shift)
    keyed = ~_band().carries
    return float(phases.real[keyed].sum() * np.sqrt(2 / keyed.sum())), _soft(phases)


def _soft(phases):
    return phases.real[_band().carries][_order()]


def _turned(detail, conjugate, angle, scale, mirrored):
    """The phase differences of one geometry, complex [n]."""
    folded = _folded(detail, angle, scale)
    return _unit(_spectrum(folded[:, ::-1] if mirrored else folded)) * conjugate


def _shifted(differences, dy, dx):
    band = _band()
    return differences * np.exp(2j * np.pi * (band.rows * dy + band.columns * dx) / TILE)


def _refine(detail, conjugate, angle, scale, mirrored, used):
    """(statistic, angle, scale, mirrored, shift, phase differences [n]) of the best geometry near a coarse one."""

    def at(angle, scale):
        differences = _turned(detail, conjugate, angle, scale, mirrored)
        return *_peak(differences, used, FINE), differences

    best = at(angle, scale)
    for degrees, step in ROUNDS:
        for turn, grow in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            tried = at(angle + turn * np.radians(degrees), scale + grow * step)
            if tried[0] > best[0]:
                best, angle, scale = tried, angle + turn * np.radians(degrees), scale + grow * step
    z, shift, differences = best
    return z, angle, scale, mirrored, shift, _shifted(differences, *shift)


def _peak(differences, used, fine=1):
    """(largest statistic over all shifts, that shift in pixels): the inverse transform of the phase differences."""
    band, side = _band(), TILE * fine
    spectrum = np.zeros((side, side // 2 + 1), complex)
    taken = ~band.carries if used == KEYED else np.ones(len(band.rows), bool)
    spectrum[band.rows[taken], band.columns[taken]] = differences[taken]
    z = np.fft.irfft2(spectrum, (side, side)) * side**2 / 2 * np.sqrt(2 / taken.sum())
    y, x = divmod(int(z.argmax()), side)
    return z[y, x], (y / fine, x / fine)
