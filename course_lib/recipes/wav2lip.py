"""The course's Wav2Lip: `python -m course_lib.recipes.wav2lip`.

The card says how long the training took; rendering the clips comes on top. Stopped, the same command goes on.
Lesson 08.
"""
import argparse

from course_lib.checkpoints import load, register
from course_lib.data.still_clips import FRAMES, still_clips
from course_lib.experiments import dubbing
from course_lib.experiments.stored import write_run
from course_lib.models.lip_sync import wav2lip
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training.precision import precision
from course_lib.training.sync_expert import in_float32
from course_lib.training.wav2lip import SYNC_WEIGHT, new_generator, train_generator

CLIPS, STEPS, SYNC_STEPS, LEARNING_RATE = 148, 520, 40, 1.5e-3


def main():
    """Train, measure and ship the checkpoint wav2lip, in float16; what is measured is what the file holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="of training on pixels, resumed parts included")
    options = parser.parse_args()
    folder = cache_dir() / "wav2lip"
    folder.mkdir(parents=True, exist_ok=True)
    clips, expert = still_clips(CLIPS), load("sync_expert")
    model, parts, made = new_generator(expert), [], {}
    for name, judge, steps, rate in (("pixels alone", None, options.steps, LEARNING_RATE),
                                     ("Wav2Lip", expert, SYNC_STEPS, LEARNING_RATE / 8)):
        file = folder / f"{name} {options.steps}.npz"
        _, history = train_generator(clips, model, judge, learning_rate=rate, steps=steps, checkpoint=file, resume=True)
        if history.stopped == "interrupted":
            return
        parts.append(history.seconds)
        with precision("float16"):
            made[name] = wav2lip()
        made[name].set_weights(model.get_weights())
    record = dubbing.compare({name: in_float32(made[name], wav2lip) for name in ("Wav2Lip", "pixels alone")})
    text = dubbing.table(record["rows"])
    print(text)
    card = model_card("wav2lip", clips=CLIPS, frames=FRAMES, steps=options.steps, more=SYNC_STEPS, table=text,
                      minutes=sum(parts) / 60, measured=record["clips"], parameters=made["Wav2Lip"].count_params(),
                      sync=SYNC_WEIGHT)
    register("wav2lip", made["Wav2Lip"], card, "Wav2Lip: draws the mouth of a 64 px face of the cast from sound")
    write_run(dubbing.FILE, record)


if __name__ == "__main__":
    main()
