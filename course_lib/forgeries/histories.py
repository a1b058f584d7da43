"""Patches whose history is known: scenes through random cameras and compressions. Lesson 11."""
import numpy as np

from course_lib.degradation import PATTERNS, degrade, random_camera

PATCH = 64
# differences (log2 of photons, pixels, quality, log2 of a gain) up to which two count as the same
NOISE, BLUR, JPEG, BALANCE = 0.5, 0.12, 8, 0.15
APART = (0, NOISE, BLUR, JPEG, BALANCE, BALANCE, 0, JPEG)  # of the columns of `patches`
STARTS = (0, 1, 2, 3, 4, 6)  # first column of each attribute


def patches(scenes, count, each=6, seed=0, twice=0.0):
    """Patches of pairs of scenes that went through one random pipeline each.

    Args:
        scenes: uint8 [N, S, S, 3], rendered images.
        count: Pipelines, C of them.
        each: Patches of each of the two scenes of a pipeline.
        seed: Of all choices.
        twice: Fraction of the compressed pipelines that had compressed at another quality before, on the same grid.
    Returns:
        (patches uint8 [C, 2 each, 64, 64, 3], parameters f64 [C, 8]: number of the Bayer pattern; log2 of the photons;
        blur; last JPEG quality, 100 for none; log2 of the gains for red and blue; how often it was compressed; quality
        of the first of two compressions, 0 for fewer).
    Lesson 11.
    """
    rng, out, parameters = np.random.default_rng(seed), [], []
    for _ in range(count):
        step = random_camera(rng, quality=(50, 95) if rng.random() < 0.6 else None)
        last, first = step["quality"], 0
        if twice and last and rng.random() < twice:
            first = int(rng.integers(50, 96))
        record = [step | {"quality": first}, {"do": "jpeg", "quality": last}] if first else [step]
        rows = []
        for number in rng.integers(0, len(scenes), 2):
            record[0] |= {"seed": int(rng.integers(2**31))}
            image = degrade(scenes[number].astype(np.float32) / 255, record)
            most = (image.shape[0] - PATCH) // 8
            for y, x in rng.integers(0, most + 1, (each, 2)) * 8:  # both grids keep their phase
                rows.append((image[y:y + PATCH, x:x + PATCH] * 255 + 0.5).astype(np.uint8))
        out.append(np.stack(rows))
        parameters.append((PATTERNS.index(step["pattern"]), np.log2(step["photons"]), step["blur"], last or 100,
                           np.log2(step["red"]), np.log2(step["blue"]), bool(last) + bool(first), first))
    return np.stack(out), np.array(parameters)


def shared(first, second):
    """Which attributes two pipelines share, and whether all.

    Args:
        first, second: f64 [N, 8], parameters as `patches` returns them.
    Returns:
        f32 [N, 7], 1 or 0: Bayer pattern, noise, blur, JPEG, white balance, JPEG history, everything.
    Lesson 11.
    """
    close = np.abs(np.asarray(first) - np.asarray(second)) <= APART
    same = np.logical_and.reduceat(close, STARTS, axis=1)
    return np.c_[same, same.all(1)].astype(np.float32)


def group_batches(images, parameters, pipelines, each, seed):
    """Endless batches of patches, all pairs of which are compared; pairs of one pipeline weigh as much as all others.

    Args:
        images, parameters: Of `patches`.
        pipelines: How many a batch holds.
        each: Patches of each, at most those that `images` has.
        seed: Of the choices.
    Returns:
        Generator of (patches f32 [B, 64, 64, 3], labels f32 [B (B - 1) / 2, 7], weights f32 [B (B - 1) / 2]), the pairs
        in the order of numpy.triu_indices(B, 1).
    Lesson 11.
    """
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(pipelines * each, 1)
    one = first // each == second // each
    weights = np.where(one, 0.5 / one.mean(), 0.5 / (~one).mean()).astype(np.float32)
    while True:
        chosen = rng.choice(len(images), pipelines, replace=False)
        rows = np.stack([images[k, rng.choice(images.shape[1], each, replace=False)] for k in chosen])
        known = np.repeat(parameters[chosen], each, 0)
        yield (rows.reshape(-1, *rows.shape[2:]).astype(np.float32) / 255, shared(known[first], known[second]), weights)
