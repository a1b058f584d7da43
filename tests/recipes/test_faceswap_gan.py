import json

import numpy as np
import pytest

from course_lib.faces import FaceSet, align
from course_lib.faces.align import canonical
from course_lib.models.autoencoder import for_one_person, personal_decoder
from course_lib.models.faceswap_gan import parts
from course_lib.models.judges import reader
from course_lib.recipes import faceswap_gan as recipe
from course_lib.training.adversarial import sheet_of
from course_lib.training.augment import random_warp


def faces(n=3):
    """Crops with a bright disc for a face, whose mask is the disc, and landmarks in its middle."""
    rng, side = np.random.default_rng(0), recipe.SIDE
    y, x = np.mgrid[:side, :side] - side / 2
    masks = np.repeat((np.hypot(x, y) < 25).astype(np.float32)[None], n, 0)
    images = rng.random((n, side, side, 3)).astype(np.float32) * 0.2 + 0.6 * masks[..., None]
    landmarks = rng.uniform(-4, 4, (n, 68, 2)).astype(np.float32) + side / 2
    return FaceSet(images, masks, landmarks, np.zeros((n, 2, 3)), ["drawn"] * n)


class Encoder:
    """Keeps what it is shown, and answers with a code of two numbers."""

    def predict(self, pictures, verbose):
        self.seen = pictures
        return pictures.mean((1, 2))[:, :2]


def test_examples_bend_picture_mask_and_target_together():
    encoder = Encoder()
    codes, distorted, targets = recipe.examples(faces(), encoder, seed=1, views=2)
    assert codes.shape == (6, 2) and distorted.shape == (6, 64, 64, 3) and targets.shape == (6, 64, 64, 8)
    wanted, plain, mask, eyes = targets[..., :3], targets[..., 3:6], targets[..., 6], targets[..., 7]
    assert np.allclose(plain, wanted * mask[..., None] + 0.5 * (1 - mask[..., None]), atol=1e-6)
    assert np.abs((wanted.mean(-1) > 0.4) == (mask > 0.5)).mean() > 0.98  # the mask lies on the face after the warp
    assert np.allclose(encoder.seen[:, 0, 0], 0.5) and encoder.seen[:, 32, 32].min() > 0.55  # it sees no background
    assert eyes.max() == 1 and eyes.mean() < mask.mean()
    assert all(np.array_equal(a, b) for a, b in
               zip((codes, distorted, targets), recipe.examples(faces(), Encoder(), seed=1, views=2), strict=True))
    inputs, real = next(recipe.batches(codes, distorted, targets, np.random.default_rng(0), batch=4))
    assert [len(x) for x in (*inputs, real)] == [4, 4, 4]


def test_targets_lie_where_the_swap_is_measured(monkeypatch):
    """Without any bend, the wide crop's middle is the plain crop of the same face (faces.align)."""
    y, x = np.mgrid[:200, :200].astype(np.float32)
    frame = np.stack([0.5 + 0.3 * np.sin(x / 9), 0.5 + 0.3 * np.sin(y / 7), 0.5 + 0.3 * np.sin((x + y) / 11)], -1)
    points = canonical(90) + np.float32([57.3, 50.8])
    near, wide = (align(frame, points, *options) for options in ((64, 1.0), (recipe.SIDE, recipe.COVERAGE)))
    monkeypatch.setattr(recipe, "random_warp", lambda images, rng: random_warp(images, rng, sigma=0))
    one = FaceSet(wide.image[None], np.ones((1, recipe.SIDE, recipe.SIDE), np.float32), wide.landmarks[None],
                  wide.matrix[None], ["drawn"])
    _, _, targets = recipe.examples(one, Encoder(), seed=0, views=1)
    assert np.abs(targets[0, 4:-4, 4:-4, :3] - near.image[4:-4, 4:-4]).max() < 0.01


def test_each_stage_adds_one_loss_and_the_last_is_the_published_sum():
    stages = list(recipe.STAGES.values())
    on = [{k for k, v in vars(w).items() if np.any(v)} for w in stages]
    assert all(a < b for a, b in zip(on, on[1:], strict=False))
    assert stages[-1] == recipe.Weights() and on[0] == {"colour", "whole", "eyes"}


def test_a_run_trains_the_mask_and_comes_back_in_full_precision(monkeypatch):
    base = for_one_person(personal_decoder(4, 2, 8), np.zeros(8, np.float32))
    monkeypatch.setattr(recipe, "load", lambda name: reader(4) if name == recipe.LOOKER else base)
    monkeypatch.setattr(recipe, "CRITIC_WIDTH", 8)
    data = recipe.examples(faces(), Encoder(), seed=1, views=1)
    model, history = recipe.train(recipe.STAGES["mask"], data, seed=0, steps=3, quiet=True)
    assert history.stopped == "done" and np.isfinite(history.losses).all()
    picture, colour, alpha = parts(model.predict_on_batch(data[:2]))
    assert np.allclose(picture, alpha * colour + (1 - alpha) * data[1], atol=1e-5)
    assert alpha.std() > 0 and {v.dtype for v in model.variables} == {"float32"} and picture.dtype == np.float32


def test_a_record_is_written_whole_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "RUNS", tmp_path / "runs" / "r.json")
    assert recipe.read() == {"runs": []}
    row = dict.fromkeys(("psnr", "ssim", "perceptual", "edges", "sharpness", "identity", "pose", "jaw", "smile",
                         "blink"), 0.25)
    record = {"lesson 02": {"colour": row}, "runs": [{"stage": "mask", "seed": 3, "picture": row, "mask IoU": 0.5}]}
    recipe.write(record)
    assert json.loads(recipe.RUNS.read_text()) == record == recipe.read()
    lines = recipe.table(record).splitlines()
    assert len(lines) == 3 and "mask, seed 3" in lines[2] and lines[2].split()[-1] == "0.500"
    assert [p.name for p in recipe.RUNS.parent.iterdir()] == ["r.json"]


def test_an_unknown_stage_is_refused(monkeypatch):
    monkeypatch.setattr("sys.argv", ["faceswap_gan", "--stages", "magic"])
    with pytest.raises(SystemExit):
        recipe.main()


def test_the_stored_runs_are_those_of_this_recipe():
    record = recipe.read()
    assert (record["a"], record["b"], record["steps"], record["network"]) == (recipe.A, recipe.B, recipe.STEPS,
                                                                              recipe.LOOKER)
    assert [r["stage"] for r in record["runs"] if r["seed"] == 0] == list(recipe.STAGES)
    for run in record["runs"]:
        assert run["weights"] == json.loads(json.dumps(vars(recipe.STAGES[run["stage"]]))) and run["stopped"] == "done"
        assert sheet_of({"sample": run["sheet"]}).shape == sheet_of({"sample": run["masks"]}).shape
    assert "lesson 02" in recipe.table(record)
