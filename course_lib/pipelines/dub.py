"""A video in which somebody seems to say something else, from file to file. Lesson 08."""
import shutil
import warnings
import wave
from functools import partial
from pathlib import Path

import numpy as np

from course_lib import audio, media
from course_lib.blending.compose import unalign
from course_lib.blending.jaw import composite
from course_lib.blending.mouth_texture import CANDIDATES, mouth_textures
from course_lib.blending.retiming import head_motion, retime, speaking
from course_lib.faces import align
from course_lib.faces.align import scale_of
from course_lib.faces.frontal import COVERAGE, fit_pose, frontal, on_surface, turned
from course_lib.faces.lips import head_place, lip_shape, rest_shape, retarget
from course_lib.faces.measure import eye_opening
from course_lib.faces.smoothing import smooth_track
from course_lib.provenance import manifest

from . import parts
from .animate import watch

PART, RATE, LONGEST, SHORTEST = 48, 16_000, 120.0, 0.2  # frames in a part; Hz; seconds of sound
MOST, LARGEST = 1500, 192  # frames that may give their mouth, and the side of their crops, pixels
CUTOFF = 4.0  # Hz up to which the face's place may move
SILENT, CLIPPED = 0.003, 0.01  # peak below which a sound is silent; part of the samples at full scale
WAYS = ("lstm", "wav2lip")


def sound_of(path):
    """The sound of a file as the course's networks hear it: mono, 16 kHz.

    Args:
        path: any sound or video file that FFmpeg reads.
    Returns:
        f32 [N].
    Raises:
        ValueError: for a file without sound, silence, or less than 0.2 s or more than 120 s of it.
        FileNotFoundError: without the file.
    Warns:
        UserWarning: for clipped sound, and for a rate below 16 kHz.
    Lesson 08.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    samples, stored = media.read_audio(path, longest=LONGEST)
    seconds = len(samples) / stored
    if not SHORTEST <= seconds <= LONGEST:
        raise ValueError(f"{path.name} has {seconds:.1f} s of sound; expected {SHORTEST} to {LONGEST:.0f} s: "
                         "cut it, or take a longer one")
    loudest = np.abs(samples.mean(1)).max()
    if loudest < SILENT:
        raise ValueError(f"{path.name} is silent (its loudest sample, mixed to mono, is {loudest:.4f}); "
                         "there is nothing for the lips to follow")
    if (np.abs(samples) > 0.999).mean() > CLIPPED:
        warnings.warn(f"{path.name} is clipped: {(np.abs(samples) > 0.999).mean():.0%} of its samples are at full "
                      "scale, and the lips will follow less well", stacklevel=2)
    if stored < RATE:
        warnings.warn(f"{path.name} has {stored} samples a second: the hiss of s, f and sh above {stored // 2} Hz is "
                      "missing, and the lips will follow less well", stacklevel=2)
    return media.read_audio(path, RATE)[0].mean(1) if stored != RATE else samples.mean(1)


def dub_video(video_path, target_path, model, *, find, text=None, voice="Ada", language="en", sound_path=None,
              rest=None, candidates=CANDIDATES, jaw=True, way="lstm", pose_3d=True, what="a video in which somebody "
              "says what they never said", how="pipelines.dub_video", parameters=None, crf=None, quiet=False):
    """Gives the person in a video another sound and the mouth for it, as in "Synthesizing Obama" or by Wav2Lip.

    The sound becomes lips (LSTM), the lips a mouth (a weighted median of the video's own frames), or Wav2Lip draws the
    mouth. The video is retimed to the pauses, and the mouth is blended in with its jaw corrected. The result is as long
    as the sound, labelled, watermarked and described by a manifest. An interrupt, or an error on the way, leaves a
    valid video of what is done and NAME.parts beside it, from which the same call resumes.

    Args:
        video_path: the video; it must lie beside a valid consent.toml, unless the course made it itself.
        target_path: .mp4 or .webm.
        model: of models.lip_shapes.shipped, or models.lip_sync.wav2lip; or a function without arguments that gives it.
        find: frame f32 RGB [H, W, 3] -> list of landmarks [68, 2], one for each face.
        text: what a synthetic voice says; or
        voice, language: see audio.say.
        sound_path: a file with the sound instead; with a consent.toml beside it, as for the video.
        rest: f [36], the lips at rest of the face that the model speaks with; those for silence when left out.
        candidates, jaw: see mouth_textures and composite.
        way: "lstm", or "wav2lip", which draws 64 pixels whatever the size of the face; one of WAYS.
        pose_3d: whether old mouths are turned to the front and into the new pose by the head's 3-D shape, as in the
            paper, or only aligned by a similarity and chosen by a 2-D pose. In lesson 08's paired comparison the 3-D
            shape flickers slightly less and has a slightly higher PSNR; lip error and seam hardly differ.
        what, how, parameters: for the manifest.
        crf: see media.write_video.
        quiet: no progress bar.
    Returns:
        The target's Path.
    Raises:
        ConsentError: without a valid consent for the video or the sound.
        FileNotFoundError: without one of the files.
        ValueError: for both or neither of text and sound, unusable sound or text, another way, no face, or a video that
            is shorter than half of the sound.
    Lesson 08.
    """
    video_path, target_path = Path(video_path), Path(target_path)
    if (text is None) == (sound_path is None):
        raise ValueError("give either text (what a synthetic voice says) or sound_path (a file with the sound)")
    if way not in WAYS:
        raise ValueError(f"way={way!r}: expected one of {', '.join(WAYS)}")
    if target_path.suffix.lower() not in (".mp4", ".webm"):
        raise ValueError(f"{target_path.name} ends in {target_path.suffix!r}; expected .mp4 (H.264) or .webm (VP9)")
    if target_path.resolve() in [Path(p).resolve() for p in (video_path, sound_path) if p]:
        raise ValueError(f"{target_path} is one of the sources; give another name for the result")
    sources = [video_path] + ([Path(sound_path)] if sound_path else [])
    consents = [parts.consent_of(path) for path in sources]
    samples = audio.say(text, voice, language).samples if text is not None else sound_of(sound_path)
    video = media.read_video(video_path)
    times, landmarks = watch(video, find, quiet)
    pace = parts.pace_of(times, video.info.fps)
    count = int(np.ceil(len(samples) / RATE * pace["rate"]))
    if 2 * len(times) < count:
        raise ValueError(f"{video_path.name} lasts {len(times) / pace['rate']:.1f} s and the sound "
                         f"{len(samples) / RATE:.1f} s; expected a video of at least half of it: cut the sound, or "
                         "take a longer video")
    parameters = {**(parameters or {}), "way": way, "candidates": candidates, "jaw": jaw, "pose_3d": pose_3d,
                  **({"text": text, "voice": str(voice), "language": language} if text is not None else {})}
    about = {"what": what, "how": how, "parameters": parameters, "sources": sources,
             "consent": next((consent for consent in consents if consent is not None), None)}
    folder = parts.folder_of(target_path, {"sources": [manifest.sha256(p) for p in sources], "how": how, "crf": crf,
                                           **manifest.plain(parameters)})
    sound = folder / "sound.wav"
    _write_wave(sound, samples)
    shown = np.arange(count) / pace["rate"]
    first = len(parts.whole(folder, target_path.suffix))
    steady = {"rate": pace["rate"], "fps": pace["rate"]}
    join = partial(parts.join, target_path, folder, shown, steady, PART, about, sound)
    try:
        with parts.bar("dubbing", count, quiet) as bar:
            bar.update(first * PART)
            network = model() if not hasattr(model, "layers") else model
            images = dubbed(video, landmarks, samples, network, pace["rate"], rest=rest, candidates=candidates, jaw=jaw,
                            way=way, pose_3d=pose_3d, begin=first * PART)
            parts.write(folder, target_path.suffix, _counted(images, bar), first, shown, steady, PART, about, crf)
    except BaseException as error:
        if join(f"{type(error).__name__}: {error}"):
            print(f"Stopped; what is done is in {target_path}. The same call or command resumes it.")
        raise
    join(None)
    shutil.rmtree(folder)
    return target_path


def lip_curve(model, samples, times, rest=None):
    """What a network hears in a sound, at the times of frames.

    Args:
        model: of models.lip_shapes.shipped.
        samples: f32 [N], mono, 16 kHz.
        times: f [T], seconds.
        rest: as for dub_video.
    Returns:
        (lips f32 [T, 36] of the face that the model speaks with, the same at rest f32 [36]).
    Lesson 08.
    """
    from course_lib.models.lip_shapes import lips_of  # Keras comes with it

    features = audio.speech_features(samples, RATE)
    shapes = lips_of(model, features)
    at = np.arange(len(shapes)) / 100
    silent = audio.speech_features(np.zeros(RATE // 2, np.float32), RATE)
    own = lips_of(model, silent)[-1] if rest is None else rest
    return np.stack([np.interp(times, at, column) for column in shapes.T], 1).astype(np.float32), own


def dubbed(frames, landmarks, samples, model, rate, rest=None, candidates=CANDIDATES, jaw=True, way="lstm",
           pose_3d=True, begin=0):
    """The frames of a dubbed clip, one by one.

    Args:
        frames: an iterable of f32 RGB [H, W, 3] that can be read several times: the old clip.
        landmarks: f [M, 68, 2], nan where there is no face.
        samples: f32 [N], mono, 16 kHz.
        model: of models.lip_shapes.shipped, or models.lip_sync.wav2lip.
        rate: frames per second.
        rest, candidates, jaw, way, pose_3d: as for dub_video.
        begin: the first frame to make.
    Returns:
        An iterator of f32 RGB [H, W, 3], as many as the sound lasts.
    Lesson 08.
    """
    landmarks, count = np.asarray(landmarks, np.float64), int(np.ceil(len(samples) / RATE * rate))
    seen = np.isfinite(landmarks).all((1, 2))
    filled = smooth_track(landmarks, rate, np.zeros(len(landmarks), bool), CUTOFF)
    known = np.where(np.isfinite(filled).all((1, 2))[:, None, None], filled, np.nanmean(landmarks, 0))
    path, _ = retime(speaking(samples, RATE, count, rate),
                     head_motion(known, eye_opening(known).mean(-1) < 0.15))
    if way == "wav2lip":
        face_of = _drawn(known, samples, model, rate)
    else:
        wanted = lip_curve(model, samples, np.arange(count) / rate, rest)
        face_of = (_turned if pose_3d else _found)(frames, known, seen, landmarks, wanted, candidates)
    at, current, source = -1, None, iter(frames)
    for t, j in enumerate(path):
        while at < j:
            at, current = at + 1, next(source)
        if t < begin:
            continue
        if not np.isfinite(filled[j]).all():
            yield current
            continue
        yield composite(face_of(t, j, current), current, known[j], jaw)


def _size(known):
    """The side of an aligned crop in which a clip's faces are about as large as in its frames."""
    scales = [scale_of(align(np.zeros((8, 8, 3), np.float32), p, 64).matrix) for p in known[::25]]
    return int(np.clip(round(64 / np.median(scales)), 64, LARGEST))


def _crops(frames, chosen, crop):
    """crop(j, frame) of the chosen frames as uint8 [N, S, S, 3], which takes a quarter of the memory."""
    wanted = set(chosen.tolist())
    crops = (crop(j, frame) for j, frame in enumerate(frames) if j in wanted)
    return np.stack([(np.clip(x, 0, 1) * 255 + 0.5).astype(np.uint8) for x in crops])


def _chosen(seen):
    """The frames that may give their mouth: at most MOST."""
    return np.flatnonzero(seen)[::max(1, -(-int(seen.sum()) // MOST))]


def _turned(frames, known, seen, landmarks, wanted, candidates):
    """How the LSTM's lips become a face: mouths of the clip, turned to the front, combined, and turned into frame j.

    Returns:
        A function of (t, j, frame j) -> f32 [H, W, 3], the face at its place.
    """
    shape, size, chosen = next(iter(frames)).shape, round(COVERAGE * _size(known)), _chosen(seen)
    poses = [fit_pose(points, shape) for points in known]
    lips = lip_shape(np.stack([on_surface(landmarks[j], poses[j], size) for j in chosen]))
    shapes = retarget(*wanted, rest_shape(lips))
    crops = _crops(frames, chosen, lambda j, frame: frontal(frame, poses[j], size))
    return lambda t, j, current: turned(mouth_textures(crops, lips, shapes[t][None], candidates)[0], poses[j], current,
                                        known[j])


def _found(frames, known, seen, landmarks, wanted, candidates):
    """As _turned, but by similarities, from frames in which the nose lies alike between the eyes."""
    size, chosen, place = _size(known), _chosen(seen), head_place(known)
    lips = lip_shape(landmarks[chosen])
    shapes = retarget(*wanted, rest_shape(lips))
    crops = _crops(frames, chosen, lambda j, frame: align(frame, known[j], size).image)
    codes = np.c_[lips, place[chosen]]
    return lambda t, j, current: _laid(mouth_textures(crops, codes, np.r_[shapes[t], place[j]][None], candidates)[0],
                                       align(current, known[j], size).matrix, current)


def _laid(face, matrix, frame):
    return np.clip(unalign(face, matrix, frame.shape[:2], outside=None), 0, 1)


def _drawn(known, samples, generator, rate):
    """As _turned, but Wav2Lip draws the face; the old one is its reference."""
    from course_lib.data.spoken import COVERAGE, FEATURE_RATE, FPS, SIDE, mel_rows
    from course_lib.models.wav2lip_inference import EARLIER, ROWS  # Keras comes with it

    mel = mel_rows(samples, RATE, int(np.ceil(len(samples) / RATE * FPS)))

    def face_of(t, j, current):
        crop = align(current, known[j], SIDE, COVERAGE)
        masked = np.concatenate([crop.image, crop.image], -1)
        masked[SIDE // 2:, :, :3] = 0
        rows = round(FEATURE_RATE * t / rate) - 4 * EARLIER + np.arange(ROWS)
        heard = mel[np.clip(rows, 0, len(mel) - 1)][None, ..., None]
        return _laid(np.asarray(generator.predict_on_batch([masked[None], heard]))[0], crop.matrix, current)

    return face_of


def _counted(images, bar):
    for image in images:
        yield image
        bar.update(1)


def _write_wave(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
