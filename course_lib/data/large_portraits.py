"""Portraits at 128 x 128 in their scene, with the exact ground truth of every pixel, for training restoration. Lesson
09.
"""
from dataclasses import dataclass, fields

import numpy as np

from course_lib.cast import random_person, random_scene, render
from course_lib.cast.parameters import to_vector
from course_lib.data.cache import cached_chunks
from course_lib.data.portraits import COVERAGE, PEOPLE_SEED, SCENE_SEED, WILD
from course_lib.faces.align import align, invert, transform, warp
from course_lib.profile import cache_dir

SIDE, CHUNK, RENDERED, PAD = 128, 50, 192, 48  # side of the crop; portraits in a file; side and margin of a rendering
VERSION = 1


@dataclass
class LargePortraits:
    """N portraits of N different people, the same people and scenes as data.portraits, twice as large.

    Args:
        images: uint8 [N, 128, 128, 3], with the background.
        masks: uint8 [N, 128, 128], coverage by the person.
        labels: uint8 [N, 128, 128], see cast.LABELS.
        landmarks: f32 [N, 68, 2], pixels.
        pupils: f32 [N, 2, 2], pixels.
        vectors: f32 [N, P], person and scene (cast.from_vector).
    Lesson 09.
    """

    images: np.ndarray
    masks: np.ndarray
    labels: np.ndarray
    landmarks: np.ndarray
    pupils: np.ndarray
    vectors: np.ndarray

    def __len__(self):
        return len(self.images)

    def __getitem__(self, which):
        """The chosen portraits: a slice, an integer list or a mask."""
        return LargePortraits(*(getattr(self, f.name)[which] for f in fields(self)))

    def pictures(self, which=slice(None), grey=False):
        """The chosen portraits as floats.

        Args:
            which: Slice, integer list or mask.
            grey: Whether to show the person on grey, without the background.
        Returns:
            f32 RGB [n, 128, 128, 3] in [0, 1].
        """
        images = self.images[which].astype(np.float32) / 255
        if not grey:
            return images
        alpha = self.masks[which].astype(np.float32)[..., None] / 255
        return images * alpha + 0.5 * (1 - alpha)


def large_portraits(count=2400, first=0, quiet=False):
    """Portraits first to first + count, each of another random person in a scene of its own.

    Rendered once, about 5 minutes of processor time for 2400, and cached in chunks of 50 (4 MB each).

    Args:
        count, first: At least 1 and 0, with a sum of at most 80,000.
        quiet: Whether to print no progress.
    Returns:
        LargePortraits.
    Raises:
        ValueError: For another count or first.
    Lesson 09.
    """
    if count < 1 or first < 0 or first + count > 80_000:
        raise ValueError(f"portraits wants count >= 1, first >= 0 and a sum of at most 80000; got {count} and {first}")
    folder = cache_dir() / "large_portraits" / f"v{VERSION}"
    return LargePortraits(**cached_chunks(folder, first, count, CHUNK, _render_chunk, quiet, "portraits"))


def _render_chunk(seeds):
    persons = [random_person(PEOPLE_SEED + k) for k in seeds]
    scenes = [random_scene(SCENE_SEED + k, wild=WILD) for k in seeds]
    frames, rows = render(persons, scenes, size=RENDERED), []
    margin = ((PAD, 0), (PAD, PAD))
    for image, alpha, labels, points, pupils in zip(frames.rgb, frames.alpha, frames.labels, frames.landmarks,
                                                    frames.pupils, strict=True):
        padded = np.pad(image.astype(np.float32), (*margin, (0, 0)), mode="reflect")
        aligned = align(padded, points + PAD, SIDE, COVERAGE)
        cover = warp(np.pad(alpha.astype(np.float32), margin), aligned.matrix, SIDE)
        # nearest neighbour: the label of the pixel under each crop pixel's centre
        x, y = transform(np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1), invert(aligned.matrix)).T
        padded_labels = np.pad(labels, margin)
        x, y = (np.clip(np.round(v.T).astype(int), 0, n - 1) for v, n in zip((x, y), padded_labels.shape[::-1]))
        rows.append((_bytes(aligned.image), _bytes(cover), padded_labels[y, x], aligned.landmarks,
                     transform(pupils + PAD, aligned.matrix).astype(np.float32)))
    images, masks, labels, landmarks, pupils = (np.stack(part) for part in zip(*rows, strict=True))
    vectors = np.stack([to_vector(p, s) for p, s in zip(persons, scenes, strict=True)])
    return dict(images=images, masks=masks, labels=labels, landmarks=landmarks, pupils=pupils, vectors=vectors)


def _bytes(x):
    return (x.clip(0, 1) * 255 + 0.5).astype(np.uint8)
