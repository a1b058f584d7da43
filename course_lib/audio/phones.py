"""The sounds of speech as numbers: formants, noise and duration of every ARPAbet phone. Lesson 08."""

from typing import NamedTuple


class Phone(NamedTuple):
    """One phone of the synthesiser.

    Args:
        formants: F1, F2, F3 of a man's vocal tract, Hz; for a stop, where the formants of its neighbours point to.
        seconds: Duration in the middle of a sentence.
        voicing: Amplitude of the glottal source, 0 to 1.
        noise: (amplitude 0 to 1, centre in Hz, bandwidth in Hz) of the frication or of the burst.
        kind: "vowel", "glide", "nasal", "fricative", "stop", "affricate" or "pause".
        glide: Formants at the end of a diphthong, None for all others.
    """

    formants: tuple[int, int, int]
    seconds: float
    voicing: float
    noise: tuple[float, int, int]
    kind: str
    glide: tuple[int, int, int] | None = None


QUIET = (0.0, 1000, 1000)


def _vowel(f1, f2, f3, seconds, glide=None):
    return Phone((f1, f2, f3), seconds, 1.0, QUIET, "vowel", glide)


def _fricative(f1, f2, f3, seconds, voicing, amplitude, centre, bandwidth):
    return Phone((f1, f2, f3), seconds, voicing, (amplitude, centre, bandwidth), "fricative")


def _stop(f1, f2, f3, seconds, voicing, amplitude, centre, bandwidth, kind="stop"):
    return Phone((f1, f2, f3), seconds, voicing, (amplitude, centre, bandwidth), kind)


# Vowels: the men's means of Peterson and Barney (1952), table II. Consonants: close to Klatt (1980), table III.
PHONES = {
    "IY": _vowel(270, 2290, 3010, 0.110), "IH": _vowel(390, 1990, 2550, 0.080), "EH": _vowel(530, 1840, 2480, 0.095),
    "AE": _vowel(660, 1720, 2410, 0.130), "AA": _vowel(730, 1090, 2440, 0.130), "AO": _vowel(570, 840, 2410, 0.130),
    "UH": _vowel(440, 1020, 2240, 0.080), "UW": _vowel(300, 870, 2240, 0.110), "AH": _vowel(640, 1190, 2390, 0.080),
    "AX": _vowel(500, 1400, 2400, 0.055), "ER": _vowel(490, 1350, 1690, 0.110),
    "EY": _vowel(480, 1950, 2500, 0.140, (330, 2200, 2700)), "AY": _vowel(700, 1200, 2450, 0.160, (330, 2050, 2600)),
    "OW": _vowel(540, 1000, 2350, 0.140, (350, 850, 2250)), "AW": _vowel(680, 1250, 2450, 0.160, (350, 950, 2300)),
    "OY": _vowel(530, 850, 2400, 0.170, (330, 2050, 2600)),
    "Y": Phone((260, 2070, 3020), 0.060, 0.8, QUIET, "glide"), "W": Phone((290, 610, 2150), 0.065, 0.8, QUIET, "glide"),
    "R": Phone((310, 1060, 1380), 0.070, 0.8, QUIET, "glide"), "L": Phone((310, 1050, 2880), 0.070, 0.8, QUIET,
    "glide"),
    "M": Phone((280, 1000, 2200), 0.075, 0.5, QUIET, "nasal"), "N": Phone((280, 1600, 2600), 0.065, 0.5, QUIET,
    "nasal"),
    "NG": Phone((280, 2000, 2800), 0.080, 0.5, QUIET, "nasal"),
    "F": _fricative(340, 1100, 2080, 0.095, 0.0, 0.10, 5000, 5000),
    "V": _fricative(220, 1100, 2080, 0.060, 0.5, 0.05, 5000, 5000),
    "TH": _fricative(320, 1290, 2540, 0.090, 0.0, 0.08, 6000, 4000),
    "DH": _fricative(270, 1290, 2540, 0.045, 0.5, 0.04, 6000, 4000),
    "S": _fricative(320, 1390, 2530, 0.105, 0.0, 0.35, 5800, 1500),
    "Z": _fricative(240, 1390, 2530, 0.075, 0.4, 0.20, 5800, 1500),
    "SH": _fricative(300, 1840, 2750, 0.105, 0.0, 0.35, 2700, 1000),
    "ZH": _fricative(300, 1840, 2750, 0.075, 0.4, 0.20, 2700, 1000),
    "HH": _fricative(500, 1500, 2500, 0.055, 0.0, 0.15, 1500, 2500),
    "P": _stop(400, 1100, 2150, 0.090, 0.0, 0.25, 900, 1500), "B": _stop(200, 1100, 2150, 0.070, 0.25, 0.15, 900, 1500),
    "T": _stop(400, 1600, 2600, 0.080, 0.0, 0.35, 4500, 3000),
    "D": _stop(200, 1600, 2600, 0.060, 0.25, 0.20, 4500, 3000),
    "K": _stop(300, 1990, 2850, 0.090, 0.0, 0.30, 2000, 1200),
    "G": _stop(200, 1990, 2850, 0.070, 0.25, 0.20, 2000, 1200),
    "CH": _stop(350, 1800, 2820, 0.120, 0.0, 0.35, 2800, 1000, "affricate"),
    "JH": _stop(260, 1800, 2820, 0.095, 0.25, 0.25, 2800, 1000, "affricate"),
    "SIL": Phone((500, 1500, 2500), 0.200, 0.0, QUIET, "pause"),
    # for dubbing: the five vowels and the trill of Spanish, front rounded vowels and the ich-sound of German
    "A": _vowel(700, 1350, 2500, 0.100), "E": _vowel(460, 1900, 2550, 0.095), "I": _vowel(290, 2250, 2950, 0.090),
    "O": _vowel(480, 900, 2400, 0.100), "U": _vowel(310, 800, 2300, 0.090),
    "RR": Phone((400, 1300, 1900), 0.080, 0.6, (0.03, 1500, 2000), "glide"),
    "UE": _vowel(280, 1700, 2200, 0.100), "OE": _vowel(420, 1500, 2200, 0.100),
    "X": _fricative(350, 1900, 2700, 0.095, 0.0, 0.20, 3500, 1500),
}  # fmt: skip
STOPS = frozenset(name for name, phone in PHONES.items() if phone.kind in ("stop", "affricate"))
VOWELS = frozenset(name for name, phone in PHONES.items() if phone.kind == "vowel")


def check(names):
    """Refuses what is no phone.

    Args:
        names: Phones in ARPAbet, without stress digits.
    Returns:
        A list of them.
    Raises:
        ValueError: For a name that PHONES does not have.
    Lesson 08.
    """
    names = list(names)
    unknown = sorted({name for name in names if name not in PHONES})
    if unknown:
        raise ValueError(f"unknown phones {', '.join(map(str, unknown))}; expected ARPAbet without stress digits: "
                         f"{' '.join(PHONES)}")
    return names
