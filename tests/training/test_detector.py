"""The detector's training: it learns what there is to learn, keeps its best, and cannot be fed the wrong sets."""
import keras
import numpy as np
import pytest

from course_lib.claims import claim
from course_lib.metrics.detection import auc
from course_lib.models.mesonet import meso4
from course_lib.profile import current
from course_lib.training import cosine
from course_lib.training.detector import augment_faces, batches, hue_rotation, step_decay, train_detector


def striped(n, seed=0, size=32):
    """Faces uint8 of random colour; the fake ones (a third) carry stripes."""
    rng = np.random.default_rng(seed)
    fake = (np.arange(n) % 3 == 0).astype(int)
    images = rng.uniform(60, 190, (n, 1, 1, 3)) + rng.normal(0, 6, (n, size, size, 3))
    images[fake == 1, ::2] += 48
    return images.clip(0, 255).astype(np.uint8), fake


@pytest.mark.parametrize("loss", ["mse", "cross-entropy"])
def test_it_learns_and_leaves_the_best_weights(loss):
    seed = current().seed
    keras.utils.set_random_seed(seed)
    model = meso4(32)
    seen, truth = striped(60, seed=1)
    history = train_detector(model, *striped(240), (seen, truth), steps=105, loss=loss, batch=24, quiet=True, seed=seed,
                             learning_rate=cosine(4e-3), validations=7, patience=10**6)
    assert [v["step"] for v in history.validation] == [15, 30, 45, 60, 75, 90, 105]
    scores = model.predict(seen.astype(np.float32) / 255, verbose=0)
    claim(auc(truth, scores[:, 0]), ">", 0.85, f"the detector finds the stripes with {loss}")
    kept = {"mse": keras.losses.MeanSquaredError, "cross-entropy": keras.losses.BinaryCrossentropy}[loss]()
    best = min(v["loss"] for v in history.validation)
    assert float(kept(truth[:, None].astype("float32"), scores)) == pytest.approx(best, abs=1e-5)


def test_it_stops_when_validation_no_longer_improves(capsys):
    images, fake = striped(48)
    history = train_detector(meso4(32), images, fake, (images, 1 - fake), steps=5000, batch=16,
                             learning_rate=lambda used: 3e-3, validate_every=0.0, patience=3, augment=False)
    assert history.stopped == "early" and len(history.steps) < 5000
    assert len(history.validation) - 1 - int(np.argmin([v["loss"] for v in history.validation])) == 3
    assert "Stopped early" in capsys.readouterr().out


def test_an_epoch_holds_every_picture_once_and_both_classes_weigh_alike():
    images, fake = striped(30)
    source = batches(images, fake, 10, seed=0, augment=False)
    faces, labels, weights = (np.concatenate(part) for part in zip(*(next(source) for _ in range(3))))
    assert sorted(faces[:, 0, 0, 0].tolist()) == sorted((images[:, 0, 0, 0] / np.float32(255)).tolist())
    assert faces.dtype == labels.dtype == weights.dtype == np.float32
    assert weights[labels[:, 0] == 1].sum() == pytest.approx(weights[labels[:, 0] == 0].sum()) == pytest.approx(15)


def test_the_published_stairs():
    rate = step_decay(1e-3)
    assert [rate(u) for u in (0, 0.2499, 0.25, 0.5, 0.99, 1.0, 1.7)] == pytest.approx(
        [1e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-6, 1e-6])


def test_variation_keeps_form_and_range_and_leaves_half_on_the_grid():
    rng = np.random.default_rng(0)
    faces = rng.random((200, 16, 16, 3)).astype(np.float32)
    before = faces.copy()
    out = augment_faces(faces, rng)
    assert out.shape == faces.shape and out.dtype == np.float32 and 0 <= out.min() and out.max() <= 1
    np.testing.assert_array_equal(faces, before)
    assert 0.01 < np.abs(out - faces).mean() < 0.3
    # where a picture is neither turned nor zoomed its own pixels, or their mirror image, explain it
    def fits(a, b):
        return np.corrcoef(a.mean(-1).ravel(), b.mean(-1).ravel())[0, 1] > 0.97
    still = np.mean([fits(o, f) or fits(o, f[:, ::-1]) for o, f in zip(out, faces)])
    assert 0.35 < still < 0.65


def test_a_turn_of_hue_keeps_grey_and_brightness():
    turn = hue_rotation(0.7)
    np.testing.assert_allclose(turn @ np.ones(3), 1, atol=1e-12)
    np.testing.assert_allclose(turn.sum(0), 1, atol=1e-12)
    np.testing.assert_allclose(hue_rotation(2 * np.pi / 3) @ [1, 0, 0], [0, 1, 0], atol=1e-12)


@pytest.mark.parametrize(("change", "says"), [
    (dict(loss="hinge"), "loss is 'hinge'; expected one of mse, cross-entropy"),
    (dict(images=np.zeros((6, 16, 16, 3), np.uint8)), r"the training set is uint8 \(6, 16, 16, 3\)"),
    (dict(fake=np.zeros(5, int)), r"labels \(5,\)"),
    (dict(fake=np.zeros(6, int)), r"the training set has the labels \[0\]"),
    (dict(validation=(np.zeros((2, 32, 32, 3), np.uint8), np.ones(2, int))), r"validation set has the labels \[1\]"),
    (dict(images=np.zeros((6, 32, 32, 3))), "float64"),
])
def test_sets_that_do_not_fit_are_refused_before_any_training(change, says):
    images, fake = striped(6)
    wanted = dict(images=images, fake=fake, validation=(images, fake)) | change
    with pytest.raises(ValueError, match=says):
        train_detector(meso4(32), steps=1, quiet=True, **wanted)
