"""One report for one video: signs of life beside their chance levels, abstentions with reasons, no verdict."""
import json

import numpy as np
import pytest

from course_lib import cli, media
from course_lib.faces import canonical
from course_lib.pipelines import examine_video as clips

RATE, SECONDS, BEATS, SIDE = 25, 10, 72, 112


def landmarks(times, loud):
    """A face that blinks twice and opens its mouth with the sound."""
    points = np.stack([canonical(SIDE, 1.3)] * len(times)).astype(float)
    points[:, 65:68, 1] += 4 * loud[:, None]
    closed = (np.abs(times[:, None] - [2.2, 7.0]) < 0.1).any(1)
    for lower, upper in ((41, 37), (40, 38), (47, 43), (46, 44)):
        points[closed, lower] = points[closed, upper]
    return points


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    rng, times = np.random.default_rng(0), np.arange(RATE * SECONDS) / RATE
    loudness = np.repeat(rng.uniform(0, 1, 10 * SECONDS), 800)
    samples = (0.3 * loudness * rng.normal(size=loudness.size)).clip(-1, 1).astype(np.float32)
    beat = 0.02 * np.sin(2 * np.pi * BEATS / 60 * times)
    image = rng.uniform(0.4, 0.6, (SIDE, SIDE, 3))
    frames = (image * (1 - beat[:, None, None, None] * np.array([0.3, 1.0, 0.6]))).astype(np.float32)
    path = tmp_path_factory.mktemp("clip") / "a.mp4"
    media.write_video(path, frames, RATE, what="a made clip", how="tests", audio=(samples, 8000), crf=10)
    loud = clips.sync.envelope(samples, 8000, times)
    return path, landmarks(times, loud / loud.max())


def tracked(points):
    rows = iter(points)
    return lambda frame: next(rows)


def test_signs_of_life_stand_beside_their_chance_levels(video):
    path, points = video
    report = clips.examine_clip(path, tracked(points))
    assert not report.problem and report.coverage == 1 and abs(report.rate - RATE) < 0.1
    f = {kind: e.features for kind, e in report.evidence.items()}
    assert f["blinks"]["count"] == 2 and f["blinks"]["reading"] > 0.9 > f["blinks"]["in conversation"]
    assert abs(f["pulse"]["rate"] - BEATS) < 4 and f["pulse"]["percentile"] > 95
    assert abs(f["sound"]["lag"]) < 0.05 and f["sound"]["percentile"] > 95
    text = f"{report}\n{clips.meaning()}"
    assert "None of this proves" in text and "fake" not in text and "authentic" not in text
    json.dumps(report.as_dict(), allow_nan=False)


def test_another_sound_and_a_face_without_a_pulse_are_at_chance(video):
    path, points = video
    other = points[np.random.default_rng(1).permutation(len(points))]
    assert clips.examine_clip(path, tracked(other)).evidence["sound"].features["percentile"] < 95
    report = clips.ClipReport("", rate=25.0, seconds=10.0)
    noise = 0.5 + 0.001 * np.random.default_rng(2).normal(size=(250, 3))
    assert clips._pulse(noise, report, "").features["percentile"] < 95


def test_what_cannot_be_measured_abstains_and_says_why(video):
    path, points = video
    gaps = [None if k % 4 == 0 else p for k, p in enumerate(points)]
    report = clips.examine_clip(path, tracked(gaps))
    assert not any(e.valid for e in report.evidence.values()) and "75%" in str(report).replace(" ", "")
    assert "no face" in str(clips.examine_clip(path, lambda frame: None))
    assert "no file" in str(clips.examine_clip(path.with_name("none.mp4")))


def test_the_skin_leaves_out_eyes_and_mouth():
    points = canonical(SIDE, 1.3)
    mask = clips.skin(points, (SIDE, SIDE))
    x, y = points[48:60].mean(0).astype(int)
    assert mask.any() and not mask[y, x] and not mask[tuple(points[36:42].mean(0).astype(int)[::-1])]
    assert mask[tuple(points[30].astype(int)[::-1])]


def test_the_command_prints_the_report_of_a_video(video, monkeypatch, capsys):
    path, points = video
    monkeypatch.setattr(clips, "_mesh", lambda rate: tracked(points))
    assert cli.main(["evidence", str(path)]) == 0
    said = capsys.readouterr().out
    assert "per minute" in said and "None of this proves" in said
    monkeypatch.setattr(clips, "_mesh", lambda rate: tracked(points))
    assert cli.main(["evidence", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["evidence"]["blinks"]["features"]["count"] == 2
    assert cli.main(["evidence", str(path), "--draw", "x.png"]) == 1
    assert "photograph" in capsys.readouterr().err
