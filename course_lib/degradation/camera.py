"""A digital camera: lens, colour filter array, sensor noise, demosaicing, white balance, gamma, JPEG. Lesson 11.

A rendered image has passed no sensor. A real photograph has, and forensics reads the traces: two thirds of its colour
values are interpolated, its noise grows with the light, and it was saved as JPEG. With `camera` real and forged images
get the same history, or deliberately different ones.
"""
import cv2
import numpy as np

from .operations import check_image, jpeg

PATTERNS = ("RGGB", "BGGR", "GRBG", "GBRG")
_GREEN = np.float32([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 4
_OTHER = np.float32([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4


def camera(image, pattern="RGGB", blur=0.5, photons=4000.0, read=0.6, red=1.0, blue=1.0, gamma=2.2, quality=None,
           seed=0):
    """The image as a camera with a Bayer sensor would record the scene.

    In order: linear light, lens blur, the colour filter array (one colour per pixel), photon and read noise, bilinear
    demosaicing, white balance, gamma, JPEG.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1], the scene.
        pattern: One of PATTERNS, the colours of the top left 2 x 2 pixels, row by row.
        blur: Standard deviation of the lens's Gaussian blur, pixels; 0 for none.
        photons: How many a white pixel receives; fewer give more shot noise.
        read: Standard deviation of the read noise, in levels of 255 of linear light.
        red, blue: Gains of the white balance; the sensor sees the colours divided by them.
        gamma: Exponent between the image's values and linear light.
        quality: JPEG quality, 1 to 100; None for no compression.
        seed: Of the noise.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Raises:
        ValueError: For an unknown pattern, or a value out of its range.
    References:
        Bayer 1976 (the array); Farid 2016, Photo Forensics, chapter 5.
    Lesson 11.
    """
    if not (0 <= blur <= 10 and photons > 0 and read >= 0 and red > 0 and blue > 0 and 1 <= gamma <= 4):
        raise ValueError(f"blur={blur}, photons={photons}, read={read}, red={red}, blue={blue}, gamma={gamma}: "
                         "expected a blur of 0 to 10 pixels, positive photons and gains, no negative noise, a gamma "
                         "of 1 to 4")
    light = check_image(image) ** np.float32(gamma)
    if blur:
        light = cv2.GaussianBlur(light, (0, 0), blur, borderType=cv2.BORDER_REFLECT_101)
    gains, rng = np.float32([red, 1, blue]), np.random.default_rng(seed)
    sensor = np.where(colour_filter(light.shape[:2], pattern), light / gains, 0)
    sensor = rng.poisson(sensor * photons) / photons + rng.normal(0, read / 255, sensor.shape)
    developed = np.clip(demosaic(sensor.astype(np.float32), pattern) * gains, 0, 1) ** np.float32(1 / gamma)
    return jpeg(developed, quality) if quality else developed


def colour_filter(shape, pattern="RGGB"):
    """Which colour each pixel of a Bayer sensor measures.

    Args:
        shape: (height, width).
        pattern: One of PATTERNS.
    Returns:
        bool [H, W, 3], one of the three is True in each pixel.
    Raises:
        ValueError: For another pattern.
    References:
        Bayer 1976.
    Lesson 11.
    """
    if pattern not in PATTERNS:
        raise ValueError(f"pattern={pattern!r} is no Bayer pattern; expected one of {', '.join(PATTERNS)}")
    measured = np.zeros((*shape, 3), bool)
    for k, colour in enumerate(pattern):
        measured[k // 2::2, k % 2::2, "RGB".index(colour)] = True
    return measured


def demosaic(sensor, pattern="RGGB"):
    """Bilinear demosaicing: what a pixel did not measure is the mean of its nearest neighbours that did.

    Args:
        sensor: f32 [H, W, 3]; only the values that the pattern measures are used.
        pattern: One of PATTERNS.
    Returns:
        f32 [H, W, 3]; measured values are unchanged.
    Lesson 11.
    """
    measured = colour_filter(sensor.shape[:2], pattern)
    known = np.where(measured, sensor, 0).astype(np.float32)
    planes = [cv2.filter2D(known[..., c], -1, _GREEN if c == 1 else _OTHER, borderType=cv2.BORDER_REFLECT_101)
              for c in range(3)]
    return np.where(measured, known, np.stack(planes, -1))


def random_camera(seed, quality=None):
    """Draw a camera: its parameters as a step of a record, see `degrade`.

    Args:
        seed: Integer or numpy Generator.
        quality: JPEG quality, (lowest, highest) to draw it from, or None for no compression.
    Returns:
        Dict: {"do": "camera", and the parameters of `camera`}.
    Lesson 11.
    """
    rng = np.random.default_rng(seed)
    if np.ndim(quality):
        quality = int(rng.integers(quality[0], quality[1] + 1))
    return {"do": "camera", "pattern": str(rng.choice(PATTERNS)), "blur": round(float(rng.uniform(0.3, 0.8)), 2),
            "photons": round(float(10 ** rng.uniform(3.0, 4.3))), "read": round(float(rng.uniform(0.2, 1.0)), 2),
            "red": round(float(rng.uniform(0.8, 1.25)), 2), "blue": round(float(rng.uniform(0.8, 1.25)), 2),
            "quality": quality, "seed": int(rng.integers(2**31))}
