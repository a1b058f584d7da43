"""Patches whose history is known: scenes through random cameras and compressions. Lesson 11."""
import numpy as np

from course_lib.degradation import degrade, random_camera

PATCH = 64
NOISE, BLUR, JPEG = 0.5, 0.12, 8  # differences (log2 of photons, pixels, quality) up to which two count as the same


def patches(scenes, count, each=6, seed=0):
    """Patches of pairs of scenes that went through one random pipeline each.

    Args:
        scenes: uint8 [N, S, S, 3], rendered images.
        count: Pipelines, C of them.
        each: Patches of each of the two scenes of a pipeline.
        seed: Of all choices.
    Returns:
        (patches uint8 [C, 2 each, 64, 64, 3], parameters f64 [C, 4]: number of the Bayer pattern, log2 of the photons,
        blur, JPEG quality, 100 for none).
    Lesson 11.
    """
    rng, out, parameters = np.random.default_rng(seed), [], []
    for _ in range(count):
        step = random_camera(rng, quality=(50, 95) if rng.random() < 0.6 else None)
        rows = []
        for number in rng.integers(0, len(scenes), 2):
            image = degrade(scenes[number].astype(np.float32) / 255, [step | {"seed": int(rng.integers(2**31))}])
            most = (image.shape[0] - PATCH) // 8
            for y, x in rng.integers(0, most + 1, (each, 2)) * 8:  # both grids keep their phase
                rows.append((image[y:y + PATCH, x:x + PATCH] * 255 + 0.5).astype(np.uint8))
        out.append(np.stack(rows))
        parameters.append((("RGGB", "BGGR", "GRBG", "GBRG").index(step["pattern"]), np.log2(step["photons"]),
                           step["blur"], step["quality"] or 100))
    return np.stack(out), np.array(parameters)


def shared(first, second):
    """Which attributes two pipelines share, and whether all.

    Args:
        first, second: f64 [N, 4], parameters as `patches` returns them.
    Returns:
        f32 [N, 5], 1 or 0: Bayer pattern, noise, blur, JPEG, everything.
    Lesson 11.
    """
    apart = np.abs(np.asarray(first) - np.asarray(second))
    same = apart <= (0.0, NOISE, BLUR, JPEG)
    return np.c_[same, same.all(1)].astype(np.float32)


def pair_batches(images, parameters, batch, seed):
    """Endless batches of pairs, half of them of one pipeline.

    Args:
        images, parameters: Of `patches`.
        batch: Pairs in a batch.
        seed: Of the choices.
    Returns:
        Generator of ((patches f32 [B, 64, 64, 3], patches), labels f32 [B, 5]).
    Lesson 11.
    """
    rng, (count, each) = np.random.default_rng(seed), images.shape[:2]
    while True:
        first = rng.integers(0, count, batch)
        second = np.where(rng.random(batch) < 0.5, first, rng.integers(0, count, batch))
        a, b = (images[k, rng.integers(0, each, batch)].astype(np.float32) / 255 for k in (first, second))
        yield (a, b), shared(parameters[first], parameters[second])
