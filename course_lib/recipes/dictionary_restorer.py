"""From the dictionaries of atoms.py to DFDNet's decoder and its control: `python -m course_lib.recipes.dictionary_restorer`.

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
from course_lib.training import cosine, fit
from course_lib.training.dictionaries import (
    ATOMS,
    FACE_NETWORK,
    FACES,
    SHEET,
    draw_thumbnails,
    folder,
    cached_dictionaries,
    thumbnails,
)
from course_lib.training.faceswap import perceptual_loss
from course_lib.training.precision import fast_policy, precision

__all__ = ["thumbnails", "train"]

BATCH, STEPS, RATE = 8, 1400, 1e-3
SCALES = (2, 8)  # how much smaller the pictures become before they are brought back to their size
SCORES = SHEET.with_name("scores.json")
PERCEPTUAL = (0.05, 0.1, 0.2, 0.2)  # of the features' four depths, deepest first, beside 1 for the pixels


def spoil(picture, rng):
    """A picture f32 [128, 128, 3] as it may come, at its old size: DFDNet's degradation or Real-ESRGAN's."""
    draw = first_order if rng.random() < 0.5 else second_order
    return degrade(picture, draw(rng, picture.shape[:2], SCALES, back=True))


def batches(portraits, rng, batch=BATCH):
    """Endless ([spoiled pictures, centres], pictures): half of them mirrored, a third on grey.

    The centres are a little off, as landmarks in a spoiled picture are.
    """
    centres = part_centres(portraits.landmarks)
    while True:
        chosen = rng.integers(0, len(portraits), batch)
        grey = rng.random((batch, 1, 1, 1)) < 1 / 3
        wanted = np.where(grey, portraits.pictures(chosen, grey=True), portraits.pictures(chosen))
        middles = centres[chosen] + rng.normal(0, 1, (batch, len(PARTS), 2))
        mirrored = rng.random(batch) < 0.5
        wanted[mirrored] = wanted[mirrored, :, ::-1]
        middles[mirrored] = mirror_centres(middles[mirrored])
        yield [np.stack([spoil(x, rng) for x in wanted]), middles.astype(np.float32)], wanted


def mirror_centres(centres):
    """Where the parts [N, 4, 2] lie in the mirror image: the eyes have changed places."""
    turned = centres[:, [1, 0, 2, 3]].copy()
    turned[..., 0] = SIDE - 1 - turned[..., 0]
    return turned


def restoration_loss(network):
    """(wanted, restored) -> one number: mean absolute error of the pixels + the features' distance at four depths."""

    def loss(wanted, restored):
        restored = ops.cast(restored, "float32")
        return ops.mean(ops.abs(wanted - restored)) + perceptual_loss(network, restored, wanted, PERCEPTUAL)

    return loss


def new_network(kind, policy):
    """A network to be trained, "dictionary" (with its dictionaries) or "plain", in a precision."""
    with precision(policy):
        if kind == "plain":
            return plain_network()
        model = dictionary_network(load(FACE_NETWORK), ATOMS)
    fill_dictionaries(model, cached_dictionaries()[0])
    return model


def train(kind, until=STEPS):
    """Trains one network up to a step of STEPS, from where it was left, and returns it in float32 with its History."""
    keras.utils.set_random_seed(9)
    checkpoint = folder() / f"{kind}.npz"
    model = new_network(kind, fast_policy())
    loss = restoration_loss(feature_pyramid(load(FACE_NETWORK), SIDE))
    model.compile(keras.optimizers.Adam(RATE), loss=loss, jit_compile=False)
    # a resumed run draws other batches than the first part did
    rng = np.random.default_rng([9, int(checkpoint.stat().st_mtime) if checkpoint.is_file() else 0])
    began, rate = time.process_time(), cosine(RATE)
    history = fit(model, batches(large_portraits(FACES), rng), steps=until, checkpoint=checkpoint, resume=True,
                  validation=lambda _: {"cpu": time.process_time() - began}, validate_every=30,
                  learning_rate=lambda used: rate(used * until / STEPS))
    plain = new_network(kind, "float32")
    plain.set_weights(model.get_weights())
    return plain, history


def cpu_seconds(history):
    """Processor seconds of a run in all: the clock of each part begins anew."""
    clock = [m["cpu"] for m in history.validation]
    return sum(after - before if after > before else after for before, after in zip([0.0, *clock], clock, strict=False))


def ship(trained):
    """Measures and ships both networks. trained: kind -> (model, History)."""
    found = measure({"DFDNet": trained["dictionary"][0], "U-Net": trained["plain"][0], **rivals()})
    tables = {name.replace(" ", "_"): table(rows) for name, rows in found.items()}
    for kind, (model, history) in trained.items():
        card = CARD.format(title=NAMES[kind], what=WHAT[kind], faces=FACES, held=HELD_OUT, steps=len(history.steps),
                           batch=BATCH, cpu=cpu_seconds(history) / 60, scales=SCALES, **tables)
        register(NAMES[kind], model, card, ABOUT[kind])
    sheet = draw_thumbnails(cached_dictionaries()[1], large_portraits(FACES))
    cv2.imwrite(str(SHEET), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    SCORES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def rivals():
    """The networks of recipes.esrgan that are shipped so far: name of the way -> keras.Model."""
    shipped = [c.name for c in list_checkpoints()]
    return {way: load(name) for way, name in RIVALS.items() if name in shipped}


def compare():
    """Measures the rivals anew, when they were trained later, and brings them into the shipped scores and cards."""
    scores, found = json.loads(SCORES.read_text(encoding="utf-8")), measure(rivals())
    for name, rows in scores.items():
        before = table(rows)
        truth = rows.pop("truth")
        rows |= {way: found[name][way] for way in RIVALS if way in found[name]} | {"truth": truth}
        for card in (verify(checkpoint).with_name("card.md") for checkpoint in NAMES.values()):
            card.write_text(card.read_text(encoding="utf-8").replace(before, table(rows)), encoding="utf-8")
    SCORES.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    return scores


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--until", type=int, default=STEPS, help="the step to train to; what is there is shipped")
    parser.add_argument("--compare", action="store_true", help="train nothing; only measure the rivals anew")
    options = parser.parse_args()
    if options.compare:
        return print(*(f"{name}\n{table(rows)}" for name, rows in compare().items()), sep="\n")
    trained = {}
    for kind in NAMES:
        trained[kind] = train(kind, options.until)
        history = trained[kind][1]
        print(kind, len(history.steps), f"loss {history.smooth(100)[-1]:.4f}", f"{cpu_seconds(history):.0f} CPU-s",
              flush=True)
    for name, rows in ship(trained).items():
        print(name, table(rows), sep="\n")


RIVALS = {"ESRGAN, blind": "esrgan_blind", "ESRGAN": "esrgan"}  # of recipes.esrgan, as far as they are there
NAMES = {"dictionary": "dictionary_restorer", "plain": "plain_restorer"}
ABOUT = {"dictionary": "DFDNet: faces restored with dictionaries of eyes, nose and mouth",
         "plain": "a U-Net that restores faces: the control of dictionary_restorer"}
WHAT = {
    "dictionary": f"""DFDNet: a spoiled face, 128 x 128 and aligned, is restored with the help of dictionaries of
eyes, nose and mouth: {ATOMS} atoms for each part at each of four scales, built by K-means over the training portraits
on features of the checkpoint {FACE_NETWORK}. atoms.jpg shows the training patch that is nearest to each atom
(training.dictionaries.thumbnails); scores.json holds all scores.""",
    "plain": """A U-Net that restores a spoiled face, 128 x 128 and aligned: the control of dictionary_restorer, with
the same decoder, losses, data and number of steps, but features of its own and no dictionary.""",
}
CARD = """# {title}

{what}

- In and out: [faces f32 [N, 128, 128, 3] in [0, 1] at coverage 1.3, the parts' middles f32 [N, 4, 2]
  (models.dictionary.part_centres)]; faces of the same shape. Call it through models.dictionary.restore.
- Data: {faces} rendered portraits of as many random people of the cast (course_lib/data/large_portraits.py) and
  their mirror images, in their scene or on grey; spoiled by the first and second order chains of degradation.py, down
  to a half to an eighth of the side and back. None of the twelve named people, no real person.
- Training: {steps} steps of {batch} in {cpu:.0f} minutes of processor time on a shared machine; mean absolute error and
  perceptual loss on features of the same face network; no discriminator.
- Limits: it knows the cast alone, aligned faces, and eyes, noses and mouths as the cast has them. What the picture does
  not hold it makes up: read the errors of eye colour, gaze and skin below before you believe a restored face. On
  photographs of real people its answer is not evidence of anything.
- Rebuild: `course checkpoints build dictionary_restorer`, or `python -m course_lib.recipes.dictionary_restorer`: about 17
  minutes of processor time for this and its control, rendering included; resumable.

## Scores

{held} portraits of people it was not trained on, at 32 x 32, brought to 128 x 128. left eye to face: perceptual
distance on features of identity_evaluator, with which nothing here was trained; identity: cosine to the truth; then what
was invented (metrics/restoration.py): eye colour (delta E), absolute errors of what attribute_regressor reads, the skin's
fine structure (1: as much as the truth, and in the same places), spots kept and invented. truth: what the readers make
of the true pictures. one atom, silent: the same network with one atom in each dictionary, and with its confidence at 0.

In the run that is shipped the dictionaries are used (one atom and silent are further from the truth), and DFDNet is
nearer to the truth in the parts than ESRGAN. So is the U-Net, and a little nearer than DFDNet. Likely reasons, none of
them measured: both look at whole faces, ESRGAN at small patches; the U-Net forms its features for the task, DFDNet has
to take those of a face network that has learned something else from faces of 64 pixels; and the cast's eyes, noses and
mouths vary so little that a small network can hold them without a dictionary. Nor are they equals: ESRGAN, blind is a
smaller network that trained for a shorter time (see its card), and the U-Net has more weights to learn than DFDNet.

Second order degradation:

{second_order}

First order degradation:

{first_order}
"""


if __name__ == "__main__":
    main()
