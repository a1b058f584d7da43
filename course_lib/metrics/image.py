"""How far an image is from the truth: PSNR and SSIM, whole or inside a mask. Lesson 02.

Images are f32 [H, W], [H, W, C] or batches [N, H, W, C] in [0, 1]; a batch gives one number for each image.
"""
import cv2
import numpy as np

TOLERANCE = 1e-3  # how far outside [0, 1] a value may be by rounding


def psnr(image, truth, mask=None):
    """Peak signal-to-noise ratio: 10 log10(1 / mean squared error); infinite when the two are equal.

    Args:
        image, truth: [H, W], [H, W, C] or [N, H, W, C] in [0, 1].
        mask: [H, W] or [N, H, W]; pixels above 0.5 count. All of them when left out.
    Returns:
        dB: a float, or f64 [N] for a batch.
    Raises:
        ValueError: for other shapes or ranges, and for an empty mask.
    Lesson 02.
    """
    images, truths, masks, single = _prepare(image, truth, mask)
    errors = np.array([np.mean((p[m] - t[m]) ** 2) for p, t, m in zip(images, truths, masks, strict=True)])
    with np.errstate(divide="ignore"):
        values = -10 * np.log10(errors)
    return float(values[0]) if single else values


def ssim(image, truth, mask=None):
    """Structural similarity: 1 when the two are equal. The mean over channels, and over all windows or the mask.

    A Gaussian window of 11 x 11 pixels and standard deviation 1.5, K1 = .01, K2 = .03; without a mask, only windows
    that lie inside the image count.

    Args:
        image, truth, mask: as for psnr, sides of at least 11 pixels.
    Returns:
        A float, or f64 [N] for a batch.
    Raises:
        ValueError: as psnr, and for a mask that no whole window is centred on.
    References:
        Wang, Bovik, Sheikh & Simoncelli 2004, equations 13 and 14.
    Lesson 02.
    """
    images, truths, masks, single = _prepare(image, truth, mask)
    if min(images.shape[1:3]) < 11:
        raise ValueError(f"SSIM looks through a window of 11 x 11 pixels; the images are {images.shape[1:3]}")
    values = []
    for p, t, m in zip(images, truths, masks, strict=True):
        inside = m[5:-5, 5:-5]
        if not inside.any():
            raise ValueError("the mask holds no pixel at least 5 pixels from the border, where a window would fit")
        values.append(_ssim_map(p, t)[inside].mean())
    return float(values[0]) if single else np.array(values)


def luma(images, border=0):
    """The luma (Y) of RGB images as papers on super-resolution compare it: BT.601 in video range.

    Black is 16/255 and white 235/255. So psnr(luma(a, 4), luma(b, 4)) is a paper's "PSNR on Y", about 1.3 dB above the
    same in grey that uses the whole range.

    Args:
        images: [H, W, 3] or [N, H, W, 3] in [0, 1].
        border: pixels cut off at each side, where a network has seen too little; as many as the scale is usual.
    Returns:
        f64 [..., H, W, 1], less the border.
    Raises:
        ValueError: for other shapes, or a border that leaves nothing.
    References:
        ITU-R BT.601-7, section 2.5.
    Lesson 09.
    """
    images = np.asarray(images, np.float64)
    if images.ndim not in (3, 4) or images.shape[-1] != 3:
        raise ValueError(f"luma wants RGB images [H, W, 3] or [N, H, W, 3]; got {images.shape}")
    if border < 0 or 2 * border >= min(images.shape[-3:-1]):
        raise ValueError(f"a border of {border} leaves nothing of {images.shape[-3]} x {images.shape[-2]} pixels")
    inside = slice(border, -border or None)
    return (16 + images[..., inside, inside, :] @ [[65.481], [128.553], [24.966]]) / 255


def match_colour(image, truth, mask):
    """The image with the truth's mean and standard deviation of each channel, both measured inside the mask.

    Args:
        image, truth: [H, W, C] or [N, H, W, C].
        mask: [H, W] or [N, H, W]; pixels above 0.5 count.
    Returns:
        f64 of the image's shape, not clipped. A constant channel stays constant.
    Raises:
        ValueError: for shapes that do not fit, values that are not finite, and an empty mask.
    References:
        Reinhard et al. 2001, equation 10, in RGB.
    Lesson 02.
    """
    images, truths, masks, single = _prepare(image, truth, mask, loose=True)
    matched = np.empty_like(images)
    for k, (p, t, m) in enumerate(zip(images, truths, masks, strict=True)):
        std = p[m].std(0)
        matched[k] = (p - p[m].mean(0)) * (t[m].std(0) / np.where(std > 1e-6, std, 1)) + t[m].mean(0)
    return matched[0] if single else matched


def face_psnr(image, truth, mask):
    """PSNR inside the mask after match_colour: what the course calls face PSNR.

    One image cannot separate the light on a face from the colour of its skin, so the overall tone is given, and all
    else is measured.

    Args:
        image, truth, mask: as for match_colour.
    Returns:
        dB: a float, or f64 [N] for a batch.
    Raises:
        ValueError: as match_colour.
    Lesson 02.
    """
    matched = match_colour(image, truth, mask)
    images, truths, masks, single = _prepare(matched, truth, mask, loose=True)
    errors = [np.mean((p[m] - t[m]) ** 2) for p, t, m in zip(images, truths, masks, strict=True)]
    values = -10 * np.log10(np.maximum(errors, 1e-12))
    return float(values[0]) if single else values


def _ssim_map(p, t, c1=0.01**2, c2=0.03**2):
    """SSIM at every pixel on which a window fits, f64 [H - 10, W - 10, C]."""

    def blur(x):
        return cv2.GaussianBlur(x, (11, 11), 1.5).reshape(x.shape)[5:-5, 5:-5]

    mean_p, mean_t = blur(p), blur(t)
    var_p, var_t, both = blur(p * p) - mean_p**2, blur(t * t) - mean_t**2, blur(p * t) - mean_p * mean_t
    return ((2 * mean_p * mean_t + c1) * (2 * both + c2)) / ((mean_p**2 + mean_t**2 + c1) * (var_p + var_t + c2))


def _prepare(image, truth, mask, loose=False):
    """Both as f64 [N, H, W, C], the masks as bool [N, H, W], and whether it was a single image."""
    image, truth = np.asarray(image, np.float64), np.asarray(truth, np.float64)
    if image.shape != truth.shape or image.ndim not in (2, 3, 4) or not image.size:
        raise ValueError(f"two images of one shape are compared, [H, W], [H, W, C] or [N, H, W, C]; got "
                         f"{image.shape} and {truth.shape}")
    for name, x in (("image", image), ("truth", truth)):
        if not np.isfinite(x).all():
            raise ValueError(f"the {name} holds values that are not finite")
        if not loose and (x.min() < -TOLERANCE or x.max() > 1 + TOLERANCE):
            raise ValueError(f"the {name} runs from {x.min():.3g} to {x.max():.3g}; expected values in [0, 1] "
                             "(divide uint8 by 255, clip what a model gave)")
    single = image.ndim < 4
    if image.ndim == 2:
        image, truth = image[..., None], truth[..., None]
    if single:
        image, truth = image[None], truth[None]
    masks = np.ones(image.shape[:3], bool) if mask is None else np.asarray(mask) > 0.5
    masks = masks[None] if single and masks.ndim == 2 else masks
    if masks.shape != image.shape[:3]:
        wanted = image.shape[1:3] if single else image.shape[:3]
        raise ValueError(f"the mask is {np.shape(mask)}; expected {wanted}")
    empty = np.flatnonzero(~masks.any((1, 2)))
    if len(empty):
        raise ValueError(f"the mask of image {empty[0]} is empty: nothing inside it could be compared")
    return image, truth, masks, single
