"""The renderer's programs, traced and compiled once for an environment, so that a fresh kernel loads them. Lesson 00.

XLA keeps what it has compiled in a folder that TF_XLA_FLAGS names. `course compile` fills one inside the environment,
for this TensorFlow and this machine's processor; all other processes only read it, and only if every file is intact.
Without it, or after a change of the renderer, a kernel compiles for itself.
"""
import hashlib
import importlib.metadata
import itertools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

CAST = Path(__file__).parent / "cast"
HOME = Path("share") / "deepfake-course"  # in an environment
LIST = "files.json"
READ_ONLY = "--tf_xla_persistent_cache_read_only=true"


def renderer_version():
    """Hash of the renderer's source; images and programs of an older one are not read.

    Returns:
        16 characters.
    """
    leave = ("clips.py", "people.py", "looks.py", "sampling.py", "cache.py", "motion.py", "modules.py")
    sources = [path for path in sorted(CAST.glob("*.py")) if path.name not in leave]
    return hashlib.sha256(b"".join(p.read_bytes().replace(b"\r\n", b"\n") for p in sources)).hexdigest()[:16]


def folder():
    """Where the programs for this environment, processor and XLA_FLAGS lie, or would; machines may share a disk.

    A program's name depends on the path by which TensorFlow was reached, so each link to the environment has its own.

    Returns:
        Path.
    """
    try:
        first = Path("/proc/cpuinfo").read_text(errors="replace").split("\n\n")[0]
        processor = [line for line in first.splitlines() if line.startswith(("model name", "flags", "Features"))]
    except OSError:
        processor = [platform.processor(), platform.node()]
    try:
        version = importlib.metadata.version("tensorflow")
    except importlib.metadata.PackageNotFoundError:  # `course check` says so
        version = ""
    known = [version, platform.machine(), processor, os.environ.get("XLA_FLAGS", ""), sys.prefix]
    return Path(sys.prefix) / HOME / hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]


def _flags(where, *more):  # programs for a graphics card would have to fit its driver too
    return " ".join([f"--tf_xla_persistent_cache_directory={where} --tf_xla_persistent_cache_device_types=CPU", *more])


def _digests(where):
    files = [path for path in sorted(where.iterdir()) if path.name != LIST]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def fault():
    """What keeps the compiled programs from being used.

    Returns:
        str, a few words; None where they are ready.
    """
    where = folder()
    try:
        listed = json.loads((where / LIST).read_text(encoding="utf-8"))
        if listed["files"] != _digests(where):
            return "damaged"
        return None if listed["renderer"] == renderer_version() else "of an older renderer"
    except OSError:
        return "absent"
    except (ValueError, KeyError, TypeError):
        return "damaged"


def use():
    """Let this process read the compiled programs, where they are intact; called before TensorFlow is imported.

    Flags that were set by hand stay as they are; those that a course in another environment has left are replaced.
    """
    flags = os.environ.get("TF_XLA_FLAGS", "")
    if HOME.name in flags and flags.endswith(READ_ONLY):
        del os.environ["TF_XLA_FLAGS"]
    if "TF_XLA_FLAGS" not in os.environ and fault() is None:
        os.environ["TF_XLA_FLAGS"] = _flags(folder(), READ_ONLY)


def ready():
    """The folder of what was compiled ahead, where it is intact and of this renderer.

    Returns:
        Path, or None.
    """
    return folder() if fault() is None else None


@contextmanager
def numbered():
    """A context in which this thread's TensorFlow numbers functions from the same number in every process.

    Otherwise it continues from whatever was built before, and XLA identifies a program by its function's name.

    Returns:
        Yields nothing.
    """
    try:
        import tensorflow as tf
        from tensorflow.python.framework import ops
        tf.compat.v1.get_default_graph()  # takes a number when it is first asked for
        uid, count, thread = ops.uid, itertools.count(10**9), threading.get_ident()
    except (ImportError, AttributeError):  # another TensorFlow: everything works, nothing is found again
        yield
        return
    ops.uid = lambda: next(count) if threading.get_ident() == thread else uid()
    try:
        yield
    finally:
        ops.uid = uid


def build():
    """Compile the renderer in a separate process and move the programs into `folder()`, completely or not at all.

    Returns:
        The folder.
    Raises:
        OSError: Where it cannot be written.
        RuntimeError: Where the renderer does not compile.
    """
    where = folder()
    where.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=where.parent) as temporary:
        programs = Path(temporary) / "programs"
        programs.mkdir()
        code = "import sys, pathlib; from course_lib.cast import stages; stages.build(pathlib.Path(sys.argv[1]))"
        done = subprocess.run([sys.executable, "-c", code, programs], capture_output=True, text=True,
                              cwd=CAST.parent.parent, env={**os.environ, "TF_XLA_FLAGS": _flags(programs)})
        files = _digests(programs)
        if done.returncode or not files:
            raise RuntimeError(f"the renderer could not be compiled: {done.stderr[-600:] or 'no program was stored'}")
        (programs / LIST).write_text(json.dumps({"renderer": renderer_version(), "files": files}), encoding="utf-8")
        shutil.rmtree(where, ignore_errors=True)
        os.replace(programs, where)
    return where
