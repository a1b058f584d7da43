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


def landmark_jitter(frames, landmarks):
    """How hard the landmarks of the inner face accelerate, by optical flow from each frame to the next.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1], at least 3.
        landmarks: f [T, 68, 2], iBUG order, pixels: where the flow begins in each frame.
    Returns:
        f64 [T - 2]: median over the landmarks 17 to 67 of the change of velocity, in distances of the eyes; flow loses
        a few landmarks, and a mean would show little else.
    References:
        Lucas and Kanade 1981 for the flow; Sun et al., "Improving the efficiency and robustness of deepfakes detection
        through precise geometric features" (LRNet), CVPR 2021, for landmarks that the flow has calibrated.
    Lesson 12.
    """
    grey = [cv2.cvtColor((np.clip(f, 0, 1) * 255 + 0.5).astype(np.uint8), cv2.COLOR_RGB2GRAY) for f in frames]
    points, steps = np.asarray(landmarks, np.float32), []
    for first, second, p in zip(grey, grey[1:], points[:, 17:]):
        moved, _, _ = cv2.calcOpticalFlowPyrLK(first, second, p[:, None], None, winSize=(11, 11), maxLevel=2)
        steps.append(moved[:, 0] - p)
    eyes = np.linalg.norm(points[:, 36:42].mean(1) - points[:, 42:48].mean(1), axis=-1).mean()
    return np.median(np.linalg.norm(np.diff(steps, axis=0), axis=-1), axis=1).astype(np.float64) / eyes


def embedding_drift(vectors):
    """How far the embedding of a face moves from frame to frame.

    Args:
        vectors: f [..., T, D], unit vectors of a network of faces, frame by frame.
    Returns:
        f [..., T - 1]: 1 minus the cosine of neighbouring frames.
    Lesson 12.
    """
    return 1 - (vectors[..., 1:, :] * vectors[..., :-1, :]).sum(-1)
