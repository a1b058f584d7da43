"""The stored comparison of retargeting by ten keypoints and by landmarks, and the search that it contains."""
import keras
import numpy as np

from course_lib.experiments import retargeting
from course_lib.models import first_order
from course_lib.models.first_order import Size


def test_the_record_is_whole():
    record = retargeting.read()
    assert record["settings"]["people"] == retargeting.PEOPLE
    for change in retargeting.CHANGES:
        assert set(record[change]) == {*retargeting.METHODS, "exact picture"}
        assert np.allclose(record[change]["unchanged"]["error"], 1, atol=1e-3)
    text = retargeting.table(record)
    assert all(method in text for method in retargeting.METHODS) and "1.00 (1.00 to 1.00)" in text


def test_the_search_comes_nearer_to_the_picture():
    keras.utils.set_random_seed(3)
    model = first_order.animator(Size(32, 4, 2, (4, 8, 2), (4, 8, 2), (4, 8, 1, 1)))
    rng = np.random.default_rng(0)
    source = rng.random((2, 32, 32, 3), np.float32)
    truth = np.roll(source, 3, 2)
    weights = np.ones((2, 32, 32, 1), np.float32)
    error = [np.abs(retargeting.best_offsets(model, source, truth, weights, steps) - truth).mean() for steps in (1, 40)]
    assert error[1] < error[0]
