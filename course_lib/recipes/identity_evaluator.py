"""The network that tells who is in a face: `python -m course_lib.recipes.identity_evaluator`.

About 5 minutes on 2 cores once the pairs are rendered. None of the named twelve is in the training set. Lesson 02.
"""
import argparse

import keras
import numpy as np
from sklearn.metrics import roc_auc_score

from course_lib.cast import people
from course_lib.checkpoints import register
from course_lib.data.pairs import PEOPLE, faces_of, training_pairs
from course_lib.models.autoencoder import cut_out
from course_lib.models.evaluators import CosineMargin, identity_evaluator, identity_network
from course_lib.profile import cores
from course_lib.recipes import model_card
from course_lib.training.evaluators import degrade_faces, train_evaluator
from course_lib.training.precision import fast_policy, precision

BATCH = 64
UNSEEN = 40  # the last people are kept from training, for the scores
GALLERY_SEEDS, TEST_SEEDS = range(400_000, 400_024), range(410_000, 410_024)


def train(pairs, seconds, rng):
    """Train an identity network on all people but the last UNSEEN.

    Args:
        pairs: a data.Pairs.
        seconds: training time.
        rng: numpy Generator.
    Returns:
        (identity_network in float32, History).
    """
    known = np.argwhere(pairs.who < PEOPLE - UNSEEN)

    def batches():
        while True:
            scene, k = known[rng.integers(0, len(known), BATCH)].T
            who = pairs.who[scene, k]
            yield [degrade_faces(pairs.faces(scene, k)[0], rng), who], who

    with precision(fast_policy()):
        network = identity_network()
    image, number = keras.Input((64, 64, 3)), keras.Input((), dtype="int32")
    logits = CosineMargin(PEOPLE - UNSEEN, dtype="float32")([network(image), number])
    return train_evaluator(
        keras.Model([image, number], logits), batches(),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True), seconds, network, identity_network)


def measure(network, evaluator, pairs):
    """Measure verification on unseen people, and identification of the twelve named ones by the gallery.

    Args:
        network: an identity_network.
        evaluator: the identity_evaluator made of it.
        pairs: a data.Pairs.
    Returns:
        A dict: auc of "same person?", nearest (accuracy among the named people), pairs (how many were compared).
    """
    unseen = np.argwhere(pairs.who >= PEOPLE - UNSEEN)[:1500]
    vectors = network.predict(pairs.faces(*unseen.T)[0], verbose=0)
    who = pairs.who[tuple(unseen.T)]
    first, second = np.triu_indices(len(who), 1)
    same = who[first] == who[second]
    auc = roc_auc_score(same, (vectors @ vectors.T)[first, second])
    correct = []
    for k, person in enumerate(people().values()):
        faces = faces_of(person, TEST_SEEDS)
        correct.append(evaluator.predict(cut_out(faces.images, faces.masks), verbose=0)[1].argmax(1) == k)
    return {"auc": float(auc), "nearest": float(np.mean(correct)), "pairs": len(same)}


def main():
    """Train, measure and ship the checkpoint identity_evaluator."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=240, help="training time")
    options = parser.parse_args()
    pairs = training_pairs()
    keras.utils.set_random_seed(2)
    network, history = train(pairs, options.seconds, np.random.default_rng(2))
    gallery = {}
    for name, person in people().items():
        faces = faces_of(person, GALLERY_SEEDS)
        gallery[name] = cut_out(faces.images, faces.masks)
    evaluator = identity_evaluator(network, gallery)
    scores = measure(network, evaluator, pairs)
    print(scores)
    register("identity_evaluator", evaluator, model_card(
        "identity_evaluator", pictures=pairs.who.size, people=PEOPLE, scenes=len(pairs.who), unseen=UNSEEN,
        cores=cores(), batch=BATCH, seconds=history.seconds, steps=len(history.steps), compared=scores["pairs"],
        auc=scores["auc"], nearest=100 * scores["nearest"], tested=12 * len(TEST_SEEDS)),
        "who is in an aligned face of the cast")


if __name__ == "__main__":
    main()
