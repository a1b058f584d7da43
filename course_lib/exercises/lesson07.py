"""Checks of lesson 07: soft-argmax, warping, equivariance, relative transfer, who used the absolute, the ankle rule."""
import numpy as np

from .verdict import Wrong, array, explain, near


def _softmax(scores, temperature):
    flat = scores.reshape(-1, scores.shape[-1]) / temperature
    weights = np.exp(flat - flat.max(0))
    return (weights / weights.sum(0)).reshape(scores.shape)


def soft_argmax(rng, answer):
    """Check `soft_argmax`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (scores f64 [H, W, K], temperature) -> (points [K, 2] in [-1, 1], variances [K, 2]).
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    h, w, k, temperature = int(rng.integers(5, 8)), int(rng.integers(9, 13)), 3, float(rng.uniform(0.2, 0.5))
    scores = rng.normal(0, 0.5, (h, w, k))
    result = answer(scores.copy(), temperature)
    if not isinstance(result, tuple) or len(result) != 2:
        raise Wrong("two arrays are wanted, points and variances. Hint: return points, variances.")
    points, variances = (array(x, (k, 2), name) for x, name in zip(result, ("points", "variances"), strict=True))

    def moments(temperature=temperature, scores=scores, low=-1.0, high=1.0, order=(0, 1), each=False):
        heat = _softmax(scores, temperature)
        if each:
            heat = np.stack([_softmax(s[:, None], temperature)[:, 0] for s in scores]) / h
        x, y = np.meshgrid(np.linspace(low, high, w), np.linspace(low, high, h))
        grid = np.stack([x, y][:: 1 if order == (0, 1) else -1], -1)
        mean = np.einsum("hwk,hwc->kc", heat, grid)
        return mean, np.einsum("hwk,hwkc->kc", heat, (grid[:, :, None] - mean) ** 2)

    mean, variance = moments()
    if not near(points, mean, 1e-5):
        explain(points, [
            (moments(order=(1, 0))[0], "x and y are exchanged. Hint: x runs along the columns, and comes first."),
            (moments(temperature=1.0)[0], "the temperature is not used. Hint: divide the scores by it before exp."),
            (moments(temperature=1 / temperature)[0], "the scores are multiplied by the temperature: divide by it."),
            (moments(each=True)[0], "each row sums to 1 by itself. Hint: one softmax over all H x W pixels of a map."),
            (moments(low=0.0)[0], "the coordinates run from 0 to 1; -1 to 1 is wanted, the first and the last pixel."),
        ], 1e-5)  # fmt: skip
        raise Wrong("the points are not the means of the coordinates under softmax(scores / temperature). Hint: "
                    "np.linspace(-1, 1, W) are the x of the columns.")
    if not near(variances, variance, 1e-5):
        explain(variances, [
            (np.sqrt(variance), "those are standard deviations; the variances are their squares."),
            (variance + mean**2, "the mean is not subtracted: that is the mean of the squared coordinate."),
        ], 1e-5)  # fmt: skip
        raise Wrong("the points are right, the variances are not: the mean squared distance from the point, for x and "
                    "for y, under the same heatmap.")


def warp(rng, answer):
    """Check `warp`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (image f64 [H, W, C], flow f64 [H, W, 2] in pixels) -> (warped [H, W, C], inside bool [H, W]).
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    h, w = int(rng.integers(7, 10)), int(rng.integers(11, 14))
    image, flow = rng.uniform(0.1, 1, (h, w, 2)), rng.uniform(-2.5, 2.5, (h, w, 2))
    result = answer(image.copy(), flow.copy())
    if not isinstance(result, tuple) or len(result) != 2:
        raise Wrong("two arrays are wanted, the warped image and what of it lies inside. Hint: return warped, inside.")
    got, inside = array(result[0], image.shape, "warped"), array(result[1], (h, w), "inside")
    rows, columns = np.mgrid[:h, :w]

    def sampled(sign=1, order=(0, 1), rounded=False):
        x, y = columns + sign * flow[..., order[0]], rows + sign * flow[..., order[1]]
        x, y = (np.rint(x), np.rint(y)) if rounded else (x, y)
        within = (x >= 0) & (x <= w - 1) & (y >= 0) & (y <= h - 1)
        x, y = np.clip(x, 0, w - 1), np.clip(y, 0, h - 1)
        left, top = np.minimum(x.astype(int), w - 2), np.minimum(y.astype(int), h - 2)
        a, b = (x - left)[..., None], (y - top)[..., None]
        out = ((1 - a) * (1 - b) * image[top, left] + a * (1 - b) * image[top, left + 1]
               + (1 - a) * b * image[top + 1, left] + a * b * image[top + 1, left + 1])
        return out * within[..., None], within

    truth, within = sampled()
    if near(got, truth, 1e-6) and near(inside, within, 0):
        return
    if near(got, truth, 1e-6):
        raise Wrong("the image is right, but `inside` is not: true where the place that is looked up lies between the "
                    "first and the last pixel, in x and in y.")
    if near(got[within], truth[within], 1e-6):
        raise Wrong("inside, the image is right; outside it has to be 0. Hint: warped * inside[..., None].")
    for guess, message in (
        (sampled(sign=-1), "the flow is used forwards, or with the wrong sign. Hint: the result at (x, y) is the image "
                           "at (x, y) + flow: each pixel asks where it comes from."),
        (sampled(order=(1, 0)), "x and y of the flow are exchanged. Hint: flow[..., 0] moves along the columns."),
        (sampled(rounded=True), "the nearest pixel is taken. Hint: bilinear: four neighbours, weighted by nearness."),
    ):
        both = within & guess[1]
        if near(got[both], guess[0][both], 1e-6):
            raise Wrong(message)
    raise Wrong("the numbers are not the image at (x, y) + flow, between four neighbours. Hint: left = floor(x), the "
                "weight of the right neighbour is x - left.")


def equivariance(rng, answer):
    """Check `equivariance`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (points [K, 2], jacobians [K, 2, 2], warped_points, warped_jacobians, a [2, 2], b [2]) ->
            (loss of the points, loss of the Jacobians) for the warp z -> a z + b.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    k = 4
    a, b = np.eye(2) + rng.normal(0, 0.3, (2, 2)), rng.normal(0, 0.3, 2)
    p, q = rng.uniform(-0.8, 0.8, (2, k, 2))
    j, i = np.eye(2) + rng.normal(0, 0.25, (2, k, 2, 2))
    result = answer(*(x.copy() for x in (p, j, q, i, a, b)))
    if not isinstance(result, tuple) or len(result) != 2:
        raise Wrong("two numbers are wanted. Hint: return of_points, of_jacobians.")
    points, jacobians = (float(array(x, (), name)) for x, name in zip(result, ("of_points", "of_jacobians"),
                                                                      strict=True))
    eye = np.eye(2)
    truth = np.abs(p - (q @ a.T + b)).mean()
    if not near(points, truth, 1e-6):
        explain(points, [
            (np.abs(q - (p @ a.T + b)).mean(), "the warp is applied to the points of the image. Hint: the warped image "
             "shows at z what the image shows at T(z), so T takes the warped image's points back."),
            (np.abs(p - (q @ a + b)).mean(), "the matrix is transposed. Hint: for rows of points, points @ a.T + b."),
            (np.abs(p - q @ a.T).mean(), "the shift b is missing."),
            (((p - (q @ a.T + b)) ** 2).mean(), "the squares are averaged; the paper takes absolute values."),
            (np.abs(p - q).mean(), "the warp is not used at all: points that stand still in the picture would win."),
        ], 1e-6)  # fmt: skip
        raise Wrong("the first number is not the mean of |p - T(p_warped)| over points and coordinates.")
    truth = np.abs(eye - np.linalg.inv(j) @ a @ i).mean()
    if not near(jacobians, truth, 1e-6):
        explain(jacobians, [
            (np.abs(eye - np.linalg.inv(j) @ i).mean(), "the warp's own derivative is missing. Hint: chain rule: J "
             "should be a @ J_warped."),
            (np.abs(j - a @ i).mean(), "it is compared as J - a J_warped, which a detector makes small by making all "
             "Jacobians small. Hint: I - inverse(J) a J_warped."),
            (np.abs(eye - np.linalg.inv(j) @ i @ a).mean(), "the order is wrong: the derivative of T(f(z)) is T' f', "
             "T' on the left."),
            (((eye - np.linalg.inv(j) @ a @ i) ** 2).mean(), "the squares are averaged; absolute values are wanted."),
        ], 1e-6)  # fmt: skip
        raise Wrong("the second number is not the mean of |I - J^-1 a J_warped|.")


def _area(points):
    """The area of the convex hull, by Andrew's monotone chain and the shoelace formula."""
    ordered = sorted(map(tuple, points))

    def chain(points):
        out = []
        for p in points:
            while len(out) > 1 and ((out[-1][0] - out[-2][0]) * (p[1] - out[-2][1])
                                    - (out[-1][1] - out[-2][1]) * (p[0] - out[-2][0])) <= 0:
                out.pop()
            out.append(p)
        return out[:-1]

    hull = np.array(chain(ordered) + chain(ordered[::-1]))
    x, y = hull.T
    return 0.5 * abs(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def relative(rng, answer):
    """Check `relative`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (source [K, 2], first [K, 2], now [K, 2]) -> points [K, 2].
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    k = 10
    source, first = rng.uniform(-0.4, 0.4, (k, 2)), rng.uniform(-0.7, 0.7, (k, 2))
    now = first + rng.normal(0, 0.08, (k, 2)) + rng.normal(0, 0.1, 2)
    got = array(answer(source.copy(), first.copy(), now.copy()), (k, 2), "relative")
    areas = [_area(points) for points in (source, first, now)]
    scale = np.sqrt(areas[0] / areas[1])
    if near(got, source + scale * (now - first), 1e-5):
        return
    explain(got, [
        (now, "that is absolute transfer: the driver's points as they are, and with them the shape of the face."),
        (source + now - first, "the motion is not scaled: a small face would move as far as a large one. Hint: the "
         "root of the ratio of the hulls' areas."),
        (source + areas[0] / areas[1] * (now - first), "the scale is the ratio of areas. Hint: an area grows with the "
         "square of a length: take the root."),
        (source + (now - first) / scale, "the ratio is upside down: a small source moves less than a large driver."),
        (source + np.sqrt(areas[0] / areas[2]) * (now - first), "the scale changes with every frame. Hint: compare the "
         "source with the driver's *first* frame."),
        (scale * (source + now - first), "the source's points are scaled too; only the motion is."),
        (source + scale * (first - now), "the motion goes backwards. Hint: now - first."),
    ], 1e-5)  # fmt: skip
    raise Wrong("the points are not source + sqrt(area(source) / area(first)) (now - first). Hint: "
                "scipy.spatial.ConvexHull(points).volume is the area in two dimensions.")


def absolute(rng, answer):
    """Check `absolute`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (source [K, 2], driver [T, K, 2], animations: list of 4 arrays [T, K, 2]) -> the indices of the
            animations that used absolute transfer.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for count in (1, 2, 0, 3):
        k, t = 10, 12
        source, shape = rng.uniform(-0.5, 0.5, (k, 2)), rng.uniform(-0.7, 0.7, (k, 2))
        motion = np.cumsum(rng.normal(0, 0.03, (t, 1, 2)), 0) + np.cumsum(rng.normal(0, 0.01, (t, k, 2)), 0)
        driver = shape + motion
        chosen = set(rng.permutation(4)[:count].tolist())
        animations = []
        for i in range(4):
            jitter = rng.normal(0, 0.004, (t, k, 2))
            scale = rng.uniform(0.6, 1.0)
            animations.append((driver if i in chosen else source + scale * (driver - driver[0])) + jitter)
        got = answer(source.copy(), driver.copy(), [a.copy() for a in animations])
        if got is None:
            raise Wrong("the function gave None. Does it end with `return`?")
        try:
            got = {int(i) for i in got}
        except (TypeError, ValueError):
            raise Wrong("a collection of indices is wanted, as [0, 2] or an empty list.") from None
        if got == chosen:
            continue
        if got == set(range(4)) - chosen:
            raise Wrong("those are the relative ones. In absolute transfer the animation's points are the driver's.")
        raise Wrong(f"{sorted(got)} were named, where {sorted(chosen)} used absolute transfer. Hint: relative transfer "
                    "keeps the source's shape in the frame in which nothing has moved yet; absolute transfer shows the "
                    "driver's. Points are a little noisy, and there may be none, or several.")


def ankle_rule(rng, answer):
    """Check `ankle_rule`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (driver [T, 2], target [U, 2], rows [M]) -> (target's rows [M], scales [M]); a clip's rows are
            (ankles' row, body's height), pixels.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    def clip(count):
        horizon, slope = rng.uniform(15, 40), rng.uniform(0.6, 1.4)
        rows = rng.uniform(horizon + 20, horizon + 60, count)
        return np.stack([rows, slope * (rows - horizon) * rng.uniform(0.96, 1.04, count)], -1)

    driver, target = clip(int(rng.integers(30, 40))), clip(int(rng.integers(42, 50)))
    near_row, far_row = driver[:, 0].max(), driver[:, 0].min()
    rows = np.sort(rng.uniform(far_row, near_row, 5))
    result = answer(driver.copy(), target.copy(), rows.copy())
    if not isinstance(result, tuple) or len(result) != 2:
        raise Wrong("two arrays are wanted, the target's rows and the scales. Hint: return new_rows, scales.")
    places, scales = (array(x, rows.shape, name) for x, name in zip(result, ("new_rows", "scales"), strict=True))
    low, high = target[:, 0].min(), target[:, 0].max()
    p = (rows - far_row) / (near_row - far_row)
    truth = low + p * (high - low)
    if not near(places, truth, 1e-5):
        explain(places, [
            (high + p * (low - high), "far and near are exchanged in one of the clips. Hint: far is the smallest row, "
             "high up in the image, in both."),
            (rows, "those are the driver's rows as they were: nothing is normalised."),
            (rows - far_row + low, "the rows are shifted, but the target's floor is not as deep in the image as the "
             "driver's. Hint: p (near' - far'), with p from 0 to 1."),
            (p, "that is p, the place between far and near; the same p of the target's range is wanted."),
        ], 1e-5)  # fmt: skip
        raise Wrong("the rows are not far' + p (near' - far'), with p = (row - far) / (near - far). Hint: far and near "
                    "are the smallest and the largest row of each clip.")

    def height(clip, at):
        return np.polyval(np.polyfit(*clip.T, 1), at)

    truth = height(target, places) / height(driver, rows)
    if near(scales, truth, 1e-5):
        return
    ends = [height(target, a) / height(driver, b) for a, b in ((low, far_row), (high, near_row))]
    explain(scales, [
        (1 / truth, "the ratio is upside down: a target twice as tall in the image needs a scale of 2."),
        (ends[0] + p * (ends[1] - ends[0]), "that is the published shortcut, the ratios at far and near interpolated: "
         "right at both ends and wrong between them. Hint: the two *heights* are linear in the row, their ratio is "
         "not."),
        (height(target, rows) / height(driver, rows), "the target's line is evaluated at the driver's row. Hint: she "
         "stands in new_rows."),
        (np.full(len(rows), target[:, 1].mean() / driver[:, 1].mean()), "that is one scale for the whole clip; who "
         "comes nearer grows. Hint: a height for each row, from a line."),
        (height(target, places), "that is the target's height in pixels. Hint: divide by the driver's at her row."),
    ], 1e-5)  # fmt: skip
    raise Wrong("the rows are right, the scales are not. Hint: fit height = m row + c to each clip by least squares "
                "(np.polyfit), then divide the target's height at new_rows by the driver's at rows.")
