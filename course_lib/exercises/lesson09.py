"""Checks of lesson 09: the dense block, relativistic losses, matching an atom, PSNR and SSIM, what is undominated."""
import cv2
import numpy as np

from .references09 import adapted, dense_reference, luma, quality_reference, relativistic_reference, window
from .verdict import Wrong, array, explain, near


def residual_dense(rng, answer):
    """Check `residual_dense`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (x f32 [N, H, W, C], weights: five pairs (kernel, bias)) -> the block's result, of
            the shape of x.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    channels, growth = int(rng.integers(3, 6)), int(rng.integers(2, 4))
    x = rng.normal(0, 1, (2, 7, 6, channels)).astype(np.float32)
    weights = []
    for k in range(5):
        inputs, outputs = channels + k * growth, growth if k < 4 else channels
        weights.append((rng.normal(0, 0.3, (3, 3, inputs, outputs)).astype(np.float32),
                        rng.normal(0, 0.3, outputs).astype(np.float32)))
    got = array(np.asarray(answer(x.copy(), [(k.copy(), b.copy()) for k, b in weights])), x.shape, "residual_dense")
    if near(got, dense_reference(x, weights), 2e-3):
        return
    bare = [(kernel, 0 * bias) for kernel, bias in weights]
    mistakes = [
        (dense_reference(x, weights, skip=False), "what went in is not added at the end. Hint: 0.2 * y + x; that is "
         "what makes the block residual."),
        (dense_reference(x, weights, beta=1.0), "the result is added whole. Hint: 0.2 * y + x; the factor keeps a "
         "network of 23 such blocks from growing without bound."),
        (dense_reference(x, weights, last=True), "the fifth convolution is activated too. Hint: it has none, since "
         "what a residual adds must be able to be negative."),
        (dense_reference(x, weights, slope=0.0), "that is a plain ReLU. Hint: below zero LeakyReLU keeps 0.2 of it."),
        (dense_reference(x, weights, slope=0.01), "the slope is 0.01. Hint: below zero the block keeps 0.2 of it."),
        (dense_reference(x, weights, slope=0.1), "the slope is 0.1. Hint: below zero the block keeps 0.2 of it."),
        (dense_reference(x, weights, activate=False), "there is no activation. Hint: LeakyReLU with slope 0.2 after "
         "each of the first four convolutions."),
        (dense_reference(x, weights, order=-1), "the views are concatenated in the other order. Hint: x first, then "
         "the results as they came; each kernel expects its channels in their places."),
        (dense_reference(x, bare), "the biases are missing. Hint: ops.conv(...) + bias."),
    ]  # fmt: skip
    explain(got, mistakes, 2e-3)
    raise Wrong("the numbers are not those of the block. Hint: each convolution sees x and all results before it, side "
                "by side, with padding='same'; the first four are activated; return 0.2 * y + x.")


def relativistic(rng, answer):
    """Check `relativistic`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (real, fake: logits f32 [N, 1]) -> (discriminator's loss, generator's loss).
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    real, fake = (rng.normal(middle, 1.5, (8, 1)).astype(np.float32) for middle in (1.2, -0.8))
    got = answer(real.copy(), fake.copy())
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Wrong(f"relativistic gave {type(got).__name__}, not two numbers. Hint: `return discriminator, "
                    "generator`.")
    got = array([np.squeeze(np.asarray(g)) for g in got], (2,), "relativistic")
    r, f = real.astype(np.float64), fake.astype(np.float64)
    right = relativistic_reference(r, f)
    if near(got, right, 1e-4):
        far = np.float32([[120.0]])
        hard = np.array([float(np.asarray(g)) for g in answer(far, -far)])
        if not np.isfinite(hard).all():
            raise Wrong("right, but for scores of +-120 it gives inf or nan: the sigmoid has become exactly 0 or 1 "
                        "before the logarithm. Hint: -log s(x) = softplus(-x) and -log(1 - s(x)) = softplus(x).")
        return
    mistakes = [
        (right[::-1], "the two are exchanged. Hint: `return discriminator, generator`."),
        (-right, "both have the wrong sign. Hint: a loss is made small, so it is *minus* the mean logarithm."),
        (8 * right, "that is the sum over the images. Hint: the mean."),
        (relativistic_reference(r, f, half=True), "both are halved: some codes do that; the formula here adds both "
         "means."),
        (relativistic_reference(r, f, own=True), "each score is compared with the mean of its own kind. Hint: real "
         "scores minus the mean of the *fakes*, and the other way round."),
        (relativistic_reference(r, f, plain=True), "nothing is relative here: that is the ordinary game. Hint: "
         "subtract the mean score of the other kind first."),
        (relativistic_reference(r, f, pairs=True), "that compares each image with one of the other kind. Hint: with "
         "the *mean* over the other kind (the \"average\" in the name)."),
    ]  # fmt: skip
    explain(got, mistakes, 1e-3)
    if near(got[0], right[0], 1e-4):
        only = np.mean(np.logaddexp(0, -(f - r.mean())))
        if near(got[1], only, 1e-3):
            raise Wrong("the generator's loss leaves out the real images. Hint: it has both terms with the labels "
                        "exchanged; the generator also learns to make the real ones look less real by comparison.")
        if near(got[1], -right[0], 1e-3):
            raise Wrong("the generator's loss is minus the discriminator's: the minimax game, which falls silent "
                        "where the discriminator is sure. Hint: exchange the labels instead.")
        raise Wrong("the discriminator's loss is right, the generator's is not. Hint: the same two terms with the "
                    "labels exchanged: -mean log(1 - s(r)) - mean log s(f).")
    if near(got[1], right[1], 1e-4):
        raise Wrong("the generator's loss is right, the discriminator's is not. Hint: -mean log s(r) - mean log(1 - "
                    "s(f)).")
    raise Wrong("neither is right. Hint: r = real - mean(fake), f = fake - mean(real); the discriminator wants r "
                "called real and f called fake, the generator the opposite.")


def match(rng, answer):
    """Check `match`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (feature f64 [h, w, C], atoms f64 [K, h, w, C], owner int [K], person) -> (number of
            the chosen atom among those of other people, that atom adapted).
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    h, w, channels, count = 5, 4, 6, 9
    feature = rng.normal(rng.normal(0, 2, channels), rng.uniform(0.5, 2, channels), (h, w, channels))
    atoms = rng.normal(0, 1, (count, h, w, channels))
    own, best = (int(k) for k in np.sort(rng.choice(count, 2, replace=False)))
    loud, far = (int(k) for k in rng.permutation(np.setdiff1d(np.arange(count), [own, best]))[:2])
    person, owner = 7, rng.integers(8, 12, count)
    owner[own] = person
    atoms[best] = 0.2 * (feature - feature.mean((0, 1))) + 0.03 * atoms[best]  # alike, but pale: only AdaIN shows it
    atoms[loud] = 4 * atoms[loud] + 3 * feature.mean((0, 1))  # the largest product as it is
    atoms[far] = -(feature - feature.mean((0, 1)))
    atoms[own] = feature
    got = answer(feature.copy(), atoms.copy(), owner.copy(), person)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Wrong(f"match gave {type(got).__name__}, not a pair. Hint: `return k, adapted[k]`.")
    k = int(array(np.squeeze(got[0]), (), "the number in match"))
    if not 0 <= k < count:
        raise Wrong(f"there is no atom {k}: they are numbered from 0 to {count - 1}.")
    atom = array(got[1], (h, w, channels), "the atom in match")
    if k == best and near(atom, adapted(atoms[best], feature), 2e-3):
        still = answer(feature.copy(), np.concatenate([atoms, np.ones((1, h, w, channels))]),
                       np.append(owner, 9), person)[0]
        if int(np.squeeze(still)) != best:
            raise Wrong("right, until an atom is constant: its standard deviation is 0, and something is divided by "
                        "it. Hint: add 1e-5 to every standard deviation.")
        zero = feature - feature.mean((0, 1))
        if int(np.squeeze(answer(zero.copy(), np.stack([zero, -zero]), np.array([person, 8]), person)[0])) != 1:
            raise Wrong("right, until the only product of another person is negative: then 0 in place of the person's "
                        "own products wins. Hint: -np.inf.")
        return
    raw = int(np.argmax(np.where(owner == person, -np.inf, (atoms * feature).sum((1, 2, 3)))))
    if k == best - 1 and near(atom, adapted(atoms[best], feature), 2e-3):
        raise Wrong("the right atom, but its number counts only the atoms of other people. Hint: give the products of "
                    "the person -inf, or look the number up in np.flatnonzero(owner != person).")
    if k == own:
        raise Wrong("you chose an atom of that very person, whom the dictionary must not know in this test. Hint: "
                    "np.where(owner == person, -np.inf, product).argmax().")
    if k == far:
        raise Wrong("you chose the atom that is *least* alike. Hint: argmax of the inner product.")
    explain(atom, [(adapted(atoms[k], feature, **options), message) for options, message in (
        (dict(std=np.var), "the variance is used in place of the standard deviation. Hint: its square root."),
        (dict(axes=(-3, -2, -1)), "one mean and one standard deviation for all channels together. Hint: one for each "
         "channel, over height and width."),
        (dict(axes=(-1,)), "the mean and standard deviation are taken over the channels of each place. Hint: over "
         "height and width, for each channel."),
        (dict(shift=False), "the means are left as they are. Hint: subtract the atom's, add the feature's."),
    )], 2e-3)  # fmt: skip
    if k != best and k == raw:
        raise Wrong("the atom is chosen before it is adapted: then the one with the largest numbers wins, not the one "
                    "of the most similar shape. Hint: AdaIN on all atoms first, then the inner product.")
    if k != best:
        raise Wrong(f"atom {k} is not the one most like the feature; that is {best}. Hint: for every atom the sum of "
                    "adapted * feature over height, width and channels, and the argmax over the atoms.")
    mistakes = [
        (atoms[best], "the right number, but the atom is given back as it was. Hint: return adapted[k]."),
        (feature, "the right number, but that is the feature itself. Hint: return adapted[k]."),
        (adapted(feature, atoms[best]), "the statistics go the wrong way: that is the feature with the atom's. Hint: "
         "the *atom* takes the input's mean and standard deviation."),
    ]  # fmt: skip
    explain(atom, mistakes, 2e-3)
    raise Wrong("the right number, but the atom is not adapted right. Hint: (atom - its mean) / its standard deviation "
                "* the feature's + the feature's mean, for each channel over height and width.")


def quality(rng, answer):
    """Check `quality`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (picture, truth f64 [H, W, 3], border, window) -> (PSNR in dB, SSIM), on the luma
            without the border.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    truth = cv2.GaussianBlur(rng.uniform(0, 1, (40, 36, 3)), (0, 0), 1.5)
    truth = (truth - truth.min()) / np.ptp(truth)
    picture = np.clip(cv2.GaussianBlur(truth, (0, 0), 1.2) * 0.9 + rng.normal(0, 0.02, truth.shape), 0, 1)
    border = int(rng.integers(2, 5))
    picture[:border], picture[:, -border:] = 0, 1  # an error at the border, which must not count
    got = answer(picture.copy(), truth.copy(), border, window)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Wrong(f"quality gave {type(got).__name__}, not two numbers. Hint: `return psnr, ssim`.")
    got = array([np.squeeze(g) for g in got], (2,), "quality")
    right = np.array(quality_reference(picture, truth, border))
    if near(got, right, 1e-4):
        return
    if near(got, right[::-1], 1e-4):
        raise Wrong("the two are exchanged. Hint: `return psnr, ssim`.")
    for change, says in (
        (dict(crop=False), "the border is not left out. Hint: [border:-border, border:-border] of both images first; "
         "networks are poor where their windows reach outside."),
        (dict(grey=lambda x: x.mean(-1)), "that is the mean of the three channels. Hint: the luma, 65.481 R + 128.553 "
         "G + 24.966 B + 16, divided by 255."),
        (dict(grey=lambda x: (x @ [65.481, 128.553, 24.966]) / 255 * 255 / 219), "the luma here reaches from 16/255 to "
         "235/255; yours from 0 to 1. Hint: (65.481 R + 128.553 G + 24.966 B + 16) / 255."),
    ):  # fmt: skip
        if near(got, quality_reference(picture, truth, border, **change), 1e-3):
            raise Wrong(says)
    p, t = (luma(x)[border:-border, border:-border] for x in (picture, truth))
    if not near(got[0], right[0], 1e-4):
        error = np.mean((p - t) ** 2)
        for value, says in (
            (right[0] / 2, "PSNR is half of what it should be. Hint: 10 log10(1 / mean squared error); 20 log10 goes "
             "with the root of it."),
            (2 * right[0], "PSNR is twice what it should be. Hint: 10 log10 of the mean *squared* error."),
            (-right[0], "PSNR has the wrong sign. Hint: 10 log10(1 / mean squared error)."),
            (-10 * np.log(error), "that is the natural logarithm. Hint: np.log10."),
            (right[0] + 20 * np.log10(255), "the peak is 1 here, not 255: the images reach from 0 to 1."),
            (-10 * np.log10(np.mean(np.abs(p - t))), "that is the mean absolute error. Hint: the mean of the squares."),
        ):
            if near(got[0], value, 1e-3):
                raise Wrong(says)
        raise Wrong("PSNR is not right. Hint: 10 log10(1 / mean((p - t)^2)) on the luma without the border.")
    for change, says in (
        (dict(c=(0, 0)), "SSIM without its two constants: it jumps where an image is flat. Hint: 0.01^2 and 0.03^2."),
        (dict(c=(0.01, 0.03)), "the constants of SSIM are not squared. Hint: 0.01^2 and 0.03^2."),
        (dict(centred=False), "the squared means are not subtracted. Hint: variance = window(p * p) - mean^2, and the "
         "covariance likewise."),
        (dict(contrast=False), "only the first factor of SSIM is there, that of the means. Hint: times (2 covariance + "
         "C2) / (variance + variance + C2)."),
    ):
        if near(got[1], quality_reference(picture, truth, border, **change)[1], 1e-4):
            raise Wrong(says)
    raise Wrong("PSNR is right, SSIM is not. Hint: the product of two fractions at every place, then one mean; all "
                "five local numbers come from window(...).")


def undominated(rng, answer):
    """Check `undominated`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (distortion f64 [N], perception f64 [N]), smaller is better in both -> sorted indices of the
            methods that no other method dominates: at least as good in both, and better in one.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    count = 9
    distortion = rng.permutation(np.arange(1, count + 1)) / 10
    perception = rng.permutation(np.arange(1, count + 1)) / 10
    first, last = int(np.argmin(distortion)), int(np.argmin(perception))
    # the first again, as good in one measure and worse in the other; the last again, a tie in both
    order = rng.permutation(count + 2)
    distortion = np.append(distortion, distortion[[first, last]])[order]
    perception = np.append(perception, [perception[first] + 0.05, perception[last]])[order]

    def front(worse):
        return [i for i in range(count + 2) if not any(worse(i, j) for j in range(count + 2) if j != i)]

    right = front(lambda i, j: distortion[j] <= distortion[i] and perception[j] <= perception[i]
                  and (distortion[j] < distortion[i] or perception[j] < perception[i]))
    got = answer(distortion.copy(), perception.copy())
    try:
        found = [int(i) for i in got]
    except TypeError:
        raise Wrong(f"undominated gave {got!r}. Hint: return the indices as a list or an array.") from None
    if found == right:
        return
    if sorted(found) == right:
        raise Wrong("the methods are right, their order is not. Hint: sorted indices.")
    if found == front(lambda i, j: distortion[j] < distortion[i] and perception[j] < perception[i]):
        raise Wrong("a method that is as good in one measure and worse in the other is dominated, too. Hint: <= in "
                    "both, "
                    "< in at least one.")
    if found == front(lambda i, j: distortion[j] <= distortion[i] and perception[j] <= perception[i]):
        raise Wrong("two methods with the same two numbers do not dominate each other. Hint: < in at least one.")
    if len(found) == 1 and found[0] in right:
        raise Wrong("that is one of them. Hint: no weighting of the two measures is given, so every method that no "
                    "other "
                    "one beats in both stays.")
    wrong = sorted(set(found) - set(right))
    raise Wrong(f"method {wrong[0]} is beaten by another one in both measures. Hint: keep a method only if no other "
                "is at "
                "least as good in both and better in one." if wrong else
                f"method {sorted(set(right) - set(found))[0]} is missing: no other is at least as good in both "
                "measures.")
