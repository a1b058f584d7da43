"""A face followed by its mesh: the detector rests, a loss is noticed, a cut starts anew, jitter is filtered."""
import numpy as np
import pytest

from course_lib import faces
from course_lib.faces import live


@pytest.fixture(scope="module")
def walk(hopper):
    """Eight frames of 320 x 256 in which the photograph slides two pixels at a time, then a black one, then she again.
    """
    import cv2

    small = cv2.resize(hopper, (256, 300), interpolation=cv2.INTER_AREA)
    frames = [np.roll(small, 2 * k, 1) for k in range(8)]
    return [*frames, 0 * small, frames[0]]


def test_the_face_is_followed_without_searching_and_searched_for_after_a_loss(walk):
    tracker = faces.MeshTracker(25, min_cutoff=None)
    meshes = [tracker(frame) for frame in walk]
    assert [mesh is not None for mesh in meshes] == [True] * 8 + [False, True]
    assert tracker.searches == 3  # at the start, in the black frame, and after it
    steps = np.diff([mesh.landmarks[30] for mesh in meshes[:8]], axis=0)
    np.testing.assert_allclose(steps.mean(0), (2, 0), atol=0.4)
    tracker(walk[0], cut=True)
    assert tracker.searches == 4


def test_jitter_is_filtered_and_the_filter_begins_anew_at_a_cut(walk, monkeypatch):
    """Reading is replaced by the true mesh and noise: the noise shrinks at rest, and a cut leaves no trail."""
    mesh = faces.MeshTracker(25, min_cutoff=None)(walk[0])
    rng = np.random.default_rng(0)

    def noisy(frame, region, looks, irises):
        noise = rng.normal(0, 0.5, mesh.points.shape).astype(np.float32)
        return faces.Mesh(mesh.points + noise + 100 * frame[0, 0, 0], mesh.landmarks, mesh.irises, 1.0)

    monkeypatch.setattr(live, "read_mesh", noisy)
    monkeypatch.setattr(live, "detect", lambda frame: faces.blazeface.detect(walk[0]))
    tracker, still = faces.MeshTracker(25), np.zeros((8, 8, 3), np.float32)
    points = np.stack([tracker(still).points for _ in range(40)])[10:]
    assert points.std(0).mean() < 0.3
    moved = tracker(still + 0.4, cut=True)
    assert abs((moved.points - mesh.points).mean() - 40) < 0.1


def test_a_video_gives_a_mesh_or_none_for_each_frame(walk):
    meshes = list(faces.track_meshes(walk, 25, cuts=[True] + [False] * 9, irises=False))
    assert len(meshes) == 10 and meshes[8] is None and np.isnan(meshes[0].irises).all()
