"""What Wav2Lip draws against the exact mouth: `python -m course_lib.experiments.dubbing`.

People who were in no training get the sound of a sentence that was in none. `course checkpoints build wav2lip` makes
the comparison at its end, with the generator before it met the expert as well, and stores it in
datasets/runs/dubbing.json; the command measures the shipped generator again and prints the table. Lesson 08.
"""
import argparse
import json

import numpy as np

from course_lib.checkpoints import DATASETS, load
from course_lib.data.still_clips import dubbed_clips
from course_lib.metrics.lipsync import lip_error, lips_by_synthesis, lse, opening
from course_lib.models.wav2lip_inference import speak
from course_lib.show import encode_sheet, image_sheet

FILE = DATASETS / "runs" / "dubbing.json"
CLIPS, SHOWN = 8, (1, slice(4, 32, 4))
MOUTH = (slice(36, 60), slice(17, 47))  # rows and columns of a face of 64 pixels
KEYS = ("pixels", "lips", "opening", "distance", "confidence", "offset")


def read():
    """Reads the stored comparison.

    Returns:
        {"clips": int, "rows": {way of dubbing: {one of KEYS: a list with a number for each clip}}, "sheet": text of
        show.encode_sheet, a row of seven faces for each way}.
    Lesson 08.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def dub(clips, generators):
    """The clips as each way of dubbing makes them.

    Args:
        clips: data.still_clips.Dubbed.
        generators: dict of name -> models.lip_sync.wav2lip; the old frame itself is its reference, as in the published
            inference. The first one also gets a wrong sound, that of the next clip.
    Returns:
        Dict of name -> f32 [N, T, 64, 64, 3]: the truth, those of the generators, the wrong sound, the old clip (a copy
        of the reference: the mouth of another sentence), and lips at rest.
    Lesson 08.
    """
    old, bank = clips.old / np.float32(255), clips.bank / np.float32(255)
    draw = lambda model, mels: np.stack([  # noqa: E731
        speak(model, faces, faces, mel) for faces, mel in zip(old, mels, strict=True)])
    first = next(iter(generators.values()))
    return {"truth": clips.truth / np.float32(255), **{name: draw(x, clips.mel) for name, x in generators.items()},
            "wrong sound": draw(first, np.roll(clips.mel, -1, 0)), "old clip": old,
            "silent mouth": np.repeat(bank[:, :1], old.shape[1], 1)}


def measure(faces, clips, expert):
    """What can be measured of dubbed clips, for each of them.

    Args:
        faces: f32 [N, T, 64, 64, 3].
        clips: data.still_clips.Dubbed.
        expert: a sync expert.
    Returns:
        Dict of KEYS, lists of N numbers: pixels (L1 of the mouth), lips (lip error, by synthesis), opening (mean
        absolute error of the opening over the width), and distance, confidence and offset of lse.
    Lesson 08.
    """
    truth, rows = clips.truth / np.float32(255), {name: [] for name in KEYS}
    for k, made in enumerate(faces):
        lips = lips_by_synthesis(made[:, *MOUTH], clips.bank[k][:, *MOUTH] / np.float32(255), clips.bank_lips[k])
        synced = lse(expert, made, clips.mel[k])
        values = (np.abs(made - truth[k])[:, *MOUTH].mean(), lip_error(lips, clips.lips[k]),
                  np.abs(opening(lips) - opening(clips.lips[k])).mean(), synced["distance"], synced["confidence"],
                  synced["offset"])
        for name, value in zip(KEYS, values, strict=True):
            rows[name].append(round(float(value), 5))
    return rows


def table(rows):
    """The means as text.

    Args:
        rows: dict of name -> what measure returns.
    Returns:
        Lines of a table.
    Lesson 08.
    """
    lines = [f"{'':22}L1 of mouth   lip error   opening   LSE-D   LSE-C   offset within a frame"]
    for name, r in rows.items():
        lines.append(f"{name:22}{np.mean(r['pixels']):11.4f}{np.mean(r['lips']):11.2%}{np.mean(r['opening']):10.3f}"
                     f"{np.mean(r['distance']):8.2f}{np.mean(r['confidence']):8.2f}"
                     f"{np.mean(np.abs(r['offset']) <= 1):14.0%}")
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
    clips, expert = dubbed_clips(count), load("sync_expert_contrastive")
    made = dub(clips, generators)
    which, times = SHOWN
    shown = np.concatenate([faces[which, times] for faces in made.values()])
    return {"clips": count, "rows": {name: measure(faces, clips, expert) for name, faces in made.items()},
            "sheet": encode_sheet(image_sheet(shown, columns=7))}


def main():
    """Dubs, measures and prints."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(table(compare({"Wav2Lip": load("wav2lip")})["rows"]))


if __name__ == "__main__":
    main()
