"""The First Order Motion Model: exact to the paper, its operations checked by hand, saved and loaded."""
from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.models import first_order
from course_lib.models.first_order import PAPER, SMALL, Size
from course_lib.models.first_order_inference import (
    Keypoints,
    best_frame,
    displacement,
    drive,
    find_keypoints,
    hull_area,
    jacobian_ellipses,
    relative_motion,
    to_pixels,
)
from course_lib.models.first_order_layers import (
    AntialiasDown,
    coordinate_grid,
    gaussians,
    inverse,
    local_motions,
    reflect,
    resize_maps,
    sample,
    soft_argmax,
)

TINY = Size(32, 4, 2, (4, 8, 2), (4, 8, 2), (4, 8, 1, 1))


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    return first_order.animator(TINY)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize(("network", "millions"), [
    (first_order.keypoint_detector, 14.2), (first_order.dense_motion, 37.7), (first_order.generator, 7.8)])
def test_the_paper_s_networks_have_the_paper_s_parameters(network, millions):
    assert sum(int(np.prod(v.shape)) for v in network(PAPER).trainable_variables) / 1e6 == pytest.approx(millions,
                                                                                                          abs=0.051)


def test_the_score_maps_are_not_padded():
    assert first_order.keypoint_detector(PAPER).get_layer("scores").output.shape[1:] == (58, 58, 10)


def test_the_small_one_is_small():
    assert first_order.animator(SMALL).count_params() < 1e6


def test_sampling_the_identity_and_a_shift(rng):
    image = rng.random((2, 7, 9, 3), np.float32)
    grid = np.stack([coordinate_grid(7, 9)] * 2)
    assert np.allclose(sample(image, grid), image, atol=1e-6)
    one = grid + [2 / 8, 0]  # one pixel to the right
    assert np.allclose(np.array(sample(image, one.astype(np.float32)))[:, :, :-1], image[:, :, 1:], atol=1e-5)
    assert np.allclose(np.array(sample(image, one.astype(np.float32)))[:, :, -1], 0, atol=1e-5)
    half = np.array(sample(image, (grid + [1 / 8, 0]).astype(np.float32)))
    assert np.allclose(half[:, :, :-1], (image[:, :, 1:] + image[:, :, :-1]) / 2, atol=1e-5)


def test_reflection_stays_inside():
    assert np.allclose(reflect(np.float32([-1.5, -1, 0.3, 1, 1.2])), [-0.5, -1, 0.3, 1, 0.8], atol=1e-6)


def test_soft_argmax_is_exact_on_a_gaussian():
    points = np.float32([[[0.25, -0.1], [-0.3, 0.2]]])
    heat = np.array(gaussians(points, 41, 0.01))
    assert np.allclose(soft_argmax(heat / heat.sum((1, 2), keepdims=True)), points, atol=1e-3)


def test_inverse(rng):
    matrices = rng.normal(size=(5, 2, 2)).astype(np.float32) + 2 * np.eye(2, dtype=np.float32)
    assert np.allclose(inverse(matrices), np.linalg.inv(matrices), atol=1e-4)


def test_equal_keypoints_move_nothing_and_a_shift_moves_all(rng):
    points = rng.uniform(-0.5, 0.5, (2, 3, 2)).astype(np.float32)
    jacobians = np.broadcast_to(np.float32([[1, 0.2], [0, 0.9]]), (2, 3, 2, 2))
    still = np.array(local_motions(points, jacobians, points, jacobians, 8))
    assert still.shape == (2, 4, 8, 8, 2) and np.allclose(still, coordinate_grid(8, 8), atol=1e-5)
    moved = np.array(local_motions(points + np.float32([0.1, 0]), jacobians, points, jacobians, 8))
    assert np.allclose(moved[:, 1:] - coordinate_grid(8, 8), [0.1, 0], atol=1e-5)
    assert np.allclose(moved[:, 0], coordinate_grid(8, 8))


def test_the_antialias_filter_keeps_brightness_and_counts_pixels():
    x = np.array(AntialiasDown(4)(np.ones((1, 64, 64, 3), np.float32)))
    assert x.shape == (1, 16, 16, 3) and np.allclose(x[:, 4:-4, 4:-4], 1, atol=1e-5)


def test_an_untrained_detector_begins_with_identity_jacobians(model, rng):
    found = find_keypoints(model, rng.random((2, 32, 32, 3), np.float32))
    assert found.points.shape == (2, 4, 2) and np.allclose(found.jacobians, np.eye(2), atol=1e-5)


def test_without_jacobians_they_are_the_identity(rng):
    size = Size(32, 4, 2, (4, 8, 2), (4, 8, 2), (4, 8, 1, 1), jacobians=False, occlusion=False)
    plain = first_order.animator(size)
    images = rng.random((2, 32, 32, 3), np.float32)
    assert np.allclose(plain.get_layer("keypoint_detector")(images)[1], np.eye(2))
    assert np.allclose(plain([images, images])[2], 1)


def test_driving_by_itself_gives_the_identity_flow(model, rng):
    images = rng.random((3, 32, 32, 3), np.float32)
    found = find_keypoints(model, images)
    animated = drive(model, images, found, found)
    assert np.allclose(animated.flow, coordinate_grid(16, 16), atol=1e-4)
    assert np.allclose(animated.masks.sum(-1), 1, atol=1e-5) and animated.images.shape == images.shape
    assert np.allclose(animated.images, model([images, images])[0], atol=1e-4)


def test_a_resized_flow_keeps_the_identity_and_every_affine_map():
    affine = coordinate_grid(5, 7) @ np.float32([[0.8, 0.1], [-0.2, 1.1]]) + np.float32([0.05, 0])
    larger = coordinate_grid(13, 9) @ np.float32([[0.8, 0.1], [-0.2, 1.1]]) + np.float32([0.05, 0])
    assert np.allclose(resize_maps(affine[None], 13, 9)[0], larger, atol=1e-6)


def test_with_skips_what_is_visible_is_the_warped_source_and_what_is_not_is_painted(rng):
    keras.utils.set_random_seed(3)
    paint = first_order.generator(replace(TINY, skips=True))
    assert paint.count_params() == first_order.generator(TINY).count_params()
    source, still = rng.random((1, 32, 32, 3), np.float32), coordinate_grid(16, 16)[None]
    shown = np.ones((1, 16, 16, 1), np.float32)
    assert np.allclose(paint([source, still, shown]), source, atol=1e-5)
    hidden = np.array(paint([source, still, 0 * shown]))
    assert np.allclose(hidden, paint([1 - source, still, 0 * shown]), atol=1e-5)  # nothing of the source comes through


def test_relative_motion(rng):
    def keypoints(n):
        return Keypoints(rng.uniform(-0.8, 0.8, (n, 5, 2)).astype(np.float32),
                         (np.eye(2) + rng.normal(0, 0.1, (n, 5, 2, 2))).astype(np.float32))

    source, driving = keypoints(1), keypoints(4)
    moved = relative_motion(source, driving, driving[:1])
    assert np.allclose(moved.points[0], source.points[0], atol=1e-5)  # in the first frame nothing has moved
    assert np.allclose(moved.jacobians[0], source.jacobians[0], atol=1e-4)
    scale = np.sqrt(hull_area(source.points[0]) / hull_area(driving.points[0]))
    shift = driving.points[2] - driving.points[0]
    assert np.allclose(moved.points[2] - source.points[0], scale * shift, atol=1e-5)
    plain = relative_motion(source, driving, driving[:1], adapt=False)
    assert np.allclose(plain.points[2] - source.points[0], shift, atol=1e-5)


def test_the_best_frame_is_found_at_any_size_and_place(rng):
    driving = rng.normal(size=(6, 68, 2))
    assert best_frame(3 * driving[4] + 10, driving) == 4
    driving[4] = np.nan
    assert best_frame(driving[2] * 0.5, driving) == 2
    with pytest.raises(ValueError, match="no driving frame"):
        best_frame(driving[0], np.full((2, 68, 2), np.nan))


def test_flows_in_pixels():
    small = coordinate_grid(16, 16) + np.float32([2 / 31 * 3, 0])
    assert np.allclose(displacement(small, 32), [3, 0], atol=1e-3)
    assert to_pixels([-1, 1], 64).tolist() == [0, 63]


def test_a_jacobian_s_ellipse_is_its_circle_stretched_and_turned():
    quarter = np.float32([[0, -1], [1, 0]])
    jacobians = np.stack([np.diag([2, 1]), 3 * quarter])[None].astype(np.float32)
    found = Keypoints(np.float32([[[0, 0], [0.5, 0]]]), jacobians)
    wide, turned = (curve - curve[0] for curve in jacobian_ellipses(found, 65, radius=0.25)[0])  # 32 pixels are one
    assert np.allclose(wide[1], [16, 0]) and np.allclose(wide[-2], [0, 8], atol=1e-6)
    assert np.allclose(np.hypot(wide[1:-1, 0] / 2, wide[1:-1, 1]), 8) and np.allclose(wide[-1], 0)
    assert np.allclose(turned[1], [0, 24], atol=1e-5) and np.allclose(np.linalg.norm(turned[1:-1], axis=-1), 24)


def test_it_is_saved_and_loaded(model, rng, tmp_path):
    images = rng.random((2, 32, 32, 3), np.float32)
    model.save(tmp_path / "a.keras")
    again = keras.saving.load_model(tmp_path / "a.keras", safe_mode=True)
    for a, b in zip(model([images, images[::-1]]), again([images, images[::-1]]), strict=True):
        assert np.allclose(ops.convert_to_numpy(a), ops.convert_to_numpy(b), atol=1e-6)
