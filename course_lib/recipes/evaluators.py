"""From random people of the cast to the two judges of a swap: `python -m course_lib.recipes.evaluators`.

About 10 minutes on 2 cores once the pairs are rendered. They learn from people who are none of the named twelve, and
from pictures that are blurred, toned and shifted, so that they judge a soft picture by what it shows. Lesson 02.
"""
import argparse

import cv2
import keras
import numpy as np
from keras import ops
from sklearn.metrics import roc_auc_score

from course_lib.cast import people
from course_lib.checkpoints import register
from course_lib.data.pairs import PEOPLE, faces_of, training_pairs
from course_lib.models.autoencoder import cut_out
from course_lib.models.evaluators import (
    POSE_AND_EXPRESSION,
    CosineMargin,
    identity_evaluator,
    identity_network,
    pose_regressor,
)
from course_lib.profile import cores
from course_lib.training import cosine, fit, jitter
from course_lib.training.precision import fast_policy, precision

BATCH = 64
UNSEEN = 40  # the last persons are kept from both judges, to measure them on
SCALES = np.array([0.5, 0.3, 1, 1, 1, 1], np.float32)  # errors of yaw and pitch are counted in these radians
GALLERY_SEEDS, TEST_SEEDS = range(400_000, 400_024), range(410_000, 410_024)


def soften(faces, rng):
    """Faces f32 [N, 64, 64, 3] as cameras and networks spoil them: blur, half resolution, tone, noise; same shape."""
    out = jitter(faces, rng, rotation=5, zoom=0.04, shift=1.5 / 64)
    for k, kind in enumerate(rng.random(len(out))):
        if kind < 0.4:
            out[k] = cv2.GaussianBlur(out[k], (0, 0), rng.uniform(0.4, 1.3))
        elif kind < 0.55:
            side = int(rng.uniform(28, 56))
            out[k] = cv2.resize(cv2.resize(out[k], (side, side), interpolation=cv2.INTER_AREA), (64, 64))
    gain = rng.uniform(0.85, 1.15, (len(out), 1, 1, 3)).astype(np.float32)
    noise = rng.normal(0, 1, out.shape).astype(np.float32) * rng.uniform(0, 0.02, (len(out), 1, 1, 1))
    return np.clip((out - 0.5) * gain + 0.5 + noise, 0, 1).astype(np.float32)


def train_identity(pairs, seconds, rng):
    """An identity_network trained to tell apart all persons but the last UNSEEN, and its History."""
    known = np.argwhere(pairs.who < PEOPLE - UNSEEN)

    def batches():
        while True:
            scene, k = known[rng.integers(0, len(known), BATCH)].T
            who = pairs.who[scene, k]
            yield [soften(pairs.faces(scene, k)[0], rng), who], who

    with precision(fast_policy()):
        network = identity_network()
    image, number = keras.Input((64, 64, 3)), keras.Input((), dtype="int32")
    logits = CosineMargin(PEOPLE - UNSEEN, dtype="float32")([network(image), number])
    model = keras.Model([image, number], logits)
    return _train(model, batches(), keras.losses.SparseCategoricalCrossentropy(from_logits=True), seconds,
                  network, identity_network)


def train_reader(pairs, seconds, rng):
    """A reader trained on all persons but the last UNSEEN, and its History."""
    known = np.argwhere(pairs.who < PEOPLE - UNSEEN)

    def batches():
        while True:
            scene, k = known[rng.integers(0, len(known), BATCH)].T
            yield soften(pairs.faces(scene, k)[0], rng), pairs.reads[scene]

    with precision(fast_policy()):
        network = pose_regressor()
    return _train(network, batches(), lambda t, p: ops.mean(ops.abs(t - p) / SCALES), seconds, network, pose_regressor)


def _train(model, batches, loss, seconds, network, build):
    model.compile(keras.optimizers.Adam(2e-3), loss=loss, jit_compile=False)
    history = fit(model, batches, seconds=seconds, learning_rate=cosine(2e-3, last=0.01))
    with precision("float32"):
        copy = build()
    copy.set_weights(network.get_weights())
    return copy, history


def measure_identity(network, judge, pairs):
    """Verification on persons that the network has never seen, and the twelve named ones found by the gallery."""
    unseen = np.argwhere(pairs.who >= PEOPLE - UNSEEN)[:1500]
    vectors = network.predict(pairs.faces(*unseen.T)[0], verbose=0)
    who = pairs.who[tuple(unseen.T)]
    first, second = np.triu_indices(len(who), 1)
    same = who[first] == who[second]
    area = roc_auc_score(same, (vectors @ vectors.T)[first, second])
    hits = []
    for k, person in enumerate(people().values()):
        faces = faces_of(person, TEST_SEEDS)
        hits.append(judge.predict(cut_out(faces.images, faces.masks), verbose=0)[1].argmax(1) == k)
    return {"auc": float(area), "nearest": float(np.mean(hits)), "pairs": len(same)}


def measure_reader(network, pairs):
    """The median absolute error of each value on persons that the network has never seen, a dict."""
    unseen = np.argwhere(pairs.who >= PEOPLE - UNSEEN)[:1500]
    error = np.abs(network.predict(pairs.faces(*unseen.T)[0], verbose=0) - pairs.reads[unseen[:, 0]])
    return dict(zip(POSE_AND_EXPRESSION, np.median(error, 0).tolist(), strict=True))


CARD = """# {name}

{what}

- Data: {pictures} rendered faces of {people} random people of the cast in {scenes} scenes (course_lib/data/pairs.py),
  64 x 64 pixels, the face cut out on grey. None of the twelve named people; {unseen} people were kept for the
  figures below. No real person is in it.
- Training: {steps} steps of {batch} in {seconds:.0f} s on {cores} cores of a shared machine, with blur, low resolution,
  tone, noise and shifts.
- Scores on people it has never seen: {scores}
- Limits: it knows the cast alone. On photographs its answers mean nothing.
- Rebuild: `python -m course_lib.recipes.evaluators {name}`, once the pairs are rendered (4 minutes, data/pairs.py).
"""


def ship_identity(pairs, seconds):
    """Trains, measures and ships identity_evaluator."""
    keras.utils.set_random_seed(2)
    network, history = train_identity(pairs, seconds, np.random.default_rng(2))
    gallery = {}
    for name, person in people().items():
        faces = faces_of(person, GALLERY_SEEDS)
        gallery[name] = cut_out(faces.images, faces.masks)
    judge = identity_evaluator(network, gallery)
    found = measure_identity(network, judge, pairs)
    scores = (f"area under the ROC curve of 'same person?' over {found['pairs']} pairs {found['auc']:.4f}; nearest of "
              f"the twelve named people right in {100 * found['nearest']:.1f} % of {12 * len(TEST_SEEDS)} pictures.")
    what = "Who is it? A face becomes a unit vector and its cosine to the twelve named people."
    _ship("identity_evaluator", judge, what, scores, pairs, history, "who is in an aligned face of the cast")


def ship_reader(pairs, seconds):
    """Trains, measures and ships reader."""
    keras.utils.set_random_seed(3)
    network, history = train_reader(pairs, seconds, np.random.default_rng(3))
    scores = "median absolute errors " + ", ".join(
        f"{name} {np.degrees(e):.1f} degrees" if name in ("yaw", "pitch") else f"{name} {e:.3f}"
        for name, e in measure_reader(network, pairs).items()) + "."
    what = "What does it show? Yaw, pitch (radians), jaw, smile, brow and blink (0 to 1) of a face."
    _ship("pose_regressor", network, what, scores, pairs, history, "pose and expression of an aligned face of the cast")


def _ship(name, model, what, scores, pairs, history, about):
    print(scores)
    card = CARD.format(name=name, what=what, scores=scores, pictures=pairs.who.size, people=PEOPLE,
                       scenes=len(pairs.who), unseen=UNSEEN, cores=cores(), batch=BATCH,
                       seconds=history.seconds, steps=len(history.steps))
    register(name, model, card, about)


SHIP = {"identity_evaluator": ship_identity, "pose_regressor": ship_reader}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", choices=list(SHIP), help="both when left out")
    parser.add_argument("--seconds", type=float, default=240, help="training time of each judge")
    options = parser.parse_args()
    pairs = training_pairs()
    for name in [options.name] if options.name else SHIP:
        SHIP[name](pairs, options.seconds)


if __name__ == "__main__":
    main()
