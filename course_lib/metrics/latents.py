"""What a generator's latent space is like: which steps in it move which attribute, how smooth and how sorted it is.

Latents are f32 [N, D], values f32 [N, K] what the generated pictures show (metrics.attributes). Lesson 06.
"""
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LassoCV, RidgeCV
from sklearn.model_selection import cross_val_predict
from sklearn.svm import LinearSVC

FOLDS = 5
STRENGTHS, PENALTIES = np.logspace(-2, 4, 13), np.logspace(-3, 0, 16)  # of the ridge and of the lasso


@dataclass(frozen=True)
class Directions:
    """Linear readings of attributes from latents, and the steps that follow from them (fit_directions makes it).

    names: K attributes. weights: f64 [K, D], offset: f64 [K]: value = weights . latent + offset. fit: f64 [K], the
    share of each attribute's variance that this explains in latents it was not fitted on: 1 all of it, 0 none.
    spread: f64 [D, D], the latents' covariance; equal in all directions when left out.
    """

    names: tuple
    weights: np.ndarray
    offset: np.ndarray
    fit: np.ndarray
    spread: np.ndarray | None = None

    def step(self, name, held=()):
        """The shortest step in latent space that raises one attribute by 1 and leaves those in `held` as they are.

        Short is what is ordinary: lengths are measured by the latents' own spread, so that a step follows the cloud of
        latents and does not leave it sideways. With b the weights of the attribute and S the covariance that is
        S b / (b S b), and with `held` the same for all their weights together. It holds as far as the linear readings
        go; what the picture does is measured by edit_scores. Returns f32 [D]. Raises ValueError for a name without a
        direction. Source: Shen et al. 2020, InterFaceGAN, section 2 (conditional manipulation), with regression in
        place of classification. Lesson 06.
        """
        names = [name, *(other for other in held if other != name)]
        if unknown := [other for other in names if other not in self.names]:
            raise ValueError(f"there is no direction for {', '.join(unknown)}; there are {', '.join(self.names)}")
        rows = self.weights[[self.names.index(other) for other in names]]
        along = rows.T if self.spread is None else self.spread @ rows.T
        return (along @ np.linalg.pinv(rows @ along))[:, 0].astype(np.float32)


def fit_directions(latents, values, names):
    """Finds linear directions by ridge regression of each attribute on the latents, and returns Directions.

    latents: [N, D]; values: [N, K], what was read from the pictures they give; names: K texts. N of a few times D is
    enough. The ridge's strength is chosen for each attribute by leave-one-out, the fit by 5-fold cross-validation.
    Raises ValueError for shapes that do not fit, fewer than 20 rows, or numbers that are not finite. Lesson 06.
    """
    latents, values = _rows(latents, values)
    if len(names) != values.shape[1]:
        raise ValueError(f"there are {values.shape[1]} columns of values but {len(names)} names")
    model = RidgeCV(STRENGTHS, alpha_per_target=True).fit(latents, values)
    wrong = values - cross_val_predict(model, latents, values, cv=FOLDS).reshape(values.shape)
    fit = 1 - np.mean(wrong**2, 0) / np.maximum(values.var(0), 1e-12)
    weights = np.reshape(model.coef_, (len(names), -1))
    spread = np.cov(latents, rowvar=False)
    spread += 1e-3 * np.trace(spread) / len(spread) * np.eye(len(spread))  # no direction is quite without extent
    return Directions(tuple(names), weights, np.reshape(model.intercept_, -1), fit.clip(0), spread)


@dataclass(frozen=True)
class Edit:
    """One edit, measured on N faces. wanted: its attribute. moved: mean change of that attribute. asked: what was
    asked for. others: name -> mean change of each other attribute in units of its spread. leak: root mean square of
    these, divided by the wanted change in units of its own spread: 0 is a pure edit, 1 moves all alike. same: the
    share of faces that the identity judge takes for the same person afterwards, nan where it was not asked."""

    wanted: str
    asked: float
    moved: float
    others: dict
    leak: float
    same: float


def edit_scores(before, after, names, wanted, asked, spread, vectors=None, threshold=0.5):
    """How far an edit moved the attribute that it was to move, how far the others, and whether identity stayed.

    before, after: values [N, K] read from the pictures before and after the edit. asked: the wanted change. spread:
    [K], the standard deviation of each attribute over faces. vectors: (before, after), unit vectors [N, E] of an
    identity judge; above `threshold` their cosine is the same person. Returns Edit. Raises ValueError for shapes that
    do not fit or an unknown name. Lesson 06.
    """
    before, after = _rows(before, after, least=1)
    if before.shape != after.shape or before.shape[1] != len(names) or np.shape(spread) != (len(names),):
        raise ValueError(f"values before {before.shape}, after {after.shape}, {len(names)} names and spread "
                         f"{np.shape(spread)} do not fit together")
    if wanted not in names:
        raise ValueError(f"{wanted!r} is not among the attributes {', '.join(names)}")
    change = (after - before).mean(0)
    shares = change / np.maximum(spread, 1e-9)
    k = list(names).index(wanted)
    others = {name: float(s) for name, s in zip(names, shares, strict=True) if name != wanted}
    leak = np.sqrt(np.mean(np.square(list(others.values())))) / max(abs(shares[k]), 1e-9) if others else 0.0
    same = np.nan if vectors is None else float(np.mean(np.sum(np.multiply(*vectors), 1) > threshold))
    return Edit(wanted, float(asked), float(change[k]), others, float(leak), same)


def between(a, b, t, sphere=False):
    """The points at t [N] (0 to 1) on the way from a [N, D] to b: straight, or with sphere=True along the arc (slerp).

    Source: Shoemake 1985 (slerp), here on directions and lengths apart. Lesson 06.
    """
    t = np.asarray(t, np.float64)[:, None]
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if not sphere:
        return (a + t * (b - a)).astype(np.float32)
    long_a, long_b = (np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    angle = np.arccos(np.sum(a / long_a * b / long_b, 1, keepdims=True).clip(-1, 1))
    sine = np.maximum(np.sin(angle), 1e-9)
    one, two = np.sin((1 - t) * angle) / sine, np.sin(t * angle) / sine
    flat = angle < 1e-6
    one, two = np.where(flat, 1 - t, one), np.where(flat, t, two)
    return ((one * a / long_a + two * b / long_b) * (long_a + t * (long_b - long_a))).astype(np.float32)


def path_length(generate, starts, ends, distance, rng, epsilon=1e-2, sphere=False):
    """Perceptual path length: how much the picture changes for a small step on the way between two latents.

    generate: latents [N, D] -> pictures. starts, ends: latents [N, D]. distance: (pictures, pictures) -> [N], a
    squared perceptual distance (metrics.detail.perceptual_distance). rng: numpy Generator for the place on each way.
    epsilon: the step, a share of the way (the paper has 1e-4; our networks' float32 wants more). sphere: ways along
    the arc, as for z; straight ones for w. Returns the mean of distance / epsilon^2 without the lowest and highest
    1 %. Numbers depend on the distance's network: compare them with each other only. Source: Karras et al. 2019,
    StyleGAN, section 4.1. Lesson 06.
    """
    if np.shape(starts) != np.shape(ends) or np.ndim(starts) != 2:
        raise ValueError(f"a way leads from each start to its end; got {np.shape(starts)} and {np.shape(ends)}")
    t = rng.uniform(0, 1 - epsilon, len(starts))
    one, two = (generate(between(starts, ends, at, sphere)) for at in (t, t + epsilon))
    lengths = np.asarray(distance(one, two), np.float64) / epsilon**2
    low, high = np.quantile(lengths, [0.01, 0.99])
    return float(lengths[(lengths >= low) & (lengths <= high)].mean())


def linear_separability(latents, values, cuts=None):
    """How well planes in latent space part faces with and without each attribute; 1 perfectly, more is worse.

    values: [N, K]. cuts: K limits between with and without, the medians when left out. Of each attribute the surer
    half is kept on each side, a linear support vector machine is trained on the latents, and the conditional entropy
    of the label given its answer (5-fold cross-validated) is taken. Returns (exp of the sum of the entropies in nats,
    entropies f64 [K]). With fewer faces, attributes and another reader than the paper's, its numbers are other ones.
    Raises ValueError when an attribute is the same everywhere. Source: Karras et al. 2019, section 4.2. Lesson 06.
    """
    latents, values = _rows(latents, values)
    scaled = (latents - latents.mean(0)) / np.maximum(latents.std(0), 1e-9)
    cuts = np.median(values, 0) if cuts is None else np.asarray(cuts, np.float64)
    entropies = []
    for k, (column, cut) in enumerate(zip(values.T, cuts, strict=True)):
        sides = [np.flatnonzero(column <= cut), np.flatnonzero(column > cut)]
        if min(map(len, sides)) < 2 * FOLDS:
            raise ValueError(f"attribute {k} is on one side of its cut {cut:.3g} in almost all faces: choose another")
        sure = np.concatenate([s[np.argsort(-np.abs(column[s] - cut))[: (len(s) + 1) // 2]] for s in sides])
        label = column[sure] > cut
        guess = cross_val_predict(LinearSVC(C=0.01, dual=False), scaled[sure], label, cv=FOLDS)
        joint = np.array([[np.mean(label[guess == g] == y) * np.mean(guess == g) if (guess == g).any() else 0.0
                           for y in (False, True)] for g in (False, True)])
        given = joint / np.maximum(joint.sum(1, keepdims=True), 1e-12)
        entropies.append(-np.sum(joint * np.log(np.maximum(given, 1e-12))))
    return float(np.exp(np.sum(entropies))), np.array(entropies)


@dataclass(frozen=True)
class Dci:
    """disentanglement: 1 when each latent number matters for one attribute at most. completeness: 1 when each
    attribute hangs on one latent number. informativeness: the mean share of variance that is explained.
    importance: f64 [D, K], how much latent d matters for attribute k."""

    disentanglement: float
    completeness: float
    informativeness: float
    importance: np.ndarray


def dci(latents, values):
    """Disentanglement, completeness and informativeness of latents [N, D] for attributes [N, K]. Returns Dci.

    A lasso predicts each attribute (both scaled to unit variance); the size of its coefficients is the importance.
    The first two numbers ask whether single axes mean something: they change when the space is turned, the third does
    not. Raises ValueError as fit_directions. Source: Eastwood and Williams 2018, A framework for the quantitative
    evaluation of disentangled representations, section 2. Lesson 06.
    """
    latents, values = _rows(latents, values)
    scaled = [(x - x.mean(0)) / np.maximum(x.std(0), 1e-9) for x in (latents, values)]
    importance, explained = [], []
    for column in scaled[1].T:
        model = LassoCV(alphas=PENALTIES, cv=FOLDS, max_iter=5000).fit(scaled[0], column)
        importance.append(np.abs(model.coef_))
        errors = model.mse_path_.mean(1).min()
        explained.append(max(0.0, 1 - errors / max(column.var(), 1e-12)))
    matrix = np.array(importance).T
    total = max(matrix.sum(), 1e-12)
    sorted_ = np.sum((1 - _entropy(matrix)) * matrix.sum(1)) / total
    complete = np.mean(np.where(matrix.sum(0) > 1e-9, 1 - _entropy(matrix.T), 0.0))
    return Dci(float(sorted_), float(complete), float(np.mean(explained)), matrix)


def _entropy(rows):
    """The entropy of each row as shares, to the base of the row's length: 0 one entry has all, 1 all have the same."""
    shares = rows / np.maximum(rows.sum(1, keepdims=True), 1e-12)
    return -np.sum(shares * np.log(np.maximum(shares, 1e-300)), 1) / np.log(max(rows.shape[1], 2))


def _rows(latents, values, least=20):
    latents, values = np.asarray(latents, np.float64), np.asarray(values, np.float64)
    if latents.ndim != 2 or values.ndim != 2 or len(latents) != len(values) or len(latents) < least:
        raise ValueError(f"rows [N, D] and [N, K] of the same N >= {least} are wanted; got {latents.shape} and "
                         f"{values.shape}")
    if not (np.isfinite(latents).all() and np.isfinite(values).all()):
        raise ValueError("the rows hold numbers that are not finite: has the generator diverged?")
    return latents, values
