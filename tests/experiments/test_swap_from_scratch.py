"""The batches of the swap's training: repeatable from any step, and exact pairs that differ in the target alone."""
from itertools import islice

import numpy as np
import pytest

from course_lib.experiments import code_alignment
from course_lib.experiments.swap_from_scratch import batches


@pytest.fixture(scope="module")
def faces():
    """Faces of A (dark) and B (bright) whose scene is a smooth picture, and the other person in the same scenes."""
    rng = np.random.default_rng(0)
    scenes = np.kron(rng.uniform(0, 0.3, (2, 6, 8, 8, 3)), np.ones((1, 1, 16, 16, 1))).astype(np.float32)
    a, b = scenes + np.float32([0, 0.5]).reshape(2, 1, 1, 1, 1)
    return a, b, (a + np.float32(0.5), b - np.float32(0.5))


def arrays(batch):
    return np.concatenate([np.stack(part) for part in batch])


def test_a_step_gets_the_same_batch_whenever_it_comes(faces):
    a, b, pairs = faces
    for more in ({}, {"pairs": pairs}):
        whole = [arrays(x) for x in islice(batches(a, b, 3, size=4, **more), 3)]
        np.testing.assert_array_equal(whole[2], arrays(next(batches(a, b, 3, start=2, size=4, **more))))
        assert np.abs(whole[0] - whole[1]).max() > 0.01
    assert np.abs(arrays(next(batches(a, b, 4, size=4))) - whole[0]).max() > 0.01


def test_exact_pairs_see_the_same_faces_and_draw_the_other_person(faces):
    a, b, pairs = faces
    (plain_a, plain_b), (own_a, own_b) = next(batches(a, b, 0, size=4))
    (in_a, in_b), (target_a, target_b) = next(batches(a, b, 0, size=4, pairs=pairs))
    np.testing.assert_array_equal(in_a, np.concatenate([plain_a[:2], plain_b[2:]]))
    np.testing.assert_array_equal(in_b, np.concatenate([plain_b[:2], plain_a[2:]]))
    np.testing.assert_array_equal(target_a[:2], own_a[:2])
    np.testing.assert_allclose(target_a[2:], own_b[2:] - 0.5, atol=1e-5)  # A in B's scene, moved in the same way
    np.testing.assert_allclose(target_b[2:], own_a[2:] + 0.5, atol=1e-5)


def test_only_one_variant_has_a_discriminator():
    weights = code_alignment.swap_autoencoder(code_alignment.original.WIDTH).get_weights()
    for variant in code_alignment.VARIANTS:
        trainer = code_alignment.trainer(variant, 0, weights)
        assert (trainer.discriminator is not None) == (variant == "adversarial")
        for ours, given in zip(trainer.model.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(ours, given)
