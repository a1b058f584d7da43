"""The losses of faceswap-GAN and of dfaker, with their published weights, and the game they are played in. Lesson 05.

Outputs are a generator's seven channels (models.faceswap_gan.parts). Targets are f32 [N, S, S, 8]: the wanted picture
(0:3), the colour wanted before the mask (3:6), the visible face (6) and the eyes (7); `target` puts them together. The
published weights hold for pictures from -1 to 1; ours run from 0 to 1, so that every difference is doubled here.
"""
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from course_lib.models.faceswap_gan import parts

from .adversarial import Game
from .fit import cosine, fit
from .losses import structural_similarity

RANGE = 2.0  # the published pictures run from -1 to 1


@dataclass(frozen=True)
class Weights:
    """How much each loss counts; the defaults are the published ones, 0 leaves a loss out.

    perceptual: at four depths, deepest first. eyes: how much more a pixel of the eyes counts, in colour and edges.
    hinge: of the mask below `least`. small: of the mask's mean, as long as there is no hinge. smooth: of the mask's
    total variation. known: of the cross-entropy with the visible face, where it is known, as it is when objects are
    drawn over the pictures (training.occluders); published is 0: nobody says where the face is. whole: of the finished
    picture's own reconstruction, which the published network leaves
    to its discriminator; it has 40,000 steps to learn its mask in, ours some hundreds.
    """

    colour: float = 1.0
    whole: float = 1.0
    adversarial: float = 0.1
    edge: float = 0.1
    eyes: float = 30.0
    perceptual: tuple = (0.01, 0.1, 0.3, 0.1)
    hinge: float = 0.1
    smooth: float = 0.1
    small: float = 0.01
    known: float = 0.0


@dataclass(frozen=True)
class Moment:
    """The published schedule at one share of the run: what the perceptual loss is multiplied by (0 or 1), the least
    mask that the hinge asks for (0: the mean of the mask is made small instead), and the rates' factor."""

    perceptual: float
    least: float
    rate: float


def schedule(share):
    """What counts after a share (0 to 1) of the run: a Moment.

    Perceptual losses from 20 %; the hinge from 30 % at 0.5, from 40 % at 0.2, from 50 % at 0.4; rates 0.3 from 67 %,
    0.1 from 90 %. The published decoders also change places from 80 to 90 %; with one decoder there is nothing to
    change. Source: shaoanlu/faceswap-GAN, v2.2 training notebook. Raises ValueError outside 0 to 1. Lesson 05.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share of the run lies from 0 to 1; got {share}")
    least = 0.0 if share < 0.3 else 0.5 if share < 0.4 else 0.2 if share < 0.5 else 0.4
    return Moment(float(share >= 0.2), least, 1.0 if share < 0.67 else 0.3 if share < 0.9 else 0.1)


def target(pictures, colours, masks, eyes):
    """Targets f32 [N, S, S, 8] of pictures and colours [N, S, S, 3], masks and eyes [N, S, S]. Lesson 05."""
    return np.concatenate([pictures, colours, masks[..., None], eyes[..., None]], axis=-1).astype(np.float32)


def first_differences(x):
    """|x - its right neighbour| and |x - its lower neighbour|: two [N, H - 1, W - 1, C]. Lesson 05."""
    here = x[:, :-1, :-1]
    return ops.abs(here - x[:, :-1, 1:]), ops.abs(here - x[:, 1:, :-1])


def edge_loss(picture, wanted, weight=None):
    """How far the strengths of edges differ: mean absolute difference of first_differences, both directions added.

    weight: [N, H, W, 1], how much each pixel counts (its last row and column are left out). It asks for sharpness
    where the truth is sharp, and does not see on which side of an edge it is lighter. Source: faceswap-GAN. Lesson 05.
    """
    weight = 1.0 if weight is None else weight[:, :-1, :-1]
    return sum(ops.mean(weight * ops.abs(a - b))
               for a, b in zip(first_differences(picture), first_differences(wanted), strict=True))


def mask_hinge(alpha, least):
    """mean max(0, least - alpha): a mask that hides everything is pulled up to `least`, no further. Lesson 05."""
    return ops.mean(ops.relu(least - alpha))


def known_mask(alpha, visible, plain, covered=3.0):
    """The cross-entropy of a mask with the visible face [N, S, S, 1], where that is known.

    plain: the whole face on grey [N, S, S, 3]. Where it is covered by something, a pixel counts `covered` times more:
    few pixels are, and a hand taken for a cheek would hardly be felt. Lesson 05.
    """
    sure = ops.clip(alpha, 1e-4, 1 - 1e-4)
    face = ops.cast(ops.max(ops.abs(plain - 0.5), axis=-1, keepdims=True) > 0.01, "float32")
    weight = 1 + covered * face * (1 - visible)
    return -ops.mean(weight * (visible * ops.log(sure) + (1 - visible) * ops.log(1 - sure)))


def total_variation(alpha):
    """The mean of both first_differences of a mask, added: 0 for a flat one, large for a ragged one. Lesson 05."""
    return sum(ops.mean(d) for d in first_differences(alpha))


def standardised(features):
    """Features [N, ...] less their mean over their standard deviation in each row (instance normalisation)."""
    axes = tuple(range(1, len(features.shape)))
    features = ops.cast(features, "float32")
    apart = features - ops.mean(features, axis=axes, keepdims=True)
    return apart / ops.sqrt(ops.mean(ops.square(apart), axis=axes, keepdims=True) + 1e-5)


def perceptual_loss(network, picture, wanted, weights=Weights.perceptual):
    """How different two pictures look to a face network: squared differences of its features at four depths.

    network: models.judges.at_four_depths(a face network). picture, wanted: faces on grey f32 [N, 64, 64, 3]. weights:
    of each depth, deepest first. Features are standardised in each picture. Source: Johnson et al. 2016, section 3.2;
    the normalisation and weights of faceswap-GAN. Lesson 05.
    """
    pairs = zip(weights, network(picture, training=False), network(wanted, training=False), strict=True)
    return sum(w * ops.mean(ops.square(standardised(a) - standardised(ops.stop_gradient(b)))) for w, a, b in pairs)


def swap_losses(output, wanted, weights, network=None, perceptual=1.0, least=0.4):
    """Every loss of the generator but the adversarial one, weighted: name -> number.

    output: [N, S, S, 7]. wanted: [N, S, S, 8]. network: at_four_depths of a face network, needed when
    weights.perceptual counts. perceptual, least: see Moment. Lesson 05.
    """
    picture, colour, alpha = parts(output)
    truth, plain, mask, eyes = wanted[..., :3], wanted[..., 3:6], wanted[..., 6:7], wanted[..., 7:8]
    off = RANGE * ops.abs(colour - plain)
    losses = {"colour": weights.colour * ops.mean(off), "eyes": weights.eyes * ops.mean(eyes * off)}
    if weights.whole:
        losses["whole"] = weights.whole * RANGE * ops.mean(ops.abs(picture - truth))
    if weights.edge:
        losses["edge"] = RANGE * weights.edge * edge_loss(colour, plain)
        losses["eyes' edges"] = RANGE * weights.eyes * edge_loss(colour, plain, eyes)
    if any(weights.perceptual):
        seen, wished = (mask * x + (1 - mask) * 0.5 for x in (picture, truth))
        losses["perceptual"] = perceptual * perceptual_loss(network, seen, wished, weights.perceptual)
    if weights.hinge:
        losses["hinge"] = weights.hinge * mask_hinge(alpha, least)
    if weights.smooth:
        losses["smooth"] = weights.smooth * total_variation(alpha)
    if weights.small:
        losses["small"] = weights.small * ops.cast(ops.equal(least, 0.0), "float32") * ops.mean(alpha)
    if weights.known:
        losses["known"] = weights.known * known_mask(alpha, mask, plain)
    return losses


def swap_game(generator, discriminator, weights=None, network=None, *, rate=1e-4, seed=0):
    """A Game of faceswap-GAN: least squares with mixup on pairs, beside the other losses. Returns (game, follow).

    generator: gives seven channels of [.., distorted picture] (models.faceswap_gan). discriminator: sees the picture beside
    the distorted one. weights: Weights. network: as for swap_losses. rate: of the generator; the discriminator's is twice
    that, as published (1e-4 and 2e-4, first moment 0.5). follow is for play's learning_rate: it moves the game along
    the schedule. With weights.adversarial 0 the discriminator rests. Raises ValueError when the perceptual loss has no
    network. Lesson 05.
    """
    weights = weights or Weights()
    if any(weights.perceptual) and network is None:
        raise ValueError("the perceptual loss looks through a face network: give network=at_four_depths(...), or set "
                         "Weights(perceptual=(0, 0, 0, 0))")
    now = [keras.Variable(value, trainable=False, dtype="float32", name=name)
           for name, value in (("perceptual", schedule(0).perceptual), ("least", schedule(0).least))]

    def pair(inputs, picture):
        distorted = inputs[-1] if isinstance(inputs, (list, tuple)) else inputs
        return ops.concatenate([ops.cast(picture[..., :3], "float32"), distorted], axis=-1)

    def extra(output, wanted):
        return sum(swap_losses(output, wanted, weights, network, *map(ops.convert_to_tensor, now)).values())

    # the game of least squares counts half of the square, the published one the whole of it
    game = Game(generator, discriminator, "least squares", rate=rate, discriminator_rate=2 * rate, beta=0.5, mixup=0.2, view=pair,
                extra=extra, weight=2 * weights.adversarial, settings=now, seed=seed,
                frozen=None if weights.adversarial else "discriminator")

    def follow(share):
        moment = schedule(min(share, 1.0))
        for variable, value in zip(now, (moment.perceptual, moment.least), strict=True):
            variable.assign(value)
        for optimizer, full in zip(game.optimizers, (rate, 2 * rate), strict=True):
            optimizer.learning_rate = full * moment.rate
        return rate * moment.rate

    return game, follow


def dfaker_loss(mask, colour, true_mask, true_colour):
    """dfaker's loss: (1 - SSIM) / 2 of the face inside the true mask + the mean squared error of the mask.

    mask, true_mask: [N, S, S, 1]; colour, true_colour: [N, S, S, 3]. Outside the true mask nothing is asked of the
    colour. Source: dfaker/df, penalized loss of DSSIM. Lesson 05.
    """
    dissimilar = (1 - structural_similarity(true_mask * true_colour, true_mask * colour)) / 2
    return dissimilar + ops.mean(ops.square(mask - true_mask))


@keras.saving.register_keras_serializable("course_lib")  # a Game copies its generator, with the loss it has learned by
def _mask_alone(wanted, output):
    return known_mask(parts(output)[2], wanted[..., 6:7], wanted[..., 3:6], covered=10.0)


def teach_mask(model, batches, steps=800, rate=2e-3, **options):
    """Trains the mask of a masked_decoder alone on known_mask. Returns the History.

    batches: yields ([codes, distorted], targets). options: as for fit. In a game the mask shuts or opens within some
    dozen steps and then learns little, as the sigmoid is flat there; taught first, it enters the game knowing what
    stands in front of a face. Lesson 05.
    """
    for name in ("trunk", "person"):
        model.get_layer(name).trainable = False
    model.compile(keras.optimizers.Adam(rate), loss=_mask_alone, jit_compile=False)
    history = fit(model, batches, steps=steps, learning_rate=cosine(rate), **options)
    for name in ("trunk", "person"):
        model.get_layer(name).trainable = True
    return history


class KeepBest:
    """Keeps the weights with which a measure was smallest: for the learning_rate of play or fit, around another.

    model: the keras.Model whose weights are kept (a Game's average). measure: model -> number. every: steps between
    two looks. `curve` is [[step, number], ...], `step` that of the best; restore() puts its weights back. Lesson 05.
    """

    def __init__(self, model, measure, rate, every=50):
        self.model, self.measure, self.rate, self.every = model, measure, rate, every
        self.curve, self.count, self.best, self.weights, self.step = [], 0, np.inf, None, 0

    def __call__(self, share):
        if self.count and self.count % self.every == 0:
            self.look()
        self.count += 1
        return self.rate(share)

    def look(self):
        """Measures now; keeps the weights when they are the best so far. Numbers that are not finite never are."""
        found = float(self.measure(self.model))
        self.curve.append([self.count, found])
        if found < self.best:
            self.best, self.step, self.weights = found, self.count, self.model.get_weights()

    def restore(self):
        """Puts the best weights back; without any, leaves the model as it is."""
        if self.weights is not None:
            self.model.set_weights(self.weights)


def verdict(pictures, truth, alpha, stopped="done"):
    """What is wrong with what a run gives, in words; "" for a sound one.

    pictures: finished faces [N, S, S, 3] of different scenes; truth: the wanted ones; alpha [N, S, S, 1]; stopped: the
    History's. A run has collapsed when it stopped at a number that is not finite, when its mask is shut (it gives the
    source back) or open everywhere, when its faces differ from each other by less than half of what the true ones do,
    or when what the mask lets through is farther from the truth than the mean face is. Lesson 05.
    """
    if stopped == "nan" or not (np.isfinite(pictures).all() and np.isfinite(alpha).all()):
        return "a number was not finite"
    if not 0.02 < alpha.mean() < 0.98:
        return "the mask is shut: it gives the source back" if alpha.mean() < 0.5 else "the mask is open everywhere"
    spread, wanted = (float(np.std(x, axis=0).mean()) for x in (pictures, truth))
    if spread < wanted / 2:
        return "its faces are all alike"
    far = np.sum(alpha * (pictures - truth) ** 2) > np.sum(alpha * np.var(truth, axis=0))
    return "its faces are farther from the truth than the mean face" if far else ""
