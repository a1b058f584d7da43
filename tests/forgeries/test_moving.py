"""Frames of forged clips: changed where they say so, prepared once, at every strength."""
import numpy as np
import pytest

from course_lib.forgeries import moving

SIDE = 96
NUMBER, DRIVER, SEED = 10_048, 10_049, 7


@pytest.fixture(scope="module", params=moving.METHODS)
def prepared(request):
    return request.param, moving.forge_frame(NUMBER, DRIVER, SEED, request.param, SIDE)


def test_strength_leads_from_the_untouched_frame_to_the_forgery(prepared):
    method, found = prepared
    real = found["real"].astype(np.float32)
    change = []
    for strength in (0.0, 0.5, 1.0):
        image, points = moving.at_strength(found, strength)
        assert image.shape == (SIDE, SIDE, 3) and image.dtype == np.float32 and points.shape == (68, 2)
        assert 0 <= image.min() and image.max() <= 1
        change.append(np.abs(image - real).mean())
    assert change[0] < change[1] < change[2]
    if method != "animated":  # its network repaints the picture even without motion
        np.testing.assert_allclose(moving.at_strength(found, 0.0)[0], real, atol=1e-6)
        assert np.abs(found["forged"][0].astype(np.float32) - real)[:5, :5].max() < 0.01, "the corner is untouched"


def test_an_animation_moves_by_the_share_that_is_asked_for():
    found = moving.forge_frame(NUMBER, DRIVER, SEED, "animated", SIDE)
    marks = found["landmarks"]
    assert len(marks) == len(moving.AMOUNTS)
    np.testing.assert_allclose(marks[2] - marks[0], (marks[4] - marks[0]) / 2, atol=1e-3)
    assert np.abs(marks[4] - marks[0]).max() > 0.5


def test_the_second_time_nothing_is_made(prepared, monkeypatch):
    method, first = prepared
    monkeypatch.setattr(moving, "_made", lambda *job: pytest.fail("made again"))
    again = moving.forge_frame(NUMBER, DRIVER, SEED, method, SIDE)
    np.testing.assert_array_equal(again["forged"], first["forged"])


def test_another_method_is_refused():
    with pytest.raises(ValueError, match="expected one of animated"):
        moving.forge_frame(NUMBER, DRIVER, SEED, "body")
