"""Checks of lesson 05: the composite, the edge loss, the perceptual loss, mixup's target, reading an ablation."""
import numpy as np

from .verdict import Wrong, array, explain, near


def composite(rng, answer):
    """Check `composite`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (raw f32 [N, S, S, 4], picture f32 [N, S, S, 3]) -> a colour + (1 - a) picture, with
            a = s(raw 0) and the colour = (tanh(raw 1:4) + 1) / 2.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    raw = rng.normal(0.6, 1.5, (3, 6, 6, 4)).astype(np.float32)
    picture = rng.uniform(0, 1, (3, 6, 6, 3)).astype(np.float32)
    got = array(answer(raw.copy(), picture.copy()), picture.shape, "composite")

    def s(x):
        return 1 / (1 + np.exp(-x))

    def mixed(alpha, colour):
        return alpha * colour + (1 - alpha) * picture

    alpha, squashed = s(raw[..., :1]), np.tanh(raw[..., 1:])
    colour = (squashed + 1) / 2
    if near(got, mixed(alpha, colour), 1e-4):
        return
    explain(got, [
        (mixed(1 - alpha, colour), "the weights are exchanged: where alpha is 1 your picture shows the input. Hint: "
         "alpha * colour + (1 - alpha) * picture."),
        (mixed(raw[..., :1], colour), "alpha has not gone through the sigmoid. Hint: raw numbers lie anywhere, a "
         "weight from 0 to 1."),
        (mixed(alpha, squashed), "the colour is still a tanh, from -1 to 1. Hint: (tanh(x) + 1) / 2 lies from 0 to "
         "1, as the picture does."),
        (mixed(alpha, s(raw[..., 1:])), "the colour is a sigmoid. Hint: the published head is a tanh, moved into 0 to "
         "1: (tanh(x) + 1) / 2."),
        (mixed(alpha, raw[..., 1:]), "the colour is raw. Hint: (tanh(x) + 1) / 2."),
        (mixed(s(raw[..., 3:]), (np.tanh(raw[..., :3]) + 1) / 2), "you took the last channel for alpha. Hint: alpha is "
         "raw[..., :1], the colour raw[..., 1:]."),
        (colour, "that is the colour alone. Hint: where alpha is small, the input picture stays."),
        (alpha * colour, "the input is missing, so that the picture goes dark where alpha is small. Hint: add (1 - "
         "alpha) * picture."),
    ], 1e-4)  # fmt: skip
    raise Wrong("the pixels are not alpha * colour + (1 - alpha) * picture. Hint: alpha is the sigmoid of "
                "raw[..., :1], the colour (tanh(raw[..., 1:]) + 1) / 2.")


def edge_loss(rng, answer):
    """Check `edge_loss`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (picture f32 [N, H, W, C], wanted) -> the sum over right and down of mean | |dp| -
            |dw| |.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    picture, wanted = (rng.uniform(0, 1, (3, 7, 9, 3)).astype(np.float32) for _ in range(2))
    got = array(answer(picture.copy(), wanted.copy()), (), "edge_loss")

    def steps(x, strength=np.abs):
        pixels = x[:, :-1, :-1]
        return strength(pixels - x[:, :-1, 1:]), strength(pixels - x[:, 1:, :-1])

    def loss(total=np.mean, strength=np.abs, compare=np.abs):
        return [total(compare(a - b)) for a, b in zip(steps(picture, strength), steps(wanted, strength), strict=True)]

    right, down = loss()
    whole = sum(np.mean(np.abs(np.abs(np.diff(picture, axis=k)) - np.abs(np.diff(wanted, axis=k)))) for k in (1, 2))
    if near(got, right + down, 1e-5) or near(got, whole, 1e-5):
        return
    explain(got, [
        (right, "only the neighbours to the right are compared. Hint: add the same for those below."),
        (down, "only the neighbours below are compared. Hint: add the same for those to the right."),
        ((right + down) / 2, "that is the mean of the two directions. Hint: they are added."),
        (sum(loss(strength=lambda d: d)), "the differences are compared with their signs. Hint: an edge's strength has "
         "none: the absolute value of each difference first, then compare the two images."),
        (sum(loss(compare=np.square)), "the strengths are compared by squares. Hint: mean absolute difference."),
        (sum(loss(total=np.sum)), "that is the sum over the pixels. Hint: the mean of each direction, then add."),
        (np.mean(np.abs(picture - wanted)), "that compares pixels, not edges. Hint: first the difference of each pixel "
         "from its neighbour, in both images."),
        (sum(np.mean(d) for d in steps(picture)), "that is how strong the edges of `picture` are; `wanted` takes no "
         "part."),
        (sum(abs(np.mean(a) - np.mean(b)) for a, b in zip(steps(picture), steps(wanted), strict=True)), "the means are "
         "taken before the comparison, so that edges may lie anywhere. Hint: compare place by place, then the mean."),
    ], 1e-5)  # fmt: skip
    raise Wrong("the number is not the edge loss. Hint: x[:, :-1, :-1] against x[:, :-1, 1:] and against "
                "x[:, 1:, :-1], the absolute value of each; then the mean absolute difference of the two images' "
                "strengths, right plus down.")


def _network(rng):
    """Two feature maps of an image [N, 8, 8, 3], as a function on keras tensors and the same in NumPy."""
    from keras import ops

    first, second = (rng.normal(0, 0.6, shape).astype(np.float32) for shape in ((3, 5), (5, 7)))

    def network(x, training=False):
        shallow = ops.tanh(ops.matmul(x, first))
        return [3 * ops.tanh(ops.matmul(shallow[:, ::2, ::2], second)) + 1, shallow]

    return network, lambda x: [3 * np.tanh(np.tanh(x @ first)[:, ::2, ::2] @ second) + 1, np.tanh(x @ first)]


def perceptual_loss(rng, answer):
    """Check `perceptual_loss`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (network, picture f32 [N, 8, 8, 3], wanted, weights) -> the weighted sum over depths
            of the mean squared difference of features, standardised in each image (over places and
            channels).
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    network, features = _network(rng)
    picture, wanted = (rng.uniform(0, 1, (4, 8, 8, 3)).astype(np.float32) for _ in range(2))
    wanted[0] = 0.3 * wanted[0]  # images of different contrast, so that rows differ
    weights = (0.2, 0.7)
    got = array(answer(network, picture.copy(), wanted.copy(), weights), (), "perceptual_loss")

    def standard(x, axes=(1, 2, 3), scale=True):
        centred = x - x.mean(axes, keepdims=True)
        return centred / np.sqrt((centred**2).mean(axes, keepdims=True) + 1e-5) if scale else centred

    def loss(prepare=standard, weights=weights, compare=np.square, total=np.mean):
        return sum(w * total(compare(prepare(a) - prepare(b)))
                   for w, a, b in zip(weights, features(picture), features(wanted), strict=True))

    if near(got, loss(), 2e-3):
        return
    explain(got, [
        (loss(lambda x: x), "the features are not standardised, so that the depth with the largest numbers decides. "
         "Hint: subtract each image's mean and divide by its standard deviation."),
        (loss(lambda x: standard(x, scale=False)), "the features are centred but not divided by their standard "
                                                   "deviation."),
        (loss(lambda x: standard(x, (0, 1, 2, 3))), "the mean and standard deviation are taken over the whole "
         "batch. Hint: one of each for every image: axis=(1, 2, 3), keepdims=True."),
        (loss(lambda x: standard(x, (1, 2))), "the mean and standard deviation are taken for each channel. Hint: "
         "here over all places and channels of an image: axis=(1, 2, 3), keepdims=True."),
        (loss(lambda x: standard(x, (3,))), "the mean and standard deviation are taken at each place. Hint: over "
         "all places and channels of an image: axis=(1, 2, 3), keepdims=True."),
        (loss(weights=(1, 1)), "the weights are not used. Hint: one for each depth, in the order of the network's."),
        (loss(weights=weights[::-1]), "the weights are in the wrong order. Hint: zip(weights, network(picture), "
         "network(wanted))."),
        (loss(compare=np.abs), "that is the mean absolute difference. Hint: squares."),
        (loss(total=np.sum), "that is the sum over the features, so that large maps count more. Hint: the mean of each "
         "depth."),
        (loss() / 2, "that is the mean over the depths. Hint: their weighted sum."),
        (np.mean((picture - wanted) ** 2), "the network takes no part: those are pixels."),
    ], 2e-3)  # fmt: skip
    raise Wrong("the number is not the perceptual loss. Hint: for each depth the mean of (standardised features of the "
                "picture - those of the wanted one)^2, times its weight, all added.")


def mixup_loss(rng, answer):
    """Check `mixup_loss`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (discriminator, real f32 [N, S, S, 6], fake, mix) -> mean (D(mix real + (1 - mix)
            fake) - mix)^2.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    from keras import ops

    w = rng.normal(0, 0.4, (6,)).astype(np.float32)

    def discriminator(x):
        return ops.tanh(2 * ops.matmul(x, w))[..., None]

    def d(x):
        return np.tanh(2 * (x @ w))

    real, fake = (rng.normal(0, 1, (5, 4, 4, 6)).astype(np.float32) for _ in range(2))
    mix = float(rng.uniform(0.6, 0.85))
    got = array(answer(discriminator, real.copy(), fake.copy(), mix), (), "mixup_loss")
    mixed = d(mix * real + (1 - mix) * fake)
    if near(got, np.mean((mixed - mix) ** 2), 1e-4):
        return
    explain(got, [
        (np.mean((d((1 - mix) * real + mix * fake) - mix) ** 2), "the mix is the wrong way round: mix is the "
         "share of the real pair."),
        (np.mean((mixed - (1 - mix)) ** 2), "the target is the wrong way round: the discriminator predicts which "
         "fraction of what it sees is real, which is mix."),
        (np.mean((mixed - 1) ** 2), "the target is 1. Hint: a mixture is not real; the discriminator predicts mix."),
        (np.mean((mix * d(real) + (1 - mix) * d(fake) - mix) ** 2), "you mix the scores, not the images. Hint: "
         "the discriminator is shown one mixed pair: discriminator(mix * real + (1 - mix) * fake)."),
        (mix * np.mean((d(real) - 1) ** 2) + (1 - mix) * np.mean(d(fake) ** 2), "those are the two plain losses, "
         "mixed. Hint: mix the images first, then one loss with the target mix."),
        (np.mean((d(real) - 1) ** 2) + np.mean(d(fake) ** 2), "that is the plain game of least squares. Hint: mix the "
         "images first, then one loss with the target mix."),
        (np.mean(mixed - mix) ** 2, "the mean is taken before the square. Hint: a square for each patch, then the "
         "mean."),
        (np.mean(np.abs(mixed - mix)), "that is the mean absolute difference. Hint: least squares."),
        (np.sum((mixed - mix) ** 2), "that is the sum over the patches. Hint: the mean."),
        (0.5 * np.mean((mixed - mix) ** 2), "that is half of it. Hint: the published loss counts the whole square."),
    ], 1e-4)  # fmt: skip
    raise Wrong("the number is not mixup's loss. Hint: scores = discriminator(mix * real + (1 - mix) * fake), "
                "and the mean of (scores - mix)^2.")


def improvements(rng, answer):
    """Check `improvements`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (scores f64 [stages, seeds], t) -> the numbers of the stages whose mean paired difference to
            the stage before, less t standard errors, is above 0.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    tables = [(_ablation(rng, n), t) for n, t in ((3, 4.303), (4, 3.182), (5, 2.776), (6, 2.571)) for _ in range(12)]
    got = np.concatenate([_chosen(answer(scores.copy(), t), len(scores)) for scores, t in tables])

    def every(rule):
        return np.concatenate([np.r_[False, rule(np.diff(scores, axis=0), scores, t)] for scores, t in tables])

    def error(d, ddof=1):
        return d.std(axis=1, ddof=ddof) / np.sqrt(d.shape[1])

    def unpaired(d, scores, t):
        variance = scores.var(axis=1, ddof=1) / scores.shape[1]
        return d.mean(1) > t * np.sqrt(variance[1:] + variance[:-1])

    right = every(lambda d, s, t: d.mean(1) > t * error(d))
    if np.array_equal(got, right):
        return
    explain(1.0 * got, [(1.0 * result, message) for result, message in (
        (every(lambda d, s, t: d.mean(1) > 0), "you name every stage whose mean rose. Hint: a mean of few seeds is "
         "uncertain; subtract t standard errors first."),
        (every(unpaired), "you compare the two stages' means and spreads. Hint: runs of one seed belong together; take "
         "the differences seed by seed first, then their mean and standard deviation."),
        (every(lambda d, s, t: d.mean(1) > t * error(d, 0)), "the standard deviation divides by n. Hint: with few "
         "seeds it must divide by n - 1: ddof=1."),
        (every(lambda d, s, t: d.mean(1) > t * d.std(1, ddof=1)), "that is the spread of single seeds. Hint: the "
         "standard error of a mean of n differences is their standard deviation / sqrt(n)."),
        (every(lambda d, s, t: d.mean(1) > error(d)), "one standard error is too little for 95 %. Hint: multiply it "
         "by t."),
        (every(lambda d, s, t: abs(d.mean(1)) > t * error(d)), "stages that made it worse are among yours. Hint: the "
         "whole interval must lie above 0."),
        (every(lambda d, s, t: (d > 0).all(1)), "you ask that every seed improved. Hint: use the interval, mean - t "
         "std / sqrt(n) > 0."),
        (every(lambda d, s, t: (s[1:] - s[:1]).mean(1) > t * error(s[1:] - s[:1])), "you compare with the first stage. "
         "Hint: what a stage contributes is its difference to the one before it."),
    )], 0.1)  # fmt: skip
    raise Wrong("the stages are not the right ones. Hint: d = scores[k] - scores[k - 1], one number for each seed; k "
                "counts when d.mean() - t * d.std(ddof=1) / sqrt(n) > 0.")


def _ablation(rng, seeds):
    """Scores [6, seeds] of an ablation: what a seed shares over the stages, what stages add, and noise."""
    steps = rng.choice([-1.0, 0.0, 0.4, 1.0, 1.6], (6, 1)).cumsum(0)
    return 30 + rng.normal(0, 1, seeds) + steps + rng.normal(0, 0.35, (6, seeds))


def _chosen(answer, stages):
    if answer is None:
        raise Wrong("improvements gave None. Does your function end with `return`?")
    try:
        numbers = {int(k) for k in answer}
    except (TypeError, ValueError):
        raise Wrong(f"improvements gave {answer!r}; a list of stage numbers is wanted, for instance [1, 4].") from None
    if not numbers <= set(range(1, stages)):
        raise Wrong(f"improvements gave {sorted(numbers)}; the stages with one before them are 1 to {stages - 1}.")
    return np.isin(np.arange(stages), list(numbers))
