import numpy as np
import pytest

from course_lib.faces import FaceSet
from course_lib.metrics.swap import evaluate
from course_lib.models.autoencoder import cut_out

N = 12


class Who:
    """Stands in for the identity evaluator: tells A from B by their red, as two cosines and as two vectors."""

    class _Layer:
        names = ["ada", "ben"]

    def get_layer(self, name):
        return self._Layer

    def predict(self, faces, verbose=0):
        red = faces[..., 0].mean((1, 2)) - faces[..., 2].mean((1, 2))
        vectors = np.stack([red < 0, red >= 0], 1).astype("float32")
        return vectors, vectors * 0.9


class Regressor:
    """Stands in for the pose regressor: the six values are painted into a corner of the images."""

    def predict(self, faces, verbose=0):
        return faces[:, 30, 30:36, 1]


def people(seed=0):
    rng = np.random.default_rng(seed)
    pose, expression = rng.uniform(0.2, 0.7, (N, 3)).astype("float32"), rng.uniform(0.2, 0.7, (N, 4)).astype("float32")
    shape = rng.uniform(0.3, 0.6, (N, 16, 16, 1)).repeat(4, 1).repeat(4, 2).astype("float32")
    masks = np.zeros((N, 64, 64), "float32")
    masks[:, 8:56, 8:56] = 1
    sets = []
    for colour in ([0.2, 0.3, 0.4], [0.4, 0.3, 0.2]):
        own = np.random.default_rng(int(colour[0] * 10)).uniform(0, 0.3, (64, 64, 1))
        images = np.clip(shape * 0.5 + own + colour, 0, 1).astype("float32")
        images[:, 30, 30:36, 1] = np.c_[pose[:, :2], expression]
        matrices = np.zeros((N, 2, 3))
        matrices[:, 0, 0] = 1
        sets.append(FaceSet(images, masks, np.zeros((N, 68, 2), "float32"), matrices, ["x"] * N, pose=pose,
                            expression=expression))
    return sets


def test_perfect_beats_all_and_the_table_says_so():
    a, b = people()
    blurred = cut_out(b.images, b.masks) * 0.9 + 0.1 * cut_out(a.images, a.masks)
    scores = evaluate(blurred, a, b, b, person="ben", itself=cut_out(b.images, b.masks) * 0.97,
                  evaluators=(Who(), Regressor()))
    rows = scores.rows
    assert rows["perfect"]["psnr"] > rows["swap"]["psnr"] > max(rows[n]["psnr"] for n in ("no swap", "mean face"))
    assert rows["perfect"]["ssim"] == pytest.approx(1)
    assert rows["perfect"]["identity"] == 1 and rows["no swap"]["identity"] == 0
    assert rows["perfect"]["pose"] < 1e-3 and rows["perfect"]["jaw"] < 1e-6
    assert rows["mean face"]["pose"] > 1 and 0 < scores.fraction_recovered <= 1.01
    alone = evaluate(blurred, a, b, b, person="ben", evaluators=(Who(), Regressor()), baselines=False)
    assert alone.rows == {"swap": rows["swap"]}
    table = str(scores)
    assert all(name in table for name in rows) and "identified B" in table and "of the gap" in table


def test_a_person_unknown_to_the_evaluator_is_identified_by_the_images_given():
    a, b = people()
    scores = evaluate(cut_out(b.images, b.masks), a, b, b, evaluators=(Who(), Regressor()))
    assert scores.rows["swap"]["identity"] == 1 and scores.rows["no swap"]["identity"] == 0
    assert np.isnan(scores.fraction_recovered)


def test_sets_that_do_not_fit_are_refused():
    a, b = people()
    faces = cut_out(b.images, b.masks)
    with pytest.raises(ValueError, match="same scenes"):
        evaluate(faces[:5], a, b, b, evaluators=(Who(), Regressor()))
    with pytest.raises(ValueError, match="does not know 'zoe'"):
        evaluate(faces, a, b, b, person="zoe", evaluators=(Who(), Regressor()))
    with pytest.raises(ValueError, match="64 x 64"):
        evaluate(faces[:, :32, :32], a, b, b, evaluators=(Who(), Regressor()))
    unknown = b[:]
    unknown.pose = np.full((N, 3), np.nan, "float32")
    with pytest.raises(ValueError, match="no known pose"):
        evaluate(faces, a, unknown, b, evaluators=(Who(), Regressor()))
