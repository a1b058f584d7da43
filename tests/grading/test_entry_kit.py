"""What a tournament gives out and takes in: clips are checked before any detector sees them."""
import numpy as np
import pytest

from course_lib import cli
from course_lib.arena import material
from course_lib.arena.matrix import Round
from course_lib.grading import entry_kit


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    short = pytest.MonkeyPatch()
    short.setattr(entry_kit, "sources", lambda seed, count, first=0: material.sources(7, count, 1.0, first))
    place = entry_kit.new(tmp_path_factory.mktemp("arena") / "round", clips=1, seed=3, say=lambda *_: None)
    yield place
    short.undo()


def hand_in(folder, name, frames):
    (folder / "creators" / name).mkdir(exist_ok=True)
    return entry_kit.write(folder / "creators" / name / "clip00.mp4", frames, 8.0, "a fake")


def taken(folder):
    round_ = Round(3)
    fakes, digests = entry_kit.creators_clips(folder, 3, 1, round_, lambda *_: None)
    return round_, fakes, digests


def test_a_round_is_given_out_whole(folder):
    assert entry_kit.round_of(folder) == (3, 1)
    assert {p.name for p in folder.iterdir()} == {"round.json", "sources", "donors", "detectors", "creators"}
    assert (folder / "sources" / "clip00.mp4.json").is_file() and (folder / "donors" / "clip00.png").is_file()
    scope = {}
    exec((folder / "detectors" / "example.py").read_text(), scope)  # what is given out has to work
    source = material.sources(7, 1, 1.0)[0]
    shown = type("Clip", (), {"frames": (source.rgb * 255).astype(np.uint8), "landmarks": source.landmarks, "fps": 8.0})
    assert 0 < scope["Detector"]().predict([shown])[0] < 1
    with pytest.raises(ValueError, match="not empty"):
        entry_kit.new(folder)


def test_clips_are_checked_one_by_one(folder):
    source = material.sources(7, 1, 1.0)[0]
    face = source.masks[..., None]
    swap = np.where(face, np.clip(source.rgb[..., ::-1] * 0.8, 0, 1), source.rgb).astype(np.float32)
    hand_in(folder, "recoloured", swap)
    hand_in(folder, "copy", source.rgb)
    hand_in(folder, "small", source.rgb[:, :96, :96])
    hand_in(folder, "unlabelled", swap).with_name("clip00.mp4.json").unlink()
    (folder / "creators" / "nothing").mkdir()
    (folder / "creators" / "nothing" / "readme.txt").write_text("later")
    round_, fakes, digests = taken(folder)
    assert set(fakes) == {"copy", "recoloured", "unlabelled"} and set(round_.problems) == {"nothing", "small"}
    assert "missing" in round_.problems["nothing"] and "shape" in round_.problems["small"]
    floors = {name: " ".join(round_.floors[name][0]) for name in fakes}
    assert "change" in floors["copy"] and "change" not in floors["recoloured"]
    assert "label" in floors["unlabelled"] and "label" not in floors["recoloured"]
    assert len(digests["copy"]) == 64 and fakes["copy"][0].frames.shape == (8, 144, 144, 3)


def test_a_folder_without_a_round_says_what_to_do(tmp_path, capsys):
    assert cli.main(["arena", "run", str(tmp_path), "-o", str(tmp_path / "out")]) == 1
    assert "course arena new" in capsys.readouterr().out
