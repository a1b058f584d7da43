"""The GAN of portraits as the shipped generator is trained. Lesson 04."""
import keras

from course_lib.models.gan import discriminator, generator

from .gan_options import GANOptimizers, Regularisation
from .gan_trainer import GANTrainer
from .precision import fast_policy, precision

WIDTH = 32
OPTIONS = dict(loss="non-saturating", optimizers=GANOptimizers(4e-4), regularisation=Regularisation(r1=0.2, every=8),
               ema_decay=0.998)


def new_trainer(seed=4):
    """Generator, discriminator and their GANTrainer, as the shipped generator is trained.

    Args:
        seed: of the weights and of the trainer's draws.
    Returns:
        A GANTrainer.
    Lesson 04.
    """
    keras.utils.set_random_seed(seed)
    with precision(fast_policy()):
        return GANTrainer(generator(WIDTH), discriminator(WIDTH), **OPTIONS, seed=seed)
