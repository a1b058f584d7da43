"""When an attack counts: only on what was caught before, after it was saved, decoded and cropped again. Lesson 13."""
from typing import NamedTuple

import numpy as np

from course_lib.degradation import h264
from course_lib.metrics.image import psnr


class Success(NamedTuple):
    """What an attack achieved.

    Args:
        caught: How many fakes scored at or above the threshold before.
        fooled: How many of these scored below it afterwards.
        rate: fooled / caught, nan where nothing was caught.
        decibel: Median PSNR of attacked and original images, dB.
    """

    caught: int
    fooled: int
    rate: float
    decibel: float

    def __str__(self):
        return f"{self.fooled} of {self.caught} ({self.rate:.0%}), PSNR {self.decibel:.1f} dB"


def success(before, after, images, attacked, threshold=0.5):
    """The success of an attack on fakes, conditional on their being caught before it.

    A fake that passed anyway is no success of the attack, and an image the attack did not touch is no failure.

    Args:
        before, after: P(fake) [N] of the fakes before and after.
        images, attacked: f32 [N, H, W, 3].
        threshold: From which on a face is called fake.
    Returns:
        Success.
    Lesson 13.
    """
    caught = np.asarray(before) >= threshold
    fooled = caught & (np.asarray(after) < threshold)
    decibel = np.median([psnr(a, b) for a, b in zip(images, attacked, strict=True)]) if len(images) else np.nan
    rate = fooled.sum() / caught.sum() if caught.any() else float("nan")
    return Success(int(caught.sum()), int(fooled.sum()), float(rate), float(decibel))


def stored(images):
    """Images as a file holds them: rounded to 8 bits.

    Args:
        images: f32 [N, H, W, 3] in [0, 1].
    Returns:
        f32, the same shape.
    Lesson 13.
    """
    return np.round(np.clip(images, 0, 1) * 255).astype(np.float32) / 255


def sent(images, videos, crf=23, margin=16, shift=0):
    """Crops as the detector gets them: put into a frame, encoded as H.264, decoded and cropped again.

    Args:
        images: f32 [N, S, S, 3] in [0, 1].
        videos: int [N], which crops are frames of one clip, in temporal order.
        crf: Of H.264; 0 for none: only the 8 bits are left.
        margin: Pixels added around a crop by repeating its border, so that it is no frame of its own; even.
        shift: Pixels by which the second crop misses the first, in x and y: detectors are not exact.
    Returns:
        f32, the same shape.
    Raises:
        ValueError: For a shift beyond the margin, or odd frames.
    Lesson 13.
    """
    if abs(shift) > margin:
        raise ValueError(f"shift={shift} reaches beyond the margin of {margin} pixels")
    out, side = np.empty_like(images), images.shape[1]
    for video in np.unique(videos):
        rows = np.flatnonzero(np.asarray(videos) == video)
        frames = stored(np.pad(images[rows], [(0, 0), (margin,) * 2, (margin,) * 2, (0, 0)], "edge"))
        frames = h264(frames, crf) if crf else frames
        start = margin + shift
        out[rows] = frames[:, start:start + side, start:start + side]
    return out
