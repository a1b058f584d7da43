"""How good ways of restoring faces are, on people whom no network has seen. Lesson 09."""
import numpy as np

from course_lib.data.large_portraits import large_portraits
from course_lib.degradation import degrade, first_order, second_order
from course_lib.metrics.restoration import evaluators, score
from course_lib.models.classical import METHODS, classical
from course_lib.models.dictionary import SIDE, part_centres, restore, transfers

UNSEEN, HELD_OUT = 8000, 100  # the first portrait of people who are not trained on, and how many are measured
TOLD = ("psnr", "ssim", "left eye", "right eye", "nose", "mouth", "parts", "face", "identity", "eye colour", "jaw",
        "blink", "gaze_x", "skin amount", "skin agreement", "spots kept", "spots invented")


def examples(draw=second_order, count=HELD_OUT, seed=9):
    """People who were not trained on: their portraits, and what is left of them, f32 [count, 32, 32, 3].

    draw: the degradation, degradation.first_order or second_order, to a quarter of the side.
    """
    portraits, rng = large_portraits(count, first=UNSEEN), np.random.default_rng(seed)
    return portraits, np.stack([degrade(x, draw(rng, (SIDE, SIDE), 4)) for x in portraits.pictures()])


def ways(small, centres, models):
    """The pictures [N, 32, 32, 3] restored in every way: a dict of name -> f32 [N, 128, 128, 3].

    models: name -> keras.Model, of the picture brought to 128 x 128 and the centres, or, where it has one input, of the
    small picture (those of recipes.esrgan).
    """
    large, found = classical(small, 4), {method: classical(small, 4, method) for method in METHODS}
    for name, model in models.items():
        found[name] = (restore(model, large, centres) if len(model.inputs) == 2 else
                       np.asarray(model.predict(small, batch_size=16, verbose=0)).clip(0, 1))
        if transfers(model):
            found |= ablations(model, large, centres)
    return found


def ablations(model, large, centres):
    """What the network restores when every dictionary holds one atom alone, and when none of them may say anything."""
    weights, found = model.get_weights(), {}
    for layer in transfers(model).values():
        layer.atoms.assign(np.repeat(np.array(layer.atoms)[:1], layer.count, 0))
    found["DFDNet, one atom"] = restore(model, large, centres)
    for layer in transfers(model).values():
        layer.decide.set_weights([0 * w - 100 * (w.ndim == 1) for w in layer.decide.get_weights()])  # confidence 0
    found["DFDNet, silent"] = restore(model, large, centres)
    model.set_weights(weights)
    return found


def measure(models):
    """metrics.restoration.score of every way, after both degradations: {"second order": {way: numbers}, ...}."""
    found, networks = {}, evaluators()
    for name, draw in (("second order", second_order), ("first order", first_order)):
        portraits, small = examples(draw)
        restored = ways(small, part_centres(portraits.landmarks), models)
        found[name] = {way: score(pictures, portraits, networks) for way, pictures in restored.items()}
        found[name]["truth"] = score(portraits.pictures(), portraits, networks)
    return found


def table(scores):
    """The scores of one degradation as a table in Markdown."""
    lines = ["| | " + " | ".join(TOLD) + " |", "|---" * (len(TOLD) + 1) + "|"]
    return "\n".join(lines + [f"| {way} | " + " | ".join(f"{row[k]:.3g}" for k in TOLD) + " |"
                              for way, row in scores.items()])
