"""A DCGAN generator of portraits of people who do not exist: `python -m course_lib.recipes.portrait_generator`.

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
from course_lib.recipes import model_card
from course_lib.show import encode_sheet, image_sheet
from course_lib.training.gan_trainer import noise_batches, train_gan
from course_lib.training.portrait_gan import WIDTH, new_trainer
from course_lib.training.precision import fast_policy

FACES, HELD_OUT = 8000, 2000
BATCH = 32


def train(seconds, folder):
    """Train the generator; snapshots of its moving average are kept at growing distances, to be measured later.

    Args:
        seconds: training time in all, earlier parts of a stopped run included.
        folder: Path for run.npz, from which a stopped run goes on, and the snapshots step_<number>.npz.
    Returns:
        (GANTrainer, History).
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
    """Make a watch for training.gan_trainer.train_gan that saves snapshots of the moving average.

    Args:
        folder: Path for the snapshots.
        began: processor time at which the run began, seconds.
        growth: factor from the step of one snapshot to that of the next.
        first: from this many steps on, times growth.
    Returns:
        A function: GANTrainer -> dict of cpu (processor seconds since began) and load (of the machine).
    """
    def watch(trainer):
        step = trainer.steps
        saved = [int(f.stem.split("_")[1]) for f in folder.glob("step_*.npz")]
        if step >= growth * max(saved, default=first):
            save_average(folder / f"step_{step:06d}.npz", trainer)
        return {"cpu": time.process_time() - began, "load": os.getloadavg()[0]}

    return watch


def save_average(path, trainer):
    """Write the weights of a trainer's moving average into one .npz, whole or not at all.

    Args:
        path: Path of the file.
        trainer: a training.gan_trainer.GANTrainer.
    """
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, *trainer.generator_ema.get_weights())  # noqa: B026
    part.replace(path)


def measure(folder, network, inputs, shown=16):
    """Measure every snapshot of a run against as many real portraits of people who were not trained on.

    Args:
        folder: Path with run.npz and the snapshots.
        network: the generator, whose weights are replaced by each snapshot's.
        inputs: latents [N, ...], or a list of arrays, for N faces.
        shown: how many faces the curve keeps as a sample.
    Returns:
        (dict of rows, limit and faces; network with the last weights; its faces f32 [N, 64, 64, 3]).
    """
    count = len(inputs[0]) if isinstance(inputs, list) else len(inputs)
    real = portraits(2 * count, first=FACES)
    all_values, all_features = portrait_features(real.images)
    values, features = all_values[:count], all_features[:count]
    rows, cpu_seconds = [], {m["step"]: m["cpu"] for m in load_moments(folder)}
    for file in sorted(folder.glob("step_*.npz")):
        step = int(file.stem.split("_")[1])
        with np.load(file, allow_pickle=False) as weights:
            network.set_weights([weights[name] for name in weights.files])
        fakes = network.predict(inputs, batch_size=250, verbose=0)
        row = evaluate_portraits(values, features, *portrait_features(fakes))
        cpu = float(np.interp(step, list(cpu_seconds), list(cpu_seconds.values())))
        rows.append({"step": step, "cpu": cpu, **row,
                     "sample": encode_sheet(image_sheet(fakes[:shown]))})
        print({k: v for k, v in rows[-1].items() if k != "sample"}, flush=True)
    # two sets of real people, as large as the generated ones, score what no generator can be expected to beat
    limit = evaluate_portraits(values, features, all_values[count:], all_features[count:])
    return {"rows": rows, "limit": limit, "faces": count}, network, fakes


def load_moments(folder):
    """Read the history that train left in a folder.

    Args:
        folder: Path with run.npz.
    Returns:
        List of dicts with step, cpu, load and what train_gan records.
    """
    with np.load(folder / "run.npz", allow_pickle=False) as file:
        return json.loads(str(file["history"]))["validation"]


def ship(folder):
    """Measure the run so far and ship its last moving average with card and curve; the run may go on afterwards.

    Args:
        folder: Path with run.npz and the snapshots.
    """
    z = np.random.default_rng(5).standard_normal((HELD_OUT, LATENT)).astype(np.float32)
    curve, network, fakes = measure(folder, generator(WIDTH), z)
    last, limit, rows = curve["rows"][-1], curve["limit"], curve["rows"]
    train_features = portrait_features(portraits(FACES).images)[1]
    held = portrait_features(portraits(HELD_OUT, first=FACES).images)[1]
    copies = find_copies(portrait_features(fakes)[1], train_features, held)
    lines = [f"| {r['step']} | {r['cpu']:.0f} | {r['frechet']:.3f} | {1000 * r['kernel']:.2f} | {r['precision']:.2f} | "
             f"{r['recall']:.2f} | {r['overlap']:.2f} | {r['coverage']:.2f} |" for r in rows[::2] + [last]]
    card = model_card(
        "portrait_generator", faces=FACES, held=curve["faces"], steps=last["step"], batch=BATCH, cpu=last["cpu"] / 60,
        table="\n".join(dict.fromkeys(lines)), closer=100 * copies.closer,
        precision_=fast_policy().replace("_", " "), **limit | {"kernel": 1000 * limit["kernel"]})
    path = register("portrait_generator", network, card,
                    "64 px portraits in the style of the cast, of people who do not exist there (DCGAN)")
    (path.parent / "curve.json").write_text(json.dumps(curve) + "\n", encoding="utf-8")


def main():
    """Train, measure and ship the checkpoint portrait_generator."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2400, help="training time in all, resumed parts included")
    options = parser.parse_args()
    folder = cache_dir() / "portrait_generator"
    folder.mkdir(parents=True, exist_ok=True)
    trainer, _ = train(options.seconds, folder)
    save_average(folder / f"step_{trainer.steps:06d}.npz", trainer)
    ship(folder)


if __name__ == "__main__":
    main()
