"""The course's Wav2Lip: `python -m course_lib.recipes.wav2lip`.

About a quarter of an hour on 2 idle cores after the clips are rendered. Stopped, the same command goes on. Lesson 08.
"""
import argparse
import json

from course_lib.checkpoints import load, register
from course_lib.data.spoken import spoken_clips
from course_lib.experiments import dubbing
from course_lib.models.lip_sync import wav2lip
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training.sync_expert import in_float32
from course_lib.training.wav2lip import SYNC_FROM, SYNC_WEIGHT, train_generator

CLIPS, STEPS = 280, 900


def main():
    """Train, measure and ship the checkpoint wav2lip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="of training, resumed parts included")
    options = parser.parse_args()
    folder = cache_dir() / "wav2lip"
    folder.mkdir(parents=True, exist_ok=True)
    trainer, history = train_generator(spoken_clips(CLIPS), load("sync_expert"), steps=options.steps,
                                       checkpoint=folder / "run.npz", resume=True)
    if history.stopped == "interrupted":
        return
    model = in_float32(trainer.model, wav2lip)
    record = dubbing.compare(model)
    text = dubbing.table(record["rows"])
    print(text)
    card = model_card("wav2lip", clips=CLIPS, steps=len(history.steps), minutes=history.seconds / 60, table=text,
                      measured=record["clips"], parameters=model.count_params(), sync=SYNC_WEIGHT, begin=SYNC_FROM)
    register("wav2lip", model, card, "Wav2Lip: draws the mouth of a 64 px face of the cast from sound")
    dubbing.FILE.write_text(json.dumps(record) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
