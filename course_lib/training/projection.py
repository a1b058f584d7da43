"""A given face into a generator's latent space: the latent whose picture looks most like it, by descent. Lesson 06."""
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
    """styles: f32 [N, layers, D], in w the same in every layer. pictures: f32 [N, S, S, 3] that they give.
    errors: f64 [steps, N], the loss on the way. seconds: how long it took."""

    styles: np.ndarray
    pictures: np.ndarray
    errors: np.ndarray
    seconds: float


def project(handles, faces, network, space="w", steps=200, rate=0.05, start=None, seed=0, watch=None):
    """Looks for the styles whose pictures are most like given faces, and returns a Projection.

    handles: models.stylegan.Handles. faces: f32 [N, S, S, 3] on grey, cropped as the generator's are; each is
    projected by itself. network: models.judges.at_four_depths of a face network, which says what looks alike. space:
    "w", one latent for all layers, a face that the generator might have made; "w+", one for each layer, nearer to the
    picture and further from what the generator knows. The loss: features at four depths, standardised in each picture
    (training.faceswap), and pixels. steps, rate: of Adam, in units of w's spread, falling to 0.
    start: styles f32 [N, layers, D] to begin with; the mean face when left out. seed: of the random steps aside that
    the first half of the way takes, smaller and smaller. watch: called with (step, errors [N]).

    About 7 s of processor time for one face and 200 steps. Noise is left out. Raises ValueError for another space or
    other shapes. Source: Karras et al. 2020, appendix D (without its noise maps); w+: Abdal et al. 2019,
    Image2StyleGAN. Lesson 06.
    """
    faces, side = np.asarray(faces, np.float32), handles.synthesis.output_shape[1]
    if space not in SPACES or steps < 1:
        raise ValueError(f"space={space!r}, steps={steps}: expected one of {', '.join(SPACES)} and at least one step")
    if faces.ndim != 4 or faces.shape[1:] != (side, side, 3):
        raise ValueError(f"faces are projected as [N, {side}, {side}, 3]; got {faces.shape}")
    began, rng, count = time.monotonic(), np.random.default_rng(seed), len(faces)
    spread = handles.w(rng.standard_normal((1000, handles.latent))).std(0)
    rows = handles.layers if space == "w+" else 1
    first = np.repeat(handles.mean[None, None], count, 0) if start is None else np.asarray(start, np.float32)
    first = np.repeat(first, handles.layers, 1)[:, :rows] if first.shape[1] == 1 else first[:, :rows]
    aside = keras.Variable(np.zeros((count, rows, handles.latent), np.float32), name="aside")  # in units of spread
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build([aside])
    faces, none = ops.convert_to_tensor(faces), ops.zeros((count, handles.noise))
    wanted = [ops.stop_gradient(standardised(f)) for f in network(faces, training=False)]
    others = [*handles.synthesis.variables, *network.variables]

    def styles(away):
        return ops.repeat(first + spread * away, handles.layers // rows, axis=1)

    def step(jitter):
        def loss():
            picture = handles.synthesis([styles(aside + jitter), none], training=False)
            looks = [ops.mean(ops.square(standardised(f) - g), axis=(1, 2, 3))
                     for f, g in zip(network(picture, training=False), wanted, strict=True)]
            errors = sum(looks) / len(looks) + PIXELS * ops.mean(ops.abs(picture - faces), axis=(1, 2, 3))
            return ops.sum(errors), errors

        _, errors, gradients = value_and_gradients(loss, [aside], others)
        optimizer.apply(gradients, [aside])
        return errors

    fast, way = compiled(step, [aside, *optimizer.variables, *others]), []
    for k in range(steps):
        done = k / steps
        optimizer.learning_rate = rate * min(1.0, 10 * (done + 1 / steps)) * (0.5 + 0.5 * np.cos(np.pi * done))
        size = 0.3 * max(0.0, 1 - 2 * done) ** 2
        jitter = size * rng.standard_normal(aside.shape, np.float32)
        way.append(np.asarray(fast(ops.convert_to_tensor(jitter)), np.float64))
        if watch:
            watch(k, way[-1])
    found = np.asarray(styles(ops.convert_to_tensor(aside)), np.float32)
    return Projection(found, handles.pictures(found), np.array(way), time.monotonic() - began)
