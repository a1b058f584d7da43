"""Faces with the whole truth about each of them: who, how forged, where, how compressed. Lesson 10."""
from dataclasses import dataclass, fields

import numpy as np


@dataclass
class Labelled:
    """N face crops, real and fake.

    Args:
        images: uint8 RGB [N, S, S, 3].
        masks: uint8 [N, S, S], how much of each pixel was manipulated before the codec, 0 to 255.
        fake: int [N], 1 or 0.
        method: str [N], "real" or how it was forged.
        source, target: int [N], whose image it was and whose face it shows; cast.random_person(number) is the person,
            -1 is unknown.
        video: int [N], one number for the frames that belong together (one clip, one method, one codec).
        frame: int [N], place in its clip.
        crf: int [N], 0 raw, otherwise H.264's.
        split: str [N], "train", "val", "test" or "".
        yaw: f32 [N], radians, nan if unknown.
        seed: int [N], of the clip.
        skipped: (file, reason) of what gave no face.
    """

    images: np.ndarray
    masks: np.ndarray
    fake: np.ndarray
    method: np.ndarray
    source: np.ndarray
    target: np.ndarray
    video: np.ndarray
    frame: np.ndarray
    crf: np.ndarray
    split: np.ndarray
    yaw: np.ndarray
    seed: np.ndarray
    skipped: tuple = ()

    def __post_init__(self):
        lengths = {name: len(getattr(self, name)) for name in ROWS}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"every row of a labelled set describes one face, but the lengths differ: {lengths}")

    def __len__(self):
        return len(self.images)

    def __getitem__(self, which):
        """The chosen rows: a slice, indices or a boolean array [N] (or one index: a set of one)."""
        rows = np.atleast_1d(np.arange(len(self))[which])
        return Labelled(*(getattr(self, name)[rows] for name in ROWS), skipped=self.skipped)

    def where(self, **wanted):
        """The rows in which every named column has the given value, or one of several: where(crf=(0, 23)).

        Args:
            wanted: column -> value or values.
        Returns:
            Labelled.
        Raises:
            ValueError: for a name that is no column.
        Lesson 10.
        """
        keep = np.ones(len(self), bool)
        for name, values in wanted.items():
            if name not in ROWS[2:]:
                raise ValueError(f"where({name}=...): expected names out of {', '.join(ROWS[2:])}")
            keep &= np.isin(getattr(self, name), values)
        return self[keep]

    def pictures(self):
        """The crops as floats: four times the memory of images.

        Returns:
            f32 [N, S, S, 3] in [0, 1].
        """
        return self.images.astype(np.float32) / 255

    def truth(self):
        """The masks as floats.

        Returns:
            f32 [N, S, S] in [0, 1].
        """
        return self.masks.astype(np.float32) / 255


ROWS = tuple(f.name for f in fields(Labelled) if f.name != "skipped")


def join(sets):
    """One labelled set of several with the same crop size.

    Args:
        sets: a list of Labelled.
    Returns:
        Labelled.
    Raises:
        ValueError: when the sizes differ.
    Lesson 10.
    """
    sides = {s.images.shape[1] for s in sets}
    if len(sides) != 1:
        raise ValueError(f"labelled sets of one crop size can be joined; got the sizes {sorted(sides)}")
    rows = (np.concatenate([getattr(s, name) for s in sets]) for name in ROWS)
    return Labelled(*rows, skipped=sum((tuple(s.skipped) for s in sets), ()))


def leaks(labelled):
    """The people in more than one split, as source or as target; unknown people (-1) are left out.

    Args:
        labelled: Labelled.
    Returns:
        A sorted list, best empty.
    Lesson 10.
    """
    sides = {}
    for who in (labelled.source, labelled.target):
        for number, split in set(zip(who.tolist(), labelled.split.tolist(), strict=True)):
            sides.setdefault(number, set()).add(split)
    return sorted(number for number, splits in sides.items() if len(splits) > 1 and number != -1)


def centre(images, size=64):
    """The middle of the crops at their own resolution: eyes, nose and mouth without the outline of the face.

    A crop made smaller loses the fine texture by which a swap is recognised; its centre keeps it, at a quarter of the
    computation.

    Args:
        images: [N, S, S, 3], uint8 or f32.
        size: Side of the result, pixels.
    Returns:
        [N, size, size, 3] of the same type.
    Raises:
        ValueError: When the crops are smaller than that.
    Lesson 13.
    """
    side = images.shape[1]
    top, left = round(0.5625 * side - size / 2), (side - size) // 2
    if top < 0 or top + size > side:
        raise ValueError(f"crops of {side} pixels have no centre of {size}; expected at most {round(0.875 * side)}")
    return np.ascontiguousarray(images[:, top:top + size, left:left + size])
