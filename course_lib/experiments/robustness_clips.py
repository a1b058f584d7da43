"""Longer clips, watched frame by frame: `python -m course_lib.experiments.robustness_clips`.

Clips of the test people and their forgeries, at three compressions, run through the streaming detector of
pipelines.watch, which tracks the face and scores every frame; clips of the validation people give the likelihoods of
the sequential test. Stored are the logits of all frames, in datasets/runs/robustness_clips.json, after every clip: a
stopped run goes on. From them follow the score of a video by several rules, and when a decision falls. Lesson 13.
"""
import argparse
import json

import numpy as np
from scipy.special import expit

from course_lib import cast, forgeries
from course_lib.checkpoints import DATASETS, load
from course_lib.degradation import frame_rate, h264
from course_lib.experiments.robustness_matrix import CODECS
from course_lib.experiments.stored import write_run
from course_lib.forgeries.build import FRAME, close_clip
from course_lib.metrics.calibration import log_loss
from course_lib.metrics.detection import auc, bootstrap
from course_lib.metrics.sequential import Likelihood, fit_likelihood, sprt
from course_lib.metrics.video_score import confident_strategy
from course_lib.models.mesonet_inference import scorer
from course_lib.pipelines.watch import SURE, watch

FILE = DATASETS / "runs" / "robustness_clips.json"
DETECTOR, RATE, FRAMES, SEED = "meso4_cast", 12.5, 48, 13
AMOUNTS = {"val": 1, "test": 2}  # clips of each person
METHODS = {"val": ("swap",), "test": ("swap", "self_blended")}
HALVED = "half rate"  # raw, at half the frame rate and back; of the test's real clips and swaps
RULES = {"mean": np.mean, "median": np.median, "max": np.max, "DFDC winner": confident_strategy}


def read():
    """Read the stored logits.

    Returns:
        split -> list of clips, {"person", "seed", "logits": codec, or HALVED, -> method, "real" among them -> [FRAMES],
        None where no face was tracked}.
    Lesson 13.
    """
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def filmed(number, seed, count=FRAMES):
    """One clip of a person, FRAMES long, RATE frames a second.

    Args:
        number: Of the person.
        seed: Of the clip.
        count: How many of its frames are rendered.
    Returns:
        cast.Frames.
    Lesson 13.
    """
    scenes = close_clip(number, seed, FRAMES, RATE).scenes[:count]
    return cast.render([cast.random_person(number)] * count, scenes, size=FRAME)


def watched(frames, score):
    """The logits of a stream's frames, as pipelines.watch scores them.

    Args:
        frames: f32 RGB [T, H, W, 3].
        score: As for watch.
    Returns:
        List of T floats, None where no face was tracked.
    Lesson 13.
    """
    nothing = Likelihood((-1.0, 1.0), (1.0, 1.0), 0.0)  # the scores do not depend on it
    scores = np.array([glance.score for glance in watch(frames, score, nothing, rate=RATE)])
    sure = scores.clip(SURE, 1 - SURE)
    return [None if np.isnan(p) else round(float(z), 2)
            for p, z in zip(scores, np.log(sure / (1 - sure)), strict=True)]


def logits(record, split, method, codec):
    """The stored logits of one kind of clip.

    Args:
        record: Of `read`.
        split, method, codec: Which; codec may be HALVED, and method "half": a swap in the first half of the frames,
            the untouched clip in the second.
    Returns:
        f64 [V, FRAMES], nan where no face was tracked.
    Lesson 13.
    """
    if method == "half":
        swap, real = (logits(record, split, name, codec) for name in ("swap", "real"))
        return np.concatenate([swap[:, :FRAMES // 2], real[:, FRAMES // 2:]], 1)
    return np.array([clip["logits"][codec][method] for clip in record[split]], np.float64)


def people(record, split="test"):
    """Who is shown in each clip.

    Args:
        record: Of `read`.
        split: Which.
    Returns:
        int [V].
    Lesson 13.
    """
    return np.array([clip["person"] for clip in record[split]])


def video_scores(record, method, codec, rule, every=1, count=FRAMES):
    """The score of each video by a rule, from evenly spaced frames.

    Args:
        record: Of `read`.
        method, codec: Which test clips.
        rule: Function from P(fake) [T] to a number.
        every: Only every so many frames are used.
        count: How many frames at most.
    Returns:
        f64 [V]; 0.5 without a tracked face.
    Lesson 13.
    """
    rows = expit(logits(record, "test", method, codec)[:, ::every][:, :count])
    return np.array([rule(row[np.isfinite(row)]) if np.isfinite(row).any() else 0.5 for row in rows])


def compared(record, method, codec, rule, every=1, count=FRAMES, rounds=400):
    """AUC and log loss of a rule, real against forged clips, with intervals over people.

    Args:
        record, method, codec, rule, every, count: As for video_scores.
        rounds: Of the bootstrap.
    Returns:
        (Interval of the AUC, Interval of the log loss).
    Lesson 13.
    """
    real, fake = (video_scores(record, name, codec, rule, every, count) for name in ("real", method))
    labels, who = np.repeat([0, 1], len(real)), np.tile(people(record), 2)
    return tuple(bootstrap(metric, labels, np.r_[real, fake], who, rounds) for metric in (auc, log_loss))


def loss_difference(record, method, codec, rule, other=np.mean, rounds=400):
    """By how much the log loss of one rule exceeds that of another, on the same clips and people in every draw.

    Args:
        record, method, codec, rule: As for video_scores.
        other: The rule it is compared with.
        rounds: Of the bootstrap.
    Returns:
        Interval over people.
    Lesson 13.
    """
    one, two = (np.concatenate([video_scores(record, name, codec, how) for name in ("real", method)])
                for how in (rule, other))
    labels, who = np.repeat([0, 1], len(one) // 2), np.tile(people(record), 2)

    def difference(fake, rows):
        rows = rows.astype(int)
        return log_loss(fake, one[rows]) - log_loss(fake, two[rows])

    return bootstrap(difference, labels, np.arange(len(one)), who, rounds)


def correlations(record, method, codec, lags=(1, 8, 32)):
    """The correlation of two frames' logits of one test clip, about the mean of all clips of this kind.

    Args:
        record, method, codec: As for logits.
        lags: Distances in frames.
    Returns:
        List of floats.
    Lesson 13.
    """
    rows = logits(record, "test", method, codec)
    z = rows - np.nanmean(rows)
    return [float(np.nanmean(z[:, lag:] * z[:, :-lag]) / np.nanmean(z * z)) for lag in lags]


def fitted(record, codecs=CODECS, method="swap"):
    """The likelihood of the sequential test, fitted to the clips of the validation people.

    Args:
        record: Of `read`.
        codecs: Of which compressions.
        method: Of the fakes.
    Returns:
        Likelihood.
    Lesson 13.
    """
    rows = [(fake, row) for codec in codecs for fake, name in enumerate(("real", method))
            for row in logits(record, "val", name, codec)]
    known = [(fake, row[np.isfinite(row)]) for fake, row in rows]
    sizes = [len(row) for _, row in known]
    return fit_likelihood(np.repeat([fake for fake, _ in known], sizes), np.concatenate([row for _, row in known]),
                          np.repeat(np.arange(len(known)), sizes))


def decisions(record, method, codec, likelihood, corrected=True, most=np.inf, error=0.01):
    """What the sequential test decides about each test clip, and when.

    Args:
        record, method, codec: As for logits.
        likelihood: Of `fitted`.
        corrected: Whether the correlation of frames is taken into account.
        most: The largest log ratio that one frame may contribute, either way.
        error: Both promised error rates.
    Returns:
        (verdicts int [V], 1 fake, 0 real, -1 undecided; seconds of video f64 [V], the whole clip's where undecided).
    References:
        Huber 1965, "A robust version of the probability ratio test", for the limit.
    Lesson 13.
    """
    correlation = likelihood.correlation if corrected else 0.0
    ratios = likelihood.ratio(logits(record, "test", method, codec)).clip(-most, most)
    found = [sprt(row, error, error, correlation) for row in np.nan_to_num(ratios)]  # an unseen face adds nothing
    return np.array([d.verdict for d in found]), np.array([d.frame for d in found]) / RATE


def outcome(record, method, codec, likelihood, corrected=True, most=np.inf, error=0.01, rounds=400):
    """How often the sequential test is wrong and how often it stays undecided, and how long it takes.

    Args:
        record, method, codec, likelihood, corrected, most, error: As for `decisions`.
        rounds: Of the bootstrap over people.
    Returns:
        {"wrong", "undecided": Intervals of the fraction of clips, "seconds": quartiles [3] of the time to a decision,
        infinite where so many clips stay undecided}.
    Lesson 13.
    """
    verdicts, seconds = decisions(record, method, codec, likelihood, corrected, most, error)
    label, who = np.full(len(verdicts), int(method != "real")), people(record)

    def fraction(which):
        return bootstrap(lambda _, hits: float(np.mean(hits)), label, which.astype(float), who, rounds)

    times = np.where(verdicts < 0, np.inf, seconds)
    return {"wrong": fraction(verdicts == 1 - label), "undecided": fraction(verdicts < 0),
            "seconds": np.quantile(times, (0.25, 0.5, 0.75), method="inverted_cdf")}


def main():
    """Watch the clips that are not in the file yet, and store after each."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    record, score = {split: [] for split in AMOUNTS} | read(), scorer(load(DETECTOR))
    for split, amount in AMOUNTS.items():
        numbers = list(forgeries.SPLITS[split])
        jobs = [(k, number, number * 100 + SEED + k) for k in range(amount) for number in numbers]
        for k, number, seed in jobs[len(record[split]):]:
            frames = filmed(number, seed)
            partner = numbers[(numbers.index(number) + 1 + k) % len(numbers)]
            forged = {method: images for method, (images, _) in
                      forgeries.forge(frames, partner, seed, METHODS[split]).items()}
            rows = {codec: {method: watched(h264(images, crf, int(RATE)) if crf else images, score)
                            for method, images in forged.items()}
                    for codec, crf in zip(CODECS, forgeries.CRFS, strict=True)}
            if split == "test":
                rows[HALVED] = {name: watched(frame_rate(forged[name], 0.5), score) for name in ("real", "swap")}
            record[split].append({"person": number, "seed": seed, "logits": rows})
            write_run(FILE, record, separators=(",", ":"))
            means = {codec: {name: round(float(np.nanmean(np.array(row, float))), 1) for name, row in kinds.items()}
                     for codec, kinds in rows.items()}
            print(split, len(record[split]), number, means, flush=True)


if __name__ == "__main__":
    main()
