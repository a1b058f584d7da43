"""Projects a face into a generator's latent space: the latent whose image looks most like it. Lesson 06."""
import time
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from .faceswap import standardised
from .gradients import compiled, value_and_gradients

SPACES = ("w", "w+")
PIXELS = 2.0  # weight of the mean absolute error of the pixels beside the perceptual loss


@dataclass(frozen=True)
class Projection:
    """Faces in the latent space.

    Args:
        styles: f32 [N, layers, D]; in w the same in every layer.
        images: f32 [N, S, S, 3] that they give.
        errors: f64 [steps, N], the loss during the optimisation.
        seconds: how long it took.
    """

    styles: np.ndarray
    images: np.ndarray
    errors: np.ndarray
    seconds: float


def project(handles, faces, network, space="w", steps=200, learning_rate=0.05, start=None, seed=0, callback=None):
    """Optimises styles whose images look most like given faces.

    The loss: features at four depths, standardised in each image (training.faceswap), and pixels. Noise is left out.
    About 7 s of processor time for one face and 200 steps.

    Args:
        handles: models.stylegan.Handles.
        faces: f32 [N, S, S, 3] on grey, cropped as the generator's are; each is projected by itself.
        network: models.evaluators.feature_pyramid of a face network: the perceptual loss's.
        space: "w", one latent for all layers, a face that the generator might have made; "w+", one for each layer,
            nearer to the image and further from the generator's faces.
        steps: of Adam.
        learning_rate: of Adam, in standard deviations of w, falling to 0.
        start: styles f32 [N, layers, D] to begin with; the mean face when left out.
        seed: of the noise that is added to the styles in the first half, less and less.
        callback: called with (step, errors [N]).
    Returns:
        A Projection.
    Raises:
        ValueError: for another space or other shapes.
    References:
        Karras et al. 2020, appendix D (without its noise maps); w+: Abdal et al. 2019, Image2StyleGAN.
    Lesson 06.
    """
    faces, side = np.asarray(faces, np.float32), handles.synthesis.output_shape[1]
    if space not in SPACES or steps < 1:
        raise ValueError(f"space={space!r}, steps={steps}: expected one of {', '.join(SPACES)} and at least one step")
    if faces.ndim != 4 or faces.shape[1:] != (side, side, 3):
        raise ValueError(f"faces are projected as [N, {side}, {side}, 3]; got {faces.shape}")
    began, rng, count = time.monotonic(), np.random.default_rng(seed), len(faces)
    std = handles.w(rng.standard_normal((1000, handles.latent))).std(0)
    rows = handles.layers if space == "w+" else 1
    first = np.repeat(handles.mean[None, None], count, 0) if start is None else np.asarray(start, np.float32)
    first = np.repeat(first, handles.layers, 1)[:, :rows] if first.shape[1] == 1 else first[:, :rows]
    offset = keras.Variable(np.zeros((count, rows, handles.latent), np.float32), name="offset")  # in std
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build([offset])
    faces, no_noise = ops.convert_to_tensor(faces), ops.zeros((count, handles.noise))
    targets = [ops.stop_gradient(standardised(f)) for f in network(faces, training=False)]
    others = [*handles.synthesis.variables, *network.variables]

    def styles(offset):
        return ops.repeat(first + std * offset, handles.layers // rows, axis=1)

    def step(noise):
        def loss():
            image = handles.synthesis([styles(offset + noise), no_noise], training=False)
            perceptual = [ops.mean(ops.square(standardised(f) - g), axis=(1, 2, 3))
                          for f, g in zip(network(image, training=False), targets, strict=True)]
            errors = sum(perceptual) / len(perceptual) + PIXELS * ops.mean(ops.abs(image - faces), axis=(1, 2, 3))
            return ops.sum(errors), errors

        _, errors, gradients = value_and_gradients(loss, [offset], others)
        optimizer.apply(gradients, [offset])
        return errors

    fast, errors = compiled(step, [offset, *optimizer.variables, *others]), []
    for k in range(steps):
        done = k / steps
        optimizer.learning_rate = learning_rate * min(1.0, 10 * (done + 1 / steps)) * (0.5 + 0.5 * np.cos(np.pi * done))
        scale = 0.3 * max(0.0, 1 - 2 * done) ** 2
        noise = scale * rng.standard_normal(offset.shape, np.float32)
        errors.append(np.asarray(fast(ops.convert_to_tensor(noise)), np.float64))
        if callback:
            callback(k, errors[-1])
    projected = np.asarray(styles(ops.convert_to_tensor(offset)), np.float32)
    return Projection(projected, handles.pictures(projected), np.array(errors), time.monotonic() - began)
