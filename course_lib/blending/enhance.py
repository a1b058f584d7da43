"""A picture or a film made larger and its faces restored, from file to file; the networks come in as functions.
Lesson 09."""
import shutil
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from course_lib import media
from course_lib.media import manifest
from course_lib.media.images import FORMATS, MOST_PIXELS
from course_lib.values import unit_range

from . import parts
from .compose import paste

TILE, OVERLAP = 192, 24  # pixels: side of what the network sees at a time, and how far it sees beyond what is kept
PART = 60  # frames in a part of a film: what a stop costs at most
MARGIN, FEATHER = 0.06, 0.14  # of a face's crop: what is thrown away at its border, and the soft edge inside
FINEST = 0.8  # crop pixels for each pixel below which a face would lose detail by being restored


def by_tiles(picture, network, scale, tile=TILE, overlap=OVERLAP):
    """A picture made `scale` times as large by a network that sees one tile of it at a time; f32 [s H, s W, 3].

    picture: f32 RGB [H, W, 3]. network: a function of pictures f32 [1, h, w, 3] that gives [1, s h, s w, 3]. tile: side
    of a tile, pixels, all of one size unless the picture is smaller. overlap: how much of a tile's border is thrown
    away, except at the picture's own border. Where the network looks no further than `overlap` pixels the result is
    that of the whole picture, without a seam; memory holds one tile. Raises ValueError for sizes that do not fit, and
    for what the network gives if it is not finite or of another size. Lesson 09.
    """
    picture = np.asarray(picture, np.float32)
    if picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise ValueError(f"by_tiles wants a picture RGB [H, W, 3]; got {picture.shape}")
    unit_range(picture)
    if not 0 <= 2 * overlap < tile or scale < 1:
        raise ValueError(f"tile is {tile} and overlap {overlap}; a tile must be wider than both its borders, and scale "
                         f"({scale}) at least 1")
    out = np.empty((*(scale * n for n in picture.shape[:2]), 3), np.float32)
    for y, rows in _spans(picture.shape[0], tile, overlap):
        for x, columns in _spans(picture.shape[1], tile, overlap):
            part = picture[None, y:y + tile, x:x + tile]
            made = np.asarray(network(part), np.float32)
            wanted = (1, scale * part.shape[1], scale * part.shape[2], 3)
            if made.shape != wanted or not np.isfinite(made).all():
                raise ValueError(f"the network gave {made.shape} for a tile {part.shape}; expected finite {wanted}")
            (top, bottom), (left, right) = rows, columns
            out[scale * top:scale * bottom, scale * left:scale * right] = made[
                0, scale * (top - y):scale * (bottom - y), scale * (left - x):scale * (right - x)]
    return np.clip(out, 0, 1)


def _spans(length, tile, overlap):
    """(where a tile begins, (from, to) of what is kept of it) along one side: together they cover it once."""
    if length <= tile:
        return [(0, (0, length))]
    count = -(-(length - 2 * overlap) // (tile - 2 * overlap))
    starts = [min(k * (tile - 2 * overlap), length - tile) for k in range(count)]
    ends = [start + tile - overlap for start in starts[:-1]] + [length]
    return list(zip(starts, zip([0, *ends[:-1]], ends)))


def restore_faces(picture, landmarks, restore, align, *, into=None, size=128, coverage=1.3):
    """The faces of a picture restored, each laid back where it was; f32 [H, W, 3] or of the size of `into`.

    picture: f32 RGB [H, W, 3]. landmarks: a list of [68, 2], one for each face. restore: a function of crops f32
    [N, size, size, 3] that gives as many of that size. align: faces.align, or a function like it. into: the same
    picture enlarged, into which the faces are laid; the picture itself when left out. size, coverage: of the crops.
    Returns (the picture, numbers of the faces restored): a face that is larger than `size` where it is laid would lose
    by it and is left as it is. Raises ValueError where restore gives another shape or numbers that are not finite.
    Lesson 09.
    """
    out = np.asarray(picture if into is None else into, np.float32).copy()
    scale = out.shape[0] / picture.shape[0]
    cut = [align(picture, points, size, coverage) for points in landmarks]
    fine = [np.hypot(*a.matrix[0, :2]) / scale >= FINEST for a in cut]
    crops = [a.image for a, good in zip(cut, fine) if good]
    if not crops:
        return out, []
    made = np.asarray(restore(np.stack(crops)), np.float32)
    if made.shape != (len(crops), size, size, 3) or not np.isfinite(made).all():
        raise ValueError(f"restore gave {made.shape}; expected finite faces [{len(crops)}, {size}, {size}, 3]")
    edge = round(MARGIN * size)
    mask = np.pad(np.ones((size - 2 * edge, size - 2 * edge), np.float32), edge)
    chosen = [k for k, good in enumerate(fine) if good]
    for face, k in zip(made, chosen, strict=True):
        matrix = np.asarray(cut[k].matrix, np.float64).copy()
        matrix[:, 2] += matrix[:, :2] @ np.full(2, 0.5 / scale - 0.5)  # a pixel's centre lies half a pixel inside it
        matrix[:, :2] /= scale
        out = paste(out, face, matrix, mask, FEATHER)
    return out, chosen


def enhance_file(source_path, target_path, enhance, *, scale=1, what="an enhanced copy, its detail invented",
                 how="blending.enhance_file", parameters=None, crf=None, quiet=False):
    """Enhances a picture or a video and writes it, labelled, marked and with a manifest; returns its Path.

    source_path: any picture or video that the course reads; it must lie beside a valid consent.toml, unless the course
    made it itself and no real person is in it. target_path: .png, .jpg or .webp for a picture, .mp4 or .webm for a
    video. enhance: a function of a frame f32 RGB [H, W, 3] that gives one `scale` times as large. what, how,
    parameters: for the manifest; name in parameters what enhance is made of. crf: see media.write_video.

    A video is worked on frame by frame: memory holds one frame whatever the length, nothing steadies what is invented
    from frame to frame, and sound, frame rate and orientation stay. An interrupt, or an error on the way, leaves a
    valid film of what is done and NAME.parts beside it, from which the same call goes on. Raises
    media.consent.ConsentError, FileNotFoundError, and ValueError for an unreadable file, an ending that does not fit
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
