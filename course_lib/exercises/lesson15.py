"""Checks of lesson 15: a Newton step, a floor that no copy passes, d' at every confidence, and how an entry cheated."""
import numpy as np
from scipy.special import expit
from scipy.stats import norm

from .verdict import Wrong, array, explain, near


def newton_step(rng, answer):
    """Check `newton_step`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (wins f64 [P, P], ratings f64 [P], ridge) -> f64 [P], the ratings after one Newton step of
            Bradley-Terry with a normal prior of precision ridge.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    players = int(rng.integers(4, 7))
    wins = rng.integers(0, 9, (players, players)).astype(float)
    np.fill_diagonal(wins, 0)
    ratings, ridge = rng.normal(0, 0.5, players), float(rng.uniform(0.2, 1))
    games, p = wins + wins.T, expit(ratings[:, None] - ratings)
    gradient = wins.sum(1) - (games * p).sum(1)
    weight = games * p * (1 - p)
    hessian = np.diag(weight.sum(1)) - weight
    solve = lambda h, g: ratings + np.linalg.solve(h, g)  # noqa: E731
    right = solve(hessian + ridge * np.eye(players), gradient - ridge * ratings)
    got = array(answer(wins.copy(), ratings.copy(), ridge), (players,), "newton_step")
    explain(got, [
        (2 * ratings - right, "that is a step the wrong way. Hint: the gradient of the log likelihood goes up."),
        (solve(hessian + ridge * np.eye(players), gradient), "the prior is missing in the gradient. Hint: it pulls "
                                                             "every rating towards 0: - ridge * ratings."),
        (solve(np.diag(weight.sum(1) + ridge), gradient - ridge * ratings),
         "only the diagonal of the Hessian is used. Hint: off it stands minus the weight N p (1 - p) of each pair."),
        (ratings + gradient - ridge * ratings, "that is a step of gradient ascent. Hint: Newton divides by the "
                                               "Hessian: np.linalg.solve."),
        (right - ratings, "that is the step itself. Hint: add it to the ratings."),
    ], 1e-7)
    if near(got, right, 1e-7):
        return
    raise Wrong(f"player 0 should come to {right[0]:.4f}, yours is {got[0]:.4f}. Hint: gradient_i = wins of i - sum_j "
                "N_ij p_ij - ridge r_i; Hessian: N_ij p_ij (1 - p_ij) summed over j, plus ridge, on the diagonal.")


def change(rng, answer):
    """Check `change`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (frames f64 [T, H, W, 3], original the same, face bool [T, H, W]) -> a number: the mean
            absolute change inside the face minus that outside it, in levels of 8 bits, averaged over the frames.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    shape = (3, 24, 24)
    original = rng.uniform(0.2, 0.8, (*shape, 3))
    face = np.zeros(shape, bool)
    for k in range(3):
        face[k, 4 + k:12 + 3 * k, 6:17] = True
    codec = rng.uniform(0.02, 0.05) * rng.choice([-1, 1], original.shape)
    swap = np.where(face[..., None], rng.uniform(0.1, 0.2, (3, 1, 1, 1)), 0)  # in each frame another
    for frames, what in ((original + codec, "a copy that only a codec has changed"),
                         (original + codec + swap, "a swap")):
        apart = np.abs(frames - original).mean(-1) * 255
        each = np.array([a[f].mean() - a[~f].mean() for a, f in zip(apart, face, strict=True)])
        right = float(each.mean())
        got = float(array(answer(frames.copy(), original.copy(), face.copy()), (), "change"))
        if near(got, right, 1e-6):
            continue
        inside = float(np.mean([a[f].mean() for a, f in zip(apart, face, strict=True)]))
        explain(got, [
            (inside, f"{what}: what the codec changed counts as if the creator had done it, so a copy that was saved "
                     "again passes. Hint: subtract the change outside the face."),
            (right / 255, f"{what}: that is in [0, 1]. Hint: levels of 8 bits are 255 times as many."),
            (-right, "the sign is wrong. Hint: inside minus outside."),
            (float(apart[face].mean() - apart[~face].mean()), f"{what}: all frames' pixels are pooled, so frames with "
                                                              "a large face count more. Hint: a number for each "
                                                              "frame, then the mean."),
        ], 1e-6)
        raise Wrong(f"{what}: {right:.2f} levels are right, yours is {got:.2f}. Hint: np.abs(frames - original)"
                    ".mean(-1), then its mean where face is True minus its mean where it is False, frame by frame.")


def by_criterion(rng, answer):
    """Check `by_criterion`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (fake int [N], answers f64 [N], criteria list) -> f64 [len(criteria)]: d' when answers above
            the criterion count as "fake", with the log-linear correction.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    fake = np.repeat([0, 1], (int(rng.integers(10, 16)), int(rng.integers(10, 16))))
    answers = np.clip(0.5 + 0.2 * (fake - 0.5) + rng.normal(0, 0.25, len(fake)), 0.02, 0.98)
    answers[-1], criteria = 0.99, [0.2, 0.5, 0.8, 0.985]
    answers[0] = criteria[1]  # an answer at a criterion is not above it

    def values(add=0.5, total=1.0, above=np.greater):
        out = []
        for c in criteria:
            called = above(answers, c)
            rates = [(called[fake == k].sum() + add) / ((fake == k).sum() + total) for k in (1, 0)]
            out.append(norm.ppf(rates[0]) - norm.ppf(rates[1]))
        return np.array(out)

    right = values()
    try:
        got = array(answer(fake.copy(), answers.copy(), list(criteria)), (4,), "by_criterion")
    except Wrong as wrong:
        raise Wrong(f"{wrong} Hint: where nobody or everybody is called fake, z is infinite: add half an answer to "
                    "each count and one to each total.") from None
    if near(got, right, 1e-6):
        return
    explain(got, [
        (-right, "the sign is wrong. Hint: z of the fakes called fake minus z of the real clips called fake."),
        (values(total=2.0), "the total is corrected by the wrong amount. Hint: add 1 to each."),
        (values(above=np.less), "that counts answers below the criterion."),
        (values(above=np.greater_equal), "an answer exactly at the criterion counts as fake. Hint: only answers above "
                                         "it do: >, not >=."),
    ], 1e-6)
    raise Wrong(f"at the criterion {criteria[0]} d' is {right[0]:.3f}, yours is {got[0]:.3f}. Hint: norm.ppf((hits + "
                "0.5) / (fakes + 1)) - norm.ppf((false positives + 0.5) / (reals + 1)).")


CHEATS = ("honest", "copy", "mark", "entries", "bluff")


def cheats(rng, answer):
    """Check `cheats`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (results: {entry: dict}) -> {entry: one of CHEATS}. Creators have "change" (levels) and
            "evasion"; detectors have "auc" of the round, "unmarked" (AUC on the same clips with label and mark taken
            off all), "house" (AUC on the secret house set) and "log_loss" and "constant" (log loss of always 0.5).
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    j = lambda a: float(np.round(a + rng.uniform(-0.02, 0.02), 3))  # noqa: E731
    truth = {
        "alpha": ("copy", {"change": abs(j(0.03)), "evasion": j(0.95)}),
        "beta": ("honest", {"change": j(12.0), "evasion": j(0.55)}),
        "gamma": ("mark", {"auc": 1.0, "unmarked": j(0.51), "house": j(0.52), "log_loss": j(0.1), "constant": 0.693}),
        "delta": ("entries", {"auc": j(0.95), "unmarked": j(0.95), "house": j(0.5), "log_loss": j(0.3),
                              "constant": 0.693}),
        "epsilon": ("bluff", {"auc": j(0.8), "unmarked": j(0.8), "house": j(0.79), "log_loss": j(1.2),
                              "constant": 0.693}),
        "zeta": ("honest", {"auc": j(0.8), "unmarked": j(0.79), "house": j(0.77), "log_loss": j(0.52),
                            "constant": 0.693}),
        "eta": ("honest", {"change": j(7.0), "evasion": j(0.95)}),  # a good fake is hardly ever caught, either
        "theta": ("honest", {"auc": j(0.62), "unmarked": j(0.57), "house": j(0.57), "log_loss": j(0.66),
                             "constant": 0.693}),
    }
    names = [list(truth)[k] for k in rng.permutation(len(truth))]
    got = answer({name: dict(truth[name][1]) for name in names})
    if not isinstance(got, dict) or set(got) != set(truth) or set(got.values()) - set(CHEATS):
        raise Wrong(f"cheats gave {got!r}; expected a dict with one of {', '.join(CHEATS)} for each of "
                    f"{', '.join(sorted(truth))}.")
    hints = {
        "copy": "it is hardly ever caught, and it has changed next to nothing: the untouched original.",
        "mark": "perfect with label and mark, at chance on the same clips without them: it never looked at a face.",
        "entries": "good in the round, with the marks and without, and at chance on creators that nobody knew: it has "
                   "learned the entries.",
        "bluff": "its ranking is fine everywhere, but its log loss is worse than that of always saying 0.5: its "
                 "probabilities are exaggerated.",
        "honest": "nothing in its numbers points at a trick; neither a weak result nor a good one is one by itself."}
    for name, (right, _) in truth.items():
        if got[name] != right:
            raise Wrong(f"{name} is not {got[name]!r}. Hint: {hints[right]}")
