"""What the course's detectors keep under other methods, codecs, launderers and attackers. Lesson 13.

`python -m course_lib.experiments.robustness` measures the matrix on the test people and stores it.
"""
import numpy as np

from course_lib import forgeries
from course_lib.attacks.gradients import logit_of, true_gradient
from course_lib.attacks.steps import pgd
from course_lib.checkpoints import load
from course_lib.degradation import LAUNDERERS, launder
from course_lib.metrics.detection import auc, bootstrap
from course_lib.models import esrgan

NAMES = ("raw", *LAUNDERERS)
SEEN = ("resize", "jpeg", "c40", "blur", "noise")  # launderers of the degraded training set
EPSILONS = (0, 2 / 255, 4 / 255, 8 / 255)


def scores_of(model, images, batch=64):
    """P(fake) of many faces, by any of the course's detectors.

    Args:
        model: keras.Model whose first or only output is P(fake) [N, 1].
        images: f32 [N, S, S, 3].
        batch: Faces of one pass.
    Returns:
        f32 [N].
    Lesson 13.
    """
    parts = [model(images[k:k + batch], training=False) for k in range(0, len(images), batch)]
    parts = [part[0] if isinstance(part, (list, tuple)) else part for part in parts]
    return np.concatenate([np.zeros(0, np.float32), *(np.asarray(part)[:, 0] for part in parts)])


def enhanced(images):
    """A forger's enhancement: crops made half as large, enlarged by lesson 09's blind ESRGAN, and reduced again.

    Args:
        images: f32 [N, S, S, 3], S even.
    Returns:
        f32, the same shape.
    Lesson 13.
    """
    halves = images.reshape(len(images), images.shape[1] // 2, 2, images.shape[2] // 2, 2, 3).mean((2, 4))
    large = esrgan.enlarge(load("esrgan_blind"), halves)
    return large.reshape(len(images), images.shape[1], 2, images.shape[2], 2, 3).mean((2, 4)).clip(0, 1)


def laundered(images, *names):
    """Crops after one of NAMES, or several in turn.

    Args:
        images: f32 [N, S, S, 3].
        names: Of NAMES, or "enhance".
    Returns:
        f32, the same shape.
    Lesson 13.
    """
    for step, name in enumerate(names):
        if name == "enhance":
            images = enhanced(images)
        elif name != "raw":
            images = np.stack([launder(image, name, 10 * k + step) for k, image in enumerate(images)])
    return images


def attacked_aucs(model, images, fake, people, epsilons=EPSILONS, steps=10):
    """The AUC with every image attacked: fakes made to look real, real ones to look fake.

    Args:
        model: keras.Model.
        images: f32 [N, S, S, 3].
        fake: int [N].
        people: int [N], for the interval.
        epsilons: L-infinity radii.
        steps: Of PGD.
    Returns:
        Dict: radius -> Interval.
    Lesson 13.
    """
    gradient, out = true_gradient(logit_of(model)), {}
    for epsilon in epsilons:
        shown = pgd(gradient, images, fake, epsilon, steps) if epsilon else images
        out[epsilon] = bootstrap(auc, fake, scores_of(model, shown), people, rounds=400)
    return out


def false_positives(model, real, threshold=0.5, names=("", *LAUNDERERS)):
    """How many real faces are called fake, as they are and after each launderer.

    Args:
        model: keras.Model for faces of 64 pixels.
        real: forgeries.Labelled of real faces.
        threshold: From which on a face is called fake.
        names: Keys of LAUNDERERS; "" for none.
    Returns:
        Dict: name, "raw" for none, -> fraction.
    Lesson 13.
    """
    out = {}
    for name in names:
        shown = np.stack([launder(image, name or (), k) for k, image in enumerate(real.pictures())])
        out[name or "raw"] = float((scores_of(model, forgeries.centre(shown)) >= threshold).mean())
    return out
