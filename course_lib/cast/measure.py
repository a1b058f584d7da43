"""Measures of an image inside the compiled stages: what depends on the parameters alone is computed in NumPy.

A stage written with plain tensors [N, 1] would have XLA compile a small program for every sum and quotient of them,
which takes longer than compiling the solid. TensorFlow-only, like the renderer. Lesson 00.
"""

import ast
from functools import partialmethod
from operator import add, mul, sub, truediv
from threading import Lock

import numpy as np
import tensorflow as tf

MAX_COLUMNS = 400  # columns of the packed matrix


class Measure:
    """One column of the packed matrix. Sums and products of measures and numbers are measures again, computed in NumPy
    before the stages run; with anything else a measure behaves like a tensor [N, 1].

    Args:
        unpacked: The matrix that it is a column of.
        text: Its formula, which identifies it.
        value: Function of a dict of f32 [N, 1] that evaluates the formula.
    """

    __array_ufunc__ = None  # array * measure is left to the measure

    def __init__(self, unpacked, text, value):
        self.unpacked, self.text, self.value = unpacked, text, value  # value: dict of [N, 1] arrays -> array [N, 1]

    def tensor(self):
        """The measure as a tensor.

        Returns:
            f32 [N, 1].
        """
        return self.unpacked.tensor(self.text, self.value)

    def clipped(self):
        """The measure clipped to [0, 1].

        Returns:
            A Measure.
        """
        return Measure(self.unpacked, f"clip({self.text})", lambda named: np.clip(self.value(named), 0, 1))

    def _with(self, sign, function, other, reflected=False):
        if isinstance(other, Measure):
            operand = (other.text, other.value)
        elif isinstance(other, int | float | np.number):
            operand = (repr(float(other)), lambda named: np.float32(other))
        else:
            return function(other, self.tensor()) if reflected else function(self.tensor(), other)
        (left, a), (right, b) = (operand, (self.text, self.value))[:: 1 if reflected else -1]
        return Measure(self.unpacked, f"({left}{sign}{right})", lambda named: function(a(named), b(named)))

    __add__, __radd__ = partialmethod(_with, "+", add), partialmethod(_with, "+", add, reflected=True)
    __sub__, __rsub__ = partialmethod(_with, "-", sub), partialmethod(_with, "-", sub, reflected=True)
    __mul__, __rmul__ = partialmethod(_with, "*", mul), partialmethod(_with, "*", mul, reflected=True)
    __truediv__, __rtruediv__ = partialmethod(_with, "/", truediv), partialmethod(_with, "/", truediv, reflected=True)

    def __neg__(self):
        return self * -1.0

    def __gt__(self, other):
        return self.tensor() > other


tf.register_tensor_conversion_function(Measure, lambda value, dtype=None, name=None, as_ref=False: value.tensor())


def loop_variant(matrix, i):
    """The packed matrix as part of a loop's state; XLA would take measures for constants of the loop and compile each
    by itself.

    Args:
        matrix: The transposed packed matrix.
        i: The loop's counter.
    Returns:
        The matrix, unchanged.
    """
    return tf.where(i < 999, matrix, 0.0)


class MeasureTable:
    """Which measures the stages ask for, in the order of the packed matrix; it grows while they are traced.

    Args:
        names: The measures that are given; the others are computed from them.
    """

    def __init__(self, names):
        self.lock = Lock()
        self.indices = {name: index for index, name in enumerate(names)}  # column of each measure, by its text
        self.columns = {name: lambda named, name=name: named[name] for name in names}  # and how it is computed
        self.names = dict(self.indices)

    def _column(self, text, value):
        with self.lock:
            if text not in self.columns:
                if len(self.columns) == MAX_COLUMNS:
                    raise RuntimeError(f"the renderer's stages use more than {MAX_COLUMNS} measures: "
                                       "raise cast.measure.MAX_COLUMNS")
                self.indices[text] = len(self.columns)
                self.columns[text] = value
            return self.indices[text]

    def texts(self):
        """The formulas of all columns, in order.

        Returns:
            List of str.
        """
        return list(self.columns)

    def restore(self, texts):
        """Give every formula its column again, where stages were traced in another process.

        Args:
            texts: What `texts` returned there.
        Raises:
            ValueError: Where a formula has another column here.
        """
        given = _Unpacked(self, None)
        for index, text in enumerate(texts):
            measure = _parse(ast.parse(text, mode="eval").body, given)
            if self._column(text, measure.value) != index:
                raise ValueError(f"column {index} of the stored stages is {text!r}, which is column "
                                 f"{self.indices[text]} of this renderer: compile it again (`course compile`)")

    def pack(self, named):
        """Every column that a stage reads.

        Args:
            named: Dict of name -> f32 [N, 1].
        Returns:
            f32 [N, MAX_COLUMNS].
        """
        out = np.zeros((len(next(iter(named.values()))), MAX_COLUMNS), np.float32)
        for index, value in enumerate(list(self.columns.values())):
            out[:, index : index + 1] = value(named)
        return out

    def unpack(self, q):
        """The measures by name, as attributes.

        Args:
            q: The transposed packed matrix [MAX_COLUMNS, N]; XLA compiles slices of rows three times faster than of
                columns.
        Returns:
            An object with one Measure per name.
        """
        return _Unpacked(self, q)


_OPERATORS = {ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: truediv}


def _parse(node, measures):
    """A measure from its formula's syntax tree."""
    if isinstance(node, ast.Name):
        return getattr(measures, node.id)
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_parse(node.left, measures), _parse(node.right, measures))
    if isinstance(node, ast.Call) and node.func.id == "clip":
        return _parse(node.args[0], measures).clipped()
    return float(ast.literal_eval(node))


class _Unpacked:
    """The rows of a transposed packed matrix, as measures; of no matrix, only their formulas."""

    def __init__(self, table, q):
        self._table, self._rows, self._tensors = table, None if q is None else tf.unstack(q), {}

    def tensor(self, text, value):
        """The column of a formula, f32 [N, 1]."""
        if text not in self._tensors:
            self._tensors[text] = tf.reshape(self._rows[self._table._column(text, value)], [-1, 1])
        return self._tensors[text]

    def __getattr__(self, name):
        if name not in self._table.names:
            raise AttributeError(f"there is no measure {name!r}")
        return Measure(self, name, self._table.columns[name])
