"""Right and wrong answers to the exercises of lesson 10."""
import numpy as np

from course_lib.exercises.references10 import without
from course_lib.metrics import detection
from course_lib.models.mesonet import branches


def inception(x, a, b, c, d, *, order="abcd", dilation=(1, 2, 3), kernel=(3, 3, 3), relu=(True, True), **how):
    from keras import layers

    def convolve(x, filters, kernel, dilation=1, relu=True):
        return layers.Conv2D(filters, kernel, padding=how.get("padding", "same"), dilation_rate=dilation,
                             activation="relu" if relu else None, use_bias=how.get("bias", True))(x)

    views = {"a": convolve(x, a, 1, relu=relu[1])}
    for name, filters, step, side in zip("bcd", (b, c, d), dilation, kernel, strict=True):
        views[name] = convolve(convolve(x, filters, 1, relu=relu[0]), filters, side, step, relu=relu[1])
    return (layers.Add if how.get("add") else layers.Concatenate)()([views[name] for name in order])


def published(x, a, b, c, d):
    from keras import layers

    return layers.Concatenate()(branches(x, a, b, c, d, "block"))


def eer(fake, score, *, nearest=False):
    thresholds = np.r_[np.inf, np.unique(score)[::-1]]
    alarms = np.array([(score[fake == 0] >= t).mean() for t in thresholds])
    misses = np.array([(score[fake == 1] < t).mean() for t in thresholds])
    if nearest:
        k = np.abs(alarms - misses).argmin()
        return (alarms[k] + misses[k]) / 2
    k = np.argmax(alarms >= misses)
    before, after = misses[k - 1] - alarms[k - 1], misses[k] - alarms[k]
    share = before / (before - after)
    return alarms[k - 1] + share * (alarms[k] - alarms[k - 1])


def top(scores, k):
    return np.mean(sorted(scores, reverse=True)[:k])


def pool(score, video, k, how=top, names=None):
    names = np.unique(video) if names is None else names(video)
    return names, np.array([how(score[video == v], k) for v in names])


def by_order(score, video, k):
    order = np.lexsort((-score, video))
    names, starts, counts = np.unique(video[order], return_index=True, return_counts=True)
    ranked = score[order]
    return names, [ranked[i : i + min(n, k)].mean() for i, n in zip(starts, counts, strict=True)]


def meddling(score, video, k):
    result = pool(score, video, k)
    score.sort()
    return result


def in_order(video):
    return video[np.sort(np.unique(video, return_index=True)[1])]


def by_loops(source, target, split, fake, score):
    rows = list(zip(source.tolist(), target.tolist(), split.tolist(), fake.tolist(), score.tolist(), strict=True))
    met = {who for a, b, side, *_ in rows if side != "test" for who in (a, b)}

    def area(rows):
        pairs = [(f, r) for *_, is_f, f in rows if is_f for *_, is_r, r in rows if not is_r]
        return np.mean([f > r for f, r in pairs])

    test = [row for row in rows if row[2] == "test"]
    return [area(test), area([row for row in test if not met & {row[0], row[1]}])]


RIGHT = {
    "10.inception": [inception, published],
    "10.eer": [eer, detection.eer],
    "10.pool": [pool, by_order, lambda *a: (pool(*a)[0].tolist(), np.float32(pool(*a)[1]))],
    "10.leak": [without, by_loops, lambda *a: np.float32(without(*a))],
}
WRONG = [
    ("10.inception", lambda x, a, b, c, d: x, "channels"),
    ("10.inception", lambda *v: inception(*v, order="dcba"), "order a, b, c, d"),
    ("10.inception", lambda *v: inception(*v, dilation=(1, 1, 1)), "dilation_rate 1"),
    ("10.inception", lambda *v: inception(*v, dilation=(1, 1, 1), kernel=(3, 5, 7)), "weights"),
    ("10.inception", lambda *v: inception(*v, relu=(False, True)), "gets through the first"),
    ("10.inception", lambda *v: inception(*v, relu=(True, False)), "negative values"),
    ("10.inception", lambda *v: inception(*v, bias=False), "no bias"),
    ("10.inception", lambda x, a, b, c, d: inception(x, a, a, a, a, add=True), "side by side"),
    ("10.inception", lambda *v: [1], "feature map"),
    ("10.eer", lambda f, s: eer(f, s, nearest=True), "nearest point"),
    ("10.eer", lambda f, s: 1 - eer(f, s), "1 - EER"),
    ("10.eer", lambda f, s: np.mean((s >= 0.5) != f), "threshold 0.5"),
    ("10.eer", detection.auc, "area under"),
    ("10.eer", lambda f, s: 0.2, "yours is 0.2"),
    ("10.pool", lambda s, v, k: detection.pool(s, v), "mean of all frames"),
    ("10.pool", lambda s, v, k: pool(s, v, 1), "largest score alone"),
    ("10.pool", lambda s, v, k: pool(s, v, k, lambda x, k: np.sort(x)[:k].mean()), "smallest"),
    ("10.pool", lambda s, v, k: pool(s, v, k, lambda x, k: np.sort(x)[-k:][0]), "k-th largest"),
    ("10.pool", lambda s, v, k: pool(s, v, k, lambda x, k: np.sort(x)[-k:].sum() / k), "fewer than k"),
    ("10.pool", lambda s, v, k: pool(s, v, k, lambda x, k: x[-k:].mean()), "last k"),
    ("10.pool", lambda s, v, k: pool(s, v, k + 1), "with k = "),
    ("10.pool", lambda s, v, k: pool(s, v, k, lambda x, k: np.median(np.sort(x)[-k:])), "with k = "),
    ("10.pool", meddling, "changed the scores"),
    ("10.pool", lambda s, v, k: pool(s, v, k, names=in_order), "not sorted"),
    ("10.pool", lambda s, v, k: (np.unique(v), pool(s, v, k, names=in_order)[1]), "wrong videos"),
    ("10.pool", lambda s, v, k: dict(zip(*pool(s, v, k), strict=True)), "dict"),
    ("10.pool", lambda s, v, k: pool(s, v, k)[1], "two arrays|shape"),
    ("10.leak", lambda *a: without(*a, roles=("source",)), "only the sources"),
    ("10.leak", lambda *a: without(*a, roles=("target",)), "only the targets"),
    ("10.leak", lambda *a: without(*a, both=True), "one of its two people"),
    ("10.leak", lambda *a: without(*a, sides=("train",)), "people of val"),
    ("10.leak", lambda *a: without(*a, known=("source",)), "only a target in"),
    ("10.leak", lambda *a: without(*a, known=("target",)), "only a source in"),
    ("10.leak", lambda *a: without(*a, same=True), "in either role"),
    ("10.leak", lambda *a: (without(*a)[0],) * 2, "nothing was left out"),
    ("10.leak", lambda *a: without(*a)[::-1], "exchanged"),
    ("10.leak", lambda *a: (without(*a)[0], 0.5), "without the leak"),
    ("10.leak", lambda s, t, p, f, x: (detection.auc(f, x), 0.5), "test faces is"),
    ("10.leak", lambda *a: without(*a)[0], "shape"),
]
