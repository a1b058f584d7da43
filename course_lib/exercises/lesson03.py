"""Checks of lesson 03: a mask that does not leak, Reinhard's colours, a two-level pyramid, a steady track, a fault."""
import cv2
import numpy as np

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


def transferred(face, frame, inside, scale=lambda x, y: y / x, each=True):
    """Reinhard's transfer inside a mask, with the usual mistakes as options.

    Args:
        face, frame: f64 [H, W, 3] in CIELAB.
        inside: bool [H, W].
        scale: function of the standard deviations of face and frame, both [3] or scalars.
        each: whether every channel has its own statistics.
    Returns:
        f64 [H, W, 3].
    """
    axis = 0 if each else None
    x, y = face[inside], frame[inside]
    return (face - x.mean(axis)) * scale(x.std(axis), y.std(axis)) + y.mean(axis)


def reinhard(rng, answer):
    """Check `reinhard`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (face, frame f64 [H, W, 3] in CIELAB, mask [H, W]) -> the face with the frame's mean
            and deviation.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    size = 24
    mask = np.zeros((size, size), np.float32)
    mask[4:-5, 6:-3] = 1
    face, frame = (rng.normal(size=(size, size, 3)) * rng.uniform(2, 12, 3) + rng.uniform((30, -10, -5), (70, 25, 30))
                   for _ in range(2))
    inside = mask > 0.5
    face[~inside] = (0, 0, 0)  # what lies around a cut-out face is no skin
    got = array(answer(face.copy(), frame.copy(), mask.copy()), face.shape, "reinhard")[inside]
    everywhere = np.ones_like(inside)
    if near(got, transferred(face, frame, inside)[inside], 1e-3):
        return
    mistakes = (
        (transferred(face, frame, inside, lambda x, y: x / y),
         "the scale is upside down: the face's contrast grows where the frame's is small. Hint: divide the frame's "
         "standard deviation by the face's; afterwards the face's own must be the frame's."),
        (transferred(face, frame, everywhere),
         "mean and standard deviation are taken over the whole image, so the zeros around the face count as skin. "
         "Hint: use face[mask > 0.5] and frame[mask > 0.5], [pixels, 3], for the statistics."),
        (transferred(face, frame, inside, lambda x, y: 1.0),
         "the mean is right, but the standard deviation is still the face's own. Hint: multiply (face - mean) by the "
         "ratio of the standard deviations before the frame's mean is added."),
        (transferred(face, frame, inside, lambda x, y: (y / x) ** 2),
         "the scale is the ratio of the variances; the standard deviation of the result is then not the frame's. "
         "Hint: .std, not .var."),
        (transferred(face, frame, inside, each=False),
         "one mean and one standard deviation for all three channels. Hint: .mean(0) and .std(0) over the pixels."),
        (face * _scale(face, frame, inside) + frame[inside].mean(0),
         "the face's own mean is not taken away before scaling, so it is added to the frame's."),
        (transferred(frame, face, inside),
         "face and frame are exchanged: that is the frame in the face's colours."),
    )
    explain(got, [(wrong[inside], message) for wrong, message in mistakes], 1e-3)
    std, target = got.std(0), frame[inside].std(0)
    raise Wrong(f"inside the mask the means are {got.mean(0).round(1)}, wanted {frame[inside].mean(0).round(1)}; the "
                f"standard deviations {std.round(1)}, wanted {target.round(1)}. Hint: (face - its mean) * (frame's "
                "standard deviation / its own) + frame's mean, each over the pixels of the mask.")


def _scale(face, frame, inside):
    return frame[inside].std(0) / face[inside].std(0)


def bands(face, frame, mask, low=True, high=True, small=cv2.pyrDown):
    """The two-level blend, with parts left out or exchanged.

    Args:
        face, frame: f32 [H, W, 3].
        mask: f32 [H, W].
        low, high: whether the coarse and the fine band are there.
        small: function that halves the mask.
    Returns:
        f32 [H, W, 3].
    """
    size = mask.shape[1::-1]
    down = [cv2.pyrDown(a) for a in (face, frame)]
    bands = [a - cv2.pyrUp(b, dstsize=size) for a, b in zip((face, frame), down)]
    coarse = down[1] + small(mask)[..., None] * (down[0] - down[1])
    fine = bands[1] + mask[..., None] * (bands[0] - bands[1])
    return low * cv2.pyrUp(coarse, dstsize=size) + high * fine


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


def averaged(track, cuts, radius, first=None, last=None, scenes=True, zeros=False):
    """The mean over the frames from t - first to t + last, with the usual mistakes as options.

    Args:
        track: f64 [T, 2].
        cuts: frames at which a scene begins.
        radius: frames to either side.
        first, last: the same for one side.
        scenes: whether only frames of the same scene count.
        zeros: whether missing frames count as zeros.
    Returns:
        f64 [T, 2].
    """
    first, last = radius if first is None else first, radius if last is None else last
    scene = np.isin(np.arange(len(track)), cuts).cumsum() if scenes else np.zeros(len(track), int)
    out = np.empty_like(track)
    for t in range(len(track)):
        near_ = [s for s in range(max(0, t - first), min(len(track), t + last + 1)) if scene[s] == scene[t]]
        out[t] = track[near_].sum(0) / (first + last + 1 if zeros else len(near_))
    return out


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
            raise Wrong(f"a clip with {what!r} was called {got!r}. Hint: in a {what!r}, {hints[what]}. Look at frames "
                        "- truth: "
                        "its mean inside the mask in each frame, and its size at the border against the size inside.")
