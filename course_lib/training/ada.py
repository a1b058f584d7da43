"""Augmentation of what the discriminator sees, real and generated alike, so that it cannot memorise. Lesson 04."""
import numpy as np
from keras import ops

ADA_TARGET = 0.6  # the mean sign of D(real) above which the discriminator is taken to overfit
IMAGES_TO_FULL = 20_000  # images after which an adaptive probability could have risen from 0 to 1
HIGHEST = 0.85  # of an adaptive probability; beyond it augmentations leak into what is generated


def adapt_probability(probability, real_scores, n):
    """One step of the adaptive augmentation probability: up while the discriminator overfits, otherwise down.

    Args:
        probability: the present one.
        real_scores: the discriminator's scores of real images, any shape.
        n: images in the batch.
    Returns:
        The next probability, 0 to 0.85.
    References:
        Karras et al. 2020, section 3.1: r_t, the mean sign of D(real), is kept near ADA_TARGET.
    Lesson 04.
    """
    overfitting = np.mean(np.sign(real_scores)) - ADA_TARGET
    return np.clip(probability + np.sign(overfitting) * n / IMAGES_TO_FULL, 0, HIGHEST)


def draw_augmentations(rng, n, side, probability):
    """Draws augmentations: mirror, shift by up to 1/8 of the side, zoom by up to 20 %, contrast and brightness.

    Args:
        rng: numpy.random.Generator.
        n: number of images.
        side: of the square images, pixels.
        probability: of each kind of change, 0 to 1.
    Returns:
        A list for augment(): resampling matrices of rows and columns f32 [n, side, side], contrast 0.7 to 1.4 and
        brightness -0.15 to 0.15, f32 [n, 1, 1, 1].
    References:
        Karras et al. 2020, figure 2, of whose augmentations these are the simple ones.
    Lesson 04.
    """
    def sometimes(values, identity):
        return np.where(rng.random(n) < probability, values, identity)

    zoom = sometimes(rng.uniform(1 / 1.2, 1.2, n), 1.0)
    shift_y, shift_x = (sometimes(rng.uniform(-1, 1, n) * side / 8, 0.0) for _ in range(2))
    mirror = sometimes(np.where(rng.random(n) < 0.5, -1.0, 1.0), 1.0)
    rows, columns = _resampling(zoom, shift_y, side), _resampling(zoom * mirror, shift_x, side)
    contrast = sometimes(rng.uniform(0.7, 1.4, n), 1.0)
    brightness = sometimes(rng.uniform(-0.15, 0.15, n), 0.0)
    return [rows, columns, *(v.astype(np.float32).reshape(n, 1, 1, 1) for v in (contrast, brightness))]


def augment(images, augmentations):
    """Augments images; differentiable, so that the generator learns through it.

    Args:
        images: f32 [N, S, S, C].
        augmentations: what draw_augmentations returned, or None, which leaves them as they are.
    Returns:
        f32 [N, S, S, C].
    Lesson 04.
    """
    if augmentations is None:
        return images
    rows, columns, contrast, brightness = augmentations
    moved = ops.einsum("nir,nrjc->nijc", rows, ops.einsum("njs,nisc->nijc", columns, images))
    return (moved - 0.5) * contrast + 0.5 + brightness


def _resampling(zoom, shift, side):
    """Matrices f32 [n, side, side] that take a line of pixels to the same line zoomed about its middle and shifted.

    Linear interpolation; outside, the last pixel is repeated. A negative zoom mirrors.
    """
    middle = (side - 1) / 2
    source = ((np.arange(side) - middle - shift[:, None]) / zoom[:, None] + middle).clip(0, side - 1)
    low = np.floor(source).astype(int).clip(0, side - 2)
    weight = source - low
    n, line = np.indices(source.shape)
    matrix = np.zeros((len(zoom), side, side), np.float32)
    matrix[n, line, low] = 1 - weight
    matrix[n, line, low + 1] += weight
    return matrix
