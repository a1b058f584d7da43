"""The losses of faceswap-GAN and of dfaker, with their published weights and schedule. Lesson 05.

Outputs are a generator's seven channels (models.faceswap_gan.parts). Targets are f32 [N, S, S, 8]: the true image
(0:3), the colour wanted before the mask (3:6), the visible face (6) and the eyes (7); `target` puts them together. The
published weights hold for images from -1 to 1; ours run from 0 to 1, so that every difference is doubled here.
"""
from dataclasses import dataclass

import numpy as np
from keras import ops

from course_lib.models.faceswap_gan import parts

from .losses import structural_similarity

RANGE = 2.0  # the published images run from -1 to 1


@dataclass(frozen=True)
class Weights:
    """How much each loss counts; the defaults are the published ones, 0 leaves a loss out.

    Args:
        colour: the mean absolute error before the mask.
        whole: the mean absolute error of the composite; published is 0. The published composite learns from the
            discriminator and the perceptual loss alone, in 40,000 steps.
        adversarial: the adversarial loss of the composite, and the same again of the colour before the mask.
        edge: the edge loss.
        eyes: how much more a pixel of the eyes counts, in colour and edges.
        perceptual: the perceptual loss at four depths, deepest first.
        hinge: the mask's hinge below `least`.
        smooth: the mask's total variation.
        small: the mask's mean, as long as there is no hinge.
        known: the cross-entropy with the visible face, where it is known because objects are drawn over the images
            (training.occluders); published is 0.
    """

    colour: float = 1.0
    whole: float = 0.0
    adversarial: float = 0.1
    edge: float = 0.1
    eyes: float = 30.0
    perceptual: tuple = (0.01, 0.1, 0.3, 0.1)
    hinge: float = 0.1
    smooth: float = 0.1
    small: float = 0.01
    known: float = 0.0


@dataclass(frozen=True)
class Phase:
    """The published schedule at one point of the run.

    Args:
        perceptual: what the perceptual loss is multiplied by, 0 or 1.
        least: the smallest mask m that the hinge asks for; 0: the mask's mean is minimised instead.
        learning_rate: what the learning rates are multiplied by.
    """

    perceptual: float
    least: float
    learning_rate: float


def schedule(progress):
    """What counts at a point of the run.

    The perceptual loss from 20 %; the hinge from 30 % (m = 0.5), 40 % (0.2) and 50 % (0.4) to two thirds, and again
    from 80 to 90 % (0.1), the mask's mean otherwise; learning rates x 0.3 from two thirds, x 0.1 from 90 %. At 80 %
    the two published decoders also change places, for good; ours is one decoder.

    Args:
        progress: fraction of the run, 0 to 1.
    Returns:
        A Phase.
    Raises:
        ValueError: outside 0 to 1.
    References:
        shaoanlu/faceswap-GAN, v2.2 training notebook.
    Lesson 05.
    """
    if not 0 <= progress <= 1:
        raise ValueError(f"the progress of a run lies from 0 to 1; got {progress}")
    begins = (0.0, 0.2, 0.3, 0.4, 0.5, 2 / 3, 0.8, 0.9)
    k = sum(bool(progress >= b) for b in begins) - 1
    least = (0.0, 0.0, 0.5, 0.2, 0.4, 0.0, 0.1, 0.0)[k]
    return Phase(float(k >= 1), least, (1.0, 0.3, 0.1)[(k >= 5) + (k >= 7)])


def target(images, colours, masks, eyes):
    """Puts targets together.

    Args:
        images, colours: f32 [N, S, S, 3] in [0, 1].
        masks, eyes: [N, S, S], 0 to 1.
    Returns:
        f32 [N, S, S, 8].
    Lesson 05.
    """
    return np.concatenate([images, colours, masks[..., None], eyes[..., None]], axis=-1).astype(np.float32)


def first_differences(x):
    """|x - its right neighbour| and |x - its lower neighbour|.

    Args:
        x: [N, H, W, C].
    Returns:
        Two [N, H - 1, W - 1, C].
    Lesson 05.
    """
    pixel = x[:, :-1, :-1]
    return ops.abs(pixel - x[:, :-1, 1:]), ops.abs(pixel - x[:, 1:, :-1])


def edge_loss(image, truth, weight=None):
    """How far the strengths of edges differ: mean absolute difference of first_differences, both directions added.

    It asks for sharpness where the truth is sharp, and does not see on which side of an edge it is lighter.

    Args:
        image, truth: [N, H, W, C].
        weight: [N, H, W, 1], how much each pixel counts (its last row and column are left out).
    Returns:
        A number.
    References:
        shaoanlu/faceswap-GAN.
    Lesson 05.
    """
    weight = 1.0 if weight is None else weight[:, :-1, :-1]
    return sum(ops.mean(weight * ops.abs(a - b))
               for a, b in zip(first_differences(image), first_differences(truth), strict=True))


def mask_hinge(alpha, least):
    """mean max(0, least - alpha): a mask that hides everything is pulled up to `least`, no further.

    Args:
        alpha: the mask, any shape.
        least: 0 to 1.
    Returns:
        A number.
    Lesson 05.
    """
    return ops.mean(ops.relu(least - alpha))


def known_mask(alpha, visible, plain, covered=3.0):
    """The cross-entropy of a mask with the visible face, where that is known.

    Args:
        alpha: the mask, [N, S, S, 1].
        visible: the visible face, [N, S, S, 1].
        plain: the whole face on grey, [N, S, S, 3].
        covered: how much more a pixel counts where something covers the face: such pixels are rare, and a hand taken
            for a cheek would hardly be felt.
    Returns:
        A number.
    Lesson 05.
    """
    probability = ops.clip(alpha, 1e-4, 1 - 1e-4)
    face = ops.cast(ops.max(ops.abs(plain - 0.5), axis=-1, keepdims=True) > 0.01, "float32")
    weight = 1 + covered * face * (1 - visible)
    return -ops.mean(weight * (visible * ops.log(probability) + (1 - visible) * ops.log(1 - probability)))


def total_variation(alpha):
    """The mean of both first_differences of a mask, added: 0 for a flat one, large for a ragged one.

    Args:
        alpha: [N, H, W, C].
    Returns:
        A number.
    Lesson 05.
    """
    return sum(ops.mean(d) for d in first_differences(alpha))


def standardised(features):
    """Features less their mean over their standard deviation in each row (instance normalisation).

    Args:
        features: [N, ...].
    Returns:
        f32 [N, ...].
    """
    axes = tuple(range(1, len(features.shape)))
    features = ops.cast(features, "float32")
    centred = features - ops.mean(features, axis=axes, keepdims=True)
    return centred / ops.sqrt(ops.mean(ops.square(centred), axis=axes, keepdims=True) + 1e-5)


def perceptual_loss(network, image, truth, weights=Weights.perceptual):
    """How different two images look to a face network: squared differences of its features at four depths.

    Features are standardised in each image.

    Args:
        network: models.evaluators.feature_pyramid of a face network.
        image, truth: faces on grey, f32 [N, 64, 64, 3].
        weights: of each depth, deepest first.
    Returns:
        A number.
    References:
        Johnson et al. 2016, section 3.2; normalisation and weights of faceswap-GAN.
    Lesson 05.
    """
    pairs = zip(weights, network(image, training=False), network(truth, training=False), strict=True)
    return sum(w * ops.mean(ops.square(standardised(a) - standardised(ops.stop_gradient(b)))) for w, a, b in pairs)


def swap_losses(output, target, weights, network=None, perceptual=1.0, least=0.4):
    """Every loss of the generator but the adversarial one, weighted.

    Args:
        output: [N, S, S, 7].
        target: [N, S, S, 8].
        weights: Weights.
        network: feature_pyramid of a face network, needed for the perceptual loss.
        perceptual, least: see Phase.
    Returns:
        name -> number.
    Lesson 05.
    """
    image, colour, alpha = parts(output)
    truth, plain = target[..., :3], target[..., 3:6]
    mask, eyes = target[..., 6:7], target[..., 7:8]
    error = RANGE * ops.abs(colour - plain)
    losses = {"colour": weights.colour * ops.mean(error),
              "eyes": weights.eyes * ops.mean(eyes * error)}
    if weights.whole:
        losses["whole"] = weights.whole * RANGE * ops.mean(ops.abs(image - truth))
    if weights.edge:
        losses["edge"] = RANGE * weights.edge * edge_loss(colour, plain)
        losses["eyes' edges"] = RANGE * weights.eyes * edge_loss(colour, plain, eyes)
    if any(weights.perceptual):
        faces = [mask * x + (1 - mask) * 0.5 for x in (image, truth)]  # on grey
        distance = perceptual_loss(network, *faces, weights.perceptual)
        losses["perceptual"] = perceptual * distance
    if weights.hinge:
        losses["hinge"] = weights.hinge * mask_hinge(alpha, least)
    if weights.smooth:
        losses["smooth"] = weights.smooth * total_variation(alpha)
    if weights.small:
        no_hinge = ops.cast(ops.equal(least, 0.0), "float32")
        losses["small"] = weights.small * no_hinge * ops.mean(alpha)
    if weights.known:
        losses["known"] = weights.known * known_mask(alpha, mask, plain)
    return losses


def dfaker_loss(mask, colour, true_mask, true_colour):
    """dfaker's loss: (1 - SSIM) / 2 of the face inside the true mask + the mean squared error of the mask.

    Outside the true mask nothing is asked of the colour.

    Args:
        mask, true_mask: [N, S, S, 1].
        colour, true_colour: [N, S, S, 3].
    Returns:
        A number.
    References:
        dfaker/df, penalized loss of DSSIM.
    Lesson 05.
    """
    dissimilarity = (1 - structural_similarity(true_mask * true_colour, true_mask * colour)) / 2
    return dissimilarity + ops.mean(ops.square(mask - true_mask))


def verdict(images, truth, alpha, stopped="done"):
    """What is wrong with a run's results, in words.

    A run has collapsed when it stopped at a number that is not finite, when its mask is shut (it gives the source
    back) or open everywhere, when its faces differ from each other by less than half of what the true ones do, or when
    what the mask lets through is farther from the truth than the mean face is.

    Args:
        images, truth: the run's and the true faces of different scenes, [N, S, S, 3].
        alpha: the masks, [N, S, S, 1].
        stopped: the History's.
    Returns:
        A sentence; "" for a sound run.
    Lesson 05.
    """
    if stopped == "nan" or not (np.isfinite(images).all() and np.isfinite(alpha).all()):
        return "a number was not finite"
    if not 0.02 < alpha.mean() < 0.98:
        return "the mask is shut: it gives the source back" if alpha.mean() < 0.5 else "the mask is open everywhere"
    spread, true_spread = (float(np.std(x, axis=0).mean()) for x in (images, truth))
    if spread < true_spread / 2:
        return "its faces are all alike"
    far = np.sum(alpha * (images - truth) ** 2) > np.sum(alpha * np.var(truth, axis=0))
    return "its faces are farther from the truth than the mean face" if far else ""
