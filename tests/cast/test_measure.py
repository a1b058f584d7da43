"""Measures: NumPy and the compiled stages must agree on what follows from the parameters."""
import numpy as np
import pytest
import tensorflow as tf

from course_lib.cast import measure
from course_lib.cast.algebra import mix, saturate, smoothstep
from course_lib.cast.measure import MeasureTable


def given():
    rng = np.random.default_rng(0)
    return {name: rng.uniform(0.2, 1.5, (5, 1)).astype(np.float32) for name in ("a", "b", "c")}


def formula(m, x):
    """Sums, quotients, both orders, a clip, arrays and tensors, as the geometry writes them."""
    wide = 1.0 + 0.3 * m.a - m.b / 2
    return mix(wide, saturate(m.c * 3.0 - 1.0), x) / (2.0 - m.a * 0.1) + (-m.b) * x + smoothstep(m.a - 2.0, m.a, x)


def test_a_formula_of_measures_is_the_same_in_numpy_and_in_a_stage():
    named, table = given(), MeasureTable(["a", "b", "c"])
    stage = tf.function(lambda q, x: formula(table.unpack(q), x), autograph=False)
    x = tf.constant(np.linspace(0, 1, 7, dtype=np.float32)[None])
    stage.get_concrete_function(tf.zeros((measure.MAX_COLUMNS, 5)), x)  # traced before anything is packed
    got = stage(tf.constant(table.pack(named).T), x).numpy()

    def clip(v):
        return np.clip(v, 0, 1)

    a, b, c, x = *(named[k] for k in "abc"), x.numpy()
    wide, low = 1 + 0.3 * a - b / 2, clip(c * 3 - 1)
    t = clip((x - a + 2) / 2)
    np.testing.assert_allclose(got, (wide + (low - wide) * x) / (2 - a * 0.1) - b * x + t * t * (3 - 2 * t), atol=1e-5)


def test_the_same_expression_takes_one_column_and_an_unknown_name_is_an_error():
    table = MeasureTable(["a", "b"])
    m = table.unpack(tf.zeros((measure.MAX_COLUMNS, 1)))
    for _ in range(3):
        (m.a * 2.0 + m.b).tensor()
    assert len(table.columns) == 3
    with pytest.raises(AttributeError, match="no measure 'nose'"):
        _ = m.nose


def test_a_full_matrix_says_what_to_raise(monkeypatch):
    monkeypatch.setattr(measure, "MAX_COLUMNS", 2)
    m = MeasureTable(["a", "b"]).unpack(tf.zeros((2, 1)))
    with pytest.raises(RuntimeError, match="raise cast.measure.MAX_COLUMNS"):
        (m.a + m.b).tensor()


def test_an_array_times_a_measure_is_a_tensor():
    m = MeasureTable(["a"]).unpack(tf.ones((measure.MAX_COLUMNS, 2)))
    assert (np.ones((1, 3), np.float32) * m.a).shape == (2, 3)


def test_stored_formulas_take_the_same_columns_and_values_in_another_process():
    first, second = MeasureTable(["a", "b", "c"]), MeasureTable(["a", "b", "c"])
    formula(first.unpack(tf.zeros((measure.MAX_COLUMNS, 5))), tf.zeros((1, 7)))
    assert len(first.texts()) > 5
    second.restore(first.texts())
    assert second.texts() == first.texts()
    np.testing.assert_array_equal(second.pack(given()), first.pack(given()))
    second.restore(first.texts())  # once more changes nothing
    assert second.texts() == first.texts()


def test_stored_formulas_of_another_renderer_are_an_error():
    table = MeasureTable(["a", "b"])
    with pytest.raises(ValueError, match="compile it again"):
        table.restore(["b", "a"])
