"""The light on a rendered face is found again from its pixels."""
from dataclasses import replace

import numpy as np
import pytest

from course_lib import cast
from course_lib.blending.light import LIMITS, Light, features, fit_light, with_grain


def lit(azimuth, soft=0.3):
    scene = cast.Scene(lighting=Light(np.array([azimuth, 0.4, soft])).lighting())
    person = replace(cast.random_person(41), glasses=0, beard=0, stubble=0)
    return scene, cast.render(person, scene, 96)


@pytest.mark.parametrize("azimuth", [-0.9, 0.7])
def test_the_side_of_the_light_is_found_on_another_face(azimuth):
    scene, frame = lit(azimuth)
    found = fit_light(cast.Person(), scene, frame.rgb[0], frame.mask("skin")[0].astype(np.float32))
    assert abs(found.values[0] - azimuth) < 0.45


def test_soft_light_is_told_from_hard_light():
    soft, hard = (fit_light(cast.Person(), scene, frame.rgb[0], frame.mask("skin")[0].astype(np.float32)).values[2]
                  for scene, frame in (lit(0.9, 0.9), lit(0.9, 0.05)))
    assert soft > hard + 0.2


def test_where_no_skin_is_seen_the_last_light_stays():
    scene, frame = lit(0.5)
    last = Light(np.array([0.2, 0.3, 0.4]))
    assert fit_light(cast.Person(), scene, frame.rgb[0], np.zeros((96, 96)), last) is last
    assert np.isfinite(fit_light(cast.Person(), scene, frame.rgb[0], np.zeros((96, 96))).values).all()


def test_every_light_is_one_that_can_be_rendered():
    for values in (*LIMITS, LIMITS[1] + 5, LIMITS[0] - 5):
        assert isinstance(Light(values).lighting(), cast.Lighting)


def test_grain_lies_on_skin_alone_and_brings_no_colour():
    frame = cast.render(cast.Person(), cast.Scene(), 128)
    noisy = np.clip(frame.rgb[0] + np.random.default_rng(0).normal(0, 0.05, (128, 128, 3)), 0, 1).astype(np.float32)
    skin = frame.mask("skin")[0].astype(np.float32)
    added = with_grain(frame.rgb[0], noisy, frame.landmarks[0], skin) - frame.rgb[0]
    assert added[skin > 0].std() > 0.005 and not added[:20, :20].any()
    where = features(frame.landmarks[0], (128, 128)) > 0.5
    assert where[tuple(frame.pupils[0, 0, ::-1].astype(int))]
    assert np.abs(added[where]).mean() < 0.3 * added[skin > 0].std()
    inside = (frame.rgb[0] > 0.1).all(-1) & (frame.rgb[0] < 0.9).all(-1)
    assert np.ptp(added[inside], axis=-1).max() < 1e-6
    np.testing.assert_array_equal(with_grain(noisy, np.full_like(noisy, 0.5), frame.landmarks[0], skin), noisy)
