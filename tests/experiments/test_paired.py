"""Paired differences: against one row, with Student's interval."""
import numpy as np
import pytest

from course_lib.experiments.paired import differences


def test_each_row_is_compared_with_the_first_sample_by_sample():
    rows = {"full": np.array([1.0, 2, 3]), "less": np.array([2.0, 2, 5]), "same": np.array([1.0, 2, 3])}
    found = differences(rows, "full")
    assert list(found) == ["less", "same"] and found["less"][0].tolist() == [1, 0, 2]
    assert found["less"][1] == pytest.approx(4.303 / np.sqrt(3), rel=1e-3)  # Student's t for two degrees of freedom
    assert found["same"][1] == 0
