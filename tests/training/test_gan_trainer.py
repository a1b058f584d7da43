import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers, ops

from course_lib.claims import claim
from course_lib.models import gan
from course_lib.profile import current
from course_lib.show import decode_sheet
from course_lib.training.ada import adapt_probability, augment, draw_augmentations
from course_lib.training.gan_options import Augmentation, AuxiliaryLoss, GANOptimizers, Regularisation
from course_lib.training.gan_trainer import GANTrainer, noise_batches, train_gan, update_ema
from course_lib.training.gradients import input_gradient, value_and_gradients


def networks(seed=0):
    """A generator of images 16 x 16 and its discriminator, small enough for a test."""
    keras.utils.set_random_seed(current().seed + seed)
    code = keras.Input((4,))
    picture = layers.Reshape((16, 16, 3))(layers.Dense(16 * 16 * 3, activation="sigmoid")(code))
    return keras.Model(code, picture), gan.discriminator(2, size=16, spectral=True)


def batches(seed=0, bad_at=None):
    rng = np.random.default_rng(seed)
    pictures = rng.random((40, 16, 16, 3)).astype(np.float32)
    for step, (z, real) in enumerate(noise_batches(pictures, 4, rng, batch=8), 1):
        yield z, real * np.nan if step == bad_at else real


def test_both_networks_and_the_average_move_and_the_log_tells():
    trainer = GANTrainer(*networks(), regularisation=Regularisation(r1=1.0, every=2))
    before = [np.array(w) for w in trainer.variables]
    history = train_gan(trainer, batches(), steps=6, quiet=True, samples=np.zeros((3, 4), np.float32), every=0.0)
    assert all(np.abs(np.array(w) - b).max() > 0 for w, b in zip(trainer.generator.weights, before, strict=False))
    entry = history.validation[-1]
    assert entry["step"] == 6 and np.isfinite([entry["discriminator"], entry["generator"]]).all()
    assert entry["discriminator_norm"] > 0 and len(entry["real"]) == len(entry["fake"]) > 0
    assert decode_sheet(entry.get("sample")).shape == (16, 48, 3) and decode_sheet(None) is None


def test_a_frozen_network_does_not_move():
    for frozen, moving in (("generator", "discriminator"), ("discriminator", "generator")):
        trainer = GANTrainer(*networks(), frozen=frozen)
        before = {name: getattr(trainer, name).get_weights() for name in ("generator", "discriminator")}
        train_gan(trainer, batches(), steps=2, quiet=True)
        same = {n: all(np.array_equal(a, b) for a, b in zip(before[n], getattr(trainer, n).get_weights(), strict=True))
                for n in before}
        assert same[frozen] and not same[moving]


def test_the_generator_learns_once_for_discriminator_steps():
    trainer = GANTrainer(*networks(), "wasserstein", regularisation=Regularisation(gradient_penalty=10.0),
                         discriminator_steps=3)
    for _, batch in zip(range(6), batches(), strict=False):
        trainer.step(batch)
    assert ["generator" in entry for entry in trainer.entries] == [True, False, False, True, False, False]


def test_the_discriminator_learns_to_tell_and_an_auxiliary_loss_pulls():
    trainer = GANTrainer(*networks(), optimizers=GANOptimizers(1e-2), frozen="generator")
    log = train_gan(trainer, batches(), steps=60, quiet=True).validation[-1]
    claim(np.mean(log["real"]) - np.mean(log["fake"]), ">", 1, "the discriminator learns to tell real from fake")
    grey = GANTrainer(*networks(), optimizers=GANOptimizers(1e-2), frozen="discriminator",
                      auxiliary=AuxiliaryLoss(lambda fake, _: ops.mean((fake - 0.2) ** 2), adversarial_weight=0.0))
    z = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
    before = np.square(grey.generator.predict_on_batch(z) - 0.2).mean()
    train_gan(grey, batches(), steps=60, quiet=True)
    after = np.square(grey.generator.predict_on_batch(z) - 0.2).mean()
    claim(after, "<", 0.5 * before, "an auxiliary loss pulls the generator towards grey")


def test_with_the_relativistic_loss_real_images_teach_the_generator_too():
    losses = []
    for lift in (0.0, 0.4):
        trainer = GANTrainer(*networks(), "relativistic", frozen="discriminator")
        z, real = next(batches())
        losses.append(trainer.step((z, (real + lift).clip(0, 1))))
    assert abs(losses[0] - losses[1]) > 1e-4
    trainer = GANTrainer(*networks(), "relativistic", optimizers=GANOptimizers(1e-2), frozen="generator")
    log = train_gan(trainer, batches(), steps=60, quiet=True).validation[-1]
    claim(np.mean(log["real"]) - np.mean(log["fake"]), ">", 1, "the relativistic discriminator tells them apart")


def test_pairs_are_shown_to_the_discriminator():
    pictures = keras.Input((16, 16, 3))
    generator = keras.Model(pictures, layers.Conv2D(3, 3, padding="same", activation="sigmoid")(pictures))
    discriminator = gan.discriminator(2, channels=6, size=16)
    trainer = GANTrainer(generator, discriminator, "least squares", condition=lambda a, b: ops.concatenate([a, b], -1))
    real = np.random.default_rng(0).random((4, 16, 16, 3)).astype(np.float32)
    assert np.isfinite(trainer.step((real, real)))


def test_nan_puts_the_good_weights_back():
    trainer = GANTrainer(*networks())
    history = train_gan(trainer, batches(bad_at=5), steps=9, quiet=True)
    assert history.stopped == "nan" and history.bad_batch == 5
    assert all(np.isfinite(np.array(w)).all() for w in trainer.variables)


def test_a_run_goes_on_as_if_it_had_not_stopped(tmp_path):
    def run(trainer, source, *stops):
        for steps in stops:
            train_gan(trainer, source, steps=steps, quiet=True, checkpoint=tmp_path / "run.npz", resume=True)
        return np.concatenate([w.ravel() for w in trainer.generator_ema.get_weights()])

    whole = run(GANTrainer(*networks()), batches(), 4)
    (tmp_path / "run.npz").unlink()
    run(GANTrainer(*networks()), batches(), 2)
    source = batches()
    next(source), next(source)
    assert np.allclose(run(GANTrainer(*networks(seed=9)), source, 4), whole, atol=1e-6)


def test_interrupting_keeps_what_was_learned(capsys):
    def stopped():
        yield from (b for b, _ in zip(batches(), range(3), strict=False))
        raise KeyboardInterrupt

    trainer = GANTrainer(*networks())
    batch, count = next(batches()), []
    step = trainer.step

    def pressed(batch):
        count.append(1)
        if len(count) == 4:
            raise KeyboardInterrupt
        return step(batch)

    trainer.step = pressed
    history = train_gan(trainer, (batch for _ in range(9)), steps=9)
    assert history.stopped == "interrupted" and len(history.steps) == 3 and "kept" in capsys.readouterr().out


def test_update_ema_is_the_moving_average():
    slow, fast = networks(0)[0], networks(1)[0]
    before, goal = slow.get_weights(), fast.get_weights()
    update_ema(slow, fast, 0.9)
    assert all(np.allclose(s, 0.9 * b + 0.1 * g, atol=1e-6)
               for s, b, g in zip(slow.get_weights(), before, goal, strict=True))


@pytest.mark.parametrize("options, says", [({"loss": "chess"}, "non-saturating"), ({"frozen": "both"}, "frozen"),
                                           ({"loss": "hinge", "label_smoothing": 0.1}, "labels")])
def test_bad_options_are_named(options, says):
    with pytest.raises(ValueError, match=says):
        GANTrainer(*networks(), **options)
    with pytest.raises(ValueError, match="adaptive"):
        Augmentation("sometimes")


def test_augmentations_mirror_shift_and_leave_alone():
    rng = np.random.default_rng(0)
    x = rng.random((6, 16, 16, 3)).astype(np.float32)
    assert augment(x, None) is x
    assert np.allclose(augment(x, draw_augmentations(rng, 6, 16, 0.0)), x, atol=1e-6)
    y = np.asarray(augment(x, draw_augmentations(rng, 6, 16, 1.0)))
    assert y.shape == x.shape and all(np.abs(a - b).mean() > 0.02 for a, b in zip(x, y, strict=True))
    flat = np.asarray(augment(np.full_like(x, 0.5), draw_augmentations(rng, 6, 16, 1.0)))
    assert np.allclose(flat, flat[:, :1, :1, :1], atol=1e-6)  # nothing from outside the picture comes in


def test_the_adaptive_probability_follows_the_discriminator():
    probability = {}
    for name, sign in (("sure", 1.0), ("unsure", -1.0)):
        trainer = GANTrainer(*networks(), augmentation=Augmentation("adaptive", 0.1))
        trainer.discriminator.layers[-2].bias.assign([5.0 * sign])
        probability[name] = train_gan(trainer, batches(), steps=3, quiet=True).validation[-1]["chance"]
    assert probability["unsure"] < 0.1 < probability["sure"]
    # 10 of 11 positive signs lie above the target, 3 of 4 below: +- 32 / 20,000, within 0 and 0.85
    assert adapt_probability(0.1, np.float32([1] * 10 + [-1]), 32) == pytest.approx(0.1016)
    assert adapt_probability(0.1, np.float32([1, 1, 1, -1]), 32) == pytest.approx(0.0984)
    assert adapt_probability(0.85, np.ones(4), 32) == 0.85 and adapt_probability(0.0, -np.ones(4), 32) == 0


def test_gradients_are_those_of_the_numbers():
    w = keras.Variable(np.array([1.5, -0.5], np.float32))
    value, rest, (gradient,) = value_and_gradients(lambda: (ops.sum(w**3), "kept"), [w])
    assert (float(value), rest) == (pytest.approx(3.25), "kept")
    assert np.allclose(gradient, 3 * np.array(w) ** 2)
    assert np.allclose(input_gradient(lambda x: ops.sum(x**2, axis=-1), np.float32([[1, 2], [3, 4]])), [[2, 4], [6, 8]])
    # the penalty's gradient goes through the input gradient: d/dw of (2 w x)^2
    a = keras.Variable(np.float32(3.0))
    _, _, (second,) = value_and_gradients(
        lambda: (ops.sum(input_gradient(lambda x: a * x**2, np.float32([[2.0]])) ** 2), ()), [a])
    assert float(second) == pytest.approx(2 * 3 * (2 * 2.0) ** 2)


ONE_STEP = """
import sys, numpy as np, course_lib
from tests.training.test_gan_trainer import Augmentation, GANTrainer, Regularisation, networks
trainer, rng = GANTrainer(*networks(), regularisation=Regularisation(r1=2.0, gradient_penalty=1.0), seed=3,
                          augmentation=Augmentation("fixed", 0.5)), np.random.default_rng(0)
models = trainer.generator, trainer.discriminator, trainer.generator_ema
for model in models:
    draw = np.random.default_rng(1)
    model.set_weights([draw.normal(0, 0.2, w.shape) for w in model.get_weights()])
trainer.step((rng.normal(size=(4, 4)).astype("float32"), rng.random((4, 16, 16, 3)).astype("float32")))
np.savez(sys.argv[1], *[np.asarray(w) for m in models for w in m.get_weights()])
"""


def test_one_step_is_the_same_on_every_installed_backend(tmp_path):
    tried = [name for name in ("tensorflow", "torch", "jax") if importlib.util.find_spec(name)]
    left = {}
    for name in tried:
        file = tmp_path / f"{name}.npz"
        subprocess.run([sys.executable, "-c", ONE_STEP, file], check=True, env={**os.environ, "KERAS_BACKEND": name})
        with np.load(file) as found:
            left[name] = [found[k] for k in found.files]
    print(f"one step was tried on {', '.join(tried)}")
    assert "tensorflow" in tried
    for name in tried[1:]:
        for a, b in zip(left["tensorflow"], left[name], strict=True):
            assert np.allclose(a, b, atol=1e-4), f"{name} and tensorflow differ by {np.abs(a - b).max()} after one step"
