"""From phones to the shape of the mouth: visemes, their table, and coarticulation. Lesson 08."""

from typing import NamedTuple

import numpy as np


class Viseme(NamedTuple):
    """One shape of the mouth; several phones look alike.

    Args:
        phones: ARPAbet.
        jaw: Opening, 0 to 1.
        width: -1 (pursed) to 1 (spread).
        rounding: How far the lips come forward, 0 to 1.
        teeth: How much of them is seen, 0 to 1.
        rule: "closed" (the lips must touch), "bitten" (the lower lip must touch the teeth), or "".
    """

    phones: tuple[str, ...]
    jaw: float
    width: float
    rounding: float
    teeth: float
    rule: str = ""


VISEMES = {
    "sil": Viseme(("SIL",), 0.02, 0.0, 0.0, 0.0),
    "PP": Viseme(("P", "B", "M"), 0.0, 0.0, 0.0, 0.0, "closed"),
    "FF": Viseme(("F", "V"), 0.07, 0.0, 0.0, 0.6, "bitten"),
    "TH": Viseme(("TH", "DH"), 0.12, 0.1, 0.0, 0.4),
    "TT": Viseme(("T", "D", "N", "L"), 0.22, 0.1, 0.0, 0.3),
    "KK": Viseme(("K", "G", "NG", "HH", "X"), 0.32, 0.0, 0.0, 0.1),
    "CH": Viseme(("CH", "JH", "SH", "ZH"), 0.16, -0.4, 0.6, 0.6),
    "SS": Viseme(("S", "Z"), 0.09, 0.3, 0.0, 0.8),
    "RR": Viseme(("R", "ER", "RR"), 0.18, -0.4, 0.4, 0.2),
    "AA": Viseme(("AA", "A"), 0.75, 0.0, 0.0, 0.3),
    "AE": Viseme(("AE",), 0.60, 0.3, 0.0, 0.4),
    "AX": Viseme(("AH", "AX"), 0.35, 0.0, 0.0, 0.2),
    "EH": Viseme(("EH", "E"), 0.42, 0.35, 0.0, 0.4),
    "IY": Viseme(("IY", "IH", "Y", "I"), 0.16, 0.7, 0.0, 0.5),
    "AO": Viseme(("AO", "O", "OE"), 0.45, -0.4, 0.6, 0.1),
    "UW": Viseme(("UW", "UH", "W", "U", "UE"), 0.12, -0.8, 0.9, 0.0),
}
DIPHTHONGS = {"EY": ("EH", "IY"), "AY": ("AA", "IY"), "OW": ("AO", "UW"), "AW": ("AA", "UW"), "OY": ("AO", "IY")}
TURN = 0.6  # the part of a diphthong that its first shape takes
OF_PHONE = {phone: name for name, viseme in VISEMES.items() for phone in viseme.phones}
# Cohen and Massaro's dominance: amplitude and slope (per second) of vowels and consonants, for 90 ms
VOWEL, CONSONANT, USUAL = (1.0, 6.0), (0.85, 11.0), 0.09
HELD = 0.020  # seconds before its phone from which on a closure is held


def visemes(phones):
    """The visemes of timed phones; a diphthong becomes two.

    Args:
        phones: [(ARPAbet, start, end)], seconds.
    Returns:
        [(key of VISEMES, start, end)].
    Raises:
        ValueError: For a phone without a viseme.
    Lesson 08.
    """
    found = []
    for phone, start, end in phones:
        if phone in DIPHTHONGS:
            turn = start + TURN * (end - start)
            found += [(DIPHTHONGS[phone][0], start, turn), (DIPHTHONGS[phone][1], turn, end)]
        elif phone in OF_PHONE:
            found.append((OF_PHONE[phone], start, end))
        else:
            raise ValueError(f"the phone {phone!r} has no viseme; expected one of {' '.join([*OF_PHONE, *DIPHTHONGS])}")
    return found


def dominance(times, start, end, vowel):
    """How strongly a viseme rules the mouth at each time: a exp(-theta |t - centre|), slower for long ones.

    Args:
        times: f64 [T], seconds.
        start, end: Of the viseme, seconds.
        vowel: Whether it is one.
    Returns:
        f64 [T].
    References:
        Cohen and Massaro, "Modeling coarticulation in synthetic visual speech", 1993.
    Lesson 08.
    """
    amplitude, slope = VOWEL if vowel else CONSONANT
    slope *= np.sqrt(USUAL / max(end - start, 0.02))
    return amplitude * np.exp(-slope * 2 * np.maximum(0, np.abs(times - (start + end) / 2) - (end - start) / 4))


def mouth(phones, times):
    """The mouth of somebody who says these phones, with coarticulation and the closures that speech must have.

    Every shape is the mean of all visemes, weighted by their dominance: value = sum D_i target_i / sum D_i. Then the
    lips are closed for every P, B and M, and the lower lip meets the teeth for every F and V.

    Args:
        phones: [(ARPAbet, start, end)], seconds.
        times: f64 [T], seconds at which the mouth is wanted.
    Returns:
        f64 [T, 4]: jaw, smile, pucker, teeth, as the cast's Expression has them, in [0, 1].
    Lesson 08.
    """
    times, spoken = np.asarray(times, float), visemes(phones)
    targets = np.array([(v.jaw, v.width, v.rounding, v.teeth) for v in (VISEMES[name] for name, _, _ in spoken)])
    weights = np.array([dominance(times, start, end, not _consonant(name)) for name, start, end in spoken])
    shape = np.einsum("kt,kc->tc", weights, targets) / np.maximum(weights.sum(0), 1e-9)[:, None]
    for name, start, end in spoken:
        if (viseme := VISEMES[name]).rule:
            near = np.clip(1 - np.maximum(start - HELD - times, times - end) / 0.04, 0, 1)[:, None]  # 40 ms in and out
            shape = shape + near * (np.array(viseme[1:5]) - shape)
    jaw, width, rounding, teeth = shape.T
    smile, pucker = np.clip(width, 0, 1), np.clip(np.maximum(rounding, -width), 0, 1)
    return np.clip(np.stack([jaw, smile, pucker, teeth], 1), 0, 1)


def _consonant(name):
    return name in ("PP", "FF", "TH", "TT", "KK", "CH", "SS", "RR", "sil")


def lookup(phones, times):
    """The mouth as a table gives it: each viseme for as long as its phone lasts, without coarticulation.

    Args:
        phones: [(ARPAbet, start, end)], seconds.
        times: f64 [T], seconds.
    Returns:
        f64 [T, 4], as mouth().
    Lesson 08.
    """
    spoken = visemes(phones)
    which = np.searchsorted([end for _, _, end in spoken[:-1]], np.asarray(times, float), side="right")
    jaw, width, rounding, teeth = np.array([VISEMES[spoken[k][0]][1:5] for k in which]).T
    return np.stack([jaw, np.clip(width, 0, 1), np.clip(np.maximum(rounding, -width), 0, 1), teeth], 1)


def closures(phones, rule="closed"):
    """When the lips must be closed, or the lower lip must touch the teeth.

    Args:
        phones: [(ARPAbet, start, end)], seconds.
        rule: "closed" for P, B and M; "bitten" for F and V.
    Returns:
        f64 [K, 2]: start and end of each of these phones.
    Lesson 08.
    """
    names = {phone for viseme in VISEMES.values() if viseme.rule == rule for phone in viseme.phones}
    return np.array([(start, end) for phone, start, end in phones if phone in names]).reshape(-1, 2)
