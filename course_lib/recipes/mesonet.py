"""From forged clips of the cast to the shipped detectors: `python -m course_lib.recipes.mesonet meso4_cast`.

About 4 minutes on 2 idle cores for Meso4, 8 for MesoInception4, once the set is built (forgeries.build). Lesson 10.
"""
import argparse
import os
import time

import keras
import numpy as np

from course_lib import forgeries
from course_lib.checkpoints import find, load, register
from course_lib.metrics.calibration import temperature, with_temperature
from course_lib.metrics.detection import (
    auc,
    bootstrap,
    brier,
    confusion,
    eer,
    expected_calibration_error,
    log_loss,
    per_video,
    pool,
    tpr_at_fpr,
)
from course_lib.models.mesonet import meso4, mesoinception4
from course_lib.models.mesonet_inference import scorer
from course_lib.profile import cores
from course_lib.recipes import model_card
from course_lib.training import cosine, train_detector

NETWORKS = {"meso4_cast": meso4, "mesoinception4_cast": mesoinception4}
STEPS = {"meso4_cast": 2000, "mesoinception4_cast": 1500}
TRAINED_ON = ("real", "swap")
LEARNING_RATE, BATCH, SEED = 2e-3, 32, 1


def train(name, labelled, steps):
    """Train a detector, with early stopping on the validation split.

    Args:
        name: one of NETWORKS.
        labelled: a forgeries.Labelled.
        steps: training steps at most.
    Returns:
        (model, History).
    """
    keras.utils.set_random_seed(SEED)
    model = NETWORKS[name](forgeries.SIZE)
    train_set, val_set = (labelled.where(split=split, method=TRAINED_ON) for split in ("train", "val"))
    history = train_detector(model, train_set.images, train_set.fake, (val_set.images, val_set.fake), steps=steps,
                             batch=BATCH, loss="cross-entropy", learning_rate=cosine(LEARNING_RATE), patience=12,
                             seed=SEED)
    trained = NETWORKS[name](forgeries.SIZE)  # without the optimizer's state
    trained.set_weights(model.get_weights())
    return trained, history


def measure(model, labelled):
    """Measure a detector on the test split; its temperature is fitted on the validation split.

    Args:
        model: keras.Model, faces -> P(fake).
        labelled: a forgeries.Labelled.
    Returns:
        (rows of (method, frame AUC, video AUC as Interval, frame EER, video TPR at 1 % FPR, videos), dict of the
        other scores).
    """
    test, val = labelled.where(split="test"), labelled.where(split="val", method=TRAINED_ON)
    score = scorer(model)
    scores, val_scores = score(test.pictures()), score(val.pictures())
    rows = [_row(f"{method}, CRF {crf}" if crf else f"{method}, raw", test, scores, method, crf)
            for method in forgeries.METHODS for crf in forgeries.CRFS]
    known = np.isin(test.method, TRAINED_ON)
    fake, p = test.fake[known], scores[known]
    t = temperature(val.fake, val_scores)
    return rows, {
        "overall": _row("swap, all", test, scores, "swap", forgeries.CRFS), "accuracy": confusion(fake, p).accuracy,
        "log_loss": log_loss(fake, p), "brier": brier(fake, p), "ece": expected_calibration_error(fake, p),
        "temperature": t, "ece_after": expected_calibration_error(fake, with_temperature(p, t)),
        "frames": int(known.sum()), "people": len(np.unique(test.source)),
    }


def _row(title, test, scores, method, crf):
    """One line of the card: this method's fakes against the real clips of the same compression."""
    keep = np.isin(test.method, ("real", method)) & np.isin(test.crf, crf)
    fake, p, video, who = test.fake[keep], scores[keep], test.video[keep], test.source[keep]
    _, pooled = pool(p, video)
    video_fake = per_video(fake, video)
    interval = bootstrap(auc, video_fake, pooled, per_video(who, video), rounds=400)
    return title, auc(fake, p), interval, eer(fake, p), tpr_at_fpr(video_fake, pooled), int(video_fake.sum())


def table(rows):
    """Write the rows as a table.

    Args:
        rows: of measure.
    Returns:
        The table as Markdown.
    """
    lines = ["| fakes, all against real clips of that CRF | videos | AUC frame | AUC video (95 %) | EER frame | "
             "TPR at 1 % FPR, video |", "|---|---|---|---|---|---|"]
    return "\n".join(lines + [f"| {title} | {count} | {frame:.3f} | {video} | {100 * error:.1f} % | {100 * tpr:.0f} % |"
                              for title, frame, video, error, tpr, count in rows])


def scores(name, model, labelled):
    """Measure a detector, and write its scores as the section of a card.

    Args:
        name: one of NETWORKS.
        model: keras.Model, faces -> P(fake).
        labelled: a forgeries.Labelled.
    Returns:
        Markdown, from its heading on.
    """
    rows, found = measure(model, labelled)
    _, frame, interval, error, _, _ = found["overall"]
    return model_card(
        "mesonet_scores", name=name, test_people=found["people"], area=interval, frame=frame, error=100 * error,
        frames=found["frames"], accuracy=100 * found["accuracy"], log_loss=found["log_loss"], brier=found["brier"],
        ece=found["ece"], temperature=found["temperature"], ece_after=found["ece_after"], table=table(rows))


def ship(name, steps):
    """Train, measure and ship one detector.

    Args:
        name: one of NETWORKS.
        steps: training steps at most.
    """
    labelled = forgeries.build("laptop")
    began = time.process_time()
    model, history = train(name, labelled, steps)
    cpu = time.process_time() - began
    train_set = labelled.where(split="train", method=TRAINED_ON)
    card = model_card(
        "mesonet", name=name, network={"meso4_cast": "Meso4", "mesoinception4_cast": "MesoInception4"}[name],
        size=forgeries.SIZE, coverage=forgeries.COVERAGE, pictures=len(train_set),
        people=len(np.unique(train_set.source)), steps=len(history.steps), batch=BATCH, seconds=history.seconds,
        cores=cores(), cpu=cpu, rate=LEARNING_RATE, validations=len(history.validation))
    card = f"{card.strip()}\n\n{scores(name, model, labelled)}"
    print(card, f"load of the machine: {os.getloadavg()[0]:.1f}")
    register(name, model, card, "P(fake) of a face of the cast, trained on swaps")


def measure_again(name):
    """Renew the scores in the card of a shipped detector.

    Args:
        name: one of NETWORKS.
    """
    card = find(name).path.with_name("card.md")
    before = card.read_text(encoding="utf-8").split("## Scores")[0].strip()
    text = scores(name, load(name), forgeries.build("laptop"))
    print(text)
    card.write_text(f"{before}\n\n{text.strip()}\n", encoding="utf-8")


def main():
    """Ship the checkpoint named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=list(NETWORKS))
    parser.add_argument("--steps", type=int, help="steps of training; 2000 for Meso4, 1500 for MesoInception4")
    parser.add_argument("--measure", action="store_true", help="only measure the shipped detector and renew its card")
    options = parser.parse_args()
    if options.measure:
        measure_again(options.name)
    else:
        ship(options.name, options.steps or STEPS[options.name])


if __name__ == "__main__":
    main()
