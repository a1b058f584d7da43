"""From portraits of the cast to a generator of faces that nobody has: `python -m course_lib.recipes.portrait_generator`.

About 45 minutes on 2 idle cores, of which 4 are rendering. Stopped, it goes on where it was. Lesson 04.
"""
import argparse
import json
import os
import time

import numpy as np

from course_lib.checkpoints import register
from course_lib.data.portraits import portraits
from course_lib.metrics.generative import (
    evaluate_portraits,
    find_copies,
    portrait_features,
)
from course_lib.models.gan import LATENT, generator
from course_lib.profile import cache_dir
from course_lib.show import encode_sheet, image_sheet
from course_lib.training.adversarial import noise_batches, train_gan
from course_lib.training.portrait_gan import WIDTH, new_trainer
from course_lib.training.precision import fast_policy

FACES, HELD_OUT = 8000, 2000
BATCH = 32


def train(seconds, folder):
    """Trains for this many seconds in all (earlier parts of a stopped run count): returns (GANTrainer, History).

    The moving average is kept as step_<number>.npz in folder at growing distances, to measure the way afterwards.
    """
    trainer, checkpoint = new_trainer(), folder / "run.npz"
    before = load_moments(folder)[-1]["cpu"] if checkpoint.is_file() else 0.0
    faces, began = portraits(FACES), time.process_time() - before
    # a resumed run draws other batches than the first part did
    rng = np.random.default_rng([4, int(checkpoint.stat().st_mtime) if checkpoint.is_file() else 0])
    history = train_gan(trainer, noise_batches(faces.images, LATENT, rng, BATCH), seconds, every=10.0,
                        metrics=keeper(folder, began, 1.25, 40), checkpoint=checkpoint, save_every=120, resume=True)
    return trainer, history


def keeper(folder, began, growth, first):
    """Metrics for train_gan: the processor seconds since `began` and the machine's load. Keeps the moving average from
    `first` steps on, each time `growth` times as many."""
    def keep(trainer):
        kept = [int(f.stem.split("_")[1]) for f in folder.glob("step_*.npz")]
        if trainer.steps >= growth * max(kept, default=first):
            save_average(folder / f"step_{trainer.steps:06d}.npz", trainer)
        return {"cpu": time.process_time() - began, "load": os.getloadavg()[0]}

    return keep


def save_average(path, trainer):
    """Writes the weights of the generator's moving average into one .npz, whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, *trainer.generator_ema.get_weights())  # noqa: B026
    part.replace(path)


def measure(folder, network, given, shown=16):
    """The run's way in numbers, measured on every kept average, the last generator and its faces.

    given: inputs of the network for as many faces as held-out real ones are compared with, from people who were not
    trained on. shown: how many of them the curve keeps to look at.
    """
    count = len(given[0]) if isinstance(given, list) else len(given)
    real = portraits(count, first=FACES)
    values, features = portrait_features(real.images)
    rows, when = [], {m["step"]: m["cpu"] for m in load_moments(folder)}
    for file in sorted(folder.glob("step_*.npz")):
        step = int(file.stem.split("_")[1])
        with np.load(file, allow_pickle=False) as kept:
            network.set_weights([kept[name] for name in kept.files])
        fakes = network.predict(given, batch_size=250, verbose=0)
        row = evaluate_portraits(values, features, *portrait_features(fakes))
        rows.append({"step": step, "cpu": float(np.interp(step, list(when), list(when.values()))), **row,
                     "sample": encode_sheet(image_sheet(fakes[:shown]))})
        print({k: v for k, v in rows[-1].items() if k != "sample"}, flush=True)
    half = count // 2  # what two sets of real people score, half as many each: no generator can be expected to beat it
    limit = evaluate_portraits(values[:half], features[:half], values[half:], features[half:])
    return {"rows": rows, "limit": limit, "faces": count}, network, fakes


def load_moments(folder):
    """The moments of the run that train() left in folder."""
    with np.load(folder / "run.npz", allow_pickle=False) as file:
        return json.loads(str(file["history"]))["validation"]


def ship(folder):
    """Measures the run so far, ships its last average with card and curve; the run may go on afterwards."""
    z = np.random.default_rng(5).standard_normal((HELD_OUT, LATENT)).astype(np.float32)
    found, network, fakes = measure(folder, generator(WIDTH), z)
    last, limit, rows = found["rows"][-1], found["limit"], found["rows"]
    train_features = portrait_features(portraits(FACES).images)[1]
    held = portrait_features(portraits(HELD_OUT, first=FACES).images)[1]
    copies = find_copies(portrait_features(fakes)[1], train_features, held)
    lines = [f"| {r['step']} | {r['cpu']:.0f} | {r['frechet']:.3f} | {1000 * r['kernel']:.2f} | {r['precision']:.2f} | "
             f"{r['recall']:.2f} | {r['overlap']:.2f} | {r['coverage']:.2f} |" for r in rows[::2] + [last]]
    card = CARD.format(faces=FACES, held=found["faces"], steps=last["step"], batch=BATCH, cpu=last["cpu"] / 60,
                       table="\n".join(dict.fromkeys(lines)), half=found["faces"] // 2, closer=100 * copies.closer,
                       precision_=fast_policy().replace("_", " "),
                       **limit | {"kernel": 1000 * limit["kernel"]})
    path = register("portrait_generator", network, card, "64 px portraits of people of the cast whom nobody drew")
    (path.parent / "curve.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2400, help="training time in all, resumed parts included")
    options = parser.parse_args()
    folder = cache_dir() / "portrait_generator"
    folder.mkdir(parents=True, exist_ok=True)
    trainer, _ = train(options.seconds, folder)
    save_average(folder / f"step_{trainer.steps:06d}.npz", trainer)
    ship(folder)


CARD = """# portrait_generator

From 64 random numbers to a portrait of a person of the cast who was never drawn: a DCGAN generator, 64 x 64 on grey.
Lesson 04 trains it from scratch, breaks it and measures it.

- In and out: latent vectors f32 [N, 64], standard normal; pictures f32 [N, 64, 64, 3] in [0, 1].
- Data: {faces} rendered portraits of as many random people of the cast (course_lib/data/portraits.py), and their
  mirror images. None of the twelve named people, no real person.
- Training: {steps} steps of {batch} in {cpu:.0f} minutes of processor time on a shared machine of 2 cores,
  {precision_}; non-saturating loss with R1, Adam; this is the moving average of the generator's weights.
- Limits: portraits of the cast alone. What gives them away to the eye: specks beside a head, glasses with one rim,
  smeared eyes and mouths. It does not know who is in the picture, so it cannot be asked for anybody.
- Rebuild: `course checkpoints build portrait_generator` (about 45 minutes on 2 idle cores, resumable).

## Scores

{held} generated faces against {held} portraits of people it was not trained on, on the features of the checkpoint
portrait_regressor. The Frechet and kernel distances are of the kind of FID and KID, but on other features: do not compare
them with published numbers. overlap and coverage: of combinations of pose, skin, glasses, beard and hair.

| step | processor s | Frechet | 1000 x kernel | precision | recall | overlap | coverage |
|---|---|---|---|---|---|---|---|
{table}

Two sets of {half} real portraits score: Frechet {frechet:.3f}, 1000 x kernel {kernel:.2f}, precision {precision:.2f},
recall {recall:.2f}, overlap {overlap:.2f}, coverage {coverage:.2f}. Nearer to a training portrait than all but 1 % of
unseen real ones are: {closer:.1f} % of the generated.
"""


if __name__ == "__main__":
    main()
