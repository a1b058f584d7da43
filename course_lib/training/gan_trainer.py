"""Generative adversarial training: one step of discriminator and generator, and the run. Lessons 04, 05, 06 and 09."""
from functools import partial

import keras
import numpy as np
from keras import ops

from course_lib.show import encode_sheet, image_sheet
from course_lib.training.ada import adapt_probability, augment, draw_augmentations

from .fit import fit
from .gan_losses import GAN_LOSSES, LABELLED, gradient_penalty, r1_penalty
from .gan_options import Augmentation, GANOptimizers, Regularisation
from .gradients import compiled, global_norm, input_gradient, value_and_gradients


class GANTrainer:
    """Trains a generator and a discriminator against each other (a trainer.Trainer; see train_gan).

    `generator_ema` is the model to use afterwards; generator_optimizer and discriminator_optimizer are Adam's.

    Args:
        generator: a built keras.Model from inputs to images.
        discriminator: a built keras.Model from images to scores (logits) [N, 1] or [N, h, w, 1].
        loss: a key of gan_losses.GAN_LOSSES.
        optimizers: GANOptimizers.
        regularisation: Regularisation of the discriminator; none when left out.
        augmentation: Augmentation of what the discriminator sees; none when left out.
        auxiliary: AuxiliaryLoss of the generator, or None.
        condition: (inputs, image) -> what the discriminator sees, as image and condition; by default the image alone.
        label_smoothing: real images get the label 1 - label_smoothing instead of 1 (one-sided).
        ema_decay: decay per step of the generator's exponential moving average.
        discriminator_steps: steps of the discriminator for one of the generator.
        frozen: "generator" or "discriminator" trains only the other; may be set between two runs.
        seed: of the draws of augmentations and mixing weights.
    Raises:
        ValueError: for an unknown loss or frozen network, or for label smoothing with a loss that has no labels.
    References:
        Goodfellow et al. 2014, algorithm 1.
    Lesson 04.
    """

    def __init__(self, generator, discriminator, loss="non-saturating", *, optimizers=None, regularisation=None,
                 augmentation=None, auxiliary=None, condition=None, label_smoothing=0.0, ema_decay=0.999,
                 discriminator_steps=1, frozen=None, seed=0):
        if loss not in GAN_LOSSES:
            raise ValueError(f"loss={loss!r} is unknown; there are {', '.join(GAN_LOSSES)}")
        if frozen not in (None, "generator", "discriminator"):
            raise ValueError(f"frozen={frozen!r}: expected None, 'generator' or 'discriminator'")
        if label_smoothing and loss not in LABELLED:
            raise ValueError(f"label_smoothing: the loss {loss!r} has no labels; {', '.join(LABELLED)} have")
        optimizers = optimizers or GANOptimizers()
        self.generator, self.discriminator, self.loss, self.frozen = generator, discriminator, loss, frozen
        self.discriminator_loss, self.generator_loss = GAN_LOSSES[loss]
        if label_smoothing:
            self.discriminator_loss = partial(self.discriminator_loss, real_label=1 - label_smoothing)
        self.regularisation, self.augmentation = regularisation or Regularisation(), augmentation or Augmentation()
        self.auxiliary, self.condition = auxiliary, condition or (lambda inputs, image: image)
        self.adversarial_weight = auxiliary.adversarial_weight if auxiliary else 1.0
        self.auxiliary_variables = auxiliary.variables if auxiliary else ()
        self.ema_decay, self.discriminator_steps = ema_decay, discriminator_steps
        self.generator_ema = keras.models.clone_model(generator)
        self.generator_ema.set_weights(generator.get_weights())
        rates = optimizers.learning_rate, optimizers.discriminator_learning_rate or optimizers.learning_rate
        self.generator_optimizer, self.discriminator_optimizer = (
            keras.optimizers.Adam(rate, beta_1=optimizers.beta_1, beta_2=0.99) for rate in rates)
        self.generator_optimizer.build(generator.trainable_variables)
        self.discriminator_optimizer.build(discriminator.trainable_variables)
        self.counts = keras.Variable([0.0, self.augmentation.probability], trainable=False, dtype="float32",
                                     name="counts")  # steps, probability of augmentations
        self.rng, self.entries = np.random.default_rng(seed), []
        self._compiled = {name: compiled(step, self.variables) for name, step in (
            ("discriminator", self.discriminator_step), ("generator", self.generator_step),
            ("regularised", partial(self.discriminator_step, regularise=True)))}

    # ---- the method: one step of each network

    def discriminator_step(self, inputs, real, mix, augment_real, augment_fake,
                           regularise=False):
        """Updates the discriminator: high scores for real images, low ones for fakes.

        Args:
            inputs, real: a batch: the generator's inputs, real images f32 [N, S, S, C].
            mix: f32 [N, 1, 1, 1], where between real and fake the penalty is taken.
            augment_real, augment_fake: augmentations of the images, or None.
            regularise: whether this step adds the penalties (see Regularisation).
        Returns:
            Loss, norm of its gradient, scores of the real and of the fake images.
        """
        fake = ops.stop_gradient(self.generator(inputs, training=True))
        real = augment(self.condition(inputs, real), augment_real)
        fake = augment(self.condition(inputs, fake), augment_fake)
        gamma, weight = self.regularisation.r1, self.regularisation.gradient_penalty
        every = self.regularisation.every

        def loss():
            real_scores = self.discriminator(real, training=True)
            fake_scores = self.discriminator(fake, training=True)
            value = self.discriminator_loss(real_scores, fake_scores)
            if regularise and gamma:  # gamma / 2 |grad D(x)|^2 at real images
                value = value + gamma * every * r1_penalty(self._slope(real))
            if regularise and weight:  # (|grad D(x)| - 1)^2 between real and fake
                slope = self._slope(mix * real + (1 - mix) * fake)
                value = value + weight * every * gradient_penalty(slope)
            return value, (real_scores, fake_scores)

        weights = self.discriminator.trainable_variables
        value, scores, gradients = value_and_gradients(loss, weights, self._others(weights))
        self.discriminator_optimizer.apply(gradients, weights)
        return value, global_norm(gradients), *scores

    def generator_step(self, inputs, real, augment_fake, decay):
        """Updates the generator: high scores for its images. Its average follows.

        Args:
            inputs, real: a batch: the generator's inputs, real images f32 [N, S, S, C].
            augment_fake: augmentations of the images, or None.
            decay: of the exponential moving average, 0 to 1.
        Returns:
            Loss and norm of its gradient.
        """
        def loss():
            fake = self.generator(inputs, training=True)
            scores = [self._score(augment(self.condition(inputs, fake), augment_fake))]
            if self.loss == "relativistic":  # it compares them with those of real images
                scores.append(self._score(augment(self.condition(inputs, real), augment_fake)))
            value = self.adversarial_weight * self.generator_loss(*scores)
            if self.auxiliary:
                value = value + self.auxiliary.function(fake, real)
            return value, ()

        weights = self.generator.trainable_variables
        value, _, gradients = value_and_gradients(loss, weights, self._others(weights))
        self.generator_optimizer.apply(gradients, weights)
        update_ema(self.generator_ema, self.generator, decay)
        return value, global_norm(gradients)

    def _score(self, images):
        return self.discriminator(images, training=False)

    def _slope(self, images):
        return input_gradient(self._score, images)

    def _others(self, weights):
        """All Variables of both networks but these weights, and those that the auxiliary loss reads."""
        return [v for v in [*self.generator.variables, *self.discriminator.variables, *self.auxiliary_variables]
                if not any(v is w for w in weights)]

    # ---- what fit() asks of a Trainer

    def step(self, batch):
        """Trains the discriminator on a batch and, every discriminator_steps steps, the generator.

        Args:
            batch: (inputs, real).
        Returns:
            The sum of both losses, a float, which is not finite when either is not.
        """
        inputs, real = batch
        n, (count, probability) = len(real), np.array(self.counts)
        mix = self._draw_mix((n, *[1] * (np.ndim(real) - 1))).astype(np.float32)
        augmented, side = self.augmentation.kind != "none", np.shape(real)[1]
        augment_real, augment_fake, augment_generated = (
            draw_augmentations(self.rng, n, side, probability) if augmented else None for _ in range(3))
        entry, penalties = {}, self.regularisation
        if self.frozen != "discriminator":
            regularise = (penalties.r1 or penalties.gradient_penalty) and count % penalties.every == 0
            loss, norm, real_scores, fake_scores = self._compiled["regularised" if regularise else "discriminator"](
                *_tensors(inputs, real, mix, augment_real, augment_fake))
            entry |= {"discriminator": float(loss), "discriminator_norm": float(norm),
                      "real": np.ravel(real_scores), "fake": np.ravel(fake_scores)}
            if self.augmentation.kind == "adaptive":
                probability = adapt_probability(probability, entry["real"], n)
        if self.frozen != "generator" and count % self.discriminator_steps == 0:
            decay = np.float32(min(self.ema_decay, (1 + count) / (10 + count)))
            loss, norm = self._compiled["generator"](*_tensors(inputs, real, augment_generated, decay))
            entry |= {"generator": float(loss), "generator_norm": float(norm)}
        self.counts.assign([count + 1, probability])
        self.entries.append(entry)
        return entry.get("discriminator", 0.0) + entry.get("generator", 0.0)

    def _draw_mix(self, shape):
        return self.rng.random(shape)

    @property
    def variables(self):
        """Every Variable that a step reads or changes: what a checkpoint holds, in this order."""
        return [*self.generator.variables, *self.discriminator.variables, *self.generator_ema.variables, self.counts,
                *self.auxiliary_variables, *self.generator_optimizer.variables, *self.discriminator_optimizer.variables]

    @property
    def learning_rate(self):
        """The generator's learning rate; setting it changes the discriminator's by the same factor."""
        return float(np.array(self.generator_optimizer.learning_rate))

    @learning_rate.setter
    def learning_rate(self, value):
        factor = value / self.learning_rate
        for optimizer in (self.generator_optimizer, self.discriminator_optimizer):
            optimizer.learning_rate = factor * float(np.array(optimizer.learning_rate))

    @property
    def steps(self):
        """Steps trained so far, resumed runs included."""
        return int(np.array(self.counts)[0])

    def pop_log(self):
        """Sums up the steps since the last call, for History.validation.

        Returns:
            A dict: mean losses "discriminator" and "generator" and gradient norms "discriminator_norm" and
            "generator_norm" (None without a step); the last scores, at most 64, of "real" and "fake" images;
            "chance", the probability of augmentations.
        """
        entries, self.entries = self.entries, []
        log = {}
        for name in ("discriminator", "generator", "discriminator_norm", "generator_norm"):
            values = [e[name] for e in entries if name in e]
            log[name] = float(np.mean(values)) if values else None
        for name in ("real", "fake"):
            scores = np.concatenate([e[name] for e in entries[-8:] if name in e] or [[]])
            log[name] = [round(float(v), 3) for v in scores[-64:]]
        return log | {"chance": float(np.array(self.counts)[1])}


def train_gan(trainer, batches, seconds=None, steps=None, *, metrics=None, samples=None, every=5.0, **options):
    """Trains a GAN until its time or its steps are used up; interrupts, NaN recovery and resuming are fit()'s.

    Args:
        trainer: a GANTrainer.
        batches: yields (inputs, real): the generator's inputs and the real images, one row each.
        seconds, steps: the budget, as for fit.
        metrics: trainer -> dict of further numbers for the log.
        samples: inputs whose images by the moving average (its first three channels) are kept in the log.
        every: seconds between two entries of the log (or give validations=12).
        options: as for fit (checkpoint, resume, learning_rate, quiet, ...).
    Returns:
        The History; its `validation` is the log: losses, gradient norms, scores and a "sample" (see decode_sheet).
    Lesson 04.
    """
    def images():
        return trainer.generator_ema.predict_on_batch(samples)[..., :3]

    def log(trainer):
        entry = trainer.pop_log()
        if samples is not None:
            entry["sample"] = encode_sheet(image_sheet(images()))
        return entry | (metrics(trainer) if metrics else {})

    preview = options.pop("preview", samples is not None)
    if preview is True:
        def preview(trainer):
            return image_sheet(images(), zoom=2)

    return fit(trainer, batches, seconds, steps, preview=preview or None, validation=log, validate_every=every,
               **options)


def noise_batches(images, latent, rng, batch=32, mirror=True):
    """Endless batches for train_gan: latent vectors and real images.

    Args:
        images: [N, H, W, 3], f32 in [0, 1] or uint8, drawn with replacement.
        latent: length of a latent vector.
        rng: numpy.random.Generator.
        batch: rows in a batch.
        mirror: whether half of the images are mirrored.
    Returns:
        A generator of (standard normal f32 [batch, latent], f32 [batch, H, W, 3]).
    Lesson 04.
    """
    while True:
        real = images[rng.integers(0, len(images), batch)]
        real = real.astype(np.float32) / 255 if real.dtype == np.uint8 else real
        if mirror:
            real = np.where(rng.random((batch, 1, 1, 1)) < 0.5, real[:, :, ::-1], real)
        yield rng.standard_normal((batch, latent)).astype(np.float32), real


def update_ema(average, model, decay):
    """Moves every weight of the exponential moving average: decay * average + (1 - decay) * model.

    Args:
        average, model: keras.Models of one architecture.
        decay: 0 to 1.
    Lesson 04.
    """
    for slow, fast in zip(average.variables, model.variables, strict=True):
        slow.assign(ops.cast(decay, slow.dtype) * slow + ops.cast(1 - decay, slow.dtype) * ops.cast(fast, slow.dtype))


def _tensors(*arrays):
    def convert(a):
        if a is None:
            return None
        return [convert(x) for x in a] if isinstance(a, (list, tuple)) else ops.convert_to_tensor(a)

    return [convert(a) for a in arrays]
