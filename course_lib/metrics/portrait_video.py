"""How good a reenacted video of a person is: each frame against the exact one, and how it flickers. Lesson 07."""
import numpy as np

from .animation import by_person
from .image import psnr

COLUMNS = {"psnr": "PSNR, dB", "flicker": "flicker, 1/255"}


def second_difference(images, truth, mask):
    """Flicker as the second temporal difference of a video, less that of the truth.

    y(t + 1) - 2 y(t) + y(t - 1) is zero for what stands still and for what changes evenly; in a video whose errors
    come and go from frame to frame it is large. A video with the same error in every frame has a flicker of 0.

    Args:
        images, truth: f32 [T, H, W, 3] in [0, 1], at least three frames.
        mask: bool [T, H, W], where it is measured: pixels that are inside in one of the three frames.
    Returns:
        A float, the mean absolute difference, in 1/255.
    Raises:
        ValueError: for fewer than three frames, or an empty mask.
    Lesson 07.
    """
    if len(images) < 3 or not np.any(mask):
        raise ValueError(f"second_difference got {len(images)} frames and a mask of {np.sum(mask)} pixels; it takes at "
                         "least three frames, and pixels to measure")
    change = np.diff(np.asarray(images, np.float64) - truth, 2, axis=0)
    return float(255 * np.abs(change).mean(-1)[mask[2:] | mask[1:-1] | mask[:-2]].mean())


def score_portrait(images, truth, mask):
    """The measures of one video.

    Args:
        images, truth: f32 [T, H, W, 3] in [0, 1], at least three frames.
        mask: bool [T, H, W], of the person.
    Returns:
        Dict whose keys COLUMNS names, of floats; the PSNR is the mean over frames, of the person's pixels.
    Lesson 07.
    """
    inside = np.mean([psnr(a, b, m) for a, b, m in zip(images, truth, np.float32(mask), strict=True)])
    return {"psnr": float(inside), "flicker": second_difference(images, truth, mask)}


def portrait_table(rows):
    """Scores as text, each mean with its 95 % interval by clip.

    Args:
        rows: dict of name -> dict of measure -> f64 [clips].
    Returns:
        A str.
    Lesson 07.
    """
    form, wide = {"psnr": "{:.2f}", "flicker": "{:.2f}"}, max(map(len, rows)) + 2
    lines = [" " * wide + "".join(f"{title:>25}" for title in COLUMNS.values())]
    for name, row in rows.items():
        cells = ["{} ({} to {})".format(*(form[k].format(v) for v in by_person(row[k], np.arange(len(row[k])))))
                 for k in COLUMNS]
        lines.append(f"{name:{wide}}" + "".join(f"{cell:>25}" for cell in cells))
    return "\n".join(lines)
