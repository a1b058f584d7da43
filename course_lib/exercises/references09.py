"""References of lesson 09, with the usual mistakes as options: what the checks compare an answer with."""
import cv2
import numpy as np


def _convolve(x, kernel, bias):
    """A 3 x 3 convolution with a border of zeros, f64: x [N, H, W, C], kernel [3, 3, C, D], bias [D]."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    h, w = x.shape[1:3]
    return sum(padded[:, i:i + h, j:j + w] @ kernel[i, j] for i in range(3) for j in range(3)) + bias


def dense_reference(x, weights, slope=0.2, beta=0.2, order=1, last=False, skip=True, activate=True):
    """The residual dense block of ESRGAN, with the usual mistakes as options.

    Args:
        x: [N, H, W, C].
        weights: five pairs (kernel, bias).
        slope: of LeakyReLU.
        beta: factor of the residual.
        order: -1 concatenates the newest feature map first.
        last: whether the fifth convolution is activated too.
        skip: whether x is added.
        activate: whether there are activations.
    Returns:
        f64 [N, H, W, C].
    """
    def leaky(y):
        return np.where(y > 0, y, slope * y) if activate else y

    views = [np.asarray(x, np.float64)]
    for kernel, bias in weights[:-1]:
        views.append(leaky(_convolve(np.concatenate(views[::order], -1), kernel, bias)))
    y = _convolve(np.concatenate(views[::order], -1), *weights[-1])
    return beta * (leaky(y) if last else y) + (views[0] if skip else 0)


def relativistic_reference(real, fake, own=False, plain=False, pairs=False, half=False):
    """The losses of the relativistic average GAN, with the usual mistakes as options.

    Args:
        real, fake: logits f64 [N, 1].
        own: subtracts the mean of the same kind.
        plain: subtracts nothing.
        pairs: subtracts single scores of the other kind.
        half: halves both losses.
    Returns:
        f64 [2]: the discriminator's loss, the generator's.
    """
    def entropy(score, label):  # of a logit
        return np.mean(np.logaddexp(0, score) - label * score)

    a, b = (real.mean(), fake.mean()) if own else (fake, real) if pairs else (fake.mean(), real.mean())
    r, f = (real, fake) if plain else (real - a, fake - b)
    both = entropy(r, 1) + entropy(f, 0), entropy(r, 0) + entropy(f, 1)
    return np.array(both) * (0.5 if half else 1.0)


def adapted(atoms, feature, std=np.std, shift=True, axes=(-3, -2)):
    """AdaIN of atoms, with the usual mistakes as options.

    Args:
        atoms: f64 [..., h, w, C].
        feature: f64 [h, w, C].
        std: np.std, or np.var by mistake.
        shift: whether the means are exchanged.
        axes: over which the statistics are taken.
    Returns:
        f64, of the shape of atoms.
    """
    def moments(x):
        return x.mean(axes, keepdims=True), std(x, axes, keepdims=True) + 1e-5

    (mean_a, std_a), (mean_f, std_f) = moments(atoms), moments(feature)
    return (atoms - (mean_a if shift else 0)) / std_a * std_f + (mean_f if shift else 0)


def window(x):
    """The Gaussian-weighted mean (11 x 11, standard deviation 1.5) at each place where the window fits.

    Args:
        x: [H, W].
    Returns:
        f64 [H - 10, W - 10].
    """
    return cv2.GaussianBlur(np.asarray(x, np.float64), (11, 11), 1.5)[5:-5, 5:-5]


def luma(picture):
    """Y of BT.601, on which papers on super-resolution measure.

    Args:
        picture: [H, W, 3] in [0, 1].
    Returns:
        f64 [H, W] in [16/255, 235/255].
    """
    return (np.asarray(picture, np.float64) @ [65.481, 128.553, 24.966] + 16) / 255


def quality_reference(picture, truth, border, grey=luma, crop=True, c=(1e-4, 9e-4), centred=True, contrast=True):
    """PSNR and SSIM on the luma without the border, with the usual mistakes as options.

    Args:
        picture, truth: [H, W, 3] in [0, 1].
        border: pixels.
        grey: function that makes the luma.
        crop: whether the border is left out.
        c: the two constants of SSIM.
        centred: whether squared means are subtracted.
        contrast: whether SSIM has its second factor.
    Returns:
        (PSNR in dB, SSIM).
    """
    p, t = (grey(x)[border:-border, border:-border] if crop else grey(x) for x in (picture, truth))
    psnr = -10 * np.log10(np.mean((p - t) ** 2))
    mp, mt = window(p), window(t)
    sub = 1 if centred else 0
    vp, vt, both = window(p * p) - sub * mp**2, window(t * t) - sub * mt**2, window(p * t) - sub * mp * mt
    light = (2 * mp * mt + c[0]) / (mp**2 + mt**2 + c[0])
    return psnr, np.mean(light * ((2 * both + c[1]) / (vp + vt + c[1]) if contrast else 1))
