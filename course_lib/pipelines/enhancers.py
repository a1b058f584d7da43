"""What `course enhance`, lesson 09 and its inspector do with the shipped networks. Lesson 09."""
from functools import cache

import cv2
import numpy as np

from course_lib.blending import by_tiles, restore_faces
from course_lib.blending.tiles import FINEST
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
SHOWN = 4  # the stride whose atoms are shown
SOUGHT = 320  # pixels of the shorter side to which a small picture is enlarged before faces are looked for


@cache
def network(name):
    """The shipped network of that checkpoint, loaded once."""
    return load(name)


def enlarge(pictures, method="ESRGAN, adversarial"):
    """Pictures four times as large: f32 [N, h, w, 3] to [N, 4 h, 4 w, 3], in [0, 1]. method: a key of ENLARGERS.
    Lesson 09."""
    return esrgan.enlarge(network(ENLARGERS[method]), pictures)


def restore(faces, method="dictionary", centres=None):
    """Aligned faces f32 [N, 128, 128, 3] restored. method: a key of RESTORERS. centres: dictionary.part_centres,
    those of the mean face when left out. Lesson 09."""
    centres = dictionary.part_centres(count=len(faces)) if centres is None else np.asarray(centres, np.float32)
    parts = [network(RESTORERS[method]).predict_on_batch([np.asarray(faces[k:k + 16], np.float32), centres[k:k + 16]])
             for k in range(0, len(faces), 16)]
    return np.concatenate(parts).astype(np.float32).clip(0, 1)


@cache
def _looker():
    return dictionary.with_atoms(network(RESTORERS["dictionary"]))


def looked_up(faces, centres=None):
    """As restore by the dictionary, in one pass with what was looked up: (faces, part -> number of the atom [N]).

    The atoms are those of stride SHOWN, at which they are large enough to be looked at. Lesson 09.
    """
    made, chosen = _looker()(np.asarray(faces, np.float32), centres)
    return made, {part: chosen[part, SHOWN][0] for part in dictionary.PARTS}


def improved(method, pictures, centres=None):
    """Spoiled pictures of aligned faces f32 [N, h, w, 3], of up to 128 pixels, made 128 by one of METHODS.

    The enlargers take them as they are and what is not 128 then is resized; all others are first enlarged by bicubic
    interpolation. Raises ValueError for another method. Lesson 09.
    """
    if method not in METHODS:
        raise ValueError(f"method={method!r} is unknown; there are {', '.join(METHODS)}")
    if method in ENLARGERS:
        return _to(enlarge(pictures, method))
    if method in CLASSICAL:
        return classical(np.asarray(pictures, np.float32), SIDE / np.shape(pictures)[1], method)
    return restore(_to(pictures), method, centres)


def _to(pictures, side=SIDE):
    """Pictures f32 [N, side, side, 3] by bicubic interpolation, or averaged down where they are larger."""
    height = np.shape(pictures)[1]
    how = "cubic" if height <= side else "area"
    return np.stack([p if height == side else resize(p, (side, side), filter=how) for p in pictures])


def enhancer(find, enlarged="ESRGAN, blind", restored="dictionary", told=None):
    """A function of a frame f32 RGB [H, W, 3] that gives it enhanced, for pipelines.enhance_file.

    find: frame -> landmarks [68, 2] of its faces. enlarged: a key of ENLARGERS, by which the whole frame becomes four
    times as large, or None. restored: a key of RESTORERS for the faces, or None. A small face is laid into the
    enlarged frame, a larger one restored before, and one of more than about 160 pixels across is left to the
    enlarger. told: a dict in which the faces are counted. Lesson 09.
    """
    told = {} if told is None else told

    def laid(frame, landmarks, into):
        made, done = restore_faces(frame, landmarks, lambda x: restore(x, restored), into=into, size=SIDE,
                                   coverage=COVERAGE)
        told["restored"] = told.get("restored", 0) + len(done)
        return made

    def enhance(frame):
        faces = _find(frame, find) if restored else []
        told["faces"] = told.get("faces", 0) + len(faces)
        if not enlarged:
            return laid(frame, faces, frame)
        small = [scale_of(align(frame, points, SIDE, COVERAGE).matrix) >= SCALE * FINEST for points in faces]
        frame_ = laid(frame, [points for points, few in zip(faces, small) if not few], frame)
        large = by_tiles(frame_, lambda x: enlarge(x, enlarged), SCALE)
        return laid(frame, [points for points, few in zip(faces, small) if few], large)

    return enhance


def _find(frame, find):
    """The faces of a frame, which is enlarged for the search where it is small."""
    factor = max(1.0, SOUGHT / min(frame.shape[:2]))
    if factor == 1:
        return find(frame)
    larger = cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC).clip(0, 1)
    return [((points + 0.5) / factor - 0.5).astype(np.float32) for points in find(larger)]
