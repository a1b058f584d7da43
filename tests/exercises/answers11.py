"""Right and wrong answers to the exercises of lesson 11."""
import cv2
import numpy as np

from course_lib.exercises.lesson11 import _energy as energy
from course_lib.exercises.lesson11 import _moved_iou as iou
from course_lib.exercises.lesson11 import _soft as soft
from course_lib.forensics.corneas import highlight_iou
from course_lib.metrics.detection import auc


def dice(a, b, p, q):
    value = iou(a, b, p, q)
    return 2 * value / (1 + value)


def shifted(a, b, p, q):
    dx, dy = (int(v) for v in np.subtract(p, q))
    moved = np.roll(b, (dy, dx), (0, 1))
    return (a & moved).sum() / (a | moved).sum() if (a | moved).any() else np.nan


def shortcut(properties, fake, both=True, least=0.95):
    areas = {name: auc(fake, values) for name, values in properties.items()}
    return sorted(n for n, area in areas.items() if (max(area, 1 - area) if both else area) >= least)


def read(frequency, power):
    gap = power[frequency > 0.42].mean() - power[(frequency > 0.2) & (frequency < 0.3)].mean()
    return "upsampled" if gap > 0 else "blurred" if gap < -1.5 else "camera"


def by_hand(image, a, b):
    level = image.astype(np.float64) - cv2.blur(image.astype(np.float64), (15, 15))
    padded = np.pad(level, 2, mode="reflect")
    total = 0.0
    for row, column in ((a, b), (b, a)):
        kernel = np.outer(column, row)
        out = sum(kernel[i, j] * padded[i:i + level.shape[0], j:j + level.shape[1]] for i in range(5) for j in range(5))
        total += np.abs(out).mean() / 2
    return total


RIGHT = {
    "11.highlight_iou": [iou, highlight_iou, shifted],
    "11.laws": [energy, by_hand],
    "11.soft_mask": [soft],
    "11.shortcut": [shortcut],
    "11.spectrum": [read],
}
WRONG = [
    ("11.highlight_iou", lambda a, b, p, q: iou(a, b, (0, 0), (0, 0)), "laid over"),
    ("11.highlight_iou", lambda a, b, p, q: iou(a, b, q, p), "wrong way"),
    ("11.highlight_iou", lambda a, b, p, q: iou(a, b, p[::-1], q[::-1]), "mixed up"),
    ("11.highlight_iou", dice, "Dice"),
    ("11.highlight_iou", lambda a, b, p, q: 0.9, "yours is 0.9"),
    ("11.highlight_iou", lambda a, b, p, q: np.nan_to_num(iou(a, b, p, q)), "abstain"),
    ("11.laws", lambda i, a, b: energy(i, a, b, wrapped=True), "8-bit"),
    ("11.laws", lambda i, a, b: energy(i, a, b, both=False), "two orders"),
    ("11.laws", lambda i, a, b: energy(i, a, b, absolute=False), "cancel"),
    ("11.laws", lambda i, a, b: energy(i, a, b, mean=False), "brightness"),
    ("11.laws", lambda i, a, b: 2 * energy(i, a, b), "yours is"),
    ("11.soft_mask", lambda m, a, b, r: soft(m, a, b, 1.0), "ratio is missing"),
    ("11.soft_mask", lambda m, a, b, r: soft(m, a, b, r, erode=False), "not eroded"),
    ("11.soft_mask", lambda m, a, b, r: soft(m, a, b, r, scale=False), "largest value"),
    ("11.soft_mask", lambda m, a, b, r: cv2.GaussianBlur(m, (0, 0), a) * r, "area"),
    ("11.shortcut", lambda p, f: shortcut(p, f, both=False), "turn the sign"),
    ("11.shortcut", lambda p, f: shortcut(p, f)[::-1], "not sorted"),
    ("11.shortcut", lambda p, f: sorted(p), "same in every"),
    ("11.shortcut", lambda p, f: shortcut(p, f, least=0.9), "too much"),
    ("11.shortcut", lambda p, f: shortcut(p, f, least=0.98), "too few"),
    ("11.shortcut", lambda p, f: ["JPEG quality", "brightness", "times resampled"], "too|same in every"),
    ("11.shortcut", lambda p, f: "JPEG quality", "list of names"),
    ("11.spectrum", lambda f, p: "camera", "called camera"),
    ("11.spectrum", lambda f, p: "fake", "is wanted"),
    ("11.spectrum", lambda f, p: "blurred", "called blurred"),
]
