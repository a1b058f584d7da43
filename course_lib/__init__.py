"""The library under the notebooks of the deepfake course. notebooks/00_start_here.ipynb is its map."""
import contextlib
import importlib.abc
import importlib.util
import os
import sys

from . import compiled

__version__ = "0.1.0"

# TensorFlow reads this once, when it is first imported; without it a dozen lines of noise open every lesson.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


class _QuietTensorFlow(importlib.abc.MetaPathFinder):
    """Imports TensorFlow with its standard error closed: its first lines come before it reads the level above.

    An exception still reaches the caller. Nothing is hidden after the import, nor where the level was set by hand.
    """

    def find_spec(self, name, path=None, target=None):
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module
            spec.loader.exec_module = lambda module: self._quietly(load, module)
        return spec

    @staticmethod
    def _quietly(load, module):
        with contextlib.ExitStack() as after, open(os.devnull, "wb") as nowhere:
            with contextlib.suppress(OSError):  # a process without a standard error has nothing to silence
                kept = os.dup(2)
                after.callback(os.close, kept)
                os.dup2(nowhere.fileno(), 2)
                after.callback(os.dup2, kept, 2)
            load(module)


if "tensorflow" not in sys.modules and os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3":
    sys.meta_path.insert(0, _QuietTensorFlow())

if "tensorflow" not in sys.modules:
    compiled.use()
