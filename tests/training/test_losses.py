import numpy as np
import pytest
from keras import ops

from course_lib.metrics.image import match_colour
from course_lib.training import face_loss, gan_losses, match_tone, structural_similarity, tone_free_loss


def pair(seed=0):
    rng = np.random.default_rng(seed)
    target = rng.random((2, 32, 32, 3)).astype("float32")
    return target, np.clip(target + 0.1 * rng.normal(size=target.shape), 0, 1).astype("float32")


def test_ssim_against_scikit_image():
    metrics = pytest.importorskip("skimage.metrics")
    target, picture = pair()
    golden = []
    for t, p in zip(target, picture, strict=True):  # a Gaussian cut at 2 deviations of 1.5 is a window of 7
        golden.append(metrics.structural_similarity(t.astype(float), p.astype(float), data_range=1, channel_axis=2,
                                                    gaussian_weights=True, sigma=1.5, truncate=2.0,
                                                    use_sample_covariance=False))
    assert float(structural_similarity(target, picture)) == pytest.approx(np.mean(golden), abs=2e-3)


def test_golden_values():
    target, picture = pair()
    assert float(structural_similarity(target, target)) == pytest.approx(1, abs=1e-5)
    assert float(face_loss(target, target)) == pytest.approx(0, abs=1e-5)
    expected = np.abs(target - picture).mean() + 0.25 * (1 - float(structural_similarity(target, picture)))
    assert float(face_loss(target, picture)) == pytest.approx(expected, rel=1e-5)


def test_match_tone_is_match_colour():
    target, picture = pair()
    mask = np.zeros((2, 32, 32, 1), "float32")
    mask[:, 4:28, 4:28] = 1
    ours = np.asarray(match_tone(ops.convert_to_tensor(picture), target, mask))
    theirs = match_colour(picture, target, mask[..., 0])
    assert np.allclose(ours[:, 4:28, 4:28], theirs[:, 4:28, 4:28], atol=0.01)
    assert np.allclose(match_tone(0.5 * target + 0.2, target, mask)[:, 4:28, 4:28], target[:, 4:28, 4:28], atol=0.01)


def test_tone_free_loss_asks_for_tone_once_and_for_shape_twice():
    target, picture = pair()
    mask = np.ones((2, 32, 32, 1), "float32")
    both = np.concatenate([target, mask], -1)
    toned = 0.7 * target + 0.1
    assert float(tone_free_loss(both, toned)) == pytest.approx(float(face_loss(target, toned)), abs=4e-3)
    assert float(tone_free_loss(both, picture)) > float(face_loss(target, picture)) + 0.02


REAL, FAKE = np.array([[2.0], [-0.5]], np.float32), np.array([[0.5], [-3.0]], np.float32)
D_REAL, D_FAKE = (1 / (1 + np.exp(-x.astype(float))) for x in (REAL, FAKE))


@pytest.mark.parametrize("loss, expected", [
    (gan_losses.logistic_discriminator(REAL, FAKE), -np.log(D_REAL).mean() - np.log(1 - D_FAKE).mean()),
    (gan_losses.logistic_discriminator(REAL, FAKE, 0.9, 0.1),
     -(0.9 * np.log(D_REAL) + 0.1 * np.log(1 - D_REAL)).mean()
     - (0.1 * np.log(D_FAKE) + 0.9 * np.log(1 - D_FAKE)).mean()),
    (gan_losses.minimax_generator(FAKE), np.log(1 - D_FAKE).mean()),
    (gan_losses.non_saturating_generator(FAKE), -np.log(D_FAKE).mean()),
    (gan_losses.least_squares_discriminator(REAL, FAKE), ((1 + 1.5**2) / 2 + (0.25 + 9) / 2) / 2),
    (gan_losses.least_squares_generator(FAKE), (0.25 + 16) / 4),
    (gan_losses.wasserstein_critic(REAL, FAKE), -1.25 - 0.75),
    (gan_losses.wasserstein_generator(FAKE), 1.25),
    (gan_losses.hinge_discriminator(REAL, FAKE), 0.75 + 0.75),
    (gan_losses.gradient_penalty(np.float32([[3, 4], [0, 1]])), (16 + 0) / 2),
    (gan_losses.r1_penalty(np.float32([[3, 4], [0, 1]])), (25 + 1) / 4),
])
def test_losses_of_the_players(loss, expected):
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_penalties_count_whole_pictures():
    steep = np.full((2, 4, 4, 3), 0.5, np.float32)
    assert float(gan_losses.gradient_penalty(steep)) == pytest.approx((np.sqrt(48 * 0.25) - 1) ** 2, rel=1e-5)


def test_minimax_vanishes_where_the_discriminator_is_sure():
    sure = np.float32([[-8.0]])
    step = 1e-2
    slope = {name: float(generator(sure + step) - generator(sure - step)) / (2 * step)
             for name, (_, generator) in gan_losses.GAN_LOSSES.items() if name != "relativistic"}
    assert abs(slope["minimax"]) < 1e-3 and slope["non-saturating"] == pytest.approx(-1, abs=1e-2)


def test_the_relativistic_game_compares_with_the_others_mean():
    rng = np.random.default_rng(0)
    real, fake = (rng.normal(middle, 1, (8, 1)).astype(np.float32) for middle in (1, -1))

    def entropy(score, label):
        chance = 1 / (1 + np.exp(-score.astype(float)))
        return -np.mean(label * np.log(chance) + (1 - label) * np.log(1 - chance))

    r, f = real - fake.mean(), fake - real.mean()
    assert float(gan_losses.relativistic_discriminator(real, fake)) == pytest.approx(entropy(r, 1) + entropy(f, 0))
    assert float(gan_losses.relativistic_generator(fake, real)) == pytest.approx(entropy(r, 0) + entropy(f, 1))
    # only the distance between the two counts, and the discriminator's gain is the generator's loss
    assert float(gan_losses.relativistic_discriminator(real + 3, fake + 3)) == pytest.approx(
        float(gan_losses.relativistic_discriminator(real, fake)), rel=1e-5)
    assert gan_losses.relativistic_discriminator(real, fake) < gan_losses.relativistic_discriminator(fake, real)
