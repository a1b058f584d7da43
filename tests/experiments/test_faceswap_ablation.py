import json

import numpy as np
import pytest

from course_lib.experiments import faceswap_ablation as recipe
from course_lib.experiments import faceswap_examples as examples
from course_lib.experiments import faceswap_runs as stored
from course_lib.faces import FaceSet, align
from course_lib.faces.align import canonical
from course_lib.models.autoencoder import cut_out, for_one_person, personal_decoder
from course_lib.models.evaluators import pose_regressor
from course_lib.models.faceswap_gan import parts
from course_lib.show import decode_sheet
from course_lib.training.augment import random_warp


def faces(n=3, side=64):
    """Crops with a bright disc for a face, whose mask is the disc, and landmarks in its middle."""
    rng, radius = np.random.default_rng(0), 25 * (side / 64 if side == 64 else 1)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    masks = np.repeat((np.hypot(x, y) < radius).astype(np.float32)[None], n, 0)
    images = rng.random((n, side, side, 3)).astype(np.float32) * 0.2 + 0.6 * masks[..., None]
    landmarks = rng.uniform(-4, 4, (n, 68, 2)).astype(np.float32) + side / 2
    return FaceSet(images, masks, landmarks, np.zeros((n, 2, 3)), ["drawn"] * n)


class Encoder:
    """Keeps what it is shown, and answers with a code of two numbers."""

    def predict(self, pictures, verbose=0):
        self.seen = pictures
        return pictures.mean((1, 2))[:, :2]


def make(n=3, seed=1, views=2, encoder=None):
    return examples.examples(faces(n), faces(n, examples.SIDE), encoder or Encoder(), seed=seed, views=views)


def test_examples_keep_their_targets_and_bend_the_picture_alone():
    encoder = Encoder()
    codes, distorted, targets = make(encoder=encoder)
    assert codes.shape == (6, 2) and distorted.shape == (6, 64, 64, 3) and targets.shape == (6, 64, 64, 8)
    plain, mask, eyes = targets[..., 3:6], targets[..., 6], targets[..., 7]
    one = faces()
    assert np.array_equal(plain[3:], cut_out(one.images, one.masks))  # as sharp as they were
    assert np.allclose(encoder.seen[:, 0, 0], 0.5, atol=0.01) and eyes.max() == 1 and eyes.mean() < mask.mean()
    assert all(np.array_equal(a, b) for a, b in zip((codes, distorted, targets), make(), strict=True))
    inputs, real = next(recipe.batches(codes, distorted, targets, np.random.default_rng(0), batch=4))
    assert [len(x) for x in (*inputs, real)] == [4, 4, 4]


def test_what_stands_in_front_is_in_picture_and_target_and_not_in_the_mask():
    _, distorted, targets = make(n=12, views=1)
    whole = faces(12).masks
    hidden = (targets[..., 6] < 0.01) & (whole == 1)
    rows = hidden.any((1, 2))
    assert 0 < rows.sum() < 12
    assert np.abs(distorted[hidden] - targets[..., :3][hidden]).max() < 0.02  # the same object at the same place
    shown = targets[..., 6] == 1
    assert np.abs(distorted[shown] - targets[..., :3][shown]).mean() > 0.1  # elsewhere another skin


def test_the_bent_faces_lie_where_their_targets_do(monkeypatch):
    """Without any bend, the wide crop's middle is the plain crop of the same face (faces.align)."""
    y, x = np.mgrid[:200, :200].astype(np.float32)
    frame = np.stack([0.5 + 0.3 * np.sin(x / 9), 0.5 + 0.3 * np.sin(y / 7), 0.5 + 0.3 * np.sin((x + y) / 11)], -1)
    points = canonical(90) + np.float32([57.3, 50.8])
    near, wide = (align(frame, points, *options) for options in ((64, 1.0), (examples.SIDE, examples.COVERAGE)))
    monkeypatch.setattr(examples, "random_warp", lambda images, rng: random_warp(images, rng, sigma=0))
    monkeypatch.setattr(examples, "recolour", lambda pictures, masks, rng: pictures)
    sets = [FaceSet(c.image[None], np.ones((1, side, side), np.float32), c.landmarks[None], c.matrix[None], ["drawn"])
            for c, side in ((near, 64), (wide, examples.SIDE))]
    _, distorted, targets = examples.examples(*sets, Encoder(), seed=0, views=1, occluded=0)
    assert np.abs(distorted[0, 4:-4, 4:-4] - near.image[4:-4, 4:-4]).max() < 0.01
    assert np.array_equal(targets[0, ..., :3], near.image)


def test_each_stage_adds_one_loss_and_the_last_is_the_published_sum():
    stages = list(recipe.STAGES.values())
    on = [{k for k, v in vars(w).items() if np.any(v)} for w in stages]
    assert all(a < b for a, b in zip(on, on[1:], strict=False))
    assert stages[-1] == recipe.OURS and on[0] == {"colour", "whole", "eyes"}
    assert recipe.VARIANTS["as published"] == recipe.Weights() and recipe.Weights().whole == 0


@pytest.fixture
def small(monkeypatch):
    base = for_one_person(personal_decoder(4, 2, 8), np.zeros(8, np.float32))
    monkeypatch.setattr(recipe, "load", lambda name: pose_regressor(4) if name == recipe.FEATURE_NETWORK else base)
    monkeypatch.setattr(recipe, "DISCRIMINATOR_WIDTH", 8)


@pytest.mark.parametrize("weights", [recipe.STAGES["mask"], *recipe.PLAIN])
def test_a_run_trains_the_mask_and_comes_back_in_full_precision(small, weights):
    data = make(views=1)
    model, history = recipe.train(weights, data, seed=0, steps=3, quiet=True)
    assert history.stopped == "done" and np.isfinite(history.losses).all()
    picture, colour, alpha = parts(model.predict_on_batch(list(data[:2])))
    assert np.allclose(picture, alpha * colour + (1 - alpha) * data[1], atol=1e-5)
    assert (alpha.std() > 0) == (weights != "lesson 02 longer")  # lesson 02's loss knows no mask
    assert {v.dtype for v in model.variables} == {"float32"} and picture.dtype == np.float32


def test_lesson_two_is_pasted_with_a_fixed_mask():
    one = faces()
    one.landmarks[:] = canonical(64)
    seven = np.random.default_rng(0).random((3, 64, 64, 7)).astype(np.float32)
    picture, colour, alpha = parts(recipe.with_fixed_mask(seven, one))
    assert np.array_equal(colour, seven[..., 3:6]) and 0.2 < alpha.mean() < 0.9
    assert np.array_equal(picture[0, 0, 0], one.images[0, 0, 0]) and np.allclose(picture[0, 32, 32], colour[0, 32, 32])


def test_a_record_is_written_whole_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "RUNS", tmp_path / "runs" / "r.json")
    assert stored.read() == {"runs": []}
    rows = [dict.fromkeys(stored.COLUMNS, v) for v in (0.25, 0.75)]
    record = {"lesson 02": {"picture": rows[0], "mask IoU": 0.1},
              "runs": [{"stage": "mask", "seed": k, "picture": rows[k], "mask IoU": 0.5} for k in (0, 1)]}
    stored.write(record)
    assert json.loads(stored.RUNS.read_text()) == record == stored.read()
    assert [p.name for p in stored.RUNS.parent.iterdir()] == ["r.json"]
    assert stored.mean_and_std(record, "mask", "picture", "psnr") == (0.5, 0.25, 2)
    assert stored.mean_and_std(record, "mask", None, "mask IoU") == (0.5, 0.0, 2)
    with pytest.raises(KeyError, match="magic.*mask"):
        stored.mean_and_std(record, "magic", None, "mask IoU")
    lines = stored.table(record).splitlines()
    assert len(lines) == 4 and "mask (2)" in lines[2] and lines[2].split()[-1] == "0.500" and "+-0.250" in lines[3]


def test_stages_are_compared_seed_by_seed():
    def run(stage, seed, iou, psnr):
        return {"stage": stage, "seed": seed, "mask IoU": iou, "picture": {"psnr": psnr}}

    record = {"runs": [run("a", k, 0.5, p) for k, p in enumerate((20, 25, 30))]
              + [run("b", k, 0.6, p) for k, p in ((2, 33), (0, 21), (1, 27))] + [run("c", 0, 0.1, 1)]}
    d, half = stored.paired(record, "b", "a", "psnr")
    assert d.tolist() == [1, 2, 3] and half == pytest.approx(4.303 / 3**0.5)
    assert stored.paired(record, "b", "a", "mask IoU")[0] == pytest.approx([0.1] * 3)
    with pytest.raises(ValueError, match="seeds"):
        stored.paired(record, "c", "a", "psnr")


def test_an_unknown_run_and_other_settings_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["faceswap_gan", "--only", "magic"])
    with pytest.raises(SystemExit):
        recipe.main()
    monkeypatch.setattr(recipe, "held_out", lambda: None)
    monkeypatch.setattr(recipe, "read", lambda: {"steps": 3, "runs": []})
    monkeypatch.setattr("sys.argv", ["faceswap_gan"])
    with pytest.raises(SystemExit):
        recipe.main()


def test_the_stored_runs_are_those_of_this_recipe():
    record = stored.read()
    common = recipe.settings()
    assert {k: record[k] for k in common} == common
    assert [(r["stage"], r["seed"]) for r in record["runs"]] == recipe.JOBS
    weights = {**recipe.STAGES, **recipe.COMPARED, **recipe.VARIANTS}
    for run in record["runs"]:
        assert run["weights"] == (None if run["stage"] in recipe.PLAIN else
                                  json.loads(json.dumps(vars(weights[run["stage"]]))))
        assert len(run["spectrum"]) == len(record["spectrum frequencies"])
        assert len({decode_sheet(run[k]).shape for k in ("sheet", "masks", "colours")}) == 1
    assert "lesson 02" in stored.table(record)
