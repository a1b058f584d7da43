"""A forgery that only the order of its frames reveals: each frame is as good as one of the control. Lesson 12."""

import cv2
import numpy as np

MOTIONS = ("still", "drift", "jitter")


def shifted_faces(frames, landmarks, rng, motion="jitter", sigma=1.0):
    """Shifts the inner face along a random direction by about a pixel, frame by frame, and blends it back.

    "jitter" draws a shift for each frame. "drift" takes the same shifts in rising order, so that the face slides
    smoothly: over a clip the shifts are the same, only their order is not. "still" has one shift for all frames. A
    frame drawn at random from a clip has a shift of the same distribution in all three; a frame at a fixed place has
    not: the first and the last of a drift have the largest shifts.

    Args:
        frames: f32 RGB [T, S, S, 3] in [0, 1], one clip.
        landmarks: f32 [T, 68, 2], pixels.
        rng: numpy Generator.
        motion: One of MOTIONS.
        sigma: Standard deviation of the shift, pixels.
    Returns:
        f32 [T, S, S, 3].
    Raises:
        ValueError: For another motion.
    Lesson 12.
    """
    if motion not in MOTIONS:
        raise ValueError(f"motion is {motion!r}; expected one of {', '.join(MOTIONS)}")
    size, angle = frames.shape[1], rng.uniform(0, 2 * np.pi)
    shifts = rng.normal(0, sigma, len(frames))
    shifts = {"jitter": shifts, "drift": np.sort(shifts), "still": np.full(len(frames), shifts[0])}[motion]
    out = np.empty_like(frames)
    for k, (frame, points, shift) in enumerate(zip(frames, landmarks, shifts)):
        move = np.array([[1, 0, shift * np.cos(angle)], [0, 1, shift * np.sin(angle)]])
        moved = cv2.warpAffine(frame, move, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        mask = np.zeros((size, size), np.float32)
        cv2.fillConvexPoly(mask, cv2.convexHull(np.round(points[17:]).astype(np.int32)), 1.0)
        mask = cv2.GaussianBlur(mask, (0, 0), size / 32)[..., None]
        out[k] = frame + mask * (moved - frame)
    return out.clip(0, 1)


def in_order(clips, order, seed=0):
    """The same clips with their frames in another order: the controls of any temporal detector.

    Args:
        clips: f32 [N, T, S, S, 3].
        order: "original", "shuffled" (a permutation for each clip), "reversed" or "frozen" (one frame, drawn
            at random, repeated).
        seed: Of what is random.
    Returns:
        f32 [N, T, S, S, 3].
    Raises:
        ValueError: For another order.
    Lesson 12.
    """
    rng, count = np.random.default_rng(seed), clips.shape[1]
    if order == "shuffled":
        return np.stack([clip[rng.permutation(count)] for clip in clips])
    if order == "frozen":
        return np.stack([np.repeat(clip[rng.integers(count)][None], count, 0) for clip in clips])
    if order not in ("original", "reversed"):
        raise ValueError(f"order is {order!r}; expected original, shuffled, reversed or frozen")
    return clips if order == "original" else clips[:, ::-1]
