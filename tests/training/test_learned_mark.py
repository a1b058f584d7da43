"""Training of the learned watermark: what becomes harder and when, and that both networks learn."""
import numpy as np
import pytest
from keras import ops

from course_lib.models.learned_mark import BITS, SIDE
from course_lib.training import learned_mark

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 80, 80, 3), np.uint8)


def test_the_mark_becomes_weaker_and_the_way_rougher():
    psnrs, severities = np.array([learned_mark.schedule(used) for used in np.linspace(0, 1, 21)]).T
    assert (psnrs[0], psnrs[-1]) == (learned_mark.STRONG, learned_mark.WEAK) and (np.diff(psnrs) >= 0).all()
    assert (severities[0], severities[-1]) == (0, 1) and (np.diff(severities) >= 0).all()
    assert severities[psnrs < 24].max() == 0, "first a code, then its enemies"


def test_batches_fit_the_network_and_a_resumed_run_draws_the_same():
    source = learned_mark.batches(IMAGES, 3, 100, batch=2)
    first, second = next(source), next(source)
    (image, bits, strength, *drawn), wanted = second
    assert image.shape == (2, SIDE, SIDE, 3) and bits.shape == wanted.shape == (2, BITS) and (bits == wanted).all()
    assert drawn[-1].shape == (2, 128)
    assert np.abs(-20 * np.log10(strength.ravel()) - learned_mark.STRONG).max() <= learned_mark.SPREAD + 1e-3
    again = next(learned_mark.batches(IMAGES, 3, 100, batch=2, start=1))
    assert all((a == b).all() for a, b in zip(again[0], second[0], strict=True))
    assert not (first[1] == second[1]).all()


def test_the_loss_is_the_binary_cross_entropy():
    bits, logits = np.float32([[0, 1]]), np.float32([[-1.5, 0.25]])
    p = 1 / (1 + np.exp(-logits))
    expected = -np.mean(bits * np.log(p) + (1 - bits) * np.log(1 - p))
    assert float(learned_mark.bit_loss(bits, logits)) == pytest.approx(expected, abs=1e-6)
    assert float(learned_mark.bit_loss(bits, 0 * logits)) == pytest.approx(np.log(2))


def test_one_step_changes_both_networks():
    network, encoder, decoder = learned_mark.trainer()
    before = [np.concatenate([ops.convert_to_numpy(w).ravel() for w in part.trainable_weights])
              for part in (encoder, decoder)]
    network.train_on_batch(*next(learned_mark.batches(IMAGES, 3, 100, batch=2)))
    for part, old in zip((encoder, decoder), before, strict=True):
        new = np.concatenate([ops.convert_to_numpy(w).ravel() for w in part.trainable_weights])
        assert np.isfinite(new).all() and np.mean(new != old) > 0.5
