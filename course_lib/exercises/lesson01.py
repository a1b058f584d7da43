"""Checks of lesson 01: Umeyama's fit, the sharpness score, the filter against near duplicates."""
import numpy as np

from course_lib.faces import umeyama as fit

from .verdict import Wrong, array, near


def umeyama(rng, answer):
    """Check `umeyama`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (src [N, 2], dst [N, 2]) -> [2, 3], the similarity that best takes src to dst.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for _ in range(8):
        src = rng.uniform(-1, 1, (68, 2)) @ rng.normal(size=(2, 2)) * 90 + rng.uniform(20, 200, 2)
        turn, scale, shift = rng.uniform(0.3, 1.2) * rng.choice([-1, 1]), rng.uniform(1.3, 2.5), rng.uniform(-50, 50, 2)
        linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        dst = src @ linear.T + shift
        got = answer(src.copy(), dst.copy())
        if np.shape(got) == (3, 3):
            raise Wrong("umeyama gave a 3 x 3 matrix. Hint: return its first two rows, [2, 3].")
        got = array(got, (2, 3), "umeyama")
        if not near(got, np.c_[linear, shift], 1e-3):
            raise Wrong(_what_is_wrong_with(got, linear, shift, src, dst))
    noisy = dst + rng.normal(0, 6, dst.shape)
    got, best = array(answer(src.copy(), noisy.copy()), (2, 3), "umeyama"), fit(src, noisy)
    if not near(got, best, 1e-3):
        ratio = np.sqrt(abs(np.linalg.det(got[:, :2]) / np.linalg.det(best[:, :2])))
        raise Wrong(
            "it is right for points that fit exactly, but not the best fit for points that do not (the sum of squared "
            f"distances is not the least; your scale is {ratio:.3f} times the best). Hint: the scale is "
            "trace(D S) / variance of src, where D holds the singular values of dst'src / N: not a ratio of sizes."
        )
    mirrored = src * (-1, 1) + rng.normal(0, 1, src.shape)
    got = array(answer(src.copy(), mirrored.copy()), (2, 3), "umeyama")
    if np.linalg.det(got[:, :2]) < 0:
        raise Wrong(
            "for points that are mirrored it answers with a mirror image (the determinant is negative), and a face "
            "must never be mirrored. Hint: when det(U) det(Vt) < 0, turn the sign of the last singular value: "
            "S = diag(1, -1), in the rotation U S Vt and in the scale."
        )
    if not near(got, fit(src, mirrored), 1e-3):
        raise Wrong(
            "for mirrored points the fit is not the best. Hint: the sign matrix S stands in the scale too; and numpy's "
            "svd gives Vt, already transposed."
        )


def _what_is_wrong_with(got, linear, shift, src, dst):
    size, true_size = np.sqrt(abs(np.linalg.det(got[:, :2]))), np.sqrt(np.linalg.det(linear))
    moved = np.abs(src @ got[:, :2].T + got[:, 2] - dst).mean()
    back = np.abs(dst @ got[:, :2].T + got[:, 2] - src).mean()
    if back < 1e-3:
        return "your matrix takes dst to src. Hint: it should take src to dst; the covariance is dst' src."
    if near(got[:, :2], linear.T, 1e-3):
        return (
            "the rotation turns the wrong way: yours is the transpose of the right one. Hint: with "
            "U, D, Vt = svd(dst' src / N) it is U S Vt; note that numpy gives Vt, not V."
        )
    if near(got[:, :2], linear, 1e-3):
        return (
            f"rotation and scale are right, the shift is not: points land {moved:.1f} pixels off. Hint: the mean of "
            "src has to land on the mean of dst, so the shift is mean(dst) - s R mean(src)."
        )
    if near(got[:, :2] / max(size, 1e-9) * true_size, linear, 1e-3):
        return (
            f"the rotation is right, the scale is {size:.3f} instead of {true_size:.3f}. Hint: trace(D S) divided by "
            "the variance of src, which is the mean over the points of x^2 + y^2 after the mean has been taken away."
        )
    return (
        f"points land {moved:.1f} pixels from where they should. Hint: take the mean from both sets first, then "
        "U, D, Vt = svd(dst' src / N), R = U S Vt, s = trace(D S) / var(src), t = mean(dst) - s R mean(src)."
    )


def sharpness(rng, answer):
    """Check `sharpness`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (image f32 [H, W, 3]) -> the variance of the four-neighbour Laplacian of its grey
            values.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    image = np.repeat(rng.random((40, 48, 1)), 3, -1).astype(np.float32)
    got = answer(image.copy())
    if got is None:
        raise Wrong("sharpness gave None. Does your function end with `return`?")
    if np.ndim(got) != 0:
        raise Wrong(
            f"sharpness gave an array of shape {list(np.shape(got))}; one number is wanted. Hint: the variance is "
            "taken over all pixels of one grey image."
        )
    got = float(got)
    grey = image[..., 0].astype(np.float64)
    inner = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    ramp = np.repeat(np.linspace(0, 1, 48, dtype=np.float32)[None, :, None], 40, 0).repeat(3, -1)
    if float(answer(ramp.copy())) > 0.05 * got:
        raise Wrong(
            "a soft ramp from black to white gets a high score, though nothing in it is sharp. Hint: filter the grey "
            "image with the Laplacian (neighbours minus four times the centre) before you take the variance."
        )
    half = float(answer(image * 0.5)) / max(got, 1e-12)
    if abs(half - 0.5) < 0.02:
        raise Wrong(
            "half the contrast gives half the score, so this is a standard deviation or a mean size. Hint: the "
            "variance is the square of the standard deviation: .var()"
        )
    if abs(got / inner.var() - 1) > 0.12:
        raise Wrong(
            f"an image whose Laplacian has the variance {inner.var():.3f} gets {got:.3f}. Hint: the kernel is "
            "[[0, 1, 0], [1, -4, 1], [0, 1, 0]] (cv2.Laplacian with ksize=1), on values in 0 to 1, not 0 to 255."
        )
    coloured = rng.random((40, 48, 3)).astype(np.float32)
    if float(answer(coloured)) > 0.8 * inner.var():
        raise Wrong(
            "the colours are not averaged first: coloured noise scores as high as grey noise. Hint: make one grey "
            "image of the three channels, image.mean(-1) or cv2.cvtColor, then filter it."
        )


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
