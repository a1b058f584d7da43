"""Was a defence really attacked? The signs of a gradient that is masked instead of an attack that fails. Lesson 13."""
from typing import NamedTuple

import numpy as np


class Sign(NamedTuple):
    """One line of the check-list.

    Args:
        passed: Whether the evaluation looks sound here.
        what: What should hold.
        found: The numbers.
    """

    passed: bool
    what: str
    found: str


def adaptive_checks(accuracy, gradient_size, tolerance=0.05):
    """The check-list for an evaluation of a defence: each line names a result that only a masked gradient explains.

    Args:
        accuracy: What is left (accuracy or AUC, 0 to 1) under: "clean", "fgsm", "pgd" (same radius), "adaptive"
            (gradient through or around the defence), "transfer" (from an undefended detector), "black box" (scores
            alone), "noise" (random changes of the same radius), "unbounded" (a radius of 0.5, at which any image can
            become plain grey).
        gradient_size: Fraction of images whose gradient through the defence is not zero.
        tolerance: Differences below it are noise.
    Returns:
        List of Sign. One that fails does not say that the defence is bad; it says that this evaluation proves nothing.
    Raises:
        ValueError: Where an attack is missing.
    References:
        Athalye, Carlini & Wagner 2018, section 3.1; Carlini et al. 2019, "On evaluating adversarial robustness".
    Lesson 13.
    """
    wanted = ("clean", "fgsm", "pgd", "adaptive", "transfer", "black box", "noise", "unbounded")
    if missing := [name for name in wanted if name not in accuracy]:
        raise ValueError(f"the check-list needs the result under {', '.join(missing)} too")
    a = {name: float(accuracy[name]) for name in wanted}

    def no_better(weak, strong, what):
        return Sign(a[strong] <= a[weak] + tolerance, what, f"{strong} {a[strong]:.2f}, {weak} {a[weak]:.2f}")

    return [
        Sign(gradient_size > 0.95, "the gradient is not zero", f"on {gradient_size:.0%} of the images"),
        no_better("fgsm", "pgd", "many steps are at least as strong as one"),
        no_better("transfer", "pgd", "the gradient is at least as strong as a transferred attack"),
        no_better("black box", "pgd", "the gradient is at least as strong as an attack that has none"),
        no_better("noise", "pgd", "the gradient is stronger than chance"),
        Sign(a["unbounded"] <= 0.1, "without a limit the attack always succeeds", f"{a['unbounded']:.2f} is left"),
        Sign(a["adaptive"] >= a["pgd"] - tolerance, "the attack that knows the defence finds no more",
             f"adaptive {a['adaptive']:.2f}, pgd {a['pgd']:.2f}"),
    ]


def nonzero(gradient, images):
    """The fraction of images whose gradient is not zero everywhere.

    Args:
        gradient: Function of images.
        images: f32 [N, H, W, 3].
    Returns:
        A float from 0 to 1.
    Lesson 13.
    """
    slopes = np.asarray(gradient(images))
    return float(np.mean([np.abs(slope).max() > 0 for slope in slopes]))
