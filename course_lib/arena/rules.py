"""The rules of a round that hold for pixels: one label, one mark and one codec for real and fake alike. Lesson 15."""
from dataclasses import dataclass

import cv2
import numpy as np

from course_lib.degradation import h264
from course_lib.provenance import label, watermark

from .entries import Clip

CRFS = (18, 23, 28, 33)


@dataclass(frozen=True)
class Rules:
    """The numbers of a round, fixed and published before it begins.

    Args:
        fpr: False positive rate on real clips at which a detector's threshold is set.
        least_house: AUC on the secret house set below which a detector does not count.
        edge: Probabilities are clipped to [edge, 1 - edge] before log loss is taken.
        seconds: Of processor time for each detector.
        memory: Bytes for each detector.
    """

    fpr: float = 0.05
    least_house: float = 0.6
    edge: float = 0.01
    seconds: float = 120.0
    memory: int = 3 << 30


def transport(seed):
    """How a clip travels from the creator to the detector: a phone's lens and sensor, and a platform's codec.

    Drawn for each clip from the round's seed in the same way for real and fake clips, so that it gives nothing away.

    Args:
        seed: Integer or sequence of integers.
    Returns:
        Dict: blur (standard deviation, pixels), noise (standard deviation in [0, 1]), crf (of H.264).
    Lesson 15.
    """
    rng = np.random.default_rng(seed)
    return {"blur": float(rng.choice([0.0, 0.6, 0.9, 1.2])), "noise": float(rng.uniform(0, 0.02)),
            "crf": int(rng.choice(CRFS))}


def published(frames, landmarks, fps, seed=0, marked=True):
    """A clip as every detector gets it: transported, labelled and marked, whether it is real or fake.

    A mark on the fakes alone would win the game for whoever looks at the corner. It goes on the real clips too, so it
    says nothing.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        landmarks: f32 [T, 68, 2].
        fps: Frames per second.
        seed: Of the transport.
        marked: Whether label and watermark are put on.
    Returns:
        Clip.
    Lesson 15.
    """
    how, rng = transport(seed), np.random.default_rng(seed)
    frames = np.asarray(frames, np.float32).clip(0, 1)
    if how["blur"]:
        frames = np.stack([cv2.GaussianBlur(frame, (0, 0), how["blur"]) for frame in frames])
    frames = (frames + rng.normal(0, how["noise"], frames.shape).astype(np.float32)).clip(0, 1)
    if marked:
        frames = np.stack([label.draw(watermark.embed(frame)) for frame in frames])
    frames = h264(frames, how["crf"], int(fps))
    return Clip((frames.clip(0, 1) * 255 + 0.5).astype(np.uint8), np.asarray(landmarks, np.float32), float(fps))


def threshold(real, fpr=0.05):
    """The smallest threshold at which at most a fraction of real clips is called fake.

    With n real clips it moves in steps of 1 / n; a clip is called fake when its score is above the threshold.

    Args:
        real: f64 [N], scores of the real-only set.
        fpr: The fraction allowed.
    Returns:
        A float.
    Raises:
        ValueError: Without real clips.
    Lesson 15.
    """
    real = np.sort(np.asarray(real, np.float64))
    if not len(real):
        raise ValueError("a threshold needs the scores of real clips; got none")
    return float(real[len(real) - 1 - int(np.floor(fpr * len(real) + 1e-9))])


def shuffled(count, seed):
    """The order in which a detector gets the clips: drawn from the organiser's secret seed, so that it says nothing.

    Args:
        count: How many clips.
        seed: The organiser's.
    Returns:
        int [count], a permutation.
    Lesson 15.
    """
    return np.random.default_rng([seed, 15]).permutation(count)
