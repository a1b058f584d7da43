import json

import numpy as np
import pytest

from course_lib.checkpoints import load, verify
from course_lib.experiments import faceswap_scores as scores
from course_lib.experiments.faceswap_runs import read
from course_lib.faces import FaceSet
from course_lib.faces.align import canonical
from course_lib.models.faceswap_gan import parts
from course_lib.recipes import faceswap_gan as shipped
from course_lib.show import decode_sheet


def faces(seed, n=4):
    """Smooth pictures whose masks are discs, with the landmarks of a face that looks ahead."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:64, :64] - 31.5
    masks = np.repeat((np.hypot(x, y) < 28).astype(np.float32)[None], n, 0)
    colour = rng.uniform(0.3, 0.8, (n, 1, 1, 3)).astype(np.float32)
    images = np.broadcast_to(colour, (n, 64, 64, 3)) + rng.normal(0, 0.02, (n, 64, 64, 3)).astype(np.float32)
    return FaceSet(images.clip(0, 1), masks, np.repeat(canonical(64)[None], n, 0).astype(np.float32),
                   np.zeros((n, 2, 3)), ["drawn"] * n)


class Encoder:
    def predict(self, pictures, verbose=0):
        return pictures.mean((1, 2))


class Model:
    """A swap whose colour is the truth's and whose mask is what it is told."""

    def __init__(self, truth, masks):
        self.truth, self.masks = truth, masks

    def predict(self, inputs, verbose=0):
        alpha = self.masks[..., None]
        return np.concatenate([alpha * self.truth + (1 - alpha) * inputs[1], self.truth, alpha], -1)


@pytest.mark.parametrize("kind", scores.OBJECTS)
def test_the_object_is_the_same_in_source_and_truth_and_its_mask_is_exact(kind):
    source, truth = faces(0), faces(1)
    pictures, wanted, objects = scores.occluded(source, truth, kind)
    assert np.array_equal(pictures[objects == 0], source.images[objects == 0])
    assert np.array_equal(wanted[objects == 0], truth.images[objects == 0])
    assert np.allclose(pictures[objects == 1], wanted[objects == 1]) and (objects.mean((1, 2)) > 0.02).all()


def test_a_perfect_mask_keeps_everything_and_a_fixed_one_nothing():
    source, truth = faces(0), faces(1)
    for kind in scores.OBJECTS:
        visible = truth.masks * (1 - scores.occluded(source, truth, kind)[2])
        told = scores.occlusion(Model(truth.images, visible), Encoder(), (source, truth, None), kind)
        assert told["learned"]["IoU"] == 1 and told["learned"]["kept"] > 0.8  # glasses are soft all over
        assert told["learned"]["IoU"] > told["fixed"]["IoU"] and told["fixed"]["kept"] < 0.05
        assert told["learned"]["psnr"] > told["fixed"]["psnr"] + 5
        blind = scores.occlusion(Model(truth.images, truth.masks), Encoder(), (source, truth, None), kind)["learned"]
        assert blind["kept"] < 0.01
        assert decode_sheet(told["truth"]).shape == decode_sheet(told["learned"]["masks"]).shape


def test_the_stored_spectrum_is_that_of_the_middle():
    assert len(scores.power(faces(0).images)) == len(scores.frequencies()) == 18
    edge = faces(0).images.copy()
    edge[:, :10] = 0
    assert scores.power(edge) == scores.power(faces(0).images)


def test_the_card_tells_what_was_measured():
    row = dict.fromkeys(("psnr", "ssim", "perceptual", "edges", "sharpness", "identity", "likeness", "pose"), 0.123)
    mask = {"IoU": 0.456, "kept": 0.789, "psnr": 20.04}
    hand = dict.fromkeys(("fixed", "estimated", "learned"), mask)
    record = {"lesson 02": {"picture": row}, "occlusion": {"hand": hand},
              "shipped": {"picture": row, "mask IoU": 0.95, "weights": vars(shipped.WEIGHTS), "steps": 7,
                          "cpu seconds": 12, "how": "Trained somehow."}}
    card = shipped.card(record)
    assert card.count("0.123") == 16 and card.count("| hand |") == 3 and "| 79 | 20.0 |" in card
    assert "known=1.0" in card and "for 7 steps" in card and "Trained somehow." in card


def test_the_shipped_swap_is_intact_and_composes():
    path = verify(shipped.NAME)
    assert path.stat().st_size < 20e6 and shipped.__name__ in path.with_name("card.md").read_text(encoding="utf-8")
    source = faces(0).images
    model = load(shipped.NAME)
    picture, colour, alpha = parts(model.predict_on_batch([np.zeros((4, 256), np.float32), source]))
    assert np.allclose(picture, alpha * colour + (1 - alpha) * source, atol=1e-5) and 0 < alpha.mean() < 1
    record = read()["shipped"]
    assert record["weights"] == json.loads(json.dumps(vars(shipped.WEIGHTS))) and record["verdict"] == ""
