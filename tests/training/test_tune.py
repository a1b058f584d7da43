import keras
import numpy as np
import pytest

from course_lib.claims import claim
from course_lib.faces import FaceSet
from course_lib.models.autoencoder import cut_out, for_one_person, personal_decoder, shared_encoder, swap_faces
from course_lib.profile import current
from course_lib.training import tune_decoder

N = 16


@pytest.fixture(scope="module")
def faces():
    rng = np.random.default_rng(0)
    tint = rng.uniform(0.7, 1.0, (N, 1, 1, 1))  # one face, in darker and lighter light
    images = (np.array([0.9, 0.2, 0.1]) * tint * np.ones((N, 64, 64, 3))).astype("float32")
    masks = np.zeros((N, 64, 64), "float32")
    masks[:, 8:56, 8:56] = 1
    matrices = np.zeros((N, 2, 3))
    matrices[:, 0, 0] = 1
    return FaceSet(images, masks, np.zeros((N, 68, 2), "float32"), matrices, ["x"] * N)


def pair():
    keras.utils.set_random_seed(current().seed)
    return shared_encoder(8, 32), for_one_person(personal_decoder(8, 32, 8), np.zeros(8, "float32"))


def test_tuning_learns_the_person_and_leaves_encoder_and_base_alone(faces):
    encoder, base = pair()
    before = [w.copy() for w in encoder.get_weights() + base.get_weights()]
    target = cut_out(faces.images, faces.masks)
    decoder, history = tune_decoder(faces, steps=60, encoder=encoder, base=base, learning_rate=5e-3, quiet=True)
    assert len(history.steps) == 60 and history.stopped == "done"
    untuned, tuned = (swap_faces(encoder, d, faces.images, faces.masks) for d in (base, decoder))
    error, before_tuning = (np.abs(x - target).mean() for x in (tuned, untuned))
    claim(error, "<", 0.7 * before_tuning, "the tuned decoder draws the person better")
    after = encoder.get_weights() + base.get_weights()
    assert all(np.array_equal(x, y) for x, y in zip(before, after, strict=True))
    assert decoder.dtype_policy.name == "float32" and decoder.get_layer("personal_decoder").count_params()
    assert not np.allclose(decoder.get_layer("person").get_weights()[0], 0)  # the person's vector was tuned too


def test_too_few_or_too_large_faces_are_refused(faces):
    encoder, base = pair()
    with pytest.raises(ValueError, match="at least 8 faces"):
        tune_decoder(faces[:3], 1, encoder=encoder, base=base)
