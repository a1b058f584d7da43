"""The shipped checkpoints do what their cards say, on people and scenes that the pretraining never saw."""
import numpy as np
import pytest

from course_lib import models  # noqa: F401  (registers the layers)
from course_lib.cast import people, render
from course_lib.checkpoints import find, load, verify
from course_lib.data.pairs import scene
from course_lib.experiments import swap_from_scratch
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


def test_the_network_from_scratch_reconstructs_does_not_swap_and_leaks():
    """On scenes that its curve was not measured on."""
    tests, tone = 32, np.float32(swap_from_scratch.read()["tone"])
    faces = [swap_from_scratch.faces_in_scenes(name, 700_000, tests) for name in swap_from_scratch.read()["who"]]
    a, b = swap_from_scratch.on_grey(faces[0], tone), swap_from_scratch.on_grey(faces[1])
    sets = swap_from_scratch.Examples(a, b, a, b, faces[0].masks, faces[1].masks, tone)
    found = swap_from_scratch.scores(swap_from_scratch.in_float32(load("swap_from_scratch")), sets, draws=2)
    assert min(found["a"], found["b"]) > max(found["a as b"], found["b as a"]) + 1.5
    assert found["leakage"]["accuracy"] > 0.9 and found["leakage"]["between"] > 0.08
    stored = swap_from_scratch.read()["shipped"]
    assert abs(found["b"] - stored["b"]) < 1 and abs(found["a as b"] - stored["a as b"]) < 1.5


def test_the_stored_run_falls_and_lines_up():
    stored = swap_from_scratch.read()
    assert len(stored["steps"]) == len(stored["loss"]) > 10 and stored["loss"][-1] < 0.6 * stored["loss"][0]
    steps = [entry["step"] for entry in stored["scores"]]
    assert steps == sorted(steps) and len(steps) > 5 and stored["scores"][-1]["b"] > stored["scores"][0]["b"] + 2
