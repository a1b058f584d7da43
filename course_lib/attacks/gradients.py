"""Where an attack's gradient comes from: the network, many transforms, a defence, or scores alone. Lesson 13.

Each function here returns a function from images f32 [N, H, W, 3] to the gradient of the logit, f32 [N, H, W, 3]; the
attacks in `steps` take any of them.
"""
import keras
import numpy as np
from keras import ops

from course_lib.models.gradient import input_gradient


def logit_of(model):
    """A detector's logit: its score before the sigmoid.

    A sure network's probability is 1.0 in f32, and its gradient exactly 0. The logit keeps its gradient.

    Args:
        model: keras.Model whose layer "score" is dense with a sigmoid: the course's detectors.
    Returns:
        Function from images [N, S, S, 3] to logits, a tensor [N].
    Lesson 13.
    """
    features, score = features_and_score(model)
    return lambda images: (ops.matmul(features(images, training=False), score.kernel) + score.bias)[:, 0]


def features_and_score(model):
    """A detector cut before its score.

    Args:
        model: As for logit_of.
    Returns:
        (keras.Model from images to features, the layer "score").
    Lesson 13.
    """
    score = model.get_layer("score")
    return keras.Model(model.input, score.input), score


def true_gradient(logit, batch=32):
    """The gradient itself: the attacker has the network (white box).

    Args:
        logit: Function of images, see logit_of.
        batch: Images of one pass.
    Returns:
        Function of images.
    Lesson 13.
    """
    def gradient(images):
        slopes = np.zeros_like(images)
        for k in range(0, len(images), batch):
            slope = input_gradient(logit, images[k:k + batch])
            if slope is not None:  # TensorFlow's None: no path leads back, as through a rounding
                slopes[k:k + batch] = slope
        return slopes

    return gradient


def expected_gradient(logit, transform, draws=8, seed=0):
    """Expectation over transforms (EOT): the mean gradient through random versions of the images.

    The gradient of an expectation is the expectation of the gradient: g = mean of d logit(t(x)) / dx over draws of t.

    Args:
        logit: Function of images.
        transform: Function of (images, numpy Generator), differentiable, as transforms.random_chain.
        draws: Transforms averaged over in each call.
        seed: Of the draws.
    Returns:
        Function of images.
    References:
        Athalye et al. 2018, "Synthesizing robust adversarial examples", section 2.1.
    Lesson 13.
    """
    rng = np.random.default_rng(seed)

    def gradient(images):
        seeds = rng.integers(2**31, size=draws)
        each = [true_gradient(lambda x, s=s: logit(transform(x, np.random.default_rng(s))))(images) for s in seeds]
        return np.mean(each, 0)

    return gradient


def through_defence(logit, defence):
    """Backward pass differentiable approximation (BPDA): the defence on the way forward, the identity on the way back.

    A defence that returns nearly its input, as JPEG or a median filter, has nearly the identity's gradient, even where
    its own is zero or undefined.

    Args:
        logit: Function of images.
        defence: Function from images f32 [N, H, W, 3] to images; need not be differentiable.
    Returns:
        Function of images.
    References:
        Athalye, Carlini & Wagner 2018, "Obfuscated gradients give a false sense of security", section 4.1.
    Lesson 13.
    """
    gradient = true_gradient(logit)
    return lambda images: gradient(np.asarray(defence(images), np.float32))


class NES:
    """Natural evolution strategies: the gradient estimated from scores alone (black box).

    g = sum over u of (s(x + sigma u) - s(x - sigma u)) u / (2 sigma n), u standard normal: the gradient of s blurred by
    a Gaussian. Called with images, it returns the estimate; `queries` counts the images that were scored.

    Args:
        logit: Function from images f32 [N, H, W, 3] to logits [N], of which no gradient is asked.
        samples: n, the pairs of each estimate.
        sigma: Length of a probe, in units of the images.
        grain: Side of the squares of pixels that a probe moves together: with coarse probes the gradient is searched
            in fewer dimensions, and what is found survives a codec better.
        seed: Of the probes.
    References:
        Ilyas et al. 2018, "Black-box adversarial attacks with limited queries and information", section 2.1; Ilyas,
        Engstrom & Madry 2019, "Prior convictions", section 3 (tiles).
    Lesson 13.
    """

    def __init__(self, logit, samples=20, sigma=0.001, grain=1, seed=0):
        self.logit, self.samples, self.sigma, self.grain = logit, samples, sigma, grain
        self.rng, self.queries = np.random.default_rng(seed), 0

    def __call__(self, images):
        total = np.zeros(images.shape, np.float64)
        for _ in range(self.samples):
            probe = self._probe(images.shape)
            above, below = (np.asarray(self.logit(images + sign * self.sigma * probe)) for sign in (1, -1))
            total += (above - below).reshape(-1, 1, 1, 1) * probe
            self.queries += 2 * len(images)
        return (total / (2 * self.sigma * self.samples)).astype(np.float32)

    def _probe(self, shape):
        count, height, width, channels = shape
        coarse = self.rng.standard_normal((count, -(-height // self.grain), -(-width // self.grain), channels))
        return coarse.repeat(self.grain, 1).repeat(self.grain, 2)[:, :height, :width].astype(np.float32)
