"""The reflections on the corneas of both eyes: distant lamps leave highlights of one shape. Lesson 11."""
import numpy as np

from .evidence import Evidence, checked, grey
from .eyes import both_eyes, disc, drawn


def highlight_mask(eye):
    """The reflections of lamps on a cornea: pixels of the iris far brighter than it.

    Args:
        eye: Eye.
    Returns:
        bool [H, W].
    References:
        Hu, Li and Lyu 2021, section 3.2, with a threshold from the iris's own median.
    Lesson 11.
    """
    inside = disc(eye.opening.shape, eye.centre, 0.85 * eye.radius) & eye.opening
    light = grey(eye.image)
    level = np.median(light[inside]) if inside.any() else 1.0
    return inside & (light > max(level + 0.22, 0.4))


def highlight_iou(mask_a, mask_b, centre_a, centre_b):
    """Intersection over union of the highlights, one eye laid over the other.

    Args:
        mask_a, mask_b: bool [H, W] and [H', W'].
        centre_a, centre_b: (x, y) of the irises' centres, which are laid over each other.
    Returns:
        A float in [0, 1]; nan where neither eye has a highlight.
    References:
        Hu, Li and Lyu 2021, section 3.3.
    Lesson 11.
    """
    first, second = (np.argwhere(m)[:, ::-1] - np.rint(c).astype(int) for m, c in ((mask_a, centre_a),
                                                                                  (mask_b, centre_b)))
    first, second = (set(map(tuple, p.tolist())) for p in (first, second))
    return len(first & second) / len(first | second) if first | second else float("nan")


def highlights(image, landmarks):
    """Do both corneas reflect the same lamps?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        Evidence whose score is 1 - IoU of the highlights; without any highlight it is 0 and not valid. The features
        count the eyes without one, which the public code of Matern et al. computes and does not use.
    References:
        Hu, Li and Lyu 2021, Exposing GAN-generated faces using inconsistent corneal specular highlights.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    a, b, why = both_eyes(image, landmarks)
    masks = [highlight_mask(e) for e in (a, b)]
    iou = highlight_iou(*masks, a.centre, b.centre)
    missing = sum(int(not m.any()) for m in masks)
    why = why or ("no highlight on either cornea" if missing == 2 else "")
    return Evidence("highlights", float(np.nan_to_num(1 - iou)), {"IoU": iou, "eyes without highlight": missing},
                    not why, why, drawn(a, b, masks, (0.1, 1.0, 0.3)))
