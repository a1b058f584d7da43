"""The shipped checkpoints do what their cards say, on people and scenes that the pretraining never saw."""
import numpy as np
import pytest

from course_lib import models  # noqa: F401  (registers the layers)
from course_lib.cast import people, render
from course_lib.checkpoints import find, load, verify
from course_lib.data.pairs import scene
from course_lib.experiments.swap_from_scratch import curve
from course_lib.faces import faceset_from_frames
from course_lib.metrics.swap import evaluate
from course_lib.models.autoencoder import cut_out, swap_faces
from course_lib.recipes.named_decoders import SHIPPED

NAMES = ["shared_encoder", "personal_decoder", "identity_evaluator", "pose_regressor",
         *(f"decoder_{n.lower()}" for n in SHIPPED)]


def test_every_file_is_intact_small_and_has_a_card():
    sizes = [find(name).size for name in NAMES]
    assert max(sizes) <= 20e6 and sum(sizes) <= 60e6
    for name in NAMES:
        card = verify(name).with_name("card.md").read_text(encoding="utf-8")
        assert "python -m course_lib.recipes." in card and "Training" in card


@pytest.fixture(scope="module")
def sets():
    scenes = [scene(seed) for seed in range(500_000, 500_016)]
    b = SHIPPED[0]
    a = next(name for name in people() if name != b)
    known = [scene(seed) for seed in range(510_000, 510_012)]
    wanted = ((a, scenes), (b, scenes), (b, known))
    return b, *(faceset_from_frames(render(people()[name], s, size=128)) for name, s in wanted)


def test_a_shipped_swap_is_judged_between_the_mean_face_and_perfect(sets):
    b, source, truth, known = sets
    encoder, decoder = load("shared_encoder"), load(f"decoder_{b.lower()}")
    swapped, itself = (swap_faces(encoder, decoder, f.images, f.masks) for f in (source, truth))
    found = evaluate(swapped, source, truth, known, person=b, itself=itself)
    rows = found.rows
    assert rows["perfect"]["psnr"] > rows["B itself"]["psnr"] >= rows["swap"]["psnr"] > rows["mean face"]["psnr"] + 4
    assert rows["swap"]["psnr"] > rows["no swap"]["psnr"] + 4
    assert rows["no swap"]["identity"] < 0.2 < 0.8 < rows["swap"]["identity"]
    assert rows["swap"]["pose"] < 6 < rows["mean face"]["pose"]
    assert max(rows["swap"][k] for k in ("jaw", "smile", "blink")) < 0.2
    assert found.fraction_recovered > 0.8


def test_two_people_give_one_code(sets):
    _, source, truth, _ = sets
    encoder = load("shared_encoder")
    a, b = (encoder.predict(cut_out(f.images, f.masks), verbose=0) for f in (source, truth))
    same, other = ((a - b) ** 2).mean(), ((a - np.roll(b, 1, 0)) ** 2).mean()
    assert same < 0.25 * other


def test_the_reference_curve_falls_and_lines_up():
    shipped = curve()
    assert len(shipped["steps"]) == len(shipped["loss"]) == len(shipped["seconds"]) > 10
    assert shipped["loss"][-1] < 0.6 * shipped["loss"][0]
    assert len(shipped["psnr_steps"]) == len(shipped["psnr_a"]) == len(shipped["psnr_b"]) > 5
