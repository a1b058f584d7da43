"""Linear toy generators, whose directions, lengths and entropies are known exactly."""
import numpy as np
import pytest
from scipy.linalg import hadamard

from course_lib.metrics.latents import (
    Directions,
    dci,
    edit_scores,
    fit_directions,
    interpolate,
    linear_separability,
    path_length,
)

NAMES = ("yaw", "smile", "skin")
RNG = np.random.default_rng(0)
TRUE = RNG.normal(size=(3, 12))
LATENTS = RNG.normal(size=(400, 12))
SHOWN = LATENTS @ TRUE.T + [0.5, 0.0, -2.0]


def test_directions_of_a_linear_generator_are_its_own_weights():
    directions = fit_directions(LATENTS, SHOWN, NAMES)
    assert np.allclose(directions.weights, TRUE, atol=1e-3) and np.allclose(directions.offset, [0.5, 0, -2], atol=1e-3)
    assert (directions.r2 > 0.9999).all()
    held = directions.step("smile", held=NAMES)
    assert np.allclose(TRUE @ held, [0, 1, 0], atol=1e-3)


def test_the_shortest_step_where_all_directions_are_alike_and_where_not():
    even = Directions(NAMES, TRUE, np.zeros(3), np.ones(3))
    free, held = even.step("smile"), even.step("smile", held=NAMES)
    assert np.allclose(free, TRUE[1] / np.sum(TRUE[1] ** 2)) and np.allclose(TRUE @ held, [0, 1, 0], atol=1e-5)
    assert np.linalg.norm(free) < np.linalg.norm(held)  # holding the others takes a longer step
    assert not np.allclose(TRUE @ free, [0, 1, 0], atol=0.02)
    flat = Directions(("a",), np.array([[1.0, 1.0]]), np.zeros(1), np.ones(1), np.diag([9.0, 1.0]))
    assert np.allclose(flat.step("a"), [0.9, 0.1])  # nine parts of ten where the latents vary
    directions = fit_directions(LATENTS * np.linspace(0.1, 2, 12), SHOWN, NAMES)
    assert np.abs(directions.step("yaw")[0]) < np.abs(even.step("yaw")[0])


def test_noise_that_no_latent_explains_has_no_direction():
    noise = np.random.default_rng(1).normal(size=(400, 1))
    half = SHOWN[:, :1] / SHOWN[:, :1].std() + noise
    directions = fit_directions(LATENTS, np.concatenate([noise, half], 1), ("noise", "half"))
    assert directions.r2[0] < 0.05 and directions.r2[1] == pytest.approx(0.5, abs=0.08)


def test_an_edit_is_scored_by_its_changes():
    std = SHOWN.std(0)
    directions = fit_directions(LATENTS, SHOWN, NAMES)
    free, held = ((LATENTS + directions.step("smile", keep)) @ TRUE.T + [0.5, 0, -2] for keep in ((), NAMES))
    pure, leaky = (edit_scores(SHOWN, after, NAMES, "smile", 1.0, std) for after in (held, free))
    assert pure.change == pytest.approx(1, abs=1e-3) and pure.leak < 0.01 < leaky.leak and np.isnan(pure.same_person)
    assert set(pure.others) == {"yaw", "skin"}
    all_alike = edit_scores(SHOWN, SHOWN + std, NAMES, "yaw", 1.0, std)
    assert all_alike.leak == pytest.approx(1) and all_alike.others["skin"] == pytest.approx(1)
    one, two = np.eye(4), np.eye(4)[[0, 1, 3, 2]]
    edit = edit_scores(SHOWN[:4], SHOWN[:4], NAMES, "yaw", 0.0, std, vectors=(one, two))
    assert edit.same_person == 0.5 and edit.change == 0


def test_interpolation_of_two_latents():
    a, b = np.float32([[1, 0], [2, 0], [3, 0]]), np.float32([[0, 1], [0, 4], [3, 0]])
    assert np.allclose(interpolate(a, b, [0.5, 0.25, 0.5]), [[0.5, 0.5], [1.5, 1], [3, 0]])
    arc = interpolate(a, b, [0.5, 0.0, 0.5], spherical=True)
    assert np.allclose(arc, [[2**-0.5, 2**-0.5], [2, 0], [3, 0]], atol=1e-6)
    assert np.linalg.norm(interpolate(a, b, [0.5] * 3, spherical=True), axis=1) == pytest.approx([1, 3, 3])


def test_the_path_length_of_a_linear_generator_is_the_squared_length():
    rng = np.random.default_rng(2)
    starts = rng.normal(size=(300, 12))
    path = rng.normal(size=12)

    def distance(one, two):
        return np.sum((one - two) ** 2, 1)

    wanted = np.sum((path @ TRUE.T) ** 2)
    for epsilon in (1e-2, 1e-1):
        length = path_length(lambda x: x.astype(float) @ TRUE.T, starts, starts + path, distance, rng, epsilon)
        assert length == pytest.approx(wanted, rel=1e-2)
    bent = path_length(lambda x: x.astype(float) ** 3, starts, starts + path, distance, rng)
    straight = path_length(lambda x: x.astype(float), starts, starts + path, distance, rng)
    assert bent > 3 * straight
    # a quarter of the unit circle is pi / 2 long
    one, two = np.tile([1.0, 0.0], (50, 1)), np.tile([0.0, 1.0], (50, 1))
    length = path_length(lambda x: x, one, two, distance, rng, spherical=True)
    assert length == pytest.approx((np.pi / 2) ** 2, rel=1e-2)


def test_separability_of_planes_and_of_shells():
    planes, entropies = linear_separability(LATENTS, SHOWN[:, :2])
    assert planes < 1.1 and entropies.shape == (2,)
    shells = np.sum(LATENTS**2, 1, keepdims=True)  # far from the origin or near it: no plane separates
    score, (entropy,) = linear_separability(LATENTS, shells)
    assert entropy == pytest.approx(np.log(2), abs=0.05) and score == pytest.approx(2, abs=0.1)
    with pytest.raises(ValueError, match="attribute 0"):
        linear_separability(LATENTS, shells, cuts=[-1.0])


def test_dci_of_sorted_turned_and_empty_latents():
    factors = np.random.default_rng(3).normal(size=(800, 8))
    latents = factors[:, ::-1] * np.arange(1, 9)  # each dimension one attribute, in another order and scale
    pure = dci(latents, factors)
    assert pure.disentanglement > 0.97 and pure.completeness > 0.97 and pure.informativeness > 0.98
    assert np.array_equal(pure.importance.argmax(0), np.arange(8)[::-1])
    turned = dci(factors @ hadamard(8) / np.sqrt(8), factors)
    assert turned.disentanglement < 0.05 and turned.completeness < 0.05 and turned.informativeness > 0.98
    assert dci(np.random.default_rng(4).normal(size=(800, 8)), factors).informativeness < 0.05
    assert dci(latents, factors[:, :1]).completeness > 0.97  # a single attribute


@pytest.mark.parametrize("call, says", [
    (lambda: fit_directions(LATENTS, SHOWN, ("yaw",)), "3 columns of values but 1 names"),
    (lambda: fit_directions(LATENTS[:5], SHOWN[:5], NAMES), "N >= 20"),
    (lambda: fit_directions(LATENTS, SHOWN[:50], NAMES), "same N"),
    (lambda: fit_directions(LATENTS * np.nan, SHOWN, NAMES), "not finite"),
    (lambda: fit_directions(LATENTS, SHOWN, NAMES).step("beard"), "no direction for beard"),
    (lambda: edit_scores(SHOWN, SHOWN[:9], NAMES, "yaw", 1, np.ones(3)), "same N"),
    (lambda: edit_scores(SHOWN, SHOWN, NAMES, "yaw", 1, np.ones(2)), "do not fit"),
    (lambda: edit_scores(SHOWN, SHOWN, NAMES, "beard", 1, np.ones(3)), "beard"),
    (lambda: path_length(lambda x: x, LATENTS, LATENTS[:3], None, RNG), "from each start"),
])  # fmt: skip
def test_what_does_not_fit_is_said(call, says):
    with pytest.raises(ValueError, match=says):
        call()
