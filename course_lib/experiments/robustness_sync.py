"""Whether a dubbed mouth fits its sound, by lesson 08's sync expert: the row `sync` of lesson 13's wide matrix.

The six-second clips of robustness_evidence are silent. So each test person says a sentence to the camera, and the mouth
is exchanged for that of the driver's sentence, which is then heard. The expert is the independent one of lesson 08b; it
had no part in any forgery. `python -m course_lib.experiments.robustness_evidence` measures and stores this too.
"""
from functools import cache

import numpy as np

from course_lib import cast
from course_lib.checkpoints import load
from course_lib.data.spoken import COVERAGE, FPS, SIDE, address, mel_rows, speech_of
from course_lib.degradation import h264
from course_lib.experiments.robustness_matrix import CODECS
from course_lib.faces import align
from course_lib.forgeries.build import CRFS, FRAME
from course_lib.forgeries.dubbed import with_speech
from course_lib.metrics.lipsync import lse

COUNT = 50  # frames of a clip
shipped = cache(load)  # a network that is loaded again is traced again
CASES = ("real", "lip_synced", "dubbed", "other sound")  # the last one: a real mouth with the sound of the forgeries


def spoken(number, other):
    """A clip of a person who speaks, untouched and forged.

    Args:
        number: Of the person, and of the sentence that they say.
        other: Number of the sentence that the forged mouths say.
    Returns:
        (landmarks f32 [COUNT, 68, 2], dict: one of CASES -> (frames f32 [COUNT, FRAME, FRAME, 3], mel f32 [4 COUNT,
        40])).
    Lesson 13.
    """
    own, new = (speech_of(n, COUNT / FPS) for n in (number, other))
    person = cast.random_person(number)
    frames = cast.render([person] * COUNT, address(person, own, number), size=FRAME)
    said, heard = (mel_rows(talk.samples, talk.rate, COUNT) for talk in (own, new))
    made = {name: with_speech(frames.rgb, frames.landmarks, FPS, model, new, person)
            for name, model in (("lip_synced", None), ("dubbed", shipped("audio_to_lips")))}
    return frames.landmarks, {"real": (frames.rgb, said), "other sound": (frames.rgb, heard)} | {
        name: (np.clip(images, 0, 1).astype(np.float32), heard) for name, images in made.items()}


def add(table, k, number, other):
    """Add clip k where it is missing.

    Args:
        table: codec -> one of CASES -> [V], minus the LSE-C, so that a larger number is more suspicious; changed.
        k: Which clip.
        number, other: As for spoken.
    Returns:
        Whether it was missing.
    Lesson 13.
    """
    lacking = [case for case in CASES if len(table.get("raw", {}).get(case, ())) <= k]
    if not lacking:
        return False
    expert, (landmarks, clips) = shipped("sync_expert_independent"), spoken(number, other)
    for case in lacking:
        images, mel = clips[case]
        for codec, crf in zip(CODECS, CRFS, strict=True):
            shown = h264(images, crf, int(FPS)) if crf else images
            faces = np.stack([align(image, points, SIDE, COVERAGE).image
                              for image, points in zip(shown, landmarks, strict=True)])
            found = lse(expert, faces.clip(0, 1), mel)["confidence"]
            table.setdefault(codec, {}).setdefault(case, []).append(round(-found, 4))
    return True
