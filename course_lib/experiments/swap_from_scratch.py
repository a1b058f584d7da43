"""The loss curve of the original network from scratch: `python -m course_lib.experiments.swap_from_scratch`.

A lesson plots a learner's own curve over it. 60 minutes; an interrupted run resumes. Lesson 02.
"""
import argparse
import json
import os

import keras
import numpy as np

from course_lib.cast import people
from course_lib.checkpoints import DATASETS
from course_lib.data.pairs import faces_of
from course_lib.metrics.image import face_psnr
from course_lib.models.autoencoder import swap_autoencoder
from course_lib.profile import cache_dir, device
from course_lib.training import fit, random_transform, random_warp, shift_colour

FILE = DATASETS / "checkpoints" / "swap_from_scratch" / "curve.json"
WIDTH, BATCH, LEARNING_RATE = 32, 32, 5e-5
SEEDS, HELD_OUT = range(300_000, 300_400), range(310_000, 310_048)


def curve():
    """Reads the shipped curve.

    Returns:
        A dict with who, width, batch, how (in words), and the lists steps, seconds, loss (means over 50 steps),
        psnr_steps, psnr_seconds, psnr_a, psnr_b (face PSNR of the reconstructions on held-out scenes, dB).
    Lesson 02.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def batches(a, b, rng):
    """Endless training batches.

    Args:
        a, b: faces f32 [N, S, S, 3] of either person.
        rng: numpy Generator.
    Returns:
        Generator of ((warped a, warped b), (target a, target b)), f32 [BATCH, 64, 64, 3] each.
    Lesson 02.
    """
    while True:
        pairs = [random_warp(random_transform(x[rng.integers(0, len(x), BATCH)], rng), rng) for x in (a, b)]
        yield tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)


def main():
    """Records the curve and writes its card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--how", default="", help="what else the machine did meanwhile, for the card")
    options = parser.parse_args()
    names = list(people())[:2]
    a, b = (faces_of(people()[name], SEEDS, size=128, coverage=1.6).images for name in names)  # the warp crops them
    test = [faces_of(people()[name], HELD_OUT) for name in names]
    tests = [f.images for f in test]

    def validation(model):
        reconstructed = model.predict_on_batch(tests)
        scores = [np.mean(face_psnr(np.clip(p, 0, 1), t, f.masks))
                  for p, t, f in zip(reconstructed, tests, test, strict=True)]
        return {"a": round(float(scores[0]), 3), "b": round(float(scores[1]), 3)}

    keras.utils.set_random_seed(0)
    model = swap_autoencoder(WIDTH)
    model.compile(keras.optimizers.Adam(LEARNING_RATE, 0.5, 0.999), loss="mae", jit_compile=False)
    history = fit(model, batches(shift_colour(a, b), b, np.random.default_rng(0)), seconds=options.seconds,
                  validation=validation, validate_every=60, checkpoint=cache_dir() / "swap_from_scratch.npz",
                  save_every=120, resume=True)
    _write(names, history, options.how)


def _write(names, history, how):
    ends = np.arange(50, len(history.steps) + 1, 50)
    circumstances = f"{device()}, load {os.getloadavg()[2]:.1f} at the end. {how}".strip()
    record = {
        "who": names, "width": WIDTH, "batch": BATCH, "learning_rate": LEARNING_RATE, "how": circumstances,
        "steps": ends.tolist(), "seconds": [round(history.times[k - 1], 1) for k in ends],
        "loss": [round(float(np.mean(history.losses[k - 50:k])), 5) for k in ends],
        "psnr_steps": [v["step"] for v in history.validation],
        "psnr_seconds": [round(v["time"], 1) for v in history.validation],
        "psnr_a": [v["a"] for v in history.validation], "psnr_b": [v["b"] for v in history.validation],
    }
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(record) + "\n", encoding="utf-8")
    last = history.validation[-1]
    FILE.with_name("card.md").write_text(f"""# swap_from_scratch

A loss curve, no weights: the original deepfakes network at width {WIDTH} (5.14 M parameters), from scratch, on
{names[0]} and {names[1]} of the cast ({len(SEEDS)} images each), batch {BATCH} + {BATCH}, Adam {LEARNING_RATE}, mean
absolute error of both outputs added. It is meant to be plotted under a learner's own curve, by step rather than by
second.

- How it was recorded: {circumstances}
- {len(history.steps)} steps in {history.seconds:.0f} s. Held-out face PSNR of the reconstructions at the end:
  {last['a']:.2f} dB ({names[0]}) and {last['b']:.2f} dB ({names[1]}).
- Rebuild: `python -m course_lib.experiments.swap_from_scratch` (60 minutes).
""", encoding="utf-8")


if __name__ == "__main__":
    main()
