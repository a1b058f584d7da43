"""The answers that the checks of lesson 03 compare with, with the usual mistakes as options."""
import cv2
import numpy as np


def transferred(faces, frames, masks, scale=lambda x, y: y / x, axes=(0, 1, 2), mean=True, within=False):
    """Reinhard's transfer over a whole clip, weighted by soft masks, with the usual mistakes as options.

    Args:
        faces, frames: f64 [T, H, W, 3] in CIELAB.
        masks: f64 [T, H, W] in [0, 1].
        scale: function of the standard deviations of faces and frames.
        axes: over which the statistics are taken; (1, 2) is each frame by itself, all four one number for all channels.
        mean: whether the faces' own mean is taken away before scaling.
        within: whether the standard deviations are those inside the single frames, averaged.
    Returns:
        f64 [T, H, W, 3].
    """
    weight = np.broadcast_to(masks[..., None], faces.shape)

    def average(x, axes):
        return (weight * x).sum(axes, keepdims=True) / weight.sum(axes, keepdims=True)

    def spread(x):
        if within:
            return np.sqrt(average((x - average(x, (1, 2))) ** 2, (1, 2))).mean(0, keepdims=True)
        return np.sqrt(average((x - average(x, axes)) ** 2, axes))

    return (faces - mean * average(faces, axes)) * scale(spread(faces), spread(frames)) + average(frames, axes)


def bands(face, frame, mask, low=True, high=True, small=cv2.pyrDown):
    """The two-level blend, with parts left out or exchanged.

    Args:
        face, frame: f32 [H, W, 3].
        mask: f32 [H, W].
        low, high: whether the coarse and the fine band are there.
        small: function that halves the mask.
    Returns:
        f32 [H, W, 3].
    """
    size = mask.shape[1::-1]
    down = [cv2.pyrDown(a) for a in (face, frame)]
    bands = [a - cv2.pyrUp(b, dstsize=size) for a, b in zip((face, frame), down)]
    coarse = down[1] + small(mask)[..., None] * (down[0] - down[1])
    fine = bands[1] + mask[..., None] * (bands[0] - bands[1])
    return low * cv2.pyrUp(coarse, dstsize=size) + high * fine


def averaged(track, cuts, radius, first=None, last=None, scenes=True, zeros=False):
    """The mean over the frames from t - first to t + last, with the usual mistakes as options.

    Args:
        track: f64 [T, 2].
        cuts: frames at which a scene begins.
        radius: frames to either side.
        first, last: the same for one side.
        scenes: whether only frames of the same scene count.
        zeros: whether missing frames count as zeros.
    Returns:
        f64 [T, 2].
    """
    first, last = radius if first is None else first, radius if last is None else last
    scene = np.isin(np.arange(len(track)), cuts).cumsum() if scenes else np.zeros(len(track), int)
    out = np.empty_like(track)
    for t in range(len(track)):
        near_ = [s for s in range(max(0, t - first), min(len(track), t + last + 1)) if scene[s] == scene[t]]
        out[t] = track[near_].sum(0) / (first + last + 1 if zeros else len(near_))
    return out
