"""Gives a created face the colours of the frame that it is blended into. Lesson 03.

Every method is a function (face, frame, mask) -> face: two images f32 RGB [H, W, 3] in [0, 1] of the same place, and a
mask [H, W] of the pixels that count, above 0.5. Statistics come from inside the mask alone: the grey or black around a
cut-out face would distort them. With an empty mask the face comes back as it was.

Each consists of two parts: `measure` computes a few numbers (an offset, a gain, a matrix, a curve) and `apply` uses
them. In a video the numbers are smoothed over the frames in between (smoothing.OneEuro), against flicker.
"""
import numpy as np

from course_lib.values import unit_range

LUMA = np.array((0.299, 0.587, 0.114))
LEAST_STD = 1e-4  # a standard deviation below it is no texture: dividing by it would amplify rounding errors
CURVE_POINTS = 64  # points of a histogram's curve


def mean_shift(face, frame, mask):
    """Adds the difference of the mean colours. The simplest, and the only one that keeps all contrast.

    Args:
        face, frame, mask: see the top of this file.
    Returns:
        The face, f32 [H, W, 3].
    Raises:
        ValueError: when the shapes do not fit, or values lie outside [0, 1].
    Lesson 03.
    """
    return _match("mean_shift", face, frame, mask)


def reinhard(face, frame, mask):
    """Transfers the mean and the standard deviation of each channel in CIELAB.

    (x - mean of face) * (std of frame / std of face) + mean of frame.

    Args:
        face, frame, mask: see the top of this file.
    Returns:
        The face, f32 [H, W, 3].
    Raises:
        ValueError: as mean_shift.
    References:
        Reinhard, Ashikhmin, Gooch & Shirley, "Color transfer between images", 2001, equations 10 and 11; with CIELAB in
        place of their l-alpha-beta.
    Lesson 03.
    """
    return _match("reinhard", face, frame, mask)


def match_histogram(face, frame, mask):
    """Histogram matching in each channel: a value becomes the one of the same rank in the frame.

    It follows the frame most closely, shadows and highlights included, which may come from another face shape.

    Args:
        face, frame, mask: see the top of this file.
    Returns:
        The face, f32 [H, W, 3].
    Raises:
        ValueError: as mean_shift.
    References:
        Gonzalez & Woods, "Digital Image Processing", section on histogram matching.
    Lesson 03.
    """
    return _match("match_histogram", face, frame, mask)


def mkl(face, frame, mask):
    """Transfers mean and covariance in RGB, by the linear map that moves colours least (Monge-Kantorovich).

    Args:
        face, frame, mask: see the top of this file.
    Returns:
        The face, f32 [H, W, 3].
    Raises:
        ValueError: as mean_shift.
    References:
        Pitie & Kokaram, "The linear Monge-Kantorovitch linear colour mapping", CVMP 2007, equation 10.
    Lesson 03.
    """
    return _match("mkl", face, frame, mask)


def brightness_contrast(face, frame, mask):
    """Transfers mean and standard deviation of brightness, with one gain and one offset for all channels: hue stays.

    Args:
        face, frame, mask: see the top of this file.
    Returns:
        The face, f32 [H, W, 3].
    Raises:
        ValueError: as mean_shift.
    Lesson 03.
    """
    return _match("brightness_contrast", face, frame, mask)


def measure(method, face, frame, mask):
    """The numbers of a method for one image, of a shape that depends on the method alone: frames can be averaged.

    Args:
        method: a key of METHODS.
        face, frame, mask: see the top of this file.
    Returns:
        f64; None when the mask is empty.
    Raises:
        ValueError: for another method, or as mean_shift.
    Lesson 03.
    """
    face, frame, mask = _checked(method, face, frame, mask)
    inside = mask > 0.5
    if not inside.any():
        return None
    return METHODS[method][0](face[inside].astype(np.float64), frame[inside].astype(np.float64))


def apply(method, face, numbers):
    """The face after a correction that measure computed.

    Args:
        method: a key of METHODS.
        face: f32 RGB [H, W, 3].
        numbers: of measure; None leaves the face as it was.
    Returns:
        f32 [H, W, 3], clipped to [0, 1].
    Lesson 03.
    """
    face = np.asarray(face, np.float32)
    if numbers is None:
        return face
    return np.clip(METHODS[method][1](face, np.asarray(numbers)), 0, 1).astype(np.float32)


def _match(method, face, frame, mask):
    return apply(method, face, measure(method, face, frame, mask))


def _checked(method, face, frame, mask):
    if method not in METHODS:
        raise ValueError(f"no colour method is called {method!r}; there are {', '.join(METHODS)}")
    face, frame, mask = (np.asarray(a, np.float32) for a in (face, frame, mask))
    if face.ndim != 3 or face.shape[2] != 3 or face.shape != frame.shape or mask.shape != face.shape[:2]:
        raise ValueError(f"{method} wants face and frame [H, W, 3] of one shape and a mask [H, W]; got {face.shape}, "
                         f"{frame.shape} and {mask.shape}")
    return unit_range(face, "the face"), unit_range(frame, "the frame"), mask


TO_XYZ = np.array([(0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750),
                   (0.0193339, 0.1191920, 0.9503041)])  # linear sRGB, D65
WHITE = TO_XYZ.sum(1)


def to_lab(rgb):
    """sRGB to CIELAB.

    Args:
        rgb: [..., 3] in [0, 1].
    Returns:
        f64 [..., 3]: L from 0 to 100, a and b about -100 to 100.
    References:
        CIE 15.
    Lesson 03.
    """
    rgb = np.clip(np.asarray(rgb, np.float64), 0, 1)
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    t = linear @ (TO_XYZ.T / WHITE)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def from_lab(lab):
    """CIELAB to sRGB.

    Args:
        lab: [..., 3].
    Returns:
        f64 [..., 3], clipped to [0, 1].
    Lesson 03.
    """
    lab = np.asarray(lab, np.float64)
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
    t = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    linear = np.clip(t @ np.linalg.inv(TO_XYZ.T / WHITE), 0, 1)
    return np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)


def _mean_difference(x, y):
    return y.mean(0) - x.mean(0)


def _gain_and_offset(x, y):
    """[2, C]: the gain and offset that give x the mean and standard deviation of y; gain 1 where x has no texture."""
    std = x.std(0)
    gain = np.where(std > LEAST_STD, y.std(0) / np.maximum(std, LEAST_STD), 1.0)
    return np.stack([gain, y.mean(0) - gain * x.mean(0)])


def _in_lab(x, y):
    return _gain_and_offset(to_lab(x), to_lab(y))


def _apply_lab(face, numbers):
    return from_lab(to_lab(face) * numbers[0] + numbers[1])


def _curves(x, y):
    """[2, 3, CURVE_POINTS]: values of x at even ranks and the values of y that take their place."""
    ranks = np.linspace(0, 1, CURVE_POINTS)
    return np.stack([np.quantile(p, ranks, axis=0).T for p in (x, y)])


def _apply_curves(face, numbers):
    out = np.empty(face.shape, np.float64)
    for c, (old, new) in enumerate(zip(*numbers)):
        rising = np.r_[True, np.diff(old) > 1e-7]
        if rising.sum() < 2:  # one single value: there are no ranks
            out[..., c] = face[..., c] + new.mean() - old.mean()
            continue
        value = np.asarray(face[..., c], np.float64)
        curve = np.interp(value, old[rising], new[rising])
        # beyond what was measured the curve goes on with slope 1
        out[..., c] = curve + np.minimum(value - old[0], 0) + np.maximum(value - old[-1], 0)
    return out


def _root(matrix, power=0.5):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, LEAST_STD**2) ** power) @ vectors.T


def _monge_kantorovich(x, y):
    """[4, 3]: the symmetric matrix and the offset that give x the mean and covariance of y."""
    cov_x, cov_y = (np.cov(p.T, bias=True) if len(p) > 1 else np.zeros((3, 3)) for p in (x, y))
    if np.trace(cov_x) < LEAST_STD**2:
        matrix = np.eye(3)
    else:
        half, back = _root(cov_x), _root(cov_x, -0.5)
        matrix = back @ _root(half @ cov_y @ half) @ back
    return np.vstack([matrix, y.mean(0) - x.mean(0) @ matrix])


def _apply_linear(face, numbers):
    return face @ numbers[:3] + numbers[3]


METHODS = {
    "mean_shift": (_mean_difference, lambda face, numbers: face + numbers),
    "reinhard": (_in_lab, _apply_lab),
    "match_histogram": (_curves, _apply_curves),
    "mkl": (_monge_kantorovich, _apply_linear),
    "brightness_contrast": (lambda x, y: _gain_and_offset(x @ LUMA, y @ LUMA),
                            lambda face, numbers: face * numbers[0] + numbers[1]),
}
