"""Nobody is on two sides of a split, whatever the set's own lists say."""
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.forgeries.items import Item
from course_lib.forgeries.splits import people_on_two_sides, split_by_person


def item(source, target, split=""):
    return Item(Path(f"{source}_{target}.mp4"), int(source != target), "x", source, target, split)


PAIRS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), min_size=8, max_size=40)


@given(PAIRS, st.integers(0, 5))
def test_nobody_is_on_two_sides_and_nothing_is_lost(pairs, seed):
    items = [item(who, who) for who in "abc"] + [item(*pair) for pair in pairs]
    kept, dropped = split_by_person(items, seed=seed)
    assert people_on_two_sides(kept) == [] and len(kept) + len(dropped) == len(items)
    assert all(i.source != i.target for i in dropped)  # only a fake can join two sides


def test_the_same_seed_gives_the_same_split_and_every_split_has_somebody():
    items = [item(who, who) for who in "abcdefgh"]
    assert split_by_person(items, seed=3) == split_by_person(items, seed=3) != split_by_person(items, seed=4)
    kept, _ = split_by_person(items[:3], seed=0)
    assert {i.split for i in kept} == {"train", "val", "test"}


def test_a_split_of_videos_leaks_and_unknown_people_are_dropped():
    items = [item("id0", "id0", "train"), item("id0", "id0", "test"), item("", "")]
    assert people_on_two_sides(items) == ["id0"]
    kept, dropped = split_by_person([*items, item("id1", "id1")], {"train": 0.5, "test": 0.5})
    assert dropped == [items[2]] and len({i.split for i in kept if i.source == "id0"}) == 1


@pytest.mark.parametrize("fractions", [{"train": 0.5, "test": 0.6}, {"train": 1.2, "test": -0.2}])
def test_wrong_fractions_are_named(fractions):
    with pytest.raises(ValueError, match="add up to 1"):
        split_by_person([item("a", "a"), item("b", "b")], fractions)
    with pytest.raises(ValueError, match="1 people cannot be divided into 3"):
        split_by_person([item("a", "a")])
