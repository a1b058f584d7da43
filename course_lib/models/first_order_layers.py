"""The operations of the First Order Motion Model: sampling, soft-argmax, local affine motions. Lesson 07.

Coordinates are those of the paper's code: x then y, from -1 at the centre of the first pixel to 1 at the centre of the
last (align_corners=True in PyTorch's words), everywhere alike. A flow is a backward map f32 [N, H, W, 2]: where in the
source each pixel of the result is taken from.
"""
import keras
import numpy as np
from keras import layers, ops


def coordinate_grid(height, width):
    """The coordinates of every pixel, which as a flow is the identity.

    Args:
        height, width: pixels.
    Returns:
        f32 [height, width, 2], (x, y) in [-1, 1].
    Lesson 07.
    """
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    return np.stack([x, y], -1).astype(np.float32)


def reflect(grid):
    """Folds coordinates outside [-1, 1] back inside, as in a mirror at the border pixels.

    Args:
        grid: coordinates of any shape.
    Returns:
        Coordinates of the same shape, in [-1, 1].
    Lesson 07.
    """
    turned = ops.mod(grid + 1.0, 4.0)
    return ops.minimum(turned, 4.0 - turned) - 1.0


def sample(image, grid):
    """Bilinear sampling of an image at the coordinates of a flow; zero outside the image.

    Differentiable in both: the gradient in the grid is what teaches a network where to look.

    Args:
        image: f32 [N, H, W, C].
        grid: f32 [N, h, w, 2], (x, y), in [-1, 1] inside the image.
    Returns:
        f32 [N, h, w, C].
    References:
        Jaderberg et al. 2015, Spatial Transformer Networks, equation 5.
    Lesson 07.
    """
    _, height, width, channels = image.shape
    n, (_, h, w, _) = ops.shape(image)[0], grid.shape
    x, y = (grid[..., 0] + 1) * (width - 1) / 2, (grid[..., 1] + 1) * (height - 1) / 2
    left, top = ops.floor(x), ops.floor(y)
    rows = ops.reshape(image, (-1, channels))
    first = ops.reshape(ops.arange(n) * (height * width), (-1, 1, 1))
    result = 0.0
    for dy in (0, 1):
        for dx in (0, 1):
            column, row = left + dx, top + dy
            weight = (1 - ops.abs(x - column)) * (1 - ops.abs(y - row))
            inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
            weight = weight * ops.cast(inside, weight.dtype)
            at = ops.clip(row, 0, height - 1) * width + ops.clip(column, 0, width - 1)
            at = ops.cast(at, "int32") + first
            taken = ops.reshape(ops.take(rows, ops.reshape(at, (-1,)), axis=0), (-1, h, w, channels))
            result = result + weight[..., None] * taken
    return result


def resize_maps(maps, height, width):
    """Maps at another resolution, interpolated linearly, corner on corner: a flow that is the identity stays so.

    Args:
        maps: f32 [N, h, w, C].
        height, width: pixels of the result.
    Returns:
        f32 [N, height, width, C].
    Lesson 07.
    """
    for axis, size in ((1, height), (2, width)):
        old = maps.shape[axis]
        if old != size:
            at = np.linspace(0, old - 1, size)
            weights = np.stack([np.interp(at, np.arange(old), row) for row in np.eye(old)], 1).astype(np.float32)
            maps = ops.einsum("ij,njwc->niwc" if axis == 1 else "ij,nhjc->nhic", weights, maps)
    return maps


def soft_argmax(heatmap):
    """The mean coordinates of a heatmap that sums to one: a maximum that has a gradient.

    Args:
        heatmap: f32 [N, H, W, K], each of the K maps summing to 1.
    Returns:
        f32 [N, K, 2], (x, y) in [-1, 1].
    References:
        Siarohin et al. 2019, First Order Motion Model, section 3.1.
    Lesson 07.
    """
    _, height, width, _ = heatmap.shape
    return ops.einsum("nhwk,hwc->nkc", heatmap, coordinate_grid(height, width))


def gaussians(points, size, variance):
    """One Gaussian bump at each point, 1 at its centre.

    Args:
        points: f32 [N, K, 2].
        size: side of the maps, pixels.
        variance: in squared coordinates; 0.01 in the paper.
    Returns:
        f32 [N, size, size, K].
    Lesson 07.
    """
    away = coordinate_grid(size, size)[None, :, :, None] - points[:, None, None]
    return ops.exp(-0.5 * ops.sum(away * away, -1) / variance)


def inverse(matrices):
    """The inverses of 2 x 2 matrices.

    Args:
        matrices: f32 [..., 2, 2], of determinants other than 0.
    Returns:
        f32 [..., 2, 2].
    Lesson 07.
    """
    a, b, c, d = matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 0], matrices[..., 1, 1]
    adjoint = ops.stack([ops.stack([d, -b], -1), ops.stack([-c, a], -1)], -2)
    return adjoint / (a * d - b * c)[..., None, None]


def local_motions(source_points, source_jacobians, driving_points, driving_jacobians, size):
    """The candidate motions: the identity for the background, then one affine map around each keypoint.

    T_k(z) = p_S + J_S J_D^-1 (z - p_D), the first-order Taylor expansion of the motion at the keypoint.

    Args:
        source_points, driving_points: f32 [N, K, 2].
        source_jacobians, driving_jacobians: f32 [N, K, 2, 2].
        size: side of the flows, pixels.
    Returns:
        f32 [N, K + 1, size, size, 2], backward flows.
    References:
        Siarohin et al. 2019, equations 4 and 5.
    Lesson 07.
    """
    grid = coordinate_grid(size, size)
    jacobian = ops.matmul(source_jacobians, inverse(driving_jacobians))
    away = grid[None, None] - driving_points[:, :, None, None]
    moved = ops.sum(jacobian[:, :, None, None] * away[..., None, :], -1) + source_points[:, :, None, None]
    still = ops.zeros_like(moved[:, :1]) + grid
    return ops.concatenate([still, moved], 1)


class _Float32(layers.Layer):
    """A layer that computes in float32 under every policy: coordinates need the precision."""

    def __init__(self, **kwargs):
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)


@keras.saving.register_keras_serializable("course_lib")
class AntialiasDown(layers.Layer):
    """Blurs an image with a Gaussian and keeps every n-th pixel, so that nothing finer is folded into coarse patterns.

    Sigma (n - 1) / 2, a kernel of 2 round(4 sigma) + 1 pixels, zero padding.

    Args:
        factor: n, at least 1; 1 changes nothing.
    Lesson 07.
    """

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, image):
        if self.factor == 1:
            return image
        sigma, channels = (self.factor - 1) / 2, image.shape[-1]
        reach = round(4 * sigma)
        bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
        kernel = np.outer(bell, bell) / bell.sum() ** 2
        kernel = np.tile(kernel[:, :, None, None], (1, 1, channels, 1))
        padded = ops.pad(image, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
        blurred = ops.depthwise_conv(padded, ops.cast(kernel, image.dtype), padding="valid")
        return blurred[:, ::self.factor, ::self.factor]

    def compute_output_shape(self, shape):
        n, h, w, c = shape
        return n, -(-h // self.factor), -(-w // self.factor), c

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable("course_lib")
class Keypoints(_Float32):
    """From score maps to keypoints and Jacobians: softmax over space, then means under the heatmaps.

    Called with scores [N, H, W, K] and, where there are Jacobians, their maps [N, H, W, 4 K].

    Args:
        temperature: of the softmax.
    Lesson 07.
    """

    def __init__(self, temperature, **kwargs):
        super().__init__(**kwargs)
        self.temperature = temperature

    def call(self, scores, maps=None):
        _, h, w, count = scores.shape
        flat = ops.reshape(scores, (-1, h * w, count)) / self.temperature
        heatmap = ops.reshape(ops.softmax(flat, axis=1), (-1, h, w, count))
        points = soft_argmax(heatmap)
        if maps is None:
            return points, ops.zeros_like(points)[..., None] + np.eye(2, dtype=np.float32)
        maps = ops.reshape(maps, (-1, h, w, count, 4))
        jacobians = ops.einsum("nhwk,nhwkj->nkj", heatmap, maps)
        return points, ops.reshape(jacobians, (-1, count, 2, 2))

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}


@keras.saving.register_keras_serializable("course_lib")
class Candidates(_Float32):
    """What the dense motion network sees: heatmap differences, and the source warped by every candidate motion.

    Called with the small source [N, s, s, 3], then the points and Jacobians of source and driving frame; returns the
    candidate flows f32 [N, K + 1, s, s, 2] and the network's input f32 [N, s, s, 4 (K + 1)].

    Args:
        variance: of the heatmaps.
    Lesson 07.
    """

    def __init__(self, variance, **kwargs):
        super().__init__(**kwargs)
        self.variance = variance

    def call(self, source, source_points, source_jacobians, driving_points, driving_jacobians):
        _, size, _, channels = source.shape
        flows = local_motions(source_points, source_jacobians, driving_points, driving_jacobians, size)
        count = flows.shape[1]
        tall = ops.reshape(ops.transpose(flows, (0, 2, 1, 3, 4)), (-1, size, count * size, 2))
        warped = sample(source, tall)  # all candidates side by side
        difference = gaussians(driving_points, size, self.variance) - gaussians(source_points, size, self.variance)
        heat = ops.pad(difference, ((0, 0), (0, 0), (0, 0), (1, 0)))[..., None]
        warped = ops.transpose(ops.reshape(warped, (-1, size, count, size, channels)), (0, 1, 3, 2, 4))
        return flows, ops.reshape(ops.concatenate([heat, warped], -1), (-1, size, size, count * (channels + 1)))

    def get_config(self):
        return {**super().get_config(), "variance": self.variance}


@keras.saving.register_keras_serializable("course_lib")
class Blend(_Float32):
    """The flow: candidate flows [N, K + 1, s, s, 2] weighted by masks [N, s, s, K + 1] that sum to one."""

    def call(self, flows, masks):
        return ops.sum(flows * ops.transpose(masks, (0, 3, 1, 2))[..., None], 1)  # an einsum takes ten times as long


@keras.saving.register_keras_serializable("course_lib")
class Carry(_Float32):
    """What a flow carries over from the source, where it is visible; what was painted, or nothing, elsewhere.

    Called with features [N, H, W, C], a flow [N, h, w, 2], an occlusion map [N, h, w, 1] (1: visible) and, where there
    is one, what was painted [N, H, W, C]. Flow and map are resized to H x W where they differ.
    """

    def call(self, features, flow, occlusion, painted=None):
        size = features.shape[1:3]
        carried, visible = sample(features, resize_maps(flow, *size)), resize_maps(occlusion, *size)
        return visible * carried if painted is None else visible * carried + (1 - visible) * painted
