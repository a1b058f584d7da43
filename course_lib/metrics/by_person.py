"""Intervals of many AUC values at once, over the people whom they share. Lesson 13.

A table of detectors has hundreds of cells, and all of them rest on the same few people. Drawing people anew changes all
cells together; the AUC is a mean over pairs, so it is enough to know the mean over the pairs of every two people.
"""
import numpy as np

from .detection import Interval


def person_kernel(real, fake, real_people, fake_people):
    """How often a fake of one person scores above a real sample of another, ties counting half.

    Args:
        real, fake: Scores [N] and [M].
        real_people, fake_people: [N] and [M], the same people in both.
    Returns:
        (f64 [P, P], row: whose fake, column: whose real sample; f64 [P, P], how many pairs each entry counts).
    Raises:
        ValueError: When a person lacks real samples or fakes.
    Lesson 13.
    """
    names = np.unique(real_people)
    if not np.array_equal(names, np.unique(fake_people)):
        raise ValueError("each person needs real samples and fakes: the two lists of people differ")
    real, fake = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    wins = (fake[:, None] > real) + 0.5 * (fake[:, None] == real)
    of_fake, of_real = (np.asarray(people)[:, None] == names for people in (fake_people, real_people))
    pairs = of_fake.sum(0)[:, None] * of_real.sum(0)
    return of_fake.T.astype(float) @ wins @ of_real / pairs, pairs.astype(float)


def mean_and_worst(kernels, pairs, rounds=1000, seed=0, level=0.95):
    """The mean AUC over many cells and the worst of them, with intervals over people.

    Args:
        kernels: f64 [C, P, P], of person_kernel, for each cell.
        pairs: f64 [P, P], the same for all cells, or [C, P, P] where some samples are missing; an entry without pairs
            counts for nothing.
        rounds, seed: Of the draws of people.
        level: Confidence level.
    Returns:
        (Interval of the mean, Interval of the worst, number of the worst cell). In each draw the worst cell is chosen
        anew, as whoever reports a worst cell chooses it.
    Raises:
        ValueError: For kernels of another shape.
    References:
        Efron 1979; Field & Welsh 2007 for groups.
    Lesson 13.
    """
    here, drawn = areas_in_draws(kernels, pairs, rounds, seed)
    ends = [(1 - level) / 2, (1 + level) / 2]
    mean = Interval(float(np.nanmean(here)), *map(float, np.quantile(np.nanmean(drawn, 1), ends)))
    worst = Interval(float(np.nanmin(here)), *map(float, np.quantile(np.nanmin(drawn, 1), ends)))
    return mean, worst, int(np.nanargmin(here))


def areas_in_draws(kernels, pairs, rounds=1000, seed=0):
    """The AUC of every cell, as measured and in every draw of people; a draw takes the same people for all cells.

    Args:
        kernels, pairs, rounds, seed: As for mean_and_worst.
    Returns:
        (f64 [C], f64 [rounds, C]); nan where no pair is left.
    Raises:
        ValueError: For kernels of another shape.
    Lesson 13.
    """
    kernels, pairs = np.asarray(kernels, np.float64), np.asarray(pairs, np.float64)
    if kernels.ndim != 3 or pairs.shape not in (kernels.shape[1:], kernels.shape):
        raise ValueError(f"kernels are [C, P, P] and pairs [P, P] or [C, P, P]; got {kernels.shape} and {pairs.shape}")
    people, pairs = pairs.shape[-1], np.broadcast_to(pairs, kernels.shape)
    draws = np.random.default_rng(seed).multinomial(people, np.full(people, 1 / people), rounds)
    counts = np.concatenate([np.ones((1, people)), draws])
    won, total = (((counts @ table) * counts).sum(-1).T for table in (kernels * pairs, pairs))
    areas = np.divide(won, total, out=np.full(total.shape, np.nan), where=total > 0)
    return areas[0], areas[1:]
