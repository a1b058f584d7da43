"""The residual's statistics find a region of another kind; words are merged as the paper does; the loss is exact."""
import cv2
import numpy as np
import pytest

from course_lib.forensics import noiseprint
from course_lib.forensics.splices import iou
from course_lib.models.noiseprint import HighPass, same_camera_loss
from course_lib.models.noiseprint import noiseprint as network


def test_a_region_of_smoother_noise_is_found():
    rng = np.random.default_rng(0)
    image = 0.5 + rng.normal(0, 0.03, (256, 256, 3)).astype(np.float32)
    soft, truth = cv2.GaussianBlur(image, (0, 0), 1.0), np.zeros((256, 256), bool)
    truth[80:200, 90:210] = True
    mixed = np.where(truth[..., None], 0.5 + (soft - 0.5) * 3, image).clip(0, 1)
    odd = noiseprint.noise_map_of(mixed, "high-pass")
    assert odd.shape == truth.shape and iou(odd > 0.5, truth) > 0.6


def test_words_and_their_mirror_images_and_negatives_are_one():
    words = noiseprint._merged()
    assert len(words) == 81 and words.max() + 1 == 25
    code = lambda word: sum(d * 3 ** k for k, d in enumerate(word))  # noqa: E731
    word = (0, 1, 2, 2)
    assert words[code(word)] == words[code(word[::-1])] == words[code([2 - d for d in word])]
    assert words[code(word)] != words[code((0, 0, 0, 0))]


def test_frequencies_sum_to_one_and_a_kind_must_exist():
    values = np.random.default_rng(1).normal(size=(96, 96)).astype(np.float32)
    total = (noiseprint.cooccurrences(values) ** 2).sum(-1)
    assert total == pytest.approx(np.ones_like(total), abs=1e-5)
    with pytest.raises(ValueError, match="expected one of"):
        noiseprint.residual(np.zeros((64, 64, 3), np.float32), "magic")


def test_the_loss_of_perfect_and_of_constant_residuals():
    cameras = np.float32([[0], [0], [1], [1]])
    apart = np.zeros((4, 2, 2, 1), np.float32)
    apart[2:] = 20.0
    assert np.asarray(same_camera_loss(cameras, apart)).max() < 1e-3
    assert np.asarray(same_camera_loss(cameras, 0 * apart)) == pytest.approx(np.full(4, np.log(3)), abs=1e-5)


def test_the_network_keeps_the_size_and_its_first_layer_ignores_brightness():
    model = network(2, 8)
    assert model.predict_on_batch(np.zeros((1, 40, 56, 1), np.float32)).shape == (1, 40, 56, 1)
    x = np.random.default_rng(2).random((1, 16, 16, 1)).astype(np.float32)
    a, b = (np.asarray(HighPass()(v))[:, 1:-1, 1:-1] for v in (x, x + 0.2))
    assert a == pytest.approx(b, abs=1e-4)
