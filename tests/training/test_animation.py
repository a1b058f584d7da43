"""Training the animator: transforms and their derivatives, equivariance, and a step that learns."""
import keras
import numpy as np
import pytest

from course_lib.models.first_order import Size
from course_lib.training.animation import AnimationTrainer, equivariance_losses, frame_pairs, pyramid_loss
from course_lib.training.thin_plate import ThinPlate, draw_thin_plates


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def plates(rng, count=3, bend=20):
    affine, weights = draw_thin_plates(rng, count)
    return ThinPlate(affine, bend * weights)


def test_the_derivative_of_a_thin_plate_is_its_slope(rng):
    transform, points = plates(rng), rng.uniform(-0.7, 0.7, (3, 5, 2)).astype(np.float32)
    exact, step = np.array(transform.jacobian(points)), 1e-2
    for j in (0, 1):
        shift = np.float32([step * (j == 0), step * (j == 1)])
        slope = (np.array(transform(points + shift)) - np.array(transform(points - shift))) / (2 * step)
        assert np.abs(slope - exact[..., j]).max() < 0.05 * np.abs(exact).max()


def test_equivariance_is_zero_for_points_that_move_with_the_image(rng):
    transform, at = plates(rng), rng.uniform(-0.7, 0.7, (3, 5, 2)).astype(np.float32)
    jacobians = (np.eye(2) + rng.normal(0, 0.1, (3, 5, 2, 2))).astype(np.float32)
    points, carried = np.array(transform(at)), np.array(transform.jacobian(at)) @ jacobians
    zero = equivariance_losses(points, carried, at, jacobians, transform)
    assert max(map(float, zero)) < 1e-5
    worse = equivariance_losses(points + 0.1, carried, at, jacobians, transform)
    assert float(worse[0]) == pytest.approx(0.1, abs=1e-4)
    identity = ThinPlate(np.float32([np.eye(2, 3)] * 3), np.zeros((3, 25), np.float32))
    assert max(map(float, equivariance_losses(at, jacobians, at, jacobians, identity))) < 1e-6


def test_pairs_come_from_one_clip_and_are_treated_alike(rng):
    images = np.broadcast_to(np.arange(10, 200, 40, dtype=np.uint8)[:, None, None, None, None], (5, 4, 8, 8, 3))
    (source, driving), (affine, weights) = next(frame_pairs(images, rng, 6))
    assert source.shape == (6, 8, 8, 3) and affine.shape == (6, 2, 3) and weights.shape == (6, 25)
    assert np.allclose(source, driving) and source.min() >= 0 and source.max() <= 1


def test_the_pyramid_s_loss_is_zero_for_equal_images_alone(rng):
    image = rng.random((2, 32, 32, 3), np.float32)
    inputs = keras.Input((None, None, 3))
    features = [keras.Model(inputs, [keras.layers.AveragePooling2D(2)(inputs), inputs])] * 2
    assert float(pyramid_loss(features, image, image)) == 0 < float(pyramid_loss(features, image, image[::-1]))


def test_a_few_steps_learn_to_copy(rng):
    keras.utils.set_random_seed(2)
    from course_lib.models.first_order import animator

    inputs = keras.Input((32, 32, 3))
    features = keras.Model(inputs, [inputs, keras.layers.AveragePooling2D(2)(inputs)])
    trainer = AnimationTrainer(animator(Size(32, 4, 2, (4, 8, 2), (4, 8, 2), (4, 8, 1, 1))), [features],
                               learning_rate=3e-3)
    image = np.kron(rng.random((4, 4, 4, 3)), np.ones((1, 8, 8, 1))).astype(np.float32)
    before = [np.array(v) for v in trainer.model.trainable_variables]
    losses = [trainer.step(((image, image), draw_thin_plates(rng, 4))) for _ in range(25)]
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5]) and len(trainer.parts) == 25
    assert set(trainer.parts[0]) == {"reconstruction", "points", "jacobians"}
    moved = [np.abs(np.array(v) - b).max() > 0 for v, b in zip(trainer.model.trainable_variables, before, strict=True)]
    assert np.mean(moved) > 0.5
    trainer.learning_rate = 1e-4
    assert trainer.learning_rate == pytest.approx(1e-4)


def test_without_jacobians_their_equivariance_costs_nothing(rng):
    from course_lib.models.first_order import animator

    size = Size(32, 4, 2, (4, 8, 2), (4, 8, 2), (4, 8, 1, 1), jacobians=False)
    inputs = keras.Input((32, 32, 3))
    features = keras.Model(inputs, [inputs, keras.layers.AveragePooling2D(2)(inputs)])
    trainer = AnimationTrainer(animator(size), [features], weight=3.0)
    image = rng.random((2, 32, 32, 3), np.float32)
    trainer.step(((image, image), draw_thin_plates(rng, 2)))
    assert trainer.parts[0]["jacobians"] == 0 < trainer.parts[0]["points"]
