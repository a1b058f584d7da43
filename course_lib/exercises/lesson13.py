"""Checks of lesson 13: FGSM on bytes, EOT over shifts, NES with half the queries, a conformal threshold, masking."""
import numpy as np

from .verdict import Wrong, array, explain, names, near


def fgsm_bytes(rng, answer):
    """Check `fgsm_bytes`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (images uint8 [N, H, W, 3], gradient f32 [N, H, W, 3], fake int [N], levels int [N]) -> uint8
            [N, H, W, 3]: one step of FGSM, each image by its own number of levels of 255.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    images = rng.integers(0, 256, (6, 4, 5, 3), dtype=np.uint8)
    images[:, 0, 0], images[:, 0, 1] = 0, 255
    gradient = rng.normal(0, 1, images.shape).astype(np.float32)
    gradient[:, 1, 1] = 0
    fake, levels = np.array([0, 1, 0, 1, 1, 0]), rng.integers(1, 9, 6)
    towards = np.sign(gradient) * (1 - 2 * fake).reshape(-1, 1, 1, 1)
    step = (levels.reshape(-1, 1, 1, 1) * towards).astype(int)
    right = np.clip(images + step, 0, 255)
    got = answer(images.copy(), gradient.copy(), fake.copy(), levels.copy())
    if not isinstance(got, np.ndarray) or got.shape != images.shape:
        raise Wrong(f"fgsm_bytes gave {getattr(got, 'shape', type(got).__name__)}; {images.shape} is wanted.")
    if got.dtype != np.uint8:
        raise Wrong(f"the images are {got.dtype}; uint8 is wanted, as in a file. Hint: .astype(np.uint8) last.")
    got = got.astype(int)
    if near(got, right, 0):
        return
    explain(got, [
        ((images + step) % 256, "values wrap: 250 + 8 became 2. Hint: add in a signed type (.astype(int)), clip to 0 "
                                "and 255, and only then go back to uint8."),
        (np.clip(images - step, 0, 255), "every image became surer of the truth. Hint: a fake's logit has to fall, a "
                                         "real image's has to rise."),
        (np.clip(images + levels.reshape(-1, 1, 1, 1) * np.sign(gradient).astype(int), 0, 255),
         "real and fake images are moved the same way. Hint: the factor 1 - 2 * fake."),
        (np.clip(images + levels[0] * towards.astype(int), 0, 255),
         "all images are moved by the same number of levels. Hint: levels.reshape(-1, 1, 1, 1)."),
    ], 0)
    moved = np.abs(got[0] - images[0].astype(int)).max()
    raise Wrong(f"an image with {levels[0]} levels moves by up to {moved}. Hint: "
                "levels * (1 - 2 * fake) * sign(gradient); where the gradient is 0, nothing moves.")


def eot_shifts(rng, answer):
    """Check `eot_shifts`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (gradient, image f64 [H, W], shifts: list of int) -> f64 [H, W], the gradient of the mean score
            over images rolled to the right by each shift.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    weights, image = rng.normal(0, 1, (6, 9)), rng.normal(0, 1, (6, 9))
    shifts = [int(s) for s in rng.choice([-3, -2, -1, 1, 2, 4], 4, replace=False)]
    gradient = lambda x: 3 * weights * x**2  # noqa: E731, of the score sum w x^3

    def mean(back, at=1):
        return np.mean([np.roll(gradient(np.roll(image, at * s, 1)), back * s, 1) for s in shifts], 0)

    right = mean(-1)
    got = array(answer(gradient, image.copy(), list(shifts)), image.shape, "eot_shifts")
    if near(got, right, 1e-9):
        return
    explain(got, [
        (mean(0), "the gradients lie where the shifted images lie. Hint: the chain rule sends each one back by its own "
                  "shift: np.roll(g, -shift, axis=1)."),
        (mean(1), "the gradients are shifted once more in the same direction. Hint: back, by -shift."),
        (gradient(image), "that is the gradient at the image itself. Hint: the detector sees the shifted images."),
        (right * len(shifts), "that is the sum over the shifts; the mean is wanted."),
        (gradient(np.mean([np.roll(image, s, 1) for s in shifts], 0)),
         "that is the gradient at the mean image. Hint: the mean of the gradients is not the gradient at the mean."),
    ], 1e-9)
    raise Wrong(f"pixel (0, 0) should be {right[0, 0]:.4f}, yours is {got[0, 0]:.4f}. Hint: for each shift: roll the "
                "image, take the gradient there, roll it back; then average.")


def nes_half(rng, answer):
    """Check `nes_half`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (score, image f64 [H, W], probes f64 [n, H, W], sigma) -> f64 [H, W], the estimate from one
            score at the image and one at each probe.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    weights, image = rng.normal(0, 1, (4, 4)), rng.normal(0, 1, (4, 4))
    probes, sigma, asked = rng.normal(0, 1, (12, 4, 4)), 0.05, []

    def score(x):
        x = np.asarray(x, np.float64)
        if x.shape != (4, 4):
            raise Wrong(f"score was asked for an array {list(x.shape)}; it takes one image [4, 4] at a time.")
        asked.append(x)
        return float((weights * x**2).sum())

    quiet = lambda x: float((weights * x**2).sum())  # noqa: E731
    above = np.array([quiet(image + sigma * u) for u in probes])
    below = np.array([quiet(image - sigma * u) for u in probes])
    mean = lambda values: (values[:, None, None] * probes).mean(0)  # noqa: E731
    right, both = mean(above - quiet(image)) / sigma, mean(above - below) / (2 * sigma)
    got = array(answer(score, image.copy(), probes.copy(), sigma), (4, 4), "nes_half")
    if near(got, right, 1e-8):
        if len(asked) > len(probes) + 1:
            raise Wrong(f"the estimate is right, but the score was asked {len(asked)} times; {len(probes) + 1} are "
                        "enough. Hint: ask for the score at the image once, before the loop.")
        return
    explain(got, [
        (both, "these are differences in both directions: twice the queries. Hint: score(x + sigma u) - score(x)."),
        (right * sigma, "the estimate is sigma times too small. Hint: a difference becomes a slope when divided by "
                        "the step."),
        (right / 2, "it is half of what it should be. Hint: the 2 belongs to differences in both directions."),
        (right * len(probes), "that is the sum over the probes; the mean is wanted."),
        (mean(above) / sigma, "the score at the image is not subtracted. The mean is right, but its noise is enormous. "
                              "Hint: score(x + sigma u) - score(x)."),
    ], 1e-8)
    raise Wrong(f"entry (0, 0) should be {right[0, 0]:.4f}, yours is {got[0, 0]:.4f}. Hint: the mean over the probes u "
                "of (score(x + sigma u) - score(x)) u / sigma.")


def person_threshold(rng, answer):
    """Check `person_threshold`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (misfit f64 [N], person int [N], alpha) -> float, the conformal threshold that covers all
            frames of a new person with probability 1 - alpha; inf where there are too few people.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for people, alpha in ((24, 0.1), (9, 0.1), (39, 0.05), (8, 0.1)):
        counts = rng.integers(2, 7, people)
        person = np.repeat(rng.choice(900, people, replace=False), counts)
        misfit = rng.random(len(person))
        order = rng.permutation(len(person))
        person, misfit = person[order], misfit[order]
        worst = np.sort([misfit[person == p].max() for p in np.unique(person)])
        rank = int(np.ceil((people + 1) * (1 - alpha) - 1e-9))
        right = worst[rank - 1] if rank <= people else np.inf
        got = answer(misfit.copy(), person.copy(), alpha)
        try:
            got = float(got)
        except (TypeError, ValueError):
            raise Wrong(f"person_threshold gave {type(got).__name__}; one number is wanted.") from None
        if got == right or abs(got - right) < 1e-12:
            continue
        if np.isinf(right):
            raise Wrong(f"{people} people are too few for alpha {alpha}: the rank {rank} is larger than their number, "
                        "and only an infinite threshold keeps the promise. Hint: return np.inf.")
        frames = np.sort(misfit)
        means = np.sort([misfit[person == p].mean() for p in np.unique(person)])
        plain = int(np.ceil((len(misfit) + 1) * (1 - alpha) - 1e-9))
        explain(got, [
            (frames[min(plain, len(frames)) - 1], "each frame was counted by itself: frames of one person are not "
                                                  "exchangeable with those of another. Hint: one number a person."),
            (means[rank - 1], "the mean of a person's frames covers about half of them. Hint: their maximum."),
            (np.quantile(worst, 1 - alpha), "that is np.quantile, which interpolates and forgets the new person. Hint: "
                                            "the ceil((n + 1)(1 - alpha))-th smallest."),
            (worst[max(rank - 2, 0)], "that is the rank below. Hint: n + 1, not n; and the k-th smallest is at k - 1."),
        ], 1e-12)
        raise Wrong(f"with {people} people and alpha {alpha} the threshold is {right:.4f}, yours is {got:.4f}. Hint: "
                    "sort the largest misfit of each person, take the ceil((n + 1)(1 - alpha))-th.")


def masked(rng, answer):
    """Check `masked`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (results: dict of a defence's name -> dict of attack -> accuracy) -> sorted list of the
            defences whose evaluation shows the signs of a masked gradient.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for _ in range(4):
        results, defences = {}, ("bits", "median", "noise layer", "retrained", "detector")
        order = rng.permutation(["none", "close", "pgd", "black box", "unbounded"]).tolist()
        signs = dict(zip(defences, order, strict=True))
        for name, sign in signs.items():
            clean = rng.uniform(0.88, 0.97)
            fgsm = rng.uniform(0.45, 0.6)
            row = {"clean": clean, "fgsm": fgsm, "pgd": fgsm - rng.uniform(0.12, 0.25), "black box": fgsm - 0.02,
                   "unbounded": rng.uniform(0.0, 0.04)}
            if sign == "close":  # all three differences as small as chance makes them
                row["pgd"] = fgsm + rng.uniform(0.01, 0.04)
                row["black box"] = row["pgd"] - rng.uniform(0.01, 0.04)
                row["unbounded"] = rng.uniform(0.05, 0.09)
            elif sign == "pgd":
                row["pgd"] = row["fgsm"] + rng.uniform(0.1, 0.2)
                row["black box"] = row["pgd"] + 0.01
            elif sign == "black box":
                row["black box"] = row["pgd"] - rng.uniform(0.1, 0.2)
            elif sign == "unbounded":
                row["unbounded"] = rng.uniform(0.3, 0.6)
            results[name] = {k: float(v) for k, v in row.items()}
        right = sorted(name for name, sign in signs.items() if sign not in ("none", "close"))
        got = names(answer({name: dict(row) for name, row in results.items()}), right, "masked")
        if got == right:
            continue
        for name in sorted(set(right) - set(got)):
            row, why = results[name], {
                "pgd": "many small steps leave more than one large step does, and they could have taken that step",
                "black box": "an attack without any gradient does better than the one that has it",
                "unbounded": "with no limit on the change the attack still fails, though it could paint any picture"}
            raise Wrong(f"{name} is missing: {why[signs[name]]} ({_accuracies(row)}).")
        if extra := [name for name in got if name in results and name not in right]:
            raise Wrong(f"{extra[0]} shows no sign of masking ({_accuracies(results[extra[0]])}). Hint: a defence may "
                        "simply be strong, or weak; compare attacks with each other (by more than 0.05, without a "
                        "limit more than 0.1), not with the clean accuracy.")
        raise Wrong(f"masked gave {got!r}; every name once is wanted, of {', '.join(defences)}.")


def _accuracies(row):
    return ", ".join(f"{name} {row[name]:.2f}" for name in ("fgsm", "pgd", "black box", "unbounded"))
