"""What a picture without the watermark reaches by chance: both statistics under many random keys. Lesson 14."""

import numpy as np

from . import tile, watermark

TURN = 2 * np.pi


def by_chance(image, keys, rng):
    """Both layers' statistics of one picture, for random keys.

    A random key is a random phase for each frequency. Of the second layer one geometry is looked at, with all its
    shifts by whole pixels; the detector tries many geometries, which the union bound accounts for.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        keys: How many.
        rng: numpy Generator.
    Returns:
        (f64 [keys], the larger one of the first layer's two statistics; f64 [keys], the second layer's without a shift;
        f64 [keys], its largest over all shifts).
    Lesson 14.
    """
    luma, band = watermark._luma(image), tile._band()
    values = watermark._coefficients(luma)[watermark._band()]
    phases = rng.random((keys, len(values)))
    first = [np.sqrt(2 / len(values)) * np.cos(TURN * (values / step - phases)).sum(1) for step in watermark.STEPS]
    keyed = ~band.carries
    differences = tile._unit(tile._tile(tile._detail(tile._normalised(luma))[0], 0.0, 1.0))[keyed]
    spectrum = np.zeros((keys, tile.TILE, tile.TILE // 2 + 1), np.complex64)
    turned = differences * np.exp(1j * TURN * rng.random((keys, keyed.sum())))
    spectrum[:, band.rows[keyed], band.columns[keyed]] = turned
    z = np.fft.irfft2(spectrum, (tile.TILE, tile.TILE)) * tile.TILE**2 / 2 * np.sqrt(2 / keyed.sum())
    return np.max(first, 0), z[:, 0, 0].astype(float), z.max((1, 2)).astype(float)
