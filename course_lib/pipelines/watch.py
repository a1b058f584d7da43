"""A detector that watches a video while it runs: decode, track, score, and decide when there is enough. Lesson 13."""
from typing import NamedTuple

import numpy as np

from course_lib.faces import align_five, five_points
from course_lib.faces.live import MeshTracker
from course_lib.faces.tracking import Cuts
from course_lib.forgeries.build import COVERAGE, SIZE
from course_lib.metrics.sequential import bounds

SURE = 1e-6  # scores are kept this far from 0 and 1 before their logit is taken


class Glance(NamedTuple):
    """What is known after a frame.

    Args:
        frame: Its number, from 0.
        score: P(fake) of the face, nan where none is tracked or the frame was skipped.
        evidence: The sum of the log likelihood ratios so far, of the present shot.
        verdict: 1 fake, 0 real, -1 not decided yet; what was decided stays until the next shot.
    """

    frame: int
    score: float
    evidence: float
    verdict: int


def watch(frames, score, likelihood, *, rate=25.0, every=1, alpha=0.01, beta=0.01):
    """Scores one face of a stream and decides by a sequential test, without ever seeing the end.

    A cut begins anew: another shot may show another face. The test counts correlated frames for what they are worth
    (see metrics.sequential.sprt); the correlation at a distance of `every` frames is the likelihood's to that power.

    Args:
        frames: Iterable of f32 RGB [H, W, 3] in [0, 1]: media.read_video, or a camera.
        score: Function from faces f32 [N, 128, 128, 3] to P(fake) [N].
        likelihood: metrics.sequential.Likelihood of the logits, its correlation measured at this frame rate.
        rate: Frames per second.
        every: Only every so many frames is scored; all are tracked.
        alpha: How often a real face may be called fake.
        beta: How often a fake one may be called real.
    Returns:
        Yields a Glance for each frame.
    Raises:
        ValueError: For every < 1.
    Lesson 13.
    """
    if every < 1:
        raise ValueError(f"every is {every}; expected 1 (each frame) or more")
    tracker, cuts = MeshTracker(rate, irises=False), Cuts()
    upper, lower = bounds(alpha, beta)
    correlation = likelihood.correlation**every
    worth = (1 - correlation) / (1 + correlation)
    evidence, verdict = 0.0, -1
    for number, frame in enumerate(frames):
        cut, p = cuts(frame), float("nan")
        if cut:
            evidence, verdict = 0.0, -1
        mesh = tracker(frame, cut)
        if mesh is not None and number % every == 0:
            crop = align_five(frame, five_points(mesh.landmarks), SIZE, COVERAGE).image
            p = float(score(np.clip(crop, 0, 1)[None])[0])
            sure = min(max(p, SURE), 1 - SURE)
            evidence += worth * float(likelihood.ratio(np.log(sure / (1 - sure))))
        if verdict < 0:
            verdict = 1 if evidence >= upper else 0 if evidence <= lower else -1
        yield Glance(number, p, evidence, verdict)
