"""What a change of the training buys at equal budget: `python -m course_lib.experiments.robustness_training`.

One set of real faces, one number of steps; what differs is the augmentation, where the fakes come from, or the network.
Beside it stand two detectors without a network. Stored in datasets/runs/robustness_training.json. Lesson 13.
"""
import argparse
import json
import os
from functools import partial

import keras
import numpy as np

from course_lib import forgeries
from course_lib.attacks.gradients import logit_of
from course_lib.checkpoints import DATASETS
from course_lib.experiments.robustness import NAMES, laundered
from course_lib.experiments.robustness_matrix import CODECS
from course_lib.experiments.stored import write_run
from course_lib.faces.align import canonical
from course_lib.forensics.evidence import grey
from course_lib.forensics.fingerprint import radial_spectrum
from course_lib.forensics.spectra import azimuthal, dct_statistics, fall
from course_lib.forgeries.build import COVERAGE, SIZE
from course_lib.metrics.detection import per_video
from course_lib.models.mesonet import meso4
from course_lib.models.xception import xception
from course_lib.training import cosine, fit
from course_lib.training.detector import batches
from course_lib.training.robust_augment import blur_and_jpeg, dfdc_winner

FILE = DATASETS / "runs" / "robustness_training.json"
SIDE, STEPS, BATCH, LEARNING_RATE, SEEDS = 64, 600, 32, 2e-3, (1,)
LANDMARKS = canonical(SIZE, COVERAGE) - np.float32([32, 40])  # in the centre of the crop, see forgeries.centre
ARMS = {  # name -> (network, method of the training fakes, augmentation)
    "plain": (meso4, "swap", None),
    "blur and JPEG": (meso4, "swap", blur_and_jpeg),
    "DFDC winner": (meso4, "swap", lambda faces, rng: dfdc_winner(faces, LANDMARKS, rng)),
    "self-blended": (meso4, "self_blended", None),
    "Xception": (partial(xception, width=0.25), "swap", None)}
FIXED = ("frequencies", "spectrum alone")  # logistic regression; the evidence of lesson 11 as it is


def read():
    """Read the stored logits.

    Returns:
        {"person": [V], "steps", "logits": arm -> list over seeds of launderer -> codec -> method -> [V]}; the
        logits of "spectrum alone" are its score.
    Lesson 13.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def frequencies(images):
    """The features of the frequency detector: radial spectrum of each colour and DCT statistics.

    Args:
        images: f32 [N, S, S, 3].
    Returns:
        f64 [N, D].
    References:
        Durall et al. 2020; Frank et al. 2020.
    Lesson 13.
    """
    spectra = radial_spectrum(images)[1].reshape(len(images), -1)
    return np.concatenate([spectra, [dct_statistics(image).ravel() for image in images]], 1)


def train(arm, labelled, seed=1, steps=STEPS, checkpoint=None):
    """Train one arm on the raw crops of the training people.

    Args:
        arm: A key of ARMS.
        labelled: forgeries.Labelled.
        seed: Of weights and batches.
        steps: Training steps.
        checkpoint: File from which a stopped run goes on.
    Returns:
        keras.Model.
    Lesson 13.
    """
    network, method, change = ARMS[arm]
    known = labelled.where(split="train", method=("real", method), crf=0)
    source = batches(forgeries.centre(known.images), known.fake, BATCH, seed)
    if change:
        source = _changed(source, change, seed)
    keras.utils.set_random_seed(seed)
    model = network(SIDE)
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss="binary_crossentropy", jit_compile=False)
    fit(model, source, steps=steps, learning_rate=cosine(LEARNING_RATE), checkpoint=checkpoint, save_every=30.0,
        resume=checkpoint is not None, quiet=True)
    return model


def _changed(source, change, seed):
    rng = np.random.default_rng([seed, 1])
    for faces, labels, weights in source:
        yield change(faces, rng), labels, weights


def detectors(labelled, folder, steps=STEPS, names=(*ARMS, *FIXED)):
    """Detectors: (arm, number of the seed) -> function from centres f32 [N, 64, 64, 3] to logits.

    Args:
        labelled: forgeries.Labelled.
        folder: Where trained networks are kept.
        steps: Training steps; 0 takes only those that have been trained.
        names: Which ones, of ARMS and FIXED.
    Returns:
        Dict.
    Lesson 13.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    found = {}
    for k, seed in enumerate(SEEDS):
        for arm in (name for name in ARMS if name in names):
            file = os.path.join(folder, f"{arm.replace(' ', '_')}_{seed}.weights.h5")
            if os.path.isfile(file):
                model = ARMS[arm][0](SIDE)
                model.load_weights(file)
            elif not steps:
                continue
            else:
                model = train(arm, labelled, seed, steps)
                model.save_weights(file)
                print(arm, seed, "trained", flush=True)
            found[arm, k] = _batched(logit_of(model))
    if not set(FIXED) & set(names):
        return found
    known = labelled.where(split="train", method=("real", "swap"), crf=0)
    regression = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
    regression.fit(frequencies(forgeries.centre(known.pictures())), known.fake)
    found["frequencies", 0] = lambda images: regression.decision_function(frequencies(images))
    found["spectrum alone", 0] = lambda images: np.array([fall(*azimuthal(grey(image))) for image in images])
    return found


def _batched(logit):
    return lambda images: np.concatenate([np.asarray(logit(images[k:k + 64])) for k in range(0, len(images), 64)])


def main():
    """Train, score, store after every launderer; what is stored of a detector is not trained or measured again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", default=".", help="where the trained networks are kept")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--only", choices=("train", "score"), help="one half of the work")
    options = parser.parse_args()
    labelled = forgeries.build("laptop")
    record = {"logits": {}} | (read() if FILE.is_file() else {})
    names = [name for name in (*ARMS, *FIXED) if not _complete(record["logits"].get(name, ()))]
    found = detectors(labelled, options.folder, 0 if options.only == "score" else options.steps, names)
    if options.only == "train":
        return
    test = labelled.where(split="test", frame=0)
    first = test.where(method="real", crf=0)
    record |= {"person": per_video(first.source, first.video).tolist(), "steps": options.steps}
    for arm, k in found:
        tables = record["logits"].setdefault(arm, [])
        tables += [{}] * (k + 1 - len(tables))
    for name in NAMES:
        wanted = [key for key in found if name not in record["logits"][key[0]][key[1]]]
        centres = forgeries.centre(laundered(test.pictures(), name)) if wanted else None
        for arm, k in wanted:
            values = found[arm, k](centres)
            record["logits"][arm][k] = record["logits"][arm][k] | {name: {codec: {
                method: _videos(values, test, method, crf) for method in ("real", *forgeries.METHODS)}
                for codec, crf in zip(CODECS, forgeries.CRFS, strict=True)}}
        _store(record)
        print(name, len(wanted), flush=True)


def _complete(tables):
    return len(tables) > 0 and all(set(table) == set(NAMES) for table in tables)


def _store(record):
    write_run(FILE, record, separators=(",", ":"))


def _videos(values, labelled, method, crf):
    chosen = (labelled.method == method) & (labelled.crf == crf)
    order = np.argsort(labelled.video[chosen], kind="stable")
    return [round(float(v), 2) for v in values[chosen][order]]


if __name__ == "__main__":
    main()
