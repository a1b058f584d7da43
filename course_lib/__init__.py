"""The library under the notebooks of the deepfake course. notebooks/00_start_here.ipynb is its map."""
import contextlib
import gc
import importlib.abc
import importlib.util
import os
import platform
import sys

from . import compiled

__version__ = "0.1.0"

# TensorFlow reads this once, when it is first imported; without it a dozen lines of noise open every lesson.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Convolutions by oneDNN on every x86 processor: TensorFlow turns it on by itself only on Linux, with AVX512_VNNI or
# newer. With AVX2, Eigen takes 4 times as long for some input gradients, and 1.6 times for the swap's whole step.
if platform.machine().lower() in ("x86_64", "amd64"):
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


class _Importer(importlib.abc.MetaPathFinder):
    """Has one package imported within a context manager; its submodules and all others as ever.

    name: of the package. within: a function of the module that gives the context manager. An exception still
    reaches the caller.
    """

    def __init__(self, name, within):
        self.name, self.within, self.asking = name, within, False
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        if name != self.name or self.asking:
            return None
        self.asking = True  # now the other finders
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.asking = False
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module):
                with self.within(module), _without_collection():
                    load(module)

            spec.loader.exec_module = exec_module
        return spec


def _exactly(tensorflow):
    """Keeps TensorFlow from fusing layers on a processor: TensorFlow 2.21 with oneDNN compute a LeakyReLU
    behind a convolution and an addition with slope 0.2, whatever its own slope is (tests/test_quiet.py)."""
    tensorflow.config.optimizer.set_experimental_options({"remapping": False})


@contextlib.contextmanager
def _tensorflow(module):
    """Imports TensorFlow without the lines that it prints before it reads the level above, and keeps it exact."""
    with _quietly() if os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3" else contextlib.nullcontext():
        yield
    _exactly(module)


@contextlib.contextmanager
def _quietly():
    """Closes standard error."""
    with contextlib.ExitStack() as after, open(os.devnull, "wb") as nowhere:
        with contextlib.suppress(OSError):  # a process without a standard error has nothing to silence
            kept = os.dup(2)
            after.callback(os.close, kept)
            os.dup2(nowhere.fileno(), 2)
            after.callback(os.dup2, kept, 2)
        yield


@contextlib.contextmanager
def _without_collection():
    """Collects no garbage meanwhile: thousands of modules make none, and looking for it takes a sixth of the import.

    Nor is it looked for among them later, which takes half a second when Python ends.
    """
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collected:
            gc.enable()


@contextlib.contextmanager
def _without_extras(_):
    """Hides scikit-learn and pyplot from Keras, which takes two seconds to import them for wrappers and galleries.

    The course uses neither of these. Who does, imports sklearn and matplotlib.pyplot before Keras.
    """
    extras = [name for name in ("sklearn", "matplotlib.pyplot") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(extras))  # None: an optional import finds nothing
    try:
        yield
    finally:
        for name in extras:
            sys.modules.pop(name, None)


_Importer("keras", _without_extras)
if sys.modules.get("tensorflow"):
    _exactly(sys.modules["tensorflow"])
else:
    _Importer("tensorflow", _tensorflow)
    compiled.use()
