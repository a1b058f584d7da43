"""A set of aligned faces of one person, with everything that is known about each of them. Lesson 01."""
import secrets
from dataclasses import dataclass, field, fields
from itertools import chain
from pathlib import Path

import numpy as np

EXPRESSION = ("jaw", "smile", "brow", "blink")
_ROWS = ("images", "masks", "landmarks", "matrices", "sources", "people", "points", "pose", "expression", "shots")


@dataclass
class FaceSet:
    """N aligned faces of S x S pixels.

    Args:
        images: f32 RGB [N, S, S, 3] in [0, 1].
        masks: f32 [N, S, S], 1 on the inner face (skin, eyes, mouth, lips, glasses).
        landmarks: f32 [N, 68, 2], crop pixels.
        matrices: f64 [N, 2, 3], from frame to crop pixels.
        sources: Where each face comes from, as text.
        people: int [N], faces detected in the frame.
        points: Source of the landmarks: "truth" (the cast's), "five" (estimated from a detector's five points), "eyes"
            (from eyes and box) or "box" (no eyes detected).
        pose: f32 [N, 3], yaw, pitch and roll in radians, nan if unknown.
        expression: f32 [N, 4], jaw, smile, brow and blink, nan if unknown.
        shots: int [N], which shot of a video each face is from; a cut lies between two of them.
        skipped: (source, reason) of every image that gave no face, and of every face that was left out.
    """

    images: np.ndarray
    masks: np.ndarray
    landmarks: np.ndarray
    matrices: np.ndarray
    sources: list
    people: np.ndarray = None
    points: list = None
    pose: np.ndarray = None
    expression: np.ndarray = None
    shots: np.ndarray = None
    skipped: list = field(default_factory=list)

    def __post_init__(self):
        n = len(self.images)
        self.people = np.ones(n, int) if self.people is None else self.people
        self.points = ["truth"] * n if self.points is None else self.points
        self.pose = np.full((n, 3), np.nan, np.float32) if self.pose is None else self.pose
        self.expression = np.full((n, 4), np.nan, np.float32) if self.expression is None else self.expression
        self.shots = np.zeros(n, int) if self.shots is None else self.shots
        lengths = {name: len(getattr(self, name)) for name in _ROWS}
        if set(lengths.values()) != {n}:
            raise ValueError(f"every row of a FaceSet describes one face, but the lengths differ: {lengths}")

    def __len__(self):
        return len(self.images)

    def __getitem__(self, which):
        """A FaceSet of the chosen rows: a slice, indices or a boolean array [N] (or one index: a set of one)."""
        rows = np.atleast_1d(np.arange(len(self))[which])
        pick = {n: getattr(self, n) for n in _ROWS}
        pick = {n: v[rows] if isinstance(v, np.ndarray) else [v[i] for i in rows] for n, v in pick.items()}
        return FaceSet(**pick, skipped=list(self.skipped))

    @property
    def size(self):
        """Side of the crops in pixels."""
        return self.images.shape[1]

    def footprint(self):
        """Side of each crop's square in pixels of its frame: how large the face really was.

        Returns:
            f64 [N].
        """
        return self.size / np.hypot(self.matrices[:, 0, 0], self.matrices[:, 1, 0])

    def save(self, path):
        """Write the set as one compressed .npz (images as uint8), for a cache folder.

        Args:
            path: The file.
        Returns:
            Its Path.
        """
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = {n: np.asarray(getattr(self, n)) for n in _ROWS}
        rows["images"], rows["masks"] = (
            (np.clip(rows[n], 0, 1) * 255 + 0.5).astype(np.uint8) for n in ("images", "masks")
        )
        rows["skipped"] = np.array(self.skipped, dtype=np.str_).reshape(-1, 2)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")  # two kernels do not mix
        try:
            with part.open("wb") as file:
                np.savez_compressed(file, **rows)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return path

    @classmethod
    def load(cls, path):
        """Read what `save` wrote; nothing in the file is ever executed.

        Args:
            path: The file.
        Returns:
            FaceSet.
        Raises:
            ValueError: When the file is no FaceSet.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                # older files know of no shots
                rows = {f.name: file[f.name] for f in fields(cls) if f.name != "shots" or f.name in file}
        except FileNotFoundError:
            raise
        except Exception as error:
            raise ValueError(f"{path} is not a FaceSet written by save ({error}); make it again") from error
        rows["images"], rows["masks"] = (rows[n].astype(np.float32) / 255 for n in ("images", "masks"))
        rows["sources"], rows["points"] = rows["sources"].tolist(), rows["points"].tolist()
        rows["skipped"] = [tuple(row) for row in rows["skipped"].tolist()]
        return cls(**rows)


def join(sets):
    """One FaceSet from several of the same crop size.

    Args:
        sets: The FaceSets.
    Returns:
        FaceSet.
    Raises:
        ValueError: For different crop sizes.
    """
    sizes = {s.size for s in sets}
    if len(sizes) != 1:
        raise ValueError(f"face sets of one crop size can be joined; got the sizes {sorted(sizes)}")
    rows = {n: [getattr(s, n) for s in sets] for n in _ROWS}
    rows = {n: np.concatenate(v) if isinstance(v[0], np.ndarray) else list(chain(*v)) for n, v in rows.items()}
    return FaceSet(**rows, skipped=list(chain(*(s.skipped for s in sets))))
