"""Forgeries that only the order of their frames reveals, and the orders that test for it. Lesson 12."""

import cv2
import numpy as np

MOTIONS = ("still", "drift", "jitter")
FORGERIES = {"flicker": ("switch", 0.15), "jitter": ("drift", 2.0), "soft": ("untouched", 0.8)}  # control, strength


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
        out[k] = frame + inner_face(points, size) * (moved - frame)
    return out.clip(0, 1)


def inner_face(points, size):
    """A soft mask of the inner face: what a face swap replaces.

    Args:
        points: f32 [68, 2], pixels.
        size: Side of the frame, pixels.
    Returns:
        f32 [size, size, 1] in [0, 1].
    Lesson 12.
    """
    mask = np.zeros((size, size), np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(points[17:]).astype(np.int32)), 1.0)
    return cv2.GaussianBlur(mask, (0, 0), size / 32)[..., None]


def forged_pair(frames, landmarks, rng, forgery, strength=None):
    """A forged clip and its control, which differ in one thing.

    "flicker": the inner face is brighter and darker in turns; in its control the same frames are brighter and darker,
    but in two blocks, as if a lamp was switched once. "jitter": random shifts, against the same in rising order, a
    drift. In both, a random frame looks alike in forgery and control, and only the order tells them apart. "soft": the
    inner face is a little blurred in every frame, against the clip as it is; every single frame tells.

    Args:
        frames: f32 RGB [T, S, S, 3] in [0, 1], one clip.
        landmarks: f32 [T, 68, 2], pixels.
        rng: numpy Generator.
        forgery: A key of FORGERIES.
        strength: Change of brightness (relative), or standard deviation of the shift or of the blur in pixels; that of
            FORGERIES when left out.
    Returns:
        (forged, control), f32 [T, S, S, 3] each.
    Raises:
        ValueError: For another forgery.
    Lesson 12.
    """
    if forgery not in FORGERIES:
        raise ValueError(f"forgery is {forgery!r}; expected one of {', '.join(FORGERIES)}")
    strength = FORGERIES[forgery][1] if strength is None else strength
    if forgery == "jitter":
        state = rng.bit_generator.state  # the same direction and shifts for both
        forged = shifted_faces(frames, landmarks, rng, "jitter", strength)
        rng.bit_generator.state = state
        control = shifted_faces(frames, landmarks, rng, "drift", strength)
        return forged, control
    masks = np.stack([inner_face(points, frames.shape[1]) for points in landmarks])
    if forgery == "soft":
        blurred = np.stack([cv2.GaussianBlur(frame, (0, 0), strength) for frame in frames])
        return frames + masks * (blurred - frames), frames
    level = strength * rng.uniform(0.7, 1.3) * rng.choice((-1, 1))
    turns = level * np.where(np.arange(len(frames)) % 2, -1, 1).astype(np.float32)
    blocks = np.sort(turns)[::rng.choice((1, -1))]
    return tuple((frames * (1 + masks * g[:, None, None, None])).clip(0, 1) for g in (turns, blocks))


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
