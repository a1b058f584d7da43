"""Pairs of real and fake faces with the boundary of the blend, for detectors trained on equal terms. Lesson 11."""
import cv2
import numpy as np

from course_lib.faces import align, warp
from course_lib.forensics.blending import COVERAGE, SIZE, face_crop

from . import methods
from .face_warping import warping_pair
from .people import as_person
from .self_blending import boundary, same_augmentation, self_blended_pair

KINDS = ("self-blended", "swap", "warped")
MAP = SIZE // 4


def pairs(photos, rounds, kind, seed=0, quiet=True):
    """Training pairs: every photograph, real and made fake, `rounds` times with other random choices.

    Both of a pair get one and the same augmentation and one and the same crop.

    Args:
        photos: Photographs of real people.
        rounds: Pairs from each photograph.
        kind: One of KINDS: self-blended images, face swaps into the other people of the photographs, or faces warped to
            a small size and back (FWA).
        seed: Of all choices.
        quiet: No progress bar.
    Returns:
        (faces uint8 [P, 2, 96, 96, 3], real then fake; boundaries uint8 [P, 2, 24, 24]).
    Raises:
        ValueError: For another kind.
    Lesson 11.
    """
    from tqdm.auto import tqdm

    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
    rng, faces, maps = np.random.default_rng(seed), [], []
    make = {"self-blended": _self_blended, "swap": _swapped, "warped": _warped}[kind]
    for _ in tqdm(range(rounds), kind, disable=quiet):
        for number, (real, fake, mask) in enumerate(make(photos, rng)):
            real, fake = same_augmentation([real, fake], rng)
            points = photos.landmarks[number] + rng.normal(0, 1.0, (68, 2)).astype(np.float32)
            coverage, flip = COVERAGE * rng.uniform(0.92, 1.08), rng.random() < 0.5
            (a, matrix), (b, _) = (face_crop(x, points, SIZE, coverage) for x in (real, fake))
            line = cv2.resize(boundary(warp(mask.astype(np.float32), matrix, SIZE)), (MAP, MAP),
                              interpolation=cv2.INTER_AREA)
            step = -1 if flip else 1
            faces.append(np.stack([_byte(x[:, ::step]) for x in (a, b)]))
            maps.append(np.stack([np.zeros((MAP, MAP), np.uint8), _byte(line[:, ::step])]))
    return np.stack(faces), np.stack(maps)


def batches(faces, maps, batch, seed):
    """Endless batches of whole pairs, shuffled.

    Args:
        faces, maps: Of `pairs`.
        batch: Pairs in a batch.
        seed: Of the order.
    Returns:
        Generator of (faces f32 [2 B, S, S, 3], (labels f32 [2 B, 1], boundaries f32 [2 B, M, M, 1])).
    Lesson 11.
    """
    rng, labels = np.random.default_rng(seed), np.tile(np.float32([0, 1]), batch)[:, None]
    while True:
        order = rng.permutation(len(faces))
        for k in range(0, len(order) - batch + 1, batch):
            rows = order[k:k + batch]
            yield (faces[rows].reshape(-1, *faces.shape[2:]).astype(np.float32) / 255,
                   (labels, maps[rows].reshape(-1, *maps.shape[2:])[..., None].astype(np.float32) / 255))


def _self_blended(photos, rng):
    for number in range(len(photos)):
        yield self_blended_pair(photos.rgb[number], photos.landmarks[number], rng)


def _warped(photos, rng):
    for number in range(len(photos)):
        yield warping_pair(photos.rgb[number], photos.landmarks[number], rng)


def _swapped(photos, rng):
    aligned = [align(image, points, 64) for image, points in zip(photos.rgb, photos.landmarks, strict=True)]
    masks = np.stack([warp(m.astype(np.float32), a.matrix, 64) for m, a in zip(photos.face_mask, aligned, strict=True)])
    people = np.unique(photos.person)
    partner = np.array([rng.choice(people[people != p]) for p in photos.person])
    crops = np.stack([a.image for a in aligned])
    created = np.zeros_like(crops)
    for who in people:
        rows = np.flatnonzero(partner == who)
        if len(rows):
            created[rows] = as_person(crops[rows], masks[rows], int(who))
    for number, a in enumerate(aligned):
        image = photos.rgb[number]
        yield image, *methods.swapped(image, a, masks[number], created[number])


def _byte(image):
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
