"""The second layer of the watermark: a hidden tile that is found again in a crop, a turned or a mirrored copy, and that
carries a payload. Lesson 14.

Method. The image is brought to a shorter side of 256 pixels, its fine detail divided by its local contrast, and the
result cut into tiles of 48 x 48 pixels that are added up ("folded"). A pattern that repeats with the tile's period adds
up; the image's own content mostly cancels. The key gives a phase for each of the tile's frequencies. The embedder knows
the image, so it does not simply add the pattern: by gradient ascent it chooses the change of a given energy that turns
the most phases of the folded tile to the key's (informed embedding). A crop shifts the tile, which the inverse Fourier
transform of the phase differences searches at once; turns, scales and the mirror image are tried one after the other.
The phases of the higher frequencies are turned by 0 or 180 degrees: the payload, protected by a Reed-Solomon code.

Significance. The detector's statistic is z = sqrt(2 / n) times the sum over n frequencies of cos(phase of the image -
phase of the key). For any image and one geometry, over keys, P(z >= t) <= exp(-t^2 / 2) as in the first layer. The
detector takes the largest of at most HYPOTHESES geometries, so by the union bound P <= HYPOTHESES exp(-t^2 / 2): 5e-7
for THRESHOLD.

Sources: Cox et al. 1997 (spread spectrum); Kutter 1998 (periodic marks against geometric attacks); Miller, Doerr and
Cox 2004 (informed coding and embedding); Kuglin and Hines 1975 (phase correlation).
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from reedsolo import ReedSolomonError, RSCodec

SMALLEST = 224  # pixels on the shorter side, from which on an image gets this layer
SIDE, TILE = 256, 48  # of the normalised image and of the tile, pixels
LOW, MIDDLE, HIGH = 5, 13, 19  # periods in a tile: the key alone from LOW to MIDDLE, the payload from MIDDLE to HIGH
PAYLOAD, PARITY = 4, 6  # bytes: of the payload, and for its protection (three wrong bytes are corrected)
STRENGTH = 10 ** (-45.2 / 20)  # root mean square of the change
PAYLOAD_WEIGHT, SOFTNESS, ITERATIONS = 0.8, 0.7, 8
EASY, HARD = 0.8, 1.6  # the host's level over that of the change: up to EASY the payload has its weight, from HARD none
ANGLES, SCALES = np.radians(np.arange(-3, 3.01, 0.5)), np.arange(0.89, 1.0101, 0.01)
REFINED, ROUNDS = 3, ((0.25, 0.006), (0.13, 0.003), (0.06, 0.0015))  # degrees, scale
FINE = 4  # parts of a pixel in which a shift is measured in the end
# the geometries that can be reached, as each round moves by -1, 0 or 1 step: angles, scales, shifts, mirror images
HYPOTHESES = len(ANGLES) * len(SCALES) * 9 ** len(ROUNDS) * (TILE * FINE) ** 2 * 2
THRESHOLD = float(np.sqrt(2 * np.log(HYPOTHESES / 5e-7)))  # 8.7


@dataclass(frozen=True)
class Found:
    """What the search has found.

    Args:
        score: The largest statistic; the mark is there from THRESHOLD on.
        payload: int of 32 bits, None where the code cannot be corrected or there is no mark.
        angle: By which the image was turned, radians.
        scale: Part of the original's shorter side that is left.
        mirrored: Whether left and right are exchanged.
        corrected: Wrong bytes of the code that were corrected.
    """

    score: float
    payload: int | None = None
    angle: float = 0.0
    scale: float = 1.0
    mirrored: bool = False
    corrected: int = 0


def pattern(luma, strength, payload, key):
    """What the second layer adds to an image.

    Args:
        luma: f32 [H, W], of the image with the first layer.
        strength: f32 [h, w], where the eye sees less, mean 1.
        payload: int of 32 bits.
        key: Text.
    Returns:
        f32 [H, W], root mean square 0.0055 (45 dB).
    Lesson 14.
    """
    height, width = luma.shape
    detail, contrast = _detail(_normalised(luma))
    weight = cv2.resize(strength, detail.shape[::-1])
    response = _passed() * (weight / contrast).mean() * detail.size / 2  # of the folded tile to an amplitude of 1
    energy = 2 * STRENGTH**2 / np.mean(weight**2)
    amplitudes = informed(_tile(detail, 0.0, 1.0), _wanted(key, payload), response, energy)
    spectrum = np.zeros((TILE, TILE // 2 + 1), complex)
    spectrum[_band().rows, _band().columns] = amplitudes * TILE**2 / 2
    tile = np.fft.irfft2(spectrum, (TILE, TILE)).astype(np.float32)
    rows, columns = detail.shape
    small = weight * np.tile(tile, (-(-rows // TILE), -(-columns // TILE)))[:rows, :columns]
    small *= STRENGTH / max(float(small.std()), 1e-6)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def informed(host, wanted, response, energy):
    """The amplitudes of a given energy that turn the phases of the host's frequencies to the wanted ones.

    Gradient ascent on the weighted sum of cos(angle between host + change and wanted), softened where the host is weak.
    Where the whole image is strong texture, there is not energy enough for everything, and the payload is left out.

    Args:
        host: complex [n], frequencies of the folded tile.
        wanted: complex [n], of absolute value 1.
        response: f64 [n], what an amplitude of 1 adds to the host.
        energy: Sum of the squared amplitudes.
    Returns:
        complex [n].
    Lesson 14.
    """
    level = np.median(np.abs(host)) / np.median(response * np.sqrt(energy / len(host)))
    payload = PAYLOAD_WEIGHT * np.clip((HARD - level) / (HARD - EASY), 0, 1)
    weight = np.where(_band().carries, payload, 1.0)
    soft = SOFTNESS * np.median(np.abs(host)) + 1e-6
    amplitudes = np.sqrt(energy / np.sum(weight**2)) * weight * wanted
    for _ in range(ITERATIONS):
        now = host + response * amplitudes
        size = np.sqrt(np.abs(now) ** 2 + soft**2)
        gradient = weight * (wanted - now / size * np.real(now * np.conj(wanted)) / size) / size
        amplitudes += 0.5 * gradient * np.sqrt(energy / np.sum(np.abs(gradient) ** 2))
        amplitudes *= np.sqrt(energy / np.sum(np.abs(amplitudes) ** 2))
    return amplitudes


def find(lumas, key):
    """Search for the mark over shifts, turns, scales and mirror images.

    Args:
        lumas: f32 [H, W] of one image, or a list of those of a video's frames, which are averaged.
        key: Text.
    Returns:
        Found.
    Lesson 14.
    """
    lumas = [lumas] if isinstance(lumas, np.ndarray) and lumas.ndim == 2 else lumas
    detail = np.mean([_detail(_normalised(luma))[0] for luma in lumas], 0)
    conjugate, candidates = np.conj(_wanted(key, 0)), []
    for angle in ANGLES:
        for scale in SCALES:
            folded = _folded(detail, angle, scale)
            for mirrored in (False, True):
                z, _ = _peak(_unit(_spectrum(folded[:, ::-1] if mirrored else folded)) * conjugate)
                candidates.append((z, angle, scale, mirrored))
    best = max((_refine(detail, conjugate, *c[1:]) for c in sorted(candidates, reverse=True)[:REFINED]),
               key=lambda result: result[0])
    score, angle, scale, mirrored, phases = best
    payload, corrected = _read(phases) if score >= THRESHOLD else (None, 0)
    return Found(float(score), payload, float(angle), float(scale), mirrored, corrected)


def _refine(detail, conjugate, angle, scale, mirrored):
    """(statistic, angle, scale, mirrored, phase differences [n]) of the best geometry near a coarse one."""

    def at(angle, scale):
        folded = _folded(detail, angle, scale)
        differences = _unit(_spectrum(folded[:, ::-1] if mirrored else folded)) * conjugate
        return *_peak(differences, FINE), differences

    best = at(angle, scale)
    for degrees, step in ROUNDS:
        for turn, grow in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            tried = at(angle + turn * np.radians(degrees), scale + grow * step)
            if tried[0] > best[0]:
                best, angle, scale = tried, angle + turn * np.radians(degrees), scale + grow * step
    z, (dy, dx), differences = best
    band = _band()
    back = np.exp(2j * np.pi * (band.rows * dy + band.columns * dx) / TILE)
    return z, angle, scale, mirrored, differences * back


def _peak(differences, fine=1):
    """(largest statistic over all shifts, that shift in pixels): the inverse transform of the phase differences."""
    band, side = _band(), TILE * fine
    spectrum = np.zeros((side, side // 2 + 1), complex)
    keyed = ~band.carries
    spectrum[band.rows[keyed], band.columns[keyed]] = differences[keyed]
    z = np.fft.irfft2(spectrum, (side, side)) * side**2 / 2 * np.sqrt(2 / keyed.sum())
    y, x = divmod(int(z.argmax()), side)
    return z[y, x], (y / fine, x / fine)


def _read(phases):
    """(payload, corrected bytes) from the phase differences, (None, 0) where the code is too damaged."""
    soft = phases.real[_band().carries][_order()]
    bits = np.bincount(np.arange(len(soft)) % _code_bits(), soft, _code_bits()) < 0
    try:
        message, _, wrong = RSCodec(PARITY).decode(np.packbits(bits).tobytes())
    except ReedSolomonError:
        return None, 0
    return int.from_bytes(message, "big"), len(wrong)


def encode(payload):
    """The bits of a payload with its Reed-Solomon parity.

    Args:
        payload: int of 32 bits.
    Returns:
        bool [80].
    Raises:
        ValueError: For another number.
    Lesson 14.
    """
    if not 0 <= payload < 1 << 8 * PAYLOAD:
        raise ValueError(f"the payload is {payload}; expected an integer of {8 * PAYLOAD} bits")
    code = RSCodec(PARITY).encode(payload.to_bytes(PAYLOAD, "big"))
    return np.unpackbits(np.frombuffer(bytes(code), np.uint8)).astype(bool)


def _code_bits():
    return 8 * (PAYLOAD + PARITY)


@dataclass(frozen=True)
class _Band:
    """The tile's frequencies: signed rows, columns, whether they carry the payload; [n] each."""

    rows: np.ndarray
    columns: np.ndarray
    carries: np.ndarray


@lru_cache(1)
def _band():
    y = np.fft.fftfreq(TILE, 1 / TILE).astype(int)[:, None]
    x = np.arange(TILE // 2 + 1)[None]
    radius = np.hypot(y, x)
    rows, columns = np.nonzero((radius >= LOW) & (radius < HIGH) & (x > 0))
    return _Band(y[rows, 0], columns, radius[rows, columns] >= MIDDLE)


@lru_cache(1)
def _order():
    """A fixed mixture of the payload's frequencies, so that each bit has fine and coarse ones."""
    return np.random.Generator(np.random.PCG64(14)).permutation(int(_band().carries.sum()))


@lru_cache(16)
def _wanted(key, payload):
    """The phases that the key and the payload ask for, as complex numbers of absolute value 1, [n]."""
    band = _band()
    n = len(band.rows)
    turns = np.frombuffer(hashlib.shake_256(f"tile {key}".encode()).digest(4 * n), "<u4") / 2.0**32
    phases = np.exp(2j * np.pi * turns)
    sign = np.ones(int(band.carries.sum()))
    sign[_order()] = np.where(np.resize(encode(payload), len(sign)), -1.0, 1.0)
    phases[band.carries] *= sign if payload else 1.0
    return phases


def _passed():
    """What the high-pass of _detail leaves of each frequency."""
    radius = np.hypot(_band().rows, _band().columns) / TILE
    return 1 - np.exp(-2 * np.pi**2 * 9 * radius**2)


def _normalised(luma):
    height, width = luma.shape
    by = SIDE / min(height, width)
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    return cv2.resize(luma, (max(SIDE, round(width * by)), max(SIDE, round(height * by))), interpolation=how)


def _detail(luma):
    """(the fine detail over its local contrast, that contrast), f32 [h, w] each."""
    fine = luma - cv2.GaussianBlur(luma, (17, 17), 3)
    contrast = np.sqrt(np.maximum(cv2.blur(fine * fine, (17, 17)), 0)) + 0.004
    return np.clip(fine / contrast, -2.5, 2.5), contrast


def _folded(detail, angle, scale):
    """The tile, f32 [48, 48], of an image that was turned by an angle and cut to a part of its size."""
    height, width = detail.shape
    high, wide = int(height * scale), int(width * scale)
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    matrix = np.array([[cos, -sin, 0], [sin, cos, 0]])
    matrix[:, 2] = [(width - 1) / 2, (height - 1) / 2] - matrix[:, :2] @ [(wide - 1) / 2, (high - 1) / 2]
    rows, columns = -(-high // TILE), -(-wide // TILE)
    back = cv2.warpAffine(detail, matrix, (wide, high), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    back = cv2.copyMakeBorder(back, 0, rows * TILE - high, 0, columns * TILE - wide, cv2.BORDER_CONSTANT, value=0)
    return back.reshape(rows, TILE, columns, TILE).sum((0, 2))


def _spectrum(folded):
    return np.fft.rfft2(folded)[_band().rows, _band().columns]


def _tile(detail, angle, scale):
    return _spectrum(_folded(detail, angle, scale))


def _unit(values):
    return values / np.maximum(np.abs(values), 1e-9)
