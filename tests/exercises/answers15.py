"""Right and wrong answers to the exercises of lesson 15."""
import numpy as np
from scipy.special import expit
from scipy.stats import norm


def newton_step(wins, ratings, ridge, *, sign=1, prior=True, full=True, newton=True, add=True):
    games, p = wins + wins.T, expit(ratings[:, None] - ratings)
    gradient = wins.sum(1) - (games * p).sum(1) - prior * ridge * ratings
    weight = games * p * (1 - p)
    hessian = np.diag(weight.sum(1) + ridge) - (weight if full else 0)
    step = np.linalg.solve(hessian, gradient) if newton else gradient
    return add * ratings + sign * step


def change(frames, original, face, *, outside=1.0, masked=True, levels=255, each=True):
    apart = np.abs(frames - original).mean(-1) * levels
    if not masked:
        return apart.mean()
    if not each:
        return apart[face].mean() - apart[~face].mean()
    return np.mean([a[f].mean() - outside * a[~f].mean() for a, f in zip(apart, face)])


def by_criterion(fake, answers, criteria, add=0.5, total=1.0, sign=1, above=np.greater):
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = [[(above(answers, c)[fake == k].sum() + add) / ((fake == k).sum() + total) for k in (1, 0)]
                 for c in criteria]
        return sign * np.array([norm.ppf(h) - norm.ppf(f) for h, f in rates])


def cheats(results, *, copy=1.0, mark=True, house=True, bluff=True):
    out = {}
    for name, r in results.items():
        if "change" in r:
            out[name] = "copy" if r["change"] < copy else "honest"
        elif mark and r["unmarked"] < r["auc"] - 0.2:
            out[name] = "mark"
        elif house and r["house"] < r["auc"] - 0.2:
            out[name] = "entries"
        else:
            out[name] = "bluff" if bluff and r["log_loss"] > r["constant"] else "honest"
    return out


RIGHT = {
    "15.newton_step": [newton_step],
    "15.change": [change],
    "15.by_criterion": [by_criterion],
    "15.cheats": [cheats],
}
WRONG = [
    ("15.newton_step", lambda w, r, k: newton_step(w, r, k, sign=-1), "wrong way"),
    ("15.newton_step", lambda w, r, k: newton_step(w, r, k, prior=False), "prior is missing"),
    ("15.newton_step", lambda w, r, k: newton_step(w, r, k, full=False), "diagonal"),
    ("15.newton_step", lambda w, r, k: newton_step(w, r, k, newton=False), "gradient ascent"),
    ("15.newton_step", lambda w, r, k: newton_step(w, r, k, add=False), "the step itself"),
    ("15.newton_step", lambda w, r, k: r, "should come to"),
    ("15.change", lambda f, o, m: change(f, o, m, outside=0), "saved again"),
    ("15.change", lambda f, o, m: change(f, o, m, each=False), "pooled"),
    ("15.change", lambda f, o, m: 1.0, "levels are right"),
    ("15.by_criterion", lambda f, a, c: by_criterion(f, a, c, 0.0, 0.0), "finite"),
    ("15.by_criterion", lambda f, a, c: by_criterion(f, a, c, sign=-1), "sign is wrong"),
    ("15.by_criterion", lambda f, a, c: by_criterion(f, a, c, total=2.0), "wrong amount"),
    ("15.by_criterion", lambda f, a, c: by_criterion(f, a, c, above=np.greater_equal), "exactly at the criterion"),
    ("15.by_criterion", lambda f, a, c: by_criterion(f, a, c, above=np.less), "below the criterion"),
    ("15.by_criterion", lambda f, a, c: np.ones(4), "norm.ppf"),
    ("15.cheats", lambda r: cheats(r, copy=0.0), "untouched original"),
    ("15.cheats", lambda r: cheats(r, mark=False), "never looked at a face"),
    ("15.cheats", lambda r: cheats(r, house=False), "learned the entries"),
    ("15.cheats", lambda r: cheats(r, bluff=False), "exaggerated"),
    ("15.cheats", lambda r: {k: v if v != "honest" else "bluff" for k, v in cheats(r).items()},
     "nothing in its numbers"),
    ("15.cheats", lambda r: cheats(r) | {k: "copy" for k, v in r.items() if v.get("evasion", 0) > 0.8},
     "nothing in its numbers"),
    ("15.cheats", lambda r: cheats(r, mark=False, house=False) | {
        k: "mark" if v["unmarked"] < 0.6 else "entries" for k, v in r.items() if v.get("house", 1) < 0.6},
     "nothing in its numbers"),
    ("15.cheats", lambda r: None, "expected a dict"),
]
