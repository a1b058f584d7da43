"""The shipped StyleGAN is the end of its curve, makes people of many kinds, and its handles do what they say."""
import json

import numpy as np
import pytest

from course_lib.checkpoints import find, load
from course_lib.data.portraits import ATTRIBUTES
from course_lib.metrics.generative import portrait_features
from course_lib.models.stylegan import Handles
from course_lib.recipes import portrait_stylegan as recipe
from course_lib.show import decode_sheet


@pytest.fixture(scope="module")
def network():
    return load("portrait_stylegan")


@pytest.fixture(scope="module")
def rows():
    curve = json.loads(find("portrait_stylegan").path.with_name("curve.json").read_text(encoding="utf-8"))
    assert curve["faces"] == recipe.HELD_OUT
    return curve["rows"]


def test_it_is_the_end_of_its_curve(network, rows):
    assert [r["step"] for r in rows] == sorted(r["step"] for r in rows) and len(rows) >= 4
    plain = json.loads(find("portrait_generator").path.with_name("curve.json").read_text(encoding="utf-8"))["rows"]
    assert rows[-1]["frechet"] < 1.1 * min(r["frechet"] for r in rows)
    assert rows[-1]["frechet"] < 0.5 * plain[-1]["frechet"] and rows[-1]["recall"] > plain[-1]["recall"]
    made = network.predict_on_batch([x[:32] for x in recipe.inputs(recipe.HELD_OUT)])
    shown = decode_sheet(rows[-1]["sample"]).reshape(4, 64, 8, 64, 3).swapaxes(1, 2).reshape(32, 64, 64, 3)
    assert np.abs(made - shown).mean() < 0.03


def test_people_of_many_kinds_and_truncation_makes_them_fewer(network):
    parts = Handles(network)
    w = parts.w(np.random.default_rng(0).standard_normal((150, parts.latent)))
    spreads = []
    for psi in (1.0, 0.4):
        values = portrait_features(parts.pictures(parts.styles(w, psi)))[0]
        spreads.append(dict(zip(ATTRIBUTES, values.std(0), strict=True)))
    assert spreads[0]["skin"] > 0.12 and spreads[0]["yaw"] > 0.08
    assert spreads[1]["skin"] < spreads[0]["skin"] and spreads[1]["yaw"] < spreads[0]["yaw"]
    assert np.abs(parts.mean - w.mean(0)).max() < 0.5 * w.std(0).max()


def test_the_rate_falls_in_the_last_third():
    assert recipe.falling(0.0) == recipe.falling(0.6) == recipe.LEARNING_RATE
    assert recipe.falling(1.0) == recipe.falling(1.2) == pytest.approx(0.05 * recipe.LEARNING_RATE)
    assert recipe.falling(0.9) < recipe.falling(0.8) < recipe.LEARNING_RATE


def test_it_goes_on_from_the_shipped_networks(network):
    discriminator = load("portrait_stylegan_discriminator")
    trainer = recipe.new_trainer((network, discriminator))
    weights = zip(trainer.generator_ema.get_weights(), network.get_weights(), strict=True)
    assert all(np.array_equal(a, b) for a, b in weights)
    rng = np.random.default_rng(0)
    given = [x[:4] for x in recipe.inputs(4)]
    assert np.isfinite(trainer.step((given, rng.random((4, 64, 64, 3), np.float32))))
