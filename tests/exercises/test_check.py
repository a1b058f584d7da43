"""Every check takes the right answer and names what is wrong with the usual wrong ones."""
import importlib.util
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from course_lib import faces
from course_lib.exercises import EXERCISES, NotAttempted, Wrong, check
from course_lib.exercises.lesson01 import blurriest
from course_lib.exercises.lesson02 import warp_reference


def fit(src, dst, weights, means=None, of_covariance=None, of_variance=None, transpose=False, sign=True, swap=False):
    """Umeyama's fit with weights, with the usual mistakes built in."""
    if swap:
        src, dst = dst, src
    w = weights / weights.sum()
    means, of_covariance, of_variance = (w if x is None else x for x in (means, of_covariance, of_variance))
    ms, md = means @ src, means @ dst
    s, d = src - ms, dst - md
    u, strength, vt = np.linalg.svd((of_covariance[:, None] * d).T @ s)
    fix = np.array([1, np.sign(np.linalg.det(u) * np.linalg.det(vt)) if sign else 1])
    rotation = (u * fix) @ (vt.T if transpose == "vt" else vt)
    linear = (strength * fix).sum() / (of_variance @ (s**2).sum(1)) * (rotation.T if transpose is True else rotation)
    return np.c_[linear, md - linear @ ms]


def by_complex_numbers(src, dst, weights):
    """The same without an SVD: y = a x + b for complex numbers is a similarity without reflection."""
    w, (x, y) = weights / weights.sum(), (p @ (1, 1j) for p in (src, dst))
    x_mean, y_mean = w @ x, w @ y
    a = w @ (np.conj(x - x_mean) * (y - y_mean)) / (w @ np.abs(x - x_mean) ** 2)
    b = y_mean - a * x_mean
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


EVEN = np.full(68, 1 / 68)


def sharp(images, masks, count):
    """The faces that change least when they are blurred once more."""
    score = []
    for image, mask in zip(images.mean(-1), masks, strict=True):
        inside = cv2.erode(mask, np.ones((5, 5))) > 0
        again = cv2.blur(image, (3, 3))
        score.append((image - again)[inside].std() / image[inside].std())
    return np.argsort(score)[:count]


def kept(hashes, limit, against="kept", equal=False):
    out = []
    for i, h in enumerate(hashes):
        others = {"kept": out, "all": range(i), "last": range(max(i - 1, 0), i)}[against]
        if all((h != hashes[j]).sum() > limit - equal for j in others):
            out.append(i)
    return out


def shuffled(x, shape=lambda n, h, w, c: (n, h, w, 2, 2, c), order=(0, 1, 3, 2, 4, 5)):
    n, h, w, c = x.shape
    return x.reshape(shape(n, h, w, c // 4)).transpose(order).reshape(n, 2 * h, 2 * w, c // 4)


REGULAR = np.stack(np.meshgrid(np.arange(5), np.arange(5)), -1).reshape(25, 2) * 16.0 - 0.5


def bent(image, nodes, order=(0, 1), whole=False, regular=REGULAR, inverse=False):
    maps = [cv2.resize(np.float32(nodes[..., i]), (64, 64) if whole else (80, 80)) for i in order]
    maps = maps if whole else [m[8:72, 8:72] for m in maps]
    sets = (nodes.reshape(25, 2), regular)
    matrix = faces.umeyama(*(sets[::-1] if inverse else sets))
    border = dict(borderMode=cv2.BORDER_REPLICATE)
    return cv2.remap(image, *maps, cv2.INTER_LINEAR, **border), cv2.warpAffine(image, matrix, (64, 64), **border)


def wired(encoder, one, two, pattern="a on a, b on b", clone=False):
    import keras

    encoder = keras.models.clone_model(encoder) if clone else encoder
    if clone:
        encoder.set_weights(encoder.get_weights())
    inputs = dict(a=keras.Input((6,)), b=keras.Input((6,)))
    parts = dict(a=one, b=two)
    return keras.Model(list(inputs.values()), [parts[p[0]](encoder(inputs[p[-1]])) for p in pattern.split(", ")])


def cloned(encoder, one, two):
    import keras

    copy = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    return wired(copy, one, two)


RIGHT = {
    "01.umeyama": [fit, by_complex_numbers],
    "01.sharpness": [sharp, blurriest],
    "01.keep_different": [kept, lambda h, n: np.isin(np.arange(len(h)), kept(h, n))],
    "02.pixel_shuffle": [shuffled],
    "02.warp": [bent, warp_reference],
    "02.two_decoders": [wired],
    "02.swap": [lambda e, a, b, x, t: b(e(np.clip(x + t, 0, 1))),
                lambda e, a, b, x, t: b.predict_on_batch(e.predict_on_batch((x + t).clip(0, 1)))],
}
WRONG = [
    ("01.umeyama", lambda s, d, w: faces.umeyama(s, d), "no difference"),
    ("01.umeyama", lambda s, d, w: fit(s, d, w, means=EVEN), "plain means"),
    ("01.umeyama", lambda s, d, w: fit(s, d, w, of_covariance=EVEN), "covariance is not weighted"),
    ("01.umeyama", lambda s, d, w: fit(s, d, w, of_variance=EVEN), "variance of src"),
    ("01.umeyama", lambda s, d, w: fit(s, d, w, of_covariance=w), "unit of the weights"),
    ("01.umeyama", lambda s, d, w: fit(s, d, w, of_covariance=(w / w.sum()) ** 2), "count twice"),
    ("01.umeyama", lambda s, d, w: fit(s, d, w, transpose=True), "transpose"),
    ("01.umeyama", lambda s, d, w: fit(s, d, w, transpose="vt"), "divide the weights"),
    ("01.umeyama", lambda s, d, w: fit(s, d, w, swap=True), "dst to src"),
    ("01.umeyama", lambda s, d, w: fit(s, d, w, sign=False), "mirror"),
    ("01.umeyama", lambda s, d, w: np.r_[fit(s, d, w), [[0, 0, 1]]], "first two rows"),
    ("01.umeyama", lambda s, d, w: print(end=""), "return"),
    ("01.umeyama", lambda s, d, w: fit(s, d, w)[0], r"shape \[3\]"),
    ("01.sharpness", lambda *a: blurriest(*a, contrast=False), "in the dark"),
    ("01.sharpness", lambda *a: blurriest(*a, inside=False), "the room behind the face counts"),
    ("01.sharpness", lambda *a: blurriest(*a, inside=False, contrast=False), "a whole picture"),
    ("01.sharpness", lambda *a: blurriest(*a, shrink=False), "at the edge of the mask the filter"),
    ("01.sharpness", lambda *a: blurriest(*a, worst=False), "those are the sharpest"),
    ("01.sharpness", lambda x, m, n: list(range(n)), "blurred are"),
    ("01.sharpness", lambda x, m, n: 0.5, "shape"),
    ("01.keep_different", lambda h, n: kept(h, n, "last"), "before it"),
    ("01.keep_different", lambda h, n: kept(h, n, "all"), "itself dropped"),
    ("01.keep_different", lambda h, n: kept(h, n, equal=True), "exactly 5 bits"),
    ("01.keep_different", lambda h, n: np.setdiff1d(np.arange(len(h)), kept(h, n)), "to drop"),
    ("01.keep_different", lambda h, n: [0], r"kept \[0\]"),
    ("02.pixel_shuffle", lambda x: shuffled(x, lambda n, h, w, c: (n, h, w, c, 2, 2), (0, 1, 4, 2, 5, 3)), "PyTorch"),
    ("02.pixel_shuffle", lambda x: shuffled(x, order=(0, 1, 4, 2, 3, 5)), "exchanged"),
    ("02.pixel_shuffle", lambda x: shuffled(x, order=(0, 3, 1, 4, 2, 5)), "side by side"),
    ("02.pixel_shuffle", lambda x: x.reshape(2, 6, 10, 3), "reshape alone"),
    ("02.pixel_shuffle", lambda x: shuffled(x)[:, ::-1], "not in their places"),
    ("02.pixel_shuffle", lambda x: shuffled(x) + 1, "never changes"),
    ("02.pixel_shuffle", lambda x: x, "shape"),
    ("02.warp", lambda i, n: bent(i, n)[::-1], "exchanged"),
    ("02.warp", lambda i, n: (bent(i, n)[1],) * 2, "not bent"),
    ("02.warp", lambda i, n: (bent(i, n)[0],) * 2, "warped again"),
    ("02.warp", lambda i, n: bent(i, n, order=(1, 0)), "x and y"),
    ("02.warp", lambda i, n: bent(i, n, whole=True), "80 x 80"),
    ("02.warp", lambda i, n: bent(i, n, regular=REGULAR + 0.5), "half a pixel"),
    ("02.warp", lambda i, n: bent(i, n, inverse=True), "order of the two"),
    ("02.warp", lambda i, n: (bent(i, n)[0], cv2.resize(i[24:104, 24:104], (64, 64))), "plain middle"),
    ("02.warp", lambda i, n: bent(i, n)[0], "two images"),
    ("02.two_decoders", lambda e, a, b: wired(e, a, b, "a on b, b on a"), "decoder_a on the code of b"),
    ("02.two_decoders", lambda e, a, b: wired(e, a, b, "a on a, a on b"), "decoder_a on the code of b"),
    ("02.two_decoders", lambda e, a, b: wired(e, a, b, "b on b, a on a"), "decoder_b on the code of b, and"),
    ("02.two_decoders", lambda e, a, b: wired(e, a, b, "a on a"), "1 outputs"),
    ("02.two_decoders", cloned, "copy"),
    ("02.two_decoders", lambda e, a, b: e, "1 inputs"),
    ("02.swap", lambda e, a, b, x, t: a(e(np.clip(x + t, 0, 1))), "A again"),
    ("02.swap", lambda e, a, b, x, t: b(e(x)), "never saw"),
    ("02.swap", lambda e, a, b, x, t: b(e(x + t)), "np.clip"),
    ("02.swap", lambda e, a, b, x, t: b(e(np.clip(x - t, 0, 1))), "taken away"),
    ("02.swap", lambda e, a, b, x, t: b(e(np.clip(x + t, 0, 1))) - t, "B's own"),
    ("02.swap", lambda e, a, b, x, t: b(e(b(e(x)))), "then decoder_b"),
]


# later lessons keep their answers in files of their own, answers03.py and so on: RIGHT and WRONG as above
for file in sorted(Path(__file__).parent.glob("answers*.py")):
    spec = importlib.util.spec_from_file_location(file.stem, file)
    spec.loader.exec_module(module := importlib.util.module_from_spec(spec))
    RIGHT |= module.RIGHT
    WRONG += module.WRONG


@pytest.fixture(params=["0", "7"])
def seed(request, monkeypatch):
    monkeypatch.setenv("COURSE_SEED", request.param)
    monkeypatch.delenv("COURSE_STRICT", raising=False)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_right_answer_is_right(name, seed, capsys):
    for answer in RIGHT[name]:
        assert check(name, answer), capsys.readouterr().out
    assert "[ right ]" in capsys.readouterr().out


@pytest.mark.parametrize("name, answer, says", WRONG)
def test_a_wrong_answer_hears_why(name, answer, says, monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    with pytest.raises(Wrong, match=says):
        check(name, answer)


def test_every_exercise_has_two_wrong_answers():
    assert all(sum(name == wrong for wrong, *_ in WRONG) >= 2 for name in EXERCISES) and set(RIGHT) == set(EXERCISES)


def test_not_attempted_lets_the_notebook_go_on(monkeypatch, capsys):
    def blank(x):
        raise NotImplementedError()

    monkeypatch.delenv("COURSE_STRICT", raising=False)
    for answer in (blank, None, ...):
        assert check("02.pixel_shuffle", answer) is False
        assert "[ to do ]" in capsys.readouterr().out
    monkeypatch.setenv("COURSE_STRICT", "1")
    with pytest.raises(NotAttempted, match="02.pixel_shuffle"):
        check("02.pixel_shuffle", blank)


def test_an_error_in_the_answer_is_explained(monkeypatch, capsys):
    monkeypatch.delenv("COURSE_STRICT", raising=False)

    def broken(x):
        return x.reshape(7, 7)

    assert not check("02.pixel_shuffle", broken)
    said = capsys.readouterr().out
    assert "ValueError" in said and "in broken" in said and "Look at line" in said


def test_an_answer_that_knows_one_example_fails(monkeypatch, capsys):
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    seen = {}

    def record(x):
        return seen.setdefault(0, shuffled(x))

    monkeypatch.setenv("COURSE_SEED", "1")
    assert check("02.pixel_shuffle", record)
    monkeypatch.setenv("COURSE_SEED", "2")
    assert not check("02.pixel_shuffle", record)


def test_points_are_gathered_for_the_grader(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    monkeypatch.setenv("COURSE_POINTS", str(tmp_path / "points.json"))
    check("01.umeyama", fit)
    check("02.swap", None)
    table = json.loads((tmp_path / "points.json").read_text())
    assert table["01.umeyama"]["points"] == 3 and table["02.swap"] == {
        "points": 0, "of": 1, "says": table["02.swap"]["says"]
    }  # fmt: skip


def test_an_unknown_exercise_names_the_known_ones():
    with pytest.raises(ValueError, match="01.umeyama"):
        check("01.umeyma", fit)
