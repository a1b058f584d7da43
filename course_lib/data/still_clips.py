"""Clips in which nothing but the mouth moves: for a network that draws mouths, and to measure it. Lesson 08.

Any frame of such a clip is a near-perfect reference for any other: same head, same light, another mouth. (The mouth
moves the alignment by a fraction of a pixel.) Nobody is named.
"""
from dataclasses import dataclass, replace

import numpy as np

from course_lib import audio
from course_lib.cast import Camera, Expression, random_person, random_scene, render
from course_lib.data.cache import cached_chunks
from course_lib.data.spoken import (
    COVERAGE,
    FPS,
    HELD_OUT,
    PEOPLE_SEED,
    SECONDS,
    SIDE,
    Spoken,
    mel_rows,
    speech_of,
    with_mouth,
)
from course_lib.faces import align
from course_lib.faces.lips import lip_shape
from course_lib.profile import cache_dir

FRAMES, CHUNK, VERSION = 32, 4, 1
BANK, BANK_FROM = 64, 7000  # other mouths that a drawn one is compared with, and the clips that they are from


def still_scene(number):
    """Who is seen in clip `number`, and in which pose and light.

    Args:
        number: of the clip; from data.spoken.HELD_OUT on, all words are new.
    Returns:
        (cast.Person, cast.Scene).
    Lesson 08.
    """
    rng = np.random.default_rng([11, number])
    base = replace(random_scene(rng, wild=0.35), expression=Expression(), camera=Camera(1.65, 0.0, 0.12))
    return random_person(PEOPLE_SEED + number), base


def sentence_part(number):
    """The part of a sentence that is heard in clip `number`.

    Args:
        number: of the clip.
    Returns:
        (audio.Speech, the whole sentence; the first of the FRAMES frames that are shown of it).
    Lesson 08.
    """
    start = int(np.random.default_rng([13, number]).integers(int(SECONDS * FPS) - FRAMES))
    return speech_of(number, SECONDS), start


def sound_and_mouth(number):
    """What is heard in clip `number`, and the mouth that says it.

    Args:
        number: of the clip.
    Returns:
        (mel f32 [4 FRAMES, 40], mouth f64 [FRAMES, 4]: jaw, smile, pucker, teeth).
    Lesson 08.
    """
    speech, start = sentence_part(number)
    mel = mel_rows(speech.samples, speech.rate, int(SECONDS * FPS))[4 * start:4 * (start + FRAMES)]
    return mel, audio.mouth(speech.phones, np.arange(start, start + FRAMES) / FPS)


def faces_with(number, mouths):
    """The person of clip `number` with other mouths.

    Args:
        number: of the clip.
        mouths: f [N, 4], jaw, smile, pucker, teeth.
    Returns:
        (aligned faces uint8 [N, 64, 64, 3], landmarks f32 [N, 68, 2] in their pixels, lips f32 [N, 36] in face units).
    Lesson 08.
    """
    person, scene = still_scene(number)
    frames = render([person] * len(mouths), with_mouth([scene] * len(mouths), mouths), size=SIDE)
    crops = [align(image, points, SIDE, COVERAGE) for image, points in zip(frames.rgb, frames.landmarks, strict=True)]
    images = np.stack([(np.clip(crop.image, 0, 1) * 255 + 0.5).astype(np.uint8) for crop in crops])
    return images, np.stack([crop.landmarks for crop in crops]).astype(np.float32), lip_shape(frames.landmarks)


def still_clips(count, first=0, quiet=False):
    """Clips of FRAMES frames, each of another random person. Rendered once and cached.

    Args:
        count, first: which clips; from HELD_OUT on they are for measuring.
        quiet: whether to print no progress.
    Returns:
        data.spoken.Spoken.
    Lesson 08.
    """
    folder = cache_dir() / "still_clips" / f"v{VERSION}"
    return Spoken(**cached_chunks(folder, first, count, CHUNK, _clips, quiet, "clips"))


def _clips(numbers):
    rows = []
    for number in numbers:
        mel, mouth = sound_and_mouth(number)
        images, landmarks, _ = faces_with(number, mouth)
        rows.append((images, mel, landmarks, mouth.astype(np.float32)))
    return dict(zip(("images", "mel", "landmarks", "mouths"), map(np.stack, zip(*rows, strict=True)), strict=True))


@dataclass
class Dubbed:
    """N clips of N people with the sound of the next clip: what is given, and what is wanted.

    Args:
        old, truth: uint8 [N, T, 64, 64, 3], as recorded, and with the exact mouth of the new sound.
        mel: f32 [N, 4 T, 40], the new sound.
        lips: f32 [N, T, 36], of truth, face units.
        bank: uint8 [N, BANK, 64, 64, 3], the same person with mouths of other sentences; the first one is silent.
        bank_lips: f32 [N, BANK, 36], exact.
    Lesson 08.
    """

    old: np.ndarray
    truth: np.ndarray
    mel: np.ndarray
    lips: np.ndarray
    bank: np.ndarray
    bank_lips: np.ndarray

    def __len__(self):
        return len(self.old)


def dubbed_clips(count=12, first=HELD_OUT, quiet=True):
    """Held-out clips to be dubbed; no person, voice or content word in them was trained on. Rendered once and cached.

    Args:
        count, first: which clips; each gets the sound of the next number.
        quiet: whether to print no progress.
    Returns:
        Dubbed.
    Lesson 08.
    """
    folder = cache_dir() / "dubbed_clips" / f"v{VERSION}"
    return Dubbed(**cached_chunks(folder, first, count, CHUNK, _dubbed, quiet, "clips"))


def bank_mouths(count=BANK):
    """Mouths of sentences that nobody else says: the silent one, and evenly spread ones.

    Args:
        count: of mouths.
    Returns:
        f64 [count, 4].
    Lesson 08.
    """
    clips = -(-count // FRAMES) * 4
    mouths = np.concatenate([sound_and_mouth(BANK_FROM + k)[1] for k in range(clips)])
    chosen = [np.zeros(mouths.shape[1])]
    while len(chosen) < count:  # always the one that is farthest from those that are chosen
        apart = np.min([np.abs(mouths - mouth).sum(1) for mouth in chosen], 0)
        chosen.append(mouths[apart.argmax()])
    return np.array(chosen)


def _dubbed(numbers):
    rows, others = [], bank_mouths()
    for number in numbers:
        old = sound_and_mouth(number)[1]
        mel, mouth = sound_and_mouth(number + 1)
        images, _, lips = faces_with(number, np.concatenate([old, mouth, others]))
        parts = (images[:FRAMES], images[FRAMES:2 * FRAMES], mel, lips[FRAMES:2 * FRAMES], images[2 * FRAMES:],
                 lips[2 * FRAMES:])
        rows.append(parts)
    names = ("old", "truth", "mel", "lips", "bank", "bank_lips")
    return dict(zip(names, map(np.stack, zip(*rows, strict=True)), strict=True))
