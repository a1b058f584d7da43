"""Self-made negatives for face warping artifacts: the face loses resolution, the picture around it does not. Lesson 11.

The training images follow the text of the paper; the public code warps fakes alone, here real ones are resampled too.
"""
import cv2
import numpy as np

from course_lib.degradation import resize
from course_lib.faces import align

SIZES = (40, 48, 64, 80, 96)  # sides of the aligned face, pixels: what a generator of fixed size would draw
REGIONS = {"brows to mouth": range(17, 60), "with cheeks": [*range(1, 16), *range(17, 27)]}


def warping_pair(image, landmarks, rng, matched=True):
    """A real face and the same face after a warp to a small size and back.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1], a real face.
        landmarks: [68, 2], pixels.
        rng: numpy Generator.
        matched: Half of the pairs are resampled as a whole afterwards, both images alike, so that "was resampled" does
            not give the label away. False leaves every real image untouched.
    Returns:
        (real f32 [H, W, 3], fake f32 [H, W, 3], mask f32 [H, W]).
    References:
        Li & Lyu 2019, section 3.1: align at a random one of several sizes, blur, warp back, paste in a random region.
    Lesson 11.
    """
    height, width = image.shape[:2]
    aligned = align(image, landmarks, int(rng.choice(SIZES)))
    small = cv2.GaussianBlur(aligned.image, (5, 5), 0)
    back = cv2.warpAffine(small, aligned.matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REPLICATE)
    mask = pasted_region(landmarks, (height, width), rng)
    images = [image, image + mask[..., None] * (np.clip(back, 0, 1) - image)]
    if matched and rng.random() < 0.5:
        scale = float(rng.uniform(0.6, 0.95))
        images = [resize(resize(x, scale=scale, filter="linear"), size=(height, width), filter="linear")
                  for x in images]
    return *(np.clip(x, 0, 1).astype(np.float32) for x in images), mask


def pasted_region(landmarks, shape, rng):
    """Where the warped face is pasted: the hull of brows, nose and mouth, or of brows and jaw, with a soft edge.

    Args:
        landmarks: [68, 2], pixels.
        shape: (H, W).
        rng: numpy Generator.
    Returns:
        f32 [H, W] in [0, 1].
    References:
        Li & Lyu 2019, section 3.1, figure 4.
    Lesson 11.
    """
    corners = np.asarray(landmarks, np.float32)[list(REGIONS[str(rng.choice(list(REGIONS)))])]
    corners = corners + rng.normal(0, 0.01 * np.ptp(corners[:, 1]), corners.shape).astype(np.float32)
    mask = np.zeros(shape, np.float32)
    cv2.fillConvexPoly(mask, np.round(cv2.convexHull(corners)[:, 0] * 32).astype(np.int32), 1.0, cv2.LINE_AA, 5)
    return cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(0.5, 3.0)))
