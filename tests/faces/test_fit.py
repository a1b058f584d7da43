"""What a face does is read off its landmarks: exactly where they are exact, steadily where they are not."""
from dataclasses import replace

import numpy as np
import pytest

from course_lib import cast
from course_lib.faces.fit import MOTION, SHAPE, Subject, fit_motion, fit_shape, scene

SIZE = 256
NAMES = list(MOTION)


@pytest.fixture(scope="module")
def clip():
    return cast.clip(cast.random_person(5001), 4, 8, seed=3)


@pytest.fixture(scope="module")
def points(clip):
    return cast.render_landmarks(np.stack([cast.to_vector(clip.person, s) for s in clip.scenes]), SIZE)


@pytest.fixture(scope="module")
def true(clip):
    return np.array([[getattr(getattr(s, n.split(".")[0]), n.split(".")[1]) for n in NAMES] for s in clip.scenes])


def errors(motion, true):
    return dict(zip(NAMES, np.abs(motion.values - true).mean(0), strict=True))


def test_landmarks_without_an_image_are_those_of_the_image(clip, points):
    frames = cast.render(clip.person, clip.scenes[:2], 64)
    np.testing.assert_allclose(points[:2, :68], (frames.landmarks + 0.5) * SIZE / 64 - 0.5, atol=1e-3)
    np.testing.assert_allclose(points[:2, 68:], (frames.pupils + 0.5) * SIZE / 64 - 0.5, atol=1e-3)


def test_a_known_face_is_recovered_from_exact_landmarks(clip, points, true):
    found = errors(fit_motion(clip.person, points), true)
    assert max(found[f"pose.{angle}"] for angle in ("yaw", "pitch", "roll")) < 0.03
    assert max(found["expression.blink_left"], found["expression.blink_right"]) < 0.08
    assert found["expression.jaw"] < 0.12 and found["expression.gaze_x"] < 0.15


def test_an_unknown_face_moves_as_it_does(points, true):
    subject = fit_shape(points[::2])
    motion = fit_motion(subject.person, points)
    for name, least in (("pose.yaw", 0.98), ("expression.jaw", 0.9), ("expression.blink_left", 0.95),
                        ("expression.gaze_x", 0.9)):
        k = NAMES.index(name)
        assert np.corrcoef(motion.values[:, k], true[:, k])[0, 1] > least, name
    assert motion.error.max() < 0.05 and subject.rest < 0.2


def test_its_shape_is_told_apart_from_its_motion(clip, points):
    person = fit_shape(points[::2]).person
    wide = [n for n in SHAPE if abs(getattr(clip.person, n)) > 1]
    assert wide and np.mean([getattr(person, n) * getattr(clip.person, n) > 0 for n in wide]) > 0.7


def test_noise_of_a_pixel_moves_the_rendered_face_by_less(clip, points):
    still = np.repeat(points[:1], 24, 0) + np.random.default_rng(0).normal(0, 1, (24, 70, 2))
    motion = fit_motion(clip.person, still)
    vectors = [cast.to_vector(clip.person, scene(Subject(clip.person, 0.0), v, p, (0, 0, SIZE)))
               for v, p in zip(motion.values, motion.place, strict=True)]
    rendered = cast.render_landmarks(np.stack(vectors), SIZE)
    assert np.abs(np.diff(rendered, axis=0)).mean() < 0.6 * np.abs(np.diff(still, axis=0)).mean()
    assert np.abs(rendered[:, 17:] - points[0, 17:]).mean() < 1


def test_the_scene_puts_the_face_where_it_was(clip, points):
    motion, square = fit_motion(clip.person, points[:4]), (20, 10, 224)
    vectors = [cast.to_vector(clip.person, scene(Subject(clip.person, 0.0), v, p, square))
               for v, p in zip(motion.values, motion.place, strict=True)]
    inside = cast.render_landmarks(np.stack(vectors), square[2])
    assert np.abs(inside + square[:2] - points[:4])[:, 17:].mean() < 1.5


def test_lids_that_rest_half_closed_count_as_open(clip, points):
    motion = fit_motion(clip.person, points[:1])
    row = motion.values[0].copy()
    row[NAMES.index("expression.blink_left")] = 0.4
    open_, half = (scene(Subject(clip.person, rest), row, motion.place[0], (0, 0, SIZE)) for rest in (0.4, 0.0))
    assert open_.expression.blink_left == 0 and half.expression.blink_left == pytest.approx(0.4)


def test_frames_without_a_face_stay_in_their_places(clip, points):
    rows = np.array(points[:5])
    rows[1], rows[3, 68:] = np.nan, np.nan  # no face; no pupils
    motion = fit_motion(clip.person, rows)
    assert np.isnan(motion.values[1]).all() and np.isfinite(np.delete(motion.values, 1, 0)).all()
    np.testing.assert_allclose(motion.values[0], fit_motion(clip.person, points[:1]).values[0], atol=1e-3)
    assert np.isnan(fit_motion(clip.person, rows[1:2]).error).all()


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ValueError, match=r"expected \[T, 70, 2\]"):
        fit_motion(cast.Person(), np.zeros((3, 68, 2)))
    with pytest.raises(ValueError, match="no frame with a face"):
        fit_shape(np.zeros((0, 70, 2)))


def test_a_turned_head_is_seen_as_turned():
    one = replace(cast.Scene(), pose=cast.Pose(yaw=0.9))
    points = cast.render_landmarks(cast.to_vector(cast.Person(), one)[None], SIZE)
    assert fit_motion(cast.Person(), points).values[0, 0] == pytest.approx(0.9, abs=0.1)
