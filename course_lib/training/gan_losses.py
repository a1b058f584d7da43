"""Losses of GANs, and penalties on the discriminator; every one returns one number. Lesson 04."""
from keras import ops

# Scores are logits f32 [N, 1] or [N, h, w, 1]; D(x), the probability of "real", is their sigmoid.


def logistic_discriminator(real, fake, real_label=1.0, fake_label=0.0):
    """Cross-entropy of the discriminator: -mean log D(real) - mean log(1 - D(fake)).

    Args:
        real, fake: scores of real and of generated images.
        real_label: 0.9 is one-sided label smoothing.
        fake_label: 0.1 beside it is two-sided label smoothing.
    Returns:
        A number.
    References:
        Goodfellow et al. 2014, equation 1; Salimans et al. 2016, section 3.4 (label smoothing).
    Lesson 04.
    """
    def cross_entropy(score, label):
        return ops.mean(ops.softplus(score) - label * score)

    return cross_entropy(real, real_label) + cross_entropy(fake, fake_label)


def minimax_generator(fake):
    """mean log(1 - D(fake)): its gradient has the size D(fake), which vanishes where the discriminator is sure.

    Args:
        fake: scores of generated images.
    Returns:
        A number.
    References:
        Goodfellow et al. 2014, equation 1.
    Lesson 04.
    """
    return -ops.mean(ops.softplus(fake))


def non_saturating_generator(fake):
    """-mean log D(fake): the same fixed point, with a gradient where the discriminator is sure.

    Args:
        fake: scores of generated images.
    Returns:
        A number.
    References:
        Goodfellow et al. 2014, section 3.
    Lesson 04.
    """
    return ops.mean(ops.softplus(-fake))


def least_squares_discriminator(real, fake, real_label=1.0, fake_label=0.0):
    """mean (real - 1)^2 / 2 + mean fake^2 / 2.

    Args:
        real, fake: scores of real and of generated images.
        real_label, fake_label: instead of 1 and 0, for label smoothing.
    Returns:
        A number.
    References:
        Mao et al. 2017, LSGAN, equation 2.
    Lesson 04.
    """
    return 0.5 * (ops.mean(ops.square(real - real_label)) + ops.mean(ops.square(fake - fake_label)))


def least_squares_generator(fake):
    """mean (fake - 1)^2 / 2.

    Args:
        fake: scores of generated images.
    Returns:
        A number.
    References:
        Mao et al. 2017, LSGAN, equation 2.
    Lesson 04.
    """
    return 0.5 * ops.mean(ops.square(fake - 1.0))


def mixup_discriminator(scores, mix):
    """mean (D(mix real + (1 - mix) fake) - mix)^2: the least-squares discriminator on mixed images.

    Args:
        scores: of the mixed images, [N, 1] or [N, h, w, 1].
        mix: lambda, [N] or [N, 1, ...], one number for each image.
    Returns:
        A number.
    References:
        Zhang et al. 2018, mixup, section 4, equation of the GAN, as faceswap-GAN has it.
    Lesson 05.
    """
    mix = ops.reshape(mix, (-1, *[1] * (len(scores.shape) - 1)))
    return ops.mean(ops.square(scores - mix))


def wasserstein_critic(real, fake):
    """mean fake - mean real; only meaningful with a gradient penalty.

    Args:
        real, fake: the critic's scores of real and of generated images.
    Returns:
        A number.
    References:
        Arjovsky et al. 2017, equation 2.
    Lesson 04.
    """
    return ops.mean(fake) - ops.mean(real)


def wasserstein_generator(fake):
    """-mean fake, which also belongs to the hinge loss.

    Args:
        fake: scores of generated images.
    Returns:
        A number.
    References:
        Arjovsky et al. 2017.
    Lesson 04.
    """
    return -ops.mean(fake)


def hinge_discriminator(real, fake):
    """mean max(0, 1 - real) + mean max(0, 1 + fake).

    Args:
        real, fake: scores of real and of generated images.
    Returns:
        A number.
    References:
        Lim & Ye 2017, Geometric GAN.
    Lesson 04.
    """
    return ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake))


def relativistic_discriminator(real, fake):
    """Are real images more real than fakes are on average? Cross-entropy of real - mean fake and fake - mean real.

    Args:
        real, fake: scores of real and of generated images.
    Returns:
        A number.
    References:
        Jolicoeur-Martineau 2018, The relativistic discriminator, equation 13 with the sigmoid; Wang et al. 2018,
        ESRGAN, equation 1.
    Lesson 09.
    """
    return logistic_discriminator(real - ops.mean(fake), fake - ops.mean(real))


def relativistic_generator(fake, real):
    """The discriminator's loss with real and fake exchanged, so that real images too give the generator a gradient.

    Args:
        fake, real: scores of generated and of real images.
    Returns:
        A number.
    References:
        Wang et al. 2018, ESRGAN, equation 2.
    Lesson 09.
    """
    return relativistic_discriminator(fake, real)


def gradient_penalty(gradient):
    """mean (|gradient| - 1)^2, without its weight lambda.

    Args:
        gradient: of the score by the image, [N, ...], between real and fake images.
    Returns:
        A number.
    References:
        Gulrajani et al. 2017, WGAN-GP, equation 3.
    Lesson 04.
    """
    return ops.mean(ops.square(ops.sqrt(_squares(gradient) + 1e-12) - 1.0))


def r1_penalty(gradient):
    """R1 without its weight gamma: mean |gradient|^2 / 2.

    The half is in here, so that gamma * r1_penalty(gradient) is the paper's gamma / 2 E |grad D(x)|^2.

    Args:
        gradient: of the score (the logit, not its sigmoid) by the image, [N, ...], at real images; squares are summed
            within an image and averaged over the batch.
    Returns:
        A number.
    References:
        Mescheder et al. 2018, equation 9.
    Lesson 04.
    """
    return 0.5 * ops.mean(_squares(gradient))


def _squares(gradient):
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))


# name -> (discriminator's loss of real, fake; generator's loss of fake, or of fake, real where it is relativistic)
GAN_LOSSES = {
    "minimax": (logistic_discriminator, minimax_generator),
    "non-saturating": (logistic_discriminator, non_saturating_generator),
    "least squares": (least_squares_discriminator, least_squares_generator),
    "wasserstein": (wasserstein_critic, wasserstein_generator),
    "hinge": (hinge_discriminator, wasserstein_generator),
    "relativistic": (relativistic_discriminator, relativistic_generator),
}
LABELLED = ("minimax", "non-saturating", "least squares")  # those whose discriminator learns labels 1 and 0
