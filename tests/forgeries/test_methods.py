"""Every method changes what its weight says and nothing else, and leaves its own trace."""
import cv2
import numpy as np
import pytest

from course_lib import media
from course_lib.faces import MEAN_FACE, align
from course_lib.forgeries import methods

ALONE = (methods.self_blended, methods.warped, methods.resampled)


@pytest.fixture(scope="module")
def face():
    """(frame, landmarks): the real photograph, with the mean face's points where its face is."""
    frame = np.ascontiguousarray(media.grace_hopper()[40:280, 130:370])
    return frame, (MEAN_FACE * 130 + (60, 40)).astype(np.float32)


@pytest.mark.parametrize("method", ALONE, ids=lambda m: m.__name__)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_nothing_changes_where_the_weight_is_zero(method, seed, face):
    frame, points = face
    forged, weight = method(frame, points, np.random.default_rng(seed))
    assert forged.shape == frame.shape and forged.dtype == weight.dtype == np.float32
    assert 0 <= weight.min() and weight.max() <= 1 and 0 <= forged.min() and forged.max() <= 1
    assert np.array_equal(forged[weight == 0], frame[weight == 0])
    inside = weight > 0.45
    assert 0.05 < inside.mean() < 0.5 and np.abs(forged - frame)[inside].mean() > 0.003


@pytest.mark.parametrize("method", ALONE, ids=lambda m: m.__name__)
def test_the_seed_decides(method, face):
    one, again, other = (method(*face, np.random.default_rng(seed))[0] for seed in (3, 3, 4))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def sharpness(picture, where):
    return float(np.mean(cv2.Laplacian(picture.mean(-1), cv2.CV_32F)[where] ** 2))


def test_a_warped_face_is_softer_and_a_resampled_one_moved(face):
    frame, points = face
    forged, weight = methods.warped(frame, points, np.random.default_rng(0))
    assert sharpness(forged, weight > 0.9) < 0.5 * sharpness(frame, weight > 0.9)
    ramp = np.repeat(np.linspace(0, 1, 240, dtype=np.float32)[None, :, None], 240, 0).repeat(3, -1)
    moved, weight = methods.resampled(ramp, points, np.random.default_rng(0))
    slope = np.diff(moved[120, :, 0])[(weight[120] == 1)[1:]].mean() * 239
    assert abs(slope - 1) > 0.03  # scaled by a few percent


def test_a_created_face_lies_where_it_says_blended_or_not(face):
    frame, points = face
    aligned = align(frame, points, 64)
    disc = cv2.circle(np.zeros((64, 64), np.float32), (32, 34), 20, 1.0, -1)
    paint = np.array([0.3, -0.3, -0.2]) + np.random.default_rng(0).normal(0, 0.06, (64, 64, 1))
    created = (0.5 + disc[..., None] * paint).astype(np.float32)
    hard, where = methods.swapped(frame, aligned, np.ones((64, 64), np.float32), created, blend=False)
    soft, weight = methods.swapped(frame, aligned, np.ones((64, 64), np.float32), created)
    for forged, w in ((hard, where), (soft, weight)):
        assert np.abs(forged - frame)[w == 0].max() < 1e-6 and w.max() > 0.99
    tone = frame[weight > 0.9].mean(0)
    away = [np.abs(forged[weight > 0.9].mean(0) - tone).max() for forged in (soft, hard)]
    assert away[0] < 0.6 * away[1]
    assert ((weight > 0.02) & (weight < 0.98)).sum() > 2 * ((where > 0.02) & (where < 0.98)).sum()
