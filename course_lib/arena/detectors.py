"""The course's own detectors as entries: each is a class with `predict(clips) -> P(fake)`. Lesson 15."""
from functools import cache

import cv2
import numpy as np
from scipy.special import expit, logit

from course_lib.blending.masks import hull
from course_lib.checkpoints import load
from course_lib.faces import align_five, five_points
from course_lib.forensics import blending, pulse
from course_lib.forensics.examine import KINDS
from course_lib.forensics.fingerprint import radial_spectrum
from course_lib.metrics.calibration import EDGE

EVERY = 5  # detectors of single frames look at each fifth
FACE, COVERAGE = 128, 1.2  # the crop of lesson 10
WRITTEN = ("texture", "light", "noise", "spectrum", "error level", "CFA")


def crops(clip, size=FACE, coverage=COVERAGE, every=EVERY):
    """The aligned faces of a clip.

    Args:
        clip: Clip.
        size, coverage: Of the crop.
        every: Takes each every-th frame.
    Returns:
        f32 [T / every, size, size, 3] in [0, 1].
    Lesson 15.
    """
    return np.stack([align_five(frame, five_points(points), size, coverage).image.clip(0, 1)
                     for frame, points in zip(clip.pictures(every), clip.landmarks[::every], strict=True)])


class Network:
    """A MesoNet of lesson 10 on single frames; a clip's score is the mean.

    Args:
        name: Of the checkpoint, or a keras.Model.
    Lesson 15.
    """

    def __init__(self, name="meso4_cast"):
        from course_lib.models.mesonet_inference import scorer  # here, because Keras comes with it

        self.score = scorer(load(name) if isinstance(name, str) else name)

    def predict(self, clips):
        """Score clips.

        Args:
            clips: List of Clip.
        Returns:
            f64 [N], P(fake).
        """
        faces = [crops(clip) for clip in clips]
        values = np.split(self.score(np.concatenate(faces)), np.cumsum([len(f) for f in faces])[:-1])
        return np.array([v.mean() for v in values], float)


class Boundary:
    """The network of lesson 11 that learned the boundary of a blend from self-blended images.

    Lesson 15.
    """

    def predict(self, clips):
        """Score clips.

        Args:
            clips: List of Clip.
        Returns:
            f64 [N], P(fake).
        """
        return np.array([blending.scores(crops(c, blending.SIZE, blending.COVERAGE))[0].mean() for c in clips], float)


class Fitted:
    """Numbers measured in a clip, and a logistic regression that turns them into P(fake).

    Args:
        measure: Function of a Clip that returns f64 [D].
        clips: List of Clip to fit it on, of people who are in no round.
        fake: int [N], their labels.
    Lesson 15.
    """

    def __init__(self, measure, clips, fake):
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self.measure = measure
        self.model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000))
        self.model.fit(np.stack([measure(clip) for clip in clips]), fake)

    def predict(self, clips):
        """Score clips.

        Args:
            clips: List of Clip.
        Returns:
            f64 [N], P(fake).
        """
        return self.model.predict_proba(np.stack([self.measure(clip) for clip in clips]))[:, 1]


def together(scores):
    """The mean log odds of several detectors' probabilities, as a probability.

    Args:
        scores: f64 [M, N] in [0, 1].
    Returns:
        f64 [N].
    Lesson 15.
    """
    return expit(logit(np.clip(np.asarray(scores, np.float64), 0.01, 0.99)).mean(0))


def frequencies(clip):
    """The mean radial spectrum of the faces (lesson 06).

    Args:
        clip: Clip.
    Returns:
        f64 [B].
    Lesson 15.
    """
    return radial_spectrum(crops(clip, 64, 1.0, 2 * EVERY))[1].mean((0, 1))


def written(clip):
    """The written-down kinds of evidence of lesson 11: their mean scores over some frames.

    Args:
        clip: Clip.
    Returns:
        f64 [len(WRITTEN)]; 0 where nothing could be measured.
    Lesson 15.
    """
    rows = [[KINDS[kind](frame, points).score for kind in WRITTEN]
            for frame, points in zip(clip.pictures(2 * EVERY), clip.landmarks[::2 * EVERY], strict=True)]
    return np.nan_to_num(np.array(rows, float)).mean(0)


def heartbeat(clip):
    """The pulse of lesson 12 on the skin between brows and chin: the SNR of POS and of GREEN, dB.

    Args:
        clip: Clip of at least five seconds.
    Returns:
        f64 [2]; zeros for a clip too short to hold a pulse.
    Lesson 15.
    """
    if len(clip) < 3 * pulse.WINDOW * clip.fps:
        return np.zeros(2)
    masks = []
    for points in clip.landmarks:
        mask = hull(points, clip.frames.shape[1:3], forehead=0.0)
        for part in (range(36, 42), range(42, 48), range(48, 60)):
            cv2.fillConvexPoly(mask, cv2.convexHull(np.round(points[list(part)]).astype(np.int32)), 0.0)
        masks.append(mask > 0.5)
    colour = pulse.skin_means(clip.pictures(), np.stack(masks))
    return np.array([pulse.snr(pulse.METHODS[name](colour, clip.fps), clip.fps) for name in ("POS", "GREEN")])


def jitter(clip):
    """How much the aligned face changes from frame to frame: its first and second difference in time, and their ratio.

    Args:
        clip: Clip.
    Returns:
        f64 [3].
    Lesson 15.
    """
    faces = crops(clip, 64, 1.0, 1)
    first, second = (np.abs(np.diff(faces, k, axis=0)).mean() for k in (1, 2))
    return np.array([np.log(first + EDGE), np.log(second + EDGE), second / max(first, EDGE)])


FEATURES = {"frequency": frequencies, "evidence": written, "pulse": heartbeat, "jitter": jitter}


@cache
def _networks():
    return {"Meso4": Network("meso4_cast"), "MesoInception4": Network("mesoinception4_cast"),
            "boundary": Boundary()}


def course_detectors(clips, fake):
    """The course's detectors, the fitted ones fitted on given clips.

    Args:
        clips: List of Clip of people who are in no round.
        fake: int [N], their labels.
    Returns:
        Dict: name -> detector.
    Lesson 15.
    """
    return dict(_networks()) | {name: Fitted(measure, clips, fake) for name, measure in FEATURES.items()}
