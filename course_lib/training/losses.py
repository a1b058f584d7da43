"""What a swap is trained to make small. Pictures f32 [N, H, W, 3] in [0, 1]; every loss returns one number.
Lesson 02; those of the two players: lesson 04."""
import numpy as np
from keras import ops


def structural_similarity(target, picture, window=7, sigma=1.5):
    """The mean SSIM of two batches of pictures [N, H, W, C], differentiable: 1 when they are the same.

    A Gaussian window of the given side and deviation, where it fits into the picture, K1 = .01, K2 = .03, pictures
    in [0, 1]. Source: Wang et al. 2004, equation 13, with a window of 7 instead of 11 as faces are small. Lesson 02.
    """
    kernel = np.exp(-0.5 * (np.arange(window) - (window - 1) / 2) ** 2 / sigma**2)
    kernel = ops.convert_to_tensor((kernel / kernel.sum()).astype("float32").reshape(window, 1, 1, 1))
    c = target.shape[-1]
    x = ops.concatenate([target, picture, target * target + picture * picture, target * picture], axis=-1)
    kernel = ops.tile(kernel, (1, 1, 4 * c, 1))
    x = ops.depthwise_conv(x, kernel, padding="valid")
    x = ops.depthwise_conv(x, ops.transpose(kernel, (1, 0, 2, 3)), padding="valid")
    mean_t, mean_p, squares, product = ops.split(x, 4, axis=-1)
    c1, c2 = 0.01**2, 0.03**2
    both, apart = mean_t * mean_p, mean_t * mean_t + mean_p * mean_p
    return ops.mean((2 * both + c1) * (2 * (product - both) + c2) / ((apart + c1) * (squares - apart + c2)))


def face_loss(target, picture):
    """Mean absolute error + 1/4 of (1 - SSIM): what the shared encoder and its decoders are trained on. Lesson 02."""
    return ops.mean(ops.abs(target - picture)) + 0.25 * (1 - structural_similarity(target, picture))


def match_tone(picture, target, mask):
    """Gives the face in the picture the target's colour mean and deviation per channel inside mask [N, H, W, 1].

    The light on a face and the colour of its skin cannot be told apart in one picture; compared this way, a swap is
    asked for what it can know. Returns [N, H, W, 3], to be read inside the mask. Lesson 02.
    """
    area = ops.sum(mask, axis=(1, 2), keepdims=True) + 1.0

    def moments(x):
        mean = ops.sum(x * mask, axis=(1, 2), keepdims=True) / area
        variance = ops.sum(ops.square(x - mean) * mask, axis=(1, 2), keepdims=True) / area
        return mean, ops.sqrt(variance + 1e-4)

    (mean_p, std_p), (mean_t, std_t) = moments(picture), moments(target)
    return (picture - mean_p) / std_p * std_t + mean_t


def tone_free_loss(target, picture):
    """face_loss + the mean absolute error of the face after match_tone.

    target is [N, H, W, 4]: the picture and, last, its mask. Lesson 02.
    """
    target, mask = target[..., :3], target[..., 3:]
    matched = match_tone(picture, target, mask)
    return face_loss(target, picture) + ops.mean(ops.abs(matched - target) * mask)


# The two players of lesson 04. Scores are logits f32 [N, 1]: above 0 the discriminator takes the picture for real.


def logistic_discriminator(real, fake, real_label=1.0, fake_label=0.0):
    """Cross-entropy of the discriminator: -mean log D(real) - mean log(1 - D(fake)), D the sigmoid of the score.

    real_label 0.9 is one-sided label smoothing, fake_label 0.1 beside it two-sided. Source: Goodfellow et al. 2014,
    equation 1; Salimans et al. 2016, section 3.4. Lesson 04.
    """
    def entropy(score, label):
        return ops.mean(ops.softplus(score) - label * score)

    return entropy(real, real_label) + entropy(fake, fake_label)


def minimax_generator(fake):
    """mean log(1 - D(fake)): the generator's side of the minimax game. Its gradient is D, which vanishes where the
    discriminator is sure. Source: Goodfellow et al. 2014, equation 1. Lesson 04."""
    return -ops.mean(ops.softplus(fake))


def non_saturating_generator(fake):
    """-mean log D(fake): the same fixed point, with a gradient where the discriminator is sure. Source: Goodfellow et al.
    2014, section 3. Lesson 04."""
    return ops.mean(ops.softplus(-fake))


def least_squares_discriminator(real, fake, real_label=1.0, fake_label=0.0):
    """mean (real - 1)^2 / 2 + mean fake^2 / 2. Source: Mao et al. 2017, LSGAN, equation 2. Lesson 04."""
    return 0.5 * (ops.mean(ops.square(real - real_label)) + ops.mean(ops.square(fake - fake_label)))


def least_squares_generator(fake):
    """mean (fake - 1)^2 / 2. Source: Mao et al. 2017, LSGAN, equation 2. Lesson 04."""
    return 0.5 * ops.mean(ops.square(fake - 1.0))


def mixup_discriminator(scores, share):
    """mean (D(share real + (1 - share) fake) - share)^2: the least-squares discriminator on mixed pictures.

    scores: [N, 1] or [N, h, w, 1]. share: [N] or [N, 1, ...], one number for each row.
    Source: Zhang et al. 2018, mixup, section 4, equation of the GAN, as faceswap-GAN has it. Lesson 05.
    """
    share = ops.reshape(share, (-1, *[1] * (len(scores.shape) - 1)))
    return ops.mean(ops.square(scores - share))


def wasserstein_critic(real, fake):
    """mean fake - mean real; only meaningful with a gradient penalty. Source: Arjovsky et al. 2017. Lesson 04."""
    return ops.mean(fake) - ops.mean(real)


def wasserstein_generator(fake):
    """-mean fake, also the generator's side of the hinge game. Source: Arjovsky et al. 2017. Lesson 04."""
    return -ops.mean(fake)


def hinge_discriminator(real, fake):
    """mean max(0, 1 - real) + mean max(0, 1 + fake). Source: Lim & Ye 2017, Geometric GAN. Lesson 04."""
    return ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake))


def relativistic_discriminator(real, fake):
    """Are real pictures more real than fakes are on average? Cross-entropy of real - mean fake and fake - mean real.

    Source: Jolicoeur-Martineau 2018, The relativistic discriminator, equation 13 with the sigmoid; Wang et al. 2018,
    ESRGAN, equation 1. Lesson 09.
    """
    return logistic_discriminator(real - ops.mean(fake), fake - ops.mean(real))


def relativistic_generator(fake, real):
    """The same question the other way round, so that real pictures too give the generator a gradient.

    Source: Wang et al. 2018, ESRGAN, equation 2. Lesson 09.
    """
    return relativistic_discriminator(fake, real)


def gradient_penalty(gradient):
    """mean (|gradient| - 1)^2 over rows of the discriminator's input gradient [N, ...], taken between real and fake.

    Source: Gulrajani et al. 2017, WGAN-GP, equation 3. Lesson 04.
    """
    return ops.mean(ops.square(ops.sqrt(_squares(gradient) + 1e-12) - 1.0))


def r1_penalty(gradient):
    """mean |gradient|^2 / 2 over rows of the discriminator's input gradient [N, ...], taken at real pictures: R1.

    Source: Mescheder et al. 2018, equation 9 without its weight. Lesson 04.
    """
    return 0.5 * ops.mean(_squares(gradient))


def _squares(gradient):
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))


# discriminator's loss (real, fake) and generator's loss (fake; in the relativistic game fake, real) of each game
GAMES = {
    "minimax": (logistic_discriminator, minimax_generator),
    "non-saturating": (logistic_discriminator, non_saturating_generator),
    "least squares": (least_squares_discriminator, least_squares_generator),
    "wasserstein": (wasserstein_critic, wasserstein_generator),
    "hinge": (hinge_discriminator, wasserstein_generator),
    "relativistic": (relativistic_discriminator, relativistic_generator),
}
