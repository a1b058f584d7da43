"""The learned watermark's networks, and hiding in images of any size."""
import keras
import numpy as np
import pytest

from course_lib.models.learned_mark import BITS, SIDE, hide, mark_decoder, mark_encoder, reveal, to_bits


@pytest.fixture(scope="module")
def encoder():
    keras.utils.set_random_seed(0)
    return mark_encoder()


def picture(height, width):
    rng = np.random.default_rng(0)
    image = np.full((height, width, 3), 0.5, np.float32)
    image[:, width // 2:] += 0.1 * rng.standard_normal((height, width - width // 2, 3)).astype(np.float32)
    return image.clip(0.2, 0.8)


def test_the_residual_has_strength_one_and_hides_in_texture(encoder):
    image = picture(SIDE, SIDE)[None]
    residual = np.asarray(encoder([image, to_bits(5)[None]]))[0]
    assert np.sqrt(np.mean(residual**2)) == pytest.approx(1, abs=1e-3)
    left, right = residual[:, :SIDE // 2 - 8], residual[:, SIDE // 2 + 8:]
    assert np.abs(left).mean() < 0.5 * np.abs(right).mean()


@pytest.mark.parametrize("size", [(128, 128), (200, 301), (97, 64)])
@pytest.mark.parametrize("psnr", [36.0, 42.0])
def test_an_image_of_any_size_gets_the_psnr_that_was_asked_for(encoder, size, psnr):
    image = picture(*size)
    marked = hide(encoder, image, 0xC0FFEE42, psnr)
    assert marked.shape == image.shape and marked.dtype == np.float32 and 0 <= marked.min() and marked.max() <= 1
    assert -10 * np.log10(np.mean((marked - image) ** 2)) == pytest.approx(psnr, abs=0.05)


def test_bits_are_those_of_the_payload_and_the_decoder_reads_one_or_many():
    assert to_bits(0x80000001).tolist() == [1] + [0] * 30 + [1]
    decoder = mark_decoder()
    assert reveal(decoder, picture(90, 150)).shape == (BITS,)
    assert reveal(decoder, [picture(90, 150), picture(300, 256)]).shape == (2, BITS)
