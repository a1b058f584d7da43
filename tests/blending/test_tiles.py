"""Tiles without a seam, and restored faces blended back in their place."""
import cv2
import numpy as np
import pytest

from course_lib import blending
from course_lib.blending import tiles
from course_lib.faces import MEAN_FACE

RNG = np.random.default_rng(9)
FACE = (MEAN_FACE * 64 + (24, 16)).astype(np.float32)


def looking(reach, scale=2):
    """A network that looks `reach` pixels far, with zeros outside the image as convolutions have them."""
    def network(images):
        blurred = cv2.blur(images[0], (2 * reach + 1, 2 * reach + 1), borderType=cv2.BORDER_CONSTANT)
        return np.repeat(np.repeat(blurred * 0.9 + 0.05, scale, 0), scale, 1)[None]
    return network


@pytest.mark.parametrize("shape", [(70, 133), (64, 40), (30, 20), (41, 200)])
def test_tiles_give_what_the_whole_image_gives(shape):
    image = RNG.random((*shape, 3), np.float32)
    whole = looking(6)(image[None])[0]
    np.testing.assert_array_equal(blending.by_tiles(image, looking(6), 2, tile=40, overlap=6), whole)
    if max(shape) > 64:  # a network that looks further than the overlap leaves seams, which is what the overlap is for
        assert np.abs(blending.by_tiles(image, looking(9), 2, tile=40, overlap=2) - looking(9)(image[None])[0]
                      ).max() > 0.01


def test_tiles_have_one_size_and_cover_once():
    for length in (41, 64, 100, 1000):
        spans = tiles._spans(length, 40, 7)
        assert [start for _, (start, _) in spans] == [0, *(end for _, (_, end) in spans[:-1])]
        assert spans[-1][1][1] == length and all(0 <= at <= length - 40 for at, _ in spans)
        for at, (low, high) in spans:
            assert low - at >= 7 * (at > 0) and at + 40 - high >= 7 * (at + 40 < length)


def test_a_real_network_by_tiles():
    import keras
    from keras import layers

    x = keras.Input((None, None, 3))
    y = layers.Conv2D(4, 5, padding="same", activation="relu")(x)
    y = layers.Conv2D(3, 3, padding="same", activation="sigmoid")(layers.UpSampling2D(2)(y))
    network = keras.Model(x, y)  # looks 3 pixels far
    image = RNG.random((70, 90, 3), np.float32)
    whole = network.predict_on_batch(image[None])[0]
    tiled = blending.by_tiles(image, network.predict_on_batch, 2, tile=32, overlap=3)
    np.testing.assert_allclose(tiled, whole, atol=1e-5)


def test_bad_tiles_are_refused():
    image = np.zeros((20, 20, 3), np.float32)
    with pytest.raises(ValueError, match="wider"):
        blending.by_tiles(image, looking(1), 2, tile=16, overlap=8)
    with pytest.raises(ValueError, match="RGB"):
        blending.by_tiles(image[..., 0], looking(1), 2)
    with pytest.raises(ValueError, match="gave"):
        blending.by_tiles(image, looking(1), 4)
    with pytest.raises(ValueError, match="finite"):
        blending.by_tiles(image, lambda x: np.full((1, 40, 40, 3), np.nan), 2)


def scene():
    image = cv2.GaussianBlur(RNG.random((96, 112, 3), np.float32), (0, 0), 2)
    return (image - image.min()) / np.ptp(image)


def test_a_face_comes_back_to_its_place():
    image = scene()
    same, chosen = blending.restore_faces(image, [FACE], lambda x: x)
    assert chosen == [0] and np.abs(same - image).max() < 0.03
    red, _ = blending.restore_faces(image, [FACE], lambda x: np.float32([1, 0, 0]) + 0 * x)
    middle = FACE[30].astype(int)
    assert np.allclose(red[middle[1], middle[0]], [1, 0, 0]) and np.array_equal(red[:4], image[:4])


def test_a_face_is_blended_into_the_enlarged_image_at_its_place():
    image = scene()
    large = cv2.resize(image, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC).clip(0, 1)
    # coarse enough that the crop of 128 pixels is as fine as the large image
    small = (MEAN_FACE * 20 + (40, 30)).astype(np.float32)
    blended, chosen = blending.restore_faces(image, [small], lambda x: x, into=large)
    assert chosen == [0] and np.abs(blended - large).max() < 0.06
    shifted = np.roll(large, 3, 1)
    assert np.abs(blended - large).mean() < 0.2 * np.abs(shifted - large).mean()


def test_a_face_larger_than_the_network_is_left_alone():
    image = scene()
    out, chosen = blending.restore_faces(image, [FACE], lambda x: 0 * x, size=24)
    assert chosen == [] and np.array_equal(out, image)
    assert blending.restore_faces(image, [], lambda x: 1 / 0)[1] == []
    with pytest.raises(ValueError, match="restore gave"):
        blending.restore_faces(image, [FACE], lambda x: x[:, ::2])
