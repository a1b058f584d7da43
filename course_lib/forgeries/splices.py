"""Splices: a person cut out of one photograph and put before the background of another, with the true mask. Lesson 11.
"""
import cv2
import numpy as np


def splice(photos, first, second, edge=1.0):
    """The person of one photograph before the background of another.

    Args:
        photos: Photographs.
        first: Number of the photograph whose background stays.
        second: Number of the one whose person is pasted in.
        edge: Standard deviation of the mask's softening, pixels.
    Returns:
        (f32 RGB [S, S, 3], weight f32 [S, S]): weight 1 where the second photograph shows.
    Lesson 11.
    """
    person = (photos.labels[second] > 0).astype(np.float32)
    weight = cv2.GaussianBlur(person, (0, 0), edge) if edge else person
    back = _without_person(photos.rgb[first], photos.labels[first] > 0, person > 0)
    return back + weight[..., None] * (photos.rgb[second] - back), weight


def _without_person(image, person, covered):
    """The background where its own person would look out beside the pasted one: columns from the nearest border."""
    out, seen = image.copy(), person & ~covered
    if not seen.any():
        return out
    mirrored = image[:, ::-1]
    free = seen & ~person[:, ::-1]
    out[free] = mirrored[free]
    left = seen & ~free
    if left.any():
        out = cv2.inpaint((out * 255 + 0.5).astype(np.uint8), left.astype(np.uint8), 5, cv2.INPAINT_TELEA)
        out = np.where(left[..., None], out.astype(np.float32) / 255, np.where(free[..., None], mirrored, image))
    return out.astype(np.float32)
