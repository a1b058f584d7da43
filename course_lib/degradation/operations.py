"""The operations of a degradation: blur, resizing, noise, JPEG. Lesson 09."""

import cv2
import numpy as np
from PIL import Image

from course_lib.values import unit_range

FILTERS = {"nearest": cv2.INTER_NEAREST_EXACT, "linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC,
           "lanczos": cv2.INTER_LANCZOS4, "area": cv2.INTER_AREA}


def blur_kernel(kernel="isotropic", **shape):
    """A blur kernel that sums to 1.

    Angles are in radians from the x axis, down. The cutoff of sinc is the highest frequency that passes; it causes
    ringing at edges, as sharpening and strong JPEG do.

    Args:
        kernel: "isotropic" (sigma, pixels), "anisotropic" (sigma_long, sigma_short, pixels, and angle of the long
            axis), "motion" (length, pixels, and angle) or "sinc" (cutoff, radians per pixel, 0.3 to pi).
        shape: The parameters of the kernel.
    Returns:
        f32 [K, K], K odd.
    Raises:
        ValueError: For an unknown kernel or a value out of its range.
    References:
        Wang et al. 2021, Real-ESRGAN, equation 6 (sinc).
    Lesson 09.
    """
    if kernel not in KERNELS:
        raise ValueError(f"kernel={kernel!r} is unknown; there are {', '.join(KERNELS)}")
    weights = KERNELS[kernel](**shape)
    return (weights / weights.sum()).astype(np.float32)


def _grid(radius):
    return np.meshgrid(*[np.arange(-radius, radius + 1, dtype=np.float64)] * 2)


def _isotropic(sigma):
    return _anisotropic(sigma, sigma, 0.0)


def _anisotropic(sigma_long, sigma_short, angle):
    if not 0.05 <= sigma_short <= sigma_long <= 50:
        raise ValueError(f"a blur of sigma {sigma_long} by {sigma_short}; expected 0.05 to 50 pixels, long first")
    x, y = _grid(int(np.ceil(3 * sigma_long)))
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return np.exp(-0.5 * ((along / sigma_long) ** 2 + (across / sigma_short) ** 2))


def _motion(length, angle):
    if not 1 <= length <= 100:
        raise ValueError(f"a motion blur of length {length}; expected 1 to 100 pixels")
    radius = int(np.ceil(length / 2)) + 1
    x, y = _grid(radius)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return np.clip(length / 2 + 0.5 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)  # a line, 1 pixel wide


def _sinc(cutoff, radius=10):
    if not 0.3 <= cutoff <= np.pi:
        raise ValueError(f"a sinc filter with cutoff {cutoff}; expected 0.3 to pi radians a pixel")
    from scipy.special import j1  # here, because its import takes a quarter of a second

    distance = np.hypot(*_grid(radius))
    nonzero = np.where(distance > 0, distance, 1)
    return np.where(distance > 0, cutoff * j1(cutoff * nonzero) / (2 * np.pi * nonzero), cutoff**2 / (4 * np.pi))


KERNELS = {"isotropic": _isotropic, "anisotropic": _anisotropic, "motion": _motion, "sinc": _sinc}


def blur(image, kernel="isotropic", **shape):
    """The image convolved with a kernel, its border mirrored.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        kernel: As for `blur_kernel`.
        shape: As for `blur_kernel`.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Lesson 09.
    """
    weights = blur_kernel(kernel, **shape)
    # OpenCV correlates; a convolution flips the kernel
    return np.clip(cv2.filter2D(check_image(image), -1, weights[::-1, ::-1], borderType=cv2.BORDER_REFLECT_101), 0, 1)


def resize(image, size=None, scale=None, filter="cubic"):
    """The image in another size.

    All filters of OpenCV but area use the same few pixels however much they shrink, which causes aliasing. antialiased
    is a cubic (a = -1/2) that widens as it shrinks; papers call it bicubic and compare against it.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        size: (height, width) in pixels; or
        scale: factor, the result is rounded.
        filter: A key of FILTERS, as in OpenCV, or "antialiased".
    Returns:
        f32 RGB [h, w, 3] in [0, 1].
    Raises:
        ValueError: Unless one of size and scale is given; for sides outside 1 to 8192, or another filter.
    References:
        Keys 1981.
    Lesson 09.
    """
    image = check_image(image)
    if (size is None) == (scale is None):
        raise ValueError("resize expects either size=(height, width) or scale=a number")
    height, width = size if size is not None else (int(round(side * scale)) for side in image.shape[:2])
    if not (1 <= height <= 8192 and 1 <= width <= 8192):
        raise ValueError(f"resizing {image.shape[1]} x {image.shape[0]} to {width} x {height}; sides go from 1 to 8192")
    if filter == "antialiased":
        planes = [Image.fromarray(image[..., c]).resize((int(width), int(height)), Image.Resampling.BICUBIC)
                  for c in range(3)]
        return np.clip(np.stack(planes, -1), 0, 1, dtype=np.float32)
    if filter not in FILTERS:
        raise ValueError(f"filter={filter!r} is unknown; there are {', '.join(FILTERS)} and antialiased")
    return np.clip(cv2.resize(image, (int(width), int(height)), interpolation=FILTERS[filter]), 0, 1)


def noise(image, sigma=None, photons=None, grey=False, seed=0):
    """The image with Gaussian noise, or with Poisson (shot) noise.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        sigma: Standard deviation of Gaussian noise, in grey levels of 255; or
        photons: how many a white pixel receives in Poisson noise, whose variance is larger in bright areas; the scale s
            of Wang et al. is 256 / s^2 photons.
        grey: Whether all three channels get the same noise (that of the brightness, for Poisson).
        seed: Non-negative integer.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Raises:
        ValueError: Unless one of sigma and photons is given.
    Lesson 09.
    """
    image = check_image(image)
    if (sigma is None) == (photons is None) or (sigma or 0) < 0 or (photons is not None and not photons > 0):
        raise ValueError(f"noise expects sigma >= 0 or photons > 0, one of them; got sigma={sigma}, photons={photons}")
    rng, shape = np.random.default_rng(seed), (*image.shape[:2], 1 if grey else 3)
    if photons is None:
        return np.clip(image + rng.standard_normal(shape, np.float32) * np.float32(sigma / 255), 0, 1)
    light = image @ np.float32([[0.299], [0.587], [0.114]]) if grey else image
    return np.clip(image + (rng.poisson(light * photons) / photons - light), 0, 1, dtype=np.float32)


def jpeg(image, quality):
    """The image encoded as JPEG and decoded again.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        quality: 1 to 100.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Raises:
        ValueError: For another quality.
    Lesson 09.
    """
    data = np.frombuffer(jpeg_bytes(image, quality), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255


def jpeg_bytes(image, quality=90):
    """The bytes of a JPEG file.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        quality: 1 to 100.
    Returns:
        bytes.
    Raises:
        ValueError: For another quality.
    Lesson 14.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"the JPEG quality is {quality}; expected 1 to 100")
    pixels = (check_image(image)[..., ::-1] * 255 + 0.5).astype(np.uint8)
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(round(quality))])[1].tobytes()


def crop(image, part):
    """The image without its margins.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        part: What is cut off of the height and of the width, both margins together, 0 to below 1.
    Returns:
        f32 RGB [h, w, 3].
    Raises:
        ValueError: For another part.
    Lesson 14.
    """
    if not 0 <= part < 1:
        raise ValueError(f"part is {part}; expected 0 to below 1")
    height, width = image.shape[:2]
    y, x = round(height * part / 2), round(width * part / 2)
    return image[y:height - y, x:width - x]


def rotate(image, degrees):
    """The image rotated about its centre, in its own frame; the corners turn black.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        degrees: Anticlockwise.
    Returns:
        f32 RGB [H, W, 3].
    Lesson 14.
    """
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    return cv2.warpAffine(image, matrix, (width, height))


def check_image(image):
    """The image as contiguous f32.

    Args:
        image: Float RGB [H, W, 3] in [0, 1].
    Returns:
        f32 RGB [H, W, 3].
    Raises:
        ValueError: For another type, shape or range.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or not image.size or image.dtype.kind != "f":
        raise ValueError(f"degradation expects one image, float RGB [H, W, 3]; got {image.dtype} {image.shape}")
    return np.ascontiguousarray(unit_range(image), np.float32)
