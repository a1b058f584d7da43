"""StyleGAN's batches and trainer: two latents with a crossover, noise that may come late, networks to go on from."""
from itertools import islice

import keras
import numpy as np
import pytest

from course_lib.models import gan
from course_lib.models.stylegan import Config, Handles, generator
from course_lib.training.gan_options import GANOptimizers, Regularisation
from course_lib.training.gan_trainer import train_gan
from course_lib.training.stylegan import path_lengths, style_batches, style_trainer

CONFIG = Config(latent=5, depth=2, widths=(6, 4, 4), discriminator_widths=(6, 4, 4), modulated=True)


def batches(count, **options):
    pictures = np.random.default_rng(0).random((20, 16, 16, 3)).astype(np.float32)
    return list(islice(style_batches(pictures, CONFIG, np.random.default_rng(1), 200, **options), count))


def test_batches_of_two_latents_with_a_crossover():
    (z, cut, noise), real = batches(1)[0]
    assert z.shape == (200, 2, 5) and cut.shape == (200, 1) and noise.shape == (200, CONFIG.noise)
    assert real.shape == (200, 16, 16, 3) and z.dtype == noise.dtype == real.dtype == np.float32
    assert set(cut.ravel()) == set(range(1, 7))  # 6 is the number of layers: of one latent alone
    assert np.mean(cut == 6) == pytest.approx(0.1, abs=0.06)
    assert (batches(1, mixing=0.0)[0][0][1] == 6).all()


def test_noise_comes_when_it_is_asked_for():
    answers = iter([False, False, True])
    noises = [inputs[2] for inputs, _ in batches(3, noisy=lambda: next(answers))]
    assert not noises[0].any() and not noises[1].any() and noises[2].std() == pytest.approx(1, abs=0.02)


def test_training_moves_both_networks_the_mean_style_and_the_noise():
    trainer = style_trainer(CONFIG, regularisation=Regularisation(r1=1.0, every=2))
    before = [[np.array(w) for w in network.weights] for network in (trainer.generator, trainer.discriminator)]
    train_gan(trainer, style_batches(np.random.default_rng(0).random((8, 16, 16, 3)).astype(np.float32), CONFIG,
                                     np.random.default_rng(1), 8), steps=3, quiet=True)
    for network, weights in zip((trainer.generator, trainer.discriminator), before, strict=True):
        moved = [np.abs(np.array(w) - b).max() > 0 for w, b in zip(network.weights, weights, strict=True)]
        assert np.mean(moved) > 0.9, [w.path for w, m in zip(network.weights, moved, strict=True) if not m]
    assert Handles(trainer.generator_ema).mean.any()


def test_training_goes_on_from_given_networks_and_the_discriminator_may_be_another():
    first = style_trainer(CONFIG, seed=1, discriminator=lambda config: gan.discriminator(2, size=16))
    again = style_trainer(CONFIG, seed=2, networks=(first.generator, first.discriminator),
                       discriminator=lambda config: gan.discriminator(2, size=16))
    for one, two in ((first.generator, again.generator_ema), (first.discriminator, again.discriminator)):
        assert all(np.array_equal(np.array(a), np.array(b)) for a, b in zip(one.weights, two.weights, strict=True))


def test_a_falling_learning_rate_keeps_both_in_proportion():
    trainer = style_trainer(CONFIG, optimizers=GANOptimizers(4e-3, 1e-3))
    trainer.learning_rate = 2e-3
    optimizers = trainer.generator_optimizer, trainer.discriminator_optimizer
    assert [float(np.array(o.learning_rate)) for o in optimizers] == pytest.approx([2e-3, 5e-4])
    rates = []
    trainer.step = lambda batch: rates.append(trainer.learning_rate) or 0.0
    train_gan(trainer, batches(6), steps=6, quiet=True, learning_rate=lambda used: 1e-3 * (1 - used))
    assert rates[0] == pytest.approx(1e-3) and rates[-1] == pytest.approx(1e-3 / 6, rel=1e-3)


def test_a_run_goes_on_where_it_was(tmp_path):
    file = tmp_path / "run.npz"

    def run(steps):
        keras.utils.set_random_seed(0)
        trainer = style_trainer(CONFIG, regularisation=Regularisation())  # its graph would take half of the time
        history = train_gan(trainer, batches(20), steps=steps, quiet=True, checkpoint=file, resume=True)
        return trainer, history

    first, _ = run(2)
    again, history = run(2)
    assert history.steps == [1, 2] and again.steps == 2
    assert all(np.array_equal(np.array(a), np.array(b)) for a, b in zip(first.variables, again.variables, strict=True))
    assert run(3)[1].steps == [1, 2, 3]


def test_path_lengths_are_the_norms_of_the_jacobian():
    keras.utils.set_random_seed(0)
    faces = Handles(generator(CONFIG))
    rng = np.random.default_rng(0)
    w, y = rng.standard_normal((3, 5), np.float32), rng.standard_normal((3, 16, 16, 3), np.float32)
    axes = 0.01 * np.eye(5, dtype=np.float32)
    for k, length in enumerate(np.array(path_lengths(faces.synthesis, w, y))):
        ends = [faces.pictures(w[k] + step) for step in (axes, -axes)]
        gradient = ((ends[0] - ends[1]) * y[k]).sum((1, 2, 3)) / 0.02  # J^T y
        assert length == pytest.approx(np.linalg.norm(gradient) / np.sqrt(16 * 16 * 3), rel=0.05)
