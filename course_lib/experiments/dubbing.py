"""Ways of dubbing against the exact mouth: `python -m course_lib.experiments.dubbing`.

Twenty people who were in no training get words that were in none. Stored in datasets/runs/dubbing.json. Lesson 08.
"""
import argparse
import json

import numpy as np

from course_lib import audio
from course_lib.blending.jaw import composite
from course_lib.blending.mouth_texture import mouth_textures
from course_lib.checkpoints import DATASETS, load
from course_lib.data.dubbed_clips import dubbed_clips
from course_lib.data.spoken import FPS
from course_lib.faces.lips import rest_shape, retarget
from course_lib.metrics.image import psnr
from course_lib.metrics.lipsync import closures, lip_error, lse
from course_lib.models.lip_shapes import lips_of
from course_lib.models.wav2lip_inference import speak
from course_lib.show import encode_sheet, image_sheet

FILE = DATASETS / "runs" / "dubbing.json"
CLIPS, CANDIDATES, SHOWN, RATE = 20, 6, (0, slice(8, 40, 4)), 16_000
MOUTH = (slice(36, 60), slice(17, 47))  # rows and columns of a face of 64 pixels
WAYS = ("truth", "Wav2Lip", "LSTM + median", "old clip", "silent mouth")


def read():
    """Reads the stored comparison.

    Returns:
        {"clips": int, "rows": {one of WAYS: {"pixels", "psnr", "error", "closed", "chances", "distance", "confidence",
        "offset"}, a list of one number for each clip}, "sheet": text of show.encode_sheet, a row of eight faces for
        each of WAYS}.
    Lesson 08.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def dub(clips, lips_model, generator):
    """The clips as each way of dubbing makes them.

    Args:
        clips: data.dubbed_clips.Dubbed.
        lips_model: the checkpoint audio_to_lips.
        generator: models.lip_sync.wav2lip; each clip's first frame is its reference.
    Returns:
        Dict of WAYS -> f32 [N, T, 64, 64, 3]. The old clip is the mouth of another sentence.
    Lesson 08.
    """
    made = {"truth": clips.truth / np.float32(255), "Wav2Lip": [], "LSTM + median": [],
            "old clip": clips.old / np.float32(255), "silent mouth": clips.silent / np.float32(255)}
    rest = lips_of(lips_model, audio.speech_features(np.zeros(RATE // 2, np.float32), RATE))[-1]
    for k, old in enumerate(made["old clip"]):
        made["Wav2Lip"].append(speak(generator, old, np.repeat(old[:1], len(old), 0), clips.mel[k]))
        heard = lips_of(lips_model, clips.features[k])[::4]
        lips = retarget(heard, rest, rest_shape(clips.old_lips[k]))
        faces = mouth_textures(old, np.c_[clips.old_lips[k], clips.place[k]], np.c_[lips, clips.place[k]], CANDIDATES)
        made["LSTM + median"].append([composite(*frame) for frame in zip(faces, old, clips.landmarks[k], strict=True)])
    return {name: np.asarray(made[name], np.float32) for name in WAYS}


def measure(faces, clips, expert, regressor):
    """What can be measured of dubbed clips, for each of them.

    Args:
        faces: f32 [N, T, 64, 64, 3].
        clips: data.dubbed_clips.Dubbed.
        expert: a sync expert.
        regressor: the checkpoint lip_regressor, which says what lips an image shows.
    Returns:
        Dict of lists of N numbers: pixels (L1 of the lower half), psnr (dB, of the mouth), error (lip error), closed
        and chances (closures of P, B, M), distance, confidence and offset (of lse).
    Lesson 08.
    """
    truth = clips.truth / np.float32(255)
    rows = {name: [] for name in ("pixels", "psnr", "error", "closed", "chances", "distance", "confidence", "offset")}
    for k, made in enumerate(faces):
        lips = regressor.predict(made, verbose=0)
        hits, chances = closures(lips, clips.phones[k], FPS)
        synced = lse(expert, made, clips.mel[k])
        mouth = psnr(np.clip(made[:, *MOUTH], 0, 1), truth[k][:, *MOUTH])
        values = (np.abs(made - truth[k])[:, 32:].mean(), np.minimum(mouth, 60).mean(), lip_error(lips, clips.lips[k]),
                  hits, chances, synced["distance"], synced["confidence"], synced["offset"])
        for name, value in zip(rows, values, strict=True):
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
    lines = [f"{'':16}PSNR of mouth   L1   lip error   closures   LSE-D   LSE-C   offset 0 or 1"]
    for name, r in rows.items():
        lines.append(f"{name:16}{np.mean(r['psnr']):9.1f} dB{np.mean(r['pixels']):8.4f}{np.mean(r['error']):9.2%}"
                     f"{sum(r['closed']):8.0f}/{sum(r['chances']):.0f}{np.mean(r['distance']):9.2f}"
                     f"{np.mean(r['confidence']):8.2f}{np.mean(np.abs(r['offset']) <= 1):10.0%}")
    return "\n".join(lines)


def compare(generator, count=CLIPS):
    """Dubs and measures.

    Args:
        generator: models.lip_sync.wav2lip.
        count: clips.
    Returns:
        What read returns.
    Lesson 08.
    """
    clips, expert, regressor = dubbed_clips(count), load("sync_expert_contrastive"), load("lip_regressor")
    made = dub(clips, load("audio_to_lips"), generator)
    which, times = SHOWN
    shown = np.concatenate([faces[which, times] for faces in made.values()])
    return {"clips": count, "rows": {name: measure(faces, clips, expert, regressor) for name, faces in made.items()},
            "sheet": encode_sheet(image_sheet(shown, columns=8))}


def main():
    """Dubs, measures and stores."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    record = compare(load("wav2lip"))
    print(table(record["rows"]))
    FILE.write_text(json.dumps(record) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
