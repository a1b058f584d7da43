"""People who seem to say what they never said, as labelled sets: lip-synced and dubbed clips. Lesson 08.

They are sets of their own beside `build`, as forgeries.animated.
"""
from dataclasses import replace

import numpy as np

from course_lib import audio, cast
from course_lib.blending.compose import unalign
from course_lib.blending.jaw import composite, lower_face
from course_lib.blending.mouth_texture import mouth_textures
from course_lib.degradation import h264
from course_lib.faces import align, align_five, five_points, warp
from course_lib.faces.lips import lip_shape, rest_shape, retarget

from .build import COVERAGE, FPS, FRAME, SIZE, close_clip
from .labelled import Labelled
from .people import SPLITS

SOURCE = 40  # frames of each person from which mouths are taken


def lip_synced(people=6, frames=4, *, split="test", crf=0, seed=0):
    """Clips with the mouth of another sentence, drawn by the weighted median of the person's own frames; all are fake.

    The lips are the exact ones of the new sentence, so what can be detected is the compositing, not the lip sync.

    Args:
        people: how many of the split's people are forged.
        frames: of each clip.
        split: "train", "val" or "test".
        crf: 0 for raw, or H.264's.
        seed: of the clips and sentences.
    Returns:
        Labelled; source and target are the person shown, masks the exchanged lower face.
    Raises:
        ValueError: for another split or number of people.
    Lesson 08.
    """
    return _labelled("lip_synced", people, frames, split, crf, seed, None)


def dubbed(model, people=6, frames=4, *, split="test", crf=0, seed=0):
    """As lip_synced, but a network hears the sentence and finds the lips.

    Args:
        model: of models.lip_shapes.shipped.
        people, frames, split, crf, seed: as for lip_synced.
    Returns:
        Labelled.
    Raises:
        ValueError: as lip_synced.
    Lesson 08.
    """
    return _labelled("dubbed", people, frames, split, crf, seed, model)


def _labelled(method, people, count, split, crf, seed, model):
    if split not in SPLITS or not 1 <= people <= len(SPLITS[split]):
        raise ValueError(f"people={people}, split={split!r}: expected one of {', '.join(SPLITS)} and from 1 person to "
                         "as many as it has")
    rows = []
    for number in list(SPLITS[split][:people]):
        clip = close_clip(number, number * 100_000 + seed, SOURCE)
        first = np.arange(0, SOURCE, max(1, SOURCE // count))[:count]
        images, weights, points, _ = spoken(clip, first, number + seed, model)
        shown = h264(images, crf, int(FPS)) if crf else images
        matrices = [align_five(image, five_points(p), SIZE, COVERAGE).matrix
                    for image, p in zip(images, points, strict=True)]
        rows.append({
            "images": np.stack([_byte(warp(x, m, SIZE)) for x, m in zip(shown, matrices, strict=True)]),
            "masks": np.stack([_byte(warp(x, m, SIZE)) for x, m in zip(weights, matrices, strict=True)]),
            "frame": first, "source": np.full(count, number), "target": np.full(count, number),
            "video": np.full(count, -20_000_000 - number - (10**6) * (method == "dubbed")),
            "yaw": np.array([clip.scenes[k].pose.yaw for k in first], np.float32)})
    total = people * count
    joined = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    return Labelled(fake=np.ones(total, int), method=np.full(total, method), crf=np.full(total, crf),
                    split=np.full(total, split), seed=np.full(total, seed), **joined)


def spoken(clip, which, seed, model=None, size=FRAME, taken=None):
    """Some frames of a clip with the mouth of another sentence.

    Args:
        clip: cast.Clip of SOURCE frames, from which the mouths are taken.
        which: int [K], the frames that are forged.
        seed: of the sentences.
        model: of models.lip_shapes.shipped, which hears the lips; None takes the exact ones of the sentence.
        size: side of the frames, pixels.
        taken: image -> image, what happens to every frame before the forgery: a camera; None for nothing.
    Returns:
        (frames f32 [K, size, size, 3], weights f32 [K, size, size], landmarks [K, 68, 2], the same frames untouched).
    Lessons 08 and 11.
    """
    from course_lib.data.sentences import sentence  # here, because it imports TensorFlow

    talk = audio.say(sentence(seed), audio.random_voice(seed), seed=seed)
    frames = cast.render(clip.person, speaking(clip, seed), size)
    rgb = np.stack([taken(image) for image in frames.rgb]) if taken else frames.rgb
    times = np.arange(SOURCE) / FPS
    wanted, own = _exact(clip.person, talk, times) if model is None else _heard(model, talk, times)
    images = _with_lips(rgb, frames.landmarks, wanted, own, which)
    weights = np.stack([lower_face(frames.landmarks[k], (size, size)) for k in which])
    return images, weights, frames.landmarks[which], rgb[which]


def speaking(clip, seed):
    """The scenes of a clip whose person says the sentence that `spoken` replaces.

    Args:
        clip: cast.Clip of SOURCE frames.
        seed: of the sentences, as for spoken.
    Returns:
        List of cast.Scene.
    Lessons 08 and 11.
    """
    from course_lib.data.sentences import sentence  # here, because it imports TensorFlow

    moving = audio.mouth(audio.say(sentence(seed + 1), "Ada").phones, np.arange(SOURCE) / FPS)
    return [replace(s, expression=replace(s.expression, jaw=a, smile=b, pucker=c, teeth=d))
            for s, (a, b, c, d) in zip(clip.scenes, moving, strict=True)]


def with_speech(frames, landmarks, fps, model, talk, person=None, which=None):
    """A clip with the mouth of another speech, which a network hears, or with the exact lips of that speech.

    Args:
        frames: f32 [T, H, W, 3], one person; mouths are taken from these frames.
        landmarks: f32 [T, 68, 2], pixels.
        fps: frames per second.
        model: of models.lip_shapes.shipped; None takes the exact lips.
        talk: audio.Speech; silence follows it.
        person: cast.Person who is shown, for the exact lips.
        which: int [K], the frames that are forged; all of them when left out.
    Returns:
        f32 [K, H, W, 3].
    Lessons 08 and 13.
    """
    times = np.arange(len(frames)) / fps
    wanted, own = _exact(person, talk, times) if model is None else _heard(model, talk, times)
    return _with_lips(frames, landmarks, wanted, own, np.arange(len(frames)) if which is None else np.asarray(which))


def _exact(person, talk, times):
    """(lips of a sentence at some times [T, 18, 2], lips at rest), of the person's own shape."""
    from course_lib.data.spoken import lip_points

    return lip_points(person, audio.mouth(talk.phones, times)), lip_points(person, np.zeros((1, 4)))[0]


def _heard(model, talk, times):
    """As _exact, of the network's mean person; silence follows the sentence."""
    from course_lib.models.lip_shapes import lips_of  # Keras comes with it

    heard = lips_of(model, audio.speech_features(talk.samples, talk.rate))
    return heard[np.minimum((times * 100).astype(int), len(heard) - 1)], rest_shape(heard)


def _with_lips(images, landmarks, wanted, own, which):
    """Some frames with wanted lips, by the weighted median of all frames' mouths."""
    shape, lips = images.shape[1:3], lip_shape(landmarks)
    wanted = retarget(wanted, own, rest_shape(lips))
    aligned = [align(image, p, SIZE) for image, p in zip(images, landmarks, strict=True)]
    faces = mouth_textures(np.stack([face.image for face in aligned]), lips, wanted[which], 4)
    return np.stack([composite(np.clip(unalign(face, aligned[k].matrix, shape, outside=None), 0, 1), images[k],
                               landmarks[k]) for face, k in zip(faces, which, strict=True)])


def _byte(image):
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
