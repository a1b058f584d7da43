"""What can be measured of a swap where nobody knows the true picture. Lesson 16.

The clip itself takes the place of the truth: a swap should keep its pose, mouth, eyes and motion, and its edge should
be no steeper than the skin was there. All of these are best for a swap that changes nothing, so identity has to stand
beside them.
"""
from dataclasses import dataclass

import cv2
import numpy as np

from course_lib.faces import eye_distance, eye_opening, head_pose, mouth_opening

from .video import flicker, seam


@dataclass(frozen=True)
class Carried:
    """What a swap carries over from its clip, as medians over the frames of absolute differences by the mesh.

    Args:
        pose: degrees.
        mouth: of the mouth's opening, in distances of the eyes.
        blink: of the eyes' opening, the larger of both eyes.
        points: of the landmarks 17 to 67, in percent of the distance of the eyes.
        found: fraction of the frames with a face in the clip in which the swap has one too.
    """

    pose: float
    mouth: float
    blink: float
    points: float
    found: float


def carried(source, swapped, shape):
    """Compares the landmarks of a clip and of its swap, frame by frame.

    Args:
        source, swapped: landmarks [T, 68, 2], pixels, nan where there is no face.
        shape: of the frames, (H, W, ...).
    Returns:
        Carried; nan where no frame has both faces.
    Raises:
        ValueError: for other shapes, or when no frame of the clip has a face.
    Lesson 16.
    """
    source, swapped = (np.asarray(x, np.float64) for x in (source, swapped))
    if source.shape != swapped.shape or source.shape[1:] != (68, 2):
        raise ValueError(f"landmarks are {source.shape} and {swapped.shape}; expected [T, 68, 2] for both")
    there, both = (np.isfinite(x).all((1, 2)) for x in (source, source + swapped))
    if not there.any():
        raise ValueError("no frame of the clip has a face")
    if not both.any():
        return Carried(*[float("nan")] * 4, 0.0)
    one, other = source[both], swapped[both]
    turn = np.degrees([head_pose(p, shape) - head_pose(q, shape) for p, q in zip(one, other, strict=True)])
    shift = np.linalg.norm(one - other, axis=-1)[:, 17:].mean(-1) / eye_distance(one)
    return Carried(float(np.median(np.hypot(turn[:, 0], turn[:, 1]))),
                   float(np.median(np.abs(mouth_opening(one) - mouth_opening(other)))),
                   float(np.median(np.abs(eye_opening(one) - eye_opening(other)).max(-1))),
                   float(100 * np.median(shift)), float(both.sum() / there.sum()))


def estimated_motion(frames):
    """Optical flow between the frames of a clip, estimated from the images; where both directions disagree, nan.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
    Returns:
        f32 [T-1, H, W, 2], pixels: where each pixel is in the next frame.
    References:
        Kroeger et al., "Fast optical flow using dense inverse search", ECCV 2016.
    Lesson 16.
    """
    grey = [(cv2.cvtColor(np.asarray(f, np.float32), cv2.COLOR_RGB2GRAY) * 255).astype(np.uint8) for f in frames]
    method = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    height, width = grey[0].shape
    place = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
    motion = []
    for one, other in zip(grey, grey[1:]):
        there, back = method.calc(one, other, None), method.calc(other, one, None)
        returned = cv2.remap(back, place + there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        lost = np.linalg.norm(there + returned, axis=-1) > 1.0  # the way there and back misses by a pixel
        there[lost] = np.nan
        motion.append(there)
    return np.stack(motion)


def against_the_clip(frames, swapped, weights):
    """Seam and flicker with the clip in place of the truth; a swap that changes nothing has 1 for both.

    Args:
        frames, swapped: f32 RGB [T, H, W, 3] in [0, 1].
        weights: f32 [T, H, W], with which the face was blended, as Layer.weights gives them.
    Returns:
        (seam, flicker), as metrics.video defines them, the seam as a mean over the frames.
    Raises:
        ValueError: as metrics.video.seam and flicker.
    Lesson 16.
    """
    return (float(np.mean(seam(swapped, frames, weights))),
            flicker(swapped, frames, weights, estimated_motion(frames)))


class OfTheTwo:
    """Tells two people apart by their faces: Fisher's discriminant on small images of equal mean and contrast.

    It knows these two people and nobody else, needs nothing but their footage, and has only seen whole faces: it can
    say that a swap looks more like B than like A, not that it looks like B.

    Args:
        faces_a, faces_b: f32 RGB [N, S, S, 3], aligned faces on grey.
        masks_a, masks_b: f32 [N, S, S].
    References:
        Belhumeur, Hespanha and Kriegman, "Eigenfaces vs. Fisherfaces", PAMI 1997; shrinkage: Ledoit and Wolf 2004.
    Lesson 16.
    """

    def __init__(self, faces_a, faces_b, masks_a, masks_b):
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis  # here: its import takes a second

        self.model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        rows = np.concatenate([_small(faces_a, masks_a), _small(faces_b, masks_b)])
        self.model.fit(rows, np.repeat([0, 1], [len(faces_a), len(faces_b)]))

    def __call__(self, images, masks):
        """Args: images f32 [N, S, S, 3], masks f32 [N, S, S]. Returns: f64 [N], P(B)."""
        return self.model.predict_proba(_small(images, masks))[:, 1]


def _small(images, masks, side=16):
    """[N, side * side] grey values, mean 0 and standard deviation 1 inside the mask: no colour, no exposure."""
    rows = []
    for image, mask in zip(images, masks, strict=True):
        grey, inside = np.asarray(image, np.float32).mean(-1), mask > 0.5
        flat = np.where(inside, (grey - grey[inside].mean()) / (grey[inside].std() + 1e-3), 0).astype(np.float32)
        rows.append(cv2.resize(flat, (side, side), interpolation=cv2.INTER_AREA).ravel())
    return np.stack(rows)
