"""The course's Wav2Lip: `python -m course_lib.recipes.wav2lip`.

About half an hour on 2 idle cores after the clips are rendered. Stopped, it goes on where it was. Lesson 08.
"""
import argparse

import numpy as np

from course_lib.checkpoints import load, register
from course_lib.data.spoken import HELD_OUT, spoken_clips
from course_lib.metrics.lipsync import lse
from course_lib.models.lip_sync import wav2lip
from course_lib.models.wav2lip_inference import speak
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training.sync_expert import in_float32
from course_lib.training.wav2lip import train_generator

CLIPS, MEASURED = 200, 20


def main():
    """Train, measure and ship the checkpoint wav2lip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800, help="training time in all, resumed parts included")
    options = parser.parse_args()
    folder = cache_dir() / "wav2lip"
    folder.mkdir(parents=True, exist_ok=True)
    expert = load("sync_expert")
    trainer, history = train_generator(spoken_clips(CLIPS), expert, seconds=options.seconds,
                                       checkpoint=folder / "run.npz", resume=True)
    model, test, rows = in_float32(trainer.model, wav2lip), spoken_clips(MEASURED, HELD_OUT), []
    for images, mel, other in zip(test.images, test.mel, np.roll(test.mel, 1, 0), strict=True):
        true = images.astype(np.float32) / 255
        made = speak(model, true, true[np.full(len(true), 0)], mel)
        rows.append([*(lse(expert, faces, sound) for faces, sound in ((true, mel), (made, mel), (true, other))),
                     np.abs(made - true)[:, 32:].mean(), np.abs(true[:1] - true)[:, 32:].mean()])
    names = ("exact clip", "Wav2Lip", "another's sound")
    text = "\n".join(f"{name:18}LSE-D {np.mean([r[k]['distance'] for r in rows]):.2f}   LSE-C "
                     f"{np.mean([r[k]['confidence'] for r in rows]):.2f}" for k, name in enumerate(names))
    pixels, still = (float(np.mean([r[k] for r in rows])) for k in (3, 4))
    print(text, pixels, still)
    card = model_card("wav2lip", clips=CLIPS, steps=len(history.steps), minutes=history.seconds / 60, table=text,
                      measured=MEASURED, pixels=pixels, still=still, parameters=model.count_params())
    register("wav2lip", model, card, "Wav2Lip: draws the mouth of a 64 px face of the cast from sound")


if __name__ == "__main__":
    main()
