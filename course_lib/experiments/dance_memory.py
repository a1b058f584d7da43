"""Two dancers, with and without the frame before: `python -m course_lib.experiments.dance_memory`.

Everybody Dance Now shows its generator the frame before. Here one network is trained with it and one without, where
that input is always black, in pairs of equal first weights, footage, batches and steps; the discriminator looks at two
frames in both. They are measured on drivers whom neither has seen, against the exact pictures. The network with the
frame before is also run without it, since half of its training rows began so. Stored in
datasets/runs/dance_memory.json; runs in the file are not repeated, so that an interrupted one resumes. Lesson 07.
"""
import argparse
import json

import numpy as np

from course_lib.checkpoints import DATASETS
from course_lib.data.dances import TARGET, target_footage
from course_lib.experiments.paired import differences
from course_lib.experiments.stored import write_run
from course_lib.metrics.dance import COLUMNS, measure_dances
from course_lib.models.everybody_dance_inference import in_float32
from course_lib.profile import cache_dir
from course_lib.training.everybody_dance import BATCH, LEARNING_RATE, footage_batches, new_dance_trainer, train_dancer
from course_lib.training.fit import cosine
from course_lib.training.history import rest_of

FILE = DATASETS / "runs" / "dance_memory.json"
NETWORKS = {"with the frame before": True, "without it": False}
SWITCHED_OFF = "switched off afterwards"
JOINTS = ("exact joints", "normalised")  # what the networks are given: the truth's skeleton, the driver's, normalised
SEEDS, STEPS, CLIPS, DRIVERS = (0, 1), 150, 24, 6
EVERY = 5  # steps over which the parts of the loss are averaged
SETTINGS = {"target": TARGET, "steps": STEPS, "batch": BATCH, "clips": CLIPS, "drivers": DRIVERS, "selection": "none"}


def read():
    """Reads the stored runs.

    Returns:
        {"settings": dict, "runs": [{"network": a key of NETWORKS, or SWITCHED_OFF, "seed", "seconds", "parts": part of
        the loss -> its mean over every EVERY steps, and for each of JOINTS measure -> list by driver}]}.
    Lesson 07.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def by_network(record, measure, joints="normalised"):
    """One number for each network and driver, the mean over seeds.

    Args:
        record: of read.
        measure: a key of metrics.dance.COLUMNS.
        joints: one of JOINTS.
    Returns:
        Dict of network -> f64 [drivers].
    Lesson 07.
    """
    return {name: np.mean([run[joints][measure] for run in record["runs"] if run["network"] == name], 0)
            for name in (*NETWORKS, SWITCHED_OFF)}


def changes(record, measure, joints="normalised"):
    """What leaving out the frame before changes, paired by driver.

    Args:
        record: of read.
        measure: a key of metrics.dance.COLUMNS.
        joints: one of JOINTS.
    Returns:
        Dict of network -> (differences f64 [drivers], half of the 95 % interval of their mean).
    Lesson 07.
    """
    return differences(by_network(record, measure, joints), next(iter(NETWORKS)))


def train(network, seed, steps=STEPS, **options):
    """Trains one network; a finished run is read from the cache.

    Args:
        network: a key of NETWORKS.
        seed: of the weights and of the order of the frames.
        steps: of training.
        options: of training.fit.
    Returns:
        (the generator in float32, History).
    Lesson 07.
    """
    trainer = new_dance_trainer(seed, memory=NETWORKS[network])
    images, joints, _ = target_footage(CLIPS, quiet=True)
    file = cache_dir() / "dance_memory" / f"{network.replace(' ', '_')}_{seed}_{steps}.npz"
    file.parent.mkdir(parents=True, exist_ok=True)
    batches = rest_of(footage_batches(images, joints, np.random.default_rng(seed)), file, trainer)
    history = train_dancer(trainer, batches, steps=steps, learning_rate=cosine(LEARNING_RATE), checkpoint=file,
                           resume=True, save_every=30, validations=steps // EVERY, validation=lambda _: {
                               name: np.mean([row[name] for row in trainer.parts[-EVERY:]]) for name in
                               trainer.parts[-1]}, **options)
    return in_float32(trainer.model), history


def measure(model, remember):
    """The measures of one network.

    Args:
        model: a generator.
        remember: whether it sees its frame before.
    Returns:
        Dict of JOINTS -> measure -> list of floats, by driver.
    Lesson 07.
    """
    rows = measure_dances(model, range(DRIVERS), JOINTS, remember=remember)
    return {way: {key: np.round(values, 4).tolist() for key, values in row.items()} for way, row in rows.items()}


def table(record):
    """The measurements as text: the mean of drivers and seeds.

    Args:
        record: of read.
    Returns:
        A str.
    Lesson 07.
    """
    form = {"l1": "{:.4f}", "psnr": "{:.2f}", "flicker": "{:.2f}"}
    lines = [" " * 38 + "".join(f"{COLUMNS[key]:>18}" for key in form)]
    for joints in JOINTS:
        for name in (*NETWORKS, SWITCHED_OFF):
            cells = [form[key].format(by_network(record, key, joints)[name].mean()) for key in form]
            lines.append(f"{f'{name}, {joints}':38}" + "".join(f"{cell:>18}" for cell in cells))
    return "\n".join(lines)


def main():
    """Trains and measures the runs that are not stored yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=len(NETWORKS) * len(SEEDS), help="networks at most in this call")
    left = parser.parse_args().most
    record = read() if FILE.is_file() else {}
    if record.get("settings") != SETTINGS:
        record = {"settings": SETTINGS, "runs": []}
    stored = {(run["network"], run["seed"]) for run in record["runs"]}
    for network, seed in [(n, s) for s in SEEDS for n in NETWORKS if (n, s) not in stored][:left]:
        model, history = train(network, seed, quiet=True)
        if history.stopped != "done":
            break  # interrupted: the next call goes on from here
        parts = {name: [round(float(row[name]), 4) for row in history.validation] for name in history.validation[0]
                 if name not in ("step", "time")}
        shared = {"seed": seed, "seconds": round(history.seconds), "parts": parts}
        runs = [{"network": network, **shared, **measure(model, NETWORKS[network])}]
        if NETWORKS[network]:
            runs.append({"network": SWITCHED_OFF, **shared, **measure(model, False)})
        record["runs"] += runs
        write_run(FILE, record)
        for run in runs:
            print(run["network"], seed, run["seconds"], "s", {k: round(float(np.mean(v)), 3) for k, v in
                                                              run["normalised"].items()}, flush=True)


if __name__ == "__main__":
    main()
