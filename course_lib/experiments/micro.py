"""Micro-expressions by frame rate: `python -m course_lib.experiments.micro`.

Eight people with a neutral face say nothing for two seconds, once with the head held almost still, as in a laboratory,
and once turning it as in every clip of the cast. Into each of these control clips a short movement of the brows or of
the corners of the mouth is drawn at a known time, in three lengths. Rendered at 100 frames per second; lower rates take
every second, fourth, ... frame. The threshold for a person is the best for the seven others. Stored in
datasets/runs/micro.json. About 5 minutes on 2 cores, and resumed person by person. Lesson 12.
"""
import argparse
import json
from dataclasses import replace

import numpy as np

from course_lib import cast
from course_lib.checkpoints import DATASETS
from course_lib.data.cache import BLOCK, render_cached
from course_lib.experiments.pulse_codec import sensor
from course_lib.experiments.stored import write_run
from course_lib.forensics import micro

FILE = DATASETS / "runs" / "micro.json"
PEOPLE, SIZE, SECONDS, FPS = range(750_000, 750_008), 160, 1.92, 100.0
SKIPS, LENGTHS, DEPTH = (1, 2, 4, 8, 16), (0.06, 0.12, 0.24), 0.6
HEADS = {"still": 0.1, "turning": 1.0}  # the part of the cast's head movement that is kept
ACTIONS, NEAR = ("brow", "smile", "frown"), 0.15  # seconds from the apex within which an alarm is right


def read():
    """Reads the stored measurement.

    Returns:
        {"settings", "clips": [{"person", "head", "length": seconds or 0 for a control, "apex": seconds, "action",
        "movement": {fps: f [T] in pixels of the stabilised face}, "later only": the same at FPS without baseline}]}.
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


def clips(person, head):
    """A person who says nothing, without and with a micro-expression of each length.

    Args:
        person: Seed.
        head: A key of HEADS.
    Returns:
        List of (length in seconds, 0 for the control; onset; action; frames f32 [T, S, S, 3]; landmarks f32
        [T, 68, 2]).
    Lesson 12.
    """
    who, rng = cast.random_person(person), np.random.default_rng(person)
    made = cast.clip(who, SECONDS, FPS, seed=person, speaking=False)
    first, part = made.scenes[0].pose, HEADS[head]
    turned = lambda pose: replace(pose, **{a: getattr(first, a) + part * (getattr(pose, a) - getattr(first, a))  # noqa: E731
                                           for a in ("yaw", "pitch", "roll")})
    scenes = [replace(s, pose=turned(s.pose), expression=replace(s.expression, blink_left=0.0, blink_right=0.0,
                                                                 smile=0.0, brow=0.0, frown=0.0)) for s in made.scenes]
    control = render_cached(who, scenes, size=SIZE, progress=False)
    hidden = control.landmarks_visible[:, 17:27].mean() < 0.5  # a fringe hides the brows
    action = "smile" if hidden else ACTIONS[person % 3]
    onsets = rng.uniform(0.4, SECONDS - 0.7, len(LENGTHS))
    added = [DEPTH * expression(made.times, onset, length) for onset, length in zip(onsets, LENGTHS)]
    which = [np.flatnonzero(a > 1e-9) for a in added]  # only these frames are rendered anew
    wanted = [replace(scenes[k], expression=replace(scenes[k].expression, **{action: float(a[k])}))
              for a, at in zip(added, which) for k in at]
    wanted += wanted[-1:] * (-len(wanted) % BLOCK)  # batches of one size are compiled once
    drawn = render_cached(who, wanted, size=SIZE, progress=False)
    out, start = [(0, 0.0, action, sensor(control.rgb, person), control.landmarks)], 0
    for n, (length, onset, at) in enumerate(zip(LENGTHS, onsets, which)):
        frames, points, rows = control.rgb.copy(), control.landmarks.copy(), slice(start, start + len(at))
        frames[at], points[at], start = drawn.rgb[rows], drawn.landmarks[rows], start + len(at)
        out.append((length, float(onset), action, sensor(frames, person + 1000 * (n + 1)), points))
    return out


def measured(person, head):
    """The movement in all clips of a person, at every frame rate.

    Args:
        person, head: As for clips.
    Returns:
        List of the entries of "clips" in read.
    Lesson 12.
    """
    short, out = lambda y: [round(float(v), 3) for v in y], []  # noqa: E731
    for length, onset, action, frames, landmarks in clips(person, head):
        faces, points = micro.stabilised(frames, landmarks)
        out.append({"person": person, "head": head, "length": length, "apex": round(onset + length / 2, 3),
                    "action": action, "later only": short(micro.movement(faces, points, FPS, baseline=False)),
                    "movement": {f"{FPS / skip:g}": short(micro.movement(faces[::skip], points, FPS / skip))
                                 for skip in SKIPS}})
    return out


def outcome(clip, movements, rate, threshold):
    """What a detector says about one clip.

    Args:
        clip: An entry of "clips" in read.
        movements, rate, threshold: As for forensics.micro.spot.
    Returns:
        (true positives, 0 or 1; false positives; false negatives, 0 or 1).
    Lesson 12.
    """
    alarms = micro.spot(np.array(movements), rate, threshold)
    near = np.abs(alarms - clip["apex"]) <= NEAR if clip["length"] else np.zeros(len(alarms), bool)
    return int(near.any()), int((~near).sum()), int(bool(clip["length"]) and not near.any())


def f1(counts):
    """F1 of counts.

    Args:
        counts: [N, 3], of outcome.
    Returns:
        Float in [0, 1].
    Lesson 12.
    """
    tp, fp, fn = np.sum(counts, 0)
    return float(2 * tp / max(2 * tp + fp + fn, 1))


def spotted(stored, head, fps, key=None, rounds=400):
    """How many expressions are found, with the threshold for each person taken from the other people.

    Args:
        stored: Of read.
        head: A key of HEADS.
        fps: Frames per second, one of the stored rates.
        key: "later only" for the movement without baseline, at FPS.
        rounds: Of the bootstrap over people.
    Returns:
        {"f1", "low", "high": 95 % interval by person, "chance": the F1 of as many alarms at random times, "recall":
        {length: fraction}, "false": alarms in each control clip}.
    Lesson 12.
    """
    own = [(c, c[key] if key else c["movement"][f"{fps:g}"]) for c in stored["clips"] if c["head"] == head]
    people = sorted({c["person"] for c, _ in own})
    grid = np.unique([round(max(y), 2) for _, y in own])
    each = [[(c, y) for c, y in own if c["person"] == p] for p in people]
    table = np.array([[[outcome(c, y, fps, threshold) for c, y in clips] for clips in each]
                      for threshold in grid])  # [thresholds, people, clips, 3]
    counts, rng = [], np.random.default_rng(0)
    for n, clips in enumerate(each):
        scores = np.array([f1(np.delete(of, n, 0).reshape(-1, 3)) for of in table])
        best = grid[scores == scores.max()]  # several are equally good: take the middle
        counts.append([outcome(c, y, fps, (best[0] + best[-1]) / 2) for c, y in clips])
    counts = np.array(counts)
    draws = [f1(counts[rng.integers(len(people), size=len(people))].reshape(-1, 3)) for _ in range(rounds)]
    alarms, lengths = counts[..., :2].sum() / counts[..., 0].size, [c["length"] for c, _ in own][:counts.shape[1]]
    rate = np.mean(np.array(lengths) > 0)  # expressions a clip
    lucky = rate * (1 - (1 - 2 * NEAR / SECONDS) ** alarms)
    return {"f1": f1(counts.reshape(-1, 3)), "low": float(np.percentile(draws, 2.5)),
            "high": float(np.percentile(draws, 97.5)), "chance": float(2 * lucky / (rate + alarms)),
            "recall": {n: float(counts[:, k, 0].mean()) for k, n in enumerate(lengths) if n},
            "false": float(counts[:, lengths.index(0), 1].mean())}


def main():
    """Renders, measures and stores what is not in the file yet."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    settings = json.loads(json.dumps({
        "command": "python -m course_lib.experiments.micro", "people": len(PEOPLE), "size": SIZE, "seconds": SECONDS,
        "lengths": LENGTHS, "depth": DEPTH, "heads": HEADS, "near": NEAR, "side": micro.SIDE}))
    record = read() if FILE.is_file() else {}
    record = record if record.get("settings") == settings else {"settings": settings, "clips": []}
    done = {(c["person"], c["head"]) for c in record["clips"]}
    for person, head in ((p, h) for p in PEOPLE for h in HEADS if (p, h) not in done):
        record["clips"] += measured(person, head)
        print(person, head, record["clips"][-1]["action"], *(round(max(c["movement"]["100"]), 2) for c in
                                                             record["clips"][-1 - len(LENGTHS):]), flush=True)
        write_run(FILE, record)


if __name__ == "__main__":
    main()
