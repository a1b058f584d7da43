"""Right and wrong answers to the exercises of lesson 03."""
import cv2
import numpy as np

from course_lib.exercises.references03 import averaged, bands, transferred


def by_distance(shape, width, pad=1, rise=lambda t: t):
    depth = cv2.distanceTransform(np.pad(shape, pad).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    depth = depth[pad:len(depth) - pad, pad:len(depth) - pad]
    return rise(np.clip((depth - 1) / width, 0, 1))


def by_blur(shape, width, shrink=True, pad=True, factor=0.5):
    side = 2 * width
    shape = np.pad(shape, side if pad else 0)
    if shrink:
        shape = cv2.erode(shape, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(factor * width) + 1,) * 2))
    soft = cv2.blur(shape, (2 * int(0.35 * width) + 1,) * 2)
    return soft[side:-side, side:-side] if pad else soft


def reinhard(faces, frames, masks):
    weight = masks.ravel() / masks.sum()
    x, y = faces.reshape(-1, 3), frames.reshape(-1, 3)
    mean, std = zip(*((weight @ z, np.sqrt(weight @ z**2 - (weight @ z) ** 2)) for z in (x, y)), strict=True)
    return ((x - mean[0]) * std[1] / std[0] + mean[1]).reshape(faces.shape)


def laplacian(face, frame, mask, down=cv2.pyrDown, up=cv2.pyrUp):
    small = [down(x) for x in (face, frame, mask)]
    f, g = face - up(small[0]), frame - up(small[1])
    m, s = mask[..., None], small[2][..., None]
    return up(s * small[0] + (1 - s) * small[1]) + m * f + (1 - m) * g


def averaged_in_scenes(track, cuts, radius):
    out = []
    for part in np.split(track, cuts):
        out += [part[max(0, t - radius):t + radius + 1].mean(0) for t in range(len(part))]
    return np.array(out)


def convolved(track, cuts, radius):
    return np.stack([np.convolve(x, np.ones(2 * radius + 1) / (2 * radius + 1), "same") for x in track.T], 1)


RIGHT = {
    "03.soft_mask": [by_distance, by_blur, lambda s, w: by_distance(s, w, rise=lambda t: t * t * (3 - 2 * t))],
    "03.reinhard": [reinhard, transferred],
    "03.pyramid": [laplacian, bands],
    "03.steady": [averaged_in_scenes, averaged],
}
WRONG = [
    ("03.soft_mask", lambda s, w: cv2.GaussianBlur(s, (0, 0), w / 2), "leaks"),
    ("03.soft_mask", lambda s, w: s, "jumps"),
    ("03.soft_mask", lambda s, w: by_distance(s, w, pad=0), "border of the crop"),
    ("03.soft_mask", lambda s, w: by_blur(s, w, pad=False), "border of the crop"),
    ("03.soft_mask", lambda s, w: by_distance(s, 4 * w), "deep inside"),
    ("03.soft_mask", lambda s, w: by_distance(s, w) * 0, "empty"),
    ("03.soft_mask", lambda s, w: by_distance(s, w) * 255, "between 0 and 1"),
    ("03.soft_mask", lambda s, w: by_blur(s, w, factor=1.6), "cut away"),
    ("03.soft_mask", lambda s, w: by_distance(s, 1.5), "neighbouring"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, m, axes=(1, 2)), "flickers"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, m, within=True), "inside each frame, averaged"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, (m > 0.5).astype(float)), "cut at 0.5"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, np.ones_like(m)), "zeros around the face"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, m * m), "counts twice"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, m, scale=lambda a, b: a / b), "upside down"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, m, scale=lambda a, b: 1), "the mean is right"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, m, scale=lambda a, b: (b / a) ** 2), "variances"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, m, axes=(0, 1, 2, 3)), "all three channels"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, m, mean=False), "not taken away"),
    ("03.reinhard", lambda x, y, m: transferred(y, x, m), "exchanged"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, m / m.sum((1, 2), keepdims=True)), "the same weight"),
    ("03.reinhard", lambda x, y, m: np.clip(reinhard(x, y, m), 0, 255), "clipped"),
    ("03.reinhard", lambda x, y, m: reinhard(x, y, m) * m[..., None], "multiplied by the masks"),
    ("03.reinhard", lambda x, y, m: y + m[..., None] * (reinhard(x, y, m) - y), "blended"),
    ("03.reinhard", lambda x, y, m: transferred(x, y, m, scale=lambda a, b: b / a + 0.1), "standard deviations are"),
    ("03.reinhard", lambda x, y, m: x + 1, "the means are"),
    ("03.reinhard", lambda x, y, m: x[0], "shape"),
    ("03.pyramid", lambda x, y, m: y + m[..., None] * (x - y), "alpha blending"),
    ("03.pyramid", lambda x, y, m: bands(x, y, m, high=False), "fine band is missing"),
    ("03.pyramid", lambda x, y, m: bands(x, y, m, low=False), "only the fine band"),
    ("03.pyramid", lambda x, y, m: bands(y, x, m), "exchanged"),
    ("03.pyramid", lambda x, y, m: bands(x, y, m, small=lambda a: (cv2.pyrDown(a) > 0.5).astype(np.float32)), "hard"),
    ("03.pyramid", lambda x, y, m: bands(x, y, m, small=lambda a: a[::2, ::2]), "as hard as the large"),
    ("03.pyramid", lambda x, y, m: laplacian(x, y, cv2.blur(m, (5, 5))), "level by level"),
    ("03.pyramid", lambda x, y, m: laplacian(x, y, m, up=lambda a: cv2.resize(a, None, fx=2, fy=2)), "level by level"),
    ("03.pyramid", lambda x, y, m: x + y, "comes? back"),
    ("03.steady", lambda t, c, r: t, "nothing was smoothed"),
    ("03.steady", lambda t, c, r: averaged(t, c, r, scenes=False), "across the cuts"),
    ("03.steady", lambda t, c, r: averaged(t, c, r, last=0), "lags"),
    ("03.steady", lambda t, c, r: averaged(t, c, r, first=0), "ahead alone"),
    ("03.steady", lambda t, c, r: averaged(t, c, r, last=r - 1), "one frame too early"),
    ("03.steady", lambda t, c, r: averaged(t, c, r, zeros=True), "count as zeros"),
    ("03.steady", convolved, "count as zeros, which pulls"),
    ("03.steady", lambda t, c, r: averaged(t, [k + 1 for k in c], r), "not after it"),
    ("03.steady", lambda t, c, r: averaged_in_scenes(t, c, r + 1), "pixels from the mean"),
    ("03.steady", lambda t, c, r: t.T, "shape"),
]
