"""Micro-expressions by frame rate: `python -m course_lib.experiments.micro`.

Eight people hold still for two seconds, three times each: twice a brow or the corners of the mouth move for a moment,
at a known time, and once nothing happens. Rendered at 100 frames per second; lower rates take every second, fourth, ...
frame. Stored in datasets/runs/micro.json. About 3 minutes on 2 cores. Lesson 12.
"""
import argparse
import json
from dataclasses import replace

import numpy as np

from course_lib import cast
from course_lib.checkpoints import DATASETS
from course_lib.data.cache import render_cached
from course_lib.experiments.pulse_codec import sensor
from course_lib.forensics import micro

FILE = DATASETS / "runs" / "micro.json"
PEOPLE, SIZE, SECONDS, FPS = range(750_000, 750_008), 96, 1.92, 100.0
SKIPS, LENGTHS, DEPTH = (1, 2, 4, 8, 16), (0.06, 0.12, 0.24), 0.6
ACTIONS = ("brow", "frown", "smile")


def read():
    """Reads the stored measurement.

    Returns:
        {"settings", "rows": [{"fps", "threshold", "length": seconds or 0 for still clips, "tp", "clips", "fp"}],
        "example": {fps: movement of one clip}, "onset": seconds}.
    Lesson 12.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def expression(times, onset, length):
    """A short movement: up in the first half, down in the second.

    Args:
        times: f64 [T], seconds.
        onset, length: Seconds.
    Returns:
        f64 [T] in [0, 1], 0 outside.
    Lesson 12.
    """
    x = np.clip((np.asarray(times) - onset) / length, 0, 1)
    return np.sin(np.pi * x) ** 2


def clip(person, length):
    """A person who holds still, with one micro-expression.

    Args:
        person: Seed.
        length: Of the expression, seconds; 0 for none.
    Returns:
        (frames f32 [T, S, S, 3], landmarks f32 [T, 68, 2], onset in seconds).
    Lesson 12.
    """
    who, rng = cast.random_person(person), np.random.default_rng((person, round(100 * length)))
    made = cast.clip(who, SECONDS, FPS, seed=person, speaking=False)
    onset, action = float(rng.uniform(0.5, SECONDS - 0.6)), ACTIONS[rng.integers(len(ACTIONS))]
    added = DEPTH * expression(made.times, onset, length) if length else np.zeros(len(made))
    scenes = [replace(s, expression=replace(s.expression, blink_left=0.0, blink_right=0.0, **{
        action: float(np.clip(getattr(s.expression, action) + a, 0, 1))})) for s, a in zip(made.scenes, added)]
    frames = render_cached(who, scenes, size=SIZE, progress=False)
    return sensor(frames.rgb, person), frames.landmarks, onset


def movements(frames, landmarks, skip):
    """Movement at a lower frame rate.

    Args:
        frames, landmarks: Of clip.
        skip: Every which frame is used.
    Returns:
        f64 [T / skip], pixels.
    Lesson 12.
    """
    return micro.movement(micro.stabilised(frames[::skip], landmarks[::skip]), FPS / skip)


def main():
    """Renders, measures and stores everything."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    measured, onsets, example = {}, {}, {}
    for k, person in enumerate(PEOPLE):
        for length in (0, LENGTHS[k % 3], LENGTHS[(k + 1) % 3]):
            frames, points, onset = clip(person, length)
            onsets[person, length] = onset
            for skip in SKIPS:
                measured[person, length, skip] = movements(frames, points, skip)
        print(person, *(round(float(m.max()), 2) for key, m in measured.items() if key[0] == person), flush=True)
    rows = []
    for skip in SKIPS:
        fps = FPS / skip
        still = [m for (p, n, s), m in measured.items() if s == skip and not n]
        # leave one out: the highest movement of the other people's still clips
        peaks = {p: max(m.max() for (q, n, s), m in measured.items() if s == skip and not n and q != p) for p in PEOPLE}
        for length in (0, *LENGTHS):
            keys = [(p, n, s) for p, n, s in measured if s == skip and n == length]
            tp = fp = 0
            for key in keys:
                spotted = micro.spot(measured[key], fps, peaks[key[0]])
                near = np.abs(spotted - onsets[key[:2]] - length / 2) <= 0.2 if length else np.zeros(len(spotted), bool)
                tp, fp = tp + bool(near.any()), fp + int((~near).sum())
            rows.append({"fps": fps, "length": length, "tp": tp, "clips": len(keys), "fp": fp})
            print(rows[-1], len(still), flush=True)
    key = next((p, n) for p, n, s in measured if n == LENGTHS[1])
    example = {f"{FPS / skip:g}": [round(float(v), 3) for v in measured[*key, skip]] for skip in SKIPS}
    settings = {"command": "python -m course_lib.experiments.micro", "people": len(PEOPLE), "size": SIZE,
                "seconds": SECONDS, "lengths": LENGTHS, "depth": DEPTH}
    FILE.write_text(json.dumps({"settings": settings, "rows": rows, "example": example,
                                "onset": round(onsets[key], 3)}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
