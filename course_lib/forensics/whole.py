"""Evidence about a whole picture, for which no face is needed: spectrum, noise and the colour filter's trace.

The kinds in `examine` compare a face with its surroundings, so that each picture holds its own control. Where all of a
picture was painted, as by a network that transfers a dance, nothing in it is untouched: only other pictures with the
same history can be the control. Lesson 11.
"""
import cv2
import numpy as np

from .cfa import green_sites
from .evidence import Evidence, checked, grey, heat
from .spectra import azimuthal, fall, noise_map, square_at

SIDE = 48  # pixels of the square whose spectrum is taken
LEAST = 0.02  # levels of 255 of noise, below which a codec or a flat picture has left none


def whole_spectrum(image, landmarks=None):
    """How far the power falls from low to high frequencies in the middle of a picture.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: Not needed.
    Returns:
        Evidence whose score is the fall, see `spectra.fall`: larger where fine detail is missing. Not valid for
        pictures below 48 pixels.
    References:
        Durall et al. 2020, Watch your up-convolution.
    Lesson 11.
    """
    image, _ = checked(image)
    if min(image.shape[:2]) < SIDE:
        return Evidence("whole spectrum", float("nan"), {}, False, f"the picture is smaller than {SIDE} pixels", image)
    square = square_at(grey(image), np.array(image.shape[1::-1]) / 2, SIDE)
    steep = fall(*azimuthal(square))
    power = np.log10(np.abs(np.fft.fftshift(np.fft.fft2(square - square.mean()))) + 1e-6)
    return Evidence("whole spectrum", steep, {"fall": steep}, True, "", heat(power))


def whole_noise(image, landmarks=None):
    """How little noise a picture has.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: Not needed.
    Returns:
        Evidence whose score is minus the logarithm of the noise of the median block, in levels of 255. Not valid where
        none is left, as after strong compression.
    References:
        Immerkaer 1996.
    Lesson 11.
    """
    image, _ = checked(image)
    level = noise_map(image)
    noise = float(np.median(level))
    why = "" if noise >= LEAST else "the picture has no noise left"
    score = -float(np.log(max(noise, LEAST)))
    return Evidence("whole noise", score, {"noise": noise}, not why, why, _enlarged(level, image))


def whole_interpolation(image, landmarks=None):
    """How little of a camera's colour interpolation a picture shows.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: Not needed.
    Returns:
        Evidence whose score is minus the absolute mean of the blocks' log ratios, see `cfa.green_sites`: a camera's
        ratios all have one sign, those of other pictures cancel. A codec removes the trace, too.
    References:
        Ferrara et al. 2012.
    Lesson 11.
    """
    image, _ = checked(image)
    sites = green_sites(image)
    trace = float(abs(sites.mean()))
    return Evidence("whole CFA", -trace, {"trace": trace}, True, "", _enlarged(np.abs(sites), image))


def _enlarged(values, image):
    return heat(cv2.resize(values.astype(np.float32), image.shape[1::-1], interpolation=cv2.INTER_NEAREST))


KINDS = {"whole spectrum": whole_spectrum, "whole noise": whole_noise, "whole CFA": whole_interpolation}
