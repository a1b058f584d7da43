"""The arena's big matrix and its evolution over rounds, as lesson 15 shows them.

`python -m course_lib.experiments.arena_rounds` plays both again and writes datasets/runs/arena.json. Lesson 15.
"""
import argparse
import json
import zlib
from functools import lru_cache

import numpy as np

from course_lib.arena import evolve, matrix
from course_lib.arena.creators import CREATORS
from course_lib.arena.detectors import FEATURES, course_detectors
from course_lib.arena.material import SECONDS, sources
from course_lib.checkpoints import DATASETS
from course_lib.media import write_video
from course_lib.show import encode_sheet

RUNS = DATASETS / "runs" / "arena.json"
PARTS = ("matrix", "quiz", "evolution")
SEED, CLIPS, REALS, FITTED = 1, 24, 24, 24  # of the matrix: clips of each creator, real ones, ones to fit detectors on
HOUSE = ("swap, sheer", "faceswap-GAN")  # the organiser's secret creators, which no detector has been fitted on
TEACHERS = ("swap, hard edge", "swap", "laundered")  # what the fitted detectors have seen, on other people
THUMB = 56
ROUNDS, SHORT, LEARN, TEST = 5, 1.0, 5, 8  # of the evolution: seconds of a clip, people to learn from and to test on
QUIZ_METHODS, QUIZ_FRAMES, QUIZ_SIDE = ("swap", "faceswap-GAN", "StyleGAN", "dubbed"), 4, 128
QUIZ_CLIPS, QUIZ_SECONDS, QUIZ_FPS = DATASETS / "runs" / "arena_quiz", 3.0, 25.0
EVOLVING, TUNED, RUNS_OF_EVOLUTION = ("swap", "StyleGAN"), "swap, fine-tuned", (100, 200, 300)


def fitting_set(count=FITTED, seconds=SECONDS):
    """What the fitted detectors are fitted on: real clips, and swaps of the same people by TEACHERS in turn.

    Args:
        count: Of people.
        seconds: Of a clip.
    Returns:
        (list of Clip, labels int [2 count]).
    Lesson 15.
    """
    people = sources(999, count, seconds)
    made = [CREATORS[TEACHERS[k % len(TEACHERS)]].make(s, 1) for k, s in enumerate(people)]
    return matrix.publish(None, people, 9) + matrix.publish(made, people, 9, 1), np.repeat([0, 1], count)


def play_matrix(creators=None, count=CLIPS, reals=REALS, say=print):
    """The big matrix.

    Args:
        creators: Names; all when left out.
        count, reals: Clips of each creator, and real ones.
        say: Prints a line.
    Returns:
        (Round, dict creator -> list of Clip, list of real Clip).
    Lesson 15.
    """
    chosen = {name: CREATORS[name] for name in creators or CREATORS}
    detectors = course_detectors(*fitting_set())
    round_, clips, real = matrix.play(chosen, detectors, sources(SEED, count), sources(SEED, reals, first=500), SEED,
                                      say=say)
    return matrix.add_ensemble(round_), clips, real


def as_record(round_, clips, real):
    """A round as JSON holds it, with a small picture of every clip.

    Args:
        round_: Round.
        clips, real: Of `play_matrix`.
    Returns:
        Dict.
    Lesson 15.
    """
    rounded = lambda x: [round(float(v), 6) for v in x]  # noqa: E731
    return {"seed": round_.seed, "people": round_.people, "floors": round_.floors, "problems": round_.problems,
            "real": {d: rounded(v) for d, v in round_.real.items()},
            "fake": {d: {c: rounded(v) for c, v in row.items()} for d, row in round_.fake.items()},
            "pictures": {name: sheet(part) for name, part in {"real": real, **clips}.items()}}


def sheet(clips):
    """The middle frame of every clip, cut round the face, side by side as one small picture.

    Args:
        clips: List of Clip.
    Returns:
        Text of encode_sheet.
    Lesson 15.
    """
    from course_lib.arena.detectors import crops

    faces = [crops(clip, THUMB, 1.35, len(clip) // 2)[1] for clip in clips]
    return encode_sheet(np.concatenate(faces, 1).clip(0, 1))


def read():
    """The stored runs.

    Returns:
        (Round of the big matrix, pictures: creator -> text of encode_sheet, evolution: list of dicts, of the runs that
        all arms have played).
    Lesson 15.
    """
    record = json.loads(RUNS.read_text(encoding="utf-8"))
    row = record["matrix"]
    round_ = matrix.Round(row["seed"], row["real"], row["fake"], row["people"], row["floors"], row["problems"])
    rows = record.get("evolution", [])
    whole = [run for run in {r["run"] for r in rows} if {r["arm"] for r in rows if r["run"] == run} == set(evolve.ARMS)]
    return round_, row["pictures"], [r for r in rows if r["run"] in whole]


def play_quiz(say=print):
    """Twelve real and twelve forged clips with sound, in a drawn order, with what the machine says about each.

    Everybody says a sentence in a synthetic voice; in a dubbed clip it is another one than was filmed. The clips are
    written into QUIZ_CLIPS, as 00.webm and so on.

    Args:
        say: Prints a line.
    Returns:
        Dict: sheets (text of encode_sheet, QUIZ_FRAMES frames side by side), fake, method, person, machine, captions
        (what is said, [(start, end, text)]): 24 each.
    Lesson 15.
    """
    from course_lib.arena.detectors import Network
    from course_lib.data.spoken import HELD_OUT, speech_of, text_of

    talks = [speech_of(HELD_OUT + k, QUIZ_SECONDS) for k in range(36)]
    people = sources(2, 24, QUIZ_SECONDS, fps=QUIZ_FPS, talks=talks[:24])
    real, fakes = people[:12], people[12:]
    names = [QUIZ_METHODS[k % len(QUIZ_METHODS)] for k in range(12)]
    said = [*range(12), *(12 + k + 12 * (n == "dubbed") for k, n in enumerate(names))]  # dubbing: another sentence
    made = [CREATORS[n].make(s, 2, **({"talk": talks[k]} if n == "dubbed" else {}))
            for n, s, k in zip(names, fakes, said[12:], strict=True)]
    clips = matrix.publish(None, real, 2) + matrix.publish(made, fakes, 2, 1)
    machine, order = Network("mesoinception4_cast").predict(clips), np.random.default_rng(2).permutation(24)
    step = len(clips[0]) // QUIZ_FRAMES
    sheets = [encode_sheet(np.concatenate(list(_large(c)[::step][:QUIZ_FRAMES]), 1)) for c in clips]
    say(f"quiz: the machine's mean score {machine[:12].mean():.2f} on real and {machine[12:].mean():.2f} on fake clips")
    for number, k in enumerate(order):
        _record(QUIZ_CLIPS / f"{number:02d}.webm", clips[k], talks[said[k]])
    rows = {"captions": [[(0.0, QUIZ_SECONDS, text_of(HELD_OUT + k))] for k in said], "sheets": sheets,
            "fake": [0] * 12 + [1] * 12, "method": ["real"] * 12 + names,
            "person": [s.person for s in people], "machine": [round(float(m), 4) for m in machine]}
    return {name: [values[k] for k in order] for name, values in rows.items()}


def _record(path, clip, talk):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, iter(clip.pictures()), clip.fps, audio=(talk.samples, talk.rate), crf=36,
                what="a clip of lesson 15's quiz: a rendered person, real or forged", how="experiments.arena_rounds")


def _large(clip):
    """The frames without the lower edge, on which the label lies."""
    return clip.pictures()[:, :QUIZ_SIDE, 8:8 + QUIZ_SIDE]


def read_quiz():
    """The stored clips of the quiz.

    Returns:
        Dict as `play_quiz` returns it, and videos: the bytes of each clip.
    Lesson 15.
    """
    quiz = json.loads(RUNS.read_text(encoding="utf-8"))["quiz"]
    return quiz | {"videos": [(QUIZ_CLIPS / f"{k:02d}.webm").read_bytes() for k in range(len(quiz["fake"]))]}


def play_evolution(arms=evolve.ARMS, rounds=ROUNDS, runs=RUNS_OF_EVOLUTION, say=print, keep=lambda rows: None,
                   rows=()):
    """Both sides over rounds, for each arm and several runs; in a run everything but the arm is the same.

    Args:
        arms: Of evolve.ARMS.
        rounds: How many follow the first.
        runs: Seeds; each run draws other people, and other steps of learning.
        say: Prints a line.
        keep: Called with the rows after every arm of a run.
        rows: Of an earlier call; the arms that it has played are not played again.
    Returns:
        List of dicts, one for each run, arm and round.
    Lesson 15.
    """
    rows = list(rows)
    for run in runs:
        for arm in arms:
            if any((row["run"], row["arm"]) == (run, arm) for row in rows):
                continue
            rows += _one_arm(run, arm, rounds, say)
            keep(rows)
    return rows


def _one_arm(run, arm, rounds, say):
    rows, (clips, fake) = [], _before_the_first_round()
    detectors = {name: evolve.Learning(kind, clips, fake)
                 for name, kind in {"Meso4": "Meso4", "frequency": FEATURES["frequency"]}.items()}
    finishes = {name: evolve.Finish() for name in EVOLVING} | {TUNED: evolve.Tuned()}
    for number in range(rounds + 1):
        finishes, row = evolve.a_round(number, detectors, finishes, *_people_of(run + number), arm, run + number)
        rows.append({"run": run, "arm": arm} | row)
        say(f"run {run}, {arm}, round {number}: now {_mean(row['now']):.3f}, first {_mean(row['first']):.3f}, "
            f"learned {row.get('learned')}", flush=True)
    return rows


@lru_cache(1)
def _before_the_first_round():
    return fitting_set(9, SHORT)


@lru_cache(ROUNDS + 1)
def _people_of(seed):
    """(fakes before any finish, people to learn from, people to test on, real clips) of a round, for every arm."""
    learn, test = sources(seed, LEARN, SHORT), sources(seed, TEST, SHORT, first=300)
    real = (matrix.publish(None, sources(seed, 2 * LEARN, SHORT, first=500), seed),
            matrix.publish(None, sources(seed, TEST, SHORT, first=700), seed))
    bases = {name: tuple([CREATORS[name].make(s, seed) for s in part] for part in (learn, test)) for name in EVOLVING}
    return bases, learn, test, real


def _mean(table):
    return float(np.mean([v for row in table.values() for v in row.values()]))


def main():
    """Play what --only names, or both, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--runs", nargs="+", type=int, choices=RUNS_OF_EVOLUTION, default=RUNS_OF_EVOLUTION,
                        help="of the evolution; what is stored is not played again, one arm of a run after the other")
    options = parser.parse_args()
    only = options.only
    record = json.loads(RUNS.read_text(encoding="utf-8")) if RUNS.is_file() else {}
    if "matrix" in only:
        record["matrix"] = as_record(*play_matrix())
        _write(record)
    if "quiz" in only:
        record["quiz"] = play_quiz()
        _write(record)
    if "evolution" in only:
        done = [row for row in record.get("evolution", []) if "run" in row]
        play_evolution(runs=options.runs, keep=lambda rows: _write(record | {"evolution": rows}), rows=done)


def _write(record):
    RUNS.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, separators=(",", ":"), default=lambda x: np.asarray(x).tolist())
    RUNS.write_text(text + "\n", encoding="utf-8")
    print(f"{RUNS.name} written, checksum {zlib.crc32(RUNS.read_bytes()):08x}")


if __name__ == "__main__":
    main()
