"""One face put back by named steps: every step does what it says, and nothing where there is nothing to do."""
import cv2
import numpy as np
import pytest

from course_lib import blending
from course_lib.blending import Steps, masks
from course_lib.faces import MEAN_FACE, align

FACE = (MEAN_FACE * 90 + (30, 20)).astype(np.float32)
BARE = Steps(shape="crop", grow=0, feather=0, visible=False, colour="none")


def image(seed=0, size=150):
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random((size, size, 3), np.float32), (0, 0), 4)
    return cv2.normalize(noise, None, 0.2, 0.8, cv2.NORM_MINMAX)


FRAME = image()
CUT = align(FRAME, FACE, 64)
RED = np.full((64, 64, 3), (0.9, 0.1, 0.1), np.float32)


def put(face, steps, **more):
    return blending.put_back(FRAME, face, CUT.matrix, FACE, steps, **more)


@pytest.mark.parametrize("blend", ["alpha", "poisson", "pyramid"])
@pytest.mark.parametrize("colour", ["none", "mean_shift", "reinhard", "match_histogram", "mkl", "brightness_contrast"])
def test_the_frames_own_face_changes_next_to_nothing(blend, colour):
    out = put(CUT.image, Steps(visible=False, blend=blend, colour=colour))
    assert np.abs(out - FRAME).max() < 0.06 and ((out - FRAME) ** 2).mean() < 1e-4


def test_the_frame_itself_is_never_written_to_and_the_rest_of_it_stays():
    before = FRAME.copy()
    layer = blending.prepare(FRAME, RED, CUT.matrix, FACE, Steps(visible=False))
    out = blending.finish(FRAME, layer, Steps(colour="none"))
    np.testing.assert_array_equal(FRAME, before)
    outside = layer.weights(FRAME.shape[:2]) == 0
    np.testing.assert_array_equal(out[outside], FRAME[outside])
    assert out.dtype == np.float32 and outside.mean() > 0.3


def test_each_shape_shows_the_face_and_the_bare_crop_all_of_it():
    shown = {shape: (put(RED, Steps(shape=shape, visible=False, colour="none"))[..., 0] > 0.85).sum()
             for shape in (*masks.SHAPES, "crop")}
    assert shown["crop"] > shown["box"] > shown["ellipse"] and shown["box"] > shown["hull"] > 500
    assert (put(RED, BARE)[..., 0] > 0.85).sum() > shown["crop"]


def test_grow_feather_and_opacity():
    area = [blending.prepare(FRAME, RED, CUT.matrix, FACE, Steps(grow=g, feather=0, visible=False)).mask.sum()
            for g in (-10, 0, 10)]
    assert area[0] < area[1] < area[2]
    half = blending.prepare(FRAME, RED, CUT.matrix, FACE, Steps(visible=False, opacity=0.5)).mask
    assert half.max() == pytest.approx(0.5, abs=1e-3)
    assert blending.prepare(FRAME, RED, CUT.matrix, FACE, Steps(opacity=0)) is None


def test_what_covers_the_target_and_where_nothing_was_made():
    seen, made = np.ones(FRAME.shape[:2], np.float32), np.ones((64, 64), np.float32)
    seen[:60], made[:, :32] = 0, 0
    out = put(RED, Steps(colour="none"), visible=seen, face_mask=made)
    np.testing.assert_array_equal(out[:60], FRAME[:60])
    middle = round(float(FACE[30, 0]))
    np.testing.assert_array_equal(out[:, :middle - 3], FRAME[:, :middle - 3])
    assert (out[..., 0] > 0.85).sum() > 100


def test_nothing_to_show_is_the_frame():
    for more in ({"face_mask": np.zeros((64, 64))}, {"visible": np.zeros(FRAME.shape[:2])}):
        assert blending.prepare(FRAME, RED, CUT.matrix, FACE, **more) is None
        np.testing.assert_array_equal(put(RED, Steps(), **more), FRAME)
    away = CUT.matrix.copy()
    away[:, 2] += 5000
    np.testing.assert_array_equal(blending.put_back(FRAME, RED, away, FACE - 5000), FRAME)


def test_a_mask_that_covers_everything_is_no_error():
    out = put(RED, Steps(shape="box", grow=100, feather=0, visible=False, colour="none"))
    assert np.isfinite(out).all() and (out[..., 0] > 0.85).mean() > 0.2


def test_the_face_is_bent_to_the_targets_landmarks():
    dot = np.full((64, 64, 3), 0.2, np.float32)
    x, y = CUT.landmarks[30].round().astype(int)
    dot[y + 4:y + 7, x - 1:x + 2] = 1  # a nose that was made five pixels too low
    low = CUT.landmarks.copy()
    low[27:36] += (0, 5)

    def height(out):
        return (out[..., 0] * (out[..., 0] > 0.6) * np.arange(len(out))[:, None]).sum() / (
            out[..., 0] * (out[..., 0] > 0.6)).sum()

    steps = Steps(visible=False, colour="none", shape="box")
    frame = np.zeros_like(FRAME)
    plain, bent = (height(blending.put_back(frame, dot, CUT.matrix, FACE, steps, **more))
                   for more in ({}, {"face_landmarks": low}))
    assert plain - bent > 4


def test_numbers_given_from_outside_are_used():
    layer = blending.prepare(FRAME, RED, CUT.matrix, FACE, Steps(visible=False, colour="mean_shift"))
    steps = Steps(visible=False, colour="mean_shift")
    own = blending.measure(layer, steps)
    np.testing.assert_array_equal(blending.finish(FRAME, layer, steps, own), blending.finish(FRAME, layer, steps))
    shifted = blending.finish(FRAME, layer, steps, own + 0.1)
    assert (shifted - blending.finish(FRAME, layer, steps)).max() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(("wrong", "words"), [
    ({"shape": "star"}, "star"), ({"blend": "mix"}, "mix"), ({"colour": "warhol"}, "warhol"),
    ({"feather": -1}, "feather"), ({"opacity": 2}, "opacity"), ({"grow": -90}, "grow")])
def test_settings_that_do_not_exist_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        Steps(**wrong)


def test_shapes_that_do_not_fit_are_named():
    for more in ({"face_mask": np.ones((32, 32))}, {"visible": np.ones((9, 9))}):
        with pytest.raises(ValueError, match="expected"):
            put(RED, Steps(), **more)
    with pytest.raises(ValueError, match="frame"):
        blending.prepare(FRAME, RED[:32], CUT.matrix, FACE)
