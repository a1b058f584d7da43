"""A table as a figure says every number in words, and names must fit."""
import numpy as np
import pytest

from course_lib.show import matrix


def test_every_value_is_in_the_alternative_text():
    drawn = matrix([[0.5, np.nan], [1.0, 0.0]], ["noise", "CFA"], ["swap", "warped"], "AUC", middle=0.5)
    assert drawn.alt == "AUC. noise: swap 0.50, warped –; CFA: swap 1.00, warped 0.00"
    assert len(drawn.png(40)) > 1000


def test_names_must_fit():
    with pytest.raises(ValueError, match="names of rows"):
        matrix([[1.0]], ["a", "b"], ["c"])
