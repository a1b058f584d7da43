"""Checks of lesson 10: the inception block, the equal error rate, pooling, what a leak was worth, a threshold."""
import numpy as np

from course_lib.metrics import detection

from .references10 import without
from .verdict import Wrong, array, explain, near


def inception(rng, answer):
    """Check `inception`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (x, a, b, c, d) -> four views side by side, [N, H, W, a + b + c + d]; x is a Keras
            tensor [N, H, W, C].
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    import keras

    a, b, c, d = (int(n) for n in rng.permutation([1, 2, 3, 5]))
    image = keras.Input((15, 15, 2))
    out = answer(image, a, b, c, d)
    if not hasattr(out, "shape") or len(out.shape) != 4:
        raise Wrong("inception gave no feature map [N, H, W, channels]. Hint: return layers.Concatenate()([...]) of "
                    "the four views.")
    if tuple(out.shape[1:3]) != (15, 15):
        raise Wrong(f"the map has {out.shape[1]} x {out.shape[2]} pixels, but 15 x 15 went in. Hint: padding='same'.")
    if out.shape[-1] != a + b + c + d:
        raise Wrong(f"for a, b, c, d = {a}, {b}, {c}, {d} there are {out.shape[-1]} channels; {a + b + c + d} are "
                    "wanted. Hint: the views stand side by side; concatenate them along the last axis, do not add "
                    "them.")
    model = keras.Model(image, out)
    weights = sum(int(np.prod(w.shape)) for w in model.weights)
    expected = 2 * a + a + sum(2 * n + n + 9 * n * n + n for n in (b, c, d))
    if weights == expected - a - 2 * (b + c + d):
        raise Wrong("the convolutions have no bias. Hint: leave use_bias as it is.")
    if weights != expected:
        raise Wrong(f"there are {weights} weights; {expected} are wanted. Hint: view a is one 1 x 1 convolution; b, c "
                    "and d are a 1 x 1 and then a 3 x 3 convolution, both to the view's own number of channels.")
    _fill(model, 1.0)
    dot = np.zeros((1, 15, 15, 2), np.float32)
    dot[0, 7, 7] = 1
    active = np.asarray(model(dot))[0] > 0
    columns = [np.flatnonzero(active[..., k].any(0)) for k in range(active.shape[-1])]
    reach = [int(np.ptp(column)) + 1 if len(column) else 0 for column in columns]
    right = [1] * a + [3] * b + [5] * c + [7] * d
    if sorted(reach) == sorted(right) and reach != right:
        raise Wrong("all views are there, but not in the order a, b, c, d. Hint: the order decides which weights go "
                    "where when the authors' file is read.")
    if reach != right:
        raise Wrong(f"the channels of your views see {reach} pixels across; {right} are wanted. Hint: the 3 x 3 "
                    "kernels have dilation_rate 1 (view b), 2 (c) and 3 (d).")
    taps = int(active[..., -1].sum())
    if taps != 9:
        raise Wrong(f"a channel of view d looks at {taps} pixels; 9 are wanted, 3 apart. Hint: dilation_rate=3 with a "
                    "3 x 3 kernel, not a larger kernel.")
    _fill(model, -1.0)
    left = np.asarray(model(dot + 1))[0]
    if (left < 0).any():
        raise Wrong("negative values come out. Hint: activation='relu' in every convolution, the last of a view too.")
    if (left > 0).any():
        raise Wrong("a negative value gets through the first convolution of a view and comes out positive behind the "
                    "second. Hint: the 1 x 1 convolutions of b, c and d have activation='relu' too.")


def _fill(model, value):
    """Sets every kernel to one value and every bias to zero."""
    model.set_weights([np.full(w.shape, value if len(w.shape) > 1 else 0.0, np.float32) for w in model.weights])


def eer(rng, answer):
    """Check `eer`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (fake int [N], score f64 [N]) -> the equal error rate, at which the false positive
            and the false negative rate are equal.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for real, forged, step in ((40, 40, 0), (60, 25, 0), (30, 80, 0.05), (7, 5, 0)):
        fake = np.repeat([0, 1], (real, forged))
        score = 1 / (1 + np.exp(-rng.normal(1.6 * fake - 0.8, 1.0)))
        score = np.round(score / step) * step if step else score
        order = rng.permutation(len(fake))
        fake, score = fake[order], score[order]
        got = float(array(answer(fake.copy(), score.copy()), (), "eer"))
        right = detection.eer(fake, score)
        if near(got, right, 1e-6):
            continue
        fpr, fnr = _rates(fake, score)
        nearest = np.abs(fpr - fnr).argmin()
        wrong_at_half = np.mean((score >= 0.5) != fake)
        if near(got, 1 - right, 1e-6):
            raise Wrong("that is 1 - EER. Hint: fake is 1 and a high score means fake; a false positive is a real face "
                        "with a score at or above the threshold.")
        if near(got, wrong_at_half, 1e-6):
            raise Wrong("that is the fraction of errors at the threshold 0.5. Hint: go over all thresholds; the "
                        "equal error rate belongs to the one at which the false positive and the false negative "
                        "rate are equal.")
        if any(near(got, v, 1e-6) for v in ((fpr[nearest] + fnr[nearest]) / 2, fpr[nearest],
                                            fnr[nearest])):
            raise Wrong(f"that is the nearest point of the curve, {got:.4f}; between its points the rates are equal "
                        f"at {right:.4f}. Hint: find the first threshold at which FNR <= FPR, and cross "
                        "the two straight lines from the point before it.")
        if near(got, detection.auc(fake, score), 1e-6):
            raise Wrong("that is the area under the curve. Hint: where does the curve cross FNR = FPR?")
        raise Wrong(f"for {real} real and {forged} fake faces the EER is {right:.4f}; yours is {got:.4f}. Hint: sort "
                    "the thresholds from high to low; the false positive rate is the fraction of real faces at or "
                    "above it, the false negative rate that of the fakes below it; begin above the highest score. "
                    "Equal scores belong to one threshold.")


def _rates(fake, score):
    """False positive and false negative rates at every threshold, from above all scores downwards."""
    thresholds = np.r_[np.inf, np.unique(score)[::-1]]
    return (np.array([(score[fake == 0] >= t).mean() for t in thresholds]),
            np.array([(score[fake == 1] < t).mean() for t in thresholds]))


def pool(rng, answer):
    """Check `pool`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (score f64 [N], video int [N], k) -> (videos, scores): each video once, sorted, with
            the mean of its k largest scores (of all, when it has fewer).
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    k = int(rng.integers(3, 6))  # of two numbers the median is the mean
    lengths = rng.permutation([1, k - 1, k, k + 1, k + 2, k + 4, k + 7])
    videos = np.sort(rng.choice(1000, 7, replace=False))
    video, score = np.repeat(videos, lengths), rng.random(lengths.sum()) ** 2
    order = rng.permutation(len(video))
    video, score = video[order], score[order]
    given = score.copy()
    got = answer(given, video.copy(), k)
    if isinstance(got, dict):
        raise Wrong("pool gave a dict; two arrays are wanted. Hint: return np.unique(video), scores.")
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Wrong(f"pool gave {type(got).__name__}; two arrays are wanted. Hint: `return videos, scores`.")
    names, means = (array(g, (7,), name) for g, name in zip(got, ("videos", "scores"), strict=True))
    of = {name: np.array([f(score[video == v]) for v in videos]) for name, f in
          dict(top=lambda x: np.sort(x)[-k:].mean(), mean=np.mean, largest=np.max, smallest=lambda x:
               np.sort(x)[:k].mean(), kth=lambda x: np.sort(x)[-k:][0], share=lambda x: np.sort(x)[-k:].sum() / k,
               last=lambda x: x[-k:].mean()).items()}
    if near(names, videos, 0) and near(means, of["top"], 1e-6):
        if not near(given, score, 0):
            raise Wrong("your function changed the scores it was given. Hint: np.sort returns a copy.")
        return
    if not near(np.sort(names), videos, 0):
        raise Wrong(f"the videos are {videos.tolist()}, yours are {names.tolist()}. Hint: np.unique(video).")
    if not near(names, videos, 0):
        raise Wrong("the videos are not sorted: yours stand in the order in which they come. Hint: np.unique sorts.")
    explain(means, [
        (of["mean"], "that is the mean of all frames: a forgery of a few frames drowns in the others. Hint: "
         "np.sort(x)[-k:]."),
        (of["largest"], "that is the largest score alone: one blunder of the detector decides. Hint: the mean of k."),
        (of["smallest"], "those are the k smallest. Hint: np.sort sorts upwards, so the largest stand at the end."),
        (of["kth"], "that is the k-th largest score. Hint: the mean of the k largest."),
        (of["share"], "a video of fewer than k frames is divided by k as well. Hint: the mean of what is there."),
        (of["last"], "those are the last k frames, not the largest scores. Hint: sort the scores of a video first."),
    ], 1e-6)  # fmt: skip
    if near(np.sort(means), np.sort(of["top"]), 1e-6):
        raise Wrong("the means are right, but they stand beside the wrong videos. Hint: build both from one list.")
    worst = int(np.abs(means - of["top"]).argmax())
    raise Wrong(f"video {videos[worst]} has the scores {np.round(score[video == videos[worst]], 3).tolist()} and gets "
                f"{means[worst]:.3f} with k = {k}, wanted {of['top'][worst]:.3f}. Hint: the frames of a "
                "video do not stand next to each other: np.sort(score[video == v])[-k:].mean().")


def leak(rng, answer):
    """Check `leak`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (source int [N], target int [N], split str [N], fake int [N], score f64 [N]) -> (AUC of all
            test faces, AUC of the test faces neither of whose people is in another split).
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    people = rng.choice(500, 40, replace=False) + 10
    sides = np.repeat(["train", "val", "test"], (16, 8, 16))
    rows = []
    for side in ("train", "val", "test"):  # in train and val a third is never a target, a third never a source
        group = people[sides == side]
        usual, filmed, shown = (group, [], []) if side == "test" else (group[start::3] for start in range(3))
        for who in usual:
            rows += [(who, who, side)] * 2
            rows += [(who, other, side) for other in rng.choice(usual[usual != who], 2, False)]
        rows += [(who, other, side) for who in filmed for other in rng.choice(usual, 3, False)]
        rows += [(other, who, side) for who in shown for other in rng.choice(usual, 3, False)]
    train, val, test = (people[sides == side] for side in ("train", "val", "test"))
    for near_, far in ((train, test), (val, test)):  # leaks of four kinds: real faces, sources, targets, both
        for a, b in zip(near_[:8], rng.choice(far, 8, False), strict=True):
            rows += [(a, a, "test"), (a, b, "test"), (b, a, "test"), (a, rng.choice(near_[near_ != a]), "test")]
    source, target, split = (np.array(column) for column in zip(*rows, strict=True))
    fake = (source != target).astype(int)
    met = np.isin(source, np.r_[train, val]).astype(float) + np.isin(target, np.r_[train, val])
    score = rng.normal(fake * (0.4 + 0.8 * met), 1)
    order = rng.permutation(len(fake))
    given = [column[order] for column in (source, target, split, fake, score)]
    got = array(answer(*(column.copy() for column in given)), (2,), "leak")
    if near(got, without(*given), 1e-6):
        return
    if near(got[::-1], without(*given), 1e-6):
        raise Wrong("the two are exchanged. Hint: all test faces first.")
    if not near(got[0], without(*given)[0], 1e-6):
        raise Wrong(f"the AUC of all {(split == 'test').sum()} test faces is {without(*given)[0]:.3f}, yours is "
                    f"{got[0]:.3f}. Hint: rows = split == 'test'; roc_auc_score(fake[rows], score[rows]).")
    explain(got, [(without(*given, **options), message) for options, message in (
        (dict(roles=("source",)), "only the sources of the test faces are looked up. A swap shows a second person: its "
         "target. Hint: both columns."),
        (dict(roles=("target",)), "only the targets of the test faces are looked up. Hint: both columns."),
        (dict(both=True), "a face stays when one of its two people is new. Hint: leave it out if either was met."),
        (dict(sides=("train",)), "the people of val are not looked up. Its faces chose weights and threshold, so they "
         "leak as well. Hint: split != 'test'."),
        (dict(known=("source",)), "somebody who is only a target in train or val has been met as well. Hint: "
         "np.union1d of both columns there."),
        (dict(known=("target",)), "somebody who is only a source in train or val has been met as well. Hint: "
         "np.union1d of both columns there."),
        (dict(same=True), "a source of the test is only looked up among the sources, a target among the targets. Hint: "
         "a person leaks in either role; one set of people, np.union1d."),
        (dict(sides=()), "nothing was left out: both are the AUC of all test faces."),
    )], 1e-6)  # fmt: skip
    raise Wrong(f"without the leak the AUC is {without(*given)[1]:.3f}, yours is {got[1]:.3f}. Hint: collect everybody "
                "who is source or target in train or val (np.union1d); of the test faces keep those neither of whose "
                "two people is among them (np.isin).")


def cheapest(rng, answer):
    """Check `cheapest`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (fake int [N], score f64 [N], prevalence, miss, wrong_call) -> (threshold, cost): the
            threshold, one of the scores or inf, with the smallest expected cost of a face,
            prevalence * FNR * miss + (1 - prevalence) * FPR * wrong_call.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    fake = rng.permutation(np.repeat([0, 1], [60, 60]))
    score = np.round(rng.normal(fake * 1.6, 1.0), 3)
    score[np.flatnonzero(fake == 0)[:2]] = score.max() + 0.5  # the highest two belong to real faces
    for prevalence in (0.4, 0.02, 0.0004):
        miss, wrong_call = float(rng.uniform(20, 60)), float(rng.uniform(1, 4))
        got = answer(fake.copy(), score.copy(), prevalence, miss, wrong_call)
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            raise Wrong(f"cheapest gave {got!r}. Hint: `return threshold, cost`.")
        threshold, cost = float(np.squeeze(got[0])), float(array(np.squeeze(got[1]), (), "the cost"))
        _cost(fake, score, prevalence, (miss, wrong_call), threshold, cost)


def _cost(fake, score, prevalence, costs, threshold, cost):
    """Compare one threshold and its cost with the best, and with those of the usual mistakes."""
    options = np.r_[np.unique(score), np.inf]
    missed, called = ((np.array([np.mean(f(score[fake == k], t)) for t in options]))
                      for k, f in ((1, np.less), (0, np.greater_equal)))
    expected = prevalence * missed * costs[0] + (1 - prevalence) * called * costs[1]
    at = np.flatnonzero(options == threshold)
    if len(at) == 0:
        raise Wrong(f"the threshold {threshold} is neither one of the scores nor inf.")
    best = expected.min()
    if abs(expected[at[0]] - best) < 1e-9 and abs(cost - best) < 1e-9:
        return
    mistakes = (
        (0.5 * missed * costs[0] + 0.5 * called * costs[1], "the prevalence is not used, or taken from the sample, "
                                                            "half of "
         "which is fake. Hint: among the faces that will come, only `prevalence` of them are."),
        (prevalence * missed * costs[1] + (1 - prevalence) * called * costs[0], "the two costs are exchanged. Hint: a "
                                                                                "miss "
         "is a fake below the threshold."),
        (prevalence * called * costs[0] + (1 - prevalence) * missed * costs[1], "the two rates are exchanged. Hint: "
                                                                                "FNR, "
         "the fakes below the threshold, goes with the prevalence and the cost of a miss."),
    )
    for mistaken, message in mistakes:
        if abs(mistaken[at[0]] - mistaken.min()) < 1e-9 and abs(cost - mistaken.min()) < 1e-9:
            raise Wrong(message)
    if abs(cost - expected[:-1].min()) < 1e-9:
        raise Wrong(f"with a prevalence of {prevalence} it is cheapest to call no face fake. Hint: a threshold above "
                    "all "
                    "scores, np.inf, is allowed.")
    if abs(expected[at[0]] - best) < 1e-9:
        raise Wrong(f"the threshold is right, the cost {cost:.4f} is not: {best:.4f}. Hint: the expected cost of one "
                    "face.")
    raise Wrong(f"at a prevalence of {prevalence} your threshold costs {expected[at[0]]:.4f} a face, the best one "
                f"{best:.4f}. Hint: try every score, and inf.")
