"""What the training loop asks of whatever it trains, and Keras models put in that form. Lesson 02."""
from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class Trainer(Protocol):
    """What fit() trains: anything with these three members, such as gan_trainer.GANTrainer.

    The loop does the rest with them: it calls step once for each batch, sets learning_rate along a schedule, and
    copies, saves and restores the variables. Budget, early stopping and interrupts need nothing else.

    Attributes:
        variables: every keras Variable that a step changes (weights, optimizers, counters), in a fixed order: what a
            checkpoint holds.
        learning_rate: float, which can be set.
    """

    variables: list
    learning_rate: float

    def step(self, batch):
        """Learns from one batch and returns its loss, a float; one that is not finite ends the run.

        Args:
            batch: what the batches yield, as (x, y).
        """


class KerasTrainer:
    """A compiled keras.Model as a Trainer.

    Args:
        model: a compiled keras.Model.
    Raises:
        ValueError: when the model is not compiled.
    """

    def __init__(self, model):
        if getattr(model, "optimizer", None) is None:
            raise ValueError("the model is not compiled: call model.compile(optimizer, loss=..., jit_compile=False) "
                             "first")
        self.model = model

    @property
    def variables(self):
        """The weights and the optimizer's variables."""
        if not self.model.optimizer.built:
            self.model.optimizer.build(self.model.trainable_variables)
        return [*self.model.weights, *self.model.optimizer.variables]

    @property
    def learning_rate(self):
        """The optimizer's learning rate."""
        return float(np.array(self.model.optimizer.learning_rate))

    @learning_rate.setter
    def learning_rate(self, value):
        self.model.optimizer.learning_rate = value

    def step(self, batch):
        """Calls train_on_batch.

        Args:
            batch: (x, y).
        Returns:
            The loss of this batch, a float.
        """
        self.model.reset_metrics()  # or Keras would return the mean loss since the first step
        return float(np.ravel(self.model.train_on_batch(*batch))[0])


def as_trainer(model):
    """What fit(), copy_state() and the checkpoints take, as a Trainer.

    Args:
        model: a Trainer, returned as it is, or a compiled keras.Model.
    Returns:
        A Trainer.
    Raises:
        ValueError: when it is neither.
    """
    return model if isinstance(model, Trainer) else KerasTrainer(model)
