"""What the renderer returns: images with their exact ground truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_lib.cast.parameters import Person, Scene

LABELS = {"background": 0, "skin": 1, "eyes": 2, "mouth": 3, "hair": 4, "clothes": 5, "lips": 6, "glasses": 7}


@dataclass
class Frames:
    """N rendered images with their ground truth; a slice, an integer list or a mask selects a subset.

    Args:
        rgb: f32 [N, H, W, 3] in [0, 1].
        alpha: f32 [N, H, W], coverage by the person.
        depth: f32 [N, H, W], distance from the camera along its axis in units of 10 cm, inf in the background.
        normals: f32 [N, H, W, 3], unit vectors in the camera's frame (x right, y up, z to the viewer), 0 in the
            background.
        labels: uint8 [N, H, W], see `LABELS`.
        landmarks: f32 [N, 68, 2], pixels (x, y) in the 68-point order, the person's right side first.
        landmarks_visible: bool [N, 68].
        pupils: f32 [N, 2, 2], pixels (x, y), the person's right one first.
        pupils_visible: bool [N, 2].
        persons, scenes: The N parameter records.
    Lesson 00.
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

    ARRAYS = ("rgb", "alpha", "depth", "normals", "labels", "landmarks", "landmarks_visible", "pupils",
              "pupils_visible")

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
        """Where one of the named parts is visible.

        Args:
            names: Keys of `LABELS`, at least one.
        Returns:
            bool [N, H, W].
        Raises:
            ValueError: For another name, or none.
        """
        wrong = [n for n in names if n not in LABELS]
        if wrong or not names:
            raise ValueError(f"mask{names}: expected names out of {', '.join(LABELS)}.")
        return np.isin(self.labels, [LABELS[n] for n in names])

    @property
    def face_mask(self) -> np.ndarray:
        """bool [N, H, W]: skin, eyes, mouth, lips and glasses, which is what a face swap may change."""
        return self.mask("skin", "eyes", "mouth", "lips", "glasses")
