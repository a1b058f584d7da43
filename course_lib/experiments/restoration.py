"""Scores of face restoration methods on people whom no network was trained on. Lesson 09."""
import numpy as np

from course_lib.data.large_portraits import large_portraits
from course_lib.degradation import degrade, first_order, second_order
from course_lib.metrics.restoration import evaluators, score
from course_lib.models.classical import METHODS, classical
from course_lib.models.dictionary import SIDE, part_centres, restore, transfer_layers

UNSEEN, HELD_OUT = 8000, 100  # the first portrait of held-out people, and how many
COLUMNS = ("psnr", "ssim", "left eye", "right eye", "nose", "mouth", "parts", "face", "identity", "eye colour", "jaw",
        "blink", "gaze_x", "skin amount", "skin agreement", "spots kept", "spots invented")


def examples(draw=second_order, count=HELD_OUT, seed=9):
    """Held-out portraits and their degraded versions.

    Args:
        draw: the degradation to a quarter of the side, degradation.first_order or second_order.
        count: number of portraits.
        seed: of the degradation.
    Returns:
        (portraits, degraded f32 [count, 32, 32, 3]).
    Lesson 09.
    """
    portraits, rng = large_portraits(count, first=UNSEEN), np.random.default_rng(seed)
    return portraits, np.stack([degrade(x, draw(rng, (SIDE, SIDE), 4)) for x in portraits.pictures()])


def restorations(small, centres, models):
    """Degraded images restored by every method.

    Args:
        small: f32 [N, 32, 32, 3].
        centres: part_centres, [N, 4, 2].
        models: name -> keras.Model, either of small images (super-resolution) or of [images enlarged to 128 x 128,
            centres].
    Returns:
        A dict, method -> f32 [N, 128, 128, 3].
    Lesson 09.
    """
    large, restored = classical(small, 4), {method: classical(small, 4, method) for method in METHODS}
    for name, model in models.items():
        restored[name] = (restore(model, large, centres) if len(model.inputs) == 2 else
                          np.asarray(model.predict(small, batch_size=16, verbose=0)).clip(0, 1))
        if transfer_layers(model):
            restored |= dictionary_ablations(model, large, centres)
    return restored


def dictionary_ablations(model, large, centres):
    """Restoration with one atom in each dictionary, and with every confidence at 0.

    Args:
        model: a dictionary_network; its weights are restored at the end.
        large: f32 [N, 128, 128, 3].
        centres: part_centres, [N, 4, 2].
    Returns:
        A dict of two entries, as restorations.
    Lesson 09.
    """
    weights, restored = model.get_weights(), {}
    for layer in transfer_layers(model).values():
        layer.atoms.assign(np.repeat(np.array(layer.atoms)[:1], layer.count, 0))
    restored["DFDNet, one atom"] = restore(model, large, centres)
    for layer in transfer_layers(model).values():
        layer.decide.set_weights([0 * w - 100 * (w.ndim == 1) for w in layer.decide.get_weights()])  # confidence 0
    restored["DFDNet, silent"] = restore(model, large, centres)
    model.set_weights(weights)
    return restored


def measure(models):
    """Scores of every method after both degradations.

    Args:
        models: as for restorations.
    Returns:
        {"second order": {method: scores of metrics.restoration.score}, "first order": ...}; "truth" is among them.
    Lesson 09.
    """
    scores, networks = {}, evaluators()
    for name, draw in (("second order", second_order), ("first order", first_order)):
        portraits, small = examples(draw)
        restored = restorations(small, part_centres(portraits.landmarks), models)
        scores[name] = {method: score(images, portraits, networks) for method, images in restored.items()}
        scores[name]["truth"] = score(portraits.pictures(), portraits, networks)
    return scores


def table(scores):
    """The scores of one degradation as a table in Markdown.

    Args:
        scores: method -> scores.
    Returns:
        Text.
    Lesson 09.
    """
    lines = ["| | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    return "\n".join(lines + [f"| {method} | " + " | ".join(f"{row[k]:.3g}" for k in COLUMNS) + " |"
                              for method, row in scores.items()])
