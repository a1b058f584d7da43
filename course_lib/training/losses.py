"""Losses of autoencoders; every one returns one number. Lesson 02."""
import numpy as np
from keras import ops


def structural_similarity(target, image, window=7, sigma=1.5):
    """The mean SSIM of two batches of images, differentiable: 1 when they are the same.

    K1 = .01, K2 = .03, and a Gaussian window where it fits into the image.

    Args:
        target, image: f32 [N, H, W, C] in [0, 1].
        window: side of the Gaussian window, pixels; 7 instead of the paper's 11, as faces are small.
        sigma: its standard deviation, pixels.
    Returns:
        A number, at most 1.
    References:
        Wang et al. 2004, equation 13.
    Lesson 02.
    """
    kernel = np.exp(-0.5 * (np.arange(window) - (window - 1) / 2) ** 2 / sigma**2)
    kernel = ops.convert_to_tensor((kernel / kernel.sum()).astype("float32").reshape(window, 1, 1, 1))
    c = target.shape[-1]
    x = ops.concatenate([target, image, target * target + image * image, target * image], axis=-1)
    kernel = ops.tile(kernel, (1, 1, 4 * c, 1))
    x = ops.depthwise_conv(x, kernel, padding="valid")
    x = ops.depthwise_conv(x, ops.transpose(kernel, (1, 0, 2, 3)), padding="valid")
    mean_t, mean_i, squares, product = ops.split(x, 4, axis=-1)
    c1, c2 = 0.01**2, 0.03**2
    both, apart = mean_t * mean_i, mean_t * mean_t + mean_i * mean_i
    return ops.mean((2 * both + c1) * (2 * (product - both) + c2) / ((apart + c1) * (squares - apart + c2)))


def face_loss(target, image):
    """Mean absolute error + 1/4 of (1 - SSIM): what the shared encoder and its decoders are trained on.

    Args:
        target, image: f32 [N, H, W, 3] in [0, 1].
    Returns:
        A number.
    Lesson 02.
    """
    return ops.mean(ops.abs(target - image)) + 0.25 * (1 - structural_similarity(target, image))


def match_tone(image, target, mask):
    """Gives the face in an image the target's colour mean and standard deviation, by channel.

    The light on a face and the colour of its skin cannot be told apart in one image; compared this way, a swap is
    asked for what it can know.

    Args:
        image, target: f32 [N, H, W, 3] in [0, 1].
        mask: of the face, f32 [N, H, W, 1].
    Returns:
        f32 [N, H, W, 3], meaningful inside the mask.
    Lesson 02.
    """
    area = ops.sum(mask, axis=(1, 2), keepdims=True) + 1.0

    def mean_and_std(x):
        mean = ops.sum(x * mask, axis=(1, 2), keepdims=True) / area
        variance = ops.sum(ops.square(x - mean) * mask, axis=(1, 2), keepdims=True) / area
        return mean, ops.sqrt(variance + 1e-4)

    (mean_i, std_i), (mean_t, std_t) = mean_and_std(image), mean_and_std(target)
    return (image - mean_i) / std_i * std_t + mean_t


def tone_free_loss(target, image):
    """face_loss + the mean absolute error of the face after match_tone.

    Args:
        target: f32 [N, H, W, 4]: the image and, last, the mask of its face.
        image: f32 [N, H, W, 3] in [0, 1].
    Returns:
        A number.
    Lesson 02.
    """
    target, mask = target[..., :3], target[..., 3:]
    matched = match_tone(image, target, mask)
    return face_loss(target, image) + ops.mean(ops.abs(matched - target) * mask)
