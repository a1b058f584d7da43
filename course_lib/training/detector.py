"""Trains a detector of fake faces. Lesson 10."""
import keras
import numpy as np

from course_lib.metrics.detection import auc

from .augment import random_transform
from .fit import fit
from .history import copy_state, put_state

LOSSES = {"mse": keras.losses.MeanSquaredError, "cross-entropy": keras.losses.BinaryCrossentropy}


def train_detector(model, images, fake, validation, seconds=None, steps=None, *, loss="mse", batch=75,
                   learning_rate=None, patience=8, validate_every=10.0, validations=None, augment=True, seed=0,
                   preview=None, quiet=False):
    """Trains a MesoNet, or another model from faces to P(fake) [N, 1], and leaves the best weights in it.

    The validation loss selects the weights; the test set has no place here, as selecting on it is training on it. The
    rarer class has the larger weight, so that both count equally.

    Args:
        model: keras.Model from f32 [N, S, S, 3] to [N, 1].
        images: [N, S, S, 3], f32 in [0, 1] or uint8 (a quarter of the memory).
        fake: [N], 1 or 0.
        validation: (images, fake) of people who are in neither the training nor the test set.
        seconds, steps: the budget, as for fit.
        loss: "mse" as published, or "cross-entropy".
        batch: images in a step.
        learning_rate: function of the fraction of the budget used; the published step_decay when left out.
        patience: how many validations without improvement end the run.
        validate_every, validations: as for fit.
        augment: whether images are changed by augment_faces.
        seed: of batches and augmentation.
        preview, quiet: as for fit.
    Returns:
        History, whose validations hold loss and auc (of frames).
    Raises:
        ValueError: when the arrays do not fit, or a class is missing in one of the sets.
    References:
        Afchar et al. 2018, MesoNet, section 3.1.
    Lesson 10.
    """
    if loss not in LOSSES:
        raise ValueError(f"loss is {loss!r}; expected one of {', '.join(LOSSES)}")
    images, fake = _checked(model, images, fake, "training")
    held_out, labels = _checked(model, *validation, "validation")
    model.compile(keras.optimizers.Adam(1e-3), loss=LOSSES[loss](), jit_compile=False)
    criterion, best = LOSSES[loss](), {"loss": np.inf, "state": None, "since": 0}

    def validate(model):
        parts = [model.predict_on_batch(_floats(held_out[k:k + 32])) for k in range(0, len(held_out), 32)]
        scores = np.concatenate(parts)[:, 0]
        value = float(criterion(labels[:, None].astype(np.float32), scores[:, None]))
        best["since"] += 1
        if value < best["loss"]:
            best.update(loss=value, state=copy_state(model), since=0)
        return {"loss": value, "auc": auc(labels, scores)}

    history = fit(model, batches(images, fake, batch, seed, augment), seconds, steps, validation=validate, quiet=quiet,
                  validate_every=validate_every, validations=validations, stop=lambda _: best["since"] >= patience,
                  preview=preview, learning_rate=learning_rate or step_decay(1e-3))
    if best["state"] is not None:
        put_state(model, best["state"])
    return history


def batches(images, fake, batch, seed, augment=True):
    """Endless batches for fit: every image once before any is repeated.

    Args:
        images: [N, S, S, 3], f32 in [0, 1] or uint8.
        fake: int [N], 1 or 0.
        batch: images in a batch.
        seed: of order and augmentation.
        augment: whether images are changed by augment_faces.
    Returns:
        Generator of (faces f32 [B, S, S, 3], labels f32 [B, 1], class weights f32 [B]).
    Lesson 10.
    """
    rng = np.random.default_rng(seed)
    weights = len(fake) / (2 * np.bincount(fake, minlength=2))
    order = np.zeros(0, int)
    while True:
        while len(order) < batch:
            order = np.concatenate([order, rng.permutation(len(fake))])
        chosen, order = order[:batch], order[batch:]
        faces, labels = _floats(images[chosen]), fake[chosen]
        faces = augment_faces(faces, rng) if augment else faces
        yield faces, labels[:, None].astype(np.float32), weights[labels].astype(np.float32)


def augment_faces(faces, rng):
    """Small random rotations, zooms, shifts, flips, and changes of brightness, contrast and hue.

    Half of the faces keep their place on the pixel grid: interpolation smooths the finest texture, which a detector
    relies on most.

    Args:
        faces: f32 RGB [N, S, S, 3] in [0, 1].
        rng: numpy Generator.
    Returns:
        f32 [N, S, S, 3], new arrays.
    References:
        Afchar et al. 2018, section 3.1, for the kinds of change; the amounts are the course's.
    Lesson 10.
    """
    out = faces.copy()
    moved = rng.random(len(out)) < 0.5
    if moved.any():
        out[moved] = random_transform(out[moved], rng, rotation=5.0, zoom=0.06, shift=0.03, flip=0.5)
    mirrored = ~moved & (rng.random(len(out)) < 0.5)
    out[mirrored] = out[mirrored, :, ::-1]
    gain, offset = rng.uniform(0.85, 1.15, (len(out), 1, 1, 1)), rng.uniform(-0.06, 0.06, (len(out), 1, 1, 1))
    hues = np.stack([hue_rotation(angle) for angle in rng.uniform(-0.12, 0.12, len(out))])
    out = np.einsum("nhwc,nkc->nhwk", out, hues.astype(np.float32), optimize=True)
    return np.clip(out * gain.astype(np.float32) + offset.astype(np.float32), 0, 1)


def hue_rotation(angle):
    """The matrix that rotates RGB colours about the grey axis: Rodrigues' formula.

    Args:
        angle: radians.
    Returns:
        [3, 3].
    Lesson 10.
    """
    axis = np.full(3, 1 / np.sqrt(3))
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.cos(angle) * np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * np.outer(axis, axis)


def step_decay(peak, stages=4):
    """Step decay: the learning rate is divided by ten after each part of the budget; 1e-3 falls to 1e-6.

    Args:
        peak: the first learning rate.
        stages: number of equal parts.
    Returns:
        Function of the fraction of the budget used.
    References:
        Afchar et al. 2018, section 3.1: after every 1000 of 4000 steps.
    Lesson 10.
    """
    return lambda used: peak * 0.1 ** min(int(used * stages), stages - 1)


def _floats(images):
    return images.astype(np.float32) / 255 if images.dtype == np.uint8 else images


def _checked(model, images, fake, name):
    images, fake = np.asarray(images), np.asarray(fake)
    shape = model.input_shape[1:]
    if images.shape[1:] != shape or images.dtype not in (np.float32, np.uint8) or fake.shape != images.shape[:1]:
        raise ValueError(f"the {name} set is {images.dtype} {images.shape} with labels {fake.shape}; {model.name} "
                         f"wants [N, {', '.join(map(str, shape))}] in f32 or uint8, and a label 0 or 1 for each")
    if set(np.unique(fake).tolist()) != {0, 1}:
        raise ValueError(f"the {name} set has the labels {np.unique(fake).tolist()}; both 0 (real) and 1 (fake) are "
                         "needed")
    return images, fake.astype(int)
