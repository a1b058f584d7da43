"""FakeCatcher by codec and forgery: `python -m course_lib.experiments.fakecatcher`.

Sixteen people speak for nine seconds without a pulse; a real one and three forgeries of it are added, then sensor
noise and H.264. Stored are the feature vectors of segments (datasets/runs/fakecatcher.npz), from which the lesson
trains its classifiers, and the accuracy of a small network on PPG maps (datasets/runs/fakecatcher.json). About 10
minutes on 2 cores. Lesson 12.
"""
import argparse
import json

import keras
import numpy as np
from keras import layers

from course_lib import cast, degradation
from course_lib.checkpoints import DATASETS
from course_lib.data.cache import cached, render_cached
from course_lib.experiments.pulse_codec import sensor
from course_lib.forensics import fakecatcher
from course_lib.forgeries.pulses import KINDS, with_pulse
from course_lib.metrics.detection import bootstrap
from course_lib.profile import cache_dir

FILE = DATASETS / "runs" / "fakecatcher.npz"
PEOPLE, SIZE, SECONDS, FPS = range(730_000, 730_016), 64, 9.0, 25.0
CRFS, LENGTH, STRIDE, FOLDS = (0, 23, 40), 128, 32, 4
STEPS, BATCH = 120, 16


def read():
    """Reads the stored segments.

    Returns:
        dict of arrays over segments: "features" f32 [N, 117], "person", "crf" (0: no codec), "start" (frame) int [N],
        "kind" str [N].
    Lesson 12.
    """
    with np.load(FILE, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def read_maps():
    """Reads the stored accuracy of the network on PPG maps.

    Returns:
        {"settings", "rows": [{"crf", "kind", "segment", "clip": [accuracy, low, high]}]}, of real against one kind.
    Lesson 12.
    """
    return json.loads(FILE.with_suffix(".json").read_text(encoding="utf-8"))


def folds(person):
    """Which fold each segment is tested in: people, not segments, are divided.

    Args:
        person: int [N].
    Returns:
        int [N] in 0 to FOLDS - 1.
    Lesson 12.
    """
    return np.unique(person, return_inverse=True)[1] % FOLDS


def votes(scores, clip):
    """The score of each clip: the mean of its segments' probabilities.

    Args:
        scores: f [N], P(fake) of segments.
        clip: int or str [N].
    Returns:
        f64 [K], in the order of np.unique(clip).
    Lesson 12.
    """
    return np.array([scores[clip == c].mean() for c in np.unique(clip)])


def accuracies(scores, fake, person, rounds=400):
    """How many segments and how many clips are classified correctly, with intervals by person.

    Args:
        scores: f [N], P(fake) of segments.
        fake, person: int [N]; a person has one real clip and one forged.
        rounds: Of the bootstrap over people.
    Returns:
        {"segment": Interval, "clip": Interval}; chance is .5 where both classes are as frequent.
    Lesson 12.
    """
    right = lambda truth, p: float(np.mean((p > 0.5) == truth))  # noqa: E731
    clip = 2 * person + fake
    names = np.unique(clip)
    return {"segment": bootstrap(right, fake, scores, person, rounds=rounds),
            "clip": bootstrap(right, names % 2, votes(scores, clip), names // 2, rounds=rounds)}


def svm_scores(features, fake, fold, apply=None):
    """P(fake) of every segment by an RBF SVM that was trained on the other folds.

    Args:
        features: f [N, F].
        fake, fold: int [N].
        apply: f [N, F], what is classified in place of features, for instance the same segments after a codec.
    Returns:
        f64 [N].
    Lesson 12.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import PredefinedSplit
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    apply, out = features if apply is None else apply, np.zeros(len(fake))
    for k in np.unique(fold):
        # calibrated on people it was not fitted on: a segment's counterpart, nearly equal, has the other label
        inner = PredefinedSplit(fold[fold != k])
        svm = CalibratedClassifierCV(make_pipeline(StandardScaler(), SVC(C=3.0)), cv=inner, ensemble=False)
        svm.fit(features[fold != k], fake[fold != k])
        out[fold == k] = svm.predict_proba(apply[fold == k])[:, 1]
    return out


def map_network():
    """The network on PPG maps: three convolutions and two dense layers.

    Returns:
        keras.Model from f32 [N, 64, LENGTH, 1] to logits [N, 1].
    Lesson 12.
    """
    x = inputs = keras.Input((64, LENGTH, 1))
    for width in (8, 16, 24):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.Dense(32, activation="relu")(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Dense(1)(x), name="ppg_map_network")


def clips(person):
    """A speaking person's clip with its real pulse and the three forgeries, after sensor noise.

    Args:
        person: Seed.
    Returns:
        Yields (kind, frames f32 [T, S, S, 3], landmarks f32 [T, 68, 2], skin bool [T, S, S]).
    Lesson 12.
    """
    clip = cast.clip(cast.random_person(person), SECONDS, FPS, seed=person, heart_rate=0)
    made = render_cached(clip.person, clip.scenes, size=SIZE, progress=False)
    skin, beats = made.mask("skin"), 55 + 60 * np.random.default_rng(person).uniform()
    for kind in KINDS:
        pulsing = with_pulse(made.rgb, made.landmarks, skin, FPS, beats, kind, seed=person)
        yield kind, sensor(pulsing, person), made.landmarks, skin


def measure(person):
    """The segments of one person: their features and maps.

    Args:
        person: Seed.
    Returns:
        dict of arrays, as of read, and "maps" f32 [N, 64, LENGTH].
    """
    found = {name: [] for name in ("features", "person", "crf", "start", "kind", "maps")}
    for kind, frames, points, skin in clips(person):
        regions = fakecatcher.face_regions(points, skin)
        for crf in CRFS:
            seen = degradation.h264(frames, crf, round(FPS)) if crf else frames
            colours = fakecatcher.region_colours(seen, regions)
            for start in range(0, len(frames) - LENGTH + 1, STRIDE):
                part = slice(start, start + LENGTH)
                row = (fakecatcher.features(colours[:, part], FPS), person, crf, start, kind,
                       fakecatcher.ppg_map(seen[part], points[part], FPS))
                for name, value in zip(found, row, strict=True):
                    found[name].append(value)
    print(person, len(found["crf"]), "segments", flush=True)
    return {n: np.array(x, np.float32 if n in ("features", "maps") else None) for n, x in found.items()}


def map_scores(maps, fake, fold):
    """P(fake) of every map by a network that was trained on the other folds, half of each batch on real ones.

    Args:
        maps: f32 [N, 64, LENGTH].
        fake, fold: int [N].
    Returns:
        f64 [N].
    """
    out = np.zeros(len(fake))
    for k in np.unique(fold):
        keras.utils.set_random_seed(int(k))
        model, rng = map_network(), np.random.default_rng(int(k))
        model.compile(keras.optimizers.Adam(2e-3), keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
        classes = [np.flatnonzero((fold != k) & (fake == c)) for c in (0, 1)]
        for _ in range(STEPS):
            chosen = np.concatenate([rng.choice(c, BATCH // 2) for c in classes])
            model.train_on_batch(maps[chosen][..., None], fake[chosen, None].astype(np.float32))
        logits = np.asarray(model.predict_on_batch(maps[fold == k][..., None]))[:, 0]
        out[fold == k] = 1 / (1 + np.exp(-logits))
    return out


def main():
    """Measures, trains the networks on maps, and stores both."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    parts = [cached(cache_dir() / "fakecatcher" / f"{person}.npz", lambda person=person: measure(person))
             for person in PEOPLE]
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    maps = found.pop("maps")
    np.savez_compressed(FILE, **found)
    rows = []
    for crf in CRFS:
        for forgery in KINDS[1:]:
            use = (found["crf"] == crf) & np.isin(found["kind"], ("real", forgery))
            fake, person = (found["kind"][use] == forgery).astype(int), found["person"][use]
            measured = accuracies(map_scores(maps[use], fake, folds(person)), fake, person)
            rows.append({"crf": crf, "kind": forgery} | {
                name: [round(float(v), 4) for v in (i.value, i.low, i.high)] for name, i in measured.items()})
            print(rows[-1], flush=True)
    settings = {"command": "python -m course_lib.experiments.fakecatcher", "people": len(PEOPLE), "size": SIZE,
                "seconds": SECONDS, "fps": FPS, "length": LENGTH, "stride": STRIDE, "folds": FOLDS, "steps": STEPS}
    FILE.with_suffix(".json").write_text(json.dumps({"settings": settings, "rows": rows}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
