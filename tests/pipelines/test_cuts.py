"""A video that cuts to somebody else: the swap leaves them alone and counts them, the face set leaves them out."""
import numpy as np
import pytest

from course_lib import blending, cast, media, pipelines
from course_lib.commands.parts import how_it_went
from course_lib.pipelines import footage
from course_lib.provenance import manifest

RATE = 10


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """(video, landmarks): Ines for 18 frames and Bruno for 10, in the same scenes."""
    scenes = cast.clip(cast.people()["Ines"], 1.8, RATE, 43).scenes
    parts = [cast.render(cast.people()[name], scenes[:count], 128) for name, count in (("Ines", 18), ("Bruno", 10))]
    path = tmp_path_factory.mktemp("cut") / "two.mp4"
    media.write_video(path, np.concatenate([p.rgb for p in parts]), fps=RATE, what="two of the cast", how="test")
    (path.parent / "consent.toml").write_text(
        'subject = "two of the cast"\npurpose = "tests"\ndate = 2026-01-01\nexpiry = 2999-01-01\n', encoding="utf-8")
    return path, np.concatenate([p.landmarks for p in parts])


def go(clip, target, **more):
    rows = iter(clip[1])
    return pipelines.swap_video(clip[0], target, lambda crops, _: np.full_like(crops, (0.9, 0.1, 0.1)), quiet=True,
                                find=lambda frame: [next(rows)], steps=blending.Steps(colour="none", visible=False),
                                **more)


def test_another_person_passes_unchanged_and_is_counted(clip, tmp_path):
    before = np.stack(list(media.read_video(clip[0])))
    for one_person, left in ((True, 10), (False, 0)):
        path = go(clip, tmp_path / f"{left}.mp4", one_person=one_person)
        after, record = np.stack(list(media.read_video(path))), manifest.read(path)["parameters"]
        changed = np.abs(after - before)[:, 40:90, 40:90].mean((1, 2, 3))
        assert changed[:18].min() > 0.1 and (changed[18:].max() < 0.03 if left else changed[18:].min() > 0.1)
        assert record["unchanged"] == {"no face": 0, "another person": left} and record["cuts"] == [1.8]
        assert set(record["shots"]) == ({"0", "1"} if left else set())
        said = how_it_went(record)
        assert "cuts: 1, at 1.80 s" in said and ("10 another person" in said) == ("--everyone" in said) == one_person


def test_an_interrupted_search_still_knows_of_the_cut(clip, tmp_path):
    first = iter(clip[1][:19])  # the cut lies before the last frame that was seen

    def stopping(frame):
        for points in first:
            return [points]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipelines.swap_video(clip[0], tmp_path / "a.mp4", None, find=stopping, quiet=True)
    rows = iter(clip[1][18:])
    path = pipelines.swap_video(clip[0], tmp_path / "a.mp4", lambda crops, _: crops, find=lambda frame: [next(rows)],
                                quiet=True)
    assert manifest.read(path)["parameters"]["unchanged"]["another person"] == 10


def test_footage_of_two_people_trains_on_one(clip):
    found = footage.collect(clip[0], every=0.1)
    assert set(found.train.shots) == {0} and set(found.test.shots) == {0}
    assert "faces left out: another person" in str(found.report)
    assert len(footage.collect(clip[0], every=0.1, one_person=False).test.skipped) == 0
