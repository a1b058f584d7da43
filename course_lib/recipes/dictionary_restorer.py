"""DFDNet's decoder and its control, a U-Net: `python -m course_lib.recipes.dictionary_restorer`.

Stopped, it goes on where it was. Lesson 09.
"""
import argparse
import json
import time

import cv2
import keras
import numpy as np
from keras import ops

from course_lib.checkpoints import list_checkpoints, load, register, verify
from course_lib.data.large_portraits import large_portraits
from course_lib.degradation import degrade, first_order, second_order
from course_lib.experiments.restoration import HELD_OUT, measure, table
from course_lib.models.dictionary import (
    PARTS,
    SIDE,
    dictionary_network,
    fill_dictionaries,
    part_centres,
    plain_network,
)
from course_lib.models.evaluators import feature_pyramid
from course_lib.recipes import model_card
from course_lib.training import cosine, fit
from course_lib.training.dictionaries import (
    ATOMS,
    FACE_NETWORK,
    FACES,
    SHEET,
    cached_dictionaries,
    draw_thumbnails,
    folder,
    thumbnails,
)
from course_lib.training.faceswap import perceptual_loss
from course_lib.training.precision import fast_policy, precision

__all__ = ["thumbnails", "train"]

BATCH, STEPS, LEARNING_RATE = 8, 1400, 1e-3
SCALES = (2, 8)  # by how much images are downsampled before they are enlarged again
SCORES = SHEET.with_name("scores.json")
PERCEPTUAL = (0.05, 0.1, 0.2, 0.2)  # of the features' four depths, deepest first, beside 1 for the pixels


def degrade_at_size(image, rng):
    """Degrade an image by DFDNet's chain or Real-ESRGAN's, and keep its size.

    Args:
        image: f32 [128, 128, 3] in [0, 1].
        rng: numpy Generator.
    Returns:
        f32 [128, 128, 3].
    """
    draw = first_order if rng.random() < 0.5 else second_order
    return degrade(image, draw(rng, image.shape[:2], SCALES, back=True))


def batches(portraits, rng, batch=BATCH):
    """Draw training batches: half of them mirrored, a third on grey, the centres a little off.

    Args:
        portraits: a data.LargePortraits.
        rng: numpy Generator.
        batch: images in a batch, N.
    Returns:
        Endless iterator of ([degraded images f32 [N, 128, 128, 3], centres f32 [N, 4, 2]], images).
    """
    centres = part_centres(portraits.landmarks)
    while True:
        chosen = rng.integers(0, len(portraits), batch)
        grey = rng.random((batch, 1, 1, 1)) < 1 / 3
        targets = np.where(grey, portraits.pictures(chosen, grey=True), portraits.pictures(chosen))
        shifted = centres[chosen] + rng.normal(0, 1, (batch, len(PARTS), 2))
        mirrored = rng.random(batch) < 0.5
        targets[mirrored] = targets[mirrored, :, ::-1]
        shifted[mirrored] = mirror_centres(shifted[mirrored])
        yield [np.stack([degrade_at_size(x, rng) for x in targets]), shifted.astype(np.float32)], targets


def mirror_centres(centres):
    """Mirror the centres of the parts; the eyes change places.

    Args:
        centres: f32 [N, 4, 2], x and y in pixels.
    Returns:
        f32 [N, 4, 2].
    """
    mirrored = centres[:, [1, 0, 2, 3]].copy()
    mirrored[..., 0] = SIDE - 1 - mirrored[..., 0]
    return mirrored


def restoration_loss(network):
    """Make the loss: mean absolute error of the pixels, and a perceptual loss at four depths.

    Args:
        network: what models.evaluators.feature_pyramid returns.
    Returns:
        A function (targets, restored) -> scalar.
    """

    def loss(targets, restored):
        restored = ops.cast(restored, "float32")
        return ops.mean(ops.abs(targets - restored)) + perceptual_loss(network, restored, targets, PERCEPTUAL)

    return loss


def new_network(kind, policy):
    """Build a network to be trained.

    Args:
        kind: "dictionary" (with its dictionaries) or "plain".
        policy: a Keras dtype policy, as "float32".
    Returns:
        keras.Model.
    """
    with precision(policy):
        if kind == "plain":
            return plain_network()
        model = dictionary_network(load(FACE_NETWORK), ATOMS)
    fill_dictionaries(model, cached_dictionaries()[0])
    return model


def train(kind, until=STEPS):
    """Train one network from where it was left.

    Args:
        kind: "dictionary" or "plain".
        until: the step to train to, at most STEPS.
    Returns:
        (network in float32, History).
    """
    keras.utils.set_random_seed(9)
    checkpoint = folder() / f"{kind}.npz"
    model = new_network(kind, fast_policy())
    loss = restoration_loss(feature_pyramid(load(FACE_NETWORK), SIDE))
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss=loss, jit_compile=False)
    # a resumed run draws other batches than the first part did
    rng = np.random.default_rng([9, int(checkpoint.stat().st_mtime) if checkpoint.is_file() else 0])
    began, schedule = time.process_time(), cosine(LEARNING_RATE)
    history = fit(model, batches(large_portraits(FACES), rng), steps=until, checkpoint=checkpoint, resume=True,
                  validation=lambda _: {"cpu": time.process_time() - began}, validate_every=30,
                  learning_rate=lambda used: schedule(used * until / STEPS))
    copy = new_network(kind, "float32")
    copy.set_weights(model.get_weights())
    return copy, history


def cpu_seconds(history):
    """Add up the processor time of a run, whose clock starts again with each part.

    Args:
        history: History of fit.
    Returns:
        Seconds.
    """
    clock = [m["cpu"] for m in history.validation]
    return sum(after - before if after > before else after for before, after in zip([0.0, *clock], clock, strict=False))


def ship(trained):
    """Measure and ship both networks.

    Args:
        trained: dict, kind -> (model, History).
    Returns:
        The scores, a dict, degradation -> table of experiments.restoration.
    """
    scores = measure({"DFDNet": trained["dictionary"][0], "U-Net": trained["plain"][0], **rivals()})
    tables = {name.replace(" ", "_"): table(rows) for name, rows in scores.items()}
    for kind, (model, history) in trained.items():
        card = model_card(
            "dictionary_restorer", title=NAMES[kind], what=WHAT[kind], faces=FACES, held=HELD_OUT,
            steps=len(history.steps), batch=BATCH, cpu=cpu_seconds(history) / 60, **tables)
        register(NAMES[kind], model, card, ABOUT[kind])
    sheet = draw_thumbnails(cached_dictionaries()[1], large_portraits(FACES))
    cv2.imwrite(str(SHEET), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    SCORES.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    return scores


def rivals():
    """Load the networks of recipes.esrgan that are shipped so far.

    Returns:
        A dict, name of the method -> keras.Model.
    """
    shipped = [c.name for c in list_checkpoints()]
    return {method: load(name) for method, name in RIVALS.items() if name in shipped}


def compare():
    """Measure the rivals again, when they were trained later, and put them into the shipped scores and cards.

    Returns:
        The scores, as those of ship.
    """
    scores, measured = json.loads(SCORES.read_text(encoding="utf-8")), measure(rivals())
    for name, rows in scores.items():
        before = table(rows)
        truth = rows.pop("truth")
        rows |= {method: measured[name][method] for method in RIVALS if method in measured[name]} | {"truth": truth}
        for card in (verify(checkpoint).with_name("card.md") for checkpoint in NAMES.values()):
            card.write_text(card.read_text(encoding="utf-8").replace(before, table(rows)), encoding="utf-8")
    SCORES.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    return scores


def main():
    """Train, measure and ship the checkpoints dictionary_restorer and plain_restorer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--until", type=int, default=STEPS, help="the step to train to; what is there is shipped")
    parser.add_argument("--compare", action="store_true", help="train nothing; only measure the rivals anew")
    options = parser.parse_args()
    if options.compare:
        print(*(f"{name}\n{table(rows)}" for name, rows in compare().items()), sep="\n")
        return
    trained = {}
    for kind in NAMES:
        trained[kind] = train(kind, options.until)
        history = trained[kind][1]
        print(kind, len(history.steps), f"loss {history.smooth(100)[-1]:.4f}", f"{cpu_seconds(history):.0f} CPU-s",
              flush=True)
    for name, rows in ship(trained).items():
        print(name, table(rows), sep="\n")


RIVALS = {"ESRGAN, blind": "esrgan_blind", "ESRGAN": "esrgan"}  # of recipes.esrgan, where they are shipped
NAMES = {"dictionary": "dictionary_restorer", "plain": "plain_restorer"}
ABOUT = {"dictionary": "DFDNet: faces restored with dictionaries of eyes, nose and mouth",
         "plain": "a U-Net that restores faces: the control of dictionary_restorer"}
WHAT = {
    "dictionary": f"""DFDNet: a degraded face, 128 x 128 and aligned, is restored with the help of dictionaries of
eyes, nose and mouth: {ATOMS} atoms for each part at each of four scales, built by K-means over the training portraits
on features of the checkpoint {FACE_NETWORK}. atoms.jpg shows the training patch that is nearest to each atom
(training.dictionaries.thumbnails); scores.json holds all scores.""",
    "plain": """A U-Net that restores a degraded face, 128 x 128 and aligned: the control of dictionary_restorer, with
the same decoder, losses, data and number of steps, but features of its own and no dictionary.""",
}


if __name__ == "__main__":
    main()
