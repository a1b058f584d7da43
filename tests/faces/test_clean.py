"""Cleaning: good faces pass every rule, each fault is caught by its own rule, and the report tells the truth."""
from dataclasses import replace

import cv2
import numpy as np
import pytest

from course_lib import faces
from course_lib.faces import rules


@pytest.fixture(scope="module")
def good(neutral_people):
    return faces.faceset_from_frames(neutral_people, size=64)


def changed(good, image):
    """The set with every picture put through `image`."""
    return replace(good, images=np.stack([image(i) for i in good.images]).astype(np.float32))


def covered(image):
    """A grey scarf up to the tip of the nose."""
    image = image.copy()
    image[36:] = (0.4, 0.42, 0.45)
    return image


FAULTS = {
    "people": lambda good: replace(good, people=good.people + 1),
    "eyes_found": lambda good: replace(good, points=["box"] * len(good)),
    "enlargement": lambda good: replace(good, matrices=good.matrices * 6),
    "sharpness": lambda good: changed(good, lambda i: cv2.GaussianBlur(i, (0, 0), 1.6)),
    "highlights": lambda good: changed(good, lambda i: np.clip(i * 4, 0, 1)),
    "brightest": lambda good: changed(good, lambda i: i * 0.2),
    "colour_cast": lambda good: changed(good, lambda i: np.clip(i * (0.6, 1, 1.3), 0, 1)),
    "visible_skin": lambda good: changed(good, covered),
}


def test_good_faces_pass_every_rule(good):
    kept, report = faces.clean(good)
    assert len(kept) >= len(good) - 1, report
    assert set(report.scores) == set(faces.RULES)


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_caught_by_its_rule(good, name):
    rule = faces.RULES[name]
    fine, bad = rule.passes(rule.score(good)), rule.passes(rule.score(FAULTS[name](good)))
    assert fine.mean() > 0.95 and bad.mean() < 0.15


def test_dark_skin_is_not_taken_for_blur(neutral_people, good):
    """The plain variance of the Laplacian is larger on light faces; the ratio is not (over all faces, by rank)."""
    skin = np.array([p.skin for p in neutral_people.persons])
    score = rules.sharpness(good)
    light, dark = score[skin < np.median(skin)], score[skin >= np.median(skin)]
    assert np.median(dark) > 0.7 * np.median(light)
    assert faces.RULES["sharpness"].passes(score).all()


def test_near_duplicates_are_found_and_the_good_one_of_a_pair_stays(good):
    rng = np.random.default_rng(0)
    again = changed(good, lambda i: np.clip(i * 1.04 + rng.normal(0, 0.01, i.shape), 0, 1))
    blurred = FAULTS["sharpness"](good[:3])
    kept, report = faces.clean(faces.join([blurred, good[:10], again[:10]]))
    assert report.dropped_by[:3] == ["sharpness"] * 3
    assert report.dropped_by[3:13] == [None] * 10
    assert report.dropped_by[13:] == ["novelty"] * 10
    np.testing.assert_array_equal(kept.images, good.images[:10])


def test_different_pictures_of_one_person_are_not_duplicates(many_scenes):
    faceset = faces.faceset_from_frames(many_scenes)
    rule = faces.RULES["novelty"]
    assert rule.passes(rule.score(faceset)).mean() > 0.9


def test_the_report_says_what_was_dropped_why_and_by_which_number(good):
    mixed = faces.join([good[:4], FAULTS["brightest"](good[4:6])])
    mixed.skipped.append(("holiday.jpg", "no face found"))
    kept, report = faces.clean(mixed)
    assert len(kept) == 4 and report.kept.tolist() == [True] * 4 + [False] * 2
    first, _, last = report.table()
    assert (first["source"], first["rule"], first["limit"]) == (good.sources[4], "brightest", 0.2)
    assert first["score"] == round(float(report.scores["brightest"][4]), 3) < 0.2
    assert (last["source"], last["why"]) == ("holiday.jpg", "no face found")
    text = str(report)
    assert "4 of 6 faces kept" in text and "2 dropped: underexposed" in text and "1 images gave no face" in text
    assert np.isnan(report.scores["novelty"][4])  # a dropped face is judged no further
    assert "underexposed" not in str(faces.clean(good[:4])[1])


def test_the_figures_show_the_dropped_faces_and_the_variety(good):
    _, report = faces.clean(faces.join([good[:4], FAULTS["brightest"](good[4:6])]))
    drawn = report.figure()
    assert "2 of 6" in drawn.alt and "brightest" in drawn.alt
    assert "pose" in report.variety_figure().alt
    assert "All 4" in faces.clean(good[:4])[1].figure().alt


def test_other_limits_and_an_empty_result(good):
    strict = {"sharpness": replace(faces.RULES["sharpness"], lowest=100.0)}
    with pytest.raises(ValueError, match="16 blurred"):
        faces.clean(good, strict)
    assert len(faces.clean(good, {})[0]) == len(good)
    with pytest.raises(ValueError, match="empty"):
        faces.clean(good[:0])


def test_variety_knows_pose_expression_and_light(many_scenes):
    faceset = faces.faceset_from_frames(many_scenes)
    known = faces.variety(faceset)
    assert sum(known["pose"].values()) == len(faceset) and known["pose"]["unknown"] == 0
    assert known["pose"]["nose to the right"] == sum(s.pose.yaw > np.deg2rad(15) for s in many_scenes.scenes)
    assert known["expression"]["smile"] == sum(s.expression.smile > 0.3 for s in many_scenes.scenes)
    assert sum(known["light"].values()) == sum(known["brightness"].values()) == len(faceset)


def test_light_is_where_the_brighter_side_is(good):
    ramp = np.linspace(0.4, 1, 64)[None, :, None]
    right, _ = faces.light(changed(good, lambda i: 0 * i + ramp))
    left, level = faces.light(changed(good, lambda i: 0 * i + ramp[:, ::-1]))
    assert (right > 0.05).all() and (left < -0.05).all() and (np.abs(level - 0.7) < 0.1).all()


def test_a_perceptual_hash_ignores_light_and_sees_another_face(good):
    bits = faces.perceptual_hash(good.images[0])
    assert bits.shape == (63,) and bits.dtype == bool
    assert (bits != faces.perceptual_hash(good.images[0] * 0.9 + 0.02)).sum() <= 1
    assert (bits != faces.perceptual_hash(good.images[1])).sum() >= 5
