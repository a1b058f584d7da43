"""The arena over several rounds: the worst detector learns from the last fakes, caught creators change. Lesson 15."""
from dataclasses import asdict, dataclass, field, replace

import cv2
import numpy as np

from course_lib.metrics.detection import auc

from .creators import swap
from .detectors import Fitted, Network, crops
from .entries import Made
from .floors import broken, measure
from .matrix import publish
from .tuning import fine_tuned

ARMS = ("frozen", "last round only", "replay")


@dataclass(frozen=True)
class Finish:
    """What a creator does with a fake before it hands it in; these are the numbers that it adapts.

    Args:
        opacity: Of what was changed, 0.6 to 1.
        sharpen: Amount of unsharp masking where something was changed, 0 to 1.5.
        blur: Standard deviation of a Gaussian where something was changed, 0 to 1.5 pixels.
        grain: Standard deviation of noise where something was changed, 0 to 0.03.
    """

    opacity: float = 1.0
    sharpen: float = 0.0
    blur: float = 0.0
    grain: float = 0.0


@dataclass(frozen=True, eq=False)
class Tuned:
    """A swap whose decoder is fine-tuned through a detector, in place of a finish.

    Args:
        decoder: keras.Model; the shipped one when left out.
        steps: Of gradient descent each time that it adapts.
    """

    decoder: object = field(default=None, repr=False)
    steps: int = 40


LIMITS = {"opacity": (0.6, 1.0, 0.1), "sharpen": (0.0, 1.5, 0.4), "blur": (0.0, 1.5, 0.3),
          "grain": (0.0, 0.03, 0.008)}  # least, most, standard deviation of a change


def finished(made, source, finish, seed=0):
    """A fake after its finish. Pixels that the creator left alone stay as they are.

    Args:
        made: Made.
        source: Source.
        finish: Finish.
        seed: Of the grain.
    Returns:
        Made.
    Lesson 15.
    """
    rng, out = np.random.default_rng([seed, source.person]), []
    for frame, original in zip(made.frames, source.rgb, strict=True):
        where = (np.abs(frame - original).max(-1) > 2 / 255).astype(np.float32)
        where = cv2.GaussianBlur(where, (0, 0), 1.0)[..., None]
        new = original + np.float32(finish.opacity) * (frame - original)
        if finish.sharpen:
            new = new + where * np.float32(finish.sharpen) * (new - cv2.GaussianBlur(new, (0, 0), 1.0))
        if finish.blur > 0.05:
            new = new + where * (cv2.GaussianBlur(new, (0, 0), finish.blur) - new)
        new = new + where * rng.normal(0, finish.grain, (*new.shape[:2], 1)).astype(np.float32)
        out.append(new.clip(0, 1))
    return Made(np.stack(out).astype(np.float32), made.claimed, made.label, made.landmarks)


def mutated(finish, rng):
    """A finish with one or two numbers changed at random, within LIMITS.

    Args:
        finish: Finish.
        rng: numpy Generator.
    Returns:
        Finish.
    Lesson 15.
    """
    new = {}
    for name in rng.choice(list(LIMITS), int(rng.integers(1, 3)), replace=False):
        low, high, step = LIMITS[name]
        new[str(name)] = float(np.clip(getattr(finish, name) + rng.normal(0, 2 * step), low, high))
    return replace(finish, **new)


def adapted(finish, made, sources, detectors, seed, tries=3, least=0.6):
    """A creator's turn: of some changes of its finish, the one that last round's frozen detectors find least.

    A change counts only when most clips still reach the quality floors; the present finish is among the candidates.

    Args:
        finish: Finish of the last round.
        made: List of Made before any finish.
        sources: List of Source.
        detectors: Dict: name -> detector, as they were in the last round.
        seed: Of the changes.
        tries: Number of changes.
        least: Fraction of clips that must reach the floors.
    Returns:
        (Finish, mean P(fake) over detectors and clips).
    Lesson 15.
    """
    rng, best = np.random.default_rng([seed, 3]), None
    for k in range(tries + 1):
        candidate = finish if k == 0 else mutated(finish, rng)
        done = [finished(m, s, candidate, seed) for m, s in zip(made, sources, strict=True)]
        if k and np.mean([not broken(measure(m, s)) for m, s in zip(done, sources, strict=True)]) < least:
            continue
        clips = publish(done, sources, seed, 1)  # one transport for all candidates: only the finish differs
        score = float(np.mean([d.predict(clips).mean() for d in detectors.values()]))
        if best is None or score < best[1]:
            best = candidate, score
    return best


class Learning:
    """A detector that can learn from a round's clips: Meso4 by some steps of gradient descent, others by a new fit.

    Args:
        kind: "Meso4", or a fitted detector's function of a clip.
        clips, fake: What it has been fitted on before the first round.
        steps: Of gradient descent in a round.
    Lesson 15.
    """

    def __init__(self, kind, clips, fake, steps=30):
        self.kind, self.steps, self.memory = kind, steps, (list(clips), np.asarray(fake))
        if kind == "Meso4":
            from course_lib.checkpoints import load

            self.network = load("meso4_cast")
            self.detector = Network(self.network)
        else:
            self.detector = Fitted(kind, *self.memory)

    def predict(self, clips):
        """Score clips.

        Args:
            clips: List of Clip.
        Returns:
            f64 [N], P(fake).
        """
        return self.detector.predict(clips)

    def learn(self, clips, fake, replay, seed=0):
        """Learn from the last round.

        Args:
            clips: List of Clip.
            fake: int [N].
            replay: Whether what was seen before is mixed in; without it only the last round is learned from.
            seed: Of batches.
        """
        fake, old = np.asarray(fake), self.memory
        rows = [*clips, *old[0]] if replay else list(clips)
        labels = np.r_[fake, old[1]] if replay else fake
        if self.kind == "Meso4":
            self._descend(rows, labels, seed)
        else:
            self.detector = Fitted(self.kind, rows, labels)
        self.memory = [*clips, *old[0]], np.r_[fake, old[1]]

    def _descend(self, clips, labels, seed):
        from course_lib.training import cosine, train_detector

        faces = [crops(clip) for clip in clips]
        images = (np.concatenate(faces) * 255 + 0.5).astype(np.uint8)
        fake = np.repeat(labels, [len(f) for f in faces])
        held = np.repeat(np.arange(len(clips)) % 4 == 3, [len(f) for f in faces])  # every fourth clip selects
        train_detector(self.network, images[~held], fake[~held], (images[held], fake[held]), loss="cross-entropy",
                       steps=self.steps, batch=32, validations=3, learning_rate=cosine(5e-4), seed=seed, quiet=True)
        self.detector = Network(self.network)


def mean_auc(detectors, real, fakes):
    """The AUC of every detector against every creator.

    Args:
        detectors: Dict: name -> detector.
        real: List of Clip.
        fakes: Dict: creator -> list of Clip.
    Returns:
        Dict: detector -> creator -> AUC.
    Lesson 15.
    """
    out = {}
    for name, detector in detectors.items():
        genuine = detector.predict(real)
        out[name] = {}
        for creator, clips in fakes.items():
            scores = detector.predict(clips)
            out[name][creator] = auc(np.repeat([0, 1], (len(genuine), len(scores))), np.r_[genuine, scores])
    return out


def a_round(number, detectors, finishes, bases, training, testing, real, arm, seed):
    """One round of the evolution, for one arm of the experiment.

    First the creators' finishes are tested on fresh people against the detectors as they are; then the worst detector
    learns from this round's training fakes; then every creator that is caught adapts to the detectors as they were.

    Args:
        number: Of the round, from 0.
        detectors: Dict: name -> Learning, changed in place.
        finishes: Dict: creator -> Finish, or Tuned for a swap that is fine-tuned through the detector "Meso4".
        bases: Dict: creator -> (list of Made of training, list of Made of testing), without a finish; none for a Tuned.
        training, testing: Lists of Source.
        real: (list of real Clip to learn from, list of real Clip to test on).
        arm: One of ARMS.
        seed: Of the round.
    Returns:
        (dict creator -> the next Finish, dict to be stored).
    Raises:
        ValueError: For another arm.
    Lesson 15.
    """
    if arm not in ARMS:
        raise ValueError(f"arm is {arm!r}; expected one of {', '.join(ARMS)}")

    def clips(creator, finish, which, salt):
        people = (training, testing)[which]
        done = [swap(s, seed, decoder=finish.decoder) for s in people] if isinstance(finish, Tuned) else \
            [finished(m, s, finish, seed) for m, s in zip(bases[creator][which], people, strict=True)]
        return publish(done, people, seed, salt)

    now = mean_auc(detectors, real[1], {c: clips(c, f, 1, 2 + k) for k, (c, f) in enumerate(finishes.items())})
    first = mean_auc(detectors, real[1],
                     {c: clips(c, type(f)(), 1, 2 + k) for k, (c, f) in enumerate(finishes.items())})
    row = {"round": number, "now": now, "first": first,
           "finish": {c: asdict(f) for c, f in finishes.items() if isinstance(f, Finish)}}
    by_creator = {c: float(np.mean([now[d][c] for d in detectors])) for c in finishes}
    frozen = {name: _Frozen(d.detector) for name, d in detectors.items()}
    network = _copy(detectors["Meso4"].network) if "Meso4" in detectors else None  # before it learns
    if arm != "frozen":
        row["learned"] = worst = min(detectors, key=lambda d: np.mean(list(now[d].values())))
        fakes = [c for k, (creator, f) in enumerate(finishes.items()) for c in clips(creator, f, 0, 2 + k)]
        detectors[worst].learn([*real[0], *fakes], np.repeat([0, 1], (len(real[0]), len(fakes))), arm == "replay", seed)
    new = dict(finishes)
    for k, creator in enumerate(finishes):
        if by_creator[creator] <= 0.6:  # it is not caught
            continue
        if isinstance(finishes[creator], Tuned):
            decoder, _ = fine_tuned(training, network, finishes[creator].decoder, finishes[creator].steps, seed=seed)
            new[creator] = replace(finishes[creator], decoder=decoder)
        else:
            new[creator], _ = adapted(finishes[creator], bases[creator][0][:3], training[:3], frozen, 10 * seed + k)
    return new, row


def _copy(network):
    import keras

    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return copy


class _Frozen:
    """A detector as it was: a network's scorer is a copy of its weights, so later training does not change it."""

    def __init__(self, detector):
        self.predict = detector.predict
