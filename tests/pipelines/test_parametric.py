"""The parametric way: which frames pass unchanged, which way is taken and why, and a video from end to end."""
import numpy as np
import pytest

from course_lib import cast, cli, media
from course_lib.pipelines.parametric import Way, square_of
from course_lib.pipelines.swap import ROW
from course_lib.pipelines.usable import FADE, opacity, seen_fraction, unchanged
from course_lib.provenance import manifest


def looking(yaw):
    scene = cast.Scene(pose=cast.Pose(yaw=yaw))
    return cast.render_landmarks(cast.to_vector(cast.Person(), scene)[None], 256)[0]


def test_profile_occluded_and_absent_faces_pass_unchanged():
    points = np.stack([looking(0.1), looking(1.1), looking(-1.1), looking(-0.2), np.full((70, 2), np.nan)])
    reasons = unchanged(points, np.array([0.9, 0.9, 0.9, 0.2, np.nan]))
    assert reasons.tolist() == ["", "profile", "profile", "occluded", "no face"]


def test_the_face_fades_beside_frames_that_pass_unchanged():
    reasons = np.array([""] * 8 + ["profile"] + [""] * 3)
    strength = opacity(reasons)
    assert strength[8] == 0 and strength[7] == strength[9] == 1 / FADE and strength[0] == 1
    assert (opacity(np.array([""] * 3)) == 1).all()


def test_a_covered_face_shows_less_skin():
    frame = cast.render(cast.Person(), cast.Scene(), 128)
    covered = frame.rgb[0].copy()
    x, y, side = square_of(frame.landmarks[0])
    covered[64:128] = (0.1, 0.2, 0.6)  # a scarf over the mouth
    assert side % 16 == 0 and x >= 0 and y >= -16
    assert seen_fraction(frame.rgb[0], frame.landmarks[0]) > 0.9
    assert seen_fraction(covered, frame.landmarks[0]) < seen_fraction(frame.rgb[0], frame.landmarks[0]) - 0.2


@pytest.mark.parametrize(("novelty", "way", "word"), [(0.6, "learned", "like"), (2.0, "parametric", "unlike")])
def test_the_way_follows_the_novelty_and_says_so(novelty, way, word):
    rows = np.zeros(12, ROW)
    points = looking(0.1)
    rows["points"], rows["measured"] = points[:68], [*points[68:].ravel(), 1.0, novelty]
    rows["points"][5] = np.nan
    make, notes = Way("Kavya").choose(rows, 12.5)
    assert notes["way"] == way and f"are {word} the rendered people" in notes["why"]
    assert (make is None) == (way == "learned")
    assert set(notes["unchanged"].values()) <= {0, 1}
    assert Way("Kavya", "parametric").choose(rows, 12.5)[1]["why"] == "it was asked for"
    assert "no decoder of Ada" in Way("Ada", learned=False).choose(rows, 12.5)[1]["why"]


def test_what_cannot_be_done_is_said():
    with pytest.raises(ValueError, match="expected one of auto, learned, parametric"):
        Way("Kavya", "magic")
    with pytest.raises(ValueError, match="no decoder of Ada"):
        Way("Ada", "learned", learned=False)
    rows = np.zeros(3, ROW)
    points = looking(1.1)
    rows["points"], rows["measured"] = points[:68], [*points[68:].ravel(), 1.0, np.nan]
    with pytest.raises(ValueError, match="3 frames profile"):
        Way("Kavya", "parametric").choose(rows, 25)


def test_a_video_keeps_every_frame_and_says_which_way_it_took(tmp_path, capsys):
    clip = cast.clip(cast.random_person(5001), 1, 8, seed=3)
    frames = cast.render(clip.person, clip.scenes, 128).rgb
    frames[6:] = 0.4  # nobody there
    source = tmp_path / "a.mp4"
    media.write_video(source, iter(frames), fps=8, what="a clip of the cast", how="test")
    call = ["swap", str(source), "--person", "Dolores", "--way", "parametric", "-o", str(tmp_path / "b.mp4")]
    assert cli.main(call) == 0
    record, done = manifest.read(tmp_path / "b.mp4"), np.stack(list(media.read_video(tmp_path / "b.mp4")))
    said = capsys.readouterr().out
    assert "the parametric way: it was asked for" in said and "2 no face" in said
    assert record["parameters"]["way"] == "parametric" and record["complete"] and len(done) == 8
    assert record["parameters"]["unchanged"] == {"no face": 2, "profile": 0, "occluded": 0,
                                                   "another person": 0}
    before = np.stack(list(media.read_video(source)))
    changed = np.abs(done - before)[:, 40:90, 40:90].mean((1, 2, 3))
    assert changed[:6].min() > 0.02 and changed[6:].max() < 0.02
