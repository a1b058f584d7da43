"""The recipe's data and loop, and what its shipped networks do with held-out people."""
import numpy as np
import pytest

from course_lib import models  # noqa: F401  (registers the layers)
from course_lib.checkpoints import find, load, verify
from course_lib.experiments import enlargement
from course_lib.models.esrgan import enlarge
from course_lib.models.gan import discriminator
from course_lib.recipes import BUILDS, esrgan

NAMES = ("esrgan_pixel", "esrgan", "esrgan_blind")


def sets(n=4):
    rng = np.random.default_rng(0)
    large = [rng.integers(0, 256, (n, side, side, 3), np.uint8) for side in (64, 128)]
    return [(np.repeat(x[:, ::4, ::4], 1, 1), x) for x in large]


def test_crops_of_a_pair_lie_at_one_place():
    small, large = next(esrgan.batches(sets(), 0))
    assert small.shape == (esrgan.BATCH, 16, 16, 3) and large.shape == (esrgan.BATCH, 64, 64, 3)
    assert small.dtype == large.dtype == np.float32 and 0 <= small.min() <= large.max() <= 1
    straight = [np.array_equal(large[k, ::4, ::4], small[k]) for k in range(len(small))]
    mirrored = [np.array_equal(large[k, ::4, ::-1][:, ::4], small[k, :, ::-1]) for k in range(len(small))]
    assert all(a or b for a, b in zip(straight, mirrored, strict=True)) and any(straight) and any(mirrored)


def test_spoiled_pictures_are_small_and_each_in_its_own_way():
    large = np.full((3, 64, 64, 3), 0.5, np.float32)
    small = enlargement.degrade_twice(large, 7)
    assert small.shape == (3, 16, 16, 3) and np.array_equal(small, enlargement.degrade_twice(large, 7))
    assert not np.array_equal(small[0], small[1]) and not np.array_equal(small, enlargement.degrade_twice(large, 8))


def test_a_short_training_goes_on_and_ends_in_float32(tmp_path, monkeypatch):
    monkeypatch.setitem(esrgan.BUILD, "esrgan_pixel", lambda: models.esrgan.rrdbnet(4, 2, 1))
    first = esrgan.train_pixel("esrgan_pixel", sets(), 3, tmp_path)
    assert esrgan.moments(tmp_path / "pixel.npz")[-1]["step"] == 3
    again = esrgan.train_pixel("esrgan_pixel", sets(), 5, tmp_path)
    told = esrgan.moments(tmp_path / "pixel.npz")
    assert told[-1]["step"] == 5 and told[-1]["cpu"] > told[0]["cpu"] > 0
    assert again.dtype_policy.name == "float32" and not np.allclose(again.get_weights()[0], first.get_weights()[0])


def test_the_generator_is_pulled_on_pixels_features_and_the_discriminator():
    trainer = esrgan.new_trainer(models.esrgan.rrdbnet(4, 2, 1))
    assert trainer.loss == "relativistic" and trainer.auxiliary.adversarial_weight == 5e-3
    assert trainer.discriminator.count_params() == discriminator(24, spectral=True, minibatch_std=False).count_params()
    small, large = next(esrgan.batches(sets(), 0))
    alike, apart = (float(trainer.auxiliary.function(x, large)) for x in (large, 1 - large))
    assert alike == pytest.approx(0, abs=1e-6) and apart > 0.01
    assert np.isfinite(trainer.step((small, large)))


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_network_is_small_and_has_a_card_and_a_command(name):
    assert find(name).size < 1.5e6 and BUILDS[name][0] == "esrgan"
    card = verify(name).with_name("card.md").read_text(encoding="utf-8")
    assert f"course checkpoints build {name}" in card and "processor time" in card and "| bicubic |" in card


@pytest.fixture(scope="module")
def people():
    return {side: enlargement.held_out(side, 16) for side in (64, 128)}


@pytest.mark.parametrize("side", [64, 128])
def test_near_in_pixels_and_near_to_the_eye_are_two_things(people, side):
    small, large, masks = people[side]
    baseline = enlargement.scores(enlargement.bicubic, small, large, masks)
    pixel, half, adversarial = enlargement.tradeoff(small, large, masks, (0, 0.5, 1))
    assert [row["share"] for row in (pixel, half, adversarial)] == [0, 0.5, 1]
    assert pixel["psnr"] > baseline["psnr"] + 1.5 and pixel["ssim"] > baseline["ssim"]
    assert adversarial["psnr"] < half["psnr"] and adversarial["psnr"] < pixel["psnr"]
    assert baseline["sharpness"] < pixel["sharpness"] < half["sharpness"] < adversarial["sharpness"] < 1
    # at 128 pixels the whole way is too far for the judge, half of it is not: see the card
    assert half["perceptual"] < pixel["perceptual"] < baseline["perceptual"]
    assert side == 128 or adversarial["perceptual"] < pixel["perceptual"]


def test_the_blind_one_mends_what_others_only_enlarge(people):
    _, large, masks = people[128]
    small = enlargement.degrade_twice(large, 10**6)
    baseline, blind, naive = (enlargement.scores(n, small, large, masks) for n in (
        enlargement.bicubic, load("esrgan_blind"), load("esrgan")))
    assert blind["psnr"] > baseline["psnr"] and blind["perceptual"] < baseline["perceptual"]
    assert blind["perceptual"] < naive["perceptual"]  # trained on clean pictures, esrgan sharpens the dirt
    assert enlarge(load("esrgan_blind"), small[0]).shape == (128, 128, 3)
