"""What the check of lesson 10's leak compares with, with the usual mistakes as options."""
import numpy as np

from course_lib.metrics import detection


def without(source, target, split, fake, score, roles=("source", "target"), sides=("train", "val"), both=False,
            known=("source", "target"), same=False):
    """The AUC of all test faces and of those that no leak touches, with the usual mistakes as options.

    Args:
        source, target: int [N], people.
        split: str [N].
        fake: int [N].
        score: f64 [N].
        roles: in which people of the test faces are looked for.
        sides: whose people the detector has met.
        both: whether a face is only left out when both of its people were met.
        known: the roles in which the detector has met people.
        same: whether a person counts as met only in the same role.
    Returns:
        (AUC of all test faces, AUC of those that are left).
    """
    seen = np.isin(split, sides)
    people = dict(source=source, target=target)
    met = {name: people[name][seen] for name in known}
    touched = [np.isin(people[name], met[name] if same else np.concatenate(list(met.values()))) for name in roles]
    test = split == "test"
    kept = test & ~(np.all(touched, 0) if both else np.any(touched, 0))
    return tuple(float(detection.auc(fake[rows], score[rows])) for rows in (test, kept))
