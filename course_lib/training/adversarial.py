"""Adversarial training: learn from the worst images inside a small ball, not from the given ones. Lesson 13."""
import keras
from keras import ops

from .gradients import compiled, input_gradient, value_and_gradients


class AdversarialTrainer:
    """A detector trained on attacked images, as a Trainer for fit().

    It solves min over the weights of the mean of max over the ball of the loss: the inner maximum by a few steps of
    projected gradient descent against the current weights, the outer minimum by one step of the optimizer. With
    inner = 0 it is ordinary training.

    Args:
        model: keras.Model from faces f32 [N, S, S, 3] to P(fake) [N, 1].
        epsilon: Radius of the L-infinity ball, in units of the images.
        inner: Steps of the inner attack.
        learning_rate: Of Adam; fit may set it.
        ramp: Steps over which epsilon grows from 0.
        seed: Of the random start of the inner attack.
    References:
        Madry et al. 2018, equation 2 and section 5.
    Lesson 13.
    """

    def __init__(self, model, epsilon, inner=3, learning_rate=1e-3, ramp=200, seed=0):
        self.model, self.epsilon, self.inner, self.ramp = model, epsilon, inner, ramp
        self.optimizer = keras.optimizers.Adam(learning_rate)
        self.optimizer.build(model.trainable_variables)
        self.seeds = keras.random.SeedGenerator(seed)
        self._step = compiled(self._learn, self.variables)

    @property
    def variables(self):
        """Weights, the optimizer's variables and the state of the random start."""
        return [*self.model.weights, *self.optimizer.variables, self.seeds.state]

    @property
    def learning_rate(self):
        """The optimizer's learning rate."""
        return float(ops.convert_to_numpy(self.optimizer.learning_rate))

    @learning_rate.setter
    def learning_rate(self, value):
        self.optimizer.learning_rate = value

    def step(self, batch):
        """Attack one batch and learn from it.

        Args:
            batch: (faces f32 [B, S, S, 3], labels f32 [B, 1], weights f32 [B]).
        Returns:
            The loss on the attacked images, a float.
        """
        return float(self._step(*(ops.convert_to_tensor(part) for part in batch)))

    def _learn(self, faces, labels, weights):
        grown = ops.minimum(1.0, ops.cast(self.optimizer.iterations, "float32") / max(self.ramp, 1))
        faces = self._attacked(faces, labels, self.epsilon * grown)
        trainable = self.model.trainable_variables

        def loss():
            score = self.model(faces, training=True)
            each = keras.losses.binary_crossentropy(labels, score)
            return ops.mean(each * weights), None

        value, _, slopes = value_and_gradients(loss, trainable, self.model.non_trainable_variables)
        self.optimizer.apply(slopes, trainable)
        return value

    def _attacked(self, faces, labels, epsilon):
        if not self.inner:
            return faces
        start = keras.random.uniform(ops.shape(faces), -1, 1, seed=self.seeds)
        low, high = ops.clip(faces - epsilon, 0, 1), ops.clip(faces + epsilon, 0, 1)
        attacked = ops.clip(faces + epsilon * start, low, high)

        def error(images):  # its gradient has the sign of the cross-entropy's, and does not vanish for a sure network
            score = ops.clip(self.model(images, training=False), 1e-6, 1 - 1e-6)
            return (1 - 2 * labels) * (ops.log(score) - ops.log(1 - score))

        for _ in range(self.inner):
            slope = ops.sign(input_gradient(error, attacked))
            attacked = ops.clip(attacked + 2.5 * epsilon / self.inner * slope, low, high)
        return ops.stop_gradient(attacked)
