"""Checks of lesson 06: AdaIN, truncation, style mixing, finding a direction, demodulation, an edit."""
import numpy as np

from .verdict import Wrong, array, explain, near


def adain(rng, answer):
    """Check `adain`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (x f32 [N, H, W, C], style f32 [N, 2 C]) -> normalised(x) (1 + scale) + bias, of x's
            shape.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    n, h, w, c = 3, 5, 7, 4
    x = (rng.normal(0, 1, (n, h, w, c)) * rng.uniform(1.5, 3, (n, 1, 1, c)) + rng.normal(1, 1, (n, 1, 1, c)))
    x, style = x.astype(np.float32), rng.normal(0, 0.5, (n, 2 * c)).astype(np.float32)
    got = array(np.asarray(answer(x.copy(), style.copy())), x.shape, "adain")

    def modulated(axes=(1, 2), one=1.0, style=style, centred=True, power=0.5, first=False):
        mean = x.mean(axes, keepdims=True) if centred else 0.0
        plain = (x - mean) / (x.var(axes, keepdims=True) + 1e-8) ** power
        scale, bias = style[:, None, None, :c], style[:, None, None, c:]
        return (plain + bias) * (one + scale) if first else plain * (one + scale) + bias

    if near(got, modulated(), 2e-3):
        return
    mistakes = [
        (modulated(one=0.0), "the 1 is missing: a style of zeros must leave the normalised image alone. Hint: 1 + "
                             "scale."),
        (modulated(axes=(0, 1, 2)), "mean and standard deviation are taken over the whole batch. Hint: each image "
         "has its own; axes 1 and 2 alone."),
        (modulated(axes=(1, 2, 3)), "mean and standard deviation are taken over the channels too. Hint: each "
         "channel has its own; axes 1 and 2 alone."),
        (modulated(axes=(3,)), "mean and standard deviation are taken over the channels of each pixel. Hint: over "
                               "height and width."),
        (modulated(power=1.0), "it is divided by the variance. Hint: the standard deviation is its square root."),
        (modulated(power=0.0), "nothing is divided by the standard deviation: a strong channel stays strong. Hint: "
         "divide by the standard deviation over axes 1 and 2."),
        (modulated(centred=False), "the mean is not taken away before the scaling."),
        (modulated(style=np.concatenate([style[:, c:], style[:, :c]], 1)), "scale and bias are exchanged. Hint: the "
         "first C numbers are the scales."),
        (modulated(style=np.concatenate([style[:, ::2], style[:, 1::2]], 1)), "the style is read as scale, bias, "
         "scale, bias. Hint: all C scales come first, then all C biases."),
        (modulated(first=True), "the bias is added before the scaling, and so scaled itself. Hint: scale, then bias."),
    ]  # fmt: skip
    explain(got, mistakes, 2e-3)
    raise Wrong("the numbers are not normalised(x) * (1 + scale) + bias. Hint: x.mean((1, 2), keepdims=True) has the "
                "shape that subtracts from x; style[:, None, None, :C] has the one that multiplies it.")


def truncate(rng, answer):
    """Check `truncate`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (styles f32 [N, L, D], mean f32 [D], psi, coarse) -> styles, the first `coarse`
            pulled to the mean.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    n, layers, d, coarse, psi = 3, 6, 5, int(rng.integers(2, 5)), float(rng.uniform(0.2, 0.45))
    styles, mean = rng.normal(1, 1, (n, layers, d)).astype(np.float32), rng.normal(1, 1, d).astype(np.float32)
    given = styles.copy()
    got = array(answer(given, mean.copy(), psi, coarse), styles.shape, "truncate")
    if not near(given, styles, 0):
        raise Wrong("your function changed the styles that it was given; the caller still needs them. Hint: "
                    "styles.copy(), or build a new array.")

    def truncated(which=slice(None, coarse), factor=psi, centre=mean):
        out = styles.copy()
        out[:, which] = centre + factor * (out[:, which] - centre)
        return out

    if near(got, truncated(), 1e-4):
        return
    mistakes = [
        (truncated(factor=1 - psi), "psi is used the wrong way round: with psi 1 nothing may change, with psi 0 "
         "every coarse style is the mean. Hint: mean + psi * (w - mean)."),
        (truncated(slice(None)), "all layers are pulled. Hint: only the first `coarse`; the fine ones keep their "
                                 "colours."),
        (truncated(slice(coarse, None)), "the fine layers are pulled, the coarse ones are not. Hint: styles[:, "
                                         ":coarse]."),
        (truncated(slice(None, coarse + 1)), "one layer too many is pulled. Hint: the first ones are styles[:, "
                                             ":coarse]."),
        (truncated(centre=np.zeros(d, np.float32)), "the styles are pulled to zero. Hint: to `mean`, the mean of "
         "many w; zero is no face in particular."),
        *((truncated(centre=own), "the styles are pulled to their own mean. Hint: to `mean`, which is given.")
          for own in (styles.mean((0, 1)), styles.mean(0)[:coarse])),
    ]  # fmt: skip
    explain(got, mistakes, 1e-4)
    raise Wrong("the numbers are not mean + psi (w - mean) in the first layers and the given ones in the others.")


def mixing(rng, answer):
    """Check `mixing`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (first f32 [N, D], second f32 [N, D], crossover, layers) -> styles [N, layers, D].
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    n, d, layers = 3, 8, 8
    first, second = rng.normal(0, 1, (2, n, d)).astype(np.float32)
    for crossover in (int(rng.integers(2, 4)), int(rng.integers(5, 7)), 0, layers):
        got = array(answer(first.copy(), second.copy(), crossover, layers), (n, layers, d), "mixed")

        def mixed(at, one=first, two=second):
            return np.where(np.arange(layers)[None, :, None] < at, one[:, None], two[:, None])

        if near(got, mixed(crossover), 1e-6):
            continue
        if near(got, mixed(crossover, second, first), 1e-6):
            raise Wrong("the two are exchanged. Hint: the coarse layers, before the crossover, come from `first`.")
        if near(got, mixed(layers - crossover), 1e-6):
            raise Wrong("the crossover is counted from the fine end. Hint: layer 0 is the coarsest.")
        if near(got, mixed(crossover + 1), 1e-6) or near(got, mixed(crossover - 1), 1e-6):
            raise Wrong(f"with crossover {crossover} one layer is on the wrong side. Hint: layers 0 to crossover - 1 "
                        "from `first`, so that 0 gives the second face and `layers` the first.")
        fraction = crossover / layers
        if near(got, np.repeat((fraction * first + (1 - fraction) * second)[:, None], layers, 1), 1e-5):
            raise Wrong("every layer gets a blend of the two. Hint: that is interpolation; here each layer has one of "
                        "them, whole.")
        cut = np.where(np.arange(d) < crossover, first, second)
        if near(got, np.repeat(cut[:, None], layers, 1), 1e-6):
            raise Wrong("the numbers of w are cut in two, and every layer gets both parts. Hint: cut the layers; "
                        "np.repeat(w[:, None], layers, axis=1) gives each layer its copy first.")
        raise Wrong(f"with crossover {crossover} of {layers} layers the styles are not those of `first` before it and "
                    "of `second` from it on.")


def direction(rng, answer):
    """Check `direction`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (w f64 [N, D], values f64 [N]) -> the shortest step [D] that raises a linear
            prediction by 1.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    n, d = 300, 5
    axes = np.eye(d) + 0.45 * rng.choice([-1, 1], (d, d)) * rng.uniform(0.5, 1, (d, d))
    w = rng.normal(0, 1, (n, d)) @ axes + 1.5 * rng.choice([-1, 1], d)
    slope = rng.normal(0, 1, d)
    slope *= rng.uniform(0.4, 0.7) / np.linalg.norm(slope)
    values = w @ slope + 3 + rng.normal(0, 0.01, n)
    got = array(np.squeeze(answer(w.copy(), values.copy())), (d,), "direction")
    step = slope / (slope @ slope)
    size = np.linalg.norm(step)

    def like(other, tolerance=0.03):
        return np.linalg.norm(got - other) <= tolerance * np.linalg.norm(other)

    if like(step):
        return
    if like(-step):
        raise Wrong("the step goes down instead of up: the value falls by 1.")
    if like(slope):
        raise Wrong("those are the weights of the regression, not the step: they raise it by |b|^2. Hint: b / (b @ b).")
    if like(slope / np.linalg.norm(slope)):
        raise Wrong("that is the right direction with length 1; it raises the value by |b|. Hint: b / (b @ b).")
    bare = np.linalg.lstsq(w, values, rcond=None)[0]
    if any(like(b, 0.02) for b in (bare, bare / (bare @ bare), bare / np.linalg.norm(bare))):
        raise Wrong("the regression has no constant: the fit is forced through w = 0. Hint: take the means of w and "
                    "values away first, or add a column of ones.")
    centred = (w - w.mean(0)).T @ (values - values.mean()) / n
    top = values > np.median(values)
    gap = w[top].mean(0) - w[~top].mean(0)
    for other in (centred, gap):
        if got @ other > 0.995 * np.linalg.norm(got) * np.linalg.norm(other):
            raise Wrong("that is the difference of the means, or the covariance: where faces of high value lie. What "
                        "goes along with the attribute in the data is in it too. Hint: a regression, np.linalg.lstsq.")
    rise = got @ slope
    if abs(rise - 1) < 0.03:
        raise Wrong(f"it raises the value by 1, but it is {np.linalg.norm(got) / size:.2f} times as long as the "
                    "shortest step: it moves the face for nothing. Hint: b / (b @ b), b the weights of the regression.")
    raise Wrong(f"the step raises the value by {rise:.2f}, not by 1. Hint: fit values = b . w + c by least squares; "
                "the shortest step is b / (b @ b).")


def demodulate(rng, answer):
    """Check `demodulate`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (kernel f64 [K, K, C, F], scales f64 [N, C]) -> the modulated and demodulated kernels
            [N, K, K, C, F].
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    kernel, scales = rng.normal(0, 1, (3, 3, 5, 4)), rng.uniform(0.3, 3, (2, 5))
    got = array(np.asarray(answer(kernel.copy(), scales.copy())), (2, *kernel.shape), "demodulate")
    modulated = kernel * scales[:, None, None, :, None]

    def divided(axes, power=0.5, by=modulated):
        return modulated / (by**2).sum(axes, keepdims=True) ** power

    if near(got, divided((1, 2, 3)), 1e-3):
        return
    mistakes = [
        (modulated, "that is modulation alone: the strength of the output still depends on the scales. Hint: divide."),
        (kernel[None] / np.sqrt((kernel**2).sum((0, 1, 2))) + 0 * modulated, "the kernel is normalised without its "
         "scales. Hint: scale first."),
        (divided((1, 2, 3), by=kernel[None] + 0 * modulated), "the sum is taken over the kernel before it is scaled. "
         "Hint: the variance of the output holds (s w)^2."),
        (divided((1, 2, 3), power=1), "it is divided by the variance. Hint: take the square root."),
        (divided((1, 2, 3, 4)), "one number for all output channels: each has its own. Hint: axes 1, 2 and 3."),
        (divided((1, 2)), "the input channels are normalised one by one, which removes the style. Hint: sum over the "
         "input channels too."),
        (divided((3,)), "each place in the kernel is normalised by itself. Hint: sum over the places too."),
        (divided((1, 2, 4)), "the sum runs over output channels. Hint: the output channel is the last axis; keep it."),
    ]  # fmt: skip
    explain(got, mistakes, 1e-3)
    raise Wrong("the kernels are not s w / sqrt(sum (s w)^2). Hint: kernel * scales[:, None, None, :, None] has the "
                "shape [N, K, K, C, F]; sum its squares over axes 1, 2 and 3 with keepdims=True.")


def purest(rng, answer):
    """Check `purest`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (before f64 [N, A], after f64 [K, N, A], wanted, std f64 [A]) -> index of the edit with
            the least leak among those that raise attribute `wanted` by at least half a standard deviation. Leak: the
            root mean square of the other attributes' mean changes, in standard deviations, over the wanted one's.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    count, kinds, faces = 6, 4, 40
    std, wanted = rng.uniform(0.5, 3.0, count), int(rng.integers(count))
    others = np.arange(count) != wanted
    std[rng.choice(np.flatnonzero(others))] = 0.02
    before = rng.normal(0, 1, (faces, count)) * std

    def edit(rise, leak, shares):
        change = np.zeros(count)
        change[wanted] = rise
        change[others] = rise * leak * shares * np.sqrt(others.sum() / (shares**2).sum())
        return change

    even = rng.choice([-1, 1], others.sum()).astype(float)
    # best; pure but far too weak; moves most and leaks most; looks pure in raw units, where one attribute is small
    small = np.where(std[others] == std[others].min(), 1.0, 0.02)
    changes = [edit(0.9, 0.25, even), edit(0.2, 0.05, even), edit(1.6, 0.7, even), edit(0.8, 0.5, small)]
    order = rng.permutation(kinds)
    after = np.stack([before + (changes[k] + 0.3 * _centred(rng, faces, count)) * std for k in order])
    got = answer(before.copy(), after.copy(), wanted, std.copy())
    got = array(np.squeeze(got), (), "purest")
    if got not in range(kinds):
        raise Wrong(f"purest gave {got}, no index of one of the {kinds} edits.")
    found = order[int(got)]
    if found == 1:
        raise Wrong("that edit leaks least because it does next to nothing. Hint: first leave out the edits that "
                    "raise the "
                    "wanted attribute by less than half of its standard deviation.")
    if found == 2:
        raise Wrong("that edit moves the wanted attribute most, and the others with it. Hint: the leak is relative to "
                    "the "
                    "wanted change, and the smallest wins.")
    if found == 3:
        raise Wrong("that edit looks pure only because the attribute that it drags along has small numbers. Hint: "
                    "divide "
                    "each attribute's mean change by its standard deviation.")


def _centred(rng, faces, count):
    """Differences from face to face whose mean is exactly 0."""
    x = rng.normal(size=(faces, count))
    return x - x.mean(0)
