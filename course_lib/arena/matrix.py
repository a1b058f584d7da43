"""The matrix: every creator against every detector, before any rating. Lesson 15."""
from dataclasses import dataclass, field

import numpy as np

from course_lib import cluster
from course_lib.metrics.detection import auc, bootstrap, tpr_at_fpr

from .detectors import together
from .entries import InvalidEntry, checked_scores
from .floors import broken, measure
from .rules import Rules, published, shuffled, threshold


@dataclass
class Round:
    """The scores of one round, from which everything else is computed again.

    Args:
        seed: Of the round.
        real: Detector -> f64 [R], scores of the real-only set.
        fake: Detector -> creator -> f64 [N].
        people: {"real": [R], creator: [N]}, who is shown.
        floors: Creator -> list of N lists: the floors that each clip does not reach.
        problems: Entry -> why it was refused.
    """

    seed: int
    real: dict = field(default_factory=dict)
    fake: dict = field(default_factory=dict)
    people: dict = field(default_factory=dict)
    floors: dict = field(default_factory=dict)
    problems: dict = field(default_factory=dict)

    @property
    def detectors(self):
        """The names of the detectors that gave scores."""
        return list(self.real)

    @property
    def creators(self):
        """The names of the creators."""
        return list(self.floors)

    def sample(self, detector, creator):
        """One cell with the real clips.

        Args:
            detector, creator: Names.
        Returns:
            (fake int [R + N], scores f64 [R + N], people [R + N]).
        """
        real, made = np.asarray(self.real[detector]), np.asarray(self.fake[detector][creator])
        return (np.repeat([0, 1], (len(real), len(made))), np.r_[real, made],
                np.r_[self.people["real"], self.people[creator]])


def make(creator, sources, seed, floors=None):
    """What a creator makes of the sources, measured against the floors.

    Args:
        creator: Creator.
        sources: List of Source.
        seed: Of the round.
        floors: Floors; those of the course when left out.
    Returns:
        (list of Made, list of the floors that each does not reach).
    Lesson 15.
    """
    made = [creator.make(source, seed) for source in sources]
    return made, [broken(measure(one, source), floors) for one, source in zip(made, sources, strict=True)]


def publish(made, sources, seed=0, salt=0, marked=True):
    """The clips of a creator as the detectors get them, each with a transport of its own.

    Args:
        made: List of Made, or None for the real clips themselves.
        sources: List of Source.
        seed: Of the round.
        salt: Another number for each creator, so that the transport of a source is drawn anew.
        marked: Whether label and mark are put on; False for clips that have them already.
    Returns:
        List of Clip.
    Lesson 15.
    """
    rows = [(s.rgb, s.landmarks) for s in sources] if made is None else \
        [(m.frames, s.landmarks if m.landmarks is None else m.landmarks) for m, s in zip(made, sources, strict=True)]
    return [published(frames, points, s.fps, [seed, s.person, salt], marked)
            for (frames, points), s in zip(rows, sources, strict=True)]


def play(creators, detectors, sources, reals, seed=0, floors=None, say=None, client=None):
    """A round: every detector scores every clip, real and fake in one shuffled order.

    Args:
        creators: Dict: name -> Creator.
        detectors: Dict: name -> detector.
        sources: List of Source that the creators get.
        reals: List of Source: the real-only set, of other people.
        seed: The organiser's.
        floors: Floors.
        say: Function that prints a line.
        client: distributed.Client on whose workers the creators make their clips, or None.
    Returns:
        (Round, dict creator -> list of Clip, list of the real Clip).
    Lesson 15.
    """
    round_, clips = Round(seed), {}
    round_.people["real"] = [s.person for s in reals]
    real_clips = publish(None, reals, seed)
    jobs = [(creator, sources, seed, floors, 1 + k) for k, creator in enumerate(creators.values())]
    for name, (part, faults) in zip(creators, cluster.each(_entry, jobs, client), strict=True):
        clips[name], round_.floors[name] = part, faults
        round_.people[name] = [s.person for s in sources]
        if say:
            say(f"{name}: {sum(not f for f in faults)} of {len(faults)} clips reach the floors")
    for name, detector in detectors.items():
        try:
            scores = score(detector, [*real_clips, *(c for part in clips.values() for c in part)], seed)
        except InvalidEntry as refused:
            round_.problems[name] = str(refused)
            continue
        parts = np.split(scores, np.cumsum([len(real_clips), *map(len, clips.values())])[:-1])
        round_.real[name] = parts[0]
        round_.fake[name] = dict(zip(clips, parts[1:], strict=True))
    return round_, clips, real_clips


def _entry(job):
    """(clips as the detectors get them, floors that each does not reach) of one creator."""
    creator, sources, seed, floors, salt = job
    made, faults = make(creator, sources, seed, floors)
    return publish(made, sources, seed, salt), faults


def add_ensemble(round_, members=None, name="ensemble"):
    """Add a detector that averages the log odds of others: it is computed from their rows, not from the clips again.

    Args:
        round_: Round, changed in place.
        members: Names of detectors; all when left out.
        name: Of the new one.
    Returns:
        The round.
    Lesson 15.
    """
    members = members or round_.detectors
    round_.real[name] = together([round_.real[m] for m in members])
    round_.fake[name] = {c: together([round_.fake[m][c] for m in members]) for c in round_.creators}
    return round_


def score(detector, clips, seed=0):
    """A detector's probabilities for clips that it gets in a secret order.

    Args:
        detector: Object with predict.
        clips: List of Clip.
        seed: The organiser's.
    Returns:
        f64 [N], in the order of `clips`.
    Raises:
        InvalidEntry: When `predict` fails or returns something else.
    Lesson 15.
    """
    order = shuffled(len(clips), seed)
    try:
        answer = detector.predict([clips[k] for k in order])
    except Exception as error:  # an entry's own failure costs itself only
        raise InvalidEntry(f"predict stopped with {type(error).__name__}: {error}") from error
    scores = np.empty(len(clips))
    scores[order] = checked_scores(answer, len(clips))
    return scores


def cell(round_, detector, creator, how="auc", fpr=0.05):
    """One number of the matrix.

    Args:
        round_: Round.
        detector, creator: Names.
        how: "auc", "tpr" (at the allowed false positive rate) or "caught" (fraction above the frozen threshold, where
            a clip below a quality floor counts as caught).
        fpr: The false positive rate.
    Returns:
        A float.
    Lesson 15.
    """
    fake, scores, _ = round_.sample(detector, creator)
    if how == "auc":
        return auc(fake, scores)
    if how == "tpr":
        return tpr_at_fpr(fake, scores, fpr)
    return float(caught(round_, detector, creator, fpr).mean())


def caught(round_, detector, creator, fpr=0.05):
    """Which clips of a creator a detector catches: score above the threshold of its real clips, or below a floor.

    Args:
        round_: Round.
        detector, creator: Names.
        fpr: The false positive rate of the threshold.
    Returns:
        bool [N].
    Lesson 15.
    """
    limit = threshold(round_.real[detector], fpr)
    fails = np.array([bool(f) for f in round_.floors[creator]])
    return (np.asarray(round_.fake[detector][creator]) > limit) | fails


def table(round_, how="auc", detectors=None, creators=None):
    """The matrix.

    Args:
        round_: Round.
        how: As for `cell`.
        detectors, creators: Names; all when left out.
    Returns:
        f64 [detectors, creators].
    Lesson 15.
    """
    detectors, creators = detectors or round_.detectors, creators or round_.creators
    return np.array([[cell(round_, d, c, how) for c in creators] for d in detectors])


def interval(round_, detector, creator, rounds=300):
    """The AUC of one cell with its interval over people.

    Args:
        round_: Round.
        detector, creator: Names.
        rounds: Of the bootstrap.
    Returns:
        Interval.
    Lesson 15.
    """
    return bootstrap(auc, *round_.sample(detector, creator), rounds=rounds)


def house(round_, detector, known):
    """The mean AUC of a detector on the house set: creators of the organiser that nobody was told about.

    A detector of entries (their noise, their file names, their people) fails here.

    Args:
        round_: Round.
        detector: Name.
        known: Names of the house's creators.
    Returns:
        A float.
    Lesson 15.
    """
    return float(np.mean([cell(round_, detector, creator) for creator in known]))


def standings(round_, how="auc", rules=None):
    """Detectors by their mean and their worst opponent, creators by how often they are not caught.

    Args:
        round_: Round.
        how: As for `cell`.
        rules: Rules.
    Returns:
        (dict detector -> (mean, worst), dict creator -> (mean evasion, least evasion)).
    Lesson 15.
    """
    rules = rules or Rules()
    values = table(round_, how)
    evasion = 1 - np.array([[cell(round_, d, c, "caught", rules.fpr) for c in round_.creators]
                            for d in round_.detectors])
    return ({d: (float(row.mean()), float(row.min())) for d, row in zip(round_.detectors, values, strict=True)},
            {c: (float(col.mean()), float(col.min())) for c, col in zip(round_.creators, evasion.T, strict=True)})
