"""Every way of dubbing against the exact mouth: `python -m course_lib.experiments.dubbing`.

People who were in no training get the sound of a sentence that was in none. Two sync experts score the result: the one
that was in the loss of Wav2Lip's generator, and one that shares nothing with it but the network and the loss.
`course checkpoints build wav2lip` makes the comparison at its end, with the generator before it met the expert as well,
and stores it in datasets/runs/dubbing.json; the command measures the shipped generator again and prints the table.
Lesson 08.
"""
import argparse
import json

import numpy as np

from course_lib import audio
from course_lib.blending.mouth_texture import mouth_textures
from course_lib.checkpoints import DATASETS, load
from course_lib.data.spoken import FPS, HELD_OUT
from course_lib.data.still_clips import FRAMES, dubbed_clips, faces_with, sentence_part, sound_and_mouth
from course_lib.faces.lips import retarget
from course_lib.metrics.lipsync import CLOSED, closures, lip_error, lips_by_synthesis, lse, opening, touches
from course_lib.models.lip_shapes import lips_of
from course_lib.models.wav2lip_inference import shipped_expert, shipped_wav2lip, speak
from course_lib.show import encode_sheet, image_sheet

FILE = DATASETS / "runs" / "dubbing.json"
CLIPS, SHOWN = 8, (1, slice(4, 32, 4))
MOUTH = (slice(36, 60), slice(17, 47))  # rows and columns of a face of 64 pixels
CANDIDATES = 4  # of the 64 frames of each person that lesson 08's LSTM may use: they differ as much as mouths can
CLOSED_REFERENCE = "Wav2Lip, lips closed"
KEYS = ("pixels", "closed", "lips", "opening", "hits", "chances", "touches", "touchable")
EXPERTS = {"in the loss": "sync_expert", "independent": "sync_expert_independent"}
SCORES = ("distance", "confidence", "offset")


def read():
    """Reads the stored comparison.

    Returns:
        {"clips": int, "rows": {way of dubbing: {one of KEYS: a list with a number for each clip, one of EXPERTS: {one
        of SCORES: such a list}}}, "sheet": text of show.encode_sheet, a row of seven faces for each way}.
    Lesson 08.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def dub(clips, generators):
    """The clips as Wav2Lip dubs them, and what needs no rendering beside it.

    Args:
        clips: data.still_clips.Dubbed.
        generators: dict of name -> models.lip_sync.wav2lip; the old frame itself is its reference, as in the published
            inference. The first one also gets a wrong sound, that of the next clip.
    Returns:
        Dict of name -> f32 [N, T, 64, 64, 3]: the truth, those of the generators, the wrong sound, the old clip (a copy
        of the reference: the mouth of another sentence), and lips at rest. "Wav2Lip, lips closed" is the first
        generator again, with one frame at rest as the reference of all frames, which has no teeth to copy.
    Lesson 08.
    """
    old, bank = clips.old / np.float32(255), clips.bank / np.float32(255)
    rest = np.repeat(bank[:, :1], old.shape[1], 1)
    draw = lambda model, mels, references=old: np.stack([  # noqa: E731
        speak(model, *clip) for clip in zip(old, references, mels, strict=True)])
    first = next(iter(generators.values()))
    return {"truth": clips.truth / np.float32(255), **{name: draw(x, clips.mel) for name, x in generators.items()},
            CLOSED_REFERENCE: draw(first, clips.mel, rest), "wrong sound": draw(first, np.roll(clips.mel, -1, 0)),
            "old clip": old, "silent mouth": rest}


def others(clips, lips_model, first=HELD_OUT):
    """The clips as the other ways of lesson 08 dub them.

    Args:
        clips: data.still_clips.Dubbed.
        lips_model: of models.lip_shapes.shipped.
        first: number of the first clip.
    Returns:
        Dict of name -> f32 [N, T, 64, 64, 3]: the LSTM's lips, made of the person's own frames (the bank) by a weighted
        median; the viseme table without coarticulation, which is given the phones and their times; and the mouth of
        another sentence, both rendered.
    Lesson 08.
    """
    made = {"LSTM, own frames": [], "viseme lookup": [], "another sentence": []}
    for k in range(len(clips)):
        speech, start = sentence_part(first + k + 1)
        times = np.arange(start, start + FRAMES) / FPS
        heard = lips_of(lips_model, audio.speech_features(speech.samples, speech.rate))
        heard = heard[np.minimum((times * 100).astype(int), len(heard) - 1)]
        silent = lips_of(lips_model, audio.speech_features(np.zeros(8000, np.float32), 16_000))[-1]
        wanted = retarget(heard, silent, clips.bank_lips[k][0])
        made["LSTM, own frames"].append(mouth_textures(clips.bank[k], clips.bank_lips[k], wanted, CANDIDATES))
        mouths = np.concatenate([audio.lookup(speech.phones, times), sound_and_mouth(first + k + 2)[1]])
        faces = faces_with(first + k, mouths)[0] / np.float32(255)
        made["viseme lookup"].append(faces[:FRAMES])
        made["another sentence"].append(faces[FRAMES:])
    return {name: np.stack(faces) for name, faces in made.items()}


def measure(faces, clips, experts, first=HELD_OUT):
    """What can be measured of dubbed clips, for each of them.

    Args:
        faces: f32 [N, T, 64, 64, 3].
        clips: data.still_clips.Dubbed.
        experts: dict of name -> a sync expert.
        first: number of the first clip.
    Returns:
        Dict of KEYS, lists of N numbers: pixels (L1 of the mouth), closed (the same where the true lips are closed,
        None for a clip in which they never are), lips (lip error, by synthesis), opening (mean absolute error of the
        opening over the width), hits and chances (closures of P, B and M), touches and touchable (the same of F and V);
        and for each expert a dict of SCORES: distance, confidence and offset of lse.
    Lesson 08.
    """
    truth, rows = clips.truth / np.float32(255), {name: [] for name in KEYS}
    rows.update({name: {score: [] for score in SCORES} for name in experts})
    for k, made in enumerate(faces):
        lips = lips_by_synthesis(made[:, *MOUTH], clips.bank[k][:, *MOUTH] / np.float32(255), clips.bank_lips[k])
        speech, start = sentence_part(first + k + 1)
        heard = [(name, a - start / FPS, b - start / FPS) for name, a, b in speech.phones]
        heard = [phone for phone in heard if phone[1] >= 0 and phone[2] <= FRAMES / FPS]
        off, gaps = np.abs(made - truth[k])[:, *MOUTH].mean((1, 2, 3)), opening(clips.lips[k])
        shut = gaps <= CLOSED
        values = (off.mean(), off[shut].mean() if shut.any() else None, lip_error(lips, clips.lips[k]),
                  np.abs(opening(lips) - gaps).mean(), *closures(lips, heard, FPS), *touches(lips, heard, FPS))
        for name, value in zip(KEYS, values, strict=True):
            rows[name].append(None if value is None else round(float(value), 5))
        for name, expert in experts.items():
            synced = lse(expert, made, clips.mel[k])
            for score in SCORES:
                rows[name][score].append(round(float(synced[score]), 5))
    return rows


def table(rows):
    """The means as text.

    Args:
        rows: dict of name -> what measure returns.
    Returns:
        Lines of a table; "in time" is the fraction of the clips whose offset is at most a frame.
    Lesson 08.
    """
    experts = [name for name in next(iter(rows.values())) if name not in KEYS]
    lines = [" " * 73 + "".join(f"  {'expert ' + name:24}" for name in experts).rstrip(),
             f"{'':21}{'L1':>7}{'closed':>9}{'lips':>8}{'opening':>9}{'closures':>10}{'touches':>9}"
             + len(experts) * "   LSE-D   LSE-C   in time"]
    for name, r in rows.items():
        closed = np.nanmean(np.array(r["closed"], float))
        line = (f"{name:21}{np.mean(r['pixels']):7.4f}{closed:9.4f}{np.mean(r['lips']):8.2%}"
                f"{np.mean(r['opening']):9.3f}{int(sum(r['hits'])):4} of{int(sum(r['chances'])):3}"
                f"{int(sum(r['touches'])):4} of{int(sum(r['touchable'])):2}")
        for expert in experts:
            distance, confidence, offset = (np.array(r[expert][score]) for score in SCORES)
            line += f"{distance.mean():8.2f}{confidence.mean():8.2f}{np.mean(np.abs(offset) <= 1):10.0%}"
        lines.append(line)
    return "\n".join(lines)


def compare(generators, count=CLIPS):
    """Dubs and measures.

    Args:
        generators: dict of name -> models.lip_sync.wav2lip.
        count: clips.
    Returns:
        What read returns.
    Lesson 08.
    """
    clips, experts = dubbed_clips(count), {key: shipped_expert(name) for key, name in EXPERTS.items()}
    made = {**dub(clips, generators), **others(clips, load("audio_to_lips"))}
    which, times = SHOWN
    shown = np.concatenate([faces[which, times] for faces in made.values()])
    return {"clips": count, "rows": {name: measure(faces, clips, experts) for name, faces in made.items()},
            "sheet": encode_sheet(image_sheet(shown, columns=7))}


def main():
    """Dubs, measures and prints."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(table(compare({"Wav2Lip": shipped_wav2lip()})["rows"]))


if __name__ == "__main__":
    main()
