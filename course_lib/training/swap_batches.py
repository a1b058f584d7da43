"""Training batches of the original swap network. Lesson 02."""
import copy

import numpy as np

from .augment import random_transform, random_warp

BATCH = 32  # images of each person in a step


def batches(a, b, seed, start=0, size=BATCH, pairs=None):
    """Endless training batches; a step always gets the same one, so that a resumed run sees what it would have seen.

    With exact pairs, every second face of either person goes to the other one's decoder, whose target is that other
    person in the same scene under the same transform and warp. The faces that go in are the same.

    Args:
        a, b: faces f32 [N, S, S, 3] of either person.
        seed: integer.
        start: steps that are already done.
        size: images of each person, even.
        pairs: (B in the scenes of a, A in the scenes of b), f32 [N, S, S, 3] each; none when left out.
    Returns:
        Iterator of ((warped a, warped b), (target a, target b)), f32 [size, 64, 64, 3] each: what decoders A and B
        get, and what they should draw.
    Lesson 02.
    """
    step, half = start, size // 2
    while True:
        rng = np.random.default_rng([seed, step])
        rows = [rng.integers(0, len(x), size) for x in (a, b)]
        warped, targets, others = [], [], []
        for k, x in enumerate((a, b)):
            again = copy.deepcopy(rng)  # the same transform and warp for the other person
            for_x = random_warp(random_transform(x[rows[k]], rng), rng)
            warped.append(for_x[0])
            targets.append(for_x[1])
            if pairs:
                others.append(random_warp(random_transform(pairs[k][rows[k]], again), again)[1])
        if pairs:
            warped = [np.concatenate([warped[k][:half], warped[1 - k][half:]]) for k in (0, 1)]
            targets = [np.concatenate([targets[k][:half], others[1 - k][half:]]) for k in (0, 1)]
        yield tuple(warped), tuple(targets)
        step += 1
