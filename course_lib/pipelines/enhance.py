"""An image or a video enlarged and its faces restored, from file to file; the networks are an argument. Lesson 09."""
import shutil
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from course_lib import media
from course_lib.media.images import FORMATS, MAX_PIXELS
from course_lib.provenance import manifest

from . import parts

PART = 60  # frames in a part of a video: what a stop costs at most


def enhance_file(source_path, target_path, enhance, *, scale=1, what="an enhanced copy, its detail invented",
                 how="pipelines.enhance_file", parameters=None, crf=None, quiet=False):
    """Enhances an image or a video and writes it, labelled, watermarked and with a manifest.

    A video is processed frame by frame: memory holds one frame whatever the length, nothing smooths the invented
    detail from frame to frame, and sound, frame rate and orientation stay. An interrupt, or an error on the way, leaves
    a valid video of what is done and NAME.parts beside it, from which the same call resumes.

    Args:
        source_path: any image or video that the course reads; it must lie beside a valid consent.toml, unless the
            course made it itself and no real person is in it.
        target_path: .png, .jpg or .webp for an image, .mp4 or .webm for a video.
        enhance: a function of a frame f32 RGB [H, W, 3] that gives one `scale` times as large.
        scale: an integer.
        what, how, parameters: for the manifest; name in parameters what enhance is made of.
        crf: see media.write_video.
        quiet: no progress bar.
    Returns:
        The target's Path.
    Raises:
        ConsentError: without a valid consent.
        FileNotFoundError: without the source.
        ValueError: for an unreadable file, an ending that does not fit it, or a result that would be too small for the
            label or too large, before any of the work.
    Lesson 09.
    """
    source_path, target_path = Path(source_path), Path(target_path)
    is_video = target_path.suffix.lower() in (".mp4", ".webm")
    if not is_video and target_path.suffix.lower() not in FORMATS:
        raise ValueError(f"{target_path.name} ends in {target_path.suffix!r}; expected {', '.join(FORMATS)} for a "
                         "image, .mp4 or .webm for a video")
    if target_path.resolve() == source_path.resolve():
        raise ValueError(f"{target_path} is the source itself; give another name for the result")
    consent = parts.consent_of(source_path)
    about = {"what": what, "how": how, "parameters": {**(parameters or {}), "scale": scale}, "sources": [source_path],
            "consent": consent}
    if is_video:
        return _video(source_path, target_path, enhance, scale, about, crf, quiet)
    try:
        image = media.read_image(source_path)
    except ValueError as error:
        raise ValueError(f"{error}; for a video give a result that ends in .mp4 or .webm") from error
    _check_size(source_path, image.shape, scale)
    output = np.clip(_sized(enhance(image), image.shape, scale), 0, 1)
    return media.write_image(target_path, output, **about)


def _video(source, target, enhance, scale, about, crf, quiet):
    video = media.read_video(source)
    _check_size(source, (video.info.height, video.info.width), scale)
    times = []
    for i, (time, frame) in enumerate(video.timed()):
        if frame.shape[:2] != (video.info.height, video.info.width):
            raise ValueError(f"frame {i} of {source.name} is {frame.shape[1]} x {frame.shape[0]}, the first "
                             f"{video.info.width} x {video.info.height}: cut the video there, or bring it to one size")
        times.append(max(time, times[-1] + 1e-3) if times else time)  # some files give two frames one time
    pace = parts.pace_of(times, video.info.fps)
    folder = parts.folder_of(target, {"source": manifest.sha256(source), "how": about["how"], "crf": crf,
                                      **manifest.plain(about["parameters"])})
    first = len(parts.whole(folder, target.suffix))
    join = partial(parts.join, target, folder, times, pace, PART, about, source)

    def outputs(bar):
        for frame in islice(video, first * PART, None):
            yield np.clip(_sized(enhance(frame), frame.shape, scale), 0, 1)
            bar.update(1)

    try:
        with parts.bar("enhancing", len(times), quiet) as bar:
            bar.update(first * PART)
            parts.write(folder, target.suffix, outputs(bar), first, times, pace, PART, about, crf)
    except BaseException as error:
        if join(f"{type(error).__name__}: {error}"):
            print(f"Stopped; what is done is in {target}. The same call or command resumes it.")
        raise
    join(parts.cut_short(video, times, pace))
    shutil.rmtree(folder)
    return target


def _check_size(source, shape, scale):
    height, width = (scale * n for n in shape[:2])
    if min(height, width) < 64:
        raise ValueError(f"{source} has {shape[1]} x {shape[0]} pixels; the result, {width} x {height}, would be too "
                         "small for its label: at least 64 on the shorter side are needed")
    if height * width > MAX_PIXELS:
        raise ValueError(f"{source} has {shape[1]} x {shape[0]} pixels; {scale} times as large it would have "
                         f"{height * width / 1e6:.0f} million, and at most {MAX_PIXELS / 1e6:.0f} million are written. "
                         "Cut out what you need, or restore the faces alone")


def _sized(output, shape, scale):
    output, expected = np.asarray(output, np.float32), (scale * shape[0], scale * shape[1], 3)
    if output.shape != expected or not np.isfinite(output).all():
        raise ValueError(f"enhance gave {output.shape} for a frame {shape}; expected finite numbers {expected}")
    return output
