"""Deep Video Portraits of one person of the cast: `python -m course_lib.recipes.video_portrait`.

As the runs that course_lib/experiments/deep_video_portraits.py compares, with the widest window and the first seed, but
trained for longer. Read from the cache where it is finished; stopped, it goes on where it was. Lesson 07.
"""
import argparse

from course_lib.checkpoints import register
from course_lib.data.portrait_footage import FRAMES, HELD_OUT, RATE, TARGET, portrait_footage
from course_lib.experiments.deep_video_portraits import CLIPS, MEASURED, measure, train
from course_lib.metrics.portrait_video import portrait_table
from course_lib.models.deep_video_portraits import WINDOW, rendering_to_video, translate
from course_lib.models.full_precision import rebuilt_in_float32
from course_lib.recipes import model_card
from course_lib.training.deep_video_portraits import BATCH
from course_lib.training.precision import fast_policy, precision

STEPS = 1500


def ship(model, history):
    """Measure a trained network on held-out clips, and ship it in float16.

    Args:
        model: rendering_to_video.
        history: History.
    """
    with precision("float16"):
        half = rendering_to_video()
    half.set_weights(model.get_weights())
    stored, unseen = rebuilt_in_float32(half, rendering_to_video), portrait_footage(MEASURED, HELD_OUT, quiet=True)
    videos = [translate(stored, rows) for rows in unseen.conditions]
    text = portrait_table({f"{WINDOW} frames": measure(videos, unseen)})
    print(text)
    card = model_card("video_portrait", target=TARGET, clips=CLIPS, seconds=round(CLIPS * FRAMES / RATE), rate=RATE,
                      steps=len(history.steps), batch=BATCH, minutes=history.seconds / 60, measured=MEASURED,
                      frames=FRAMES, precision_=fast_policy().replace("_", " "), parameters=half.count_params(),
                      window=WINDOW, table=text)
    register("video_portrait", half, card, "Deep Video Portraits: from conditioning images to one person of the cast")


def main():
    """Train, measure and ship the checkpoint video_portrait."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="of training in all, resumed parts included")
    ship(*train(WINDOW, 0, parser.parse_args().steps))


if __name__ == "__main__":
    main()
