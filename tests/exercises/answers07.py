"""Right and wrong answers to the exercises of lesson 07."""
import cv2
import numpy as np
from scipy.spatial import ConvexHull


def moments(scores, temperature, low=-1, swap=False, variance=True, square=True, rows=False):
    h, w, k = scores.shape
    heat = np.exp(scores / temperature)
    heat = heat / (heat.sum(1, keepdims=True) * h if rows else heat.sum((0, 1)))
    x, y = np.meshgrid(np.linspace(low, 1, w), np.linspace(low, 1, h))
    grid = np.stack([y, x] if swap else [x, y], -1)
    mean = np.einsum("hwk,hwc->kc", heat, grid)
    spread = np.einsum("hwk,hwkc->kc", heat, (grid[:, :, None] - (mean if variance else 0)) ** 2)
    return mean, spread if square else np.sqrt(spread)


def warped(image, flow, sign=1, order=(0, 1), nearest=False, outside=0.0, mask=True):
    h, w = image.shape[:2]
    y, x = np.mgrid[:h, :w] + sign * np.stack([flow[..., order[1]], flow[..., order[0]]])
    if nearest:
        x, y = np.rint(x), np.rint(y)
    inside = (x >= 0) & (x <= w - 1) & (y >= 0) & (y <= h - 1)
    u, v = np.clip(x, 0, w - 1), np.clip(y, 0, h - 1)
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)
    right, low = np.minimum(left + 1, w - 1), np.minimum(top + 1, h - 1)
    a, b = (u - left)[..., None], (v - top)[..., None]
    out = ((1 - a) * (1 - b) * image[top, left] + a * (1 - b) * image[top, right] + (1 - a) * b * image[low, left]
           + a * b * image[low, right])
    return np.where(inside[..., None], out, outside if outside is not None else out), inside if mask else ~inside


def losses(p, j, q, i, a, b, back=False, shift=True, power=1, chain="left", compare="inverse", transpose=False):
    m = a.T if transpose else a
    moved = (p if back else q) @ m.T + (b if shift else 0)
    of_points = (np.abs((q if back else p) - moved) ** power).mean()
    carried = {"left": a @ i, "right": i @ a, "none": i}[chain]
    apart = np.eye(2) - np.linalg.inv(j) @ carried if compare == "inverse" else j - carried
    return of_points, np.abs(apart).mean()


def area(points):
    return ConvexHull(points).volume


def moved(source, first, now, scale=lambda s, f, n: np.sqrt(area(s) / area(f)), whole=False, back=False):
    s = scale(source, first, now)
    shift = first - now if back else now - first
    return s * (source + shift) if whole else source + s * shift


def same_as_driver(source, driver, animations, limit=0.03):
    return [k for k, a in enumerate(animations) if np.abs(a[0] - driver[0]).mean() < limit]


def fitted(driver, target, rows, swap=False, shift=False, stay=False, at="new", mode="lines"):
    (far, near), (low, high) = ((c[:, 0].min(), c[:, 0].max()) for c in (driver, target))
    p = (rows - far) / (near - far)
    places = high + p * (low - high) if swap else low + p * (high - low)
    places = rows if stay else rows - far + low if shift else places

    def line(clip, x):
        m, c = np.linalg.lstsq(np.c_[clip[:, 0], np.ones(len(clip))], clip[:, 1], rcond=None)[0]
        return m * x + c

    scales = line(target, places if at == "new" else rows) / line(driver, rows)
    if mode == "shortcut":
        a, b = line(target, low) / line(driver, far), line(target, high) / line(driver, near)
        scales = (1 - p) * a + p * b
    return places, {"inverse": 1 / scales, "mean": 0 * p + target[:, 1].mean() / driver[:, 1].mean(),
                    "height": line(target, places), "off": scales + 0.1}.get(mode, scales)


RIGHT = {
    "07.soft_argmax": [moments],
    "07.warp": [warped, lambda i, f: (warped(i, f)[0], warped(i, f)[1].astype(int))],
    "07.equivariance": [losses],
    "07.relative": [moved],
    "07.absolute": [same_as_driver, lambda s, d, a: np.flatnonzero(
        [np.abs(x[0] - s).mean() > np.abs(x[0] - d[0]).mean() for x in a])],
    "07.ankle_rule": [fitted],
}
WRONG = [
    ("07.soft_argmax", lambda s, t: moments(s, t, swap=True), "exchanged"),
    ("07.soft_argmax", lambda s, t: moments(s, 1.0), "temperature is not used"),
    ("07.soft_argmax", lambda s, t: moments(s, 1 / t), "multiplied by the temperature"),
    ("07.soft_argmax", lambda s, t: moments(s, t, rows=True), "each row"),
    ("07.soft_argmax", lambda s, t: moments(s, t, low=0), "from 0 to 1"),
    ("07.soft_argmax", lambda s, t: moments(s, t, square=False), "standard deviations"),
    ("07.soft_argmax", lambda s, t: moments(s, t, variance=False), "not subtracted"),
    ("07.soft_argmax", lambda s, t: moments(s, t)[0], "two arrays"),
    ("07.soft_argmax", lambda s, t: (moments(s, t)[0] + 0.1, moments(s, t)[1]), "means of the coordinates"),
    ("07.soft_argmax", lambda s, t: (moments(s, t)[0], 3 * moments(s, t)[1]), "variances are not"),
    ("07.warp", lambda i, f: warped(i, f, sign=-1), "wrong sign"),
    ("07.warp", lambda i, f: warped(i, f, order=(1, 0)), "exchanged"),
    ("07.warp", lambda i, f: warped(i, f, nearest=True), "nearest"),
    ("07.warp", lambda i, f: warped(i, f, outside=None), "has to be 0"),
    ("07.warp", lambda i, f: warped(i, f, mask=False), "`inside` is not"),
    ("07.warp", lambda i, f: warped(i, f)[0], "two arrays"),
    ("07.warp", lambda i, f: (cv2.blur(i, (3, 3)), warped(i, f)[1]), "four neighbours"),
    ("07.equivariance", lambda *x: losses(*x, back=True), "takes the warped"),
    ("07.equivariance", lambda *x: losses(*x, transpose=True), "transposed"),
    ("07.equivariance", lambda *x: losses(*x, shift=False), "b is missing"),
    ("07.equivariance", lambda *x: losses(*x, power=2), "squares"),
    ("07.equivariance", lambda p, j, q, i, a, b: (np.abs(p - q).mean(), 0.0), "not used at all"),
    ("07.equivariance", lambda *x: losses(*x, chain="none"), "derivative is missing"),
    ("07.equivariance", lambda *x: losses(*x, chain="right"), "order"),
    ("07.equivariance", lambda *x: losses(*x, compare="difference"), "small by making"),
    ("07.equivariance", lambda *x: losses(*x)[0], "two numbers"),
    ("07.relative", lambda s, f, n: n, "absolute transfer"),
    ("07.relative", lambda s, f, n: s + n - f, "not scaled"),
    ("07.relative", lambda *x: moved(*x, scale=lambda s, f, n: area(s) / area(f)), "ratio of areas"),
    ("07.relative", lambda *x: moved(*x, scale=lambda s, f, n: np.sqrt(area(f) / area(s))), "upside down"),
    ("07.relative", lambda *x: moved(*x, scale=lambda s, f, n: np.sqrt(area(s) / area(n))), "every frame"),
    ("07.relative", lambda *x: moved(*x, whole=True), "source's points are scaled"),
    ("07.relative", lambda *x: moved(*x, back=True), "backwards"),
    ("07.absolute", lambda s, d, a: [k for k in range(4) if k not in same_as_driver(s, d, a)], "relative ones"),
    ("07.absolute", lambda s, d, a: [0], "Hint: relative"),
    ("07.absolute", lambda s, d, a: None, "return"),
    ("07.absolute", lambda s, d, a: 3.5, "indices"),
    ("07.ankle_rule", lambda *x: fitted(*x, swap=True), "exchanged"),
    ("07.ankle_rule", lambda *x: fitted(*x, stay=True), "nothing is normalised"),
    ("07.ankle_rule", lambda *x: fitted(*x, shift=True), "shifted"),
    ("07.ankle_rule", lambda d, t, r: ((r - d[:, 0].min()) / np.ptp(d[:, 0]), r), "that is p"),
    ("07.ankle_rule", lambda d, t, r: (r + 3, r), "rows are not"),
    ("07.ankle_rule", lambda *x: fitted(*x, mode="inverse"), "upside down"),
    ("07.ankle_rule", lambda *x: fitted(*x, mode="shortcut"), "shortcut"),
    ("07.ankle_rule", lambda *x: fitted(*x, at="old"), "at the driver's row"),
    ("07.ankle_rule", lambda *x: fitted(*x, mode="mean"), "one scale"),
    ("07.ankle_rule", lambda *x: fitted(*x, mode="height"), "height in pixels"),
    ("07.ankle_rule", lambda *x: fitted(*x, mode="off"), "the scales are not"),
    ("07.ankle_rule", lambda *x: fitted(*x)[0], "two arrays"),
]
