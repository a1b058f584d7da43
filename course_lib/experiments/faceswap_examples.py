"""Training examples for faceswap-GAN: distorted, recoloured and occluded faces of one person. Lesson 05."""
import cv2
import numpy as np

from course_lib.cast import people
from course_lib.data.pairs import faces_of
from course_lib.models.autoencoder import cut_out
from course_lib.training.augment import jitter, random_warp
from course_lib.training.faceswap import target
from course_lib.training.occluders import TRAINING_KINDS, draw_occluder, overlay, recolour, skin_colour

A, B = "Ada", "Kavya"
PICTURES = range(200_000, 200_400)
SIDE, COVERAGE = 104, 1.6  # the warp samples the middle 5/8 of its image: 65 pixels, coverage 1
VIEWS = 4  # distorted versions of each face
OCCLUDED = 0.4  # fraction of the examples with an occluder


def eye_masks(faces):
    """Masks of the eyes, a little wider than their landmarks.

    Args:
        faces: FaceSet.
    Returns:
        f32 [N, S, S] in [0, 1].
    Lesson 05.
    """
    regions = np.zeros(faces.masks.shape, np.float32)
    for region, points in zip(regions, faces.landmarks, strict=True):
        for eye in (points[36:42], points[42:48]):
            cv2.fillConvexPoly(region, cv2.convexHull(np.round(eye).astype(np.int32)), 1.0)
    wide = np.ones((5, 5), np.uint8)
    return np.stack([cv2.dilate(r, wide) for r in regions])


def examples(faces, wide, encoder, seed, views=VIEWS, kinds=TRAINING_KINDS, occluded=OCCLUDED):
    """Training examples of a run.

    The distorted image is what only the mask can bring in: warped, with another skin colour, as the source of a swap
    has, and in a fraction of the examples with an occluder that the target has too. The encoder sees the target's face
    on grey with jitter, as in lesson 02. (The published encoder sees the warped face and learns to undo the warp; this
    one is frozen, and a warp would only cost it the pose.)

    Args:
        faces: FaceSet of 64 pixels: the targets, undistorted.
        wide: FaceSet of the same faces, of SIDE pixels at coverage COVERAGE, which are warped.
        encoder: the shared_encoder.
        seed: of all draws.
        views: distorted versions of each face.
        kinds: of occluders.
        occluded: fraction of the examples with an occluder.
    Returns:
        [codes [M, C], distorted [M, 64, 64, 3], targets [M, 64, 64, 8]].
    Lesson 05.
    """
    masks, eyes, colours = faces.masks, eye_masks(faces), cut_out(faces.images, faces.masks)
    images, areas = _for_the_warp(wide.images), _for_the_warp(np.repeat(wide.masks[..., None], 3, -1))
    rows = []
    for view in range(views):
        rng = np.random.default_rng([seed, view, 1])
        distorted, _ = random_warp(images, np.random.default_rng([seed, view]))
        warped, _ = random_warp(areas, np.random.default_rng([seed, view]))  # the same draws: the same warp
        distorted, truths, visible = recolour(distorted, warped[..., 0], rng), faces.images.copy(), masks.copy()
        for k in np.flatnonzero(rng.random(len(truths)) < occluded):
            colour = skin_colour(distorted[k], warped[k, ..., 0]) * rng.uniform(0.85, 1.15) if rng.random() < 0.5 else \
                rng.uniform(0.03, 0.95, 3)
            occluder = draw_occluder(kinds[rng.integers(len(kinds))], rng, colour)
            distorted[k], truths[k] = overlay(distorted[k], *occluder), overlay(truths[k], *occluder)
            visible[k] *= 1 - occluder[1]
        codes = encoder.predict(jitter(cut_out(truths, masks), rng), verbose=0)
        rows.append((codes, distorted, target(truths, colours, visible, eyes)))
    return [np.concatenate(arrays) for arrays in zip(*rows, strict=True)]


def training_examples(encoder, seed, views=VIEWS, kinds=TRAINING_KINDS, occluded=OCCLUDED):
    """The training examples of B.

    Args:
        encoder, seed, views, kinds, occluded: as for examples.
    Returns:
        As examples.
    Lesson 05.
    """
    faces, wide = (faces_of(people()[B], PICTURES, *size) for size in ((), (SIDE, COVERAGE)))
    return examples(faces, wide, encoder, seed, views, kinds, occluded)


def _for_the_warp(images):
    """Twice the side, moved so that random_warp's centre, side / 2, lies on the crop's own, (side - 1) / 2.

    Without it the warped faces lie half a pixel beside their targets.
    """
    return np.stack([cv2.warpAffine(x, np.float64([[2, 0, 1], [0, 2, 1]]), (2 * SIDE, 2 * SIDE), flags=cv2.INTER_CUBIC,
                                    borderMode=cv2.BORDER_REPLICATE).clip(0, 1) for x in images])
