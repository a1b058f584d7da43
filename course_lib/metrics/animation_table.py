"""Animation methods on people whom nobody trained on, one row each, against the exact truth. Lesson 07."""
import textwrap
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from course_lib.cast import Frames, from_vector, render
from course_lib.cast.motion import Motion, flow_between
from course_lib.data.clips import SIDE, Clips
from course_lib.metrics import animation as metrics
from course_lib.metrics.attributes import SAME
from course_lib.metrics.image import ssim
from course_lib.models.animation_baselines import METHODS, landmark_displacement, warp_back
from course_lib.models.first_order_inference import displacement, drive, find_keypoints

COLUMNS = {"l1": "L1", "psnr": "PSNR dB", "ssim": "SSIM", "akd": "AKD", "epe": "flow error px", "aed": "AED",
           "same": "same person"}
FORMS = {"l1": "{:.3f}", "psnr": "{:.1f}", "ssim": "{:.2f}", "akd": "{:.1f}", "epe": "{:.2f}", "aed": "{:.2f}",
         "same": "{:.0%}"}


@dataclass
class Pairs:
    """N pairs of source and driving frame of one person, with the exact motion between them.

    Args:
        sources, driving: Frames of N each.
        motions: N cast.motion.Motion.
        people: int [N].
    """

    sources: Frames
    driving: Frames
    motions: list[Motion]
    people: np.ndarray

    def __len__(self):
        return len(self.people)


def reconstruction_pairs(clips: Clips, frames=(6, 12)):
    """The first frame of each clip as source, some later ones as driving frames, rendered with their ground truth.

    Args:
        clips: Clips.
        frames: numbers of the driving frames.
    Returns:
        Pairs.
    Lesson 07.
    """
    people = np.repeat(np.arange(len(clips)), len(frames))
    chosen = [(k, t) for k in range(len(clips)) for t in frames]
    records = [from_vector(clips.vectors[k, t]) for k in range(len(clips)) for t in (0, *frames)]
    rendered = render([p for p, _ in records], [s for _, s in records], SIDE, 2)
    step = len(frames) + 1
    first = [k * step for k, _ in chosen]
    later = [k * step + 1 + frames.index(t) for k, t in chosen]
    motions = [flow_between(rendered[[a, b]]) for a, b in zip(first, later, strict=True)]
    return Pairs(rendered[first], rendered[later], motions, people)


def reconstructions(model, pairs: Pairs):
    """What each method makes of the sources, and the displacement that it used.

    Args:
        model: an animator, or None for the methods without learning alone.
        pairs: Pairs.
    Returns:
        Dict of method -> (images f32 [N, 64, 64, 3], displacements f32 [N, 64, 64, 2]).
    Lesson 07.
    """
    made = {}
    for method in METHODS:
        moves = np.stack([landmark_displacement(a, b, SIDE, method) for a, b in
                          zip(pairs.sources.landmarks, pairs.driving.landmarks, strict=True)])
        made[method] = _warped(pairs, moves), moves
    if model is not None:
        found = find_keypoints(model, pairs.sources.rgb)
        animated = drive(model, pairs.sources.rgb, found, find_keypoints(model, pairs.driving.rgb))
        made["first order model"] = animated.images, np.stack([displacement(f, SIDE) for f in animated.flow])
    exact = np.stack([motion.flow for motion in pairs.motions])
    made["exact flow"] = _warped(pairs, exact), exact
    return made


def _warped(pairs, moves):
    return np.stack([warp_back(image, move) for image, move in zip(pairs.sources.rgb, moves, strict=True)])


def score(images, moves, pairs: Pairs, evaluator=None):
    """The metrics of one method, pair by pair.

    Args:
        images, moves: of reconstructions.
        pairs: Pairs.
        evaluator: the model identity_evaluator, if it is loaded already.
    Returns:
        Dict whose keys COLUMNS names, of f64 [N].
    Lesson 07.
    """
    truth = pairs.driving
    l1, quality = metrics.reconstruction(images, truth.rgb)
    points = np.stack([metrics.moved_landmarks(p, m) for p, m in zip(pairs.sources.landmarks, moves, strict=True)])
    who = [metrics.identity_vectors(x, truth.landmarks, truth.face_mask, evaluator) for x in (images, truth.rgb)]
    moving = [m.visible & (f.alpha[0] > 0.5) for m, f in zip(pairs.motions, (truth[k] for k in range(len(pairs))),
                                                             strict=True)]
    return {"l1": l1, "psnr": quality, "ssim": ssim(images, truth.rgb),
            "akd": metrics.akd(points, truth.landmarks, SIDE),
            "epe": np.array([metrics.end_point_error(move, motion.flow, where) for move, motion, where in
                             zip(moves, pairs.motions, moving, strict=True)]),
            "aed": metrics.aed(*who), "same": (np.sum(who[0] * who[1], -1) > SAME).astype(float)}


def table(rows, people):
    """Rows of `score` as text, a column for each method, each mean above its 95 % interval by person.

    Args:
        rows: Dict of method -> what score gives.
        people: int [N].
    Returns:
        A str.
    Lesson 07.
    """
    return as_text({title: {name: (FORMS[key], *metrics.by_person(row[key], people)) for name, row in rows.items()}
                    for key, title in COLUMNS.items()})


def as_text(cells):
    """Means above their intervals, as a table that fits a page.

    Args:
        cells: Dict of row -> dict of column -> (format, mean, low, high).
    Returns:
        A str.
    Lesson 07.
    """
    wide = max(map(len, cells)) + 2
    titles = [textwrap.wrap(column, 14) for column in next(iter(cells.values()))]
    lines = [" " * wide + "".join(f"{word:<16}" for word in words) for words in zip_longest(*titles, fillvalue="")]
    for name, row in cells.items():
        lines.append(f"{name:{wide}}" + "".join(f"{form.format(mean):<16}" for form, mean, _, _ in row.values()))
        lines.append(" " * wide + "".join(f"{form.format(low)} to {form.format(high)}".ljust(16)
                                          for form, _, low, high in row.values()))
    return "\n".join(line.rstrip() for line in lines)
