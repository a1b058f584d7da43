"""Checks of lesson 16: a split with a gap, a mouth that follows, people who stay together, three claims on a swap."""
import numpy as np

from .verdict import Wrong, array

VERDICTS = ("follows", "does not follow", "contradicted")


def gap_reference(times, held_out, gap):
    """The last part of a video for testing, and training faces that end `gap` seconds before it.

    Args:
        times: f64 [N], seconds, in any order.
        held_out: fraction of the faces for testing.
        gap: seconds.
    Returns:
        (train, test), bool [N] each.
    """
    times = np.asarray(times, float)
    count = round(held_out * len(times))
    test = np.zeros(len(times), bool)
    test[np.argsort(times, kind="stable")[len(times) - count:]] = True
    return times <= times[test].min() - gap, test


def gap(rng, answer):
    """Check `gap`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (times f64 [N], held_out, gap) -> (train, test), bool [N] each.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    cases = [(int(rng.integers(2, 6)) * 10 + rest, fraction, dense) for rest, fraction, dense in (
        (7, 0.1, True), (1, 0.3, False), (6, 0.3, False), (int(rng.integers(10)), 0.2, False))]
    for count, fraction, dense in cases:  # rounded up, down, up; multiples of 1/4 are exact, so some lie at the gap
        seconds, moments = 1.5, np.arange(count) if dense else np.sort(rng.choice(2 * count, count, replace=False))
        times = rng.permutation(0.25 * moments)
        got = answer(times.copy(), fraction, seconds)
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            raise Wrong(f"gap gave {type(got).__name__}; two arrays of bool are wanted: train, test.")
        train, test = (array(x, (count,), name) > 0.5 for x, name in zip(got, ("train", "test"), strict=True))
        right_train, right_test = gap_reference(times, fraction, seconds)
        if (train & test).any():
            raise Wrong("some faces are for training and for testing at once.")
        if test.sum() != right_test.sum():
            raise Wrong(f"{test.sum()} faces are for testing; round({fraction} * {count}) = {right_test.sum()} are "
                        "wanted.")
        if not np.array_equal(test, right_test):
            late = np.zeros(count, bool)
            late[count - right_test.sum():] = True
            raise Wrong("the test faces are not the last in time. " + (
                "Hint: the rows come in any order, np.argsort(times) gives theirs." if np.array_equal(test, late) else
                "Hint: a random split puts a test face's neighbours into the training set."))
        if not np.array_equal(train, right_train):
            between = times[train].max(initial=-np.inf) > times[test].min() - seconds + 1e-9
            raise Wrong(f"a training face is closer than {seconds} s to the first test face. Hint: times <= "
                        "times[test].min() - gap." if between else
                        "training faces are missing. Hint: all at least `gap` before the first test face stay.")


def follows_reference(clip, swap, lost=True, lag=False):
    """How a swap's mouth follows the clip's: slope and correlation, with the usual mistakes as options.

    Args:
        clip, swap: f64 [T], openings, nan where no face is found.
        lost: whether frames without a face in either are left out.
        lag: whether the slope is that of the clip on the swap.
    Returns:
        (slope, correlation).
    """
    clip, swap = np.asarray(clip, float), np.asarray(swap, float)
    both = np.isfinite(clip) & np.isfinite(swap) if lost else slice(None)
    x, y = (np.nan_to_num(v[both] - np.nanmean(v[both])) for v in (clip, swap))
    x, y = (y, x) if lag else (x, y)
    return float((x * y).sum() / (x * x).sum()), float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))


def follows(rng, answer):
    """Check `follows`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (clip, swap: mouth openings f64 [T], nan where no face is found) -> (slope, correlation).
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    clip = 0.15 + 0.1 * np.sin(np.arange(50) * 0.7 + rng.uniform(0, 6)) + rng.normal(0, 0.01, 50)
    swap = 0.3 + rng.uniform(0.4, 0.8) * clip + rng.normal(0, 0.01, 50)
    clip[np.argsort(clip[:25])[-4:]] = np.nan  # the widest are lost, so each one's own mean is not that of the rest
    swap[25 + np.argsort(swap[25:])[-4:]] = np.nan
    try:
        slope, correlation = answer(clip.copy(), swap.copy())
    except TypeError:
        raise Wrong("follows should give two numbers: slope, correlation.") from None
    if not np.isfinite([slope, correlation]).all():
        raise Wrong("a result is nan. Hint: use the frames in which both the clip and the swap have a face.")
    got, right = np.array([slope, correlation], float), np.array(follows_reference(clip, swap))
    if np.allclose(got, right, atol=1e-6):
        return
    for options, message in (
            (dict(lag=True), "the slope is that of the clip on the swap. Hint: by how much does the swap's mouth open "
                             "when the clip's opens by 1?"),
            (dict(lost=False), "frames without a face count as frames of mean opening. Hint: leave them out.")):
        if np.allclose(got, follows_reference(clip, swap, **options), atol=1e-6):
            raise Wrong(message)
    through = np.nansum(clip * swap) / np.nansum(np.where(np.isfinite(swap), clip**2, np.nan))
    if abs(slope - through) < 0.02 < abs(through - right[0]):
        raise Wrong("the line goes through 0, but B's lips may be further apart when shut. Hint: subtract the means.")
    raise Wrong(f"slope {slope:.3f} and correlation {correlation:.3f}; {right[0]:.3f} and {right[1]:.3f} are right. "
                "Hint: the least-squares slope is cov(clip, swap) / var(clip).")


def groups_reference(pairs):
    """The people who must stay on one side so that no fake is lost: connected components.

    Args:
        pairs: list of (source, target).
    Returns:
        A set of frozensets of people.
    """
    groups = []
    for pair in pairs:
        joined = set(pair).union(*(g for g in groups if g & set(pair)))
        groups = [g for g in groups if not g & joined] + [joined]
    return {frozenset(g) for g in groups}


def together(rng, answer):
    """Check `together`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (pairs: list of (source, target)) -> list or set of groups of people.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    fixed = [[("a", "b"), ("b", "c"), ("d", "d")], [("a", "b"), ("c", "d"), ("b", "d"), ("e", "f"), ("f", "e")]]
    names = [f"id{k}" for k in range(12)]
    free = [[tuple(rng.choice(names, 2)) for _ in range(int(rng.integers(4, 10)))] for _ in range(6)]
    free.append([rng.permutation(names[k:k + 2]) for k in rng.permutation(9)])  # a chain of ten
    for pairs in fixed + [[(str(s), str(t)) for s, t in p] for p in free]:
        got = answer(list(pairs))
        try:
            named = [frozenset(g) for g in got]
        except TypeError:
            raise Wrong(f"together gave {type(got).__name__}; a list of groups (sets of people) is wanted.") from None
        groups = set(named)
        if len(named) > len(groups):
            raise Wrong(f"for {pairs} you give a group more than once. Hint: pass over people who are in a group "
                        "already.")
        right = groups_reference(pairs)
        if groups == right:
            continue
        people = {p for pair in pairs for p in pair}
        if set().union(*groups) != people:
            raise Wrong("somebody is missing, or was invented: every source and target belongs to one group, also "
                        "those who are only in a real video.")
        if sum(map(len, groups)) != len(people):
            raise Wrong(f"for {pairs} somebody is in two groups. Hint: two groups that a pair touches become one.")
        raise Wrong(f"for {pairs} you give {sorted(map(sorted, groups))}. Hint: a with b and b with c put a and c "
                    "together, although they never met.")


def claims_reference(facts):
    """What the facts say of three claims.

    Args:
        facts: dict with pose, closer_to, valid, purpose_a and purpose_b.
    Returns:
        Three of VERDICTS.
    """
    turns = "follows" if facts["pose"] <= 5 else "contradicted"
    shows = {"b": "follows", "a": "contradicted"}[facts["closer_to"]] if facts["valid"] else "does not follow"
    may = [facts["purpose_a"], facts["purpose_b"]]
    return turns, shows, "follows" if may == ["to be shown"] * 2 else "contradicted"


def claims(rng, answer):
    """Check `claims`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (facts dict) -> three of VERDICTS.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    sentences = ("the head turns as in the clip", "the swap looks more like B than like A",
                 "it may be shown to others")
    hints = ("Up to 5 degrees counts as the same pose, since the mesh itself errs by as much.",
             "Only an embedding that was tested on real people says anything, in either direction.",
             "Both people have to have agreed to this purpose.")
    purposes = ("to be shown", "course only", "")
    for number in rng.permutation(4 * 2 * 2 * 9):
        left, purpose = divmod(int(number), 9)
        facts = {"pose": (3.2, 4.9, 5.2, 9.0)[left % 4], "closer_to": "ab"[left // 4 % 2], "valid": bool(left // 8),
                 "purpose_a": purposes[purpose % 3], "purpose_b": purposes[purpose // 3]}
        got = answer(dict(facts))
        if not isinstance(got, (tuple, list)) or len(got) != 3 or not set(got) <= set(VERDICTS):
            raise Wrong(f"claims gave {got!r}; three of {', '.join(map(repr, VERDICTS))} are wanted.")
        for sentence, mine, right, hint in zip(sentences, got, claims_reference(facts), hints, strict=True):
            if mine != right:
                raise Wrong(f"facts {facts}: {sentence!r} {right!r}, you say {mine!r}. Hint: {hint}")
