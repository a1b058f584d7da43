"""How well networks enlarge faces four times, on people whom none of them has seen. Lesson 09."""
import keras
import numpy as np

from course_lib.checkpoints import load
from course_lib.data.large_portraits import large_portraits
from course_lib.data.portraits import portraits
from course_lib.degradation import degrade, resize, second_order
from course_lib.metrics.detail import perceptual_distance, sharpness
from course_lib.metrics.image import psnr, ssim
from course_lib.models.esrgan import enlarge, network_interpolation
from course_lib.models.evaluators import feature_pyramid

SCALE = 4
HELD_OUT, FIRST_HELD_OUT = 200, 8000  # of either size, people whom none of these networks sees in training
EVALUATOR = "identity_evaluator"  # whose features measure the perceptual distance


def downsample(images):
    """Downsample by the antialiased cubic filter on which papers compare.

    Args:
        images: f32 [N, H, W, 3] in [0, 1].
    Returns:
        f32 [N, H / 4, W / 4, 3].
    """
    return np.stack([resize(x, scale=1 / SCALE, filter="antialiased") for x in images])


def bicubic(images):
    """Enlarge by the same filter: the baseline.

    Args:
        images: f32 [N, H, W, 3] in [0, 1].
    Returns:
        f32 [N, 4 H, 4 W, 3].
    """
    return np.stack([resize(x, scale=SCALE, filter="antialiased") for x in images])


def degrade_twice(images, first_seed):
    """Downsample by degradation.second_order, each image with the next seed.

    Args:
        images: f32 [N, H, W, 3] in [0, 1].
        first_seed: int.
    Returns:
        f32 [N, H / 4, W / 4, 3].
    """
    return np.stack([degrade(x, second_order(first_seed + k, x.shape[:2], SCALE)) for k, x in enumerate(images)])


def held_out(side, count=HELD_OUT):
    """Load held-out people.

    Args:
        side: 64, portraits on grey (masks of ones), or 128, in their scene.
        count: how many people.
    Returns:
        f32 (small [N, side / 4, side / 4, 3], large [N, side, side, 3], masks [N, side, side]).
    Lesson 09.
    """
    if side == 64:
        large = portraits(count, first=FIRST_HELD_OUT).pictures()
        return downsample(large), large, np.ones(large.shape[:3], np.float32)
    faces = large_portraits(count, first=FIRST_HELD_OUT)
    return downsample(faces.pictures()), faces.pictures(), faces.masks.astype(np.float32) / 255


def scores(network, small, large, masks):
    """Measure a network that enlarges images, as means over the images.

    Args:
        network: keras.Model, or a function of the small images.
        small, large, masks: what held_out returns.
    Returns:
        A dict: psnr and ssim of the whole image; perceptual (distance of the person on grey by the identity
        evaluator, which trained no restorer); sharpness (fraction of the truth's finest detail).
    Lesson 09.
    """
    enlarged = enlarge(network, small) if isinstance(network, keras.Model) else network(small)
    evaluator = feature_pyramid(load(EVALUATOR), large.shape[1])
    grey = [x * masks[..., None] + 0.5 * (1 - masks[..., None]) for x in (enlarged, large)]
    values = {"psnr": psnr(enlarged, large), "ssim": ssim(enlarged, large),
              "perceptual": perceptual_distance(evaluator, *grey), "sharpness": sharpness(enlarged, large)}
    return {name: float(np.mean(value)) for name, value in values.items()}


def tradeoff(small, large, masks, alphas=(0, 0.25, 0.5, 0.75, 1), networks=None):
    """Interpolate from the pixel-trained network to the adversarial one, and measure each mixture.

    More of the second should cost PSNR and look better: no method has the best of both.

    Args:
        small, large, masks: what held_out returns.
        alphas: weights of the adversarial network, 0 to 1.
        networks: (pixel, adversarial); the shipped ones when left out.
    Returns:
        List of scores(), each with its alpha as "share".
    References:
        Blau & Michaeli 2018, The Perception-Distortion Tradeoff; Wang et al. 2018, ESRGAN, equation 6.
    Lesson 09.
    """
    pixel, adversarial = networks or (load("esrgan_pixel"), load("esrgan"))
    networks = {float(a): network_interpolation(pixel, adversarial, a) for a in alphas}
    return [{"share": a, **scores(network, small, large, masks)} for a, network in networks.items()]
