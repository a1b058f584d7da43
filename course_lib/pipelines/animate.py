"""A picture driven by a video's motion, from file to file. Lesson 07."""
import shutil
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from course_lib import media
from course_lib.blending import paste
from course_lib.faces.align import warp
from course_lib.faces.square import head_square
from course_lib.faces.tracking import FaceTracker
from course_lib.provenance import manifest

from . import parts

PART, BATCH = 48, 16  # frames in a part of the video, frames in a pass of the networks
SIDE = 64  # of what the animator sees, pixels
EDGE = 0.06  # the soft edge of the animated square, a fraction of its side


def puppet(model, image, first, relative=True):
    """What animates one picture.

    Args:
        model: an animator of models.first_order.
        image: the source, f32 RGB [64, 64, 3] in [0, 1].
        first: the driving frame in which the driver is most like the source, f32 [64, 64, 3].
        relative: whether the driver's motion since `first` is transferred, otherwise the driver's shape too.
    Returns:
        A function of driving crops f32 [N, 64, 64, 3] that gives a models.first_order_inference.Animation.
    Lesson 07.
    """
    from course_lib.models.first_order_inference import drive, find_keypoints, relative_motion  # Keras comes with it

    source, start = find_keypoints(model, image[None]), find_keypoints(model, first[None])

    def animate(crops):
        found = find_keypoints(model, crops)
        return drive(model, image, source, relative_motion(source, found, start) if relative else found)

    return animate


def animate_video(picture_path, video_path, target_path, model, *, find, relative=True,
                  what="a picture animated by another video's motion", how="pipelines.animate_video", parameters=None,
                  crf=None, quiet=False):
    """Animates a picture by a video and writes it, labelled, watermarked and with a manifest; the video's sound stays.

    The video is read twice: once for the frame in which the driver is most like the picture, and for a crop that stays
    where it is; then it is animated, 16 frames in memory at a time. The animated square is laid back into the picture.
    An interrupt, or an error on the way, leaves a valid video of what is done and NAME.parts beside it, from which the
    same call resumes.

    Args:
        picture_path, video_path: files that the course reads; each must lie beside a valid consent.toml, unless the
            course made it itself and no real person is in it.
        target_path: .mp4 or .webm.
        model: an animator of models.first_order, or a function without arguments that gives one.
        find: frame f32 RGB [H, W, 3] -> list of landmarks [68, 2], one for each face.
        relative: see puppet.
        what, how, parameters: for the manifest; name in parameters what the model is.
        crf: see media.write_video.
        quiet: no progress bar.
    Returns:
        The target's Path.
    Raises:
        ConsentError: without a valid consent for either file.
        FileNotFoundError: without one of the files.
        ValueError: for unreadable files, another ending, or where the picture or the video shows no face.
    Lesson 07.
    """
    picture_path, video_path, target_path = map(Path, (picture_path, video_path, target_path))
    if target_path.suffix.lower() not in (".mp4", ".webm"):
        raise ValueError(f"{target_path.name} ends in {target_path.suffix!r}; expected .mp4 (H.264) or .webm (VP9)")
    if target_path.resolve() in (picture_path.resolve(), video_path.resolve()):
        raise ValueError(f"{target_path} is one of the sources; give another name for the result")
    consents = [parts.consent_of(path) for path in (picture_path, video_path)]
    picture, video = media.read_image(picture_path), media.read_video(video_path)
    faces = find(picture)
    if not faces:
        raise ValueError(f"no face was found in {picture_path}; nothing was written")
    own = max(faces, key=lambda points: np.ptp(points[:, 0]))
    times, landmarks = watch(video, find, quiet)
    pace = parts.pace_of(times, video.info.fps)
    parameters = {**(parameters or {}), "relative": relative}
    about = {"what": what, "how": how, "parameters": parameters, "sources": [picture_path, video_path],
             "consent": next((consent for consent in consents if consent is not None), None)}
    folder = parts.folder_of(target_path, {"sources": [manifest.sha256(p) for p in (picture_path, video_path)],
                                           "how": how, "crf": crf, **manifest.plain(parameters)})
    first = len(parts.whole(folder, target_path.suffix))
    join = partial(parts.join, target_path, folder, times, pace, PART, about, video_path)
    try:
        with parts.bar("animating", len(times), quiet) as bar:
            bar.update(first * PART)
            images = _animated(picture, own, video, landmarks, model, relative, first * PART, bar)
            parts.write(folder, target_path.suffix, images, first, times, pace, PART, about, crf)
    except BaseException as error:
        if join(f"{type(error).__name__}: {error}"):
            print(f"Stopped; what is done is in {target_path}. The same call or command resumes it.")
        raise
    join(parts.cut_short(video, times, pace))
    shutil.rmtree(folder)
    return target_path


def watch(video, find, quiet):
    """Finds the largest face in every frame of a video.

    Args:
        video: of media.read_video.
        find: frame f32 RGB [H, W, 3] -> list of landmarks [68, 2].
        quiet: no progress bar.
    Returns:
        (times, a list of seconds; landmarks f [T, 68, 2], nan where no face was found).
    Raises:
        ValueError: where no frame shows a face.
    Lesson 07.
    """
    times, landmarks, follow = [], [], FaceTracker()
    with parts.bar("looking for the face", video.info.frames, quiet) as bar:
        for time, frame in video.timed():
            times.append(max(time, times[-1] + 1e-3) if times else time)
            landmarks.append(follow(find(frame)))
            bar.update(1)
    landmarks = np.stack(landmarks)
    if not np.isfinite(landmarks).any():
        raise ValueError(f"no face was found in the {len(times)} frames of {video.path.name}; nothing was written")
    return times, landmarks


def _animated(picture, own, video, landmarks, model, relative, begin, bar):
    """The animated picture for every frame of the video from `begin` on."""
    from course_lib.models.first_order_inference import best_frame, displacement, enlarge

    start = best_frame(own, landmarks)
    box, seen = head_square(own, SIDE), head_square(landmarks[start], SIDE)
    first = np.clip(warp(next(islice(video, start, None)), seen, SIDE), 0, 1)
    source = np.clip(warp(picture, box, SIDE), 0, 1)
    animate = puppet(model() if not hasattr(model, "get_layer") else model, source, first, relative)
    frames = islice(video, begin, None)
    large = min(512, max(SIDE, round(SIDE / box[0, 0])))  # the crop at the picture's own resolution
    fine = np.clip(warp(picture, head_square(own, large), large), 0, 1)
    while batch := list(islice(frames, BATCH)):
        animation = animate(np.stack([np.clip(warp(frame, seen, SIDE), 0, 1) for frame in batch]))
        for image, flow, visible in zip(animation.images, animation.flow, animation.occlusion, strict=True):
            yield paste(picture, enlarge(image, fine, displacement(flow, large), visible), head_square(own, large),
                        np.ones((large, large), np.float32), EDGE)
            bar.update(1)
