"""Clips to be dubbed, with what a perfect dubbing would show: the old clip, a new sound, and the truth. Lesson 08."""
from dataclasses import dataclass

import numpy as np

from course_lib import audio
from course_lib.cast import render
from course_lib.data.cache import cached_chunks
from course_lib.data.spoken import (
    COVERAGE,
    FEATURE_RATE,
    FPS,
    FRAMES,
    HELD_OUT,
    SIDE,
    mel_rows,
    phones_of,
    speech_of,
    spoken_scenes,
    with_mouth,
)
from course_lib.faces import align
from course_lib.faces.lips import head_place, lip_shape
from course_lib.profile import cache_dir

CHUNK, VERSION = 4, 1


@dataclass
class Dubbed:
    """N clips of N people with the words of the next clip: what is given, and what is wanted.

    Args:
        old, truth, silent: uint8 [N, T, 64, 64, 3], aligned faces: as recorded, with the exact mouth of the new words,
            and with lips at rest.
        mel: f32 [N, 4 T, 40], the new sound (data.spoken.mel_rows).
        features: f32 [N, 4 T, 28], the same for the LSTM, 100 a second.
        old_lips, lips, silent_lips: f32 [N, T, 36], exact.
        landmarks: f32 [N, T, 68, 2], of the old clip, pixels of the crop.
        place: f32 [N, T, 2], faces.lips.head_place.
        phones: N lists of (ARPAbet, start, end), the new words.
    Lesson 08.
    """

    old: np.ndarray
    truth: np.ndarray
    silent: np.ndarray
    mel: np.ndarray
    features: np.ndarray
    old_lips: np.ndarray
    lips: np.ndarray
    silent_lips: np.ndarray
    landmarks: np.ndarray
    place: np.ndarray
    phones: list

    def __len__(self):
        return len(self.old)


def dubbed_clips(count=20, first=HELD_OUT, quiet=True):
    """Held-out clips to be dubbed: nobody in them, no voice and no word was in a training. Rendered once and cached.

    Args:
        count, first: Which clips of data.spoken; each gets the sound of the next number.
        quiet: Whether to print no progress.
    Returns:
        Dubbed.
    Lesson 08.
    """
    folder = cache_dir() / "dubbed_clips" / f"v{VERSION}"
    arrays = cached_chunks(folder, first, count, CHUNK, _clips, quiet, "clips")
    return Dubbed(**arrays, phones=[phones_of(first + k + 1, FRAMES / FPS) for k in range(count)])


def _clips(numbers):
    rows = []
    for number in numbers:
        person, _, scenes = spoken_scenes(number)
        speech = speech_of(number + 1, FRAMES / FPS)
        mouth = audio.mouth(speech.phones, np.arange(FRAMES) / FPS)
        versions = (scenes, with_mouth(scenes, mouth), with_mouth(scenes, np.zeros_like(mouth)))
        frames = render([person] * 3 * FRAMES, sum(versions, []), size=SIDE)
        points = frames.landmarks[:FRAMES]
        crops = [align(image, points[k % FRAMES], SIDE, COVERAGE) for k, image in enumerate(frames.rgb)]
        images = (np.clip([crop.image for crop in crops], 0, 1) * 255 + 0.5).astype(np.uint8)
        images = images.reshape(3, FRAMES, SIDE, SIDE, 3)
        lips = lip_shape(frames.landmarks).reshape(3, FRAMES, 36)
        features = audio.speech_features(speech.samples, speech.rate)
        length = round(FRAMES / FPS * FEATURE_RATE)
        features = np.pad(features, ((0, max(0, length - len(features))), (0, 0)), mode="edge")[:length]
        marks = np.stack([crop.landmarks for crop in crops[:FRAMES]]).astype(np.float32)
        rows.append((*images, mel_rows(speech.samples, speech.rate, FRAMES), features.astype(np.float32), *lips,
                     marks, head_place(points).astype(np.float32)))
    names = ("old", "truth", "silent", "mel", "features", "old_lips", "lips", "silent_lips", "landmarks",
             "place")
    return dict(zip(names, map(np.stack, zip(*rows, strict=True)), strict=True))
