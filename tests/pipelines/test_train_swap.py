"""A swap of two people's own footage: trained, taken up again, stopped, used; and never without consent."""
import datetime
import json
import shutil

import numpy as np
import pytest

from course_lib import cli, faces, media
from course_lib.commands import trained as trained_command
from course_lib.faces import MEAN_FACE
from course_lib.pipelines import footage, train_swap, trained_swap
from course_lib.provenance import consent, manifest
from tests.pipelines.test_swap import make_video

TODAY = datetime.date.today()
AGREED = consent.Consent("nobody", "tests", TODAY, TODAY + datetime.timedelta(30), "c" * 64)
SMALL = {"pretrained": False, "width": 2, "batch": 2, "quiet": True}


def people(name, colour, count=6, agreed=AGREED):
    """Footage of a face-coloured square with some noise."""
    points = ((MEAN_FACE - 0.5) / 1.6 + 0.5) * 128
    mask = faces.outline_mask(points, 128)
    noise = np.random.default_rng(len(name)).normal(0, 0.05, (count, 128, 128, 3))
    images = np.clip(np.float32(colour) * mask[..., None] + 0.2 + noise, 0, 1).astype(np.float32)
    rows = faces.FaceSet(images, np.stack([mask] * count), np.stack([points.astype(np.float32)] * count),
                         np.stack([np.eye(3)[:2]] * count), [f"{name} {k}" for k in range(count)])
    report = faces.Report(rows, {}, {}, [None] * count)
    return footage.Footage(rows, rows[:3], report, agreed, name * 8)


A, B = people("a", (0.6, 0.4, 0.3)), people("b", (0.3, 0.2, 0.15))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("swap") / "pair"
    train_swap.train_swap(A, B, folder, steps=2, **SMALL)
    return folder


def test_a_folder_holds_the_run_the_weights_the_note_and_a_labelled_preview(trained):
    assert {p.name for p in trained.iterdir()} >= {"run.npz", "swap.npz", "swap.json", "preview.png"}
    note = trained_swap.read_note(trained)
    assert note["steps"] == 2 and note["a"]["faces"] == 6 and "nobody" not in (trained / "swap.json").read_text()
    preview = manifest.read(trained / "preview.png")
    assert manifest.agrees(trained / "preview.png") and preview["consent"]["sha256"] == "c" * 64
    assert media.read_image(trained / "preview.png").shape == (384, 384, 3)


def test_the_same_call_trains_further_and_another_pair_is_refused(trained, tmp_path):
    trained = shutil.copytree(trained, tmp_path / "pair")
    history = train_swap.train_swap(A, B, trained, steps=1, **SMALL)
    assert len(history.steps) == 3 and trained_swap.read_note(trained)["steps"] == 3
    with pytest.raises(ValueError, match="other footage of B"):
        train_swap.train_swap(A, people("c", (0.5, 0.5, 0.5)), trained, steps=1, **SMALL)
    with pytest.raises(ValueError, match="aligned=True, not False"):
        train_swap.train_swap(A, B, trained, steps=1, aligned=False, **SMALL)
    with pytest.raises(ValueError, match="needs a budget above 0"):
        train_swap.train_swap(A, B, trained, steps=0, **SMALL)


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="new or empty folder"):
        train_swap.train_swap(A, B, tmp_path, steps=1, **SMALL)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_ctrl_c_keeps_what_was_learned(tmp_path, monkeypatch):
    step = train_swap.SwapTrainer.step

    def stopped(self, batch):
        if self.discriminator_losses:
            raise KeyboardInterrupt
        return step(self, batch)

    monkeypatch.setattr(train_swap.SwapTrainer, "step", stopped)
    history = train_swap.train_swap(A, B, tmp_path / "pair", steps=5, **SMALL)
    assert history.stopped == "interrupted" and trained_swap.read_note(tmp_path / "pair")["steps"] == 1


def test_the_tone_moves_the_skin_of_a_to_that_of_b():
    sets = train_swap.prepare(A, B)
    inside = A.train.masks > 0.99
    assert np.allclose(sets.a[inside].mean(0), sets.b[inside].mean(0), atol=0.02)
    assert sets.test_a.shape == (3, 64, 64, 3) and sets.a.shape == (6, 128, 128, 3)
    assert train_swap.preview(train_swap.trainer(False, False, 2), sets, 2).shape == (384, 128, 3)


def test_loading_checks_the_note_the_weights_and_the_consent(trained, tmp_path):
    swap = trained_swap.load_swap(trained)
    crops, masks = np.full((2, 64, 64, 3), 0.5, np.float32), np.ones((2, 64, 64), np.float32)
    drawn, where = swap(crops, masks)
    assert drawn.shape == crops.shape and where.shape == masks.shape
    with pytest.raises(ValueError, match="face is 'c'"):
        trained_swap.load_swap(trained, "c")
    with pytest.raises(ValueError, match="holds no trained swap"):
        trained_swap.read_note(tmp_path)
    with pytest.raises(consent.ConsentError, match="person A .* expired"):
        trained_swap.read_note(trained, TODAY + datetime.timedelta(60))
    for name in ("swap.json", "swap.npz"):
        (tmp_path / name).write_bytes((trained / name).read_bytes())
    (tmp_path / "swap.npz").write_bytes(b"damaged")
    with pytest.raises(ValueError, match="is not the file that swap.json describes"):
        trained_swap.read_note(tmp_path)
    (tmp_path / "swap.json").write_text(json.dumps({"a": 1}))
    with pytest.raises(ValueError, match="cannot be read"):
        trained_swap.read_note(tmp_path)


def test_course_swap_takes_the_folder_and_its_manifest_names_both_consents(trained, tmp_path, monkeypatch, capsys):
    points = (MEAN_FACE * 64 + (24, 16)).astype(np.float32)
    monkeypatch.setattr(trained_command, "landmark_finder", lambda detector: lambda frame: [points])
    clip = make_video(tmp_path / "clip.mp4")
    arguments = ["swap", str(clip), "--person", str(trained), "-o", str(tmp_path / "out.mp4")]
    assert cli.main(arguments) == 0
    record = manifest.read(tmp_path / "out.mp4")
    assert record["complete"] and record["parameters"]["person b"]["purpose"] == "tests"
    assert cli.main(["swap", str(clip), "--person", str(tmp_path), "-o", str(tmp_path / "x.mp4")]) == 1
    assert "course train-swap" in capsys.readouterr().out


def test_course_train_swap_asks_for_both_consents_first(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(footage, "collect", lambda *_, **__: pytest.fail("opened without consent"))
    (tmp_path / "a").mkdir()
    make_video(tmp_path / "a" / "a.mp4")
    (tmp_path / "b.mp4").write_bytes(b"x")
    command = ["train-swap", str(tmp_path / "a" / "a.mp4"), str(tmp_path / "b.mp4"), "-o", str(tmp_path / "swap")]
    assert cli.main(command) == 1
    assert "holds no consent.toml" in capsys.readouterr().out and not (tmp_path / "swap").exists()
    with pytest.raises(SystemExit):
        cli.main([*command, "--minutes", "0"])


def test_course_train_swap_reports_and_says_what_is_next(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(footage, "require", lambda path: AGREED)
    monkeypatch.setattr(footage, "collect", lambda path, *_, **__: {"a.mp4": A, "b.mp4": B}[path])

    def quick(*sets, **options):
        assert options["steps"] == 1 and options["pretrained"] is False and options["aligned"] is True
        return train_swap_of_the_pipeline(*sets, steps=1, **SMALL)

    train_swap_of_the_pipeline = train_swap.train_swap
    monkeypatch.setattr(train_swap, "train_swap", quick)
    folder = tmp_path / "pair"
    assert cli.main(["train-swap", "a.mp4", "b.mp4", "-o", str(folder), "--steps", "1", "--from-scratch"]) == 0
    out = capsys.readouterr().out
    assert "6 of 6 faces kept" in out and "6 faces of A are few" in out and f"--person {folder}" in out
