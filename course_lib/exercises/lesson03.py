"""Checks of lesson 03: a mask that does not leak, one tone for a clip, a two-level pyramid, a steady track, a fault."""
import cv2
import numpy as np

from .references03 import averaged, bands, transferred
from .verdict import Wrong, array, explain, near


def _blob(rng, size=64):
    """A hard mask f32 [size, size] of one smooth random shape that touches the lower border, as a neck does."""
    rows, columns = np.mgrid[:size, :size]
    x, y = size * rng.uniform(0.42, 0.58), size * rng.uniform(0.45, 0.52)
    half_width, half_height = size * rng.uniform(0.27, 0.33), size * rng.uniform(0.34, 0.4)
    shape = ((columns - x) / half_width) ** 2 + ((rows - y) / half_height) ** 2 < 1
    return (shape | ((np.abs(columns - x) < size * 0.18) & (rows > y))).astype(np.float32)


def soft_mask(rng, answer):
    """Check `soft_mask`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (shape f32 [S, S] of 0 and 1, width) -> f32 [S, S]: 0 outside the shape and the crop,
            1 deep inside.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    shape, width = _blob(rng), int(rng.integers(6, 10))
    got = array(answer(shape.copy(), width), shape.shape, "soft_mask")
    padded = np.pad(shape, 1).astype(np.uint8)  # beyond the crop there is no face
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    if got.min() < -1e-3 or got.max() > 1 + 1e-3:
        raise Wrong(f"the mask runs from {got.min():.2f} to {got.max():.2f}; weights lie between 0 and 1.")
    if got.max() < 0.02:
        raise Wrong("the mask is empty: nothing of the face is left. Hint: shrink it by about `width`, not by more.")
    if set(np.unique(got.round(3))) <= {0.0, 1.0}:
        raise Wrong("the mask jumps from 0 to 1: that is the paper mask again. Hint: let it rise over `width` pixels.")
    leak = got[shape == 0].max()
    if leak > 0.01:
        raise Wrong(
            f"it leaks: outside the shape the mask is still {leak:.2f}, and the new face would be smeared over hair "
            "and background. Hint: a blur spreads to both sides of an edge, so shrink the shape first, or make the "
            "mask from cv2.distanceTransform, which is 0 outside."
        )
    border = max(a.max() for a in (got[0], got[-1], got[:, 0], got[:, -1]))
    if border > 0.35:
        raise Wrong(
            f"at the border of the crop the mask is {border:.2f}: where the shape reaches it, the crop's straight edge "
            "would be seen. Hint: np.pad the shape with 0 before you shrink, blur or measure distances, and cut the "
            "padding off again."
        )
    deep = got[depth >= 2 * width + 1]
    if len(deep) and deep.min() < 0.97:
        raise Wrong(
            f"deep inside, more than twice the width from the edge, the mask is only {deep.min():.2f}, so the old face "
            "shines through. Hint: the soft zone should be about `width` pixels wide, and 1 behind it."
        )
    zone = got[(depth > 0.6 * width) & (depth < 1.2 * width)].mean()
    if zone < 0.2:
        raise Wrong(f"{width} pixels inside the edge the mask is still {zone:.2f}: too much of the face is cut away. "
                    "Hint: shrinking by half the width and a blur that reaches half the width are enough.")
    steps = max(np.abs(np.diff(got, axis=axis)).max() for axis in (0, 1))
    if steps > 4 / width:
        raise Wrong(f"between two neighbouring pixels the mask rises by {steps:.2f}; over {width} pixels a soft edge "
                    f"rises by about {1 / width:.2f} each. Hint: is the zone as wide as `width`?")


def reinhard(rng, answer):
    """Check `reinhard`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (faces, frames f64 [T, H, W, 3] in CIELAB, masks f64 [T, H, W] in [0, 1]) -> the faces with
            the frames' mean and standard deviation, one rule for the clip.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    length, size = 5, 20
    masks = np.zeros((length, size, size))
    for mask in masks:
        (y, x), (height, width) = rng.integers(2, 7, 2), rng.integers(6, 13, 2)
        mask[y:y + height, x:x + width] = 1
        mask[:] = cv2.blur(mask, (5, 5))
    faces, frames = (rng.normal(0, rng.uniform(2, 8, 3), (length, size, size, 3)) + rng.normal(0, 4, (length, 1, 1, 3))
                     + rng.uniform((30, -10, -5), (70, 15, 15)) for _ in range(2))
    faces[masks == 0] = 0  # what lies around a cut-out face is no skin
    got = array(answer(faces.copy(), frames.copy(), masks.copy()), faces.shape, "reinhard")
    hard, shown = (masks > 0.5).astype(float), masks > 0
    right, soft = transferred(faces, frames, masks), masks[..., None]
    if near(got[shown], right[shown], 1e-3):
        return
    mistakes = (
        (dict(axes=(1, 2)), masks,
         "each frame is matched by itself: the tone follows the noise of every frame, and the face flickers. Hint: sum "
         "over the frames as well, axis=(0, 1, 2)."),
        (dict(within=True), masks,
         "the standard deviations are those inside each frame, averaged. Hint: deviations from the clip's mean, over "
         "all frames at once."),
        ({}, masks / masks.sum((1, 2), keepdims=True),
         "every frame has the same weight, however little of the face it shows. Hint: one sum over all frames: "
         "(mask * x).sum() / mask.sum()."),
        ({}, hard, "the mask is cut at 0.5. Hint: it is a weight: (mask * x).sum() / mask.sum()."),
        ({}, np.ones_like(masks),
         "the statistics are those of the whole image, so the zeros around the face count as skin. Hint: weigh each "
         "pixel by the mask."),
        ({}, masks ** 2, "the mask counts twice. Hint: (mask * (x - mean) ** 2).sum() / mask.sum()."),
        (dict(scale=lambda x, y: x / y), masks,
         "the scale is upside down: the face's contrast grows where the frame's is small. Hint: divide the frames' "
         "standard deviation by the faces'; afterwards the faces' own must be the frames'."),
        (dict(scale=lambda x, y: 1.0), masks,
         "the mean is right, but the standard deviation is still the faces' own. Hint: multiply (face - mean) by the "
         "ratio of the standard deviations before the frames' mean is added."),
        (dict(scale=lambda x, y: (y / x) ** 2), masks,
         "the scale is the ratio of the variances; the standard deviation of the result is then not the frames'. "
         "Hint: the root of the variance."),
        (dict(axes=(0, 1, 2, 3)), masks,
         "one mean and one standard deviation for all three channels. Hint: sum over frames, rows and columns alone."),
        (dict(mean=False), masks,
         "the faces' own mean is not taken away before scaling, so it is added to the frames'."),
    )
    explain(got[shown], [(transferred(faces, frames, weight, **options)[shown], message)
                         for options, weight, message in mistakes]
            + [(x[shown], message) for x, message in (
                (transferred(frames, faces, masks),
                 "faces and frames are exchanged: that is the frames in the faces' colours."),
                (np.maximum(right, 0), "negative values are clipped at 0, but a and b are negative for green and "
                 "blue. Hint: do not clip."),
                (right * soft, "the faces are multiplied by the masks. Hint: the masks are weights of the means and "
                 "standard deviations alone; the rule holds for every pixel."),
                (right * soft + frames * (1 - soft), "the faces are blended into the frames already. Hint: return the "
                 "recoloured faces alone."))], 1e-3)
    means = [np.average(x.reshape(-1, 3), 0, masks.ravel()) for x in (got, frames)]
    stds = [np.average((x.reshape(-1, 3) - m) ** 2, 0, masks.ravel()) ** 0.5 for x, m in zip((got, frames), means)]
    what, (is_, wanted) = ("standard deviations", stds) if near(*means, 1e-3) else ("means", means)
    raise Wrong(f"inside the masks the {what} are {is_.round(2)}, wanted {wanted.round(2)}. Hint: (face - its mean) * "
                "(frames' standard deviation / its own) + frames' mean, each weighted by the masks, over the whole "
                "clip.")


def pyramid(rng, answer):
    """Check `pyramid`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (face, frame f32 [H, W, 3], mask f32 [H, W]) -> the two-level Laplacian blend f32 [H,
            W, 3].
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    size = 32
    face, frame = (cv2.GaussianBlur(rng.random((size, size, 3)).astype(np.float32), (0, 0), 1) for _ in range(2))
    mask = np.zeros((size, size), np.float32)
    x, y = rng.integers(7, 12, 2)
    mask[y:y + 13, x:x + 13] = 1
    got = array(answer(face.copy(), frame.copy(), mask.copy()), face.shape, "pyramid")
    if near(got, bands(face, frame, mask), 1e-3):
        return
    plain = frame + mask[..., None] * (face - frame)
    mistakes = (
        (plain, "that is alpha blending, with a step at the seam. Hint: take both images apart, blend the small ones "
                "with cv2.pyrDown(mask) and the bands with mask, and put them together again."),
        (bands(face, frame, mask, high=False),
         "the fine band is missing, so the result is a blur. Hint: band = image - pyrUp(pyrDown(image)); blend it "
         "with the full-size mask and add it."),
        (bands(face, frame, mask, low=False),
         "only the fine band is there. Hint: add pyrUp of the blended small images."),
        (bands(frame, face, mask), "face and frame are exchanged: where the mask is 1 the face should show."),
        (bands(face, frame, mask, small=lambda m: cv2.resize(m, (size // 2,) * 2, interpolation=cv2.INTER_NEAREST)),
         "the small mask is as hard as the large one, so the coarse level keeps its step. Hint: cv2.pyrDown(mask) "
         "blurs while it halves."),
        (bands(face, frame, mask, small=lambda m: (cv2.pyrDown(m) > 0.5).astype(np.float32)),
         "the small mask was made hard again, so the coarse level keeps its step. Hint: leave cv2.pyrDown(mask) soft."),
    )
    explain(got, mistakes, 1e-3)
    if near(answer(frame.copy(), frame.copy(), mask.copy()), frame, 1e-3):
        raise Wrong("an image blended with itself comes back, as it must, but two different ones are not blended "
                    "level by level. Hint: small = pyrDown, band = image - pyrUp(small), for both; blend the small "
                    "ones with pyrDown(mask) and the bands with mask; pyrUp(small) + band.")
    raise Wrong("even an image blended with itself does not come back. Hint: band = image - pyrUp(pyrDown(image)) "
                "and image = pyrUp(pyrDown(image)) + band must use the same two functions.")


def steady(rng, answer):
    """Check `steady`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (track f64 [T, 2], cuts list of int, radius) -> f64 [T, 2]: the centred mean inside
            each scene.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    radius, cuts = int(rng.integers(2, 5)), sorted(rng.choice(np.arange(8, 33, 8), 2, replace=False).tolist())
    track = rng.normal(size=(40, 2)).cumsum(0) + 100
    for cut in cuts:
        track[cut:] += rng.uniform(20, 40, 2)
    got = array(answer(track.copy(), list(cuts), radius), track.shape, "steady")
    if near(got, averaged(track, cuts, radius), 1e-6):
        return
    mistakes = (
        (track, "nothing was smoothed."),
        (averaged(track, cuts, radius, scenes=False),
         "it is smoothed across the cuts, so that the face drifts from one scene into the next. Hint: a scene begins "
         "at each frame in `cuts`; take only neighbours with the same scene as frame t."),
        (averaged(track, cuts, radius, last=0),
         "it looks back alone, so the face lags behind the head. Hint: the whole video is there: take the frames from "
         "t - radius to t + radius."),
        (averaged(track, cuts, radius, first=0),
         "it looks ahead alone, so the face moves before the head does. Hint: from t - radius to t + radius."),
        (averaged(track, cuts, radius, last=radius - 1),
         "the window ends one frame too early. Hint: a slice ends before its last number: track[t - radius:t + radius "
         "+ 1]."),
        (averaged(track, cuts, radius, zeros=True),
         "near the ends of a scene the face is pulled towards the corner (0, 0): missing neighbours count as zeros. "
         "Hint: divide by the number of frames that are really there."),
        (averaged(track, cuts, radius, scenes=False, zeros=True),
         "missing neighbours count as zeros, which pulls the face towards the corner (0, 0), and it is smoothed across "
         "the cuts. Hint: take only neighbours of the same scene, and divide by their number."),
        (averaged(track, [c + 1 for c in cuts], radius),
         "the first frame of a scene is counted to the one before. Hint: a scene begins at the cut, not after it."),
    )
    explain(got, mistakes, 1e-6)
    off = np.abs(got - averaged(track, cuts, radius)).max(1)
    raise Wrong(f"frame {off.argmax()} lies {off.max():.2f} pixels from the mean of its neighbours (cuts {cuts}, "
                f"radius {radius}). Hint: for each t, the mean of track over the frames from t - radius to t + radius "
                "that are in the same scene.")


def fault(rng, answer):
    """Check `fault`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (frames f64 [T, H, W] in grey, truth, mask bool [H, W]) -> "tone", "seam", "blur" or "flicker".
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    side, length = 48, 9
    y, x = np.mgrid[:side, :side]
    hints = {
        "tone": "the face differs from the truth by the same amount everywhere and in every frame",
        "seam": "the difference lies along the border of the mask; inside it is as small as outside",
        "blur": "the face has the right mean in every frame, but less fine detail than the truth inside the mask",
        "flicker": "the mean of the face goes up and down from frame to frame, and is right on average"}
    for what in rng.permutation([*hints] * 2):
        half = rng.uniform(11, 16, 2)
        far = np.hypot((x - side / 2) / half[0], (y - side / 2) / half[1])
        mask = far < 1
        still = cv2.GaussianBlur(rng.normal(size=(side, side)), (0, 0), 5) * 2 + 0.08 * rng.normal(size=(side, side))
        truth = 0.5 + 0.3 * still + 0.05 * np.sin(np.arange(length) / 2 + rng.uniform(0, 6))[:, None, None]
        frames = truth + 0.004 * rng.normal(size=truth.shape)
        sign = rng.choice([-1, 1])
        if what == "tone":
            frames[:, mask] += sign * rng.uniform(0.06, 0.12)
        if what == "seam":
            frames[:, np.abs(far - 1) < 0.09] += sign * rng.uniform(0.15, 0.25)
        if what == "blur":
            soft = np.array([cv2.GaussianBlur(frame, (0, 0), 2.0) for frame in frames])
            soft += (truth[:, mask].mean(1) - soft[:, mask].mean(1))[:, None, None]
            frames[:, mask] = soft[:, mask]
        if what == "flicker":
            steps = rng.permutation(np.linspace(-1, 1, length)) * rng.uniform(0.07, 0.12)
            frames[:, mask] += steps[:, None]
        got = answer(frames.copy(), truth.copy(), mask.copy())
        if not isinstance(got, str) or got not in hints:
            raise Wrong(f"fault gave {got!r}. Hint: return one of {', '.join(map(repr, hints))}.")
        if got != what:
            raise Wrong(f"a clip with {what!r} was called {got!r}. Hint: {hints[what]}. Look at frames - truth: "
                        "its mean inside the mask in each frame, and its size at the border against the size inside.")
