"""Noiseprint, small: a network that keeps of a picture only what its camera left in it. Lesson 11."""
import keras
from keras import layers, ops

from .blocks import BatchNormalization

BLOCK, SCALE = 48, 20.0  # side of the blocks in training, pixels; of the mean squared distance in the loss


@keras.saving.register_keras_serializable("course_lib")
class HighPass(layers.Layer):
    """Ten times the brightness minus its 3 x 3 mean, a fixed first layer that takes most of the scene away."""

    def call(self, x):
        return 10.0 * (x - ops.average_pool(x, 3, 1, padding="same"))

    def compute_output_shape(self, input_shape):
        return input_shape


def noiseprint(depth=4, width=16):
    """A fully convolutional network from a grey image to a residual of the same size.

    Args:
        depth: Hidden convolutions.
        width: Channels of each.
    Returns:
        keras.Model from grey images f32 [N, H, W, 1] in [0, 1] to residuals f32 [N, H, W, 1].
    References:
        Cozzolino & Verdoliva 2020, Noiseprint, section III: 17 layers of 64 channels, which start from a denoiser; here
        a fixed high-pass filter stands at the beginning instead.
    Lesson 11.
    """
    image = keras.Input((None, None, 1), name="grey")
    x = HighPass(name="high_pass")(image)
    for k in range(depth):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"conv{k}")(x)
        x = BatchNormalization(name=f"norm{k}")(x)
        x = layers.ReLU(name=f"relu{k}")(x)
    return keras.Model(image, layers.Conv2D(1, 3, padding="same", dtype="float32", name="residual")(x),
                       name="noiseprint")


def same_camera_loss(cameras, residuals):
    """The distance-based logistic loss: blocks of one camera near each other, blocks of different ones apart.

    With the distances d_ij of block i to all others, SCALE times the mean square of their difference, p_ij = exp(-d_ij)
    / sum over j' of exp(-d_ij'), and the loss is -log of the sum of p_ij over the blocks j of the same camera.

    Args:
        cameras: int [B, 1], which camera took a block; each camera has at least two blocks.
        residuals: f32 [B, S, S, 1].
    Returns:
        f32 [B].
    References:
        Cozzolino & Verdoliva 2020, equations 4 to 6, without the term on the power spectrum.
    Lesson 11.
    """
    flat = ops.reshape(residuals, (ops.shape(residuals)[0], -1))
    squares = ops.mean(flat ** 2, axis=1)
    product = ops.matmul(flat, ops.transpose(flat)) / ops.cast(ops.shape(flat)[1], "float32")
    distance = SCALE * (squares[:, None] + squares[None] - 2 * product)
    cameras = ops.reshape(cameras, (-1,))
    itself = ops.eye(ops.shape(flat)[0])
    same = ops.cast(ops.equal(cameras[:, None], cameras[None]), "float32") - itself
    logits = -ops.maximum(distance, 0.0) - 1e9 * itself
    return ops.logsumexp(logits, axis=1) - ops.logsumexp(ops.where(same > 0, logits, -1e9), axis=1)
