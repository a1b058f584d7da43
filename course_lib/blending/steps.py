"""One created face into one frame, step by step: mask, colour, sharpness, blend. Lesson 03."""
from dataclasses import dataclass

import numpy as np

from course_lib.values import unit_range

from . import colour as colours
from . import compose, masks


@dataclass(frozen=True)
class Steps:
    """The options of blending a face into its frame.

    With the defaults, seam and flicker stay within the limits that lesson 03 sets, on clips of the cast with exact
    landmarks; a smaller mask or a wider edge scores better still, and shows less of the new face.

    Args:
        shape: "hull", "ellipse" or "box" around the landmarks, or "crop" for the whole square of the crop.
        forehead: how far the shape reaches above the brows (masks.hull).
        grow: percent of the face by which it is made larger, negative smaller.
        feather: width of the soft edge in percent of the face.
        visible: whether what covers the target's face stays in front.
        colour: a key of colour.METHODS, or "none".
        sharpen: amount of unsharp masking.
        blend: "alpha", "poisson" or "pyramid".
        opacity: 1 shows the new face alone, 0 the frame.
    """

    shape: str = "hull"
    forehead: float = 0.2
    grow: float = -4.0
    feather: float = 12.0
    visible: bool = True
    colour: str = "reinhard"
    sharpen: float = 0.0
    blend: str = "alpha"
    opacity: float = 1.0

    def __post_init__(self):
        for name, value, known in (("shape", self.shape, (*masks.SHAPES, "crop")), ("blend", self.blend,
                                   compose.BLENDS), ("colour", self.colour, (*colours.METHODS, "none"))):
            if value not in known:
                raise ValueError(f"{name} is {value!r}; expected one of {', '.join(known)}")
        if not 0 <= self.feather <= 100 or not -50 <= self.grow <= 100 or not 0 <= self.opacity <= 1:
            raise ValueError(f"grow={self.grow}, feather={self.feather}, opacity={self.opacity}: expected grow from "
                             "-50 to 100 percent, feather from 0 to 100 percent and opacity from 0 to 1")


@dataclass(frozen=True)
class Layer:
    """A face warped to its area of a frame, before colour and blending.

    Args:
        area: (x0, y0, x1, y1) in the frame.
        face, frame: f32 RGB [h, w, 3] of that area.
        mask: f32 [h, w], where the face will show.
    """

    area: tuple
    face: np.ndarray
    frame: np.ndarray
    mask: np.ndarray

    def weights(self, shape):
        """The mask in the whole frame.

        Args:
            shape: (H, W).
        Returns:
            f32 [H, W].
        Lesson 03.
        """
        x0, y0, x1, y1 = self.area
        whole = np.zeros(shape, np.float32)
        whole[y0:y1, x0:x1] = self.mask
        return whole


def prepare(frame, face, matrix, landmarks, steps=None, *, face_mask=None, face_landmarks=None, visible=None):
    """The Layer of a created face, or None where nothing of it would show (outside the frame, or all covered).

    Args:
        frame: f32 RGB [H, W, 3] in [0, 1].
        face: f32 RGB [S, S, 3], the model's output for the crop.
        matrix: [2, 3] from frame to crop pixels (faces.Aligned.matrix).
        landmarks: [68, 2] of the target in frame pixels.
        steps: Steps.
        face_mask: f32 [S, S], where the model created a face (masks.from_grey, or a learned mask); everywhere when left
            out.
        face_landmarks: [68, 2], landmarks of the created face in crop pixels: it is warped to the target's
            (compose.reshape).
        visible: f32 [H, W], where the target's face is seen (masks.from_labels); estimated from colours when left out
            and steps.visible.
    Returns:
        Layer or None.
    Raises:
        ValueError: on shapes that do not fit.
    Lesson 03.
    """
    steps = steps or Steps()
    frame, face = np.asarray(frame, np.float32), np.asarray(face, np.float32)
    if frame.ndim != 3 or face.ndim != 3 or face.shape[0] != face.shape[1] or face.shape[2:] != frame.shape[2:]:
        raise ValueError(f"prepare wants a frame [H, W, 3] and a face [S, S, 3]; got {frame.shape} and {face.shape}")
    unit_range(frame, "the frame")
    unit_range(face, "the face")
    if face_mask is not None and np.shape(face_mask) != face.shape[:2]:
        raise ValueError(f"face_mask is {np.shape(face_mask)}; expected {face.shape[:2]}, as the face")
    if visible is not None and np.shape(visible) != frame.shape[:2]:
        raise ValueError(f"visible is {np.shape(visible)}; expected {frame.shape[:2]}, as the frame")
    x0, y0, x1, y1 = area = compose.area_of(matrix, len(face), frame.shape[:2])
    if x0 >= x1 or y0 >= y1:
        return None
    shape, part = (y1 - y0, x1 - x0), frame[y0:y1, x0:x1]
    points, local = np.asarray(landmarks, np.float64) - (x0, y0), compose.within(matrix, area)
    created = np.ones(face.shape[:2], np.float32) if face_mask is None else np.array(face_mask, np.float32)
    if face_landmarks is not None:
        wanted = np.c_[np.asarray(landmarks, np.float64), np.ones(68)] @ np.asarray(matrix, np.float64).T
        face, created = (compose.reshape(a, face_landmarks, wanted) for a in (face, created))
    created[[0, -1]], created[:, [0, -1]] = 0, 0  # so that the crop's own border is never seen
    created = np.clip(compose.unalign(created, local, shape, cubic=False), 0, 1)
    wanted = created if steps.shape == "crop" else masks.SHAPES[steps.shape](points, shape, steps.forehead)
    percent = float(np.sqrt(masks.hull(points, shape, steps.forehead).sum())) / 100  # of the face, in pixels
    wanted = masks.intersect(masks.grow(wanted, steps.grow * percent), created)
    if steps.visible:
        seen = masks.visible_skin(part, points) if visible is None else np.asarray(visible, np.float32)[y0:y1, x0:x1]
        wanted = masks.intersect(wanted, seen)
    mask = masks.feather(wanted, steps.feather * percent) * np.float32(steps.opacity)
    if not mask.any():
        return None
    warped = np.clip(compose.unalign(face, local, shape, outside=None), 0, 1)
    warped = compose.unsharp(warped, steps.sharpen, max(1.0, 0.012 * 100 * percent))
    return Layer(area, part + created[..., None] * (warped - part), part, mask)


def finish(frame, layer, steps=None, numbers=None):
    """The frame with a Layer blended in.

    Args:
        frame: f32 RGB [H, W, 3].
        layer: Layer; None gives the frame back.
        steps: Steps.
        numbers: of the colour method, as colour.measure gives them and smoothing.OneEuro smooths them; measured here
            when left out.
    Returns:
        A new f32 [H, W, 3].
    Lesson 03.
    """
    steps = steps or Steps()
    out = np.array(frame, np.float32)
    if layer is None:
        return out
    x0, y0, x1, y1 = layer.area
    face = layer.face
    if steps.colour != "none":
        numbers = measure(layer, steps) if numbers is None else numbers
        face = colours.apply(steps.colour, face, numbers)
    out[y0:y1, x0:x1] = compose.BLENDS[steps.blend](face, layer.frame, layer.mask)
    return out


def measure(layer, steps):
    """The numbers of the steps' colour method for a Layer.

    Args:
        layer: Layer.
        steps: Steps.
    Returns:
        As colour.measure; None where there is no method.
    Lesson 03.
    """
    if steps.colour == "none":
        return None
    return colours.measure(steps.colour, layer.face, layer.frame, layer.mask)


def put_back(frame, face, matrix, landmarks, steps=None, **more):
    """The frame with a created face in it: prepare and finish.

    Args:
        frame, face, matrix, landmarks, steps: as for prepare, and so are the options.
    Returns:
        f32 [H, W, 3].
    Lesson 03.
    """
    return finish(frame, prepare(frame, face, matrix, landmarks, steps, **more), steps)
