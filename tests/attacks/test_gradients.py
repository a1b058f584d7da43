"""Every source of a gradient agrees with the truth where the truth is known."""
import numpy as np
from keras import ops

from course_lib.attacks import gradients, transforms
from course_lib.models.mesonet import meso4

RNG = np.random.default_rng(1)
IMAGES = RNG.uniform(0.2, 0.8, (2, 16, 16, 3)).astype(np.float32)
WEIGHTS = RNG.normal(0, 1, (16, 16, 3)).astype(np.float32)


def bent(images):
    """A smooth score with a known gradient: sum of w x^2."""
    return ops.sum(WEIGHTS * ops.square(images), axis=(1, 2, 3))


def test_the_logit_is_the_score_before_its_sigmoid():
    model = meso4(64)
    faces = RNG.random((3, 64, 64, 3)).astype(np.float32)
    logit = np.asarray(gradients.logit_of(model)(faces))
    np.testing.assert_allclose(1 / (1 + np.exp(-logit)), np.asarray(model(faces, training=False))[:, 0], atol=1e-5)


def test_the_true_gradient_is_the_true_one():
    np.testing.assert_allclose(gradients.true_gradient(bent, batch=1)(IMAGES), 2 * WEIGHTS * IMAGES, rtol=1e-5)


def test_nes_converges_to_the_gradient_and_counts_its_queries():
    truth = 2 * WEIGHTS * IMAGES

    def cosine(samples):
        nes = gradients.NES(bent, samples, sigma=0.01, seed=2)
        estimate = nes(IMAGES)
        assert nes.queries == 2 * samples * len(IMAGES)
        return float((estimate * truth).sum() / np.linalg.norm(estimate) / np.linalg.norm(truth))

    few, many = cosine(20), cosine(3000)
    assert 0.05 < few < 0.5 < 0.85 < many  # sqrt(n / (n + 768)) for 768 values: 0.16 and 0.89


def test_eot_is_the_mean_of_the_gradients():
    def shift_either_way(images, rng):
        return images * (0.5 if rng.random() < 0.5 else 1.5)

    found = gradients.expected_gradient(lambda x: ops.sum(WEIGHTS * x, axis=(1, 2, 3)), shift_either_way, 400)(IMAGES)
    np.testing.assert_allclose(found, np.broadcast_to(WEIGHTS, IMAGES.shape), rtol=0.12)


def test_bpda_goes_around_a_defence_whose_gradient_is_zero():
    def rounded(images):
        return ops.round(4 * images) / 4

    masked = gradients.true_gradient(lambda x: bent(rounded(x)))(IMAGES)
    assert not masked.any()
    around = gradients.through_defence(bent, lambda x: np.round(4 * x) / 4)(IMAGES)
    np.testing.assert_allclose(around, 2 * WEIGHTS * np.round(4 * IMAGES) / 4, rtol=1e-5)


def test_straight_through_rounds_and_keeps_the_gradient():
    gradient = gradients.true_gradient(lambda x: ops.sum(transforms.eight_bits(x), axis=(1, 2, 3)))(IMAGES)
    np.testing.assert_allclose(gradient, 1, rtol=1e-5)
    levels = np.asarray(transforms.eight_bits(IMAGES)) * 255
    np.testing.assert_allclose(levels, np.round(levels), atol=1e-3)


def test_jpeg_like_is_close_to_jpeg_and_gets_worse_with_lower_quality():
    from course_lib.degradation import jpeg

    smooth = np.cumsum(np.cumsum(RNG.normal(0, 1, (1, 32, 32, 3)), 1), 2)
    smooth = (0.1 + 0.8 * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.float32)
    errors = []
    for quality in (90, 50, 20):
        ours = np.asarray(transforms.jpeg_like(smooth, quality))
        theirs = jpeg(smooth[0], quality)
        errors.append(((ours - smooth) ** 2).mean())
        assert ((ours[0] - theirs) ** 2).mean() < 0.6 * ((theirs - smooth[0]) ** 2).mean() + 1e-5
    assert errors[0] < errors[1] < errors[2]
    assert np.abs(gradients.true_gradient(lambda x: bent2(transforms.jpeg_like(x, 50)))(smooth)).max() > 0


def bent2(images):
    return ops.sum(ops.square(images), axis=(1, 2, 3))


def test_transforms_keep_the_size_and_a_flat_image():
    flat = np.full((1, 32, 32, 3), 0.5, np.float32)
    for change in (lambda x: transforms.blurred(x, 1.0), lambda x: transforms.rescaled(x, 0.6),
                   lambda x: transforms.shifted(x, 2, -1), lambda x: transforms.jpeg_like(x, 50)):
        np.testing.assert_allclose(np.asarray(change(flat)), flat, atol=0.01)
    step = np.zeros((1, 16, 16, 3), np.float32)
    step[:, :, 8:] = 1
    assert (np.asarray(transforms.shifted(step, 2, 0))[0, 0, :, 0] == (np.arange(16) >= 10)).all()
    assert np.asarray(transforms.random_chain(flat, np.random.default_rng(0))).shape == flat.shape
