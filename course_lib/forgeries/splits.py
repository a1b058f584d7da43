"""Splits in which nobody is on two sides. Lesson 16."""
from dataclasses import replace

import numpy as np

FRACTIONS = {"train": 0.6, "val": 0.15, "test": 0.25}


def split_by_person(items, fractions=None, seed=0):
    """Assigns people, and with them their files, to splits; a fake of two people on different sides is dropped.

    The split that a set comes with is not used: some, as that of Celeb-DF, divide videos and not people.

    Args:
        items: list of Item, as of `listed`.
        fractions: split -> fraction of the people, adding up to 1; 60, 15 and 25 % when left out.
        seed: of the assignment.
    Returns:
        (items with their new split, list of the items that were dropped: those of people on two sides, and those of
        nobody who is named).
    Raises:
        ValueError: when the fractions do not add up to 1, or there are fewer people than splits.
    Lesson 16.
    """
    fractions = fractions or FRACTIONS
    if abs(sum(fractions.values()) - 1) > 1e-6 or min(fractions.values()) <= 0:
        raise ValueError(f"fractions are {fractions}; expected parts above 0 that add up to 1")
    people = sorted({who for item in items for who in (item.source, item.target)} - {""})
    if len(people) < len(fractions):
        raise ValueError(f"{len(people)} people cannot be divided into {len(fractions)} splits")
    order = np.random.default_rng(seed).permutation(len(people))
    ends = np.round(np.cumsum(list(fractions.values())) * len(people)).astype(int)
    places = np.arange(1, len(ends) + 1)
    ends = np.clip(ends, places, len(people) - len(ends) + places)  # no split is empty
    side = {people[i]: list(fractions)[int(np.searchsorted(ends, place, "right"))] for place, i in enumerate(order)}
    kept, dropped = [], []
    for item in items:
        sides = {side[who] for who in (item.source, item.target) if who}
        if len(sides) == 1:
            kept.append(replace(item, split=sides.pop()))
        else:
            dropped.append(item)
    return kept, dropped


def people_on_two_sides(items):
    """The people whose files are in more than one split, as they are assigned now.

    Args:
        items: list of Item.
    Returns:
        A sorted list of names, best empty.
    Lesson 16.
    """
    sides = {}
    for item in items:
        for who in (item.source, item.target):
            sides.setdefault(who, set()).add(item.split)
    return sorted(who for who, splits in sides.items() if who and len(splits - {""}) > 1)
