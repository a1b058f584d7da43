"""Every way in which an entry of a real competition has won without merit, and the rule that catches it."""
import numpy as np
import pytest

from course_lib.arena import creators, entries, floors, matrix, rules
from course_lib.arena.entries import Clip, Creator, InvalidEntry, Made
from course_lib.arena.material import DONORS, references, sources


@pytest.fixture(scope="module")
def source():
    return sources(7, 1, 1.0)[0]


def faults(made, source):
    return " ".join(floors.broken(floors.measure(made, source, 3)))


def test_an_honest_swap_reaches_the_floors(source):
    assert faults(creators.swap(source), source) == ""


def test_the_untouched_copy_does_not(source):
    assert "change 0.00" in faults(creators.copy(source), source)


def test_nor_a_copy_that_only_the_codec_has_changed(source):
    from course_lib.degradation import h264

    coded = Made(h264(source.rgb, 23, 8), references(source.donor))
    assert "change" in faults(coded, source)


def test_noise_over_everything_is_no_fake(source):
    noise = np.random.default_rng(0).normal(0, 0.2, source.rgb.shape).astype(np.float32)
    assert "outside" in faults(Made((source.rgb + noise).clip(0, 1), references(source.donor)), source)


def test_somebody_else_is_not_the_person_claimed(source):
    made = creators.swap(source)
    other = references(next(d for d in DONORS if d != source.donor))
    assert floors.likeness(_faces(made, source), made.claimed) > floors.likeness(_faces(made, source), other) + 0.1
    grey = Made(np.where(source.masks[..., None], np.float32(0.5), source.rgb), references(source.donor))
    assert "identity" in faults(grey, source) and "sharpness" in faults(grey, source)


def _faces(made, source):
    from course_lib.arena.material import on_grey

    return on_grey(made.frames[::3], source.landmarks[::3])


def test_a_fake_without_label_does_not_count(source):
    made = creators.swap(source)
    assert "label" in faults(Made(made.frames, made.claimed, label=False), source)


def test_the_mark_says_nothing_as_real_clips_carry_it_too(source):
    from course_lib.provenance import watermark

    real = rules.published(source.rgb, source.landmarks, 8, 3)
    fake = rules.published(creators.swap(source).frames, source.landmarks, 8, 3)
    scores = [watermark.score(list(c.pictures())) for c in (real, fake)]
    bare = watermark.score(list(rules.published(source.rgb, source.landmarks, 8, 3, marked=False).pictures()))
    assert min(scores) > 4 > abs(bare)
    corner = (slice(None), slice(-12, None), slice(0, 40))
    assert np.abs(real.frames[corner].astype(int) - fake.frames[corner]).mean() < 12


def clip(value, size=32):
    return Clip(np.full((4, size, size, 3), value, np.uint8), np.zeros((4, 68, 2), np.float32), 8.0)


class Shout:
    def predict(self, clips):
        return np.ones(len(clips))


class Order:
    """Knows that the first half was real the last time."""

    def predict(self, clips):
        return (np.arange(len(clips)) >= len(clips) / 2).astype(float)


class Bright:
    def predict(self, clips):
        return np.array([c.frames.mean() / 255 for c in clips])


def a_round(detector, real, fakes):
    people = {name: list(range(len(clips))) for name, clips in {"real": real, **fakes}.items()}
    round_ = matrix.Round(0, people=people, floors={c: [[]] * len(f) for c, f in fakes.items()})
    every = [*real, *(c for part in fakes.values() for c in part)]
    scores = np.split(matrix.score(detector, every, 5), np.cumsum([len(real), *map(len, fakes.values())])[:-1])
    round_.real["d"], round_.fake["d"] = scores[0], dict(zip(fakes, scores[1:], strict=True))
    return round_


def test_who_calls_everything_fake_catches_nothing_at_a_fixed_false_positive_rate():
    round_ = a_round(Shout(), [clip(9)] * 20, {"c": [clip(200)] * 20})
    assert matrix.cell(round_, "d", "c") == 0.5 and matrix.cell(round_, "d", "c", "caught") == 0


def test_the_order_of_the_clips_says_nothing():
    areas = [matrix.cell(a_round(Order(), [clip(9)] * 50, {"c": [clip(9)] * 50}), "d", "c")]
    assert abs(areas[0] - 0.5) < 0.15


def test_who_has_learned_the_entries_fails_on_the_house_set():
    fakes = {"bright entry": [clip(200)] * 12, "house": [clip(v) for v in range(60, 72)]}
    round_ = a_round(Bright(), [clip(v) for v in range(60, 84)], fakes)
    assert matrix.cell(round_, "d", "bright entry") == 1
    assert matrix.house(round_, "d", ["house"]) < rules.Rules().least_house


@pytest.mark.parametrize("answer", [[0.5], [0.5, np.nan], [0.5, 1.2], "x", [[0.5, 0.5]]])
def test_answers_that_are_no_probabilities_are_refused(answer):
    with pytest.raises(InvalidEntry):
        entries.checked_scores(answer, 2)


def test_an_entry_that_fails_costs_only_itself(monkeypatch):
    """And creators work on a cluster where there is one."""
    class Broken:
        def predict(self, clips):
            raise RuntimeError("no")

    class Tiny:
        make = staticmethod(lambda source, seed: Made(source.rgb, references(source.donor)))

    people = sources(7, 2, 1.0)
    asked = []
    monkeypatch.setattr(matrix.cluster, "each", lambda work, jobs, client: asked.append(client) or map(work, jobs))
    round_, clips, _ = matrix.play({"copy": Creator("copy", Tiny.make)}, {"bad": Broken(), "good": Bright()},
                                   people[:1], people[1:], 0, client="a client")
    assert asked == ["a client"] and len(clips["copy"]) == 1
    assert "RuntimeError" in round_.problems["bad"] and round_.detectors == ["good"]


def test_an_entry_that_changes_after_it_was_handed_in_is_refused(tmp_path):
    (tmp_path / "detector.py").write_text("class Detector: ...\n")
    frozen = entries.digest(tmp_path)
    entries.unchanged(tmp_path, frozen)
    (tmp_path / "weights.npy").write_bytes(b"later")
    with pytest.raises(InvalidEntry, match="changed after"):
        entries.unchanged(tmp_path, frozen)
    assert entries.digest(Shout) == entries.digest(Shout) != entries.digest(Order)


def test_a_round_has_fresh_people_and_a_seed_repeats_it():
    first, again, other = sources(7, 1, 1.0), sources(7, 1, 1.0), sources(8, 1, 1.0)
    assert np.array_equal(first[0].rgb, again[0].rgb) and first[0].person != other[0].person
    transports = [tuple(rules.transport([1, k]).values()) for k in range(6)]
    assert len(set(transports)) == 6 and rules.transport([1, 0]) == rules.transport([1, 0])


def test_the_threshold_leaves_the_allowed_fraction_of_real_clips_above_it():
    real = np.arange(100) / 100
    assert (real > rules.threshold(real, 0.05)).sum() == 5 and (real > rules.threshold(real, 0.0)).sum() == 0
    assert (real[:12] > rules.threshold(real[:12], 0.05)).sum() == 0  # 12 clips move in steps of 8 %
