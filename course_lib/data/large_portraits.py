"""Portraits at 128 x 128 in their scene, with the exact truth of every pixel: what lesson 09 restores. Lesson 09."""
import time
from dataclasses import dataclass, fields

import numpy as np

from course_lib.cast import random_person, random_scene, render
from course_lib.cast.parameters import to_vector
from course_lib.data.cache import cached
from course_lib.data.portraits import COVERAGE, PEOPLE_SEED, SCENE_SEED
from course_lib.faces.align import align, invert, transform, warp
from course_lib.profile import cache_dir

SIDE, CHUNK, PICTURE, PAD = 128, 50, 192, 48  # crop; portraits in a file; rendered picture and its margin, pixels
VERSION = 1


@dataclass
class LargePortraits:
    """N portraits of N different people, the same people and scenes as data.portraits, twice as large.

    images: uint8 [N, 128, 128, 3], with the background. masks: uint8 [N, 128, 128], coverage by the person. labels:
    uint8 [N, 128, 128], see cast.LABELS. landmarks: f32 [N, 68, 2] and pupils: f32 [N, 2, 2], pixels. vectors:
    f32 [N, P], person and scene (cast.from_vector). Lesson 09.
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
        """The chosen portraits as f32 RGB [n, 128, 128, 3] in [0, 1]; grey: the person cut out on grey."""
        pictures = self.images[which].astype(np.float32) / 255
        if not grey:
            return pictures
        alpha = self.masks[which].astype(np.float32)[..., None] / 255
        return pictures * alpha + 0.5 * (1 - alpha)


def large_portraits(count=2400, first=0, quiet=False):
    """Portraits first to first + count, each of another random person in a scene of its own. Returns LargePortraits.

    count, first: first + count at most 80,000. Rendered once, about 5 minutes of processor time for 2400, and kept
    in the cache in pieces of 50 (4 MB each); a stopped run goes on where it was. Raises ValueError for a count below
    1. Lesson 09.
    """
    if count < 1 or first < 0 or first + count > 80_000:
        raise ValueError(f"portraits wants count >= 1, first >= 0 and a sum of at most 80000; got {count} and {first}")
    folder, parts, began = cache_dir() / "large_portraits" / f"v{VERSION}", [], time.monotonic()
    start = first - first % CHUNK
    for at in range(start, first + count, CHUNK):
        new = not (file := folder / f"{at:06d}.npz").is_file()
        parts.append(cached(file, lambda at=at: _render_chunk(range(at, at + CHUNK))))
        if new and not quiet and (at - start) % 500 == 0:
            print(f"rendered {at + CHUNK - start} of {count}, {time.monotonic() - began:.0f} s", flush=True)
    which = slice(first - start, first - start + count)
    return LargePortraits(**{f.name: np.concatenate([part[f.name] for part in parts])[which]
                             for f in fields(LargePortraits)})


def _render_chunk(seeds):
    persons = [random_person(PEOPLE_SEED + k) for k in seeds]
    scenes = [random_scene(SCENE_SEED + k, wild=0.7) for k in seeds]
    frames, rows = render(persons, scenes, size=PICTURE), []
    margin = ((PAD, 0), (PAD, PAD))
    for image, alpha, labels, points, pupils in zip(frames.rgb, frames.alpha, frames.labels, frames.landmarks,
                                                    frames.pupils, strict=True):
        room = np.pad(image.astype(np.float32), (*margin, (0, 0)), mode="reflect")
        found = align(room, points + PAD, SIDE, COVERAGE)
        cover = warp(np.pad(alpha.astype(np.float32), margin), found.matrix, SIDE)
        # the label of the pixel under each crop pixel's middle
        x, y = transform(np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1), invert(found.matrix)).T
        inside = np.pad(labels, margin)
        x, y = (np.clip(np.round(v.T).astype(int), 0, n - 1) for v, n in ((x, inside.shape[1]), (y, inside.shape[0])))
        rows.append((_bytes(found.image), _bytes(cover), inside[y, x], found.landmarks,
                     transform(pupils + PAD, found.matrix).astype(np.float32)))
    images, masks, labels, landmarks, pupils = (np.stack(part) for part in zip(*rows, strict=True))
    vectors = np.stack([to_vector(p, s) for p, s in zip(persons, scenes, strict=True)])
    return dict(images=images, masks=masks, labels=labels, landmarks=landmarks, pupils=pupils, vectors=vectors)


def _bytes(x):
    return (x.clip(0, 1) * 255 + 0.5).astype(np.uint8)
