from dataclasses import replace

import cv2
import numpy as np
import pytest

from course_lib.cast import LABELS, Expression, Person, Scene, to_vector
from course_lib.data.large_portraits import LargePortraits
from course_lib.faces import canonical
from course_lib.metrics import restoration as r
from course_lib.models.dictionary import PARTS, part_centres

IRIS = (0.2, 0.4, 0.6)


@pytest.fixture(scope="module")
def drawn():
    """Two drawn faces: skin in an ellipse, white eyes with a coloured iris at the pupils, on a background."""
    points = canonical(128, 1.3)
    pupils = np.stack([points[36:42].mean(0), points[42:48].mean(0)])
    image, labels = np.full((128, 128, 3), 0.9, np.float32), np.zeros((128, 128), np.uint8)
    y, x = np.mgrid[:128, :128]
    face = np.hypot((x - 63.5) / 48, (y - 66) / 58) < 1
    image[face], labels[face] = (0.7, 0.5, 0.4), LABELS["skin"]
    for px, py in pupils:
        away = np.hypot(x - px, y - py)
        image[away < 7], labels[away < 7] = 0.95, LABELS["eyes"]
        image[away < 5] = IRIS
        image[away < 1.5] = 0.02
    scene = Scene(Expression(jaw=0.7, gaze_x=-0.25))
    two = [np.stack([a, a]) for a in ((image * 255 + 0.5).astype(np.uint8), (face * 255).astype(np.uint8), labels,
                                      points, pupils.astype(np.float32), to_vector(Person(), scene))]
    return LargePortraits(*two)


# ---- the perceptual distance of the parts


class FaceNetwork:
    """A face network whose features are the image itself, averaged down to four sizes."""

    def predict(self, images, **_):
        return [np.stack([cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA) for p in images])
                for side in (8, 16, 32, 64)]


def test_the_distance_is_zero_for_the_truth_and_lies_in_the_part_that_differs(drawn):
    truths, centres = drawn.pictures(), part_centres(drawn.landmarks)
    assert all(not v.any() for v in r.part_distances(truths, truths, centres, FaceNetwork()).values())
    x, y = np.round(centres[0, 3]).astype(int)
    changed = truths.copy()
    changed[0, y - 6 : y + 7, x - 8 : x + 9] = (0, 1, 0)
    distances = r.part_distances(changed, truths, centres, FaceNetwork())
    assert set(distances) == {*PARTS, "face"} and distances["mouth"][0] > 5 * distances["face"][0] > 0
    assert distances["left eye"][0] == 0 and all(v[1] == 0 for v in distances.values())


def test_the_distance_by_hand():
    """Opposite features everywhere: |a - b|^2 = 2 at each of four depths when a and b are at right angles."""
    one, two = (np.broadcast_to(np.float32(c), (1, 128, 128, 3)) for c in ((1, 0, 0), (0, 0, 1)))
    distances = r.part_distances(one, two, part_centres(), FaceNetwork())
    assert all(np.allclose(v, 8, rtol=1e-5) for v in distances.values())


def test_distances_of_what_does_not_fit(drawn):
    with pytest.raises(ValueError, match="centres"):
        r.part_distances(drawn.pictures(), drawn.pictures(), part_centres(), FaceNetwork())


# ---- what was invented


def test_the_iris_is_measured_where_it_is_and_not_where_it_is_hidden(drawn):
    wanted = cv2.cvtColor(np.float32([[IRIS]]), cv2.COLOR_RGB2LAB)[0, 0]
    assert np.allclose(r.iris_colour(drawn.pictures(), drawn), wanted, atol=1)
    closed = replace(drawn, labels=drawn.labels.copy())
    closed.labels[0][drawn.labels[0] == LABELS["eyes"]] = LABELS["skin"]
    assert np.isnan(r.iris_colour(closed.pictures(), closed)[0]).all()
    assert np.isnan(r.eye_colour_error(closed.pictures(), closed)[0])


def test_another_eye_colour_is_counted_in_delta_e(drawn):
    other = drawn.pictures()
    y, x = np.mgrid[:128, :128]
    brown = (0.4, 0.25, 0.1)
    other[1][np.hypot(x - drawn.pupils[1, 0, 0], y - drawn.pupils[1, 0, 1]) < 5] = brown
    a, b = (cv2.cvtColor(np.float32([[c]]), cv2.COLOR_RGB2LAB)[0, 0] for c in (IRIS, brown))
    assert np.allclose(r.eye_colour_error(other, drawn), [0, np.linalg.norm(a - b) / 2], atol=1)  # one eye of two


def test_smoothed_skin_and_invented_skin():
    rng = np.random.default_rng(0)
    true, other = np.repeat(0.5 + 0.05 * rng.standard_normal((2, 1, 128, 128, 1)), 3, -1).astype(np.float32)
    skin = np.ones((1, 128, 128), bool)
    base = 0.5 + 0.5 * (true - 0.5)
    for image, amount, agreement in ((true, 1, 1), (base, 0.5, 1), (other, 1, 0), (1 - true, 1, -1)):
        detail = r.skin_detail(image, true, skin)
        assert np.allclose(detail, [[amount], [agreement]], atol=0.05)
    assert np.isnan(r.skin_detail(true, np.full_like(true, 0.5), skin)).all()
    assert np.isnan(r.skin_detail(true, true, ~skin)).all()


def freckled(places, depth=0.25):
    image = np.full((64, 64, 3), (0.8, 0.6, 0.5), np.float32)
    y, x = np.mgrid[:64, :64]
    for px, py in places:
        image *= (1 - depth * np.exp(-((x - px) ** 2 + (y - py) ** 2) / 2))[..., None]
    return image


def test_spots_are_found_to_the_pixel_and_folds_are_not_spots():
    places, skin = [(20, 30), (40, 12), (50, 50)], np.ones((64, 64), bool)
    assert sorted(map(tuple, r.spots(freckled(places), skin))) == sorted(places)
    fold = freckled([])
    fold[32] *= 0.8
    assert not len(r.spots(fold, skin)) and not len(r.spots(freckled([]), skin))
    assert not len(r.spots(freckled(places), ~skin))
    light = 1 - freckled(places)  # bright spots
    assert not len(r.spots(light, skin))


def test_spots_kept_lost_and_invented():
    skin = np.ones((3, 64, 64), bool)
    truths = np.stack([freckled([(20, 20), (40, 40)]), freckled([(20, 20)]), freckled([])])
    images = np.stack([freckled([(21, 20)]), freckled([]), freckled([(30, 30), (10, 50)])])
    assert [list(x) for x in r.spots_kept(images, truths, skin)] == [[2, 1, 0], [1, 0, 0], [0, 0, 2]]


def test_skin_and_cheeks_leave_out_what_is_no_skin(drawn):
    skin, cheeks = r.skin_of(drawn), r.cheeks_of(drawn)
    assert 0 < cheeks.sum() < skin.sum() < (drawn.labels == LABELS["skin"]).sum() and not (cheeks & ~skin).any()
    for x, y in np.round(np.r_[drawn.landmarks[0, 17:36], drawn.pupils[0]]).astype(int):  # brows, nose, eyes
        assert not cheeks[0, y, x]


def test_predicted_and_true_values(drawn):
    class Regressor:
        def predict_on_batch(self, images):
            self.seen = images
            return np.tile(np.arange(100, dtype=np.float32), (len(images), 1))

    regressor = Regressor()
    predicted, true = r.predicted_values(drawn.pictures(), drawn, regressor), r.true_values(drawn)
    assert set(predicted) == set(true) == set(r.READ) and all(v.shape == (2,) for v in predicted.values())
    assert np.allclose(regressor.seen[:, 0, 0], 0.5)  # the background is grey
    assert np.allclose(true["jaw"], 0.7) and np.allclose(true["gaze_x"], -0.25)


def test_the_truth_scores_as_the_truth(drawn):
    perfect = r.score(drawn.pictures(), drawn)
    soft = r.score(np.stack([cv2.GaussianBlur(x, (0, 0), 3) for x in drawn.pictures()]), drawn)
    assert perfect["psnr"] == np.inf and perfect["ssim"] == pytest.approx(1) and perfect["eye colour"] == 0
    assert perfect["parts"] == 0 and perfect["identity"] == pytest.approx(1, abs=1e-5)
    assert soft["psnr"] < 40 and soft["parts"] > 0.05 and soft["eye colour"] > 2 and soft["identity"] < 1
    with pytest.raises(ValueError, match="portraits"):
        r.score(drawn.pictures()[:1], drawn)
