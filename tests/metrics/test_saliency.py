"""Maps of what a detector looks at, on networks made to look at a known place."""
import keras
import numpy as np
import pytest
from keras import layers

from course_lib.metrics.saliency import grad_cam, mean_activations, occlusion, pointing_game, saliency_iou
from course_lib.models.mesonet import meso4
from course_lib.models.mesonet_inference import scorer

S = 32


def looks_at_red(corner=slice(0, 8)):
    """A network whose log odds of fake are the red of one corner: one filter, and a dense layer that reads there."""
    image = keras.Input((S, S, 3))
    x = layers.Conv2D(2, 1, name="block4_norm")(image)
    y = layers.Dense(1, name="odds_of_place")(layers.Flatten()(x))
    model = keras.Model(image, layers.Dense(1, activation="sigmoid", name="score")(y))
    kernel = np.zeros((1, 1, 3, 2), np.float32)
    kernel[0, 0, 0, 0] = kernel[0, 0, 2, 1] = 1  # the filters pass red and blue
    model.get_layer("block4_norm").set_weights([kernel, np.zeros(2, np.float32)])
    reads = np.zeros((S, S, 2), np.float32)
    reads[corner, corner, 0] = 0.1
    model.get_layer("odds_of_place").set_weights([reads.reshape(-1, 1), np.zeros(1, np.float32)])
    model.get_layer("score").set_weights([np.ones((1, 1), np.float32), np.zeros(1, np.float32)])
    return model


def square(y, x, colour, side=8):
    image = np.zeros((1, S, S, 3), np.float32)
    image[0, y:y + side, x:x + side, colour] = 1
    return image


def test_grad_cam_shows_the_filter_that_counts_and_not_the_other():
    red, blue = grad_cam(looks_at_red(), np.concatenate([square(0, 0, 0), square(0, 0, 2)]))
    assert red[:8, :8].min() == 1 and red[8:].max() == 0
    assert blue.max() == 0  # the blue filter fires, but no weight reads it


def test_grad_cam_is_not_blind_where_the_score_is_sure():
    image = square(0, 0, 0) * 50  # log odds of 320: the sigmoid's own gradient is 0 in f32
    assert grad_cam(looks_at_red(), image).max() == 1


def test_grad_cam_agrees_with_the_head_worked_by_hand():
    """MesoNet's head is two dense layers: the weight of channel k is the sum of its paths, a 256th of it a place."""
    keras.utils.set_random_seed(0)
    model, images = meso4(64), np.random.default_rng(0).random((3, 64, 64, 3)).astype("float32")
    maps = keras.Model(model.input, model.get_layer("block4_norm").output)(images)
    first, bias, second, _ = model.get_layer("dense").get_weights() + model.get_layer("score").get_weights()
    pooled = keras.Model(model.input, model.get_layer("flatten").output)(images)
    slopes = np.where(np.asarray(pooled) @ first + bias > 0, 1, 0.1)
    paths = (slopes * second[:, 0]) @ first.T
    weights = paths.reshape(3, -1, 16).sum(1) / maps.shape[1] ** 2
    wanted = np.maximum(np.einsum("nhwc,nc->nhw", np.asarray(maps), weights), 0)
    found = grad_cam(model, images)
    assert found.shape == (3, 64, 64)
    small = found[:, 4::8, 4::8]  # the middles of the 8 x 8 places, between four of them when enlarged
    assert np.corrcoef(small.ravel(), (wanted / wanted.max((1, 2), keepdims=True)).ravel())[0, 1] > 0.9


def test_occlusion_finds_the_place_and_its_weight():
    model = looks_at_red()
    image = square(0, 0, 0)
    found = occlusion(scorer_of(model), image, patch=8, stride=8)[0]
    grey = image.mean((1, 2))[0, 0]
    assert found[:8, :8] == pytest.approx(6.4 * (1 - grey), abs=1e-3)  # 64 pixels at 0.1 each
    assert np.abs(found[8:]).max() < 1e-3
    whole = occlusion(scorer_of(model), image, patch=8, stride=3)[0]
    assert np.unravel_index(whole.argmax(), whole.shape) < (4, 4)


def scorer_of(model):
    return lambda faces: model.predict_on_batch(faces)[:, 0]


def test_occlusion_takes_the_fast_scorer():
    images = np.random.default_rng(0).random((2, 32, 32, 3)).astype("float32")
    assert np.isfinite(occlusion(scorer(meso4(32)), images)).all()


def test_mean_activations():
    images = np.concatenate([square(0, 0, 0), square(0, 0, 2)])
    found = mean_activations(looks_at_red(), images)
    assert found.shape == (S, S, 2) and found[:8, :8].tolist() == [[[0.5, 0.5]] * 8] * 8 and found[8:].max() == 0


def test_the_pointing_game_and_the_overlap_by_hand():
    masks = np.zeros((4, 4, 4))
    masks[:, :2, :2] = 1
    maps = np.zeros((4, 4, 4))
    maps[0, 1, 1] = 1  # inside
    maps[1, 3, 3] = 1  # outside
    maps[2, 0:2, 0:4] = [[4, 3, 2, 1], [4, 3, 2, 1]]  # its four highest are the mask
    assert pointing_game(maps, masks).tolist() == [True, False, True, False]  # the last one is all of one value
    found = saliency_iou(maps, masks)
    assert found[2] == 1 and found[3] == 0
    assert saliency_iou(masks, masks).tolist() == [1] * 4
    assert saliency_iou(1 - masks, masks).tolist() == [0] * 4


@pytest.mark.parametrize("score", [pointing_game, saliency_iou])
def test_real_pictures_have_nothing_to_hit(score):
    with pytest.raises(ValueError, match="mask 1 is empty"):
        score(np.ones((2, 4, 4)), np.stack([np.ones((4, 4)), np.zeros((4, 4))]))
    with pytest.raises(ValueError, match="of one shape"):
        score(np.ones((2, 4, 4)), np.ones((2, 4, 5)))


def test_bad_requests_are_named():
    model, image = looks_at_red(), square(0, 0, 0)
    with pytest.raises(ValueError, match="needs maps"):
        grad_cam(model, image, "odds_of_place")
    with pytest.raises(ValueError, match="stride=9: expected 1 <= stride <= patch <= 32"):
        occlusion(scorer_of(model), image, patch=8, stride=9)
    with pytest.raises(ValueError, match=r"f32 \[N, S, S, 3\]"):
        grad_cam(model, (image * 255).astype(np.uint8))
