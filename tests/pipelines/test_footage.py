"""From a person's own footage to faces: consent first, a split in time, crops that fit each other."""
import numpy as np
import pytest

from course_lib import faces, provenance
from course_lib.pipelines import footage
from tests.media import making


def consent(folder, **lines):
    text = provenance.consent.template().replace('subject = ""', 'subject = "nobody"')
    (folder / "consent.toml").write_text(text.replace('purpose = ""', 'purpose = "tests"'), encoding="utf-8")


@pytest.fixture(scope="module")
def hopper_video(tmp_path_factory):
    """Grace Hopper's photograph, over which a camera moves, 20 frames."""
    from course_lib import media

    photo, folder = media.grace_hopper(), tmp_path_factory.mktemp("hopper")
    frames = [faces.warp(photo, np.array([[0.6 + 0.01 * k, 0, -40.0 - 2 * k], [0, 0.6 + 0.01 * k, -10.0]]), 256)
              for k in range(20)]
    consent(folder)
    return making.film(folder / "hopper.mp4", frames)


def test_the_last_part_in_time_is_held_out(hopper_video, monkeypatch):
    monkeypatch.setattr(footage.faces, "clean", lambda f: (f, faces.Report(f, {}, {}, [None] * len(f))))
    found = footage.collect(hopper_video, every=0.04, held_out=0.25)
    assert len(found.train) == 15 and len(found.test) == 5
    last = [float(s.split(" at ")[1].removesuffix(" s")) for s in (*found.train.sources[-1:], *found.test.sources[:1])]
    assert last[0] < last[1] and found.consent.subject == "nobody" and len(found.sha256) == 64


def test_near_duplicates_do_not_count_twice(hopper_video):
    found = footage.collect(hopper_video, every=0.04)
    assert len(found.train) < 10 and "near duplicate" in str(found.report)


def test_the_inner_crop_is_what_would_have_been_cut_from_the_frame(hopper_video):
    wide = faces.faceset_from_video(hopper_video, 0.04, 3, footage.WIDE, footage.COVERAGE)
    direct = faces.faceset_from_video(hopper_video, 0.04, 3, 64, 1.0)
    inner = footage.close(wide)
    assert np.allclose(inner.landmarks, direct.landmarks, atol=0.01)
    assert np.allclose(inner.matrices, direct.matrices, atol=0.01)
    assert np.abs(inner.images - direct.images).mean() < 0.01 and np.abs(inner.masks - direct.masks).mean() < 0.01


def test_consent_comes_before_everything(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"not even a video")
    with pytest.raises(provenance.consent.ConsentError, match="holds no consent.toml"):
        footage.collect(tmp_path / "a.mp4")
    with pytest.raises(FileNotFoundError, match="no video or folder"):
        footage.collect(tmp_path / "absent.mp4")
    with pytest.raises(ValueError, match="held_out is 0"):
        footage.collect(tmp_path, held_out=0)


def test_too_few_faces_are_refused_with_advice(tmp_path, hopper_video):
    from course_lib import media

    consent(tmp_path)
    frame = next(iter(media.read_video(hopper_video)))
    making.film(tmp_path / "short.mp4", [frame] * 3)
    with pytest.raises(ValueError, match="3 faces; a swap needs at least 8"):
        footage.collect(tmp_path / "short.mp4", every=0.04)


def test_a_folder_is_known_by_all_its_files(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"1")
    one = footage.hash_of(tmp_path)
    consent(tmp_path)
    assert footage.hash_of(tmp_path) == one  # the consent is hashed by itself
    (tmp_path / "b.jpg").write_bytes(b"2")
    assert footage.hash_of(tmp_path) != one
