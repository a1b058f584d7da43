"""Speech with its mouth, for training: curves of lips at 100 a second, and crops of talking people. Lesson 08.

Nobody here is named: every clip has a random person and a random voice. From HELD_OUT on, the words are new as well,
except for function words (the, a, and).
"""

from dataclasses import dataclass, replace

import numpy as np

from course_lib import audio
from course_lib.cast import Camera, Expression, Person, Scene, clip, random_person, random_scene, render
from course_lib.data.cache import cached_chunks
from course_lib.data.sentences import sentence
from course_lib.faces import align
from course_lib.faces.lips import lip_shape
from course_lib.profile import cache_dir

SECONDS, FEATURE_RATE = 3.0, 100
SIDE, COVERAGE = 64, 1.0  # of a crop, pixels; how much around the face it shows (see faces.align)
FRAMES, FPS, BANDS = 50, 25.0, 40  # of a clip; of its log mel spectrum, 100 rows a second
HELD_OUT, PEOPLE_SEED, CHUNK, FEW, VERSION = 5000, 800_000, 20, 3, 1


def speech_of(number, seconds):
    """What is said in clip `number`, by a random voice; silence after it, or its beginning, to the given length.

    Args:
        number: From HELD_OUT on, the content words are from data.sentences.HELD_OUT.
        seconds: Of the sound.
    Returns:
        audio.Speech.
    Lesson 08.
    """
    rng = np.random.default_rng([8, number])
    speech = audio.say(sentence(rng, number >= HELD_OUT), audio.random_voice(rng), seed=number)
    return audio.fitted(speech, seconds)


def text_of(number):
    """The words of speech_of.

    Args:
        number: As for speech_of.
    Returns:
        English text.
    Lesson 08.
    """
    return sentence(np.random.default_rng([8, number]), number >= HELD_OUT)


def phones_of(number, seconds=SECONDS):
    """The phones of speech_of, without synthesising it.

    Args:
        number, seconds: As for speech_of.
    Returns:
        [(ARPAbet, start, end)], seconds.
    Lesson 08.
    """
    rng = np.random.default_rng([8, number])
    names, _ = audio.text_to_phones(sentence(rng, number >= HELD_OUT))
    return [(p, a, min(b, seconds)) for p, a, b in audio.timing(names, audio.random_voice(rng)) if a < seconds]


def lip_points(person, mouth, size=1000):
    """The exact lip landmarks of a person who looks straight ahead, in face units, without rendering.

    Args:
        person: cast.Person.
        mouth: f [T, 4], jaw, smile, pucker and teeth, as audio.mouth gives them.
        size: Of the image in which they are measured, pixels.
    Returns:
        f32 [T, 36]: as faces.lips.lip_shape has them.
    Lesson 08.
    """
    scenes = [Scene(Expression(jaw=j, smile=s, pucker=p, teeth=t)) for j, s, p, t in np.asarray(mouth, float)]
    return lip_shape(landmarks([person] * len(scenes), scenes, size))


def landmarks(persons, scenes, size):
    """The exact landmarks of persons in scenes, without rendering them.

    Args:
        persons, scenes: Lists of equal length.
        size: Of the image, pixels.
    Returns:
        f32 [N, 68, 2], pixels.
    Lesson 08.
    """
    from course_lib.cast.anatomy import pack
    from course_lib.cast.parameters import to_vector
    from course_lib.cast.rendering import _landmarks, warm

    warm()  # the stages must have been traced before a matrix is packed for them
    vectors = np.stack([to_vector(person, scene) for person, scene in zip(persons, scenes, strict=True)])
    return _landmarks(pack(vectors, size), size)[0][:, :68]


def speech_curves(count=400, first=0, quiet=True):
    """Sound features and exact lips of `count` sentences, 100 times a second; one calm face says them all.

    About 0.15 s of one core for each, cached.

    Args:
        count, first: Which sentences.
        quiet: Whether to print no progress.
    Returns:
        Dict: features f32 [N, 300, 28], shapes f32 [N, 300, 36], mouths f32 [N, 300, 4].
    Lesson 08.
    """
    folder = cache_dir() / "speech_curves" / f"v{VERSION}"
    return cached_chunks(folder, first, count, CHUNK, _curves, quiet, "sentences")


def _curves(numbers):
    times, rows = np.arange(round(SECONDS * FEATURE_RATE)) / FEATURE_RATE, []
    for number in numbers:
        speech = speech_of(number, SECONDS)
        features = audio.speech_features(speech.samples, speech.rate)
        features = np.pad(features, ((0, max(0, len(times) - len(features))), (0, 0)), mode="edge")[:len(times)]
        mouth = audio.mouth(speech.phones, times)
        rows.append((features.astype(np.float32), lip_points(Person(), mouth), mouth.astype(np.float32)))
    return dict(zip(("features", "shapes", "mouths"), map(np.stack, zip(*rows, strict=True)), strict=True))


@dataclass
class Spoken:
    """N clips of N people and voices.

    Args:
        images: uint8 [N, T, 64, 64, 3], faces aligned by what does not move in speech (faces.align).
        mel: f32 [N, 4 T, 40], log mel spectrum; the rows 4 t to 4 t + 3 sound while frame t is shown.
        landmarks: f32 [N, T, 68, 2], pixels of the crop.
        mouths: f32 [N, T, 4], jaw, smile, pucker, teeth.
    Lesson 08.
    """

    images: np.ndarray
    mel: np.ndarray
    landmarks: np.ndarray
    mouths: np.ndarray

    def __len__(self):
        return len(self.images)


def mel_rows(samples, rate, frames):
    """The log mel spectrum that the networks hear: 40 bands, exactly four rows for each frame.

    Args:
        samples, rate: Mono sound.
        frames: Of the clip, at 25 per second.
    Returns:
        f32 [4 * frames, 40], shifted and scaled to about -1 to 1.
    Lesson 08.
    """
    rows = np.maximum(audio.log_mel(samples, rate, BANDS), -14.0)  # a floor: silence is no number of its own
    rows = np.pad(rows, ((0, max(0, 4 * frames - len(rows))), (0, 0)), mode="edge")[:4 * frames]
    return ((rows + 8) / 6).astype(np.float32)


def spoken_clips(count=400, first=0, quiet=False):
    """Clips of people who speak, each of another random person: crops, sound and exact mouth. Rendered once and cached.

    Args:
        count, first: Which clips; from HELD_OUT on they are for measuring. A few are cached apart, in small chunks.
        quiet: Whether to print no progress.
    Returns:
        Spoken.
    Lesson 08.
    """
    size = CHUNK if count >= CHUNK else FEW
    folder = cache_dir() / "spoken_clips" / (f"v{VERSION}" if size == CHUNK else f"v{VERSION}_few")
    return Spoken(**cached_chunks(folder, first, count, size, _clips, quiet, "clips"))


def speaking_scenes(person, speech, count, seed, fps=FPS, base=None, heart_rate=0.0):
    """The scenes of a person who says something: a calm head, blinks, and exactly the mouth of audio.mouth.

    Args:
        person: cast.Person.
        speech: audio.Speech.
        count: Frames.
        seed: Of the motion.
        fps: Frames per second.
        base: The cast.Scene to start from; a random one with a neutral face when left out.
        heart_rate: Beats per minute, 0 for no pulse.
    Returns:
        List of cast.Scene.
    Lesson 08.
    """
    base = replace(random_scene([9, seed], wild=0.4), expression=Expression()) if base is None else base
    mouth = audio.mouth(speech.phones, np.arange(count) / fps)
    return clip(person, count / fps, fps, seed, base=base, speech=mouth, heart_rate=heart_rate).scenes


def spoken_scenes(number):
    """Who is seen in clip `number`, what they say, and in which scenes.

    Args:
        number: Of the clip, as for speech_of.
    Returns:
        (cast.Person, audio.Speech, list of FRAMES cast.Scenes).
    Lesson 08.
    """
    person, rng = random_person(PEOPLE_SEED + number), np.random.default_rng([10, number])
    speech = speech_of(number, FRAMES / FPS)
    base = replace(random_scene(rng, wild=0.35), expression=Expression(),
                   camera=Camera(1.65, 0.0, 0.12))  # so that the face fills the frame
    return person, speech, speaking_scenes(person, speech, FRAMES, number, base=base)


def _clips(numbers):
    persons, scenes, mels = [], [], []
    for person, speech, frames in map(spoken_scenes, numbers):
        persons += [person] * FRAMES
        scenes += frames
        mels.append(mel_rows(speech.samples, speech.rate, FRAMES))
    frames = render(persons, scenes, size=SIDE)
    crops = [align(image, points, SIDE, COVERAGE) for image, points in zip(frames.rgb, frames.landmarks, strict=True)]
    shape, points = (len(numbers), FRAMES), [crop.landmarks for crop in crops]
    images = np.stack([(np.clip(crop.image, 0, 1) * 255 + 0.5).astype(np.uint8) for crop in crops])
    mouths = np.array([[s.expression.jaw, s.expression.smile, s.expression.pucker, s.expression.teeth] for s in scenes])
    return {"images": images.reshape(*shape, SIDE, SIDE, 3), "mel": np.stack(mels),
            "landmarks": np.stack(points).astype(np.float32).reshape(*shape, 68, 2),
            "mouths": mouths.astype(np.float32).reshape(*shape, 4)}


def address(person, speech, seed=0, fps=FPS, calm=0.4):
    """The scenes of an address to the camera: studio light that stays, a head that moves little, an exact mouth.

    Args:
        person: cast.Person.
        speech: audio.Speech, which gives the length too.
        seed: Of the scene and the motion.
        fps: Frames per second.
        calm: Factor on the head's motion.
    Returns:
        List of cast.Scene.
    Lesson 08.
    """
    base = replace(random_scene([12, seed], wild=0.15), expression=Expression(), camera=Camera(1.35, 0.0, 0.1))
    count = int(len(speech.samples) / speech.rate * fps)
    scenes = speaking_scenes(person, speech, count, seed, fps, base)
    home = base.pose
    move = lambda now, name: getattr(home, name) + calm * (getattr(now, name) - getattr(home, name))  # noqa: E731
    return [replace(s, lighting=base.lighting, pose=replace(s.pose, **{
        name: move(s.pose, name) for name in ("yaw", "pitch", "roll")})) for s in scenes]


def with_mouth(scenes, mouth):
    """The same scenes with another mouth: the truth of what a dubbing should show.

    Args:
        scenes: List of T cast.Scenes.
        mouth: f [T, 4], jaw, smile, pucker, teeth.
    Returns:
        List of cast.Scene.
    Lesson 08.
    """
    names = ("jaw", "smile", "pucker", "teeth")
    return [replace(s, expression=replace(s.expression, **dict(zip(names, map(float, row), strict=True))))
            for s, row in zip(scenes, mouth, strict=True)]
