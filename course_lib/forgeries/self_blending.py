"""Self-blended images as published, and the boundary of a blend (Face X-ray). Lesson 11.

Lengths that the papers give in pixels of faces about 200 pixels tall are scaled with the face.
"""
import cv2
import numpy as np

from course_lib.blending.masks import hull
from course_lib.degradation import jpeg

REFERENCE = 200.0  # pixels from brow to chin for which the published lengths hold
RATIOS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)
HSV = (6, 30, 30)  # limits of the shift of hue, saturation and value, in levels of 8 bits
PARTS = {"whole face": range(68), "without forehead": range(68), "brows to mouth": range(17, 68),
         "lower face": [*range(2, 15), *range(29, 36), *range(48, 68)]}


def self_blended_pair(image, landmarks, rng, hsv=HSV):
    """A real image and the self-blended fake made from it, with the fake's mask.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1], a real face.
        landmarks: [68, 2], pixels.
        rng: numpy Generator.
        hsv: Limits of the shift in hue, saturation and value, levels of 8 bits; (0.3, 0.3, 0.3) is the published code.
    Returns:
        (real f32 [H, W, 3], fake f32 [H, W, 3], mask f32 [H, W]): fake = mask * source + (1 - mask) * real.
    References:
        Shiohara & Yamasaki 2022, sections 3.2 and 3.3: jitter of source or target, resizing, mask, blending.
    Lesson 11.
    """
    scale = np.ptp(np.asarray(landmarks)[:, 1]) / REFERENCE
    mask = random_hull(landmarks, image.shape[:2], rng)
    changed = source_jitter(image, rng, hsv)
    source, target = (changed, image) if rng.random() < 0.5 else (image, changed)
    source, mask = moved(source, mask, rng)
    mask = soft_mask(elastic(mask, rng, 50 * scale, 7 * scale), rng, scale)
    return target, target + mask[..., None] * (source - target), mask


def random_hull(landmarks, shape, rng):
    """One of four shapes of a face: the whole hull, without forehead, brows to mouth, or the lower face.

    Args:
        landmarks: [68, 2], pixels.
        shape: (H, W).
        rng: numpy Generator.
    Returns:
        f32 [H, W], 0 or 1 but for the antialiased edge.
    References:
        Li et al. 2020, Face X-ray, section 3.2 (random shapes from landmarks).
    Lesson 11.
    """
    part = str(rng.choice(list(PARTS)))
    if part in ("whole face", "without forehead"):
        return hull(landmarks, shape, forehead=0.3 if part == "whole face" else 0.0)
    mask, corners = np.zeros(shape, np.float32), np.asarray(landmarks)[list(PARTS[part])]
    outline = cv2.convexHull(corners.astype(np.float32))[:, 0]
    cv2.fillConvexPoly(mask, np.round(outline * 32).astype(np.int32), 1.0, lineType=cv2.LINE_AA, shift=5)
    return mask


def source_jitter(image, rng, hsv=HSV):
    """The changes of colour and sharpness that make a source differ from its target.

    RGB shift and brightness or contrast, each with its probability, then either a downscale by 2 or 4 or sharpening.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        rng: numpy Generator.
        hsv: As for `self_blended_pair`.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    References:
        Shiohara & Yamasaki 2022, section 3.2.
    Lesson 11.
    """
    out = image
    if rng.random() < 0.3:
        out = out + rng.uniform(-20, 20, 3).astype(np.float32) / 255
    if rng.random() < 0.3:
        out = shifted_hsv(out, rng, hsv)
    if rng.random() < 0.5:
        out = contrast(out, rng, 0.1)
    out = np.clip(out, 0, 1).astype(np.float32)
    if rng.random() < 0.5:
        factor, size = int(rng.choice([2, 4])), out.shape[1::-1]
        small = cv2.resize(out, (size[0] // factor, size[1] // factor), interpolation=cv2.INTER_NEAREST)
        return cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    return np.clip(out + rng.uniform(0.2, 0.5) * 4 * (out - cv2.GaussianBlur(out, (0, 0), 1.0)), 0, 1)


def shifted_hsv(image, rng, limits=HSV):
    """Shift hue, saturation and value by whole levels of 8 bits, as the field's augmentation library does.

    Limits below one level leave the hue alone and can only lower a value by one level: the published setting of 0.3
    is such a limit, so that the step does nothing.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        rng: numpy Generator.
        limits: Largest shift of each, levels of 8 bits (a hue has 180).
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Lesson 11.
    """
    levels = cv2.cvtColor((np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8), cv2.COLOR_RGB2HSV).astype(int)
    shift = [int(np.trunc(rng.uniform(-limit, limit))) for limit in limits]
    levels = np.stack([(levels[..., 0] + shift[0]) % 180, *(levels[..., k] + shift[k] for k in (1, 2))], -1)
    return cv2.cvtColor(levels.clip(0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB).astype(np.float32) / 255


def contrast(image, rng, limit):
    """Random brightness and contrast.

    Args:
        image: f32 RGB in [0, 1].
        rng: numpy Generator.
        limit: Of both, as a fraction.
    Returns:
        f32 RGB in [0, 1].
    Lesson 11.
    """
    gain, offset = 1 + rng.uniform(-limit, limit), rng.uniform(-limit, limit)
    return np.clip(image * np.float32(gain) + np.float32(offset), 0, 1)


def moved(image, mask, rng):
    """Source and mask shifted by up to 3 % and 1.5 % and scaled by up to 5 %, alike.

    Args:
        image: f32 RGB [H, W, 3].
        mask: f32 [H, W].
        rng: numpy Generator.
    Returns:
        (image, mask).
    References:
        Shiohara & Yamasaki 2022, section 3.2.
    Lesson 11.
    """
    height, width = mask.shape
    zoom, dx, dy = rng.uniform(0.95, 1 / 0.95), rng.uniform(-0.03, 0.03) * width, rng.uniform(-0.015, 0.015) * height
    matrix = np.array([[zoom, 0, (1 - zoom) * width / 2 + dx], [0, zoom, (1 - zoom) * height / 2 + dy]])
    warp = lambda x, border: cv2.warpAffine(x, matrix, (width, height), borderMode=border)  # noqa: E731
    return warp(image, cv2.BORDER_REPLICATE), warp(mask, cv2.BORDER_CONSTANT)


def elastic(mask, rng, alpha, sigma):
    """The mask warped by a smooth random field.

    Args:
        mask: f32 [H, W].
        rng: numpy Generator.
        alpha: Strength, pixels before smoothing.
        sigma: Standard deviation of the smoothing, pixels.
    Returns:
        f32 [H, W].
    References:
        Simard et al. 2003.
    Lesson 11.
    """
    height, width = mask.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    dx, dy = (cv2.GaussianBlur(rng.uniform(-1, 1, (height, width)).astype(np.float32), (0, 0), max(sigma, 0.5))
              * np.float32(alpha) for _ in range(2))
    return cv2.remap(mask, x + dx, y + dy, cv2.INTER_LINEAR, borderValue=0)


def soft_mask(mask, rng, scale=1.0):
    """An eroded, softened mask with a random blend ratio.

    It is smoothed; what is below its maximum becomes 0, an erosion by the kernel's reach; it is smoothed again, scaled
    to a maximum of 1, and multiplied by one of RATIOS.

    Args:
        mask: f32 [H, W].
        rng: numpy Generator.
        scale: Of the published kernel sizes.
    Returns:
        f32 [H, W] in [0, 1].
    References:
        Shiohara & Yamasaki 2022, section 3.2, with the public code's order of steps.
    Lesson 11.
    """
    kernel = 2 * max(1, round(float(rng.uniform(2, 12)) * scale)) + 1
    core = cv2.GaussianBlur(mask, (kernel, kernel), 0)
    core = np.where(core < core.max() - 1e-3, 0, core).astype(np.float32)
    kernel = 2 * max(1, round(float(rng.uniform(2, 12)) * scale)) + 1
    core = cv2.GaussianBlur(core, (kernel, kernel), max(0.5, float(rng.uniform(5, 45)) * scale))
    return core / max(float(core.max()), 1e-6) * np.float32(rng.choice(RATIOS))


def boundary(mask):
    """The Face X-ray of a blend: 1 where both images count equally, 0 inside, outside and in real images.

    Args:
        mask: f32 [..., H, W] in [0, 1].
    Returns:
        f32 like mask.
    References:
        Li et al. 2020, Face X-ray, equation 2.
    Lesson 11.
    """
    mask = np.asarray(mask, np.float32)
    return 4 * mask * (1 - mask)


def same_augmentation(images, rng):
    """One random change of colour and compression for all images of a pair, so that it gives no label away.

    Args:
        images: A list of f32 RGB [H, W, 3] in [0, 1].
        rng: numpy Generator.
    Returns:
        A list like images.
    References:
        Shiohara & Yamasaki 2022, section 4.1.
    Lesson 11.
    """
    seed = int(rng.integers(2**31))
    out = []
    for image in images:
        own = np.random.default_rng(seed)
        if own.random() < 0.3:
            image = np.clip(image + own.uniform(-20, 20, 3).astype(np.float32) / 255, 0, 1)
        if own.random() < 0.3:
            image = shifted_hsv(image, own)
        if own.random() < 0.3:
            image = contrast(image, own, 0.3)
        if own.random() < 0.5:
            image = jpeg(image, int(own.integers(40, 101)))
        out.append(image.astype(np.float32))
    return out
