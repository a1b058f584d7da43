"""Our training step beside that of peers: `make bench ARGS=--peers`, with torch installed in the environment.

The network is lesson 02's: width 32, 32 faces of each person. Each backend is a process of its own, which waits for its
turn; they take turns, so that whatever else the machine does meets all alike. The limit is the same arithmetic as one
matrix product.
"""
import importlib.util
import os
import subprocess
import sys
import time

import numpy as np

import course_lib  # noqa: F401  its settings of TensorFlow, before it is imported

BATCH, STEPS, ROUNDS = 32, 4, 5
GFLOP = 47  # of a step: the forward pass for both people, and twice that for the gradients
PEERS = {"tensorflow": "Keras on TensorFlow (ours)", "torch": "Keras on torch"}


def step():
    """A function that trains lesson 02's network by one step, on Keras' backend of this process."""
    import keras

    from course_lib.models.autoencoder import swap_autoencoder

    keras.utils.set_random_seed(0)
    model = swap_autoencoder(32)
    model.compile(keras.optimizers.Adam(5e-5, 0.5, 0.999), loss="mae", jit_compile=False)
    faces = list(np.random.default_rng(0).random((2, BATCH, 64, 64, 3), np.float32))
    return lambda: model.train_on_batch(faces, faces)


def work():
    """A worker's loop: a line comes in, the seconds of a step go out."""
    train = step()
    for _ in range(3):
        train()
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        for _ in range(STEPS):
            train()
        print((time.perf_counter() - began) / STEPS, flush=True)


def limit():
    """Seconds that a step's arithmetic takes as products of two matrices of 2048 x 2048."""
    import tensorflow as tf

    a = tf.random.normal((2048, 2048), seed=0)
    product = tf.function(lambda: tf.reduce_sum(tf.matmul(a, a)))
    product().numpy()
    times = []
    for _ in range(9):
        began = time.perf_counter()
        product().numpy()
        times.append(time.perf_counter() - began)
    return float(np.median(times)) / (2 * 2048**3) * GFLOP * 1e9


def rows():
    """[(name, value, unit, target)] for the benchmark's table; a peer that is not installed is left out."""
    workers, times = {}, {}
    for name in [n for n in PEERS if importlib.util.find_spec(n)]:
        env = os.environ | {"KERAS_BACKEND": name, "OMP_WAIT_POLICY": "passive"}  # who waits must not spin
        if "AVX2" in os.environ.get("ONEDNN_MAX_CPU_ISA", ""):
            env["ATEN_CPU_CAPABILITY"] = "avx2"
        workers[name] = subprocess.Popen([sys.executable, "-m", "benchmarks.peers"], env=env, text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        while "ready" not in workers[name].stdout.readline():
            if workers[name].poll() is not None:
                raise SystemExit(f"the worker of {PEERS[name]} ended: see its message above")
    for _ in range(ROUNDS):
        for name, worker in workers.items():
            worker.stdin.write("\n")
            worker.stdin.flush()
            times.setdefault(name, []).append(float(worker.stdout.readline()))
    for worker in workers.values():
        worker.communicate()
    middle = {name: float(np.median(t)) for name, t in times.items()}
    table = [(f"a step of lesson 02's network: {PEERS[name]}", value, "s", "") for name, value in middle.items()]
    table += [(f"{PEERS[name]} over ours", value / middle["tensorflow"], "", ">= 1")
              for name, value in middle.items() if name != "tensorflow"]
    product = limit()
    return [*table, ("the step's arithmetic as matrix products", product, "s", ""),
            ("our step over the matrix products", middle["tensorflow"] / product, "", "")]


if __name__ == "__main__":
    work()
