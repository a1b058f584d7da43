"""The stored measurement of the pulse is complete, and people are never divided between training and test."""
import numpy as np
import pytest

from course_lib import cast
from course_lib.experiments import (
    blink_networks,
    fakecatcher,
    micro,
    order_ladder,
    prediction,
    pulse_codec,
    pulse_conditions,
)
from course_lib.forensics import pulse
from course_lib.forgeries.pulses import KINDS as KINDS_OF_PULSE
from course_lib.forgeries.temporal import FORGERIES
from course_lib.models.eye_networks import eye_network
from course_lib.models.over_time import KINDS


def test_the_pulse_was_measured_on_the_whole_cast_with_and_without():
    rows = pulse_codec.read()["clips"]
    seen = {(r["person"], r["pulse"], r["crf"], r["method"]) for r in rows}
    assert len(seen) == len(rows) == len(cast.people()) * 2 * len(pulse_codec.CRFS) * 3


def test_pairs_are_split_by_person_and_share_their_frames():
    clips = np.random.default_rng(0).random((3, 8, 32, 32, 3)).astype(np.float32)
    points = np.random.default_rng(1).uniform(8, 24, (3, 8, 68, 2)).astype(np.float32)
    both, fake, people = order_ladder.pairs(clips, points, "flicker", 0)
    assert both.shape == (6, 8, 32, 32, 3) and fake.tolist() == [1, 0] * 3 and people.tolist() == [0, 0, 1, 1, 2, 2]
    assert not set(order_ladder.TRAIN) & set(order_ladder.TEST)


def test_a_clip_gets_the_mean_of_its_segments():
    assert fakecatcher.votes(np.array([0.2, 0.4, 0.9]), np.array([1, 1, 0])).tolist() == pytest.approx([0.9, 0.3])
    fold = fakecatcher.folds(np.repeat(np.arange(8), 3))
    assert (fold.reshape(8, 3) == fold.reshape(8, 3)[:, :1]).all(), "a person is in one fold"


def test_without_a_codec_every_forged_pulse_is_found_more_often_than_by_chance():
    data = fakecatcher.read()
    assert sorted(set(data["person"])) == list(fakecatcher.PEOPLE) and set(data["crf"]) == set(fakecatcher.CRFS)
    for kind in KINDS_OF_PULSE[1:]:
        use = (data["crf"] == 0) & np.isin(data["kind"], ("real", kind))
        fake, person = (data["kind"][use] == kind).astype(int), data["person"][use]
        scores = fakecatcher.svm_scores(data["features"][use], fake, fakecatcher.folds(person))
        assert fakecatcher.accuracies(scores, fake, person)["clip"].low > 0.5
    rows = fakecatcher.read_maps()["rows"]
    assert len({(r["crf"], r["kind"]) for r in rows}) == len(rows) == 9


def test_a_support_vector_machine_finds_what_is_there_and_nothing_else():
    rng = np.random.default_rng(0)
    fake, fold = np.tile([0, 1], 40), np.arange(80) // 20
    noise = rng.normal(size=(80, 5))
    scores = fakecatcher.svm_scores(noise + 2 * fake[:, None], fake, fold)
    assert ((scores > 0.5) == fake).mean() > 0.9
    assert 0.3 < ((fakecatcher.svm_scores(noise, fake, fold) > 0.5) == fake).mean() < 0.7


def test_accuracy_is_that_of_segments_and_of_the_mean_over_a_clip():
    fake, person = np.repeat([0, 1, 0, 1], 3), np.repeat([0, 0, 1, 1], 3)
    scores = np.array([0.1, 0.2, 0.6, 0.9, 0.8, 0.7, 0.4, 0.9, 0.9, 0.6, 0.6, 0.6])
    found = fakecatcher.accuracies(scores, fake, person, rounds=50)
    assert found["segment"].value == pytest.approx(9 / 12) and found["clip"].value == pytest.approx(3 / 4)
    assert found["clip"].low <= 3 / 4 <= found["clip"].high


def test_blinks_are_counted_over_all_people_and_seeds():
    time = np.arange(0, 8, 1 / 25)
    clips = [{"closed": np.float64((time > t) & (time < t + 0.2)), "blinks": np.array([t])} for t in (2, 4, 5.5)]
    exact = [1 - clip["closed"] for clip in clips]
    found = blink_networks.score([exact, exact], clips, 1)
    assert found["f1"] == found["low"] == found["high"] == found["auc"] == 1
    blind = [np.ones_like(x) for x in exact]
    half = blink_networks.score([exact, blind], clips, 1)  # one seed finds all of them, the other none
    assert (half["precision"], half["recall"], half["auc"]) == (1, 0.5, 0.75)


def test_training_sequences_hold_what_they_are_labelled_with():
    closed = np.zeros(200)
    closed[60:64] = 1
    clip = {"crops": np.ones((200, 24, 24, 3), np.float32) * closed[:, None, None, None], "closed": closed,
            "blinks": np.array([60 / 25])}
    x, y = next(blink_networks.batches([clip], 8, seed=0))
    assert x.shape == (8, blink_networks.FRAMES, 24, 24, 3)
    assert ((x.max((2, 3, 4)) > 0.5) == (y[..., 0] > 0.5)).all() and y.any()
    assert not set(blink_networks.TRAIN) & set(blink_networks.TEST)


def test_a_clip_of_any_length_gets_one_probability_a_frame():
    model = eye_network(False, blink_networks.FRAMES)
    p = blink_networks.closing(model, np.random.default_rng(0).random((27, 24, 24, 3)).astype(np.float32))
    assert p.shape == (27,) and (p > 0).all() and (p < 1).all()


@pytest.mark.parametrize("kind", prediction.INPUTS)
def test_all_inputs_have_as_many_frames(kind):
    clip = np.random.default_rng(0).random((4, 32, 32, 3)).astype(np.float32)
    x = prediction.inputs(clip, kind)
    assert x.shape == (3, 32, 32, 3) and 0 <= x.min() and x.max() <= 1


def test_a_still_clip_has_no_residual():
    clip = np.repeat(np.random.default_rng(0).random((1, 32, 32, 3)).astype(np.float32), 4, 0)
    for kind in prediction.INPUTS[1:]:
        assert np.abs(prediction.inputs(clip, kind) - 0.5).mean() < 0.05


def test_blinks_were_looked_for_by_every_method_at_every_rate():
    stored = blink_networks.read()
    rates = [round(blink_networks.FPS / skip, 4) for skip in blink_networks.SKIPS]
    seen = sorted((r["method"], r["fps"]) for r in stored["rows"])
    assert len(seen) == len(set(seen)) == 4 * len(rates) and {fps for _, fps in seen} == set(rates)
    assert stored["settings"]["test"] == len(blink_networks.TEST)
    for row in stored["rows"]:
        assert 0 <= row["low"] <= row["f1"] <= row["high"] <= 1
        assert row["fps"] < 8 or row["f1"] > 0.9, "blinks last long enough for eight frames a second"


def test_single_frames_are_trained_with_the_label_of_their_clip():
    clips = np.random.default_rng(0).random((4, 2, 32, 32, 3)).astype(np.float32)
    points = np.random.default_rng(1).uniform(8, 24, (4, 2, 68, 2)).astype(np.float32)
    for part in order_ladder.SHUT_OFF.values():
        model, history = order_ladder.train_frames(part, clips, points, "soft", steps=2, batch=4)
        assert len(history.losses) == 2 and np.isfinite(history.losses).all()
        scores = order_ladder.scores(model, clips)
        assert scores.shape == (4,) and scores.dtype == np.float32
        np.testing.assert_allclose(order_ladder.scores(model, clips[:, ::-1]), scores, atol=1e-4)


def test_every_cell_has_its_seeds_once():
    rows = order_ladder.read()["rows"]
    keys = [(r["network"], r["forgery"], r["gap"], r["seed"]) for r in rows]
    assert len(set(keys)) == len(keys) and {k[3] for k in keys} <= set(order_ladder.SEEDS)
    cells = order_ladder.over_seeds(rows)
    assert {job[:3] for job in order_ladder.jobs()} >= set(cells)
    assert all([r["seed"] for r in of] == sorted(r["seed"] for r in of) for of in cells.values())


def test_no_network_on_single_frames_uses_time_and_one_over_time_does_with_every_seed():
    cells = order_ladder.over_seeds(order_ladder.read()["rows"])
    for forgery in FORGERIES:
        for kind in KINDS:
            assert len(cells[kind, forgery, 1]) >= 2, "no statement rests on one seed"
            for row in cells[kind, forgery, 1]:
                assert set(row["auc"]) == set(order_ladder.ORDERS)
                assert all(0 <= low <= value <= high <= 1 for value, low, high in row["auc"].values())
        for mean in (row["auc"] for row in cells["mean", forgery, 1]):
            assert mean["original"] == mean["shuffled"] == mean["reversed"], "the mean of frames is blind to order"
    for row in cells["mean", "flicker", 1]:
        assert row["auc"]["original"][0] == pytest.approx(0.5, abs=0.1)
    for kind, forgery in (("conv3d", "flicker"), ("stil", "flicker"), ("conv3d", "jitter")):
        for aucs in (row["auc"] for row in cells[kind, forgery, 1]):
            assert aucs["original"][1] > max(aucs[order][2] for order in ("shuffled", "frozen"))
    for row in (row for kind in KINDS for row in cells[kind, "soft", 1]):
        assert row["auc"]["frozen"][1] > 0.9, "a single frame is enough for this forgery"


def test_micro_expressions_were_looked_for_in_every_clip_at_every_rate():
    stored = micro.read()
    assert {(c["person"], c["head"], c["length"]) for c in stored["clips"]} == {
        (p, h, n) for p in micro.PEOPLE for h in micro.HEADS for n in (0, *micro.LENGTHS)}
    assert all(set(c["movement"]) == {f"{micro.FPS / skip:g}" for skip in micro.SKIPS} for c in stored["clips"])
    found = micro.spotted(stored, "still", 100)
    assert found["chance"] < found["low"] <= found["f1"] <= found["high"], "better than random alarms"
    slow = micro.spotted(stored, "still", 6.25)
    assert slow["recall"][0.06] < found["recall"][0.06], "what falls between two frames is not found"


def test_f1_of_a_spotter_whose_answers_are_known():
    clip, moved = {"length": 0.1, "apex": 0.5}, np.eye(100)[50] + 0.8 * np.eye(100)[90]
    assert micro.outcome(clip, moved, 100, 0.9) == (1, 0, 0)
    assert micro.outcome(clip, moved, 100, 0.7) == (1, 1, 0)
    assert micro.outcome(clip, moved, 100, 1.1) == (0, 0, 1)
    assert micro.outcome({"length": 0, "apex": 0.5}, moved, 100, 0.7) == (0, 2, 0)
    assert micro.f1([(1, 0, 0), (1, 1, 0), (0, 0, 1)]) == pytest.approx(4 / 6)
    clips = [{"person": p, "head": "still", "length": n, "apex": 0.5, "movement": {"100": (n > 0) * moved}}
             for p in range(3) for n in (0, 0.1)]
    found = micro.spotted({"clips": clips}, "still", 100)
    assert found["f1"] == 1 and found["recall"] == {0.1: 1} and found["false"] == 0 and found["chance"] < 0.2


def test_stil_without_its_temporal_module_is_blind_to_order():
    cells = order_ladder.over_seeds(order_ladder.read()["rows"])
    for blind in (row["auc"] for row in cells["without temporal", "flicker", 1]):
        assert blind["original"] == blind["shuffled"] == blind["reversed"]
    for key in (("without spatial", 1), ("without interaction", 1), *(("stil", gap) for gap in order_ladder.GAPS)):
        for aucs in (row["auc"] for row in cells[key[0], "flicker", key[1]]):
            assert aucs["original"][1] > aucs["shuffled"][2]


def test_a_subtracted_neighbour_shows_a_weak_flicker():
    rows = {row["input"]: row["auc"] for row in prediction.read()["rows"]}
    assert set(rows) == set(prediction.INPUTS)
    for kind in prediction.INPUTS[1:]:
        assert rows[kind]["original"][1] > max(rows[kind][order][2] for order in ("shuffled", "frozen"))


def test_a_patch_of_skin_pulses_at_its_rate_and_a_lamp_fools_green_only():
    everywhere = np.ones((round(pulse_conditions.SECONDS * pulse_conditions.FPS), pulse_conditions.SIZE,
                          pulse_conditions.SIZE), bool)
    for lamp, fooled in ((0.0, False), (0.01, True)):
        frames = pulse_conditions.patch(80, 0, **pulse_conditions.USUAL | {"lamp": lamp})
        colour = pulse.skin_means(frames, everywhere)
        assert abs(pulse.heart_rate(pulse.pos(colour, pulse_conditions.FPS), pulse_conditions.FPS) - 80) < 2
        by_green = pulse.heart_rate(pulse.green(colour, pulse_conditions.FPS), pulse_conditions.FPS)
        assert (abs(by_green - 80) > 10) == fooled


def test_every_condition_of_the_pulse_was_measured():
    stored = pulse_conditions.read()
    rows = {(str(r["change"]), r["crf"], r["method"]): r for r in stored["rows"]}
    assert len(rows) == len(stored["rows"]) == len(pulse_conditions.CHANGES) * len(pulse_conditions.CRFS) * 3
    assert all(len(r["error"]) == len(r["snr"]) == pulse_conditions.CLIPS for r in stored["rows"])
    assert np.mean(rows["{}", None, "POS"]["error"]) < 1 < 5 < np.mean(rows["{}", 40, "POS"]["error"])
