"""Cuts and people: two members of the cast in one video are not mixed, and nothing glides from one to the other."""
from dataclasses import replace

import numpy as np
import pytest

from course_lib import cast, faces, provenance
from course_lib.faces.shots import LIMIT, FaceCuts, look_of, other_people
from course_lib.faces.smoothing import smooth_track
from course_lib.faces.tracking import track
from tests.media import making

RATE = 10


@pytest.fixture(scope="module")
def shots():
    """Ines, Bruno and again Ines in the same scenes before one wall, 20, 12 and 8 frames."""
    scenes = cast.clip(cast.people()["Ines"], 2.0, RATE, 41).scenes
    rendered = {name: cast.render(cast.people()[name], scenes, 128) for name in ("Ines", "Bruno")}
    rows = [("Ines", slice(20)), ("Bruno", slice(4, 16)), ("Ines", slice(6, 14))]
    return [np.concatenate([getattr(rendered[name], what)[part] for name, part in rows])
            for what in ("rgb", "landmarks")]


@pytest.fixture(scope="module")
def video(shots, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    text = provenance.consent.template().replace('subject = ""', 'subject = "two of the cast"')
    (folder / "consent.toml").write_text(text.replace('purpose = ""', 'purpose = "tests"'), encoding="utf-8")
    return making.film(folder / "two.mp4", shots[0], fps=RATE)


def looks_of(frames, landmarks):
    return [look_of(*face) for face in zip(frames, landmarks, strict=True)]


def cuts_of(frames, landmarks):
    changed = FaceCuts()
    return [t for t, look in enumerate(looks_of(frames, landmarks)) if changed(look)]


def test_a_cut_to_another_face_is_seen_and_motion_and_light_are_none(shots):
    frames, landmarks = shots
    assert cuts_of(frames, landmarks) == [20, 32]
    clip = cast.clip(cast.random_person(5003), 3.0, RATE, 9)
    light = np.linspace(0.6, 1, len(clip.scenes), dtype=np.float32)[:, None, None, None]
    moving = cast.render(clip.person, clip.scenes, 128)
    assert cuts_of(moving.rgb * light, moving.landmarks) == []
    gone = landmarks.copy()
    gone[20:23] = np.nan  # nothing can be compared with frames without a face
    assert cuts_of(frames, gone) == [32]


def test_landmarks_do_not_glide_over_a_cut(shots):
    frames, landmarks = shots
    shifted = landmarks + np.where((np.arange(40) // 20 == 1)[:, None, None], 12.0, 0)  # the second one sits elsewhere
    rows = iter(shifted)
    points, cuts = map(np.array, zip(*track(frames, lambda frame: [next(rows)]), strict=True))
    assert np.flatnonzero(cuts).tolist() == [20, 32]
    near = [18, 19, 20, 21]

    def error(cuts):
        return np.abs(smooth_track(points, RATE, cuts, 2.0) - points)[near].mean()

    assert error(cuts) < 1.5 < error(None)


def test_the_tracker_of_meshes_begins_anew_with_another_face(shots):
    frames, landmarks = shots
    tracker, began = faces.MeshTracker(RATE, irises=False), []
    for t in range(16, 24):
        before = tracker.filter
        assert tracker(frames[t]) is not None
        began += [t] * (tracker.filter is not before)
    assert began == [16, 20]


def test_a_set_holds_one_person_and_the_report_names_the_cuts(video):
    mixed = faces.faceset_from_video(video, every=0.1, one_person=False)
    found = faces.faceset_from_video(video, every=0.1)
    assert np.unique(mixed.shots).tolist() == [0, 1, 2] and len(mixed) == 40
    assert np.unique(found.shots).tolist() == [0, 2] and len(found) == 28
    assert all("the shot from two.mp4 at 2.00 s" in why for _, why in found.skipped) and len(found.skipped) == 12
    said = str(faces.clean(found)[1])
    assert "12 faces left out: another person" in said and "1 cut: before two.mp4 at 3.20 s" in said
    again = faces.FaceSet.load(found.save(video.parent / "set.npz"))
    assert again.shots.tolist() == found.shots.tolist()


def test_another_moment_exposure_and_colour_make_nobody_another_person():
    clip = cast.clip(cast.people()["Kavya"], 4.0, 6, 50)
    rendered = cast.render(clip.person, clip.scenes, 96)
    later = np.arange(24) >= 12
    light = np.where(later[:, None, None, None], np.float32((0.7, 0.6, 0.5)), np.float32(1))
    looks = looks_of(rendered.rgb * light, rendered.landmarks)
    others, distances = other_people(looks, later.astype(int))
    assert not others.any() and abs(distances[0]) < 1e-5 < distances[1] < LIMIT
    assert other_people(looks, np.zeros(24, int))[1] == {}


def test_one_person_in_hard_light_is_not_two_and_two_in_it_are():
    people = [cast.people()[name] for name in ("Ines", "Bruno")]
    hard = [replace(cast.Lighting(), azimuth=side, fill=0.03, ambient=0.2) for side in (-1.2, 1.2)]
    lit = [replace(cast.Scene(), lighting=light) for light in hard]
    rendered = cast.render([people[0], people[0], people[1]], [*lit, lit[0]], 96)
    left, right, other = looks_of(rendered.rgb, rendered.landmarks)
    assert 1 - np.mean(left * right) > LIMIT  # one person, and yet the faces differ
    assert not other_people([left, left, right], [0, 0, 1])[0].any()
    assert other_people([left, left, other], [0, 0, 1])[0].tolist() == [False, False, True]
