"""The stored clips are complete, are what the stream gives, and the rules and decisions follow from their frames."""
import numpy as np
import pytest

from course_lib import cast, forgeries
from course_lib.checkpoints import load
from course_lib.experiments import robustness_clips, robustness_extraction
from course_lib.experiments.robustness_clips import AMOUNTS, CODECS, FRAMES, METHODS, RATE, RULES
from course_lib.models.mesonet_inference import scorer


@pytest.fixture(scope="module")
def record():
    return robustness_clips.read()


def test_every_frame_of_every_clip_is_there(record):
    for split, amount in AMOUNTS.items():
        numbers = [clip["person"] for clip in record[split]]
        assert sorted(numbers) == sorted(amount * list(forgeries.SPLITS[split]))
        for method in ("real", *METHODS[split]):
            for codec in CODECS:
                rows = robustness_clips.logits(record, split, method, codec)
                assert rows.shape == (len(numbers), FRAMES) and np.isfinite(rows).mean() > 0.9


def test_the_stored_logits_are_those_of_the_stream(record):
    clip = record["test"][0]
    frames = robustness_clips.filmed(clip["person"], clip["seed"], 4)
    again = robustness_clips.watched(frames.rgb, scorer(load(robustness_clips.DETECTOR)))
    np.testing.assert_allclose(again, clip["logits"]["raw"]["real"][:4], atol=0.5)


def test_half_a_swap_has_half_its_frames(record):
    half, swap, real = (robustness_clips.logits(record, "test", name, "c23") for name in ("half", "swap", "real"))
    np.testing.assert_array_equal(half[:, :FRAMES // 2], swap[:, :FRAMES // 2])
    np.testing.assert_array_equal(half[:, FRAMES // 2:], real[:, FRAMES // 2:])


def test_a_rule_uses_the_frames_it_is_given(record):
    rows = 1 / (1 + np.exp(-robustness_clips.logits(record, "test", "swap", "raw")))
    found = robustness_clips.video_scores(record, "swap", "raw", np.mean, every=2, count=8)
    np.testing.assert_allclose(found, np.nanmean(rows[:, :16:2], 1))
    area, loss = robustness_clips.compared(record, "swap", "raw", RULES["mean"], rounds=20)
    assert 0.9 < area.value <= 1 and area.low <= area.value <= area.high and loss.low <= loss.value <= loss.high


def test_a_rule_is_compared_in_pairs(record):
    for codec in CODECS:
        paired = robustness_clips.loss_difference(record, "half", codec, RULES["DFDC winner"], rounds=20)
        one, two = (robustness_clips.compared(record, "half", codec, RULES[name], rounds=1)[1].value
                    for name in ("DFDC winner", "mean"))
        assert paired.value == pytest.approx(one - two) and paired.high < 0  # half a swap is what the rule is made for
    same = robustness_clips.loss_difference(record, "swap", "raw", np.mean, rounds=20)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_frames_stay_correlated_for_seconds(record):
    likelihood = robustness_clips.fitted(record)
    for method in ("real", "swap"):
        near, middle, far = robustness_clips.correlations(record, method, "c40")
        assert 1 > near > middle > far > likelihood.correlation**32 + 0.3  # what the correction assumes


def test_a_limit_on_each_frame_delays_the_decision(record):
    likelihood = robustness_clips.fitted(record)
    for method in ("real", "swap"):
        free, limited = (robustness_clips.decisions(record, method, "raw", likelihood, most=most)[1]
                         for most in (np.inf, 2))
        assert (free <= limited).all() and np.median(free) < 1 < np.median(limited)


def test_the_correction_for_correlation_decides_later(record):
    likelihood = robustness_clips.fitted(record)
    assert likelihood.means[0] < likelihood.means[1] and 0.5 < likelihood.correlation < 1
    for codec in CODECS:
        sooner, later = (robustness_clips.decisions(record, "real", codec, likelihood, corrected)
                         for corrected in (False, True))
        assert (sooner[1] <= later[1]).all() and later[1].max() <= FRAMES / RATE
        assert set(np.unique(later[0])) <= {-1, 0, 1} and (later[1][later[0] < 0] == FRAMES / RATE).all()


def test_what_is_decided_wrongly_and_what_not_adds_up(record):
    likelihood = robustness_clips.fitted(record)
    for method, right in (("real", 0), ("swap", 1)):
        verdicts, seconds = robustness_clips.decisions(record, method, "c40", likelihood)
        found = robustness_clips.outcome(record, method, "c40", likelihood, rounds=20)
        assert found["wrong"].value + found["undecided"].value + np.mean(verdicts == right) == pytest.approx(1)
        early = seconds[verdicts >= 0]
        assert found["seconds"][0] == np.inf or np.mean(early <= found["seconds"][0]) * len(early) >= len(verdicts) / 4


def test_a_swap_is_measured_for_every_set_of_faces():
    found = robustness_extraction.read()
    assert set(found["targets"]) == set(robustness_extraction.TARGETS)
    for target in found["targets"].values():
        for codec, rows in target["swaps"].items():
            counts, kinds = target["found"][codec], robustness_extraction.KINDS
            assert counts["one detector"] <= counts["left"] and counts["as many"] <= counts["all"] <= found["frames"]
            assert {"all", "left"} <= set(rows) <= {kind for kind, codecs in kinds.items() if codec in codecs}
            assert {len(row) for row in rows.values()} == {len(robustness_extraction.SEEDS)}
            assert all(row["identity"] > target["no swap"]["identity"] + 0.5 for row in rows["all"])
    bruno = found["targets"]["Bruno"]["found"]["8 bits"]
    assert bruno["one detector"] < 0.75 * bruno["left"]  # the attacked detector misses faces that the second one finds
    for codec in robustness_extraction.CODECS:
        paired = robustness_extraction.difference(found, codec)
        assert len(paired) >= len(robustness_extraction.SEEDS) and max(paired) < 0  # the noise costs something


def test_the_extractor_leaves_out_frames_without_a_face():
    person = cast.people()["Bruno"]
    frames = cast.render([person] * 2, cast.clip(person, 0.4, 5, 450_000).scenes, size=192).rgb
    hidden = np.stack([frames[0], np.full_like(frames[1], 0.5)])
    sets = robustness_extraction.training_sets(frames, hidden, 0)
    assert {kind: list(faces.sources) for kind, faces in sets.items()} == {
        "all": ["0", "1"], "left": ["0"], "one detector": ["0"], "as many": ["0"], "quarter": ["0"]}
    assert robustness_extraction.trained(sets["left"], None, None, "Bruno", 0) is None
    assert robustness_extraction.extracted(np.full((1, 192, 192, 3), 0.5, np.float32), 0) is None
