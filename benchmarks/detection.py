"""Speed of the detectors: scoring against Keras' own predict in the same run, a step of training, a watched stream."""
import time

import numpy as np
from scipy.special import logit

from course_lib import cast, forgeries
from course_lib.checkpoints import load
from course_lib.metrics.sequential import Likelihood, fit_likelihood
from course_lib.models.mesonet import meso4, mesoinception4
from course_lib.models.mesonet_inference import scorer
from course_lib.pipelines.watch import SURE, watch
from course_lib.training import cosine, train_detector

PICTURES, ROUNDS = 256, 5


def rate(function, faces):
    """Faces a second."""
    began = time.perf_counter()
    function(faces)
    return len(faces) / (time.perf_counter() - began)


def watched(frames=60, every=1):
    """Frames a second of pipelines.watch, tracking and scoring, at 640 pixels."""
    person = cast.random_person(10_050)
    clip = cast.clip(person, 0.4, 10.0, 1)
    shown = cast.render([person] * len(clip.scenes), clip.scenes, size=640).rgb
    stream = [shown[k % len(shown)] for k in range(frames)]
    score, likelihood = scorer(load("meso4_cast")), Likelihood((-2.0, 2.0), (2.0, 2.0), 0.9)
    list(watch(stream[:4], score, likelihood))
    began = time.perf_counter()
    list(watch(stream, score, likelihood, every=every))
    return frames / (time.perf_counter() - began)


def until_decided(rate=10.0):
    """(seconds of video, seconds of computing) until pipelines.watch decides about a real clip at 640 pixels, with the
    likelihood of the validation people; nan where it does not within 3 seconds."""
    model = load("meso4_cast")
    score, val = scorer(model), forgeries.build("ci", quiet=True).where(split="val", method=("real", "swap"))
    logits = logit(np.clip(score(val.pictures()), SURE, 1 - SURE))
    likelihood = fit_likelihood(val.fake, np.ravel(logits), val.video)
    person = cast.random_person(10_050)
    clip = cast.clip(person, 3.0, rate, 1)
    shown = cast.render([person] * len(clip.scenes), clip.scenes, size=640).rgb
    list(watch(shown[:2], score, likelihood, rate=rate))
    began = time.perf_counter()
    for glance in watch(shown, score, likelihood, rate=rate):
        if glance.verdict >= 0:
            return (glance.frame + 1) / rate, time.perf_counter() - began
    return float("nan"), float("nan")


def rows():
    """[(name, value, unit, target)] for the benchmark's table."""
    faces = np.random.default_rng(0).random((PICTURES, 256, 256, 3), dtype=np.float32)
    table = []
    for build in (meso4, mesoinception4):
        model = build()
        ways = {"plain predict": lambda x, m=model: m.predict(x, verbose=0), "scorer": scorer(model)}
        for way in ways.values():
            way(faces[:48])
        found = {name: [] for name in ways}
        for _ in range(ROUNDS):  # in turns, so that a busy moment of the machine hits both
            for name, way in ways.items():
                found[name].append(rate(way, faces))
        plain, fast = (float(np.median(found[name])) for name in ways)
        table += [(f"{model.name}, 256 px: plain predict", plain, "faces/s", ""),
                  (f"{model.name}, 256 px: scorer", fast, "faces/s", ""),
                  (f"{model.name}: scorer over plain predict", fast / plain, "", ">= 2")]
    small, fake = (faces[:, ::2, ::2] * 255).astype(np.uint8), np.arange(PICTURES) % 2
    history = train_detector(meso4(128), small, fake, (small[:2], fake[:2]), steps=60, batch=32, quiet=True,
                             loss="cross-entropy", learning_rate=cosine(2e-3))
    pace = (len(history.steps) - 10) / (history.times[-1] - history.times[9])
    of_video, of_computing = until_decided()
    return [*table, ("meso4, 128 px, batch 32: training steps", pace, "steps/s", ""),
            ("meso4, 128 px: the shipped detector's 2000 steps", 2000 / pace, "s", "<= 240"),
            ("watch, 640 px: track, score and test each frame", watched(), "frames/s", ">= 25"),
            ("watch, 640 px: score every fifth frame", watched(every=5), "frames/s", ">= 25"),
            ("watch, 640 px, 10 frames a second: until decided", of_video, "s of video", ""),
            ("watch, 640 px: computing until decided", of_computing, "s", "")]


if __name__ == "__main__":
    for row in rows():
        print(*row)
