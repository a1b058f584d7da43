"""StyleGAN's game: batches of two latents, and the players as the course trains them. Lesson 06."""
import keras
import numpy as np

from course_lib.models import gan
from course_lib.models.stylegan import Config, discriminator, draw_noise, generator

from .adversarial import Game, noise_batches
from .precision import fast_policy, precision

MIXING = 0.9  # the share of pictures made of two latents
# the logistic game with R1; its weight is for pictures in [0, 1], a quarter of one for pictures in [-1, 1]
RULES = dict(loss="non-saturating", rate=2e-3, beta=0.0, r1=0.05, penalty_every=8, average=0.999)


def style_batches(pictures, config, rng, batch=32, mirror=True, mixing=MIXING, noisy=None):
    """Endless ([latents f32 [batch, 2, D], crossover int32 [batch, 1], noise f32 [batch, ...]], pictures) for play.

    pictures, mirror: as for noise_batches. mixing: the share that changes its latent at a random layer; the others
    are made of the first alone. noisy: asked before each batch whether it gets noise or zeros; always noise when left
    out. Noise from the first step on is learned before faces are, as a cheap texture that the discriminator takes for detail,
    and a short run does not get rid of it again. Source: Karras et al. 2019, section 3.1. Lesson 06.
    """
    for _, real in noise_batches(pictures, 1, rng, batch, mirror):
        z = rng.standard_normal((batch, 2, config.latent), np.float32)
        cut = np.where(rng.random(batch) < mixing, rng.integers(1, config.layers, batch), config.layers)
        noise = draw_noise(config, batch, rng) * np.float32(noisy is None or noisy())
        yield [z, cut[:, None].astype(np.int32), noise], real


def style_game(config, seed=6, players=None, discriminator=discriminator, **rules):
    """The two players and their game, mixed bfloat16 where it is fast.

    players: (generator, discriminator), whose weights are gone on from. discriminator: config -> the discriminator, the paper's when left
    out. rules: as for Game, over RULES. Returns a Game. Lesson 06.
    """
    keras.utils.set_random_seed(seed)
    with precision(fast_policy()):
        both = generator(config), discriminator(config)
        for new, old in zip(both, players or both, strict=True):
            new.set_weights(old.get_weights())
        return Game(*both, **{**RULES, **rules}, seed=seed)


# The shipped generator. Two layers of mapping, as Karras et al. 2020 (Training GANs with limited data) for small data.
CONFIG = Config(modulated=True, depth=2, rate=0.1, widths=(128, 64, 64, 32, 16), discriminator_widths=(128, 64, 64, 32, 16))
RATE = 4e-3  # the papers' learning rate is 2e-3, for a hundred times as many images
SHIPPED_RULES = dict(rate=RATE, discriminator_rate=6e-4, r1=0.2)


def small_discriminator(config):
    """Lesson 04's discriminator: a third of the processor time of the paper's (models.stylegan.discriminator)."""
    return gan.discriminator(32)


def new_game(players=None):
    """The players and their game, as the shipped generator is trained, or these (generator, discriminator) to go on from."""
    return style_game(CONFIG, players=players, discriminator=small_discriminator, **SHIPPED_RULES)


def inputs(count, seed=5):
    """What the generator is given for count faces, each of one latent: [latents, crossover, noise]."""
    rng = np.random.default_rng(seed)
    z = np.repeat(rng.standard_normal((count, 1, CONFIG.latent), np.float32), 2, axis=1)
    return [z, np.full((count, 1), CONFIG.layers, np.int32), draw_noise(CONFIG, count, rng)]
