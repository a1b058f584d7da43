"""StyleGAN as the course trains it: batches of two latents, and its trainer. Lesson 06."""
import keras
import numpy as np
from keras import ops

from course_lib.models import gan
from course_lib.models.stylegan import Config, discriminator, draw_noise, generator

from .gan_options import GANOptimizers, Regularisation
from .gan_trainer import GANTrainer, noise_batches
from .gradients import input_gradient
from .precision import fast_policy, precision

MIXING = 0.9  # the fraction of images made of two latents (style mixing)
# the non-saturating loss with R1, whose weight is for images in [0, 1]
OPTIONS = dict(loss="non-saturating", optimizers=GANOptimizers(2e-3), regularisation=Regularisation(r1=0.05, every=8),
               ema_decay=0.999)


def style_batches(images, config, rng, batch=32, mirror=True, mixing=MIXING, noisy=None):
    """Endless batches for train_gan: latents with a crossover for style mixing, noise, and real images.

    Noise from the first step on is learned before faces are, as a cheap texture that the discriminator takes for
    detail, and a short run does not get rid of it again.

    Args:
        images: [N, H, W, 3], f32 in [0, 1] or uint8.
        config: models.stylegan.Config.
        rng: numpy.random.Generator.
        batch: rows in a batch.
        mirror: whether half of the images are mirrored.
        mixing: fraction of rows that change their latent at a random layer; the others use the first latent alone.
        noisy: () -> whether the next batch gets noise or zeros; always noise when left out.
    Returns:
        A generator of ([latents f32 [batch, 2, D], crossover int32 [batch, 1], noise f32 [batch, ...]], images).
    References:
        Karras et al. 2019, section 3.1.
    Lesson 06.
    """
    for _, real in noise_batches(images, 1, rng, batch, mirror):
        z = rng.standard_normal((batch, 2, config.latent), np.float32)
        crossover = np.where(rng.random(batch) < mixing, rng.integers(1, config.layers, batch), config.layers)
        noise = draw_noise(config, batch, rng) * np.float32(noisy is None or noisy())
        yield [z, crossover[:, None].astype(np.int32), noise], real


def style_trainer(config, seed=6, networks=None, discriminator=discriminator, **options):
    """Generator, discriminator and their GANTrainer, mixed bfloat16 where it is fast.

    Args:
        config: models.stylegan.Config.
        seed: of the weights and of the trainer's draws.
        networks: (generator, discriminator) whose weights the training starts from.
        discriminator: config -> keras.Model; the paper's when left out.
        options: as for GANTrainer, over OPTIONS.
    Returns:
        A GANTrainer.
    Lesson 06.
    """
    keras.utils.set_random_seed(seed)
    with precision(fast_policy()):
        both = generator(config), discriminator(config)
        for new, old in zip(both, networks or both, strict=True):
            new.set_weights(old.get_weights())
        return GANTrainer(*both, **{**OPTIONS, **options}, seed=seed)


# The shipped generator. Two layers of mapping, as StyleGAN2-ADA's code has in its configurations auto and cifar (the
# others have eight).
CONFIG = Config(modulated=True, depth=2, rate=0.1, widths=(128, 64, 64, 32, 16),
                discriminator_widths=(128, 64, 64, 32, 16))
LEARNING_RATE = 4e-3  # the papers' learning rate is 2e-3, for a hundred times as many images
SHIPPED_OPTIONS = dict(optimizers=GANOptimizers(LEARNING_RATE, 6e-4), regularisation=Regularisation(r1=0.2, every=8))


def small_discriminator(config):
    """Lesson 04's discriminator: a third of the processor time of the paper's (models.stylegan.discriminator).

    Args:
        config: ignored; there is one size.
    Returns:
        A keras.Model.
    """
    return gan.discriminator(32)


def new_trainer(networks=None):
    """Generator, discriminator and their GANTrainer, as the shipped generator is trained.

    Args:
        networks: (generator, discriminator) whose weights the training starts from.
    Returns:
        A GANTrainer.
    Lesson 06.
    """
    return style_trainer(CONFIG, networks=networks, discriminator=small_discriminator, **SHIPPED_OPTIONS)


def inputs(count, seed=5):
    """The generator's inputs for faces of one latent each.

    Args:
        count: number of faces.
        seed: of the latents and the noise.
    Returns:
        [latents f32 [count, 2, D], crossover int32 [count, 1], noise f32 [count, ...]].
    Lesson 06.
    """
    rng = np.random.default_rng(seed)
    z = np.repeat(rng.standard_normal((count, 1, CONFIG.latent), np.float32), 2, axis=1)
    return [z, np.full((count, 1), CONFIG.layers, np.int32), draw_noise(CONFIG, count, rng)]


def path_lengths(synthesis, w, y):
    """The lengths |J^T y| that path length regularisation keeps near their mean.

    J is the Jacobian of the image by w. J^T y is the gradient of the scalar product of
    image and y: one backward pass. Over random y the mean square is |J|^2 (Frobenius).

    Args:
        synthesis: the synthesis network; noise is zero.
        w: f32 [N, D], the same in all layers.
        y: f32 [N, S, S, 3], standard normal.
    Returns:
        Tensor [N], divided by sqrt(3 S S); can be differentiated.
    References:
        Karras et al. 2020, Analyzing and Improving, equation 4.
    Lesson 06.
    """
    layers, (_, size) = synthesis.input_shape[0][1], synthesis.input_shape[1]
    noise = ops.zeros((len(w), size))

    def product(w):
        image = synthesis([ops.repeat(w[:, None], layers, axis=1), noise])
        return ops.sum(image * y, axis=(1, 2, 3))

    gradient = input_gradient(product, ops.convert_to_tensor(w))
    return ops.norm(gradient, axis=1) / np.sqrt(np.prod(y.shape[1:]))
