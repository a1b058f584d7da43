"""Measures of a picture inside the compiled stages: what follows from the parameters alone is worked out in NumPy.

A stage written with plain tensors [N, 1] would have XLA compile a small program for every sum and quotient of them,
which takes longer than compiling the solid. TensorFlow-only, like the renderer. Lesson 00.
"""

from functools import partialmethod
from operator import add, mul, sub, truediv
from threading import Lock

import numpy as np
import tensorflow as tf

ROOM = 400  # columns of the packed matrix


class Measure:
    """One column of the packed matrix. Sums and products of measures and numbers are measures again, found in NumPy
    before the stages run; with anything else it behaves like a tensor [N, 1]."""

    __array_ufunc__ = None  # array * measure is left to the measure

    def __init__(self, page, text, value):
        self.page, self.text, self.value = page, text, value  # value: dict of [N, 1] arrays -> array [N, 1]

    def tensor(self):
        return self.page.tensor(self.text, self.value)

    def clipped(self):
        """Cut to [0, 1]."""
        return Measure(self.page, f"clip{self.text}", lambda named: np.clip(self.value(named), 0, 1))

    def _with(self, sign, function, other, turned=False):
        if isinstance(other, Measure):
            theirs = (other.text, other.value)
        elif isinstance(other, int | float | np.number):
            theirs = (repr(float(other)), lambda named: np.float32(other))
        else:
            return function(other, self.tensor()) if turned else function(self.tensor(), other)
        (left, a), (right, b) = (theirs, (self.text, self.value))[:: 1 if turned else -1]
        return Measure(self.page, f"({left}{sign}{right})", lambda named: function(a(named), b(named)))

    __add__, __radd__ = partialmethod(_with, "+", add), partialmethod(_with, "+", add, turned=True)
    __sub__, __rsub__ = partialmethod(_with, "-", sub), partialmethod(_with, "-", sub, turned=True)
    __mul__, __rmul__ = partialmethod(_with, "*", mul), partialmethod(_with, "*", mul, turned=True)
    __truediv__, __rtruediv__ = partialmethod(_with, "/", truediv), partialmethod(_with, "/", truediv, turned=True)

    def __neg__(self):
        return self * -1.0

    def __gt__(self, other):
        return self.tensor() > other


tf.register_tensor_conversion_function(Measure, lambda value, dtype=None, name=None, as_ref=False: value.tensor())


def kept(matrix, i):
    """The packed matrix as part of a loop's state at turn i: XLA would take measures for constants of the loop and
    compile each by itself."""
    return tf.where(i < 999, matrix, 0.0)


class Book:
    """Which measures the stages ask for, in the order of the packed matrix; it grows while they are traced."""

    def __init__(self, names):
        self.lock = Lock()
        self.places = {name: place for place, name in enumerate(names)}  # column of each measure, by its text
        self.columns = {name: lambda named, name=name: named[name] for name in names}  # and how it is found
        self.names = dict(self.places)

    def place(self, text, value):
        with self.lock:
            if text not in self.columns:
                if len(self.columns) == ROOM:
                    raise RuntimeError(f"the renderer's stages use more than {ROOM} measures: raise cast.measure.ROOM")
                self.places[text] = len(self.columns)
                self.columns[text] = value
            return self.places[text]

    def pack(self, named):
        """Dict of named arrays [N, 1] -> f32 [N, ROOM], every column that a stage reads."""
        out = np.zeros((len(next(iter(named.values()))), ROOM), np.float32)
        for place, value in enumerate(list(self.columns.values())):
            out[:, place : place + 1] = value(named)
        return out

    def open(self, q):
        """The measures by name, as attributes, from the transposed packed matrix [ROOM, N] (XLA compiles slices of rows
        three times faster than slices of columns)."""
        return Page(self, q)


class Page:
    def __init__(self, book, q):
        self._book, self._rows, self._tensors = book, tf.unstack(q), {}

    def tensor(self, text, value):
        if text not in self._tensors:
            self._tensors[text] = tf.reshape(self._rows[self._book.place(text, value)], [-1, 1])
        return self._tensors[text]

    def __getattr__(self, name):
        if name not in self._book.names:
            raise AttributeError(f"there is no measure {name!r}")
        return Measure(self, name, self._book.columns[name])
