"""Right and wrong answers to the exercises of lesson 13."""
import numpy as np


def fgsm_bytes(images, gradient, fake, levels, *, wrap=False, sign=1, direction=True, same=False):
    levels = np.full_like(levels, levels[0]) if same else levels
    step = (levels * ((1 - 2 * fake) if direction else 1)).reshape(-1, 1, 1, 1) * np.sign(gradient).astype(int) * sign
    moved = images.astype(int) + step
    return (moved % 256 if wrap else np.clip(moved, 0, 255)).astype(np.uint8)


def eot_shifts(gradient, image, shifts, *, back=-1, total=False):
    each = [np.roll(gradient(np.roll(image, s, 1)), back * s, 1) for s in shifts]
    return np.sum(each, 0) if total else np.mean(each, 0)


def nes_half(score, image, probes, sigma, *, middle=True, scale=1.0, twice=False, again=False):
    base = 0.0 if not middle else score(image)
    out = []
    for u in probes:
        low = score(image - sigma * u) if twice else score(image) if again else base
        out.append((score(image + sigma * u) - low) * u / (2 * sigma if twice else sigma))
    return scale * np.mean(out, 0)


def person_threshold(misfit, person, alpha, *, worst=np.max, cap=False, quantile=False, by_frame=False):
    values = np.sort(misfit if by_frame else [worst(misfit[person == p]) for p in np.unique(person)])
    if quantile:
        return np.quantile(values, 1 - alpha)
    rank = int(np.ceil((len(values) + 1) * (1 - alpha) - 1e-9))
    if rank > len(values) and not cap:
        return np.inf
    return values[min(rank, len(values)) - 1]


def masked(results, signs=("pgd", "black box", "unbounded"), margin=0.05, limit=0.1):
    tests = {"pgd": lambda r: r["pgd"] > r["fgsm"] + margin, "black box": lambda r: r["black box"] < r["pgd"] - margin,
             "unbounded": lambda r: r["unbounded"] > limit}
    return sorted(name for name, row in results.items() if any(tests[sign](row) for sign in signs))


RIGHT = {
    "13.fgsm_bytes": [fgsm_bytes],
    "13.eot_shifts": [eot_shifts, lambda g, x, s: eot_shifts(g, x, s).tolist()],
    "13.nes_half": [nes_half],
    "13.person_threshold": [person_threshold],
    "13.masked": [masked],
}
WRONG = [
    ("13.fgsm_bytes", lambda *a: fgsm_bytes(*a, wrap=True), "wrap"),
    ("13.fgsm_bytes", lambda *a: fgsm_bytes(*a, sign=-1), "surer"),
    ("13.fgsm_bytes", lambda *a: fgsm_bytes(*a, direction=False), "the same way"),
    ("13.fgsm_bytes", lambda *a: fgsm_bytes(*a, same=True), "same number of levels"),
    ("13.fgsm_bytes", lambda *a: fgsm_bytes(*a).astype(float), "uint8 is wanted"),
    ("13.fgsm_bytes", lambda i, *a: i[0], "is wanted"),
    ("13.fgsm_bytes", lambda i, *a: i, "moves by up to"),
    ("13.eot_shifts", lambda g, x, s: eot_shifts(g, x, s, back=0), "chain rule"),
    ("13.eot_shifts", lambda g, x, s: eot_shifts(g, x, s, back=1), "same direction"),
    ("13.eot_shifts", lambda g, x, s: g(x), "at the image itself"),
    ("13.eot_shifts", lambda g, x, s: eot_shifts(g, x, s, total=True), "the sum"),
    ("13.eot_shifts", lambda g, x, s: g(np.mean([np.roll(x, k, 1) for k in s], 0)), "mean image"),
    ("13.eot_shifts", lambda g, x, s: 0 * x, "should be"),
    ("13.nes_half", lambda *a: nes_half(*a, twice=True), "both directions"),
    ("13.nes_half", lambda s, x, u, sigma: nes_half(s, x, u, sigma, scale=sigma), "sigma times"),
    ("13.nes_half", lambda *a: nes_half(*a, scale=0.5), "half"),
    ("13.nes_half", lambda s, x, u, sigma: nes_half(s, x, u, sigma, scale=len(u)), "the sum"),
    ("13.nes_half", lambda *a: nes_half(*a, middle=False), "not subtracted"),
    ("13.nes_half", lambda *a: nes_half(*a, again=True), "are enough"),
    ("13.nes_half", lambda s, x, u, sigma: 0 * x, "should be"),
    ("13.person_threshold", lambda *a: person_threshold(*a, by_frame=True), "each frame"),
    ("13.person_threshold", lambda *a: person_threshold(*a, worst=np.mean), "mean of a person"),
    ("13.person_threshold", lambda *a: person_threshold(*a, quantile=True), "interpolates"),
    ("13.person_threshold", lambda *a: person_threshold(*a, cap=True), "too few"),
    ("13.person_threshold", lambda *a: 0.5, "yours is 0.5"),
    ("13.person_threshold", lambda *a: [0.5, 0.4], "one number"),
    ("13.masked", lambda r: masked(r, ("pgd",)), "missing"),
    ("13.masked", lambda r: masked(r, margin=0.0), "no sign of masking"),
    ("13.masked", lambda r: masked(r, limit=0.0), "no sign of masking"),
    ("13.masked", lambda r: masked(r) * 2, "every name once"),
    ("13.masked", lambda r: masked(r, ("pgd", "unbounded")), "without any gradient"),
    ("13.masked", lambda r: masked(r, ("pgd", "black box")), "no limit"),
    ("13.masked", lambda r: sorted(r), "no sign of masking"),
    ("13.masked", lambda r: masked(r)[::-1], "not sorted|missing"),
    ("13.masked", lambda r: set(masked(r)), "sorted list"),
]
