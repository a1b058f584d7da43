"""Random thin-plate spline transforms with their derivatives, for the equivariance losses. Lesson 07."""
from dataclasses import dataclass

import numpy as np
from keras import ops

CONTROL = 5  # control points per side
AFFINE, BENDING = 0.05, 0.005  # standard deviations of the affine part and of the spline's weights


@dataclass(frozen=True)
class ThinPlate:
    """N transforms z -> A z + b + sum of w_i U(|z - c_i|_1), U(r) = r^2 log(r + 1e-6).

    The radius is the sum of both distances and one weight serves x and y, as in the code of the paper.

    Args:
        affine: f32 [N, 2, 3], A and b.
        weights: f32 [N, 25].
    References:
        Siarohin et al. 2019, appendix A, and the code published with it.
    Lesson 07.
    """

    affine: object
    weights: object

    def __call__(self, points):
        """Where the transforms take points.

        Args:
            points: f32 [N, M, 2], coordinates in [-1, 1].
        Returns:
            f32 [N, M, 2].
        """
        _, radius = self._away(points)
        bent = ops.sum(self.weights[:, None] * radius**2 * ops.log(radius + 1e-6), -1)
        moved = ops.einsum("nij,nmj->nmi", self.affine[:, :, :2], points) + self.affine[:, None, :, 2]
        return moved + bent[..., None]

    def jacobian(self, points):
        """The derivatives of the transforms at points.

        Args:
            points: f32 [N, M, 2].
        Returns:
            f32 [N, M, 2, 2], [i, j]: how output i changes with input j.
        """
        away, radius = self._away(points)
        slope = 2 * radius * ops.log(radius + 1e-6) + radius**2 / (radius + 1e-6)
        bent = ops.einsum("nc,nmc,nmcj->nmj", self.weights, slope, ops.sign(away))
        return self.affine[:, None, :, :2] + bent[:, :, None]

    def _away(self, points):
        line = np.linspace(-1, 1, CONTROL, dtype=np.float32)
        control = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
        away = points[:, :, None] - control
        return away, ops.sum(ops.abs(away), -1)


def draw_thin_plates(rng, count):
    """The arrays of random transforms, a little different from the identity.

    Args:
        rng: numpy Generator.
        count: N.
    Returns:
        (affine f32 [N, 2, 3], weights f32 [N, 25]), the arguments of ThinPlate.
    Lesson 07.
    """
    affine = np.eye(2, 3)[None] + rng.normal(0, AFFINE, (count, 2, 3))
    return affine.astype(np.float32), rng.normal(0, BENDING, (count, CONTROL**2)).astype(np.float32)
