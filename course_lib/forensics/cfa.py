"""The trace of the colour filter array: two of three colour values of a camera's image are interpolated. Lesson 11."""
import cv2
import numpy as np

from course_lib.degradation import PATTERNS, colour_filter

from .compression import face_and_around
from .evidence import Evidence, checked, heat

_CROSS = np.float32([[0, 1, 0], [1, 0, 1], [0, 1, 0]]) / 4
BLOCK = 16


def prediction_error(image):
    """Each green value minus the mean of its four neighbours: nearly 0 where green was interpolated.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        f32 [H, W], levels of 255.
    References:
        Ferrara et al. 2012, equation 3, with the bilinear kernel.
    Lesson 11.
    """
    image, _ = checked(image)
    linear = image[..., 1] ** 2.2
    return (linear - cv2.filter2D(linear, -1, _CROSS, borderType=cv2.BORDER_REFLECT_101)) * 255


def green_sites(image, block=BLOCK):
    """In each block: are the green values of the one diagonal measured and those of the other interpolated?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        block: Pixels per side, even.
    Returns:
        f64 [H // block, W // block]: log of the ratio of error variances, sites with odd x + y to those with even;
        far from 0 where a camera's interpolation survives, its sign telling the phase; about 0 elsewhere.
    References:
        Ferrara et al. 2012, equations 8 and 9.
    Lesson 11.
    """
    error = prediction_error(image) ** 2
    rows, columns = (side // block for side in error.shape)
    y, x = np.mgrid[:rows * block, :columns * block]
    odd = (x + y) % 2 == 1
    error = error[:rows * block, :columns * block]
    total = lambda part: (error * part).reshape(rows, block, columns, block).mean((1, 3), dtype=np.float64)  # noqa: E731
    return np.log(total(odd) + 1e-4) - np.log(total(~odd) + 1e-4)


def bayer_pattern(image):
    """The Bayer pattern of the camera: the one whose interpolated values are best predicted by their neighbours.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1], not compressed since.
    Returns:
        (one of PATTERNS, how clear it is: log of the second smallest error over the smallest).
    References:
        Popescu & Farid 2005, Exposing digital forgeries in color filter array interpolated images.
    Lesson 11.
    """
    image, _ = checked(image)
    linear, errors = image ** np.float32(2.2), {}
    for pattern in PATTERNS:
        measured = colour_filter(image.shape[:2], pattern)
        total = 0.0
        for c, kernel in enumerate((_OTHER, _CROSS, _OTHER)):
            known = np.where(measured[..., c], linear[..., c], 0)
            weight = cv2.filter2D(measured[..., c].astype(np.float32), -1, kernel)
            guess = cv2.filter2D(known, -1, kernel) / np.maximum(weight, 1e-6)
            miss = (linear[..., c] - guess)[~measured[..., c] & (weight > 0)]
            total += float(np.mean(np.abs(miss)))
        errors[pattern] = total
    first, second = sorted(errors, key=errors.get)[:2]
    return first, float(np.log(errors[second] / max(errors[first], 1e-9)))


_OTHER = np.float32([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4


def interpolation(image, landmarks):
    """Has the face the camera's colour interpolation that its surroundings have?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        Evidence whose score is how much weaker the trace is in the face than around it; valid only where the
        surroundings have one, which video compression removes.
    References:
        Ferrara et al. 2012, Image forgery localization via fine-grained analysis of CFA artifacts.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    sites = green_sites(image)
    face, around = face_and_around(landmarks, image.shape[:2])
    shrunk = [cv2.resize(m.astype(np.float32), sites.shape[::-1], interpolation=cv2.INTER_AREA) > 0.6
              for m in (face, around)]
    if min(m.sum() for m in shrunk) < 4:
        return Evidence("CFA", float("nan"), {}, False, "the face or its surroundings cover too few blocks", image)
    inside, outside = (float(np.median(sites[m])) for m in shrunk)
    why = "" if abs(outside) > 0.35 else "the surroundings have no trace of colour interpolation either"
    drawing = heat(cv2.resize(np.abs(sites).astype(np.float32), image.shape[1::-1], interpolation=cv2.INTER_NEAREST))
    return Evidence("CFA", abs(outside - inside), {"face": inside, "around": outside}, not why, why, drawing)
