"""Attributes and identity predicted for people whom the networks have never seen, beside the truth."""
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from course_lib.cast import random_person, random_scene, render
from course_lib.checkpoints import find
from course_lib.data.portraits import PEOPLE_SEED, RENDERED, SCENE_SEED, WILD, crop
from course_lib.metrics.attributes import (
    ATTRIBUTES,
    CANDIDATES,
    MIRRORED,
    SAME,
    UNPREDICTABLE,
    identify,
    predict_attributes,
    true_attributes,
)

COUNT = 32


@pytest.fixture(scope="module")
def shown():
    """Portraits of 16 unseen people in two scenes each, and their true attributes."""
    persons = [random_person(PEOPLE_SEED + 9000 + k % 16) for k in range(COUNT)]
    scenes = [random_scene(SCENE_SEED + 9000 + k, wild=WILD) for k in range(COUNT)]
    return crop(render(persons, scenes, size=RENDERED)), true_attributes(persons, scenes)


def test_the_truth_is_that_of_person_and_scene():
    person, scene = random_person(5), random_scene(6)
    truth = dict(zip(ATTRIBUTES, true_attributes([person], [scene])[0], strict=True))
    assert truth["skin"] == pytest.approx(person.skin) and truth["yaw"] == pytest.approx(scene.pose.yaw)
    assert truth["blink"] == pytest.approx((scene.expression.blink_left + scene.expression.blink_right) / 2)
    assert 0 < truth["hard"] < 1 and abs(truth["light_side"]) <= 1
    assert set(ATTRIBUTES) | set(UNPREDICTABLE) == set(CANDIDATES) and set(MIRRORED) <= set(ATTRIBUTES)
    assert true_attributes([person], [scene], ("warm", "skin")).shape == (1, 2)


def test_it_predicts_unseen_people(shown):
    images, truth = shown
    predicted = predict_attributes(images)
    tight = [ATTRIBUTES.index(name) for name in ("yaw", "skin", "light_side", "light_height")]
    for k in tight:
        assert np.corrcoef(predicted[:, k], truth[:, k])[0, 1] > 0.85, ATTRIBUTES[k]
    std = truth.std(0)
    assert np.mean(((predicted - truth) / np.maximum(std, 0.1)) ** 2) < 0.5  # 1 is a blind guess
    subset = predict_attributes(images[:3], ("skin", "yaw"))
    assert np.allclose(subset, predicted[:3][:, [ATTRIBUTES.index("skin"), ATTRIBUTES.index("yaw")]], atol=1e-5)


def test_a_mirror_image_turns_the_signs(shown):
    images, _ = shown
    straight, turned = (predict_attributes(p, MIRRORED + ("skin",)) for p in (images, images[:, :, ::-1]))
    for k in (0, 2):  # yaw, light_side
        assert np.corrcoef(straight[:, k], -turned[:, k])[0, 1] > 0.9
    assert np.corrcoef(straight[:, -1], turned[:, -1])[0, 1] > 0.95


def test_larger_images_and_bytes_give_the_same(shown):
    images = shown[0][:4]
    large = np.repeat(np.repeat(images, 2, 1), 2, 2)
    assert np.allclose(predict_attributes(large), predict_attributes(images), atol=1e-4)
    assert np.allclose(predict_attributes((images * 255 + 0.5).astype(np.uint8)), predict_attributes(images), atol=0.03)
    assert predict_attributes(images[:0]).shape == (0, len(ATTRIBUTES))


def test_a_person_is_known_again_in_another_scene(shown):
    vectors = identify(shown[0])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    close = vectors[:16] @ vectors[16:].T
    assert roc_auc_score(np.eye(16).ravel(), close.ravel()) > 0.97
    assert (np.diag(close) > SAME).mean() > 0.8 and (close[~np.eye(16, dtype=bool)] > SAME).mean() < 0.1


def test_the_card_says_how_far_to_trust_each_number():
    card = find("attribute_regressor").path.with_name("card.md").read_text(encoding="utf-8")
    read, left = card.split("Tried and left out")
    for names, text in ((ATTRIBUTES, read), (UNPREDICTABLE, left)):
        assert all(f"| {name} | {CANDIDATES[name][1]} |" in text for name in names)


@pytest.mark.parametrize("call, says", [
    (lambda: predict_attributes(np.zeros((2, 65, 65, 3))), "65, 65"),
    (lambda: predict_attributes(np.zeros((64, 64, 3))), "portraits"),
    (lambda: predict_attributes(np.zeros((1, 64, 64, 3)), ("yaw", "age")), "does not predict age"),
    (lambda: identify(np.zeros((1, 128, 128, 3))), "128"),
])
def test_what_does_not_fit_is_said(call, says):
    with pytest.raises(ValueError, match=says):
        call()
