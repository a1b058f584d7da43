"""Training of the original swap network, with or without a discriminator on its code. Lesson 02."""
import keras
import numpy as np
from keras import ops

from course_lib.models.autoencoder import bottleneck

from .gan_losses import logistic_discriminator
from .gradients import compiled, value_and_gradients


class SwapTrainer:
    """Trains a swap_autoencoder, and aligns the codes of A and B where it is given a discriminator (a trainer.Trainer).

    The discriminator C learns to tell from the code whose face went in. The encoder learns codes for which C says one
    half (domain confusion: with exchanged labels it would learn to exchange the two people); reconstruction keeps the
    code from becoming empty. Both take their step at the same time. `discriminator_losses` holds C's loss at each step.

    Args:
        model: models.autoencoder.swap_autoencoder.
        optimizer: keras optimizer of the model.
        discriminator: models.autoencoder.code_discriminator; no alignment when left out.
        discriminator_optimizer: keras optimizer of the discriminator.
        weight: lambda, of the alignment beside the reconstruction.
    References:
        Ganin et al. 2016, Domain-Adversarial Training of Neural Networks, equation 9; Tzeng et al. 2015, Simultaneous
        Deep Transfer Across Domains and Tasks, equations 2 and 3 (confusion).
    Lesson 02.
    """

    def __init__(self, model, optimizer, discriminator=None, discriminator_optimizer=None, weight=0.1):
        self.model, self.discriminator, self.weight = model, discriminator, weight
        self.optimizer, self.discriminator_optimizer = optimizer, discriminator_optimizer
        encoder, *self.decoders = (model.get_layer(name) for name in ("encoder", "decoder_a", "decoder_b"))
        self.encode = keras.Model(encoder.input, [bottleneck(encoder).output, encoder.output])
        optimizer.build(model.trainable_variables)
        if discriminator:
            discriminator_optimizer.build(discriminator.trainable_variables)
        self.discriminator_losses = []
        self._step = compiled(self.joint_step, self.variables)

    # ---- the method

    def joint_step(self, warped_a, warped_b, target_a, target_b):
        """Updates encoder and decoders and, from the same codes, the discriminator.

        Args:
            warped_a, warped_b: f32 [N, 64, 64, 3], what decoder A and decoder B get.
            target_a, target_b: f32 [N, 64, 64, 3], what they should draw.
        Returns:
            (mean absolute errors of both decoders added, loss of the discriminator).
        """
        def loss():
            faces = ops.concatenate([warped_a, warped_b])  # one pass for both people
            codes, features = self.encode(faces, training=True)
            errors = [ops.mean(ops.abs(decoder(half, training=True) - target))
                      for decoder, half, target in zip(
                          self.decoders, ops.split(features, 2), (target_a, target_b),
                          strict=True)]
            value = sum(errors)
            if self.discriminator:  # confusion: neither A's code nor B's
                scores = self.scores(codes)
                value += self.weight * logistic_discriminator(*scores, 0.5, 0.5)
            return value, (codes, sum(errors))

        weights = self.model.trainable_variables
        _, (codes, error), gradients = value_and_gradients(
            loss, weights, self._others(weights))
        discriminator_loss = self.discriminator_step(ops.stop_gradient(codes))
        self.optimizer.apply(gradients, weights)
        return error, discriminator_loss

    def scores(self, codes):
        """The discriminator's scores, logits of "this code is A's".

        Args:
            codes: [2 N, D], first A's, then B's.
        Returns:
            (scores of A's codes, of B's codes), f32 [N, 1] each.
        """
        return ops.split(self.discriminator(codes, training=True), 2)

    def discriminator_step(self, codes):
        """Updates the discriminator: high scores for A's codes, low ones for B's.

        Args:
            codes: as for scores.
        Returns:
            The loss, 2 log 2 when the codes cannot be distinguished; 0 without a discriminator.
        """
        if not self.discriminator:
            return ops.zeros(())
        weights = self.discriminator.trainable_variables
        value, _, gradients = value_and_gradients(
            lambda: (logistic_discriminator(*self.scores(codes)), ()), weights,
            self._others(weights))
        self.discriminator_optimizer.apply(gradients, weights)
        return value

    def _others(self, weights):
        networks = [self.model, *([self.discriminator] if self.discriminator else [])]
        return [v for network in networks for v in network.variables if not any(v is w for w in weights)]

    # ---- what fit() asks of a Trainer

    def step(self, batch):
        """Trains on one batch.

        Args:
            batch: ((warped a, warped b), (target a, target b)).
        Returns:
            The reconstruction's loss, a float; not finite where the discriminator's is not.
        """
        (warped_a, warped_b), (target_a, target_b) = batch
        error, discriminator_loss = self._step(*map(ops.convert_to_tensor, (warped_a, warped_b, target_a, target_b)))
        self.discriminator_losses.append(float(discriminator_loss))
        return float(error) if np.isfinite(float(discriminator_loss)) else float("nan")

    @property
    def variables(self):
        """The weights and the variables of the optimizers: what a checkpoint holds, in this order."""
        found = [*self.model.weights, *self.optimizer.variables]
        if self.discriminator:
            found += [*self.discriminator.weights, *self.discriminator_optimizer.variables]
        return found

    @property
    def learning_rate(self):
        """The learning rate of encoder and decoders; the discriminator's is left as it is."""
        return float(np.array(self.optimizer.learning_rate))

    @learning_rate.setter
    def learning_rate(self, value):
        self.optimizer.learning_rate = value
