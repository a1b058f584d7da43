"""Right and wrong answers to the exercises that interpret or design, of lessons 01 to 04, 06, 09 and 10."""
import cv2
import numpy as np


def fresh(hashes, limit, reach=None, share=0.3):
    """Groups of twins and their twins, given to the test set until it holds a share."""
    apart = (hashes[:, None] != hashes[None]).sum(-1)
    group = np.arange(len(hashes))
    for _ in range(len(hashes) if reach is None else reach):
        group = np.array([group[near].min() for near in apart <= limit])
    test = np.zeros(len(hashes), bool)
    for name in np.random.default_rng(0).permutation(np.unique(group)):
        if test.mean() < share and (test | (group == name)).mean() <= 0.5:
            test |= group == name
    return test


def leaking(codes, exchange, level=None, shuffle=False, above=False):
    found = []
    for name, (a, b) in codes.items():
        measured = ((a - b).mean(0) ** 2).sum()
        if shuffle:
            both, rng = np.concatenate([a, b]), np.random.default_rng(0)
            mixed = [rng.permutation(both) for _ in exchange]
            drawn = [((x[:len(a)] - x[len(a):]).mean(0) ** 2).sum() for x in mixed]
        else:
            drawn = [((np.where(row, -1, 1)[:, None] * (a - b)).mean(0) ** 2).sum() for row in exchange]
        reached = np.sum(np.array(drawn) >= measured)
        p = (1 + (len(exchange) - reached if above else reached)) / (len(exchange) + 1)
        if p <= (0.05 / len(codes) if level is None else level):
            found.append(name)
    return sorted(found)


def fault(frames, truth, mask):
    off = frames - truth
    level = off[:, mask].mean(1)
    small = mask.astype(np.uint8)
    inner = cv2.erode(small, np.ones((7, 7))) > 0
    edge = (cv2.dilate(small, np.ones((5, 5))) > 0) & ~(cv2.erode(small, np.ones((5, 5))) > 0)
    if level.std() > 0.03:
        return "flicker"
    if abs(off[:, edge]).mean() > 3 * abs(off[:, inner]).mean():
        return "seam"
    return "tone" if abs(level.mean()) > 0.04 else "blur"


def diagnose(real, fake, modes):
    gap = (real - fake)[len(real) // 2:]
    if gap.min() > 4:
        return "strong discriminator"
    if gap.min() < -1 and gap.max() > 1:
        return "oscillation"
    return "collapse" if modes[-10:].max() < 4 else "healthy"


def purest(before, after, wanted, std, least=0.5, unit=True, relative=True):
    change = (after - before).mean(1) / (std if unit else 1)
    rise = change[:, wanted] if unit else change[:, wanted] / std[wanted]
    others = np.delete(change, wanted, 1)
    leak = np.sqrt((others**2).mean(1)) / (change[:, wanted] if relative else 1)
    return int(np.argmin(np.where(rise >= least, leak, np.inf)))


def front(d, p, both=np.less_equal, one=np.logical_or):
    return [i for i in range(len(d)) if not any(both(d[j], d[i]) and both(p[j], p[i]) and one(d[j] < d[i], p[j] < p[i])
                                                for j in range(len(d)) if j != i)]


def cheapest(fake, score, prevalence, miss, wrong_call, end=True, swap=False):
    options = [*np.unique(score), *([np.inf] if end else [])]
    missed = np.array([np.mean(score[fake == 1] < t) for t in options])
    called = np.array([np.mean(score[fake == 0] >= t) for t in options])
    missed, called = (called, missed) if swap else (missed, called)
    cost = prevalence * missed * miss + (1 - prevalence) * called * wrong_call
    return options[int(cost.argmin())], cost.min()


RIGHT = {
    "01.fresh_test": [fresh, lambda h, n: fresh(h, n, share=0.22)],
    "02.leaking": [leaking],
    "03.fault": [fault],
    "04.diagnose": [diagnose],
    "06.purest": [purest],
    "09.undominated": [front, lambda d, p: np.array(front(d, p))],
    "10.cheapest": [cheapest],
}
WRONG = [
    ("01.fresh_test", lambda h, n: np.arange(len(h)) % 3 == 0, "twin of a twin"),
    ("01.fresh_test", lambda h, n: fresh(h, n, reach=1), "twin of a twin"),
    ("01.fresh_test", lambda h, n: np.ones(len(h), bool), "20 to 50"),
    ("01.fresh_test", lambda h, n: np.flatnonzero(fresh(h, n)), "shape"),
    ("02.leaking", lambda c, e: leaking(c, e, level=0.05), "0.05 / 4"),
    ("02.leaking", lambda c, e: leaking(c, e, shuffle=True), "within"),
    ("02.leaking", lambda c, e: sorted(c), "all four"),
    ("02.leaking", lambda c, e: leaking(c, e, above=True), "expected"),
    ("02.leaking", lambda c, e: 0.01, "list of names"),
    ("03.fault", lambda *a: "tone", "was called 'tone'"),
    ("03.fault", lambda f, t, m: "blur" if fault(f, t, m) == "flicker" else fault(f, t, m), "up and down"),
    ("03.fault", lambda *a: 1, "return one of"),
    ("04.diagnose", lambda *a: "healthy", "was called 'healthy'"),
    ("04.diagnose", lambda r, f, m: diagnose(r, f, m + 8), "few modes"),
    ("04.diagnose", lambda *a: None, "return one of"),
    ("06.purest", lambda *a: purest(*a, least=0), "next to nothing"),
    ("06.purest", lambda *a: purest(*a, unit=False), "standard deviation"),
    ("06.purest", lambda b, a, w, s: int(((a - b).mean(1)[:, w]).argmax()), "smallest wins"),
    ("06.purest", lambda *a: 9, "no index"),
    ("09.undominated", lambda d, p: front(d, p, both=np.less), "dominated, too"),
    ("09.undominated", lambda d, p: front(d, p, one=lambda a, b: True), "same two numbers"),
    ("09.undominated", lambda d, p: [int(np.argmin(d + p + 1e-6 * d))], "one of them|beaten"),
    ("09.undominated", lambda d, p: front(d, p)[::-1], "sorted"),
    ("09.undominated", lambda d, p: list(range(len(d))), "beaten|dominated"),
    ("09.undominated", lambda d, p: front(d, p)[1:], "missing|one of them"),
    ("10.cheapest", lambda f, s, *c: cheapest(f, s, 0.5, *c[1:]), "prevalence is not used"),
    ("10.cheapest", lambda f, s, p, a, b: cheapest(f, s, p, b, a), "costs are exchanged"),
    ("10.cheapest", lambda *a: cheapest(*a, swap=True), "rates are exchanged"),
    ("10.cheapest", lambda *a: cheapest(*a, end=False), "no face fake"),
    ("10.cheapest", lambda *a: (cheapest(*a)[0], 7.0), "threshold is right"),
    ("10.cheapest", lambda *a: cheapest(*a)[0], "threshold, cost"),
    ("10.cheapest", lambda f, s, *c: (float(s.max()), 0.0), "try every score"),
]
