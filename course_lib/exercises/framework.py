"""`check`: right, wrong with a hint, or not attempted yet. All lessons with exercises.

COURSE_STRICT=1 makes a wrong or missing answer an error, for graders. COURSE_SEED sets the seed of the inputs, so that
an answer which only knows the example fails. COURSE_POINTS names a JSON file in which the points are gathered.
"""
import json
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import (
    lesson01,
    lesson02,
    lesson03,
    lesson04,
    lesson05,
    lesson06,
    lesson07,
    lesson08,
    lesson09,
    lesson10,
    lesson11,
    lesson12,
    lesson13,
    lesson14,
    lesson15,
    lesson16,
)
from .verdict import NotAttempted, Wrong


@dataclass(frozen=True)
class Exercise:
    """An exercise.

    Args:
        points: what a right answer is worth.
        test: function (rng, *answers) that raises Wrong with what is wrong and a hint.
    """

    points: int
    test: Callable


EXERCISES = {
    "01.umeyama": Exercise(3, lesson01.umeyama),
    "01.sharpness": Exercise(2, lesson01.sharpness),
    "01.keep_different": Exercise(2, lesson01.keep_different),
    "01.fresh_test": Exercise(3, lesson01.fresh_test),
    "02.pixel_shuffle": Exercise(2, lesson02.pixel_shuffle),
    "02.warp": Exercise(3, lesson02.warp),
    "02.two_decoders": Exercise(2, lesson02.two_decoders),
    "02.swap": Exercise(1, lesson02.swap),
    "02.leaking": Exercise(3, lesson02.leaking),
    "03.soft_mask": Exercise(2, lesson03.soft_mask),
    "03.reinhard": Exercise(2, lesson03.reinhard),
    "03.pyramid": Exercise(2, lesson03.pyramid),
    "03.steady": Exercise(2, lesson03.steady),
    "03.fault": Exercise(3, lesson03.fault),
    "04.minimax_gradient": Exercise(3, lesson04.minimax_gradient),
    "04.gradient_penalty": Exercise(3, lesson04.gradient_penalty),
    "04.moving_average": Exercise(2, lesson04.moving_average),
    "04.diagnose": Exercise(3, lesson04.diagnose),
    "05.composite": Exercise(2, lesson05.composite),
    "05.edge_loss": Exercise(2, lesson05.edge_loss),
    "05.perceptual_loss": Exercise(3, lesson05.perceptual_loss),
    "05.mixup_loss": Exercise(2, lesson05.mixup_loss),
    "05.improvements": Exercise(2, lesson05.improvements),
    "06.adain": Exercise(3, lesson06.adain),
    "06.truncate": Exercise(2, lesson06.truncate),
    "06.mixing": Exercise(2, lesson06.mixing),
    "06.direction": Exercise(3, lesson06.direction),
    "06.demodulate": Exercise(3, lesson06.demodulate),
    "06.purest": Exercise(2, lesson06.purest),
    "07.soft_argmax": Exercise(2, lesson07.soft_argmax),
    "07.warp": Exercise(3, lesson07.warp),
    "07.equivariance": Exercise(3, lesson07.equivariance),
    "07.relative": Exercise(2, lesson07.relative),
    "07.absolute": Exercise(2, lesson07.absolute),
    "07.ankle_rule": Exercise(3, lesson07.ankle_rule),
    "08.cepstrum": Exercise(2, lesson08.cepstrum),
    "08.delayed": Exercise(2, lesson08.delayed),
    "08.weighted_median": Exercise(2, lesson08.weighted_median),
    "08.retiming_step": Exercise(3, lesson08.retiming_step),
    "08.bad_closures": Exercise(3, lesson08.bad_closures),
    "08.triphone_cost": Exercise(2, lesson08.triphone_cost),
    "08.sound_windows": Exercise(2, lesson08.sound_windows),
    "09.residual_dense": Exercise(3, lesson09.residual_dense),
    "09.relativistic": Exercise(3, lesson09.relativistic),
    "09.match": Exercise(3, lesson09.match),
    "09.quality": Exercise(2, lesson09.quality),
    "09.undominated": Exercise(2, lesson09.undominated),
    "10.inception": Exercise(3, lesson10.inception),
    "10.eer": Exercise(2, lesson10.eer),
    "10.pool": Exercise(2, lesson10.pool),
    "10.leak": Exercise(2, lesson10.leak),
    "10.cheapest": Exercise(3, lesson10.cheapest),
    "11.highlight_iou": Exercise(2, lesson11.highlight_iou),
    "11.laws": Exercise(2, lesson11.laws_energy),
    "11.soft_mask": Exercise(2, lesson11.soft_mask),
    "11.shortcut": Exercise(2, lesson11.shortcut),
    "11.spectrum": Exercise(3, lesson11.spectrum),
    "12.one_eye": Exercise(2, lesson12.one_eye),
    "12.few_blinks": Exercise(3, lesson12.few_blinks),
    "12.frame_order": Exercise(1, lesson12.frame_order),
    "12.pos_window": Exercise(2, lesson12.pos_window),
    "12.lasting": Exercise(3, lesson12.lasting),
    "12.read_spectrum": Exercise(3, lesson12.read_spectrum),
    "12.uses_time": Exercise(2, lesson12.uses_time),
    "13.fgsm_bytes": Exercise(2, lesson13.fgsm_bytes),
    "13.eot_shifts": Exercise(3, lesson13.eot_shifts),
    "13.nes_half": Exercise(3, lesson13.nes_half),
    "13.person_threshold": Exercise(2, lesson13.person_threshold),
    "13.masked": Exercise(2, lesson13.masked),
    "14.merkle": Exercise(3, lesson14.merkle),
    "14.pdq": Exercise(2, lesson14.pdq),
    "14.binding": Exercise(2, lesson14.binding),
    "14.copy": Exercise(3, lesson14.copy_attack),
    "14.bits": Exercise(2, lesson14.bits),
    "14.claims": Exercise(2, lesson14.claims),
    "15.newton_step": Exercise(3, lesson15.newton_step),
    "15.change": Exercise(2, lesson15.change),
    "15.by_criterion": Exercise(2, lesson15.by_criterion),
    "15.cheats": Exercise(3, lesson15.cheats),
    "16.gap": Exercise(2, lesson16.gap),
    "16.follows": Exercise(3, lesson16.follows),
    "16.together": Exercise(3, lesson16.together),
    "16.claims": Exercise(2, lesson16.claims),
}


def check(name, *answers):
    """Test an answer to an exercise with fresh inputs and print the verdict.

    Args:
        name: a key of EXERCISES, like "02.pixel_shuffle".
        answers: what the exercise asks for, mostly one function.
    Returns:
        True when right, else False.
    Raises:
        ValueError: when no exercise has this name.
        Wrong, NotAttempted: instead of returning False, with COURSE_STRICT=1.
    """
    if name not in EXERCISES:
        raise ValueError(f"{name!r} is no exercise; there are {', '.join(EXERCISES)}")
    exercise, failure = EXERCISES[name], None
    seed = int(os.environ.get("COURSE_SEED") or 0)
    try:
        if not answers or any(a is None or a is Ellipsis for a in answers):
            raise NotImplementedError
        exercise.test(np.random.default_rng([seed, zlib.crc32(name.encode())]), *answers)
    except NotImplementedError:
        failure = NotAttempted("not attempted yet. Write your answer in the cell above, run it, then this one.")
    except Wrong as wrong:
        failure = wrong
    except Exception as error:  # whatever the learner's code raises is an answer to be explained, not our failure
        failure = Wrong(f"your code stopped with {type(error).__name__}: {error}. {_where(error)}")
    points = 0 if failure else exercise.points
    verdict = "[ right ]" if failure is None else "[ to do ]" if isinstance(failure, NotAttempted) else "[ wrong ]"
    message = f"{verdict} {name}, {points} of {exercise.points} points" + (f": {failure}" if failure else "")
    print(message)
    _record(name, points, exercise.points, message)
    if failure is not None and os.environ.get("COURSE_STRICT") == "1":
        raise type(failure)(f"{name}: {failure}") from failure.__cause__
    return failure is None


def _where(error):
    """The line of the learner's own code in which it stopped: the deepest one outside this library."""
    line, library = "", str(Path(__file__).parent)
    trace = error.__traceback__
    while trace:
        name = trace.tb_frame.f_code.co_filename
        if not name.startswith(library) and "site-packages" not in name:
            line = f"Look at line {trace.tb_lineno} of your cell, in {trace.tb_frame.f_code.co_name}."
        trace = trace.tb_next
    return line


def _record(name, points, maximum, message):
    path = os.environ.get("COURSE_POINTS")
    if not path:
        return
    path = Path(path)
    table = json.loads(path.read_text()) if path.is_file() else {}
    table[name] = {"points": points, "of": maximum, "says": message}
    path.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")
