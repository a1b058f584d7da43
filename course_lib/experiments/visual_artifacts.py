"""Features of Matern et al. of training and test people, and what three classifiers make of them. Lesson 11."""
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from course_lib.experiments.evidence import forgeries_of, gallery, under
from course_lib.forensics.visual_artifacts import PIPELINES, classifiers, features
from course_lib.forgeries import SPLITS
from course_lib.forgeries.odd_eyes import odd_eyes
from course_lib.forgeries.photographs import photographs
from course_lib.metrics.detection import auc, bootstrap

METHODS = {"eye colour": ("iris colour", "swap"), "eyes and teeth": ("swap", "warped", "resampled"),
           "nose and border": ("swap", "warped", "resampled")}
EACH = 1


def measure(each=EACH):
    """The features of real and forged photographs of the training and of the test people.

    Args:
        each: Photographs of each training person.
    Returns:
        "train" (raw) and "test" (raw, c23): {"person": [N], condition: {method: {pipeline: [N]}}}; a row is a list
        of numbers, or None where the pipeline abstains. "wrapped" is "train" and "test" again in 8-bit arithmetic, raw,
        of "nose and border".
    Lesson 11.
    """
    train, out = photographs(SPLITS["train"], each, seed=5), {"wrapped": {}}
    for side, photos, conditions in (("train", train, ("raw",)), ("test", gallery(), ("raw", "c23"))):
        forged = {m: images for m, (images, _) in forgeries_of(photos, eyes=False).items() if m not in
                  ("pasted", "self_blended")}
        forged["iris colour"] = odd_eyes(photos.seed, photos.person, "iris colour")[0][0]
        out[side] = {"person": photos.person.tolist()}
        for condition in conditions:
            for method, images in forged.items():
                rows = [features(*under(x, p, condition)) for x, p in zip(images, photos.landmarks, strict=True)]
                out[side].setdefault(condition, {})[method] = {
                    pipeline: [_short(row[pipeline]) for row in rows] for pipeline in PIPELINES
                    if method == "real" or method in METHODS[pipeline]}
        out["wrapped"][side] = {"person": photos.person.tolist(), "raw": {method: {"nose and border": [
            _short(features(x, p, True)["nose and border"]) for x, p in zip(forged[method], photos.landmarks,
                                                                           strict=True)]}
            for method in ("real", "swap", "warped")}}
    return out


def _short(row):
    return None if row is None else [float(f"{v:.3g}") for v in row]


def sample(side, pipeline, method, condition="raw"):
    """The rows of one pipeline on real photographs and on those of one method.

    Args:
        side: Of `measure`: "train" or "test".
        pipeline, method, condition: Which.
    Returns:
        (features f64 [M, F], fake int [M], person [M], coverage 0 to 1).
    Lesson 11.
    """
    rows = [(row, fake, who) for fake, name in enumerate(("real", method))
            for row, who in zip(side[condition][name][pipeline], side["person"], strict=True)]
    kept = [r for r in rows if r[0] is not None]
    return (np.array([r[0] for r in kept]), np.array([r[1] for r in kept], int), np.array([r[2] for r in kept]),
            len(kept) / len(rows))


def areas(record, pipeline, method, condition="raw", rounds=200, seed=0):
    """Fit the three classifiers on the training people and score the test people.

    Args:
        record: Of `measure`, or its "wrapped".
        pipeline, method: Which features, which forgery.
        condition: Of the test photographs; the training is raw.
        rounds: Of the bootstrap.
        seed: Of the classifiers.
    Returns:
        (classifier -> Interval of the AUC; coverage of the test photographs).
    Lesson 11.
    """
    x, fake, _, _ = sample(record["train"], pipeline, method)
    test, truth, people, coverage = sample(record["test"], pipeline, method, condition)
    energies = pipeline != "eye colour"
    out = {}
    for name, model in classifiers(seed).items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the paper stops after 300 iterations as well
            model.fit(_scaled(x, energies), fake)
        out[name] = bootstrap(auc, truth, model.predict_proba(_scaled(test, energies))[:, 1], people, rounds)
    return out, coverage


def _scaled(x, energies):
    return np.log(x + 0.01) if energies else x
