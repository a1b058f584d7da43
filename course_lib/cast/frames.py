"""What the renderer gives: pictures with their exact truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_lib.cast.parameters import Person, Scene

LABELS = {"background": 0, "skin": 1, "eyes": 2, "mouth": 3, "hair": 4, "clothes": 5, "lips": 6, "glasses": 7}


@dataclass
class Frames:
    """N rendered pictures and the truth about each of them. Index with a slice, an integer list or a mask to select.

    rgb [N,H,W,3] float32 in [0,1]; alpha [N,H,W] float32, coverage by the person; depth [N,H,W] float32, distance from
    the camera along its axis in units of 10 cm, inf in the background; normals [N,H,W,3] float32, unit vectors in the
    camera's frame (x right, y up, z to the viewer), zero in the background; labels [N,H,W] uint8, see `LABELS`;
    landmarks [N,68,2] and pupils [N,2,2] float32 pixels (x, y), 68-point order, the person's right side first;
    landmarks_visible [N,68] and pupils_visible [N,2] bool; persons and scenes, the parameters. Lesson 00.
    """

    rgb: np.ndarray
    alpha: np.ndarray
    depth: np.ndarray
    normals: np.ndarray
    labels: np.ndarray
    landmarks: np.ndarray
    landmarks_visible: np.ndarray
    pupils: np.ndarray
    pupils_visible: np.ndarray
    persons: list[Person]
    scenes: list[Scene]

    ARRAYS = (
        "rgb",
        "alpha",
        "depth",
        "normals",
        "labels",
        "landmarks",
        "landmarks_visible",
        "pupils",
        "pupils_visible",
    )

    def __len__(self) -> int:
        return len(self.rgb)

    def __getitem__(self, index) -> Frames:
        chosen = np.atleast_1d(np.arange(len(self))[index])
        return Frames(
            *(getattr(self, a)[chosen] for a in self.ARRAYS),
            [self.persons[i] for i in chosen],
            [self.scenes[i] for i in chosen],
        )

    def mask(self, *names: str) -> np.ndarray:
        """[N,H,W] bool: where one of the named parts (keys of `LABELS`) is seen."""
        wrong = [n for n in names if n not in LABELS]
        if wrong or not names:
            raise ValueError(f"mask{names}: expected names out of {', '.join(LABELS)}.")
        return np.isin(self.labels, [LABELS[n] for n in names])

    @property
    def face_mask(self) -> np.ndarray:
        """[N,H,W] bool: skin, eyes, mouth, lips and glasses - what a face swap may change."""
        return self.mask("skin", "eyes", "mouth", "lips", "glasses")
