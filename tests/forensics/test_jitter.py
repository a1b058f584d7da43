"""Acceleration tells a face that is placed anew in every frame from one that moves smoothly."""
import cv2
import numpy as np
import pytest

from course_lib.faces import canonical
from course_lib.forensics import jitter


def clip(shifts, seed=0):
    """A textured square, shifted along x by pixels, in the middle of a still background with noise."""
    rng = np.random.default_rng(seed)
    texture, still = rng.random((64, 96, 3)), rng.random((64, 64, 3))
    points = canonical(64, 1.3)
    low, high = points[17:].min(0).astype(int), points[17:].max(0).astype(int) + 1
    frames = np.stack([still + rng.normal(0, 0.01, still.shape) for _ in shifts])
    for frame, shift in zip(frames, shifts):
        frame[low[1]:high[1], low[0]:high[0]] = texture[low[1]:high[1], low[0] + 16 + shift:high[0] + 16 + shift]
    return frames.astype(np.float32), np.stack([points] * len(shifts))


def test_still_frames_accelerate_like_their_background():
    ratio = jitter.acceleration(*clip([0] * 8))
    assert np.isnan(ratio[[0, -1]]).all() and ratio[1:-1] == pytest.approx(1, abs=1)
    assert ratio[1:-1].max() < 1.2


def test_landmarks_accelerate_where_the_face_jitters_and_not_where_it_glides():
    rng, points = np.random.default_rng(0), canonical(64, 1.3)
    texture = cv2.GaussianBlur(rng.random((64, 96, 3)).astype(np.float32), (0, 0), 2)
    texture = (texture - texture.min()) / np.ptp(texture)
    eyes = np.linalg.norm(points[36:42].mean(0) - points[42:48].mean(0))
    at = lambda shifts: np.stack([texture[:, 16 + s:80 + s] for s in shifts])  # noqa: E731
    marks = np.stack([points] * 6)
    glides, jitters = (jitter.landmark_jitter(at(s), marks) for s in (range(6), (0, 2, 0, 2, 0, 2)))
    assert glides.max() < 0.3 / eyes and jitters == pytest.approx(4 / eyes, rel=0.2)


def test_embedding_drift_is_one_minus_the_cosine_of_neighbours():
    a, b = np.eye(2)
    drift = jitter.embedding_drift(np.stack([[a, a, b], [b, -b, -b]]))
    np.testing.assert_allclose(drift, [[0, 1], [2, 0]])


def test_jitter_accelerates_much_more():
    ratio = jitter.acceleration(*clip([0, 3, -2, 4, 0, -3, 2, 1]))
    assert np.nanmin(ratio) > 5


@pytest.mark.parametrize("count, points", [(2, 2), (5, 4)])
def test_what_does_not_fit_is_refused(count, points):
    with pytest.raises(ValueError, match="expected"):
        jitter.acceleration(np.zeros((count, 8, 8, 3), np.float32), np.zeros((points, 68, 2)))
