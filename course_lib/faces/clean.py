"""Drops faces that would degrade training from a FaceSet, and reports which and why. Lesson 01."""
from collections import Counter
from dataclasses import dataclass

import numpy as np

from .faceset import EXPRESSION, FaceSet
from .rules import RULES

TURNED = np.deg2rad(15)


@dataclass
class Report:
    """The result of `clean`.

    Args:
        faces: The FaceSet that it was given.
        rules: Dict of name -> Rule, in the order of use.
        scores: Dict of name -> f64 [N], nan for faces that an earlier rule had dropped.
        dropped_by: For each face the rule's name, or None.
    """

    faces: FaceSet
    rules: dict
    scores: dict
    dropped_by: list

    @property
    def kept(self):
        """Which faces were kept, bool [N]."""
        return np.array([name is None for name in self.dropped_by])

    def table(self):
        """The dropped faces and the images without a face.

        Returns:
            List of dicts: source, rule, why, score and limit (None where no face was detected).
        """
        rows = []
        for i, name in enumerate(self.dropped_by):
            if name is not None:
                rule, score = self.rules[name], float(self.scores[name][i])
                limit = rule.lowest if score < rule.lowest else rule.highest
                rows.append(_row(self.faces.sources[i], name, rule.reason, round(score, 3), float(limit)))
        return rows + [_row(source, "extraction", reason, None, None) for source, reason in self.faces.skipped]

    def __str__(self):
        counts = {name: self.dropped_by.count(name) for name in self.rules}
        lines = [f"{self.kept.sum()} of {len(self.faces)} faces kept"]
        lines += [f"  {n} dropped: {self.rules[name].reason}" for name, n in counts.items() if n]
        without = [why for _, why in self.faces.skipped if not why.startswith("another person")]
        if without:
            lines.append(f"  {len(without)} images gave no face")
        others = Counter(why for _, why in self.faces.skipped if why.startswith("another person"))
        lines += [f"  {n} faces left out: {why}" for why, n in others.items()]
        begins = np.flatnonzero(np.diff(self.faces.shots, prepend=self.faces.shots[:1]))
        if len(begins):
            named = [self.faces.sources[i] for i in begins[:6]] + ["..."] * (len(begins) > 6)
            lines.append(f"  {len(begins)} cut{'s' if len(begins) > 1 else ''}: before " + ", ".join(named))
        groups = variety(self.faces[self.kept])
        for group, bins in groups.items():
            lines.append(f"  {group}: " + ", ".join(f"{name} {n}" for name, n in bins.items() if n))
            empty = [name for name, n in bins.items() if not n and name != "unknown"]
            if empty and not bins.get("unknown"):
                lines[-1] += f" (none: {', '.join(empty)})"
        return "\n".join(lines)

    __repr__ = __str__

    def figure(self, max_faces=18):
        """Thumbnails of the dropped faces, each with its rule, score and limit.

        Args:
            max_faces: How many are shown, at most.
        Returns:
            A Figure.
        """
        from course_lib import show  # here, so that finding faces needs no matplotlib

        dropped = [i for i, name in enumerate(self.dropped_by) if name is not None]
        if not dropped:
            return show.grid(list(self.faces.images[:6]), title=f"All {len(self.faces)} faces were kept; the first six")
        titles = []
        for row in self.table()[: min(len(dropped), max_faces)]:
            titles.append(f"{row['source']}\n{row['rule']} {row['score']:.2f}\nlimit {row['limit']:g}")
        more = f", the first {max_faces} shown" if len(dropped) > max_faces else ""
        return show.grid(
            [self.faces.images[i] for i in dropped[:max_faces]],
            titles,
            title=f"{len(dropped)} of {len(self.faces)} faces dropped{more}: rule, score, limit",
        )

    def variety_figure(self):
        """How many kept faces show which pose, expression and light, as bars.

        Returns:
            A Figure.
        """
        from course_lib import show

        groups = variety(self.faces[self.kept])
        for bins in groups.values():
            if not bins.get("unknown", 1):
                del bins["unknown"]
        values = {f"{group}: {name}": n for group, bins in groups.items() for name, n in bins.items()}
        return show.bars(values, title="What the kept faces show", x="faces", form="{:.0f}")


def clean(faces, rules=RULES):
    """The faces that pass every rule, and a Report on the others.

    To change a limit: `{**RULES, "sharpness": dataclasses.replace(RULES["sharpness"], lowest=0.05)}`.

    Args:
        faces: FaceSet.
        rules: Dict of name -> Rule, used in its order; each sees only what the earlier ones left, so that of two near
            duplicates the better one stays.
    Returns:
        (FaceSet, Report).
    Raises:
        ValueError: When no face is left, with the counts per rule.
    Lesson 01.
    """
    if not len(faces):
        raise ValueError("there are no faces to clean: the FaceSet is empty")
    dropped_by, scores = [None] * len(faces), {}
    for name, rule in rules.items():
        remaining = np.array([i for i, by in enumerate(dropped_by) if by is None], int)
        scores[name] = np.full(len(faces), np.nan)
        if not len(remaining):
            continue
        scores[name][remaining] = rule.score(faces[remaining])
        for i in remaining[~rule.passes(scores[name][remaining])]:
            dropped_by[i] = name
    report = Report(faces, dict(rules), scores, dropped_by)
    if not report.kept.any():
        counts = ", ".join(f"{dropped_by.count(n)} {r.reason}" for n, r in rules.items() if n in dropped_by)
        raise ValueError(
            f"none of the {len(faces)} faces is left ({counts}). Look at them, take better photographs, or pass rules "
            "with other limits."
        )
    return faces[report.kept], report


def variety(faces):
    """How many faces show which pose and expression (where known), light and brightness.

    Light is the side on which the face is brighter, as seen; a head turn shifts it a little. A model trained on a set
    that lacks one of these fails on it later.

    Args:
        faces: FaceSet.
    Returns:
        Dict of group -> dict of name -> number of faces.
    """
    yaw, pitch = faces.pose[:, 0], faces.pose[:, 1]
    pose = {
        "nose to the left": yaw < -TURNED,
        "ahead": (np.abs(yaw) <= TURNED) & (np.abs(pitch) <= TURNED),
        "nose to the right": yaw > TURNED,
        "up or down only": (np.abs(yaw) <= TURNED) & (np.abs(pitch) > TURNED),
        "unknown": np.isnan(yaw),
    }
    jaw, smile, _, blink = (faces.expression[:, EXPRESSION.index(n)] for n in ("jaw", "smile", "brow", "blink"))
    expression = {
        "mouth open": jaw > 0.2,
        "smile": smile > 0.3,
        "eyes closed": blink > 0.7,
        "at rest": (jaw <= 0.2) & ~(smile > 0.3) & (blink <= 0.7),
        "unknown": np.isnan(jaw),
    }
    if len(smile) and np.isnan(smile).all():
        del expression["smile"]  # a mesh does not measure it: "none" would be wrong
    side, level = light(faces)
    lit = {"from the left": side < -0.08, "even": np.abs(side) <= 0.08, "from the right": side > 0.08}
    bright = {"dark": level < 0.3, "medium": (level >= 0.3) & (level < 0.6), "bright": level >= 0.6}
    groups = {"pose": pose, "expression": expression, "light": lit, "brightness": bright}
    return {group: {name: int(rows.sum()) for name, rows in bins.items()} for group, bins in groups.items()}


def light(faces):
    """Where the light comes from and how bright it is, inside the mask.

    Args:
        faces: FaceSet.
    Returns:
        (side, level), f64 [N] each: difference of the mean brightness of the right and left half of the face as seen,
            over their sum (-1 to 1), and the mean brightness (0 to 1).
    """
    luma = faces.images @ np.array((0.299, 0.587, 0.114), np.float32)
    half = faces.size // 2

    def mean(part):
        weight = faces.masks[:, :, part].sum((1, 2)) + 1e-6
        return (luma[:, :, part] * faces.masks[:, :, part]).sum((1, 2)) / weight

    left, right = mean(slice(None, half)), mean(slice(half, None))
    return ((right - left) / (right + left + 1e-6)).astype(float), mean(slice(None)).astype(float)


def _row(source, rule, why, score, limit):
    return {"source": source, "rule": rule, "why": why, "score": score, "limit": limit}
