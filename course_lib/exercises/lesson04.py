"""Checks of lesson 04: the gradients of the minimax game, the gradient penalty, the moving average, a diagnosis."""
import numpy as np

from .verdict import Wrong, array, explain, near


def minimax_gradient(rng, answer):
    """Check `minimax_gradient`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (theta, psi, real f64 [N], z f64 [N]) -> (dV/dpsi, dV/dtheta) of the game with one
            parameter a player. V = mean log s(psi x) + mean log(1 - s(psi (theta + z))), s the logistic
            function.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    theta, psi = rng.normal(0, 1), rng.uniform(0.4, 1.2) * rng.choice([-1, 1])
    real, z = rng.normal(0.7, 1, 12), rng.normal(0, 1, 12)
    got = answer(theta, psi, real.copy(), z.copy())
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Wrong(f"minimax_gradient gave {type(got).__name__}, not two numbers. Hint: `return d_psi, d_theta`.")
    got = array([np.squeeze(g) for g in got], (2,), "minimax_gradient")

    def s(x):
        return 1 / (1 + np.exp(-x))

    fake = theta + z
    of_real, of_fake, d_theta = np.mean((1 - s(psi * real)) * real), np.mean(s(psi * fake) * fake), s(psi * fake)
    right = np.array([of_real - of_fake, -psi * d_theta.mean()])
    if near(got, right, 1e-5):
        return
    if near(got, right[::-1], 1e-5):
        raise Wrong("the two are exchanged. Hint: `return d_psi, d_theta`, first the discriminator's parameter.")
    if near(got, len(real) * right, 1e-4):
        raise Wrong("that is the sum over the points. Hint: V is made of means, so its gradients are means as well.")
    if near(got, -right, 1e-5):
        raise Wrong("both have the wrong sign: those are the gradients of -V. Hint: asked for is V itself, which "
                    "the discriminator climbs and the generator descends.")
    if not near(got[0], right[0], 1e-5):
        if near(got[0], of_real + of_fake, 1e-5):
            raise Wrong("in d_psi the fakes' part has the wrong sign. Hint: d/dx log(1 - s(x)) = -s(x).")
        if near(got[0], np.mean(1 - s(psi * real)) - np.mean(s(psi * fake)), 1e-5):
            raise Wrong("in d_psi the inner derivative is missing. Hint: the score is psi x, so a factor x comes down.")
        if near(got[0], of_real, 1e-5):
            raise Wrong("d_psi leaves out the fakes. Hint: the discriminator sees both kinds; both terms of V hold "
                        "psi.")
        if near(got[0], of_real - np.mean(s(psi * fake) * z), 1e-5):
            raise Wrong("in d_psi the fake points are theta + z, not z: that is what the discriminator is shown.")
        raise Wrong("d_psi is not right. Hint: d/dx log s(x) = 1 - s(x) for the real points, -s(x) for the fakes, each "
                    "times the point itself.")
    if near(got[1], -right[1], 1e-5):
        raise Wrong("d_theta has the wrong sign. Hint: d/dx log(1 - s(x)) = -s(x); V itself, not the step downhill.")
    if near(got[1], -np.mean(d_theta), 1e-5):
        raise Wrong("in d_theta the inner derivative is missing. Hint: the score is psi (theta + z), so a "
                    "factor psi comes down.")
    if near(got[1], -psi * np.mean(1 - d_theta), 1e-5) or near(got[1], psi * np.mean(1 - d_theta), 1e-5):
        raise Wrong("d_theta is that of the non-saturating loss, -log s. Hint: V holds the fakes in log(1 - s(...)).")
    raise Wrong("d_theta is not right. Hint: only the second mean holds theta; d/dx log(1 - s(x)) = -s(x).")


def _critic(rng):
    """A smooth critic of small images whose input gradient is known exactly: s = sum tanh(w x) and its gradient."""
    from keras import ops

    w = rng.normal(0, 0.6, (4, 4, 3)).astype(np.float32)

    def critic(x):
        return ops.sum(ops.tanh(x * w), axis=(1, 2, 3))[:, None]

    return critic, lambda x: w * (1 - np.tanh(x * w) ** 2)


def gradient_penalty(rng, answer):
    """Check `gradient_penalty`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (critic, real f32 [N, H, W, 3], fake, mix f32 [N, 1, 1, 1]) -> mean (|gradient at the
            mix| - 1)^2.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    critic, slope = _critic(rng)
    real, fake = (rng.normal(middle, 0.4, (6, 4, 4, 3)).astype(np.float32) for middle in (0.8, -0.8))
    mix = rng.uniform(0.05, 0.4, (6, 1, 1, 1)).astype(np.float32)
    got = answer(critic, real.copy(), fake.copy(), mix.copy())
    got = array(np.asarray(got), (), "gradient_penalty")

    def penalty(x, norm=lambda g: np.sqrt(np.sum(g**2, (1, 2, 3))), centre=1.0):
        return np.mean((norm(slope(x)) - centre) ** 2)

    between = mix * real + (1 - mix) * fake
    if near(got, penalty(between), 2e-3):
        return
    mistakes = [
        (penalty((1 - mix) * real + mix * fake), "the mix is the wrong way round: mix is the weight of real."),
        (penalty(real), "the gradient is taken at the real images. Hint: at points between real and fake, by mix."),
        (penalty(fake), "the gradient is taken at the fakes. Hint: at points between real and fake, by mix."),
        (penalty(between, centre=0.0), "the norm is not compared with 1. Hint: (norm - 1)^2; without the 1 every "
         "slope is punished, as R1 does."),
        (penalty(between, lambda g: np.sum(g**2, (1, 2, 3))), "the squared norm is compared with 1. Hint: take the "
         "square root of the sum of squares first."),
        (penalty(between, lambda g: np.sqrt(np.sum(g**2, -1))), "the norm is taken over the channels of each pixel. "
         "Hint: one norm an image, over height, width and channels."),
        (penalty(between, lambda g: np.sqrt(np.sum(g**2))), "one norm is taken over the whole batch. Hint: one an "
         "image, then the mean of (norm - 1)^2 over images."),
        ((np.sqrt(np.sum(slope(between) ** 2, (1, 2, 3))).mean() - 1) ** 2, "the mean is taken before the square. "
         "Hint: (norm - 1)^2 for each image, then the mean."),
        (np.sum((np.sqrt(np.sum(slope(between) ** 2, (1, 2, 3))) - 1) ** 2), "that is the sum over the images. "
         "Hint: the mean."),
    ]  # fmt: skip
    explain(got, mistakes, 2e-3)
    raise Wrong("the number is not the penalty. Hint: three lines: the images between, input_gradient(critic, "
                "between), and the mean of (norm - 1)^2 with one norm for each image.")


def moving_average(rng, answer):
    """Check `moving_average`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (average: list of arrays, weights: list of arrays, decay) -> the new average, a list
            of arrays.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    shapes, decay = [(3, 4), (4,), (2, 2, 1, 3)], float(rng.uniform(0.6, 0.95))
    average, weights = ([rng.normal(size=shape) for shape in shapes] for _ in range(2))
    given = [a.copy() for a in average], [w.copy() for w in weights]
    got = answer(*given, decay)
    if not isinstance(got, (list, tuple)) or len(got) != len(shapes):
        kind = f"{len(got)} things" if isinstance(got, (list, tuple)) else type(got).__name__
        raise Wrong(f"moving_average gave {kind}; a list of {len(shapes)} arrays is wanted, one for each weight.")
    got = [array(g, shape, "each array of moving_average") for g, shape in zip(got, shapes, strict=True)]

    def same(parts):
        return all(near(g, p, 1e-9) for g, p in zip(got, parts, strict=True))

    def mixed(decay):
        return [decay * a + (1 - decay) * w for a, w in zip(average, weights, strict=True)]

    if same(mixed(1 - decay)):
        raise Wrong("the weights are exchanged: yours forgets almost everything at each step. Hint: decay is the "
                    "weight of the old average.")
    if same(mixed(0.5)):
        raise Wrong("that is the plain mean of the two. Hint: decay * average + (1 - decay) * weights.")
    if same([decay * a + w for a, w in zip(average, weights, strict=True)]):
        raise Wrong("the weights come in whole, so that the average grows without end. Hint: their weight is 1 - "
                    "decay.")
    if same(weights) or same(average):
        raise Wrong("one of the two is given back as it was. Hint: decay * average + (1 - decay) * weights.")
    if not same(mixed(decay)):
        raise Wrong("the numbers are not decay * average + (1 - decay) * weights. Hint: zip(average, weights) gives "
                    "the pairs.")
    if not all(near(a, b, 1e-12) for a, b in zip(given[1], weights, strict=True)):
        raise Wrong("your function changed the weights it was given; the generator would go on from its own average. "
                    "Hint: compute new arrays, do not write into weights.")


def diagnose(rng, answer):
    """Check `diagnose`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (real f64 [T], fake f64 [T], modes int [T]) -> "healthy", "collapse", "oscillation" or
            "strong discriminator", from the mean scores (logits) and the number of the eight modes that were found.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    hints = {
        "healthy": "the scores of real and generated points come close to each other and stay there, and all modes "
                   "are found",
        "collapse": "few modes are found at the end, and the scores say nothing unusual",
        "oscillation": "the generated points score now far above and now far below the real ones, again and again",
        "strong discriminator": "the scores separate, go on separating, and do not come together again"}
    t = np.linspace(0, 1, 60)
    for what in rng.permutation([*hints] * 2):
        noise = rng.normal(0, 0.15, (2, len(t)))
        gap = rng.uniform(0.2, 0.6) + rng.uniform(0.5, 1.2) * np.exp(-6 * t)
        modes = np.round(8 * (1 - np.exp(-8 * t)))
        if what == "collapse":
            modes = np.where(t < rng.uniform(0.2, 0.5), np.minimum(modes, 5), rng.integers(1, 3))
        if what == "oscillation":
            gap = rng.uniform(2.5, 4) * np.sin(2 * np.pi * rng.uniform(3, 5) * t + rng.uniform(0, 6))
            modes = np.round(4.5 + 2 * np.sin(2 * np.pi * 4 * t + 1))
        if what == "strong discriminator":
            gap = 1 + rng.uniform(9, 14) * t**0.7
            modes = np.minimum(modes, rng.integers(3, 6))
        real, fake = gap / 2 + noise[0], -gap / 2 + noise[1]
        got = answer(real, fake, modes.astype(int))
        if not isinstance(got, str) or got not in hints:
            raise Wrong(f"diagnose gave {got!r}. Hint: return one of {', '.join(map(repr, hints))}.")
        if got != what:
            raise Wrong(f"a training with {what!r} was called {got!r}. Hint: in {what!r}, {hints[what]}. Look at real "
                        "- fake over "
                        "the second half, and at the modes at the end.")
