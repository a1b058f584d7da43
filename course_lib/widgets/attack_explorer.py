"""The attack explorer: a face of the cast, an attack, a codec and a defence, and the score that is left. Lesson 13.

`render(State(...))` gives the picture as the bytes of a PNG and `outcome(State(...))` the numbers; neither needs a
notebook. `AttackExplorer()` puts them behind controls. It attacks the course's own detectors of synthetic faces.
"""
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import cv2
import ipywidgets as w
import numpy as np

from course_lib import forgeries
from course_lib.attacks.defences import DEFENCES
from course_lib.attacks.gradients import logit_of, through_defence, true_gradient
from course_lib.attacks.smoothing import Certificate, certify
from course_lib.attacks.steps import pgd
from course_lib.attacks.success import sent
from course_lib.checkpoints import load
from course_lib.metrics.image import psnr

from .drawing import GREY, PALETTE, Canvas
from .view import View, slider

SIDE, GAP, TOP, HIGH = 210, 12, 24, 84  # pixels of the page
NETWORKS = {"as they are": "meso64_plain", "attacked": "meso64_adversarial", "with noise": "meso64_noise"}
CODECS = {"memory": None, "8 bits": 0, "H.264, CRF 23": 23, "H.264, CRF 40": 40}
SIGMA, SAMPLES = 0.12, 200


@dataclass(frozen=True, eq=False)
class State:
    """What the explorer shows.

    Args:
        faces: f32 [N, 64, 64, 3] in [0, 1], fakes.
        number: Which of them.
        epsilon: Largest change of a value, in levels of 255, 0 to 32.
        steps: Of PGD, 1 to 40.
        codec: A key of CODECS.
        network: A key of NETWORKS: on what the detector was trained.
        defence: A key of DEFENCES, in front of the detector.
        adaptive: Whether the attacker knows the defence.
    Raises:
        ValueError: For another value.
    """

    faces: np.ndarray = field(repr=False)
    number: int = 0
    epsilon: int = 4
    steps: int = 5
    codec: str = "memory"
    network: str = "as they are"
    defence: str = "none"
    adaptive: bool = False

    def __post_init__(self):
        if self.codec not in CODECS or self.network not in NETWORKS or self.defence not in DEFENCES:
            raise ValueError(f"codec={self.codec!r}, network={self.network!r}, defence={self.defence!r}: expected one "
                             f"of {', '.join(CODECS)}; of {', '.join(NETWORKS)}; of {', '.join(DEFENCES)}")
        if not (0 <= self.number < len(self.faces) and 0 <= self.epsilon <= 32 and 1 <= self.steps <= 40):
            raise ValueError(f"number={self.number}, epsilon={self.epsilon}, steps={self.steps}: expected a face from "
                             f"0 to {len(self.faces) - 1}, 0 to 32 levels and 1 to 40 steps")


class Outcome(NamedTuple):
    """What an attack did.

    Args:
        attacked: f32 [64, 64, 3], as the attacker made it.
        received: f32 [64, 64, 3], as the detector got it.
        before, after: P(fake) with the same codec and defence.
        decibel: PSNR of the attacked image.
        certificate: Of the received original, where the network was trained with noise, otherwise None.
    """

    attacked: np.ndarray
    received: np.ndarray
    before: float
    after: float
    decibel: float
    certificate: Certificate | None


@cache
def detector(name):
    """A detector's logit, loaded once.

    Args:
        name: Of a checkpoint.
    Returns:
        Function from images to logits [N].
    """
    return logit_of(load(name))


def outcome(state):
    """Attack a face and send it.

    Args:
        state: A State.
    Returns:
        Outcome.
    """
    image, logit = state.faces[state.number:state.number + 1], detector(NETWORKS[state.network])
    defence = DEFENCES[state.defence]
    gradient = through_defence(logit, defence) if state.adaptive else true_gradient(logit)
    attacked = pgd(gradient, image, [1], state.epsilon / 255, state.steps) if state.epsilon else image
    crf = CODECS[state.codec]
    clean, received = (x if crf is None else sent(x, [0], crf) for x in (image, attacked))
    before, after = (float(1 / (1 + np.exp(-np.asarray(logit(defence(x)))[0]))) for x in (clean, received))
    proof = None
    if state.network == "with noise":
        proof = certify(lambda x: np.asarray(logit(x)) >= 0, clean[0], SIGMA, samples=SAMPLES, alpha=0.01)
    return Outcome(attacked[0], received[0], before, after, float(psnr(attacked[0], image[0])), proof)


def render(state):
    """Draw the face, the perturbation ten times as strong, what the detector gets, and its scores.

    The same state gives the same bytes.

    Args:
        state: A State.
    Returns:
        The bytes of a PNG.
    """
    result, image = outcome(state), state.faces[state.number]
    page = Canvas(3 * SIDE + 2 * GAP, TOP + SIDE + HIGH)
    shown = {"the fake": image, "change x 10": np.clip(0.5 + 10 * (result.attacked - image), 0, 1),
             f"received: {state.codec}": result.received}
    for k, (name, picture) in enumerate(shown.items()):
        page.text((k * (SIDE + GAP) + 2, 4), name, 13, bold=True)
        page.picture((k * (SIDE + GAP), TOP), cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST), SIDE)
    y, wide = TOP + SIDE + 8, 3 * SIDE + 2 * GAP
    for row, (name, score) in enumerate((("before", result.before), ("after", result.after))):
        page.text((2, y + 22 * row), f"{name}: P(fake) {score:.2f}", 13, bold=True)
        page.line([(170, y + 8 + 22 * row), (wide - 8, y + 8 + 22 * row)], GREY, 1)
        at = 170 + score * (wide - 178)
        page.line([(170, y + 8 + 22 * row), (at, y + 8 + 22 * row)], PALETTE["orange" if score >= 0.5 else "blue"], 6)
    said = "same image" if np.isinf(result.decibel) else f"PSNR {result.decibel:.1f} dB"
    if result.certificate is not None:
        answer = {1: "fake", 0: "real", -1: "abstains"}[result.certificate.answer]
        said += f"; smoothed: {answer}, certified for L2 < {result.certificate.radius:.2f}"
    page.text((2, y + 50), said, 13)
    return page.png()


class AttackExplorer(View):
    """The view: `controls` holds every control by name, `image` the page, `state()` what is shown.

    Args:
        faces: f32 [N, 64, 64, 3] in [0, 1]; swaps of test people when left out.
    """

    alt = "a fake face, the attack's perturbation times ten, what the detector received, and its scores"
    strip = "epsilon", (0, 2, 8)

    def __init__(self, faces=None):
        if faces is None:
            swaps = forgeries.build("ci", quiet=True).where(split="test", method="swap", crf=0, frame=0)
            faces = forgeries.centre(swaps.pictures())
        self.faces = faces
        super().__init__(render, {
            "number": slider("face", 0, 0, len(faces) - 1, 1, "which of the fakes"),
            "epsilon": slider("epsilon", 4, 0, 32, 1, "largest change of a value, in levels of 255"),
            "steps": slider("steps", 5, 1, 40, 1, "steps of projected gradient descent"),
            "codec": w.Dropdown(options=tuple(CODECS), description="sent as"),
            "network": w.Dropdown(options=tuple(NETWORKS), description="trained on"),
            "defence": w.Dropdown(options=tuple(DEFENCES), description="defence"),
            "adaptive": w.Checkbox(value=False, description="attacker knows the defence", disabled=True),
        }, notice="The first picture takes some seconds: the networks are loaded.", width=3 * SIDE + 2 * GAP)

    def follow(self, change):
        """Disable what would change nothing: knowing the defence where there is none.

        Args:
            change: what ipywidgets gives to observers.
        """
        self.controls["adaptive"].disabled = self.controls["defence"].value == "none"

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        return State(self.faces, **self.values())
