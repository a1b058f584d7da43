"""What `course enhance`, lesson 09 and its inspector do with the shipped networks. Lesson 09."""
import shutil
from functools import cache, partial
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from course_lib import media
from course_lib.blending import by_tiles, restore_faces
from course_lib.blending.tiles import FINEST
from course_lib.checkpoints import load
from course_lib.degradation import resize
from course_lib.faces.align import align, scale_of
from course_lib.media.images import FORMATS, MOST_PIXELS
from course_lib.pipelines import parts
from course_lib.provenance import manifest

# Keras comes with course_lib.models, which is imported where a network is used: a wrong file is refused before. So the
# sizes of models.dictionary and the names of models.classical stand here once more, and a test compares them.
SCALE, SIDE, COVERAGE = 4, 128, 1.3
CLASSICAL = ("bicubic", "unsharp", "non-local means")
ENLARGERS = {"ESRGAN, pixels": "esrgan_pixel", "ESRGAN, adversarial": "esrgan", "ESRGAN, blind": "esrgan_blind"}
RESTORERS = {"U-Net": "plain_restorer", "dictionary": "dictionary_restorer"}
METHODS = (*CLASSICAL, *ENLARGERS, *RESTORERS)
PART = 60  # frames in a part of a video: what a stop costs at most
SHOWN = 4  # the stride whose atoms are shown
SOUGHT = 320  # pixels of the shorter side to which a small picture is enlarged before faces are looked for


@cache
def network(name):
    """The shipped network of that checkpoint, loaded once."""
    return load(name)


def enlarge(pictures, method="ESRGAN, adversarial"):
    """Pictures four times as large: f32 [N, h, w, 3] to [N, 4 h, 4 w, 3], in [0, 1]. method: a key of ENLARGERS.
    Lesson 09."""
    from course_lib.models import esrgan

    return esrgan.enlarge(network(ENLARGERS[method]), pictures)


def restore(faces, method="dictionary", centres=None):
    """Aligned faces f32 [N, 128, 128, 3] restored. method: a key of RESTORERS. centres: dictionary.part_centres,
    those of the mean face when left out. Lesson 09."""
    from course_lib.models import dictionary

    centres = dictionary.part_centres(count=len(faces)) if centres is None else np.asarray(centres, np.float32)
    parts = [network(RESTORERS[method]).predict_on_batch([np.asarray(faces[k:k + 16], np.float32), centres[k:k + 16]])
             for k in range(0, len(faces), 16)]
    return np.concatenate(parts).astype(np.float32).clip(0, 1)


@cache
def _looker():
    from course_lib.models import dictionary

    return dictionary.with_atoms(network(RESTORERS["dictionary"]))


def looked_up(faces, centres=None):
    """As restore by the dictionary, in one pass with what was looked up: (faces, part -> number of the atom [N]).

    The atoms are those of stride SHOWN, at which they are large enough to be looked at. Lesson 09.
    """
    from course_lib.models.dictionary import PARTS

    made, chosen = _looker()(np.asarray(faces, np.float32), centres)
    return made, {part: chosen[part, SHOWN][0] for part in PARTS}


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
        from course_lib.models.classical import classical

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


def enhance_file(source_path, target_path, enhance, *, scale=1, what="an enhanced copy, its detail invented",
                 how="pipelines.enhance_file", parameters=None, crf=None, quiet=False):
    """Enhances a picture or a video and writes it, labelled, marked and with a manifest; returns its Path.

    source_path: any picture or video that the course reads; it must lie beside a valid consent.toml, unless the course
    made it itself and no real person is in it. target_path: .png, .jpg or .webp for a picture, .mp4 or .webm for a
    video. enhance: a function of a frame f32 RGB [H, W, 3] that gives one `scale` times as large. what, how,
    parameters: for the manifest; name in parameters what enhance is made of. crf: see media.write_video.

    A video is worked on frame by frame: memory holds one frame whatever the length, nothing steadies what is invented
    from frame to frame, and sound, frame rate and orientation stay. An interrupt, or an error on the way, leaves a
    valid film of what is done and NAME.parts beside it, from which the same call goes on. Raises
    provenance.consent.ConsentError, FileNotFoundError, and ValueError for an unreadable file, an ending that does not fit
    it, or a result that would be too small for the label or too large, before any of the work. Lesson 09.
    """
    source_path, target_path = Path(source_path), Path(target_path)
    film = target_path.suffix.lower() in (".mp4", ".webm")
    if not film and target_path.suffix.lower() not in FORMATS:
        raise ValueError(f"{target_path.name} ends in {target_path.suffix!r}; expected {', '.join(FORMATS)} for a "
                         "picture, .mp4 or .webm for a video")
    if target_path.resolve() == source_path.resolve():
        raise ValueError(f"{target_path} is the source itself; give another name for the result")
    consent = parts.consent_of(source_path)
    told = {"what": what, "how": how, "parameters": {**(parameters or {}), "scale": scale}, "sources": [source_path],
            "consent": consent}
    if film:
        return _film(source_path, target_path, enhance, scale, told, crf, quiet)
    try:
        picture = media.read_image(source_path)
    except ValueError as error:
        raise ValueError(f"{error}; for a video give a result that ends in .mp4 or .webm") from error
    _check_size(source_path, picture.shape, scale)
    made = np.clip(_sized(enhance(picture), picture.shape, scale), 0, 1)
    return media.write_image(target_path, made, **told)


def _film(source, target, enhance, scale, told, crf, quiet):
    video = media.read_video(source)
    _check_size(source, (video.info.height, video.info.width), scale)
    times = []
    for i, (time, frame) in enumerate(video.timed()):
        if frame.shape[:2] != (video.info.height, video.info.width):
            raise ValueError(f"frame {i} of {source.name} is {frame.shape[1]} x {frame.shape[0]}, the first "
                             f"{video.info.width} x {video.info.height}: cut the video there, or bring it to one size")
        times.append(max(time, times[-1] + 1e-3) if times else time)  # some files give two frames one time
    pace = parts.pace_of(times, video.info.fps)
    folder = parts.folder_of(target, {"source": manifest.sha256(source), "how": told["how"], "crf": crf,
                                      **manifest.plain(told["parameters"])})
    first = len(parts.whole(folder, target.suffix))
    join = partial(parts.join, target, folder, times, pace, PART, told, source)

    def made(bar):
        for frame in islice(video, first * PART, None):
            yield np.clip(_sized(enhance(frame), frame.shape, scale), 0, 1)
            bar.update(1)

    try:
        with parts.bar("enhancing", len(times), quiet) as bar:
            bar.update(first * PART)
            parts.write(folder, target.suffix, made(bar), first, times, pace, PART, told, crf)
    except BaseException as error:
        if join(f"{type(error).__name__}: {error}"):
            print(f"stopped; what is done is in {target}. The same call goes on from there.")
        raise
    join(parts.cut_short(video, times, pace))
    shutil.rmtree(folder)
    return target


def _check_size(source, shape, scale):
    height, width = (scale * n for n in shape[:2])
    if min(height, width) < 64:
        raise ValueError(f"{source} has {shape[1]} x {shape[0]} pixels; the result, {width} x {height}, would be too "
                         "small for its label: at least 64 on the shorter side are wanted")
    if height * width > MOST_PIXELS:
        raise ValueError(f"{source} has {shape[1]} x {shape[0]} pixels; {scale} times as large it would have "
                         f"{height * width / 1e6:.0f} million, and {MOST_PIXELS / 1e6:.0f} are the most. Cut out what "
                         "you need, or restore the faces alone")


def _sized(made, shape, scale):
    made, wanted = np.asarray(made, np.float32), (scale * shape[0], scale * shape[1], 3)
    if made.shape != wanted or not np.isfinite(made).all():
        raise ValueError(f"enhance gave {made.shape} for a frame {shape}; expected finite numbers {wanted}")
    return made
