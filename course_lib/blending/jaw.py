"""The jaw line where a new lower face meets the old neck: correction by optical flow, and the composite. Lesson 08."""
import cv2
import numpy as np

from .compose import LEVELS, pyramid

CHIN = np.arange(3, 14)  # jaw landmarks from one side to the other, without the ears
BAND = 0.11  # half width of the band along the jaw in which the flow counts, parts of the eye distance


def estimated_flow(face, target):
    """Optical flow from one image to another, by dense inverse search.

    Args:
        face, target: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        f32 [H, W, 2]: target at (x, y) shows what face shows at (x, y) + flow.
    References:
        Kroeger, Timofte, Dai & Van Gool, "Fast optical flow using dense inverse search", ECCV 2016.
    Lesson 08.
    """
    grey = [cv2.cvtColor((np.clip(x, 0, 1) * 255 + 0.5).astype(np.uint8), cv2.COLOR_RGB2GRAY) for x in (target, face)]
    return cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*grey, None)


def jaw_band(landmarks, shape, width=BAND):
    """Where the flow is followed: 1 on the jaw line, falling smoothly to 0 within the band.

    Args:
        landmarks: [68, 2] of the target, pixels.
        shape: (H, W).
        width: half width of the band, parts of the eye distance.
    Returns:
        f32 [H, W].
    Lesson 08.
    """
    points = np.asarray(landmarks, np.float64)
    eyes = np.linalg.norm(points[36:42].mean(0) - points[42:48].mean(0))
    away = np.ones(shape[:2], np.uint8)
    cv2.polylines(away, [np.round(points[CHIN] * 8).astype(np.int32)], False, 0, 1, cv2.LINE_8, 3)
    distance = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.clip(1.5 * np.exp(-((distance / (width * eyes)) ** 2)), 0, 1).astype(np.float32)


def correct_jaw(face, target, landmarks, flow=None, width=BAND):
    """Warps a synthesised face so that its jaw line lies on the target's, and leaves its mouth alone.

    Args:
        face: f32 RGB [H, W, 3], at its place in the frame.
        target: f32 RGB [H, W, 3], the old frame.
        landmarks: [68, 2] of the target, pixels.
        flow: f32 [H, W, 2] as estimated_flow gives it, which is used when left out; nan counts as no motion.
        width: see jaw_band.
    Returns:
        f32 [H, W, 3].
    References:
        Suwajanakorn et al. 2017, section 3.5 ("jaw correction").
    Lesson 08.
    """
    flow = estimated_flow(face, target) if flow is None else np.nan_to_num(flow)
    height, width_ = face.shape[:2]
    x, y = np.meshgrid(np.arange(width_, dtype=np.float32), np.arange(height, dtype=np.float32))
    move = jaw_band(landmarks, face.shape, width)[..., None] * flow.astype(np.float32)
    return cv2.remap(np.asarray(face, np.float32), x + move[..., 0], y + move[..., 1], cv2.INTER_LINEAR, None,
                     cv2.BORDER_REPLICATE)


def lower_face(landmarks, shape, grow=0.12):
    """The region that is exchanged: from below the nose to just below the jaw line, with a soft upper edge.

    Args:
        landmarks: [68, 2], pixels.
        shape: (H, W).
        grow: how far it reaches below the jaw, parts of the eye distance.
    Returns:
        f32 [H, W] in [0, 1].
    Lesson 08.
    """
    points = np.asarray(landmarks, np.float64)
    eyes = np.linalg.norm(points[36:42].mean(0) - points[42:48].mean(0))
    down = (points[8] - points[27]) / max(np.linalg.norm(points[8] - points[27]), 1e-9)
    outline = np.concatenate([points[CHIN] + grow * eyes * down, points[[35, 33, 31]]])
    mask = np.zeros(shape[:2], np.float32)
    cv2.fillPoly(mask, [np.round(outline * 8).astype(np.int32)], 1.0, cv2.LINE_8, 3)
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.05 * eyes, 0.6))
    return np.clip(2 * soft - 1, 0, 1) if eyes < 8 else np.clip(1.5 * soft - 0.5, 0, 1)


def composite(face, target, landmarks, jaw=True, flow=None, levels=LEVELS):
    """The old frame with a new lower face: jaw correction, then pyramid blending.

    The layers, front to back: the new lower face; the neck and everything else of the old frame.

    Args:
        face, target, landmarks, flow: as for correct_jaw.
        jaw: whether the jaw line is corrected.
        levels: of the pyramid.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Lesson 08.
    """
    fitted = correct_jaw(face, target, landmarks, flow) if jaw else np.asarray(face, np.float32)
    return np.clip(pyramid(np.clip(fitted, 0, 1), target, lower_face(landmarks, target.shape), levels), 0, 1)
