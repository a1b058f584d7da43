"""Speed of the training loop: it must cost next to nothing beside Keras' own step."""
import time

import keras
import numpy as np

from course_lib.models.autoencoder import swap_autoencoder
from course_lib.training import fit, random_transform, random_warp

BATCH, STEPS, ROUNDS = 32, 12, 3


def rows():
    """[(name, value, unit, target)] for the benchmark's table."""
    rng = np.random.default_rng(0)
    pictures = rng.random((64, 128, 128, 3)).astype(np.float32)

    def batches():
        while True:
            pairs = [random_warp(random_transform(pictures[rng.integers(0, 64, BATCH)], rng), rng) for _ in "ab"]
            yield tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)

    model = swap_autoencoder(32)
    model.compile(keras.optimizers.Adam(5e-5, 0.5, 0.999), loss="mae", jit_compile=False)
    batch = next(batches())
    for _ in range(3):
        model.train_on_batch(*batch)
    bare, ours, waited = [], [], []
    for _ in range(ROUNDS):  # in turns, so that a busy moment of the machine hits both
        began = time.perf_counter()
        for _ in range(STEPS):
            model.train_on_batch(*batch)
        bare.append(STEPS / (time.perf_counter() - began))
        history = fit(model, batches(), steps=STEPS, quiet=True)
        ours.append((STEPS - 1) / (history.times[-1] - history.times[0]))
        waited.append(history.waited / history.seconds)
    return [
        ("swap network, width 32, batch 32 + 32: bare train_on_batch", float(np.median(bare)), "steps/s", ""),
        ("the same in training.fit with warped batches", float(np.median(ours)), "steps/s", ""),
        ("training.fit over the bare loop", float(np.median(ours) / np.median(bare)), "", ">= 0.9"),
        ("training.fit: share of the time spent waiting for batches", float(np.median(waited)), "", "<= 0.1"),
    ]


if __name__ == "__main__":
    for row in rows():
        print(*row)
