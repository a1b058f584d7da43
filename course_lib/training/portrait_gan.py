"""The GAN of portraits as the shipped generator is trained. Lesson 04."""
import keras

from course_lib.models.gan import discriminator, generator

from .adversarial import Game
from .precision import fast_policy, precision

WIDTH = 32
GAME = dict(loss="non-saturating", rate=4e-4, beta=0.0, r1=0.2, penalty_every=8, average=0.998)


def new_game(seed=4):
    """The two players and their game, as the shipped generator is trained."""
    keras.utils.set_random_seed(seed)
    with precision(fast_policy()):
        return Game(generator(WIDTH), discriminator(WIDTH), **GAME, seed=seed)
