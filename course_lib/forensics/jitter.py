"""Jitter of a face: how hard its pixels accelerate from frame to frame, against the background. Lesson 12."""

import cv2
import numpy as np


def acceleration(frames, landmarks):
    """The second difference in time of the inner face, over that of everything else.

    A smooth motion has a small one, a face that is placed anew in every frame a large one. Speech and blinks raise it
    too, and so does noise, which raises the denominator as well.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1], at least 3.
        landmarks: f [T, 68, 2], iBUG order, pixels.
    Returns:
        f64 [T]: mean of |I[t+1] - 2 I[t] + I[t-1]| inside the hull of brows, eyes, nose and mouth, over the mean
        outside; nan for the first and the last frame.
    Raises:
        ValueError: For fewer frames, or landmarks that do not fit.
    Lesson 12.
    """
    frames, landmarks = np.asarray(frames), np.asarray(landmarks, float)
    if len(frames) < 3 or landmarks.shape != (len(frames), 68, 2):
        raise ValueError(f"frames {frames.shape}, landmarks {landmarks.shape}; expected at least 3 frames and as many "
                         "landmarks, (T, 68, 2)")
    out = np.full(len(frames), np.nan)
    for t in range(1, len(frames) - 1):
        change = np.abs(frames[t + 1] - 2 * frames[t] + frames[t - 1]).mean(-1)
        inner = np.zeros(change.shape, np.uint8)
        cv2.fillConvexPoly(inner, cv2.convexHull(np.round(landmarks[t, 17:]).astype(np.int32)), 1)
        out[t] = change[inner > 0].mean() / max(change[inner == 0].mean(), 1e-9)
    return out
