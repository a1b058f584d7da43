"""What the parts of the First Order Motion Model are worth: `python -m course_lib.experiments.animation_ablation`.

Five networks are trained from scratch: the full model of 2019, one without Jacobians (Monkey-Net's motion), one without
an occlusion map, one whose perceptual loss compares at a single scale, and one with the warped skips of 2021. Those of
one seed see the same batches in the same order, for the same number of steps. All are measured on people whom none has
seen, against the exact picture and the exact motion; the full model also with the exact flow in place of its own.
Stored in datasets/runs/animation_ablation.json; runs in the file are not repeated, so that an interrupted one resumes.
Lesson 07.
"""
import argparse
import json
from dataclasses import asdict, replace

import numpy as np

from course_lib.checkpoints import DATASETS
from course_lib.data.clips import HELD_OUT, SIDE, motion_clips
from course_lib.experiments.paired import differences
from course_lib.experiments.stored import write_run
from course_lib.metrics.animation import by_person
from course_lib.metrics.animation_table import COLUMNS, FORMS, as_text, reconstruction_pairs, reconstructions, score
from course_lib.models.first_order import Size, animator
from course_lib.models.first_order_inference import as_flow, displacement, drive, find_keypoints, paint
from course_lib.profile import cache_dir
from course_lib.training.animation import LEARNING_RATE, SCALES, frame_pairs, new_trainer
from course_lib.training.fit import cosine, fit
from course_lib.training.history import rest_of
from course_lib.training.precision import precision

FILE = DATASETS / "runs" / "animation_ablation.json"
SIZE = Size(SIDE, 10, 2, (8, 64, 3), (12, 48, 3), (12, 24, 1, 2))  # half of SMALL's widths
FULL = "full model"
VARIANTS = {FULL: (SIZE, SCALES), "no Jacobians": (replace(SIZE, jacobians=False), SCALES),
            "no occlusion map": (replace(SIZE, occlusion=False), SCALES), "no pyramid": (SIZE, 1),
            "with warped skips": (replace(SIZE, skips=True), SCALES)}
ORACLE = "full, given the exact flow"
SEEDS, STEPS, BATCH = (0,), 500, 8
EVERY = 20  # steps over which the loss is averaged
CLIPS, MEASURED = 100, 40  # of training, held out; each of another person
SETTINGS = {"steps": STEPS, "batch": BATCH, "clips": CLIPS, "measured": MEASURED,
            "size": json.loads(json.dumps(asdict(SIZE))), "selection": "none"}


def read():
    """Reads the stored runs.

    Returns:
        {"settings": dict, "baselines": method -> measure -> list by held-out person, "runs": [{"variant", "seed",
        "seconds", "losses": the mean over every EVERY steps, and measure -> list by held-out person; for the full model
        also ORACLE -> the same}]}.
    Lesson 07.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def by_variant(record, measure):
    """One number for each variant and held-out person, the mean over seeds; the baselines' too.

    Args:
        record: of read.
        measure: a key of metrics.animation_table.COLUMNS.
    Returns:
        Dict of variant, ORACLE or baseline -> f64 [people].
    Lesson 07.
    """
    rows = {variant: np.mean([run[measure] for run in record["runs"] if run["variant"] == variant], 0)
            for variant in VARIANTS}
    rows[ORACLE] = np.mean([run[ORACLE][measure] for run in record["runs"] if ORACLE in run], 0)
    return rows | {name: np.array(row[measure]) for name, row in record["baselines"].items()}


def changes(record, measure):
    """What leaving a part out changes against the full model, paired by held-out person.

    Args:
        record: of read.
        measure: a key of metrics.animation_table.COLUMNS.
    Returns:
        Dict of variant -> (differences f64 [people], half of the 95 % interval of their mean).
    Lesson 07.
    """
    rows = by_variant(record, measure)
    return differences({name: rows[name] for name in VARIANTS}, FULL)


def by_seed(record, measure):
    """The mean change against the full model for each seed of training alone.

    Args:
        record: of read.
        measure: a key of metrics.animation_table.COLUMNS.
    Returns:
        Dict of variant -> list of floats, one for each seed.
    Lesson 07.
    """
    means = {(run["variant"], run["seed"]): np.mean(run[measure]) for run in record["runs"]}
    return {variant: [float(means[variant, seed] - means[FULL, seed]) for seed in SEEDS] for variant in VARIANTS
            if variant != FULL}


def train(variant, seed, steps=STEPS, **options):
    """Trains one network; a finished run is read from the cache.

    Args:
        variant: a key of VARIANTS.
        seed: of the weights and of the order of the pairs.
        steps: of training.
        options: of training.fit.
    Returns:
        (an animator in float32, History).
    Lesson 07.
    """
    size, scales = VARIANTS[variant]
    trainer, clips = new_trainer(size, seed, scales=scales), motion_clips(CLIPS, quiet=True)
    file = cache_dir() / "animation_ablation" / f"{variant.replace(' ', '_')}_{seed}_{steps}.npz"
    file.parent.mkdir(parents=True, exist_ok=True)
    pairs = rest_of(frame_pairs(clips.images, np.random.default_rng(seed), BATCH), file, trainer)
    history = fit(trainer, pairs, steps=steps, learning_rate=cosine(LEARNING_RATE), checkpoint=file, resume=True,
                  save_every=30, **options)
    with precision("float32"):
        plain = animator(size)
    plain.set_weights(trainer.model.get_weights())
    return plain, history


def animate(model, pairs, exact=False):
    """The sources, driven by the later frames.

    Args:
        model: an animator.
        pairs: animation_table.Pairs.
        exact: whether the exact flow replaces the network's; the occlusion map stays its own.
    Returns:
        (images f32 [N, 64, 64, 3], displacements f32 [N, 64, 64, 2]).
    Lesson 07.
    """
    made = drive(model, pairs.sources.rgb, *(find_keypoints(model, f.rgb) for f in (pairs.sources, pairs.driving)))
    if not exact:
        return made.images, np.stack([displacement(flow, SIDE) for flow in made.flow])
    moves = np.stack([motion.flow for motion in pairs.motions])
    flows = np.stack([as_flow(move, made.flow.shape[1]) for move in moves])
    return paint(model.get_layer("generator"), pairs.sources.rgb, flows, made.occlusion), moves


def measure(images, moves, pairs):
    """The measures of one method by person.

    Args:
        images, moves: of animation_table.reconstructions.
        pairs: animation_table.Pairs.
    Returns:
        Dict whose keys metrics.animation_table.COLUMNS names, of lists of floats.
    Lesson 07.
    """
    people = np.unique(pairs.people)
    return {name: [round(float(values[pairs.people == k].mean()), 4) for k in people]
            for name, values in score(images, moves, pairs).items()}


def table(record):
    """The measurements as text, each mean with its 95 % interval by person.

    Args:
        record: of read.
    Returns:
        A str.
    Lesson 07.
    """
    rows = {key: by_variant(record, key) for key in ("l1", "psnr", "akd", "epe", "aed")}
    return as_text({name: {COLUMNS[key]: (FORMS[key], *by_person(row[name], range(len(row[name]))))
                           for key, row in rows.items()} for name in rows["l1"]})


def main():
    """Trains and measures the runs that are not stored yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=len(VARIANTS) * len(SEEDS), help="runs at most in this call")
    left, pairs = parser.parse_args().most, reconstruction_pairs(motion_clips(MEASURED, HELD_OUT, quiet=True))
    record = read() if FILE.is_file() else {}
    if record.get("settings") != SETTINGS:
        record = {"settings": SETTINGS, "runs": [], "baselines": {
            name: measure(*made, pairs) for name, made in reconstructions(None, pairs).items()}}
    stored = {(run["variant"], run["seed"]) for run in record["runs"]}
    for variant, seed in [(v, s) for s in SEEDS for v in VARIANTS if (v, s) not in stored][:left]:
        model, history = train(variant, seed, quiet=True)
        if history.stopped != "done":
            break  # interrupted: the next call goes on from here
        run = {"variant": variant, "seed": seed, "seconds": round(history.seconds),
               "losses": np.reshape(history.losses, (-1, EVERY)).mean(1).round(3).tolist(),
               **measure(*animate(model, pairs), pairs)}
        if variant == FULL:
            run[ORACLE] = measure(*animate(model, pairs, exact=True), pairs)
        record["runs"].append(run)
        write_run(FILE, record)
        print({k: round(float(np.mean(v)), 3) if isinstance(v, list) else v for k, v in run.items() if k != ORACLE},
              flush=True)


if __name__ == "__main__":
    main()
