"""What is measured without the truth: exact on landmarks that are moved by a known amount, 1 for a clip as it is."""
import numpy as np
import pytest

from course_lib.faces import MEAN_FACE, eye_distance
from course_lib.metrics.without_truth import OfTheTwo, against_the_clip, carried, estimated_motion

POINTS = np.repeat((MEAN_FACE * 80 + 24)[None], 5, 0)


def test_nothing_changes_where_nothing_is_swapped():
    same = carried(POINTS, POINTS, (128, 128))
    assert (same.pose, same.mouth, same.blink, same.points, same.found) == (0, 0, 0, 0, 1)


def test_a_wider_mouth_and_a_shift_are_measured_exactly():
    eyes = eye_distance(POINTS)[0]
    wider = POINTS.copy()
    wider[:, 65:68, 1] += 0.1 * eyes  # the lower lip's inner edge
    assert carried(POINTS, wider, (128, 128)).mouth == pytest.approx(0.1, abs=1e-5)
    moved = carried(POINTS, POINTS + (0.05 * eyes, 0), (128, 128))
    assert moved.points == pytest.approx(5) and moved.mouth == pytest.approx(0, abs=1e-9)


def test_lost_faces_are_counted_and_left_out():
    lost = POINTS.copy()
    lost[:2] = np.nan
    found = carried(POINTS, lost, (128, 128))
    assert found.found == pytest.approx(0.6) and found.points == 0
    assert np.isnan(carried(POINTS, np.full_like(POINTS, np.nan), (128, 128)).pose)
    with pytest.raises(ValueError, match="no frame of the clip has a face"):
        carried(np.full_like(POINTS, np.nan), POINTS, (128, 128))
    with pytest.raises(ValueError, match=r"expected \[T, 68, 2\]"):
        carried(POINTS[:2], POINTS, (128, 128))


def texture(frames=4, side=96, step=2):
    rng = np.random.default_rng(0)
    import cv2

    wide = cv2.GaussianBlur(rng.random((side, side + step * frames, 3)).astype(np.float32), (0, 0), 2)
    wide = (wide - wide.min()) / np.ptp(wide)
    return np.stack([wide[:, step * t:step * t + side] for t in range(frames)])


def test_the_motion_of_a_moving_texture_is_found():
    flow = estimated_motion(texture())[:, 20:-20, 20:-20]
    assert np.nanmedian(flow[..., 0]) == pytest.approx(-2, abs=0.1)
    assert np.nanmedian(np.abs(flow[..., 1])) < 0.1 and np.isfinite(flow).all(-1).mean() > 0.9


def test_seam_and_flicker_are_one_for_the_clip_and_more_for_a_pasted_square():
    clip = texture()
    weights = np.zeros(clip.shape[:3], np.float32)
    weights[:, 30:60, 30:60] = 1
    seam, flicker = against_the_clip(clip, clip, weights)
    assert (seam, flicker) == (pytest.approx(1), pytest.approx(1))
    pasted = clip.copy()
    pasted[:, 30:60, 30:60] = np.float32([0.1, 0.9, 0.1, 0.9])[:, None, None, None]  # another grey in each frame
    seam, flicker = against_the_clip(clip, pasted, weights)
    assert seam > 2 and flicker > 2


def test_two_people_are_told_apart_by_shape_and_not_by_exposure():
    rng, masks = np.random.default_rng(1), np.ones((40, 32, 32), np.float32)
    kinds = [np.repeat(np.repeat(rng.random((8, 8, 1)), 4, 0), 4, 1).repeat(3, -1) for _ in range(2)]
    a, b = (np.stack([np.clip(kind * rng.uniform(0.5, 1) + rng.normal(0, 0.05, kind.shape), 0, 1)
                      for _ in range(40)]).astype(np.float32) for kind in kinds)
    who = OfTheTwo(a[:30], b[:30], masks[:30], masks[:30])
    assert who(a[30:], masks[30:]).max() < 0.2 and who(b[30:], masks[30:]).min() > 0.8
    assert np.allclose(who(0.5 * a[30:], masks[30:]), who(a[30:], masks[30:]), atol=0.1)
