"""Checks of lesson 01: Umeyama's fit with weights, blurred faces, near duplicates, a fresh test set."""
import cv2
import numpy as np

from course_lib.faces import umeyama as fit

from .verdict import Wrong, array, explain, near


def umeyama(rng, answer):
    """Check `umeyama`, with weights.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (src [N, 2], dst [N, 2], weights [N]) -> [2, 3], the similarity with the least weighted sum of
            squared distances.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for mirrored in (False, False, True):
        src, dst, counts = _points(rng, mirrored)
        got = answer(src.copy(), dst.copy(), 0.3 * counts)
        if np.shape(got) == (3, 3):
            raise Wrong("umeyama gave a 3 x 3 matrix. Hint: return its first two rows, [2, 3].")
        got = array(got, (2, 3), "umeyama")
        # a weight of 3 is three points in one place
        best = fit(np.repeat(src, counts, 0), np.repeat(dst, counts, 0))
        if not near(got, best, 1e-3):
            explain(got, [(_weighted(src, dst, 0.3 * counts, **mistake), message)
                          for mistake, message in MISTAKES], 1e-3)
            moved = np.hypot(*(src[counts > 0] @ (got - best)[:, :2].T + (got - best)[:, 2]).T).mean()
            raise Wrong(
                f"points land {moved:.1f} pixels from where the best fit puts them. Hint: divide the weights by their "
                "sum; then every mean over the points, in both centres, in the covariance and in the variance, is a "
                "sum of weight times value. The rest is as in the lesson."
            )


MISTAKES = (
    ({"weights": False}, "the weights make no difference: this is the fit of the lesson. Hint: a point of weight 0 has "
     "to count for nothing, so start with the weighted means."),
    ({"means": False}, "the points are centred on their plain means. Hint: setting the derivative for t to zero gives "
     "the *weighted* means, so points of weight 0 do not move the centre."),
    ({"covariance": False}, "the covariance is not weighted. Hint: it is the sum of w_i y_i x_i'."),
    ({"variance": False}, "the rotation is right and the scale is not: the variance of src is not weighted. Hint: it "
     "is the sum of w_i |x_i|^2."),
    ({"normalised": False}, "the scale depends on the unit of the weights. Hint: divide them by their sum, or leave "
     "the division out of the covariance and out of the variance, but not of one alone."),
    ({"squared": True}, "the weights count twice in the covariance. Hint: multiply src or dst by them, not both."),
    ({"sign": False}, "for points that are mirrored the answer is a mirror image (its determinant is negative), and a "
     "face must never be mirrored. Hint: when det(U) det(Vt) < 0, change the sign of the last singular value, in the "
     "rotation and in the scale."),
    ({"transposed": True}, "the rotation turns the wrong way: it is the transpose of the right one. Hint: numpy's svd "
     "gives Vt, already transposed; the covariance is dst' W src."),
    ({"exchanged": True}, "the matrix takes dst to src. Hint: it should take src to dst; that is dst' W src."),
)


def _points(rng, mirrored):
    """Points, where they should land (about), and how often each counts; some landed anywhere and count 0 times."""
    src = rng.uniform(-1, 1, (68, 2)) @ rng.normal(size=(2, 2)) * 60 + rng.uniform(20, 200, 2)
    turn, scale = rng.uniform(0.3, 1.2) * rng.choice([-1, 1]), rng.uniform(1.3, 2.5)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    dst = src @ linear.T * ((-1, 1) if mirrored else 1) + rng.uniform(-50, 50, 2) + rng.normal(0, 5, src.shape)
    counts = rng.integers(1, 6, len(src))
    counts[:8] = 0
    dst[:8] += rng.uniform(50, 150, (8, 2))
    return src, dst, counts


def _weighted(src, dst, w, weights=True, means=True, covariance=True, variance=True, normalised=True, squared=False,
              sign=True, transposed=False, exchanged=False):
    """The weighted fit, with the usual mistakes."""
    if exchanged:
        src, dst = dst, src
    even = np.full(len(src), 1 / len(src))
    w, unit = w / w.sum(), 1 if normalised else w.sum()
    w = w if weights else even
    src_mean, dst_mean = ((w if means else even) @ x for x in (src, dst))
    x, y = src - src_mean, dst - dst_mean
    of_covariance = (w if covariance else even) * (w if squared else 1) * unit
    u, d, vt = np.linalg.svd((y * of_covariance[:, None]).T @ x)
    s = np.array([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt)) if sign else 1.0])
    linear = (d * s).sum() / ((w if variance else even) @ (x**2).sum(1)) * (u * s) @ vt
    linear = linear.T if transposed else linear
    return np.c_[linear, dst_mean - linear @ src_mean]


def _focused(rng, size=64):
    """Crops whose faces are sharp or blurred, in all sorts of light; where a face is blurred, the room is in focus.

    Args:
        rng: numpy Generator.
        size: of the crops, pixels.
    Returns:
        (images f32 [10, S, S, 3], masks f32 [10, S, S], indices of the blurred faces, sorted).
    """
    y, x = np.mgrid[:size, :size]
    blurred, light = rng.permutation(10) < 4, rng.uniform(0.8, 1, 10)
    light[rng.permutation(np.flatnonzero(~blurred))[:3]] *= 0.03  # sharp faces in a dark room
    images, masks = np.empty((10, size, size, 3), np.float32), np.empty((10, size, size), np.float32)
    for k in range(10):
        noise, fine = rng.normal(0, 1, (2, size, size))
        skin = sum(width * cv2.GaussianBlur(noise, (0, 0), width) for width in (0.6, 1.5, 4, 8))
        skin = cv2.GaussianBlur(skin, (0, 0), rng.uniform(1.2, 1.6)) if blurred[k] else skin
        room = (0.9, 0.55 + 0.15 * fine)[blurred[:k].sum() % 2] if blurred[k] else 0.5
        half = size * rng.uniform(0.28, 0.36, 2)
        masks[k] = ((x - size / 2) / half[0]) ** 2 + ((y - size / 2) / half[1]) ** 2 < 1
        grey = light[k] * np.where(masks[k] > 0, 0.5 + 0.11 * skin / skin.std(), room)
        images[k] = np.clip(grey[..., None] * rng.uniform(0.9, 1.1, 3), 0, 1)
    return images, masks, np.flatnonzero(blurred).tolist()


def blurriest(images, masks, count, contrast=True, inside=True, shrink=True, worst=True):
    """The crops with the least fine detail, with the usual mistakes as options.

    Args:
        images: f32 [N, S, S, 3].
        masks: f32 [N, S, S].
        count: of crops.
        contrast: whether the score is divided by the variance of the grey values.
        inside: whether only the mask counts.
        shrink: whether the edge of the mask is left out.
        worst: whether the blurriest are wanted and not the sharpest.
    Returns:
        Sorted list of indices.
    """
    score = []
    for image, mask in zip(images, masks, strict=True):
        grey = image.mean(-1)
        keep = cv2.erode(mask, np.ones((3, 3))) > 0 if shrink else mask > 0
        keep = keep if inside else np.ones_like(keep)
        score.append(cv2.Laplacian(grey, cv2.CV_32F)[keep].var() / (grey[keep].var() if contrast else 1))
    order = np.argsort(score)
    return sorted((order[:count] if worst else order[-count:]).tolist())


def sharpness(rng, answer):
    """Check `sharpness`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (images f32 [N, S, S, 3], masks f32 [N, S, S], count) -> the indices of the `count` blurriest
            faces, in any order.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for images, masks, wanted in (_focused(rng) for _ in range(3)):
        given = images.copy(), masks.copy(), len(wanted)
        got = array(answer(*given), (len(wanted),), "sharpness")
        got = sorted(round(k) for k in got.tolist())
        if got == wanted:
            continue
        for options, message in (
            (dict(worst=False), "those are the sharpest. Hint: argsort sorts upwards, so the blurriest stand first."),
            (dict(contrast=False), "sharp faces in the dark are taken for blurred ones. Hint: a thirtieth of the light "
             "gives a 900th of the variance; divide by the variance of the grey values."),
            (dict(inside=False), "the room behind the face counts as well. Hint: index the filtered image with the "
             "mask, and the grey image too."),
            (dict(inside=False, contrast=False), "that is the rule for a whole picture: the room behind the face "
             "counts, and so does the light. Hint: the variance inside the mask, divided by that of the grey values."),
            (dict(shrink=False), "at the edge of the mask the filter sees the step between face and room. Hint: shrink "
             "the mask by a pixel, cv2.erode(mask, np.ones((3, 3))), before you index with it."),
            (dict(shrink=False, contrast=False), "sharp faces in the dark are taken for blurred ones, and the step at "
             "the edge of the mask counts. Hint: divide by the variance of the grey values, and shrink the mask."),
        ):
            if got == blurriest(images, masks, len(wanted), **options):
                raise Wrong(message)
        raise Wrong(f"blurred are {wanted}, and you chose {got}. Hint: one number for each face that neither the light "
                    "nor the room behind it changes: filter the grey image with the Laplacian, then the variance of "
                    "what lies well inside the mask, divided by the variance of the grey values there.")


def keep_different(rng, answer):
    """Check `keep_different`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (hashes bool [N, 64], limit) -> indices kept: each differs in more than limit bits
            from all kept before.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    base = rng.random(64) < 0.5
    far = rng.random(64) < 0.5

    def flipped(hash_, bits):
        out = hash_.copy()
        out[bits] = ~out[bits]
        return out

    order = rng.permutation(64)
    hashes = np.stack([
        base, flipped(base, order[:4]), flipped(base, order[:8]), far, base, flipped(far, order[:5]),
        flipped(far, order[:6]), flipped(base, order[:12]),
    ])  # fmt: skip
    limit, want, also = 5, [], []  # also: what is kept when a difference of exactly the limit counts as enough
    for i, h in enumerate(hashes):
        if all((h != hashes[j]).sum() > limit for j in want):
            want.append(i)
        if all((h != hashes[j]).sum() >= limit for j in also):
            also.append(i)
    got = answer(hashes.copy(), limit)
    if got is None:
        raise Wrong("keep_different gave None. Does your function end with `return`?")
    got = np.asarray(got)
    if got.dtype == bool and got.shape == (len(hashes),):
        got = np.flatnonzero(got)
    got = [int(i) for i in np.ravel(got)]
    if got == want:
        return
    if got == sorted(set(range(len(hashes))) - set(want)):
        raise Wrong("these are the images to drop. Hint: return the indices of the ones to keep.")
    if got == [i for i in range(len(hashes)) if i == 0 or (hashes[i] != hashes[i - 1]).sum() > limit]:
        raise Wrong(
            "each image is compared only with the one before it, so a copy that comes back later is kept. Hint: "
            "compare with every image that was kept."
        )
    if got == [i for i in range(len(hashes)) if all((hashes[i] != hashes[j]).sum() > limit for j in range(i))]:
        raise Wrong(
            f"image 2 differs from every kept one by more than {limit} bits and was dropped, because it is close to "
            "image 1, which was itself dropped. Hint: compare with the kept images alone."
        )
    if got == also:
        raise Wrong(f"an image that differs by exactly {limit} bits is kept. Hint: keep it only if it is more.")
    raise Wrong(
        f"kept {got}, but {want} is right for limit {limit}. Hint: go through the images in order; keep one when "
        "(hashes[i] != hashes[j]).sum() > limit for every j kept so far; the first is always kept."
    )


def fresh_test(rng, answer):
    """Check `fresh_test`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (hashes bool [N, 64], limit) -> bool [N], the test set: a fifth to a half of the images, none
            of which differs in at most `limit` bits from an image outside it.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    limit, chains = 5, []
    for size in rng.permutation([1, 1, 1, 2, 2, 3, 4, 5, 6, 7]):
        chain = [rng.random(64) < 0.5]
        order = rng.permutation(64)
        for k in range(1, size):  # each differs from the one before in 4 bits, from earlier ones in more
            twin = chain[-1].copy()
            twin[order[4 * k:4 * k + 4]] ^= True
            chain.append(twin)
        chains += chain
    hashes = np.array(chains)[rng.permutation(len(chains))]
    chosen = answer(hashes.copy(), limit)
    got = array(chosen, (len(hashes),), "fresh_test")
    if not np.isin(got, (0, 1)).all():
        raise Wrong("fresh_test wants True or False for each image. Hint: a bool array [N], True in the test set.")
    test = got > 0.5
    if not 0.2 <= test.mean() <= 0.5:
        raise Wrong(f"{test.mean():.0%} of the images are in the test set, which should hold 20 to 50 %.")
    apart = (hashes[:, None] != hashes[None]).sum(-1)
    near_pairs = np.argwhere((apart <= limit) & test[:, None] & ~test[None])
    if len(near_pairs):
        i, j = near_pairs[0]
        raise Wrong(f"image {i} is in the test set and image {j}, which differs in {apart[i, j]} bits, is not. Hint: "
                    "a twin "
                    "of a twin belongs to the same group, even if it is no twin itself. Build whole groups first, then "
                    "give each group to one side.")
