"""Triphones: they cover their words, the same words come back exactly, and the shortest path is the shortest."""
from itertools import product

import numpy as np
import pytest

from course_lib.blending.video_rewrite import (
    Footage,
    context_distance,
    phone_distance,
    retrieve,
    shapes_at,
    stitch,
    triphones,
)

RATE = 50.0
WORDS = (["M", "AE", "P"], ["B", "OW", "T"], ["F", "AY", "V"])


def timed(names, rng):
    ends = np.cumsum(rng.uniform(0.06, 0.15, len(names)))
    return [(name, float(a), float(b)) for name, a, b in zip(names, np.r_[0.0, ends[:-1]], ends, strict=True)]


@pytest.fixture(scope="module")
def footage():
    rng = np.random.default_rng(0)
    phones = [timed(names, rng) for names in WORDS]
    shapes = [rng.normal(size=(int(p[-1][2] * RATE) + 2, 36)).astype(np.float32) for p in phones]
    return phones, Footage(phones, shapes, RATE)


def test_a_triphone_reaches_from_the_middle_of_one_neighbour_to_that_of_the_other():
    units = triphones([("M", 0.0, 0.1), ("AE", 0.1, 0.3), ("P", 0.3, 0.4)])
    assert [u.names for u in units] == [("SIL", "M", "AE"), ("M", "AE", "P"), ("AE", "P", "SIL")]
    assert np.allclose(units[1].times, [0.05, 0.2, 0.35])
    assert all(np.allclose(a.times[1:], b.times[:2]) for a, b in zip(units, units[1:]))


def test_distances_of_phones_and_contexts():
    assert phone_distance("P", "P") == 0 < phone_distance("P", "B") < phone_distance("P", "AA") == 1
    assert context_distance(("M", "AE", "P"), ("M", "AE", "P")) == 0
    assert context_distance(("M", "AE", "P"), ("S", "UW", "T")) == 1
    middle, side = context_distance(("M", "AE", "P"), ("M", "S", "P")), context_distance(("M", "AE", "P"),
                                                                                         ("S", "AE", "P"))
    assert middle == 2 * side == 0.5


def test_words_of_the_footage_come_back_as_they_were(footage):
    phones, footage = footage
    stored, wanted = footage.triphones, triphones(phones[1])
    path, cost = retrieve(wanted, footage)
    assert [stored[k].names for k in path] == [u.names for u in wanted] and {stored[k].clip for k in path} == {1}
    assert cost == pytest.approx(0, abs=1e-9)
    times = np.arange(int(phones[1][-1][2] * RATE)) / RATE
    assert np.allclose(stitch(wanted, path, footage, times), footage.shapes[1][:len(times)], atol=1e-5)


def test_the_path_is_the_cheapest_of_all(footage):
    stored, footage = footage[1].triphones, footage[1]
    wanted = triphones(timed(["P", "AY", "T"], np.random.default_rng(3)))
    path, cost = retrieve(wanted, footage, alpha=0.4, kept=4)
    near = [np.argsort([context_distance(u.names, s.names) for s in stored], kind="stable")[:4] for u in wanted]
    usual = footage.mismatch(np.arange(len(stored)), np.arange(len(stored))[::-1]).mean()
    prices = {way: 0.4 * sum(context_distance(u.names, stored[k].names) for u, k in zip(wanted, way, strict=True))
              + 0.6 * sum(footage.mismatch(a, b) for a, b in zip(way, way[1:])) / usual for way in product(*near)}
    assert cost == pytest.approx(min(prices.values())) and prices[tuple(path)] == pytest.approx(cost)


def test_words_are_stretched_to_the_new_tempo(footage):
    phones, footage = footage
    slow = [(name, 2 * a, 2 * b) for name, a, b in phones[0]]
    wanted = triphones(slow)
    path, _ = retrieve(wanted, footage, alpha=1.0)
    middles = np.array([unit.times[1] for unit in wanted])
    made = stitch(wanted, path, footage, middles)
    before = shapes_at(footage.shapes[0], middles / 2, RATE)
    assert np.allclose(made, before, atol=1e-5) and np.isfinite(made).all()
