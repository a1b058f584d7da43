"""From scenes through random cameras to a siamese network, `python -m course_lib.recipes.patch_consistency`.

It learns whether two patches share Bayer pattern, noise, blur, JPEG quality, white balance and JPEG history. A stopped
run goes on where it was. Lesson 11.
"""
import argparse

import keras
import numpy as np

from course_lib.checkpoints import register
from course_lib.experiments.evidence import gallery
from course_lib.experiments.evidence_networks import spliced
from course_lib.forgeries.histories import group_batches, patches, shared
from course_lib.forgeries.people import SPLITS
from course_lib.forgeries.photographs import photographs
from course_lib.metrics.detection import auc
from course_lib.models.consistency import ATTRIBUTES, all_over, all_pairs, siamese
from course_lib.profile import cache_dir, cores
from course_lib.recipes import model_card
from course_lib.training import cosine, fit
from course_lib.training.precision import fast_policy, precision

NAME = "patch_consistency"
EACH, PIPELINES, TWICE, STEPS, CAMERAS, SHOTS, LEARNING_RATE, SEED = 2, 1600, 0.5, 2000, 16, 4, 3e-3, 1


def train(steps=STEPS, checkpoint=None):
    """Train the network on scenes of the training people.

    Args:
        steps: Training steps.
        checkpoint: File from which a stopped run goes on.
    Returns:
        (model in f32, History).
    """
    scenes = photographs(SPLITS["train"], EACH, seed=3, taken=False).images
    images, parameters = patches(scenes, PIPELINES, seed=SEED, twice=TWICE)
    keras.utils.set_random_seed(SEED)
    with precision(fast_policy()):
        model = siamese()
        network = all_pairs(model, CAMERAS * SHOTS)
    network.compile(keras.optimizers.Adam(LEARNING_RATE), loss="binary_crossentropy", jit_compile=False)
    history = fit(network, group_batches(images, parameters, CAMERAS, SHOTS, SEED), steps=steps,
                  learning_rate=cosine(LEARNING_RATE), checkpoint=checkpoint, resume=True)
    trained = siamese()
    trained.set_weights(model.get_weights())
    return trained, history


def measure(model, count=120, seed=9, rounds=200):
    """What the network says of pairs of patches by new cameras, of people that the training never saw.

    A pair of one pipeline shares everything, so whoever knows that it is one pipeline is right about every attribute.
    Pairs of two pipelines tell whether an attribute is seen for itself.

    Args:
        model: keras.Model of siamese.
        count: Pipelines, four patches of each.
        seed: Of them.
        rounds: Of the bootstrap.
    Returns:
        Dict: attribute or "everything" -> dict: "auc" and "accuracy" of pairs half of which are of one pipeline, with
        the accuracy of the "commoner" answer; "apart", the AUC of pairs of two pipelines with the "low" and "high" end
        of its interval of 95 % over pipelines.
    """
    scenes = photographs(SPLITS["val"], EACH, seed=4, taken=False).images
    images, parameters = patches(scenes, count, each=2, seed=seed, twice=TWICE)
    flat, pipeline = images.reshape(-1, *images.shape[2:]), np.repeat(np.arange(count), images.shape[1])
    encoder = all_over(model.get_layer("encoder"))
    codes = np.concatenate([np.asarray(encoder.predict_on_batch(flat[k:k + 48].astype(np.float32) / 255))[:, 0, 0]
                            for k in range(0, len(flat), 48)])
    first, second = np.triu_indices(len(codes), 1)
    said = np.asarray(model.get_layer("comparer").predict([codes[first], codes[second]], batch_size=8192, verbose=0))
    labels = shared(parameters[pipeline[first]], parameters[pipeline[second]])
    one, rng = pipeline[first] == pipeline[second], np.random.default_rng(seed)
    half = np.r_[np.flatnonzero(one), rng.choice(np.flatnonzero(~one), one.sum(), replace=False)]
    drawn = [np.bincount(rng.integers(0, count, count), minlength=count) for _ in range(rounds)]
    weights = [(d[pipeline[first]] * d[pipeline[second]])[~one] for d in drawn]
    out = {}
    for k, name in enumerate((*ATTRIBUTES, "everything")):
        true, score = labels[:, k].astype(int), said[:, k]
        most = true[half].mean()
        row = out[name] = {"auc": auc(true[half], score[half]), "commoner": float(max(most, 1 - most)),
                           "accuracy": float(((score > 0.5) == true)[half].mean())}
        if name != "everything":  # two pipelines hardly ever share it
            row["apart"], order = auc(true[~one], score[~one]), np.argsort(score[~one])
            again = [sorted_auc(true[~one][order], w[order]) for w in weights]
            row["low"], row["high"] = (float(q) for q in np.percentile(again, (2.5, 97.5)))
    return out


def sorted_auc(true, weight):
    """The area under the ROC curve of weighted samples.

    Args:
        true: int [N], 0 or 1, in the order of their scores, the lowest first.
        weight: [N].
    Returns:
        A float; equal scores count in the order in which they come.
    """
    positive, negative = weight * true, weight * (1 - true)
    return float((positive * (negative.cumsum() - negative / 2)).sum() / (positive.sum() * negative.sum()))


def in_words(scores):
    """The table of the card, Markdown.

    Args:
        scores: Of measure.
    Returns:
        Text.
    """
    lines = ["| attribute | AUC | accuracy (commoner answer) | AUC, two pipelines |", "|---|---|---|---|"]
    for name, row in scores.items():
        apart = f"{row['apart']:.2f} ({row['low']:.2f} to {row['high']:.2f})" if "apart" in row else "-"
        lines.append(f"| {name} | {row['auc']:.2f} | {row['accuracy']:.2f} ({row['commoner']:.2f}) | {apart} |")
    return "\n".join(lines)


def ship(steps):
    """Train, measure and ship the network, in float16; what is measured is what the file holds.

    Args:
        steps: Training steps, resumed parts included.
    """
    trained, history = train(steps, cache_dir() / f"{NAME}.run")
    if history.stopped == "interrupted":
        return
    with precision("float16"):
        model = siamese()
    model.set_weights(trained.get_weights())
    rows = spliced(gallery(), ("raw",), (all_over(model.get_layer("encoder")), model.get_layer("comparer")))["raw"]
    detection = auc(np.repeat([0, 1], (len(rows["clean"]), len(rows["splice"]))),
                    np.array(rows["clean"] + rows["splice"]))
    card = model_card("patch_consistency", steps=len(history.steps), cameras=CAMERAS, shots=SHOTS,
                      seconds=history.seconds, cores=cores(), pipelines=PIPELINES, parameters=model.count_params(),
                      table=in_words(measure(model)), detection=detection, shift=np.mean(rows["mean shift"]),
                      clusters=np.mean(rows["clusters"]), everything=np.mean(rows["person"]),
                      clean=np.mean(rows["clean area"]), count=len(rows["clean"]))
    print(card)
    register(NAME, model, card, "whether two patches of a picture share one history")


def main():
    """Ship the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    ship(options.steps)


if __name__ == "__main__":
    main()
