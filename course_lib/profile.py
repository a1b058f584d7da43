"""The size of a run, its seed and its device. Lesson 00.

One code path serves every profile: a profile only sets how many images, how large and for how long. The ci profile
counts training in steps, so that a page gives the same result on a fast and on a slow machine.
"""
import atexit
import logging
import os
import platform
import re
import shutil
import tempfile
import warnings
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Profile:
    """How large a run is.

    Args:
        name: ci, laptop or gpu.
        seed: Integer from which the lesson's randomness comes.
        face_size: Side of an aligned face, pixels.
        picture_size: Side of an image shown on the page, pixels.
        pictures: Training images of each person.
        test_pictures: Held-out images of each person.
        train_seconds: Wall-clock seconds of one training run (see budget); None where training is counted in steps.
        clip_seconds: Length of a rendered clip, seconds.
        batch: Images of each person in a step.
    """

    name: str
    seed: int
    face_size: int
    picture_size: int
    pictures: int
    test_pictures: int
    train_seconds: float | None
    clip_seconds: float
    batch: int

    def budget(self, ci_steps, fraction=1.0):
        """How long a training run takes, as keyword arguments of the training functions.

        Args:
            ci_steps: Steps of the run in the ci profile, at least 1.
            fraction: Of train_seconds, in the other profiles; above 0.
        Returns:
            {"steps": ci_steps} or {"seconds": fraction * train_seconds}.
        Lesson 02.
        """
        return {"steps": ci_steps} if self.train_seconds is None else {"seconds": fraction * self.train_seconds}


PROFILES = {
    # ci: a notebook in at most 45 s on 2 cores, a cell in at most 20 s
    "ci": Profile("ci", 0, 64, 128, pictures=64, test_pictures=16, train_seconds=None, clip_seconds=0.6, batch=16),
    # laptop: a notebook in at most 5 minutes on 2 cores, with results worth showing
    "laptop": Profile("laptop", 0, 64, 192, pictures=600, test_pictures=64, train_seconds=60.0, clip_seconds=3.0,
                      batch=32),
    # gpu: a notebook in at most 10 minutes, the best that the lesson can do
    "gpu": Profile("gpu", 0, 64, 256, pictures=4000, test_pictures=256, train_seconds=180.0, clip_seconds=6.0,
                   batch=64),
}
LEAST_FREE = 8 << 20  # bytes that a lesson may write into the cache at once, such as a video
_started = None


def from_environment(seed=0):
    """The profile named by COURSE_PROFILE (laptop when unset); nothing is seeded yet.

    Where COURSE_SEED_OFFSET is set, that number is added to the seed: how `make portable` tries other seeds.

    Args:
        seed: Integer.
    Returns:
        Profile.
    Raises:
        ValueError: When COURSE_PROFILE names no profile.
    Lesson 00.
    """
    name = os.environ.get("COURSE_PROFILE") or "laptop"
    if name not in PROFILES:
        raise ValueError(f"COURSE_PROFILE is {name!r}, but it must be one of {', '.join(PROFILES)}. "
                         "Set it before the kernel starts, or unset it for laptop.")
    return replace(PROFILES[name], seed=seed + int(os.environ.get("COURSE_SEED_OFFSET") or 0))


def start(seed=0):
    """Begin a lesson: seed Keras, and print one line with profile, device and seed.

    Args:
        seed: Non-negative integer below 2**32.
    Returns:
        Profile.
    Raises:
        ValueError: For another seed, or an unknown COURSE_PROFILE.
    Lesson 00.
    """
    global _started
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ValueError(f"seed is {seed!r}; expected an integer from 0 to 2**32 - 1, for instance start(seed=0)")
    profile = from_environment(seed)
    import keras  # here, so that importing course_lib alone stays fast

    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # no advice on retracing between a lesson's figures
    keras.utils.set_random_seed(profile.seed)
    _started = profile
    print(f"profile {profile.name} · {device()} · seed {profile.seed}")
    return profile


def current():
    """The profile that start() began; before it, the one that COURSE_PROFILE names.

    Returns:
        Profile.
    Lesson 00.
    """
    return _started or from_environment()


def cores():
    """The processor cores that this process may use.

    Returns:
        int.
    Lesson 00.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpus():
    """The accelerators that Keras' backend sees.

    Returns:
        List of names; empty on a machine with a CPU alone.
    Lesson 00.
    """
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
                for gpu in tf.config.list_physical_devices("GPU")]
    if backend == "jax":
        import jax

        return [d.device_kind for d in jax.devices() if d.platform != "cpu"]
    import torch

    return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]


def device():
    """The device on which training runs: 'GPU NVIDIA ...' or 'CPU, 2 cores'.

    Returns:
        str.
    Lesson 00.
    """
    names = gpus()
    return f"GPU {names[0]}" if names else f"CPU, {cores()} core{'s' if cores() > 1 else ''}"


def bfloat16_fast():
    """Whether mixed bfloat16 is known to speed up training: a GPU, or an x86 processor with bfloat16 arithmetic.

    Returns:
        bool; False when it is unknown, as on macOS and Windows without a GPU, and where TensorFlow is configured not to
            use these instructions (ONEDNN_MAX_CPU_ISA, TF_ENABLE_ONEDNN_OPTS).
    Lesson 00.
    """
    if gpus():
        return True
    allowed = os.environ.get("ONEDNN_MAX_CPU_ISA") or "DEFAULT"
    if os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "0" or not re.search("DEFAULT|BF16|FP16|AMX", allowed.upper()):
        return False
    cpuinfo = Path("/proc/cpuinfo")
    if platform.machine().lower() not in ("x86_64", "amd64") or not cpuinfo.is_file():
        return False
    flags = cpuinfo.read_text(errors="replace").split()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def cache_path():
    """Where the cache lies or will lie: COURSE_CACHE, or the user's cache.

    Returns:
        Path; the folder may not exist.
    Lesson 00.
    """
    folder = Path(os.environ.get("COURSE_CACHE") or platformdirs.user_cache_dir("deepfake-course", appauthor=False))
    return folder.expanduser()


def cache_dir():
    """The folder for what can be made again (rendered sets, videos, checkpoints of runs).

    Where the cache cannot be written to, a warning says so once, and a temporary folder takes its place that is
    deleted when the process ends: the lesson goes on.

    Returns:
        Path; the folder exists.
    Lesson 00.
    """
    try:
        return usable_cache()
    except ValueError as error:
        return _instead(str(error))


@cache
def _instead(why):
    folder = Path(tempfile.mkdtemp(prefix="deepfake-course-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    warnings.warn(f"{why}. Until then what is made is kept only while this process runs", stacklevel=4)
    return folder


def usable_cache():
    """The cache's folder, made if absent.

    Returns:
        Path; the folder exists and can be written to.
    Raises:
        ValueError: When it cannot be made or written to.
    Lesson 00.
    """
    folder = cache_path()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"the cache folder {folder} cannot be made ({error.strerror}); "
                         "set COURSE_CACHE to a folder that you may write to") from error
    if not os.access(folder, os.W_OK):
        raise ValueError(f"the cache folder {folder} is not writable; set COURSE_CACHE to one that is")
    if shutil.disk_usage(folder).free < LEAST_FREE:
        raise ValueError(f"the disk of the cache folder {folder} is full; free some of it, or set COURSE_CACHE")
    return folder
