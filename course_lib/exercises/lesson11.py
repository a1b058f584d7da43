"""Checks of lesson 11: IoU of highlights, Laws' energy, self-blended mask, a shortcut in a data set, a spectrum."""
from statistics import NormalDist

import cv2
import numpy as np

from course_lib.forensics.spectra import azimuthal
from course_lib.metrics.detection import auc

from .verdict import Wrong, array, names, near

SPECTRA = ("camera", "blurred", "upsampled")
PROPERTIES = ("JPEG quality", "brightness", "day of the upload", "file size", "hue of the iris", "times resampled",
              "width")


def highlight_iou(rng, answer):
    """Check `highlight_iou`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (a bool [H, W], b bool [H, W], centre_a, centre_b) -> IoU after the centres, whole pixels
            (x, y), are laid over each other; nan where neither has a highlight.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for k in range(4):
        a, b = np.zeros((2, 44, 48), bool)
        y, x, dy, dx = (int(v) for v in rng.integers((9, 9, 1, 4), (13, 15, 3, 6)))
        a[y:y + 14, x:x + 11] = True
        b[y + dy + 3:y + dy + 16, x + dx + 1:x + dx + 12] = True
        if k == 3:
            b[:] = False
        centre_a = np.array([x + 2, y + 1])
        centre_b = centre_a + (dx, dy)
        got = float(array(answer(a.copy(), b.copy(), centre_a.copy(), centre_b.copy()), (), "highlight_iou"))
        right = _moved_iou(a, b, centre_a, centre_b)
        if near(got, right, 1e-6):
            continue
        if near(got, _moved_iou(a, b, (0, 0), (0, 0)), 1e-6):
            raise Wrong("the eyes were not laid over each other. Hint: a point of b at p lies at p - centre_b + "
                        "centre_a in a.")
        if near(got, _moved_iou(a, b, centre_b, centre_a), 1e-6):
            raise Wrong("b was moved the wrong way. Hint: its centre has to come to lie on centre_a.")
        if near(got, _moved_iou(a, b, centre_a[::-1], centre_b[::-1]), 1e-6):
            raise Wrong("x and y are mixed up. Hint: a centre is (x, y), but a mask is indexed [y, x].")
        union = 2 * right / (1 + right) if right < 1 else 1
        if near(got, union, 1e-6):
            raise Wrong("that is the Dice coefficient, twice the intersection over the sum. Hint: IoU divides the "
                        "intersection by the union.")
        raise Wrong(f"for this pair the IoU is {right:.3f}; yours is {got:.3f}. Hint: move b by centre_a - centre_b, "
                    "then (a & b).sum() / (a | b).sum().")
    none = np.zeros((8, 8), bool)
    if not np.isnan(float(answer(none, none, np.array([4, 4]), np.array([4, 4])))):
        raise Wrong("without any highlight there is nothing to compare. Hint: return float('nan'), and let the caller "
                    "abstain.")


def _moved_iou(a, b, centre_a, centre_b):
    dx, dy = (int(v) for v in np.subtract(centre_a, centre_b))
    moved = np.zeros_like(b)
    for y, x in np.argwhere(b):
        if 0 <= y + dy < b.shape[0] and 0 <= x + dx < b.shape[1]:
            moved[y + dy, x + dx] = True
    union = (a | moved).sum()
    return (a & moved).sum() / union if union else float("nan")


def laws_energy(rng, answer):
    """Check `laws_energy`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (image uint8 [H, W], a [5], b [5]) -> the mean absolute response, in levels, of the image minus
            its 15 x 15 mean to the outer products of a and b, in both orders.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    vectors = {"L5": (1, 4, 6, 4, 1), "E5": (-1, -2, 0, 2, 1), "S5": (-1, 0, 2, 0, -1), "R5": (1, -4, 6, -4, 1)}
    for first, second in (("L5", "E5"), ("L5", "S5"), ("E5", "R5")):
        plane = cv2.GaussianBlur(rng.normal(0, 1, (72, 64)), (0, 0), sigmaX=0.6, sigmaY=1.6)
        image = np.clip(120 + 40 * plane / plane.std(), 0, 255).astype(np.uint8)
        a, b = (np.array(vectors[name], float) for name in (first, second))
        got = float(array(answer(image.copy(), a.copy(), b.copy()), (), "laws_energy"))
        right = _energy(image, a, b)
        if near(got, right, 0.01 * right):
            continue
        mistakes = [
            (_energy(image, a, b, wrapped=True), "the mean was subtracted in unsigned 8-bit integers, where 3 - 5 is "
             "254. Hint: image.astype(np.float32) first."),
            (_energy(image, a, b, both=False), "only one of the two orders was taken. Hint: turned by a right angle, a "
             "texture should keep its energy: average a on the columns with b on the rows, and the other way round."),
            (_energy(image, a, b, absolute=False), "positive and negative responses cancel. Hint: np.abs before the "
             "mean."),
            (_energy(image, a, b, mean=False), "the local mean is still in the image: L5 sees brightness instead of "
             "texture. Hint: subtract cv2.blur(image, (15, 15)).")]
        for value, text in mistakes:
            if near(got, value, 0.01 * abs(value) + 1e-6):
                raise Wrong(text)
        raise Wrong(f"the energy of {first} and {second} is {right:.1f} levels; yours is {got:.1f}. Hint: "
                    "cv2.sepFilter2D(image, cv2.CV_32F, a, b), which filters rows with a and columns with b.")


def _energy(image, a, b, wrapped=False, both=True, absolute=True, mean=True):
    level = image.astype(np.float32)
    if wrapped:
        level = (image - cv2.blur(image, (15, 15))).astype(np.float32)
    elif mean:
        level = level - cv2.blur(level, (15, 15))
    responses = [cv2.sepFilter2D(level, cv2.CV_32F, x, y) for x, y in ((a, b), (b, a))[:2 if both else 1]]
    return float(np.mean([(np.abs(r) if absolute else r).mean() for r in responses]))


def soft_mask(rng, answer):
    """Check `soft_mask`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (mask f32 [H, W], first, second, ratio) -> f32 [H, W]: a Gaussian of sigma first, zero below
            the maximum, a Gaussian of sigma second, scaled to the maximum 1, times ratio.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for _ in range(3):
        mask = np.zeros((64, 64), np.float32)
        y, x = rng.integers(8, 16, 2)
        mask[y:y + 30, x:x + 26] = 1
        first, second, ratio = rng.uniform(1.5, 2.0), rng.uniform(5.0, 7.0), float(rng.choice([0.25, 0.5, 0.75]))
        got = array(answer(mask.copy(), first, second, ratio), (64, 64), "soft_mask")
        right = _soft(mask, first, second, ratio)
        if near(got, right, 2e-3):
            continue
        if near(got, _soft(mask, first, second, 1.0), 2e-3):
            raise Wrong("the blend ratio is missing. Hint: multiply at the very end.")
        if near(got, _soft(mask, first, second, ratio, erode=False), 5e-3):
            raise Wrong("the mask was not eroded: it reaches beyond the face. Hint: between the two blurs, set "
                        "everything below the maximum (less 0.001) to 0.")
        if near(got, _soft(mask, first, second, ratio, scale=False), 2e-3):
            raise Wrong(f"the largest value is {float(got.max()):.3f}; it should be the ratio, {ratio}. Hint: divide "
                        "by the maximum after the second blur.")
        if near(got.max(), right.max(), 1e-3):
            raise Wrong(f"the largest value is right, but the area is {float(got.sum()):.0f} instead of "
                        f"{float(right.sum()):.0f}. Hint: cv2.GaussianBlur(mask, (0, 0), sigma), twice, with the "
                        "erosion between them.")
        raise Wrong(f"the largest value is {float(got.max()):.3f}, expected {float(right.max()):.3f}. Hint: blur, keep "
                    "only the plateau, blur, divide by the maximum, multiply by the ratio.")


def _soft(mask, first, second, ratio, erode=True, scale=True):
    core = cv2.GaussianBlur(mask, (0, 0), first)
    core = np.where(core < core.max() - 1e-3, 0, core).astype(np.float32) if erode else core
    core = cv2.GaussianBlur(core, (0, 0), second)
    return core / core.max() * ratio if scale else core * ratio


def shortcut(rng, answer):
    """Check `shortcut`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (properties: dict of name -> [N], fake int [N]) -> sorted names of the properties that alone
            separate real from fake with an AUC of at least 0.95 or at most 0.05.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for _ in range(3):
        fake = rng.permutation(np.repeat([0, 1], 60))
        areas = dict(zip(PROPERTIES, rng.permutation([0.03, 0.08, 0.5, 0.6, 0.92, 0.97, 1]), strict=True))
        properties = {name: _separating(rng, fake, area) for name, area in areas.items()}
        right = sorted(name for name, area in areas.items() if not 0.05 < area < 0.95)
        got = names(answer({k: v.copy() for k, v in properties.items()}, fake.copy()), right, "shortcut")
        if got == right:
            continue
        if sorted(got) == sorted(name for name, area in areas.items() if area >= 0.95):
            raise Wrong("an AUC near 0 separates as well as one near 1: where every fake has the *lower* value, turn "
                        "the sign and it is 1. Hint: max(auc, 1 - auc).")
        if (same := next(name for name, area in areas.items() if area == 0.5)) in got:
            raise Wrong(f"{same} is the same in every file here and separates nothing. Hint: its AUC is 0.5, for ties "
                        "count half.")
        listed = ", ".join(f"{name} {auc(fake, v):.2f}" for name, v in properties.items())
        raise Wrong(f"you have {sorted(set(got) - set(right))} too much and {sorted(set(right) - set(got))} too few; "
                    f"the AUCs of these files are {listed}. Hint: the AUC is the probability that a random fake has a "
                    "higher value than a random real one.")


def _separating(rng, fake, area):
    """Draw a property that separates real from fake with a given AUC: quantiles of two normals; 0.5 is a constant."""
    if area in (0.5, 1):
        return np.full(len(fake), 256.0) if area == 0.5 else fake + 1.0
    n, values = (fake == 0).sum(), np.empty(len(fake))
    quantiles = np.array([NormalDist().inv_cdf((k + 0.5) / n) for k in range(n)])
    for label in (0, 1):
        values[fake == label] = rng.permutation(quantiles) + label * NormalDist().inv_cdf(area) * np.sqrt(2)
    return 100 + 10 * values


def example_square(kind, rng, side=64):
    """A square of texture that falls off as natural images do, with the camera's noise; or blurred, or upsampled.

    Args:
        kind: One of SPECTRA.
        rng: numpy Generator.
        side: Pixels.
    Returns:
        f32 [side, side].
    """
    half = side // 2 if kind == "upsampled" else side
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(half), np.fft.fftfreq(half)))
    f[0, 0] = 1 / half
    image = np.fft.ifft2(np.fft.fft2(rng.normal(size=(half, half))) / f ** rng.uniform(0.9, 1.2)).real
    image = 0.5 + 0.12 * (image - image.mean()) / image.std() + rng.normal(0, 0.004, image.shape)
    if kind == "upsampled":  # zeros between the pixels, and a kernel too short to fill them evenly
        large = np.zeros((side, side))
        large[::2, ::2] = image
        image = cv2.filter2D(large, -1, np.array([[0.1, 0.4, 0.1], [0.4, 1.4, 0.4], [0.1, 0.4, 0.1]]))
    if kind == "blurred":
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(1.0, 1.6))
    return image.astype(np.float32)


def spectrum(rng, answer):
    """Check `read_spectrum`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (frequency f64 [32], power f64 [32]) -> one of SPECTRA.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    tried, mistakes = 12, {}
    for kind in SPECTRA:
        for _ in range(tried):
            frequency, power = azimuthal(example_square(kind, rng))
            got = answer(frequency.copy(), power.copy())
            if got not in SPECTRA:
                raise Wrong(f"read_spectrum gave {got!r}; one of {', '.join(SPECTRA)} is wanted.")
            if got != kind:
                mistakes[kind, got] = mistakes.get((kind, got), 0) + 1
    if sum(mistakes.values()) <= 0.1 * tried * len(SPECTRA):
        return
    (kind, got), count = max(mistakes.items(), key=lambda item: item[1])
    hints = {"blurred": "blur takes the high frequencies away: below the line that the low ones continue in.",
             "upsampled": "zeros between the pixels repeat the spectrum: power rises again towards 0.5 cycles a pixel.",
             "camera": "a camera's picture goes on falling, down to the level of its noise."}
    raise Wrong(f"{count} of {tried} {kind} squares were called {got}. Hint: {hints[kind]} Compare the mean power "
                "above 0.4 cycles a pixel with that around 0.25.")
