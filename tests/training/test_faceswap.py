import keras
import numpy as np
import pytest
from keras import layers, ops

from course_lib.claims import claim
from course_lib.models import faceswap_gan as fg
from course_lib.models.autoencoder import for_one_person, personal_decoder
from course_lib.models.evaluators import feature_pyramid, pose_regressor
from course_lib.profile import current
from course_lib.training import faceswap as fs
from course_lib.training.faceswap_trainer import fit_mask, pairs, swap_trainer, teach_mask
from course_lib.training.gan_losses import mixup_discriminator
from course_lib.training.gan_trainer import train_gan
from course_lib.training.gradients import value_and_gradients

NOTHING = fs.Weights(0, 0, 0, 0, 0, (0, 0, 0, 0), 0, 0, 0)
OURS = fs.Weights(whole=1, perceptual=(0,) * 4)
SMALL = np.float32([[1, 4], [3, 0]]).reshape(1, 2, 2, 1)


def rows(channels, n=2, side=64, seed=0):
    return np.random.default_rng(seed).random((n, side, side, channels)).astype(np.float32)


def test_edges_and_masks_by_hand():
    right, down = (np.asarray(d) for d in fs.first_differences(SMALL))
    assert right.shape == (1, 1, 1, 1) and (right.item(), down.item()) == (3, 2)
    assert float(fs.edge_loss(SMALL, 0 * SMALL)) == 5 and float(fs.edge_loss(SMALL, SMALL + 7)) == 0
    assert float(fs.edge_loss(-SMALL, SMALL)) == 0  # it asks how strong an edge is, not which way it runs
    assert float(fs.edge_loss(SMALL, 0 * SMALL, np.full_like(SMALL, 0.5))) == 2.5
    assert float(fs.total_variation(SMALL)) == 5 and float(fs.total_variation(0 * SMALL + 0.3)) == 0
    assert float(fs.mask_hinge(np.float32([0, 0.3, 0.4, 1]), 0.4)) == pytest.approx(0.5 / 4)


def test_the_hinge_pulls_only_below_its_bound():
    alpha = keras.Variable(np.float32([0.0, 0.3, 0.5, 1.0]))
    _, _, (slope,) = value_and_gradients(lambda: (fs.mask_hinge(alpha, 0.4), ()), [alpha])
    assert np.allclose(slope, [-0.25, -0.25, 0, 0])


def test_mixup_asks_the_discriminator_for_the_mixing_weight():
    scores = np.float32([[0.5], [1.0]])
    assert float(mixup_discriminator(scores, np.float32([0.25, 0.25]))) == pytest.approx((0.25**2 + 0.75**2) / 2)
    patches = np.full((2, 8, 8, 1), 0.7, np.float32)
    assert float(mixup_discriminator(patches, np.full((2, 1, 1, 1), 0.7, np.float32))) == pytest.approx(0, abs=1e-12)


def network(seed=0):
    keras.utils.set_random_seed(seed)
    return feature_pyramid(pose_regressor(4))


def test_four_depths_of_a_face_network():
    model = network()
    assert [s[1:3] for s in model.output_shape] == [(4, 4), (8, 8), (16, 16), (32, 32)]
    assert not model.trainable_variables
    x = np.random.default_rng(0).random((1, 64, 64, 3), np.float32)
    keras.utils.set_random_seed(0)
    before = feature_pyramid(pose_regressor(4), activated=False)(x)
    for raw, map_ in zip(before, model(x), strict=True):
        assert np.allclose(np.where(raw > 0, raw, 0.1 * np.asarray(raw)), map_, atol=1e-6) and np.min(raw) < 0


def test_perceptual_loss_is_zero_only_for_the_same_and_weighs_each_depth():
    model, a, b = network(), rows(3), rows(3, seed=1)
    assert float(fs.perceptual_loss(model, a, a)) == 0
    each = [float(fs.perceptual_loss(model, a, b, w)) for w in np.eye(4)]
    assert min(each) > 0
    whole = float(fs.perceptual_loss(model, a, b))
    assert whole == pytest.approx(np.dot(fs.Weights().perceptual, each), rel=1e-5)
    x = np.asarray(fs.standardised(a))
    assert np.allclose(x.mean((1, 2, 3)), 0, atol=1e-4) and np.allclose(x.std((1, 2, 3)), 1, atol=1e-2)


def case():
    wanted = rows(8, seed=2)
    wanted[..., 6:] = wanted[..., 6:] > 0.5
    return rows(7, seed=3), wanted


def test_each_loss_is_its_formula_and_those_of_weight_zero_are_nothing():
    output, wanted = case()
    picture, colour, alpha = fg.parts(output)
    found = {k: float(v) for k, v in fs.swap_losses(output, wanted, OURS, None).items()}
    off = 2 * np.abs(colour - wanted[..., 3:6])
    by_hand = {"colour": off.mean(), "eyes": 30 * (off * wanted[..., 7:]).mean(), "small": 0,
               "whole": 2 * np.abs(picture - wanted[..., :3]).mean(), "hinge": 0.1 * np.maximum(0, 0.4 - alpha).mean()}
    assert {k: found[k] for k in by_hand} == pytest.approx(by_hand, rel=1e-4)
    assert {"edge", "eyes' edges", "smooth"} == set(found) - set(by_hand)
    assert "whole" not in fs.swap_losses(output, wanted, fs.Weights(perceptual=(0,) * 4))  # published, it has none
    early = fs.swap_losses(output, wanted, OURS, None, least=0.0)
    assert float(early["small"]) == pytest.approx(0.01 * alpha.mean(), rel=1e-4) and float(early["hinge"]) == 0
    assert sum(float(v) for v in fs.swap_losses(output, wanted, NOTHING).values()) == 0


def test_gradients_are_finite_and_zero_where_a_loss_does_not_look():
    output, wanted = case()
    for name, weights, looks in (("all", fs.Weights(whole=1), (0, 1, 2, 3, 4, 5, 6)),
                                 ("colour", NOTHING.__class__(1, 0, 0, 0, 0, (0,) * 4, 0, 0, 0), (3, 4, 5)),
                                 ("whole", NOTHING.__class__(0, 1, 0, 0, 0, (0,) * 4, 0, 0, 0), (0, 1, 2)),
                                 ("smooth", NOTHING.__class__(0, 0, 0, 0, 0, (0,) * 4, 0, 1, 0), (6,))):
        x, net = keras.Variable(output), network()
        _, _, (slope,) = value_and_gradients(
            lambda x=x, weights=weights, net=net: (sum(fs.swap_losses(x, wanted, weights, net).values()), ()), [x])
        slope = np.asarray(slope)
        moved = {c for c in range(7) if np.abs(slope[..., c]).max() > 0}
        assert np.isfinite(slope).all() and moved == set(looks), name


def test_a_perfect_output_costs_its_mask_alone():
    _, wanted = case()
    perfect = np.concatenate([wanted[..., :6], np.full_like(wanted[..., 6:7], 0.5)], -1)
    losses = fs.swap_losses(perfect, wanted, OURS, None)
    assert max(float(v) for v in losses.values()) == 0


def test_the_schedule_is_the_published_one():
    assert [fs.schedule(s).perceptual for s in (0, 0.19, 0.2, 1)] == [0, 0, 1, 1]
    points = (0, 0.29, 0.3, 0.39, 0.4, 0.49, 0.5, 0.66, 0.67, 0.79, 0.8, 0.89, 0.9, 1)
    assert [fs.schedule(s).least for s in points] == [0, 0, 0.5, 0.5, 0.2, 0.2, 0.4, 0.4, 0, 0, 0.1, 0.1, 0, 0]
    assert [fs.schedule(s).learning_rate for s in (0, 0.66, 0.67, 0.89, 0.9, 1)] == [1, 1, 0.3, 0.3, 0.1, 0.1]
    assert fs.schedule(np.float64(0.7)) == fs.schedule(0.7)
    with pytest.raises(ValueError, match="0 to 1"):
        fs.schedule(1.2)


def tiny():
    """A generator of two inputs with mask and colour, and a discriminator of pairs, small enough for a test."""
    keras.utils.set_random_seed(current().seed)
    code, picture = keras.Input((4,)), keras.Input((64, 64, 3))
    colour = layers.Reshape((64, 64, 3))(layers.Dense(64 * 64 * 3, activation="sigmoid")(code))
    alpha = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(picture)
    discriminator = keras.Sequential([keras.Input((64, 64, 6)), layers.Conv2D(1, 8, strides=8)])
    return keras.Model([code, picture], fg.Composite()([alpha, colour, picture])), discriminator


def batches():
    rng = np.random.default_rng(0)
    _, wanted = case()
    while True:
        yield [rng.normal(size=(2, 4)).astype(np.float32), wanted[..., :3]], wanted


def test_it_is_trained_along_the_schedule():
    generator, discriminator = tiny()
    before = [w.copy() for w in discriminator.get_weights()]
    trainer, schedule = swap_trainer(generator, discriminator, network=network())
    history = train_gan(trainer, batches(), steps=12, learning_rate=schedule, quiet=True)
    assert history.stopped == "done" and np.isfinite(history.losses).all()
    assert any(not np.array_equal(a, b) for a, b in zip(before, discriminator.get_weights(), strict=True))
    assert [float(ops.convert_to_numpy(v)) for v in trainer.auxiliary.variables] == pytest.approx([1, 0.0])
    assert float(trainer.generator_optimizer.learning_rate) == pytest.approx(1e-5)
    assert float(trainer.discriminator_optimizer.learning_rate) == pytest.approx(2e-5)


def test_without_the_adversarial_loss_the_discriminator_rests():
    generator, discriminator = tiny()
    before = [w.copy() for w in discriminator.get_weights()]
    trainer, schedule = swap_trainer(generator, discriminator, fs.Weights(adversarial=0, perceptual=(0,) * 4),
                                     learning_rate=1e-2)
    losses = train_gan(trainer, batches(), steps=30, learning_rate=schedule, quiet=True).losses
    assert all(np.array_equal(a, b) for a, b in zip(before, discriminator.get_weights(), strict=True))
    claim(np.mean(losses[-5:]), "<", np.mean(losses[:5]), "the swap's loss falls without the discriminator")
    with pytest.raises(ValueError, match="feature_pyramid"):
        swap_trainer(generator, discriminator)


def test_the_discriminator_is_shown_the_composite_and_the_colour_beside_the_input():
    output, wanted = case()
    distorted = wanted[..., :3] / 2
    for image in (output, wanted):
        shown = np.asarray(pairs([None, distorted], image))
        assert shown.shape == (4, 64, 64, 6)
        assert np.array_equal(shown[:2, ..., :3], image[..., :3])
        assert np.array_equal(shown[2:, ..., :3], image[..., 3:6])
        assert np.array_equal(shown[..., 3:], np.concatenate([distorted, distorted]))


def test_composite_and_colour_each_weigh_a_tenth_of_the_mean_square():
    generator, discriminator = tiny()
    nothing_else = fs.Weights(0, 0, 0.1, 0, 0, (0,) * 4, 0, 0, 0)
    trainer, _ = swap_trainer(generator, discriminator, nothing_else)
    inputs, wanted = next(batches())
    output = generator(inputs)
    two = np.split(np.asarray(discriminator(pairs(inputs, output))), 2)
    by_hand = 0.1 * sum(np.mean((scores - 1) ** 2) for scores in two)
    assert trainer._draw_mix((2, 1, 1, 1)).shape == (1, 1, 1, 1)  # one lambda for the batch
    value, _ = trainer.generator_step(inputs, wanted, None, 0.5)
    assert float(value) == pytest.approx(by_hand, rel=1e-4)


def test_another_loss_replaces_all_of_them():
    generator, discriminator = tiny()
    before = [w.copy() for w in discriminator.get_weights()]
    trainer, schedule = swap_trainer(generator, discriminator, loss=lambda output, wanted: ops.mean(output[..., 6]),
                                     learning_rate=1e-2)
    losses = train_gan(trainer, batches(), steps=20, learning_rate=schedule, quiet=True).losses
    assert all(np.array_equal(a, b) for a, b in zip(before, discriminator.get_weights(), strict=True))
    claim(losses[-1], "<", 0.9 * losses[0], "the loss that was given falls")


def test_dfakers_loss_by_hand():
    colour, mask = rows(3), np.zeros((2, 64, 64, 1), np.float32)
    assert float(fs.dfaker_loss(mask + 0.5, 1 - colour, mask, colour)) == pytest.approx(0.25, abs=1e-5)
    mask[:, 16:48, 16:48] = 1
    assert float(fs.dfaker_loss(mask, colour, mask, colour)) == pytest.approx(0, abs=1e-5)
    spoilt = np.where(mask > 0, colour, 0.1)
    assert float(fs.dfaker_loss(mask, spoilt, mask, colour)) == pytest.approx(0, abs=1e-5)
    assert 0.2 < float(fs.dfaker_loss(mask, 0 * colour, mask, colour)) < 0.5


def test_the_known_mask_is_a_cross_entropy_that_feels_what_is_covered():
    output, wanted = case()
    alpha, true = output[..., 6].clip(1e-4, 1 - 1e-4), wanted[..., 6]
    by_hand = -(true * np.log(alpha) + (1 - true) * np.log(1 - alpha))
    grey = np.full_like(wanted[..., :3], 0.5)
    assert float(fs.known_mask(output[..., 6:], wanted[..., 6:7], grey)) == pytest.approx(by_hand.mean(), rel=1e-4)
    grey[:, :8, :8] = 0.9  # a face, covered where it is not visible
    by_hand[:, :8, :8] *= 1 + 3 * (1 - true[:, :8, :8])
    assert float(fs.known_mask(output[..., 6:], wanted[..., 6:7], grey, 3)) == pytest.approx(by_hand.mean(), rel=1e-4)
    sure = np.concatenate([output[..., :6], wanted[..., 6:7]], -1)
    losses = fs.swap_losses(sure, wanted, fs.Weights(perceptual=(0,) * 4, known=1))
    assert float(losses["known"]) < 5e-3 and "known" not in fs.swap_losses(sure, wanted, NOTHING)


def test_a_collapsed_run_is_recognised_and_said():
    truth, half = rows(3, n=6), np.full((6, 64, 64, 1), 0.4, np.float32)
    assert fs.verdict(0.9 * truth, truth, half) == ""
    assert "finite" in fs.verdict(truth, truth, half, "nan") and "finite" in fs.verdict(truth * np.nan, truth, half)
    assert "shut" in fs.verdict(truth, truth, 0.01 * half) and "open" in fs.verdict(truth, truth, half * 0 + 1)
    assert "alike" in fs.verdict(np.repeat(truth[:1], 6, 0) + 0.1 * truth, truth, half)
    assert "farther" in fs.verdict(1 - truth, truth, half)  # other colours, as different as the true ones
    few = half * (np.arange(truth.shape[1]) < 8)[None, :, None, None]  # and where only a little of it is let through
    assert "farther" in fs.verdict(np.where(few > 0, 1 - truth, truth), truth, few)


def test_a_mask_is_taught_alone_and_the_rest_stays():
    keras.utils.set_random_seed(current().seed)
    model = fg.masked_decoder(for_one_person(personal_decoder(4, 4, 8), np.ones(8, np.float32)), width=8)
    x, (_, wanted) = rows(3), case()
    wanted[..., 3:6], wanted[..., 6] = 0.5, x[..., 0] > 0.5  # what is dark stands in front
    colour = np.asarray(fg.parts(model.predict_on_batch([np.zeros((2, 4), np.float32), x]))[1])

    def same():
        while True:
            yield [np.zeros((2, 4), np.float32), x], wanted

    trained = len(model.trainable_variables)
    losses = teach_mask(model, same(), steps=40, learning_rate=2e-2, quiet=True).losses
    _, after, alpha = fg.parts(model.predict_on_batch([np.zeros((2, 4), np.float32), x]))
    assert np.array_equal(colour, after) and len(model.trainable_variables) == trained
    claim(losses[-1], "<", 0.6 * losses[0], "the mask's loss falls")
    claim(((alpha > 0.5) == (wanted[..., 6:7] > 0.5)).mean(), ">", 0.8, "the mask is right nearly everywhere")
    swap_trainer(model, fg.discriminator(8), fs.Weights(perceptual=(0,) * 4))  # it can be trained on


def test_a_free_mask_takes_the_nearer_pixel_and_the_hinge_opens_it():
    image, colour = np.zeros((1, 8, 8, 3), np.float32), np.ones((1, 8, 8, 3), np.float32)
    target = image.copy()
    target[:, :, 4:] = 1  # the right half is the colour's, the left half the input's
    alone = fit_mask(colour, image, target, steps=60)
    assert alone.shape == (1, 8, 8, 1) and alone[:, :, :4].max() < 0.1 and alone[:, :, 4:].min() > 0.9
    shut, held = (fit_mask(colour, image, image, hinge=h, steps=60).mean() for h in (0, 2))
    assert shut < 0.1 and 0.4 < held < 0.6
    ragged, smooth = (fit_mask(colour, image, rows(3, 1, 8).round(), smooth=w, steps=60) for w in (0, 2))
    assert fs.total_variation(smooth) < fs.total_variation(ragged) / 4
