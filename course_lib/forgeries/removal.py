"""An object erased from a picture, with the truth: the same picture without it. Lesson 11."""
import cv2
import numpy as np

from course_lib.degradation import degrade, random_camera

METHODS = ("diffusion", "patches")
PATCH = 13  # pixels, odd: side of the patches that are copied


def with_object(scene, seed, radius=0.06):
    """A scene with a shaded ball in front of it, both taken by one camera with the same noise.

    Args:
        scene: f32 RGB [H, W, 3] in [0, 1], a rendered image.
        seed: Of place, colour and camera.
        radius: Of the ball, as a fraction of the width.
    Returns:
        (photograph with the ball, photograph without it, both f32 RGB [H, W, 3]; mask bool [H, W]).
    Lesson 11.
    """
    rng, (height, width) = np.random.default_rng(seed), scene.shape[:2]
    r, y0 = radius * width, height * rng.uniform(0.12, 0.2)
    x0 = width * (rng.uniform(0.1, 0.12) if rng.random() < 0.5 else rng.uniform(0.88, 0.9))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    u, v = (x - x0) / r, (y - y0) / r
    inside = np.clip((1 - np.hypot(u, v)) * r + 0.5, 0, 1)[..., None]
    shade = 0.25 + 0.75 * np.clip(-0.5 * u - 0.6 * v + 0.6 * np.sqrt(np.clip(1 - u * u - v * v, 0, 1)), 0, 1)
    ball = shade[..., None] * rng.uniform(0.2, 1, 3)
    record = [random_camera(rng)]
    taken = [degrade(np.float32(image), record) for image in (scene + inside * (ball - scene), scene)]
    return *taken, cv2.dilate((inside[..., 0] > 0).astype(np.uint8), np.ones((11, 11), np.uint8)) > 0


def erase(image, mask, how="diffusion"):
    """Erase what a mask covers.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        mask: bool [H, W], what to erase.
        how: "diffusion" continues the surroundings inwards (Telea 2004, by OpenCV); "patches" copies from elsewhere in
            the picture whatever fits the known rim best, from the rim inwards.
    Returns:
        f32 RGB [H, W, 3]; outside the mask nothing changes.
    Raises:
        ValueError: For another method, or a mask that covers everything.
    References:
        Telea 2004; Criminisi, Perez & Toyama 2004 (patches; here without their priority of strong edges).
    Lesson 11.
    """
    if how not in METHODS or mask.all():
        raise ValueError(f"how={how!r}, {mask.mean():.0%} covered: expected one of {', '.join(METHODS)}, and something "
                         "left to fill from")
    if how == "diffusion":
        levels = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
        filled = cv2.inpaint(levels, mask.astype(np.uint8), 4, cv2.INPAINT_TELEA).astype(np.float32) / 255
        return np.where(mask[..., None], filled, image).astype(np.float32)
    return _from_patches(image, mask)


def _from_patches(image, mask):
    half, out = PATCH // 2, np.pad(np.asarray(image, np.float32), ((PATCH,) * 2,) * 2 + ((0, 0),), mode="reflect")
    left = np.pad(mask, PATCH)
    usable = cv2.erode((~np.pad(mask, PATCH, constant_values=True)).astype(np.uint8), np.ones((PATCH, PATCH))) > 0
    source = out.copy()
    while left.any():
        depth = cv2.distanceTransform(left.astype(np.uint8), cv2.DIST_L2, 5)
        y, x = np.unravel_index(np.where(left, depth, np.inf).argmin(), left.shape)  # a pixel of the rim
        window = np.s_[y - half:y + half + 1, x - half:x + half + 1]
        known = np.repeat((~left[window]).astype(np.float32)[..., None], 3, -1)
        cost = cv2.matchTemplate(source, out[window], cv2.TM_SQDIFF, mask=known)
        cost[~usable[half:-half, half:-half]] = np.inf
        j, i = np.unravel_index(cost.argmin(), cost.shape)
        hole = left[window].copy()
        out[window][hole] = source[j:j + PATCH, i:i + PATCH][hole]
        left[window] = False
    return out[PATCH:-PATCH, PATCH:-PATCH]
