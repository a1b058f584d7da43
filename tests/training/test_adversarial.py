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
from course_lib.training.ada import augment, draw_augmentations
from course_lib.training.adversarial import Game, follow, noise_batches, play
from course_lib.training.gradients import input_gradient, value_and_gradients


def players(seed=0):
    """A generator of points on a line of pictures 16 x 16 and its discriminator, small enough for a test."""
    keras.utils.set_random_seed(current().seed + seed)
    code = keras.Input((4,))
    picture = layers.Reshape((16, 16, 3))(layers.Dense(16 * 16 * 3, activation="sigmoid")(code))
    return keras.Model(code, picture), gan.discriminator(2, size=16, spectral=True)


def batches(seed=0, bad_at=None):
    rng = np.random.default_rng(seed)
    pictures = rng.random((40, 16, 16, 3)).astype(np.float32)
    for step, (z, real) in enumerate(noise_batches(pictures, 4, rng, batch=8), 1):
        yield z, real * np.nan if step == bad_at else real


def test_both_players_and_the_average_move_and_moments_tell():
    game = Game(*players(), r1=1.0, penalty_every=2)
    before = [np.array(w) for w in game.weights]
    history = play(game, batches(), steps=6, quiet=True, samples=np.zeros((3, 4), np.float32), every=0.0)
    assert all(np.abs(np.array(w) - b).max() > 0 for w, b in zip(game.generator.weights, before, strict=False))
    moment = history.validation[-1]
    assert moment["step"] == 6 and np.isfinite([moment["discriminator"], moment["generator"]]).all()
    assert moment["discriminator_norm"] > 0 and len(moment["real"]) == len(moment["fake"]) > 0
    assert decode_sheet(moment.get("sample")).shape == (16, 48, 3) and decode_sheet(None) is None


def test_a_frozen_player_does_not_move():
    for frozen, still, moving in (("generator", "generator", "discriminator"), ("discriminator", "discriminator", "generator")):
        game = Game(*players(), frozen=frozen)
        before = {name: getattr(game, name).get_weights() for name in ("generator", "discriminator")}
        play(game, batches(), steps=2, quiet=True)
        same = {n: all(np.array_equal(a, b) for a, b in zip(before[n], getattr(game, n).get_weights(), strict=True))
                for n in before}
        assert same[still] and not same[moving]


def test_the_generator_plays_once_for_discriminator_steps():
    game = Game(*players(), "wasserstein", penalty=10.0, critic_steps=3)
    for _, batch in zip(range(6), batches(), strict=False):
        game.train_on_batch(*batch)
    assert ["generator" in s for s in game.seen] == [True, False, False, True, False, False]


def test_the_discriminator_learns_to_tell_and_an_extra_loss_pulls():
    game = Game(*players(), rate=1e-2, frozen="generator")
    told = play(game, batches(), steps=60, quiet=True).validation[-1]
    claim(np.mean(told["real"]) - np.mean(told["fake"]), ">", 1, "the discriminator learns to tell real from fake")
    grey = Game(*players(), rate=1e-2, weight=0.0, frozen="discriminator", extra=lambda fake, _: ops.mean((fake - 0.2) ** 2))
    z = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
    before = np.square(grey.generator.predict_on_batch(z) - 0.2).mean()
    play(grey, batches(), steps=60, quiet=True)
    after = np.square(grey.generator.predict_on_batch(z) - 0.2).mean()
    claim(after, "<", 0.5 * before, "an extra loss pulls the generator towards grey")


def test_in_the_relativistic_game_real_pictures_teach_the_generator_too():
    losses = []
    for lift in (0.0, 0.4):
        game = Game(*players(), "relativistic", frozen="discriminator")
        z, real = next(batches())
        losses.append(game.train_on_batch(z, (real + lift).clip(0, 1)))
    assert abs(losses[0] - losses[1]) > 1e-4
    game = Game(*players(), "relativistic", rate=1e-2, frozen="generator")
    told = play(game, batches(), steps=60, quiet=True).validation[-1]
    claim(np.mean(told["real"]) - np.mean(told["fake"]), ">", 1, "the relativistic critic learns to tell them apart")


def test_pairs_are_shown_to_the_discriminator():
    pictures = keras.Input((16, 16, 3))
    generator = keras.Model(pictures, layers.Conv2D(3, 3, padding="same", activation="sigmoid")(pictures))
    discriminator = gan.discriminator(2, channels=6, size=16)
    game = Game(generator, discriminator, "least squares", view=lambda a, b: ops.concatenate([a, b], -1))
    real = np.random.default_rng(0).random((4, 16, 16, 3)).astype(np.float32)
    assert np.isfinite(game.train_on_batch(real, real))


def test_nan_puts_the_good_weights_back():
    game = Game(*players())
    history = play(game, batches(bad_at=5), steps=9, quiet=True)
    assert history.stopped == "nan" and history.bad_batch == 5
    assert all(np.isfinite(np.array(w)).all() for w in game.weights)


def test_a_run_goes_on_as_if_it_had_not_stopped(tmp_path):
    def run(game, source, *stops):
        for steps in stops:
            play(game, source, steps=steps, quiet=True, checkpoint=tmp_path / "run.npz", resume=True)
        return np.concatenate([w.ravel() for w in game.average.get_weights()])

    whole = run(Game(*players()), batches(), 4)
    (tmp_path / "run.npz").unlink()
    run(Game(*players()), batches(), 2)
    source = batches()
    next(source), next(source)
    assert np.allclose(run(Game(*players(seed=9)), source, 4), whole, atol=1e-6)


def test_interrupting_keeps_what_was_learned(capsys):
    def stopped():
        yield from (b for b, _ in zip(batches(), range(3), strict=False))
        raise KeyboardInterrupt

    game = Game(*players())
    batch, count = next(batches()), []
    step = game.train_on_batch

    def pressed(*arrays):
        count.append(1)
        if len(count) == 4:
            raise KeyboardInterrupt
        return step(*arrays)

    game.train_on_batch = pressed
    history = play(game, (batch for _ in range(9)), steps=9)
    assert history.stopped == "interrupted" and len(history.steps) == 3 and "kept" in capsys.readouterr().out


def test_follow_is_the_moving_average():
    slow, fast = players(0)[0], players(1)[0]
    before, goal = slow.get_weights(), fast.get_weights()
    follow(slow, fast, 0.9)
    assert all(np.allclose(s, 0.9 * b + 0.1 * g, atol=1e-6)
               for s, b, g in zip(slow.get_weights(), before, goal, strict=True))


@pytest.mark.parametrize("options, says", [({"loss": "chess"}, "non-saturating"), ({"change": "some"}, "adaptive"),
                                           ({"frozen": "both"}, "frozen"),
                                           ({"loss": "hinge", "labels": (0.9, 0.0)}, "labels")])
def test_bad_options_are_named(options, says):
    with pytest.raises(ValueError, match=says):
        Game(*players(), **options)


def test_changes_mirror_shift_and_leave_alone():
    rng = np.random.default_rng(0)
    x = rng.random((6, 16, 16, 3)).astype(np.float32)
    assert augment(x, None) is x
    assert np.allclose(augment(x, draw_augmentations(rng, 6, 16, 0.0)), x, atol=1e-6)
    y = np.asarray(augment(x, draw_augmentations(rng, 6, 16, 1.0)))
    assert y.shape == x.shape and all(np.abs(a - b).mean() > 0.02 for a, b in zip(x, y, strict=True))
    flat = np.asarray(augment(np.full_like(x, 0.5), draw_augmentations(rng, 6, 16, 1.0)))
    assert np.allclose(flat, flat[:, :1, :1, :1], atol=1e-6)  # nothing from outside the picture comes in


def test_the_adaptive_chance_follows_the_discriminator():
    chances = {}
    for name, sign in (("sure", 1.0), ("unsure", -1.0)):
        game = Game(*players(), change="adaptive", chance=0.1)
        game.discriminator.layers[-2].bias.assign([5.0 * sign])
        chances[name] = play(game, batches(), steps=3, quiet=True).validation[-1]["chance"]
    assert chances["unsure"] < 0.1 < chances["sure"]


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
from tests.training.test_adversarial import Game, players
game, rng = Game(*players(), r1=2.0, penalty=1.0, change="fixed", chance=0.5, seed=3), np.random.default_rng(0)
for model in (game.generator, game.discriminator, game.average):
    draw = np.random.default_rng(1)
    model.set_weights([draw.normal(0, 0.2, w.shape) for w in model.get_weights()])
game.train_on_batch(rng.normal(size=(4, 4)).astype("float32"), rng.random((4, 16, 16, 3)).astype("float32"))
np.savez(sys.argv[1], *[np.asarray(w) for m in (game.generator, game.discriminator, game.average) for w in m.get_weights()])
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
