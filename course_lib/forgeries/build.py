"""Builds the labelled sets: clips of the cast, forged, compressed, cropped, with the truth kept. Lesson 10."""
import hashlib
from dataclasses import replace

import numpy as np
from tqdm.auto import tqdm

from course_lib import cast, cluster
from course_lib.compiled import renderer_version
from course_lib.degradation import h264
from course_lib.faces import align, align_five, five_points, warp
from course_lib.profile import cache_dir, current

from . import methods
from .labelled import ROWS, Labelled, join, leaks
from .people import SPLITS, as_person

VERSION = 3  # raise it when what is built changes: files of older versions are not read any more
SIZE, COVERAGE = 128, 1.2  # the crop: pixels, and how much of the mean face's square it shows
FRAME, FPS = 144, 5.0  # rendered frames: pixels, and how many a second of clip
CRFS = (0, 23, 40)  # raw, and FaceForensics++'s two
METHODS = ("swap", "pasted", "self_blended", "warped", "resampled")
AMOUNTS = {  # people of train, val and test; clips of each; frames of a clip
    "ci": ((4, 2, 6), 1, 4),
    "laptop": ((40, 8, 16), 2, 6),
    "gpu": ((40, 8, 16), 4, 8),
}
TOGETHER = 8  # people of one file of the cache


def build(profile=None, *, seed=0, quiet=False, client=None):
    """Real and fake face crops of the cast, made by the methods that the course teaches.

    The splits are disjoint in people: whoever is source or target in one is in no other. Everybody is swapped into one
    other person of the same split. Real clips and every method come at every CRF: the codec does not give the forgery
    away. About 13,800 crops in the laptop profile, some minutes on 2 cores the first time, then read from the cache
    (0.9 GB); a stopped run resumes.

    Args:
        profile: a Profile or its name; the current one when left out.
        seed: of clips and forgeries.
        quiet: no progress bar.
        client: distributed.Client, whose workers build the parts (docs/scale.md); None builds them here.
    Returns:
        Labelled, the same whoever built it.
    Raises:
        ValueError: for an unknown profile.
    Lesson 10.
    """
    name = getattr(profile or current(), "name", profile)
    if name not in AMOUNTS:
        raise ValueError(f"profile is {profile!r}; expected one of {', '.join(AMOUNTS)}")
    counts, clips, frames = AMOUNTS[name]
    jobs = []
    for (split, numbers), count in zip(SPLITS.items(), counts, strict=True):
        people = list(numbers[:count])
        for first in range(0, count, TOGETHER):
            jobs.append((split, people, people[first:first + TOGETHER], clips, frames, seed))
    parts = tqdm(cluster.each(_kept, jobs, client), "building", len(jobs), leave=False, delay=2, disable=quiet)
    labelled = join(list(parts))
    if both := leaks(labelled):
        raise ValueError(f"people {both} are in more than one split")
    return labelled


def _kept(job):
    """The Labelled of one job, read from the cache where it is complete, otherwise built and stored."""
    key = hashlib.sha256(repr((VERSION, renderer_version(), SIZE, COVERAGE, FRAME, FPS, job)).encode()).hexdigest()[:16]
    from course_lib.data.cache import cached  # here, because TensorFlow comes with it

    arrays = cached(cache_dir() / "forgeries" / f"{job[0]}_{key}.npz", lambda: _make(*job))
    return Labelled(**arrays)


def _make(split, people, numbers, clips, count, seed):
    """One job: the clips of numbers of a side's people, each forged by every method -> the arrays that ROWS names."""
    persons, scenes, seeds = [], [], []
    for number in numbers:
        for k in range(clips):
            seeds.append((number * 100 + k) * 1000 + seed)
            persons.append(number)
            scenes += close_clip(number, seeds[-1], count).scenes
    rendered = cast.render([cast.random_person(p) for p in persons for _ in range(count)], scenes, size=FRAME)
    rows = []
    for k, (number, clip_seed) in enumerate(zip(persons, seeds, strict=True)):
        frames = rendered[k * count:(k + 1) * count]
        partner = people[(people.index(number) + 1 + clip_seed // 1000 % 100) % len(people)]
        rows += _clip_rows(frames, number, partner, split, clip_seed)
    return {name: np.concatenate([row[name] for row in rows]) for name in ROWS}


def close_clip(number, seed, count, fps=FPS):
    """A clip of one person in a close shot, not rendered yet.

    Args:
        number: the person's.
        seed: of scene and motion.
        count: frames.
        fps: frames per second.
    Returns:
        cast.Clip.
    Lesson 10.
    """
    rng = np.random.default_rng(seed)
    base = cast.random_scene(rng)
    base = replace(base, camera=replace(base.camera, scale=rng.uniform(1.0, 1.15)))
    return cast.clip(cast.random_person(number), count / fps, fps, seed, base=base)


def forge(frames, number, seed, names=METHODS):
    """A clip forged by every method.

    Args:
        frames: the cast's Frames of one clip.
        number: who is swapped in.
        seed: of the forgeries.
        names: which of METHODS.
    Returns:
        method -> (frames f32 [T, H, W, 3], weights f32 [T, H, W]), "real" among them.
    Lesson 10.
    """
    aligned = [align(image, points, 64) for image, points in zip(frames.rgb, frames.landmarks, strict=True)]
    masks = np.stack([warp(m.astype(np.float32), a.matrix, 64) for m, a in zip(frames.face_mask, aligned, strict=True)])
    created = as_person(np.stack([a.image for a in aligned]), masks, number)
    rows = list(zip(frames.rgb, aligned, masks, created, strict=True))
    forged = {"real": [(image, np.zeros(image.shape[:2], np.float32)) for image in frames.rgb]}
    for name in (name for name in METHODS if name in names):
        if name in METHODS[:2]:
            forged[name] = [methods.swapped(*row, blend=name == "swap") for row in rows]
        else:
            method, k = getattr(methods, name), METHODS[2:].index(name)
            forged[name] = [method(image, points, np.random.default_rng([seed, k]))
                            for image, points in zip(frames.rgb, frames.landmarks, strict=True)]
    return {name: tuple(np.stack(part) for part in zip(*pairs, strict=True)) for name, pairs in forged.items()}


def _clip_rows(frames, number, partner, split, seed):
    """The rows of one clip: for every method and CRF a dict of ROWS."""
    count, rows = len(frames), []
    matrices = [align_five(image, five_points(points), SIZE, COVERAGE).matrix
                for image, points in zip(frames.rgb, frames.landmarks, strict=True)]

    def cut(images):
        return np.stack([_byte(warp(p, m, SIZE)) for p, m in zip(images, matrices, strict=True)])

    for k, (method, (images, weights)) in enumerate(forge(frames, partner, seed).items()):
        masks = cut(weights)
        for crf in CRFS:
            shown = h264(images, crf, int(FPS)) if crf else images
            common = dict(fake=int(method != "real"), method=method, source=number,
                        target=partner if method in ("swap", "pasted") else number,
                        video=(seed * 10 + k) * 3 + CRFS.index(crf), crf=crf, split=split, seed=seed)
            rows.append({name: np.full(count, value) for name, value in common.items()} | dict(
                images=cut(shown), masks=masks, frame=np.arange(count),
                yaw=np.array([s.pose.yaw for s in frames.scenes], np.float32)))
    return rows


def _byte(image):
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
