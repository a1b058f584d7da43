"""From forged clips of the cast to the shipped detectors: `python -m course_lib.recipes.mesonet meso4_cast`.

About 4 minutes on 2 idle cores for Meso4, 8 for MesoInception4, once the set is built (forgeries.build). Lesson 10.
"""
import argparse
import os
import time

import keras
import numpy as np

from course_lib import forgeries
from course_lib.checkpoints import register
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
from course_lib.training import cosine, train_detector

NETWORKS = {"meso4_cast": meso4, "mesoinception4_cast": mesoinception4}
STEPS = {"meso4_cast": 2000, "mesoinception4_cast": 1500}
TRAINED_ON = ("real", "swap")
RATE, BATCH, SEED = 2e-3, 32, 1


def train(name, labelled, steps):
    """Trains one of NETWORKS on the set's side for training, stopped by its side for validation: (model, History)."""
    keras.utils.set_random_seed(SEED)
    model = NETWORKS[name](forgeries.SIZE)
    learn, check = (labelled.where(split=side, method=TRAINED_ON) for side in ("train", "val"))
    history = train_detector(model, learn.images, learn.fake, (check.images, check.fake), steps=steps, batch=BATCH,
                             loss="cross-entropy", learning_rate=cosine(RATE), patience=12, seed=SEED)
    trained = NETWORKS[name](forgeries.SIZE)  # without the optimizer's state
    trained.set_weights(model.get_weights())
    return trained, history


def measure(model, labelled):
    """What the card tells: (rows of (method, AUC of frames, of videos as Interval, EER, TPR at 1 %), dict of the rest).

    All on the test side, whose people nobody trained or chose on; the temperature is found on the validation side.
    """
    test, check = labelled.where(split="test"), labelled.where(split="val", method=TRAINED_ON)
    score = scorer(model)
    scores, checked = score(test.pictures()), score(check.pictures())
    rows = [_row(f"{method}, CRF {crf}" if crf else f"{method}, raw", test, scores, method, crf)
            for method in forgeries.METHODS for crf in forgeries.CRFS]
    known = np.isin(test.method, TRAINED_ON)
    fake, said = test.fake[known], scores[known]
    by = temperature(check.fake, checked)
    return rows, {
        "overall": _row("swap, all", test, scores, "swap", forgeries.CRFS), "accuracy": confusion(fake, said).accuracy,
        "log_loss": log_loss(fake, said), "brier": brier(fake, said), "ece": expected_calibration_error(fake, said),
        "temperature": by, "ece_after": expected_calibration_error(fake, with_temperature(said, by)),
        "frames": int(known.sum()), "people": len(np.unique(test.source)),
    }


def _row(title, test, scores, method, crf):
    """One line of the card: this method's fakes against the real clips of the same compression."""
    keep = np.isin(test.method, ("real", method)) & np.isin(test.crf, crf)
    fake, said, video, who = test.fake[keep], scores[keep], test.video[keep], test.source[keep]
    _, pooled = pool(said, video)
    of_video = per_video(fake, video)
    area = bootstrap(auc, of_video, pooled, per_video(who, video), rounds=400)
    return title, auc(fake, said), area, eer(fake, said), tpr_at_fpr(of_video, pooled), int(of_video.sum())


def table(rows):
    """The rows as Markdown."""
    lines = ["| fakes, all against real clips of that CRF | videos | AUC frame | AUC video (95 %) | EER frame | "
             "TPR at 1 % FPR, video |", "|---|---|---|---|---|---|"]
    return "\n".join(lines + [f"| {title} | {count} | {frame:.3f} | {video} | {100 * error:.1f} % | {100 * tpr:.0f} % |"
                              for title, frame, video, error, tpr, count in rows])


CARD = """# {name}

{network} for faces of the cast at {size} pixels: P(fake). Lesson 10.

- In and out: faces f32 RGB [N, {size}, {size}, 3] in [0, 1], cut by faces.align_five with coverage {coverage}; P(fake)
  [N, 1]. Published for 256 pixels; at {size} the first dense layer is smaller, all else is the same.
- Data: forgeries.build, laptop profile: {pictures} crops of {people} synthetic people, real and face-swapped, raw and
  H.264 at CRF 23 and 40. Validation and test hold other people, as source and as target. No real person is in it.
- Training: {steps} steps of {batch} in {seconds:.0f} s on {cores} cores of a shared machine ({cpu:.0f} s of processor
  time), cross-entropy, Adam with a cosine from {rate:g}, both classes weighing alike, training.augment_faces; the best of
  {validations} validations.
- Scores in its own method (swap, all compressions), {test_people} people it has never seen: video AUC {area}, frame AUC
  {frame:.3f}, EER {error:.1f} %; over {frames} frames accuracy {accuracy:.1f} %, log loss {log_loss:.3f}, Brier
  {brier:.3f}, expected calibration error {ece:.3f} (with the temperature {temperature:.2f}, found on the few people of
  the validation side: {ece_after:.3f}).
- Limits: it knows one way of swapping faces of rendered people. The table shows how far it falls where the method is
  another. On photographs its score means nothing: never use it to judge a person's picture.
- Rebuild: `python -m course_lib.recipes.mesonet {name}`

## Scores by method and compression

Trained on real and swap alone; every line below but the swaps is a method that it has never seen. Videos are pooled by
the mean of their frames; the intervals redraw people.

{table}
"""


def ship(name, steps):
    """Trains, measures and registers one detector."""
    labelled = forgeries.build("laptop")
    began = time.process_time()
    model, history = train(name, labelled, steps)
    cpu = time.process_time() - began
    rows, rest = measure(model, labelled)
    _, frame, area, error, _, _ = rest["overall"]
    learned = labelled.where(split="train", method=TRAINED_ON)
    card = CARD.format(
        name=name, network={"meso4_cast": "Meso4", "mesoinception4_cast": "MesoInception4"}[name], size=forgeries.SIZE,
        coverage=forgeries.COVERAGE, pictures=len(learned), people=len(np.unique(learned.source)),
        steps=len(history.steps), batch=BATCH, seconds=history.seconds, cores=cores(), cpu=cpu, rate=RATE,
        validations=len(history.validation), test_people=rest["people"], area=area, frame=frame, error=100 * error,
        frames=rest["frames"], accuracy=100 * rest["accuracy"], log_loss=rest["log_loss"], brier=rest["brier"],
        ece=rest["ece"], temperature=rest["temperature"], ece_after=rest["ece_after"], table=table(rows))
    print(card, f"load of the machine: {os.getloadavg()[0]:.1f}")
    register(name, model, card, "P(fake) of a face of the cast, trained on swaps")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=list(NETWORKS))
    parser.add_argument("--steps", type=int, help="steps of training; 2000 for Meso4, 1500 for MesoInception4")
    options = parser.parse_args()
    ship(options.name, options.steps or STEPS[options.name])


if __name__ == "__main__":
    main()
