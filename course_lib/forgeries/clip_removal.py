"""An object erased from a clip: the background is taken from other frames. The truth is exact. Lesson 11."""
import cv2
import numpy as np

from course_lib.degradation import degrade, random_camera

from .removal import erase


def clip_with_object(scene, seed, frames=9, pan=0, radius=0.06):
    """A clip in which a ball crosses a scene, and the same clip without it: same camera, same noise.

    Args:
        scene: f32 RGB [H, W, 3] in [0, 1], a rendered image.
        seed: Of the ball, and of the camera.
        frames: Length.
        pan: Pixels by which the camera moves to the right from frame to frame; 0 for a camera on a tripod.
        radius: Of the ball, as a fraction of the width.
    Returns:
        (clip f32 [T, H, w, 3], clip without the ball, masks bool [T, H, w]), w = W - pan * (T - 1).
    Raises:
        ValueError: Where the pan leaves fewer than 64 pixels.
    Lesson 11.
    """
    rng, (height, width) = np.random.default_rng(seed), scene.shape[:2]
    view = (width - pan * (frames - 1)) // 2 * 2
    if view < 64:
        raise ValueError(f"a pan of {pan} pixels over {frames} frames leaves {view} of {width} pixels; 64 are needed")
    camera, colour = random_camera(rng), rng.uniform(0.2, 1, 3)
    radius, y0 = radius * width, height * rng.uniform(0.12, 0.2)
    y, x = np.mgrid[:height, :view].astype(np.float32)
    with_ball, without, masks = [], [], []
    for t in range(frames):
        shown = scene[:, t * pan:t * pan + view]
        x0 = view * (0.2 + 0.6 * t / max(frames - 1, 1))
        inside = np.clip(radius - np.hypot(x - x0, y - y0) + 0.5, 0, 1)[..., None]
        record = [camera | {"seed": int(rng.integers(2**31))}]
        with_ball.append(degrade(np.float32(shown + inside * (colour - shown)), record))
        without.append(degrade(np.float32(shown), record))
        masks.append(cv2.dilate((inside[..., 0] > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0)
    return np.stack(with_ball), np.stack(without), np.stack(masks)


def erase_by_median(frames, masks):
    """Erase something that moves before a still camera: each pixel is the median of the frames that show it bare.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        masks: bool [T, H, W], what to erase.
    Returns:
        f32 RGB [T, H, W, 3]; a pixel that is covered in all frames is filled by diffusion.
    Lesson 11.
    """
    shown = np.where(masks[..., None], np.nan, frames)
    never = masks.all(0)
    behind = np.nanmedian(np.where(never[None, ..., None], frames, shown), 0).astype(np.float32)
    behind = erase(behind, never) if never.any() else behind
    return np.where(masks[..., None], behind, frames).astype(np.float32)


def erase_along_flow(frames, masks):
    """Erase something from a clip with a moving camera: background is carried along the optical flow of other frames.

    One pass runs forward and one backward. In each, a covered pixel takes its value from where the flow says it was in
    the neighbouring frame, if it is known there. The pass whose source is nearer in time wins; what neither reaches is
    filled by diffusion.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        masks: bool [T, H, W], what to erase.
    Returns:
        f32 RGB [T, H, W, 3].
    References:
        Xu et al. 2019, Deep flow-guided video inpainting, section 3.3, with classical flow (Kroeger et al. 2016).
    Lesson 11.
    """
    clean = np.stack([erase(image, mask) if mask.any() else image for image, mask in zip(frames, masks, strict=True)])
    passes = [_carried(frames, clean, masks, step) for step in (1, -1)]
    (a, age_a), (b, age_b) = passes
    best = np.where((age_a <= age_b)[..., None], a, b)
    reached = np.isfinite(np.minimum(age_a, age_b))[..., None]
    return np.where(masks[..., None], np.where(reached, best, clean), frames).astype(np.float32)


def _carried(frames, clean, masks, step):
    """One pass: (frames whose covered pixels were filled from the frame before, age of every value in frames)."""
    out, age = frames.copy(), np.where(masks, np.inf, 0.0).astype(np.float32)
    order = range(len(frames)) if step == 1 else range(len(frames) - 1, -1, -1)
    for t in list(order)[1:]:
        flow = background_flow(clean[t], clean[t - step], masks[t])
        y, x = np.nonzero(masks[t])
        u, v = (np.rint(c + flow[y, x, k]).astype(int) for k, c in enumerate((x, y)))
        inside = (u >= 0) & (v >= 0) & (u < frames.shape[2]) & (v < frames.shape[1])
        y, x, u, v = (c[inside] for c in (y, x, u, v))
        out[t, y, x], age[t, y, x] = out[t - step, v, u], age[t - step, v, u] + 1
    return out, age


def background_flow(image, other, mask):
    """Optical flow from one frame to another, continued smoothly into what is covered.

    Args:
        image, other: f32 RGB [H, W, 3] in [0, 1].
        mask: bool [H, W], where the flow of `image` is not to be trusted.
    Returns:
        f32 [H, W, 2], pixels.
    References:
        Kroeger et al. 2016, Fast optical flow using dense inverse search.
    Lesson 11.
    """
    grey = [cv2.cvtColor((np.clip(x, 0, 1) * 255 + 0.5).astype(np.uint8), cv2.COLOR_RGB2GRAY) for x in (image, other)]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*grey, None)
    ring = cv2.dilate(mask.astype(np.uint8), np.ones((25, 25), np.uint8)).astype(bool) & ~mask
    if ring.any():
        flow[mask] = np.median(flow[ring], 0)
    return flow
