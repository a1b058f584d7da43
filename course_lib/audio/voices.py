"""Synthetic voices: what makes one voice differ from another, in five numbers. Lesson 08.

None is taken from a person: each named member of the cast has one, and `random_voice` makes others.
"""

from dataclasses import dataclass, fields

import numpy as np

RANGES = {"pitch": (60.0, 350.0), "formants": (0.8, 1.35), "tempo": (0.5, 2.0), "breath": (0.0, 1.0),
          "melody": (0.0, 2.0)}


@dataclass(frozen=True)
class Voice:
    """A synthetic voice.

    Args:
        pitch: Mean fundamental frequency, Hz, 60 to 350.
        formants: Factor on all formants, .8 to 1.35: the shorter the vocal tract, the higher.
        tempo: Factor on the speed, .5 to 2.
        breath: Noise in the source, 0 to 1.
        melody: How far the pitch moves, 0 (monotone) to 2; 1 is usual.
    Raises:
        ValueError: For a number outside its range.
    Lesson 08.
    """

    pitch: float = 110.0
    formants: float = 1.0
    tempo: float = 1.0
    breath: float = 0.15
    melody: float = 1.0

    def __post_init__(self):
        for field in fields(self):
            value, (low, high) = getattr(self, field.name), RANGES[field.name]
            if not low <= value <= high:  # NaN fails too
                raise ValueError(f"{field.name} is {value}; expected {low:g} to {high:g}")


VOICES = {
    "Ada": Voice(205, 1.16, 1.05, 0.20, 1.2), "Bruno": Voice(92, 0.94, 0.92, 0.10, 0.8),
    "Chidi": Voice(108, 0.98, 1.00, 0.12, 1.0), "Dolores": Voice(182, 1.12, 0.85, 0.40, 0.9),
    "Elif": Voice(222, 1.18, 1.08, 0.18, 1.3), "Finn": Voice(138, 1.03, 1.12, 0.15, 1.1),
    "Grace": Voice(190, 1.14, 0.98, 0.15, 1.4), "Hiro": Voice(120, 1.00, 0.90, 0.25, 0.7),
    "Ines": Voice(214, 1.17, 1.02, 0.22, 1.0), "Jamal": Voice(84, 0.92, 0.95, 0.10, 0.9),
    "Kavya": Voice(232, 1.20, 1.06, 0.20, 1.2), "Leo": Voice(101, 0.97, 0.93, 0.30, 0.8),
}  # fmt: skip


def random_voice(seed):
    """A voice with random numbers, for training sets and for voices that no member of the cast has.

    Args:
        seed: Integer or numpy Generator.
    Returns:
        A Voice; pitch and formants go together, as they do in people.
    Lesson 08.
    """
    rng = np.random.default_rng(seed)
    size = rng.uniform(0, 1)  # of the vocal tract, from long to short
    return Voice(pitch=float(85 + 150 * size * rng.uniform(0.8, 1.1)),
                 formants=float(0.92 + 0.26 * size + rng.uniform(-0.03, 0.03)), tempo=float(rng.uniform(0.85, 1.15)),
                 breath=float(rng.uniform(0.05, 0.4)), melody=float(rng.uniform(0.6, 1.4)))
