"""The shipped enhancement networks as functions of images, and one of frames for enhance_file. Lesson 09."""
from functools import cache

import cv2
import numpy as np

from course_lib.blending import by_tiles, restore_faces
from course_lib.blending.tiles import MIN_SCALE
from course_lib.checkpoints import load
from course_lib.degradation import resize
from course_lib.faces.align import align, scale_of
from course_lib.models import dictionary, esrgan, face_parts
from course_lib.models.classical import METHODS as CLASSICAL
from course_lib.models.classical import classical

SCALE, SIDE, COVERAGE = 4, face_parts.SIDE, face_parts.COVERAGE
ENLARGERS = {"ESRGAN, pixels": "esrgan_pixel", "ESRGAN, adversarial": "esrgan", "ESRGAN, blind": "esrgan_blind"}
RESTORERS = {"U-Net": "plain_restorer", "dictionary": "dictionary_restorer"}
METHODS = (*CLASSICAL, *ENLARGERS, *RESTORERS)
ATOM_STRIDE = 4  # stride of the atoms that are shown
SEARCH_SIDE = 320  # pixels of the shorter side to which a small image is enlarged before faces are detected


@cache
def network(name):
    """A shipped network, loaded once.

    Args:
        name: of its checkpoint.
    Returns:
        keras.Model.
    """
    return load(name)


def enlarge(images, method="ESRGAN, adversarial"):
    """Images four times as large, by ESRGAN.

    Args:
        images: f32 [N, h, w, 3] in [0, 1].
        method: a key of ENLARGERS.
    Returns:
        f32 [N, 4 h, 4 w, 3] in [0, 1].
    Lesson 09.
    """
    return esrgan.enlarge(network(ENLARGERS[method]), images)


def restore(faces, method="dictionary", centres=None):
    """Aligned faces restored.

    Args:
        faces: f32 [N, 128, 128, 3] in [0, 1].
        method: a key of RESTORERS.
        centres: dictionary.part_centres, those of the mean face when left out.
    Returns:
        f32 [N, 128, 128, 3] in [0, 1].
    Lesson 09.
    """
    centres = dictionary.part_centres(count=len(faces)) if centres is None else np.asarray(centres, np.float32)
    parts = [network(RESTORERS[method]).predict_on_batch([np.asarray(faces[k:k + 16], np.float32), centres[k:k + 16]])
             for k in range(0, len(faces), 16)]
    return np.concatenate(parts).astype(np.float32).clip(0, 1)


@cache
def _restorer_with_atoms():
    return dictionary.with_atoms(network(RESTORERS["dictionary"]))


def restore_with_atoms(faces, centres=None):
    """As restore by the dictionary, in one pass with the atoms that were looked up.

    Args:
        faces, centres: as for restore.
    Returns:
        (faces, part -> number of the atom [N]); atoms of stride ATOM_STRIDE, at which they are large enough to be
        looked at.
    Lesson 09.
    """
    restored, chosen = _restorer_with_atoms()(np.asarray(faces, np.float32), centres)
    return restored, {part: chosen[part, ATOM_STRIDE][0] for part in dictionary.PARTS}


def improved(method, images, centres=None):
    """Degraded images of aligned faces, restored to 128 pixels by one of METHODS.

    The enlargers take them as they are, and the result is resized to 128; for all others they are first enlarged by
    bicubic interpolation.

    Args:
        method: one of METHODS.
        images: f32 [N, h, w, 3], of up to 128 pixels.
        centres: as for restore.
    Returns:
        f32 [N, 128, 128, 3].
    Raises:
        ValueError: for another method.
    Lesson 09.
    """
    if method not in METHODS:
        raise ValueError(f"method={method!r} is unknown; expected one of {', '.join(METHODS)}")
    if method in ENLARGERS:
        return _to(enlarge(images, method))
    if method in CLASSICAL:
        return classical(np.asarray(images, np.float32), SIDE / np.shape(images)[1], method)
    return restore(_to(images), method, centres)


def _to(images, side=SIDE):
    """Pictures f32 [N, side, side, 3] by bicubic interpolation, or averaged down where they are larger."""
    height = np.shape(images)[1]
    method = "cubic" if height <= side else "area"
    return np.stack([p if height == side else resize(p, (side, side), filter=method) for p in images])


def enhancer(find, enlarged="ESRGAN, blind", restored="dictionary", counts=None):
    """A function that enhances a frame, for pipelines.enhance_file.

    A small face is blended into the enlarged frame, a larger one restored before, and one of more than about 160 pixels
    across is left to the enlarger.

    Args:
        find: frame -> landmarks [68, 2] of its faces.
        enlarged: a key of ENLARGERS, by which the whole frame becomes four times as large, or None.
        restored: a key of RESTORERS for the faces, or None.
        counts: a dict in which the faces are counted, as "faces" and "restored".
    Returns:
        A function of a frame f32 RGB [H, W, 3] that gives it enhanced.
    Lesson 09.
    """
    counts = {} if counts is None else counts

    def blended(frame, landmarks, into):
        output, done = restore_faces(frame, landmarks, lambda x: restore(x, restored), into=into, size=SIDE,
                                   coverage=COVERAGE)
        counts["restored"] = counts.get("restored", 0) + len(done)
        return output

    def enhance(frame):
        faces = _find(frame, find) if restored else []
        counts["faces"] = counts.get("faces", 0) + len(faces)
        if not enlarged:
            return blended(frame, faces, frame)
        small = [scale_of(align(frame, points, SIDE, COVERAGE).matrix) >= SCALE * MIN_SCALE for points in faces]
        frame_ = blended(frame, [points for points, is_small in zip(faces, small) if not is_small], frame)
        large = by_tiles(frame_, lambda x: enlarge(x, enlarged), SCALE)
        return blended(frame, [points for points, is_small in zip(faces, small) if is_small], large)

    return enhance


def _find(frame, find):
    """The faces of a frame, which is enlarged for the search where it is small."""
    factor = max(1.0, SEARCH_SIDE / min(frame.shape[:2]))
    if factor == 1:
        return find(frame)
    larger = cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC).clip(0, 1)
    return [((points + 0.5) / factor - 0.5).astype(np.float32) for points in find(larger)]
