"""Right and wrong answers to the exercises of lesson 16."""
import numpy as np

from course_lib.exercises.lesson16 import claims_reference, follows_reference, gap_reference, groups_reference


def by_rows(times, held_out, gap):
    count, test = round(held_out * len(times)), np.zeros(len(times), bool)
    test[len(times) - count:] = True
    return ~test, test


def at_random(times, held_out, gap):
    test = np.random.default_rng(0).permutation(len(times)) < round(held_out * len(times))
    return ~test, test


def no_gap(times, held_out, gap):
    _, test = gap_reference(times, held_out, gap)
    return ~test, test


def everything(times, held_out, gap):
    train, test = gap_reference(times, held_out, gap)
    return np.ones(len(times), bool), test


def too_few(times, held_out, gap):
    train, test = gap_reference(times, held_out, 2 * gap)
    return train, test


def by_seconds(times, held_out, gap):
    """The right answer by another road: distances from the first test face, in the order of time."""
    order = np.argsort(times)
    train, test = np.zeros(len(times), bool), np.zeros(len(times), bool)
    first = len(times) - round(held_out * len(times))
    test[order[first:]] = True
    train[[k for k in order[:first] if times[order[first]] - times[k] >= gap]] = True
    return train, test


def counted(times, held_out, count):
    test = np.zeros(len(times), bool)
    test[np.argsort(times)[len(times) - int(count(held_out * len(times))):]] = True
    return times <= times[test].min() - 1.5, test


def by_place(times, held_out, gap):
    """As many faces left out as lie within the gap on average."""
    _, test = gap_reference(times, held_out, gap)
    order, step = np.argsort(times), np.diff(np.sort(times)).mean()
    train = ~test
    train[order[max(0, (~test).sum() - round(gap / step)):]] = False
    return train, test


def fit(clip, swap):
    both = np.isfinite(clip + swap)
    return np.polyfit(clip[both], swap[both], 1)[0], np.corrcoef(clip[both], swap[both])[0, 1]


def through_zero(clip, swap):
    both = np.isfinite(clip + swap)
    x, y = clip[both], swap[both]
    return (x @ y) / (x @ x), np.corrcoef(x, y)[0, 1]


def own_means(clip, swap):
    both = np.isfinite(clip + swap)
    x, y = (v[both] - np.nanmean(v) for v in (clip, swap))
    return (x @ y) / (x @ x), (x @ y) / np.sqrt((x @ x) * (y @ y))


def search(pairs):
    neighbours = {}
    for s, t in pairs:
        neighbours.setdefault(s, set()).add(t)
        neighbours.setdefault(t, set()).add(s)
    groups, seen = [], set()
    for person in neighbours:
        if person not in seen:
            group, todo = set(), [person]
            while todo:
                p = todo.pop()
                if p not in group:
                    group.add(p)
                    todo += neighbours[p]
            seen |= group
            groups.append(sorted(group))
    return groups


def repeated(pairs):
    groups = search(pairs)
    return [next(g for g in groups if p in g) for pair in pairs for p in pair]


def two_steps(pairs):
    """Everybody with their neighbours' neighbours."""
    near = {p: {p} for pair in pairs for p in pair}
    for s, t in pairs:
        near[s].add(t)
        near[t].add(s)
    for _ in range(2):
        near = {p: set().union(*(near[q] for q in group)) for p, group in near.items()}
    return {frozenset(g) for g in near.values()}


def said(**change):
    return lambda facts: tuple(change.get(f"c{k}", verdict) for k, verdict in enumerate(claims_reference(facts)))


RIGHT = {
    "16.gap": [gap_reference, by_seconds],
    "16.follows": [follows_reference, fit],
    "16.together": [groups_reference, search],
    "16.claims": [claims_reference, lambda facts: list(claims_reference(facts))],
}
WRONG = [
    ("16.gap", by_rows, "np.argsort"),
    ("16.gap", at_random, "random split"),
    ("16.gap", no_gap, "closer than"),
    ("16.gap", everything, "at once"),
    ("16.gap", too_few, "are missing"),
    ("16.gap", lambda *a: gap_reference(*a)[1], "two arrays"),
    ("16.gap", lambda times, held_out, gap: gap_reference(times, 0.5, gap), "are wanted"),
    ("16.gap", lambda times, held_out, gap: counted(times, held_out, np.floor), "are wanted"),
    ("16.gap", lambda times, held_out, gap: counted(times, held_out, np.ceil), "are wanted"),
    ("16.gap", lambda *a: (a[0] < a[0][gap_reference(*a)[1]].min() - a[2], gap_reference(*a)[1]), "are missing"),
    ("16.gap", by_place, "closer than|are missing"),
    ("16.follows", lambda clip, swap: follows_reference(clip, swap, lag=True), "clip on the swap"),
    ("16.follows", lambda clip, swap: follows_reference(clip, swap, lost=False), "leave them out"),
    ("16.follows", lambda clip, swap: (np.nan, np.nan), "is nan"),
    ("16.follows", through_zero, "subtract the means"),
    ("16.follows", own_means, "cov"),
    ("16.follows", lambda clip, swap: 1.0, "two numbers"),
    ("16.follows", lambda clip, swap: (0.0, 0.0), "cov"),
    ("16.together", lambda pairs: [set(p) for p in pairs], "two groups"),
    ("16.together", lambda pairs: [{p} for p in {p for pair in pairs for p in pair}], "never met"),
    ("16.together", repeated, "more than once"),
    ("16.together", two_steps, "two groups"),
    ("16.together", lambda pairs: [], "missing"),
    ("16.together", lambda pairs: 3, "a list of groups"),
    ("16.claims", said(c0="follows"), "5 degrees"),
    ("16.claims", lambda facts: ("follows" if facts["pose"] < 8 else "contradicted", *claims_reference(facts)[1:]),
     "5 degrees"),
    ("16.claims", said(c1="follows"), "tested on real people"),
    ("16.claims", said(c2="follows"), "Both people"),
    ("16.claims", lambda facts: "yes", "three of"),
]
