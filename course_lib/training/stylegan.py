"""StyleGAN's game: batches of two latents, and the players as the course trains them. Lesson 06."""
import keras
import numpy as np

from course_lib.models.stylegan import discriminator, draw_noise, generator
from course_lib.profile import bfloat16_fast

from .adversarial import Game, noise_batches
from .tune import precision

MIXING = 0.9  # the share of pictures made of two latents
# the logistic game with R1; its weight is for pictures in [0, 1], a quarter of one for pictures in [-1, 1]
RULES = dict(loss="non-saturating", rate=2e-3, beta=0.0, r1=0.05, penalty_every=8, average=0.999)


def style_batches(pictures, config, rng, batch=32, mirror=True, mixing=MIXING, noisy=None):
    """Endless ([latents f32 [batch, 2, D], crossover int32 [batch, 1], noise f32 [batch, ...]], pictures) for play.

    pictures, mirror: as for noise_batches. mixing: the share that changes its latent at a random layer; the others
    are made of the first alone. noisy: asked before each batch whether it gets noise or zeros; always noise when left
    out. Noise from the first step on is learned before faces are, as a cheap texture that the critic takes for detail,
    and a short run does not get rid of it again. Source: Karras et al. 2019, section 3.1. Lesson 06.
    """
    for _, real in noise_batches(pictures, 1, rng, batch, mirror):
        z = rng.standard_normal((batch, 2, config.latent), np.float32)
        cut = np.where(rng.random(batch) < mixing, rng.integers(1, config.layers, batch), config.layers)
        noise = draw_noise(config, batch, rng) * np.float32(noisy is None or noisy())
        yield [z, cut[:, None].astype(np.int32), noise], real


def style_game(config, seed=6, players=None, critic=discriminator, **rules):
    """The two players and their game, mixed bfloat16 where it is fast.

    players: (generator, critic), whose weights are gone on from. critic: config -> the critic, the paper's when left
    out. rules: as for Game, over RULES. Returns a Game. Lesson 06.
    """
    keras.utils.set_random_seed(seed)
    with precision("mixed_bfloat16" if bfloat16_fast() else "float32"):
        both = generator(config), critic(config)
        for new, old in zip(both, players or both, strict=True):
            new.set_weights(old.get_weights())
        return Game(*both, **{**RULES, **rules}, seed=seed)
