"""What the discriminator is shown: pictures moved, mirrored and toned, so that it cannot learn them by heart. Lesson 04."""
import numpy as np
from keras import ops

ADA_TARGET = 0.6  # the mean sign of the discriminator's scores of real pictures above which it is taken to overfit


def draw_augmentations(rng, n, side, chance):
    """Random changes of n pictures of the given side, each kind with this chance: a list for augment().

    Mirror, shift by up to 1/8 of the side and zoom by up to 20 %, as matrices for rows and columns [n, side, side];
    gain 0.7 to 1.4 and shift +-0.15 of the brightness [n, 1, 1, 1]. Source: Karras et al. 2020, Training GANs with
    Limited Data, figure 2, of which these are the plain ones. Lesson 04.
    """
    def some(values, else_):
        return np.where(rng.random(n) < chance, values, else_)

    zoom = some(rng.uniform(1 / 1.2, 1.2, n), 1.0)
    moved = [some(rng.uniform(-1, 1, n) * side / 8, 0.0) for _ in range(2)]
    mirrored = some(np.where(rng.random(n) < 0.5, -1.0, 1.0), 1.0)
    rows = _resampling(zoom, moved[0], side)
    columns = _resampling(zoom * mirrored, moved[1], side)
    gain, lift = some(rng.uniform(0.7, 1.4, n), 1.0), some(rng.uniform(-0.15, 0.15, n), 0.0)
    return [rows, columns, *(v.astype(np.float32).reshape(n, 1, 1, 1) for v in (gain, lift))]


def augment(pictures, changes):
    """Pictures f32 [N, S, S, C] after draw_augmentations' changes; as they are where changes is None. Differentiable."""
    if changes is None:
        return pictures
    rows, columns, gain, lift = changes
    moved = ops.einsum("nir,nrjc->nijc", rows, ops.einsum("njs,nisc->nijc", columns, pictures))
    return (moved - 0.5) * gain + 0.5 + lift


def _resampling(zoom, shift, side):
    """Matrices f32 [n, side, side] that take a line of pixels to the same line zoomed about its middle and shifted.

    Linear interpolation; outside, the last pixel is repeated. A negative zoom mirrors.
    """
    middle = (side - 1) / 2
    at = ((np.arange(side) - middle - shift[:, None]) / zoom[:, None] + middle).clip(0, side - 1)
    low = np.floor(at).astype(int).clip(0, side - 2)
    share = at - low
    n, line = np.indices(at.shape)
    matrix = np.zeros((len(zoom), side, side), np.float32)
    matrix[n, line, low] = 1 - share
    matrix[n, line, low + 1] += share
    return matrix
