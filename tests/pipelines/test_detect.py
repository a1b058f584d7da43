"""One line for one picture: every file has an outcome, and the outcome says how little it means."""
import json

import numpy as np
import pytest
from PIL import Image, ImageFilter

from course_lib import checkpoints, cli, media, pipelines
from course_lib.pipelines import annotated, detect
from course_lib.pipelines.finding import UNFAMILIAR

SIZE = 128


@pytest.fixture
def model(monkeypatch):
    """A detector that is quick and known: P(fake) is the mean red of the crop. Its crops are kept in the list."""
    import sys

    crops = []

    def score(faces):
        crops.extend(faces)
        return faces[..., 0].mean((1, 2))

    module = sys.modules["course_lib.pipelines.detect"]
    monkeypatch.setattr(module, "_scorer", lambda name: score)
    monkeypatch.setattr(module, "_novelty", lambda name: lambda faces: np.full(len(faces), 0.5))
    return crops


@pytest.fixture(scope="module")
def photograph():
    """The real photograph, 300 pixels high, uint8."""
    image = media.grace_hopper()
    return np.asarray(Image.fromarray((image * 255 + 0.5).astype(np.uint8)).resize((256, 300), Image.LANCZOS))


def test_many_faces_are_measured_by_a_graph_with_the_same_distances(photograph):
    from course_lib.pipelines.detect import EAGER, _novelty

    distances = _novelty("meso4_cast")
    face = photograph[40:168, 60:188].astype(np.float32)[None] / 255
    measured = np.concatenate([distances(face) for _ in range(EAGER + 2)])
    np.testing.assert_allclose(measured, measured[0], rtol=1e-5)
    assert distances(np.repeat(face, 20, 0)).shape == (20,)


def saved(folder, array, name="a.png", **how):
    Image.fromarray(array, **how).save(folder / name)
    return folder / name


def test_a_photograph(tmp_path, photograph, model):
    finding = detect(saved(tmp_path, photograph))
    assert finding.kind == "photograph" and not finding.problem and len(finding.faces) == 1
    x, y, w, h = finding.faces[0].box
    assert 40 < x + w / 2 < 216 and 20 < y + h / 2 < 200 and 60 < w < 200
    assert finding.score == finding.faces[0].score == pytest.approx(model[0][..., 0].mean())
    assert model[0].shape == (SIZE, SIZE, 3)
    text = str(finding)
    assert "no proof" in text and "one in 1,000" in text and "nothing of it was sent" in text
    json.dumps(finding.as_dict(), allow_nan=False)
    assert finding.as_dict()["meaning"] in text


def test_the_shipped_detector_gives_a_photograph_no_score(tmp_path, photograph):
    finding = detect(saved(tmp_path, photograph), keep=True)
    face, = finding.faces
    assert finding.score is None and face.score is None and face.novelty > 1 and face.doubts == (UNFAMILIAR,)
    assert f"{UNFAMILIAR}: no score" in finding.text() and "P(fake)" not in finding.text()
    assert "neither that it is real nor that it is fake" in str(finding)
    record = finding.as_dict()["faces"][0]
    assert record["score"] is None and record["doubts"] == (UNFAMILIAR,)
    assert annotated(finding, tmp_path / "out.png").is_file()


def test_the_shipped_detector_scores_the_cast_and_neither_blur_nor_lines(tmp_path, cast_pictures):
    """24 pictures of people whom it has never seen, twice as large as they are stored."""
    scored, soft, drawn = 0, 0, 0
    for k, picture in enumerate(cast_pictures[:8]):
        image = np.asarray(Image.fromarray((picture * 255).astype(np.uint8)).resize((256, 256), Image.LANCZOS))
        scored += detect(saved(tmp_path, image, f"{k}.png")).score is not None
        blurred = np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(5)))
        soft += detect(saved(tmp_path, blurred, f"{k}b.png")).score is None
        lines = np.asarray(Image.fromarray(image).convert("L").filter(ImageFilter.CONTOUR).convert("RGB"))
        drawn += detect(saved(tmp_path, lines, f"{k}l.png")).score is None
    assert scored >= 6 and soft == drawn == 8


def test_an_animal_gets_no_score_even_where_its_face_is_given(tmp_path):
    cat = pytest.importorskip("skimage.data").chelsea()
    assert detect(saved(tmp_path, cat)).score is None
    head = np.asarray(Image.fromarray(cat).crop((125, 15, 325, 215)).resize((SIZE, SIZE)), np.float32) / 255
    assert checkpoints.load("meso4_cast_novelty").predict_on_batch(head[None])[0] > 1


def test_what_is_said_of_a_score(tmp_path, photograph, model):
    said = str(detect(saved(tmp_path, photograph)))
    assert "abstains" in said and "0.009 where one in 1,000" in said


def test_the_authors_networks_see_the_nose_in_the_middle(tmp_path, photograph, model, monkeypatch):
    monkeypatch.setattr(checkpoints, "verify", lambda name: None)  # theirs are fetched, and may not be here
    path = saved(tmp_path, np.repeat(np.repeat(photograph, 2, 0), 2, 1))  # their faces are of 256 pixels
    assert "2018" in str(detect(path, "meso4"))
    detect(path, "meso4_cast")
    theirs, ours = model
    assert theirs.shape == (256, 256, 3) and ours.shape == (128, 128, 3)
    assert np.abs(theirs[::2, ::2] - ours).mean() > 0.02


def test_every_way_of_storing_the_picture_is_the_same_picture(tmp_path, photograph, model):
    plain = detect(saved(tmp_path, photograph, "rgb.png"))
    alpha = np.dstack([photograph, np.full(photograph.shape[:2], 255, np.uint8)])
    assert detect(saved(tmp_path, alpha, "rgba.png")).score == pytest.approx(plain.score, abs=1e-6)
    grey = np.asarray(Image.fromarray(photograph).convert("L"))
    eight = detect(saved(tmp_path, grey, "grey.png"))
    assert not eight.problem and any("grey" in note for note in eight.notes)
    sixteen = detect(saved(tmp_path, grey.astype(np.uint16) * 257, "grey16.png"))
    assert sixteen.score == pytest.approx(eight.score, abs=1e-3)


def test_a_face_cut_by_the_border_is_reported_and_does_not_count(tmp_path, photograph, model):
    whole = detect(saved(tmp_path, photograph))
    x, y, w, h = (int(v) for v in whole.faces[0].box)
    finding = detect(saved(tmp_path, photograph[y + 4:y + h, x:], "cut.png"))
    assert finding.score is None and finding.faces[0].doubts == ("cut by the border",)
    assert "cut by the border" in finding.problem and "does not count" in str(finding)
    assert "neither that it is real nor that it is fake" in str(finding)


def test_a_face_that_is_too_small_does_not_count(tmp_path, photograph, model):
    small = np.full((300, 400, 3), 128, np.uint8)
    small[100:190, 150:227] = np.asarray(Image.fromarray(photograph).resize((77, 90), Image.LANCZOS))
    finding = detect(saved(tmp_path, small))
    assert "too small" in finding.problem or "no face was found" in finding.problem
    assert finding.score is None


@pytest.mark.parametrize(("name", "content", "says"), [
    ("text.jpg", b"this is no picture", "not a picture"),
    ("empty.png", b"", "empty"),
    ("text.mp4", b"this is no video", "cannot be read"),
    ("absent.jpg", None, "there is no file"),
    ("absent.mp4", None, "there is no file"),
])
def test_files_that_cannot_be_read(tmp_path, model, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    finding = detect(tmp_path / name)
    assert says in finding.problem and finding.score is None and finding.faces == []
    assert "no score" in str(finding)
    with pytest.raises(ValueError, match="no picture to annotate"):
        annotated(finding, tmp_path / "out.png")


def test_a_picture_cut_short_or_without_a_face(tmp_path, photograph, model):
    path = saved(tmp_path, photograph, "a.jpg")
    path.write_bytes(path.read_bytes()[:3000])
    assert "cut short" in detect(path).problem
    assert "no face was found" in detect(saved(tmp_path, np.full((200, 200, 3), 90, np.uint8))).problem
    assert detect(tmp_path).problem.endswith("is a folder, not a picture")


def make_video(path, photograph, with_face, n=12):
    """A clip of which the first `with_face` frames show the face and the others a plain wall."""
    face = photograph.astype(np.float32) / 255
    frames = (face if k < with_face else np.full_like(face, 0.4) for k in range(n))
    return media.write_video(path, frames, fps=6, what="a test", how="pytest")


def test_a_video(tmp_path, photograph, model):
    finding = detect(make_video(tmp_path / "a.mp4", photograph, 12), frames=4, keep=True)
    assert finding.kind == "video" and finding.frames == 4 and len(finding.faces) == 4 and not finding.problem
    assert [f.second for f in finding.faces] == pytest.approx([1 / 6, 4 / 6, 7 / 6, 10 / 6], abs=0.01)
    assert finding.score == pytest.approx(np.mean([f.score for f in finding.faces]))
    assert "4 frames examined" in str(finding) and len(finding.pictures) == 4
    finding = detect(tmp_path / "a.mp4", keep=True)
    assert finding.frames == 12 and len(finding.pictures) == 6  # all, where there are no more; every second one kept


def test_a_video_without_faces_in_most_frames(tmp_path, photograph, model):
    finding = detect(make_video(tmp_path / "a.mp4", photograph, 4), frames=6)
    assert finding.score is None and 0 < len(finding.faces) < 3
    assert f"in {len(finding.faces)} of 6 frames, too few" in finding.problem


def test_a_video_that_breaks_off_keeps_what_came_before(tmp_path, photograph, model):
    path = make_video(tmp_path / "a.webm", photograph, 12)
    path.write_bytes(path.read_bytes()[:-len(path.read_bytes()) // 3])
    finding = detect(path, frames=6)
    assert finding.problem or finding.notes


def test_arguments_that_are_wrong_are_refused(tmp_path):
    with pytest.raises(ValueError, match="model is 'resnet'; expected one of meso4_cast"):
        detect(tmp_path / "a.png", "resnet")
    with pytest.raises(ValueError, match="frames is 0"):
        detect(tmp_path / "a.mp4", frames=0)


def test_weights_that_were_not_fetched_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    with pytest.raises(checkpoints.CheckpointError, match="course checkpoints fetch mesoinception4"):
        detect(tmp_path / "a.png", "mesoinception4")
    with pytest.raises(FileNotFoundError, match="YuNet"):
        detect(tmp_path / "a.png", method="yunet")


def test_an_annotated_copy(tmp_path, photograph, model):
    path = saved(tmp_path, photograph)
    finding = detect(path, keep=True)
    out = annotated(finding, tmp_path / "out" / "a.png")
    shown = media.read_image(out)
    x, y, w, _ = (int(round(v)) for v in finding.faces[0].box)
    assert np.ptp(shown[y - 1:y + 3, x + w // 2]) > 0.3  # the box's upper edge is drawn
    record = json.loads((tmp_path / "out" / "a.png.json").read_text(encoding="utf-8"))
    assert "boxes" in record["what"] and record["sources"][0]["name"] == "a.png"


def test_the_annotated_copy_of_a_video_shows_its_frames_side_by_side(tmp_path, photograph, model):
    large = np.asarray(Image.fromarray(photograph).resize((512, 600)))
    finding = detect(make_video(tmp_path / "a.mp4", large, 12), frames=6, keep=True)
    assert len(finding.pictures) == 6 and finding.pictures[0][0].shape == (480, 410, 3)
    assert finding.pictures[0][1][0].box[2] == pytest.approx(0.8 * finding.faces[0].box[2], rel=0.01)
    shown = media.read_image(annotated(finding, tmp_path / "sheet.png"))
    assert shown.shape[0] > 2 * 360 and shown.shape[1] == 4 * 308  # two rows of at most four, and the strip below


def test_the_command_goes_on_after_a_bad_file(tmp_path, photograph, model, capsys):
    good, bad = saved(tmp_path, photograph), tmp_path / "bad.jpg"
    bad.write_bytes(b"no")
    code = cli.main(["detect", str(bad), str(good), "--json", "--annotate", str(tmp_path / "out")])
    record = json.loads(capsys.readouterr().out)
    assert code == 1 and [t["problem"] != "" for t in record] == [True, False]
    assert record[1]["faces"][0]["score"] == record[1]["score"] and record[1]["model"] == "meso4_cast"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["002_a.png", "002_a.png.json"]
    assert cli.main(["detect", str(bad), str(good), str(good)]) == 1
    out = capsys.readouterr().out
    assert out.count("P(fake)") == 4 and out.count("no score") == 1 and out.count("no proof") == 1  # said once for all
    assert cli.main(["detect", str(good)]) == 0
    capsys.readouterr()
    assert cli.main(["detect", str(good), "--model", "resnet"]) == 1
    assert "expected one of" in capsys.readouterr().err


def test_what_the_room_offers():
    assert callable(pipelines.detect) and pipelines.detect is detect
