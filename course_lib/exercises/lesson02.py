"""Checks of lesson 02: pixel shuffle, the warp and its target, the two decoders, the swap, which codes leak."""
import cv2
import numpy as np

from course_lib.faces import umeyama

from .verdict import Wrong, array, explain, near


def pixel_shuffle(rng, answer):
    """Check `pixel_shuffle`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (x f32 [N, H, W, 4C]) -> [N, 2H, 2W, C]; channel (2 r + c) C + k lands in row r,
            column c of its block.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    n, h, w, c = 2, 3, 5, 3
    x = rng.random((n, h, w, 4 * c)).astype(np.float32)
    got = array(answer(x.copy()), (n, 2 * h, 2 * w, c), "pixel_shuffle")

    def laid_out(shape, order):
        return x.reshape(shape).transpose(order).reshape(n, 2 * h, 2 * w, c)

    if near(got, laid_out((n, h, w, 2, 2, c), (0, 1, 3, 2, 4, 5)), 1e-6):
        return
    if near(got, laid_out((n, h, w, c, 2, 2), (0, 1, 4, 2, 5, 3)), 1e-6):
        raise Wrong(
            "the channels are read in the other order: the four values of one channel stand next to each other in "
            "yours (as in PyTorch). Hint: here channel k of block cell (r, c) is number (2 r + c) C + k, so split the "
            "last axis into (2, 2, C), not (C, 2, 2)."
        )
    if near(got, laid_out((n, h, w, 2, 2, c), (0, 1, 4, 2, 3, 5)), 1e-6):
        raise Wrong("rows and columns of each 2 x 2 block are exchanged. Hint: the first 2 belongs to H.")
    if near(got, laid_out((n, h, w, 2, 2, c), (0, 3, 1, 4, 2, 5)), 1e-6):
        raise Wrong(
            "the four parts lie side by side as four small images. Hint: the axes must interleave, (N, H, 2, W, 2, "
            "C) before the last reshape, not (N, 2, H, 2, W, C)."
        )
    if near(got, x.reshape(n, 2 * h, 2 * w, c), 1e-6):
        raise Wrong("a reshape alone mixes rows with channels. Hint: reshape to six axes, transpose, reshape.")
    if near(np.sort(got.ravel()), np.sort(x.ravel()), 1e-6):
        raise Wrong(
            "all numbers are there, but not in their places. Hint: reshape to (N, H, W, 2, 2, C), bring the axes into "
            "the order (N, H, 2, W, 2, C), then reshape to (N, 2H, 2W, C)."
        )
    raise Wrong("the numbers are not those that went in. Hint: pixel shuffle moves numbers and never changes one.")


def warp_reference(image, nodes):
    """Warp an image along a grid of nodes, and make its target.

    Args:
        image: f32 [S, S, 3].
        nodes: positions of the 5 x 5 nodes, x and y in pixels, [5, 5, 2].
    Returns:
        (warped, target), both f32 [64, 64, 3].
    """
    column, row = (cv2.resize(np.float32(nodes[..., i]), (80, 80))[8:72, 8:72] for i in (0, 1))
    warped = cv2.remap(image, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    regular = np.stack(np.meshgrid(np.arange(5), np.arange(5)), -1) * 16.0 - 0.5
    matrix = umeyama(nodes.reshape(25, 2), regular.reshape(25, 2))
    return warped, cv2.warpAffine(image, matrix, (64, 64), borderMode=cv2.BORDER_REPLICATE)


def warp(rng, answer):
    """Check `warp`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (image f32 [S, S, 3], nodes [5, 5, 2]) -> (warped [64, 64, 3], target [64, 64, 3]).
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    image = cv2.GaussianBlur(rng.random((128, 128, 3)).astype(np.float32), (0, 0), 2)
    image = (image - image.min()) / (image.max() - image.min())
    line = np.linspace(24, 104, 5)
    nodes = np.stack(np.meshgrid(line, line), -1) + rng.normal(0, 3.5, (5, 5, 2)) + rng.uniform(-4, 4, 2)
    got = answer(image.copy(), nodes.copy())
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Wrong(f"warp gave {type(got).__name__}; two images are wanted. Hint: `return warped, target`.")
    warped, target = (array(g, (64, 64, 3), name) for g, name in zip(got, ("warped", "target"), strict=True))
    warped_reference, target_reference = warp_reference(image, nodes)
    close = 0.02
    if near(warped, target_reference, close) and near(target, warped_reference, close):
        raise Wrong("the two images are exchanged. Hint: `return warped, target`, in this order.")
    if not near(warped, warped_reference, close):
        turned = warp_reference(image, nodes[..., ::-1])[0]
        whole = [cv2.resize(np.float32(nodes[..., i]), (64, 64)) for i in (0, 1)]
        if near(warped, target_reference, close):
            raise Wrong("warped is the target: it is turned and scaled, but not bent. Hint: use cv2.remap for warped.")
        if near(warped, turned, close):
            raise Wrong("x and y are exchanged in warped. Hint: cv2.remap takes the map of x (columns) first.")
        if near(warped, cv2.remap(image, *whole, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), close):
            raise Wrong(
                "the maps are resized to 64 x 64 at once, so that the outer nodes lie on the edge of the crop. Hint: "
                "resize each to 80 x 80, then keep [8:72, 8:72]."
            )
        raise Wrong(
            "warped is not what lies under the bent grid. Hint: resize nodes[..., 0] and nodes[..., 1] to 80 x 80 each "
            "(cv2.resize, float32), keep [8:72, 8:72], and give both to cv2.remap."
        )
    if not near(target, target_reference, close):
        corners = np.stack(np.meshgrid(np.arange(5), np.arange(5)), -1).reshape(25, 2) * 16.0
        corner = umeyama(nodes.reshape(25, 2), corners)
        if near(target, warped_reference, close):
            raise Wrong("target is warped again. Hint: it must not be bent; apply umeyama's similarity alone.")
        if near(target, cv2.warpAffine(image, corner, (64, 64), borderMode=cv2.BORDER_REPLICATE), close):
            raise Wrong("target lies half a pixel off. Hint: use REGULAR, whose nodes count from pixel centres.")
        plain = cv2.resize(image[24:104, 24:104], (64, 64))
        if np.abs(target - plain).mean() < 0.03:
            raise Wrong(
                "target is the plain middle of the image, which does not move with the warp: the network would have "
                "to guess each shift. Hint: umeyama(nodes, REGULAR) as the matrix of cv2.warpAffine."
            )
        raise Wrong(
            "target is not the image under the similarity that takes the nodes to the regular grid. Hint: "
            "cv2.warpAffine(image, umeyama(nodes.reshape(25, 2), REGULAR), (64, 64)); mind the order of the two sets."
        )


def _parts(rng):
    """A small encoder and two decoders whose answers can be told apart, with a count of the encoder's weights."""
    import keras

    def dense(size, out, name):
        x = keras.Input(size)
        model = keras.Model(x, keras.layers.Dense(out)(x), name=name)
        model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
        return model

    return dense((6,), 3, "encoder"), dense((3,), 6, "decoder_a"), dense((3,), 6, "decoder_b")


def two_decoders(rng, answer):
    """Check `two_decoders`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (encoder, decoder_a, decoder_b) -> keras.Model [a, b] -> [a again, b again], the
            encoder shared.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    import keras

    encoder, one, two = _parts(rng)
    a, b = rng.normal(size=(2, 4, 6)).astype(np.float32)
    with keras.device("cpu"):
        model = answer(encoder, one, two)
        if not isinstance(model, keras.Model):
            raise Wrong(f"a keras.Model is wanted, got {type(model).__name__}. Hint: keras.Model([a, b], [..., ...]).")
        if len(model.inputs) != 2 or len(model.outputs) != 2:
            raise Wrong(
                f"the model has {len(model.inputs)} inputs and {len(model.outputs)} outputs; two and two are wanted, "
                "one pair for each person."
            )
        got = [np.asarray(g) for g in model([a, b])]
        code_a, code_b = encoder(a), encoder(b)
        right = {
            (f"decoder_{n}", f"the code of {w}"): np.asarray(d(c))
            for n, d in (("a", one), ("b", two)) for w, c in (("a", code_a), ("b", code_b))
        }  # fmt: skip
    outputs = [next((k for k, v in right.items() if near(g, v, 1e-4)), None) for g in got]
    want = [("decoder_a", "the code of a"), ("decoder_b", "the code of b")]
    if outputs != want:
        names = [" on ".join(output) if output else "something else" for output in outputs]
        raise Wrong(
            f"the outputs are {names[0]}, and {names[1]}. Hint: while training, each decoder only ever sees its own "
            "person: first decoder_a(encoder(a)), then decoder_b(encoder(b)). They cross only when swapping."
        )
    if not {id(w) for w in encoder.weights} <= {id(w) for w in model.weights}:
        raise Wrong(
            "the encoder in your model is a copy, so that training it leaves the encoder as it was. Hint: call the "
            "encoder that was given, encoder(a) and encoder(b); do not clone it."
        )


def swap(rng, answer):
    """Check `swap`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (encoder, decoder_a, decoder_b, faces_a, tone) -> the faces of A as B; in training, tone was
            added to the faces of A, and the sum clipped to [0, 1].
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    encoder, one, two = _parts(rng)
    faces = rng.uniform(0, 1, (4, 6)).astype(np.float32)
    tone = (rng.choice([-1, 1], 6) * rng.uniform(0.2, 0.4, 6)).astype(np.float32)
    faces[0] = np.where(tone > 0, 0.9, 0.1)  # beyond the range with the tone
    got = array(answer(encoder, one, two, faces.copy(), tone.copy()), (4, 6), "swap")
    shifted = np.clip(faces + tone, 0, 1)
    if near(got, np.asarray(two(encoder(shifted))), 1e-4):
        return
    explain(got, [
        (np.asarray(one(encoder(shifted))), "that is A again: decoder_a gives back its own person. Hint: whose decoder "
         "makes a B?"),
        (np.asarray(two(encoder(faces))), "the encoder gets colours of A that it never saw in training: there, tone "
         "was added to every face of A. Hint: what was done to the training images is done to the test images, too."),
        (np.asarray(two(encoder(faces + tone))), "some values are outside [0, 1], which never happened in training. "
         "Hint: np.clip(faces_a + tone, 0, 1)."),
        (np.asarray(two(encoder(np.clip(faces - tone, 0, 1)))), "the tone is taken away. Hint: in training it was "
         "added to the faces of A."),
        (np.asarray(two(encoder(shifted))) - tone, "the tone is taken away from B's faces. Hint: it was added to A's "
         "alone; B's colours are B's own."),
    ], 1e-4)
    raise Wrong("the result is not B's decoder on A's code. Hint: A's faces as the encoder knows them, then decoder_b.")


def leaking(rng, answer):
    """Check `leaking`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (codes: dict of name -> (a, b) f64 [N, D], exchange bool [R, N]) -> names whose p <=
            0.05 / number of codes, sorted. p = (1 + how many rows of exchange give at least the measured squared
            distance of the means) / (R + 1); a row exchanges a and b in the scenes where it is True.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    scenes, rounds = 24, 499
    exchange = rng.random((rounds, scenes)) < 0.5
    signs = np.where(exchange, -1, 1)

    def p_of(a, b):
        gap = a - b
        return (1 + np.sum(((signs @ gap / scenes) ** 2).sum(1) >= (gap.mean(0) ** 2).sum())) / (rounds + 1)

    def draw(shift, low, high):
        for _ in range(2000):
            scene = 3 * rng.normal(size=(scenes, 6))  # the scene is in the code, whoever stands in it
            a, b = scene + rng.normal(size=(scenes, 6)), scene + rng.normal(size=(scenes, 6)) + shift
            if low <= p_of(a, b) <= high:
                return a, b
        raise RuntimeError("no such codes were drawn")

    drawn = {"strong": draw(1.5, 0, 0.004), "weak": draw(0.35, 0, 0.01), "luck": draw(0.0, 0.016, 0.045),
             "none": draw(0.0, 0.2, 1.0)}
    names = list(rng.permutation(["linear", "original", "exact pairs", "adversarial"]))
    codes = {name: drawn[kind] for name, kind in zip(names, drawn, strict=True)}
    got = answer({k: (a.copy(), b.copy()) for k, (a, b) in codes.items()}, exchange.copy())
    if not isinstance(got, (list, tuple)) or not all(isinstance(x, str) for x in got):
        raise Wrong(f"leaking gave {got!r}. Hint: return a list of names, keys of `codes`.")
    right, found = sorted(names[:2]), sorted(map(str, got))
    if found == right:
        return
    if names[2] in found and set(right) <= set(found):
        if names[3] in found:
            raise Wrong("all four are called leaking, also the one whose distance most exchanges reach. Hint: a small "
                        "p "
                        "means that few exchanges reach the measured distance.")
        raise Wrong(f"{names[2]!r} has p = {p_of(*codes[names[2]]):.3f}. Hint: with four codes tested, one in five "
                    "such tables "
                    "has a p below 0.05 by chance. Compare p with 0.05 / 4.")
    if names[1] not in found and names[0] in found:
        raise Wrong(f"{names[1]!r} is missing: p = {p_of(*codes[names[1]]):.3f}. Hint: exchange the two codes "
                    "*within* a "
                    "scene. If all codes are shuffled, what the scenes differ by hides the small difference of the "
                    "people.")
    raise Wrong(f"expected {right}, got {found}. Hint: p = (1 + number of rows whose distance is at least the measured "
                "one) / (R + 1), and p <= 0.05 / 4.")
