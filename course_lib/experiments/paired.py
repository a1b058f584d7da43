"""Differences of measures on the same people or clips, with the interval of their mean."""
import numpy as np
from scipy.stats import t


def differences(rows, first):
    """What each row changes against the first, paired by person or clip.

    Args:
        rows: Dict of name -> f64 [N].
        first: Name of the row against which the others are set.
    Returns:
        Dict of every other name -> (differences f64 [N], half of the 95 % interval of their mean, by Student's t).
    Lessons 07 to 08.
    """
    moved = {name: values - rows[first] for name, values in rows.items() if name != first}
    return {name: (row, t.ppf(0.975, len(row) - 1) * row.std(ddof=1) / np.sqrt(len(row)))
            for name, row in moved.items()}
