"""The stored measurement of lesson 11 holds what the pages read, and what is measured again has the known answers."""
import numpy as np
import pytest

from course_lib import forgeries
from course_lib.experiments import evidence, evidence_bodies, evidence_clips, evidence_truth, visual_artifacts
from course_lib.experiments.evidence_clips import METHODS as NEW
from course_lib.experiments.stored import differences
from course_lib.faces import canonical
from course_lib.forensics.examine import KINDS, LEARNED
from course_lib.forensics.head_pose import head_pose
from course_lib.forensics.reference import clean_scores, stored
from course_lib.forgeries.photographs import photographs


@pytest.fixture(scope="module")
def photos():
    return photographs(forgeries.SPLITS["val"][:3], 1, seed=21)


def test_every_kind_was_measured_on_clean_pictures_and_on_every_method():
    record = stored()
    for kind in KINDS:
        assert len(clean_scores(kind)) > 10, kind
    for kind in set(KINDS) - set(LEARNED):
        for method in ("real", *forgeries.METHODS):
            assert len(record["scores"]["raw"][method][kind]) == len(record["person"])
    assert set(record["dose"]) == set(evidence_truth.DOSES)
    assert set(record["clips"]["scores"]["raw"]) == {"real", *NEW}
    for method in NEW:
        assert set(record["clips"]["scores"]["raw"][method]) == set(KINDS), method
        assert len(record["clips"]["scores"]["raw"][method]["noise"]) == len(record["clips"]["person"])


def test_on_a_dancing_body_only_what_needs_no_face_answers():
    record = stored()["bodies"]
    for condition, methods in record["valid"].items():
        for method, kinds in methods.items():
            assert set(kinds) == set(evidence_bodies.TOOLS), method
            assert not np.any([kinds[kind] for kind in KINDS]), (condition, method)
    raw, again = (evidence.table(record, condition, 20) for condition in ("raw", "recaptured"))
    assert raw["whole CFA"]["body"][0].value > 0.9 > again["whole CFA"]["body"][0].value
    assert again["whole spectrum"]["body"][0].value > 0.8, "the network paints softly"


def test_dancing_frames_have_a_control_of_the_same_dance():
    stand_in, frames = evidence_bodies.dancing(range(3000, 3001))
    (real, nowhere), (forged, everywhere) = frames["real"], frames["body"]
    assert real.shape == forged.shape == (2, 96, 64, 3) and not nowhere.any() and everywhere.all()
    assert stand_in.person.tolist() == [3000, 3000] and np.ptp(stand_in.landmarks, 1).max() < 12
    assert 0.005 < np.abs(real - forged).mean() < 0.1, "another picture of the same pose"
    with pytest.raises(ValueError, match="face"):
        evidence_bodies.head_landmarks(np.zeros((96, 64), np.uint8))


def test_a_reenactment_starts_from_the_frames_that_are_its_control():
    stand_in, forged = evidence_clips.moving(forgeries.SPLITS["test"][:2], 96, ("reenacted",))
    assert set(forged) == {"real", "reenacted"} and stand_in.person.tolist() == sorted(stand_in.person.tolist())
    (real, _, points), (changed, weights, same) = forged["real"], forged["reenacted"]
    outside = weights < 1e-6
    assert outside.any() and np.abs(real - changed)[outside].max() < 1e-5 and np.abs(real - changed).max() > 0.05
    np.testing.assert_allclose(points, same, atol=1e-4)


def test_a_table_is_put_into_another_and_some_replace_it():
    old = {"a": {"x": 1, "y": 2}, "dose": {"old": 1}}
    evidence.merge(old, {"a": {"y": 3}, "dose": {"new": 2}}, ("dose",))
    assert old == {"a": {"x": 1, "y": 3}, "dose": {"new": 2}}


def test_an_interrupted_run_goes_on_where_it_was(tmp_path, monkeypatch):
    asked, file = [], tmp_path / "evidence.json"
    monkeypatch.setattr(evidence, "gallery", lambda: type("Photos", (), {"person": np.arange(3)}))

    def part(name, photos, forged, kinds):
        asked.append(name)
        if asked == list(evidence.PARTS[:3]):
            raise KeyboardInterrupt
        condition = name.removeprefix("written ")
        return {"scores": {condition: {"real": {"noise": [len(asked)]}}}} if condition != name else {name: len(asked)}

    monkeypatch.setattr(evidence, "part", part)
    with pytest.raises(KeyboardInterrupt):
        evidence.run(file=file, folder=tmp_path / "parts")
    assert not file.exists(), "nothing is written from half of the parts"
    record = evidence.run(file=file, folder=tmp_path / "parts")
    assert asked == [*evidence.PARTS[:3], *evidence.PARTS[2:]], "two parts were not measured again"
    assert record["person"] == [0, 1, 2] and set(record["scores"]) == set(evidence.CONDITIONS)
    assert not list((tmp_path / "parts").iterdir())
    again = evidence.run(("clean",), file, tmp_path / "parts")
    assert evidence.check(("clean", "written raw"), file) is False, "the part counts up, so it differs"
    assert again["clean"] == len(asked) - 2 and {k: again[k] for k in ("scores", "dose")} == {
        k: record[k] for k in ("scores", "dose")}, "the other tables stay"


def test_what_was_measured_again_is_compared_value_by_value():
    old = {"a": {"x": [1.0, 2.0, None], "y": 5}, "only here": 1}
    assert differences({"a": {"x": [1.0, 2.0, None]}}, old) == (3, 3, 0, 0.0)
    count, same, far, largest = differences({"a": {"x": [1.001, 2.5, 0.5], "z": 1}}, old, 0.01)
    assert (count, same, far) == (4, 0, 3) and largest == pytest.approx(0.25)
    assert differences({"a": {"x": [1.0, 2.0, None, 4.0]}}, old)[2] == 1, "the stored list is shorter"


def test_a_dose_of_nothing_is_the_clean_score_and_blur_raises_texture(photos):
    found = evidence_truth.doses(photos, ("texture", "head pose", "CFA"))
    for kind, row in found.items():
        clean = [KINDS[kind](x, p).score for x, p in zip(photos.rgb, photos.landmarks, strict=True)]
        got = [s for s in row["scores"][0]]
        assert all(g is None or g == pytest.approx(c, abs=2e-3) for g, c in zip(got, clean, strict=True)), kind
    medians = [np.median([s for s in row if s is not None]) for row in found["texture"]["scores"]]
    assert medians[-1] > medians[2] > medians[0]


def test_an_inner_face_turned_by_nothing_stays_and_by_more_differs_more():
    points, image = canonical(256, 1.3), np.full((256, 256, 3), 0.5, np.float32)
    assert np.abs(evidence_truth.turned_inside(points, 0.0, (256, 256)) - points).max() < 1e-3
    angles = [head_pose(image, evidence_truth.turned_inside(points, a, (256, 256))).score for a in (0.0, 0.2, 0.4)]
    assert angles[0] < angles[1] < angles[2]


def test_the_true_iris_lies_in_the_eye_and_flags_are_compared_with_it(photos):
    iris = evidence_truth.true_irises(photos)
    eyes = photos.labels == 2
    assert iris.any((1, 2)).all() and iris[~photos.face_mask].mean() < 0.01 and eyes.shape == iris.shape
    found = evidence_truth.flags(photos)
    assert len(found["eyes"]["iou"]) == len(found["light"]["error"]) == len(photos)
    assert max(found["eyes"]["iou"]) > 0.5


def test_the_classifiers_of_the_stored_features_beat_chance_on_a_blurred_face():
    record = stored()["visual"]
    areas, coverage = visual_artifacts.areas(record, "nose and border", "warped", rounds=20)
    assert coverage == 1 and len(areas) == 3 and areas["logistic regression"].value > 0.7
    assert visual_artifacts.sample(record["test"], "eyes and teeth", "swap")[3] < 0.9
