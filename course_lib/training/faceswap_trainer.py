"""How faceswap-GAN is trained: the least-squares GAN with mixup, and its schedule. Lesson 05."""
import keras
import numpy as np
from keras import ops

from course_lib.models.faceswap_gan import composite, parts

from .faceswap import Weights, known_mask, mask_hinge, schedule, swap_losses, total_variation
from .fit import cosine, fit
from .gan_losses import mixup_discriminator
from .gan_options import AuxiliaryLoss, GANOptimizers
from .gan_trainer import GANTrainer
from .gradients import compiled, global_norm, value_and_gradients


class MixupGANTrainer(GANTrainer):
    """A least-squares GAN whose discriminator sees real and generated images mixed, and predicts the mixing weight.

    One lambda ~ Beta(alpha, alpha) is drawn for each batch. Scores of real and fake images alone do not arise, so that
    the log has none.

    Args:
        generator, discriminator: as for GANTrainer.
        alpha: of the Beta distribution; small values mix little.
        optimizers, auxiliary, condition, frozen, seed: as for GANTrainer.
    References:
        Zhang et al. 2018, mixup, section 4; shaoanlu/faceswap-GAN.
    Lesson 05.
    """

    def __init__(self, generator, discriminator, alpha=0.2, *, optimizers=None, auxiliary=None, condition=None,
                 frozen=None, seed=0):
        self.alpha = alpha
        super().__init__(generator, discriminator, "least squares", optimizers=optimizers, auxiliary=auxiliary,
                         condition=condition, frozen=frozen, seed=seed)

    def discriminator_step(self, inputs, real, mix, augment_real, augment_fake,
                           regularise=False):
        """Updates the discriminator: its score of mix real + (1 - mix) fake becomes mix.

        Args:
            inputs, real: a batch: the generator's inputs, real images f32 [N, S, S, C].
            mix: lambda, f32 [1, 1, 1, 1].
            augment_real, augment_fake, regularise: not used.
        Returns:
            Loss, norm of its gradient, and twice no scores.
        """
        fake = ops.stop_gradient(self.generator(inputs, training=True))
        real, fake = self.condition(inputs, real), self.condition(inputs, fake)

        def loss():
            scores = self.discriminator(mix * real + (1 - mix) * fake, training=True)
            return mixup_discriminator(scores, mix), (scores[:0], scores[:0])

        weights = self.discriminator.trainable_variables
        value, scores, gradients = value_and_gradients(loss, weights, self._others(weights))
        self.discriminator_optimizer.apply(gradients, weights)
        return value, global_norm(gradients), *scores

    def _draw_mix(self, shape):
        return np.full((1,) * len(shape), self.rng.beta(self.alpha, self.alpha))


def pairs(inputs, image):
    """What the discriminator is shown of a batch: composite and colour, each beside the distorted input.

    The published colour is a whole image; lesson 02's decoder draws a face on grey, so that its real counterpart is
    the true face on grey.

    Args:
        inputs: the generator's inputs, the distorted images f32 [N, S, S, 3] last.
        image: the generator's output [N, S, S, 7], or a target of faceswap.target [N, S, S, 8].
    Returns:
        f32 [2 N, S, S, 6]: the N pairs of composites (or true images), then those of colours (or true faces on grey).
    References:
        shaoanlu/faceswap-GAN, networks/losses.py, adversarial_loss.
    Lesson 05.
    """
    distorted = inputs[-1] if isinstance(inputs, (list, tuple)) else inputs
    shown = ops.concatenate([image[..., :3], image[..., 3:6]], axis=0)
    return ops.concatenate([ops.cast(shown, "float32"), ops.concatenate([distorted] * 2, axis=0)], axis=-1)


def swap_trainer(generator, discriminator, weights=None, network=None, *, loss=None, learning_rate=1e-4, seed=0):
    """faceswap-GAN's trainer: least squares with mixup on pairs, beside the losses of swap_losses.

    Args:
        generator: gives seven channels of [.., distorted image] (models.faceswap_gan).
        discriminator: sees the image beside the distorted one, [N, S, S, 6].
        weights: faceswap.Weights, the published ones when left out; with adversarial=0 the discriminator is frozen.
        network: as for swap_losses.
        loss: (output, target) -> number, instead of all of these losses and the discriminator: another method, trained
            with the same optimiser, schedule and moving average.
        learning_rate: the generator's; the discriminator's is twice that, as published (1e-4, 2e-4; beta_1 0.5).
        seed: of the trainer's draws.
    Returns:
        (MixupGANTrainer, learning rate schedule for train_gan, which also moves the losses along faceswap.schedule).
    Raises:
        ValueError: when the perceptual loss has no network.
    References:
        shaoanlu/faceswap-GAN, v2.2 training notebook.
    Lesson 05.
    """
    weights = weights or Weights()
    if loss is None and any(weights.perceptual) and network is None:
        raise ValueError("the perceptual loss looks through a face network: give network=feature_pyramid(...), or set "
                         "Weights(perceptual=(0, 0, 0, 0))")
    scheduled = tuple(keras.Variable(value, trainable=False, dtype="float32", name=name)
                      for name, value in (("perceptual", schedule(0).perceptual), ("least", schedule(0).least)))

    def weighted(output, target):
        return sum(swap_losses(output, target, weights, network, *map(ops.convert_to_tensor, scheduled)).values())

    adversarial = 0.0 if loss else weights.adversarial
    trainer = MixupGANTrainer(
        generator, discriminator, condition=pairs, seed=seed, frozen=None if adversarial else "discriminator",
        optimizers=GANOptimizers(learning_rate, 2 * learning_rate, beta_1=0.5),
        # published: the sum of two mean squares; our least-squares loss is half the mean square over both
        auxiliary=AuxiliaryLoss(loss or weighted, 4 * adversarial, scheduled))

    def scheduled_learning_rate(progress):
        phase = schedule(min(progress, 1.0))
        for variable, value in zip(scheduled, (phase.perceptual, phase.least), strict=True):
            variable.assign(value)
        trainer.generator_optimizer.learning_rate = learning_rate * phase.learning_rate
        trainer.discriminator_optimizer.learning_rate = 2 * learning_rate * phase.learning_rate
        return learning_rate * phase.learning_rate

    return trainer, scheduled_learning_rate


@keras.saving.register_keras_serializable("course_lib")  # GANTrainer clones its generator, with its compiled loss
def _mask_alone(target, output):
    return known_mask(parts(output)[2], target[..., 6:7], target[..., 3:6], covered=10.0)


def teach_mask(model, batches, steps=800, learning_rate=2e-3, **options):
    """Trains the mask of a masked_decoder alone on known_mask.

    Trained against a discriminator from the start, the mask closes or opens within some dozen steps and then learns
    little, as the sigmoid is flat there; taught first, it begins knowing what stands in front of a face.

    Args:
        model: models.faceswap_gan.masked_decoder.
        batches: yields ([codes, distorted], targets).
        steps: training steps.
        learning_rate: the peak of a cosine schedule.
        options: as for fit.
    Returns:
        The History.
    Lesson 05.
    """
    for name in ("trunk", "person"):
        model.get_layer(name).trainable = False
    model.compile(keras.optimizers.Adam(learning_rate), loss=_mask_alone, jit_compile=False)
    history = fit(model, batches, steps=steps, learning_rate=cosine(learning_rate), **options)
    for name in ("trunk", "person"):
        model.get_layer(name).trainable = True
    return history


def fit_mask(colour, image, target, hinge=0.0, smooth=0.0, least=0.5, steps=120):
    """The mask that a reconstruction rewards: one free number per pixel, no network, the colour fixed.

    Minimises mean |composite - target| + hinge mask_hinge + smooth total_variation from a mask of one half (Adam, 0.15,
    on the mask's logits).

    Args:
        colour, image, target: f32 [N, S, S, 3] in [0, 1]; the composite is of colour and image.
        hinge, smooth: weights; published 0.1.
        least: of mask_hinge.
        steps: of Adam.
    Returns:
        The mask f32 [N, S, S, 1].
    Lesson 05.
    """
    logits = keras.Variable(np.zeros((*np.shape(colour)[:-1], 1), np.float32))
    optimizer = keras.optimizers.Adam(0.15)
    optimizer.build([logits])

    def loss():
        alpha = ops.sigmoid(logits)
        error = ops.mean(ops.abs(composite(alpha, colour, image) - target))
        return error + hinge * mask_hinge(alpha, least) + smooth * total_variation(alpha), ()

    def step():
        optimizer.apply(value_and_gradients(loss, [logits])[2], [logits])

    fast = compiled(step, [logits, *optimizer.variables])
    for _ in range(steps):
        fast()
    return np.asarray(ops.sigmoid(logits))
