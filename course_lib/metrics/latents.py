"""What a generator's latent space is like: directions that change one attribute, how smooth and how disentangled it is.

Latents are f32 [N, D], values f32 [N, K] the attributes of the generated images (metrics.attributes). Lesson 06.
"""
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LassoCV, RidgeCV
from sklearn.model_selection import cross_val_predict
from sklearn.svm import LinearSVC

FOLDS = 5
RIDGE_PENALTIES, LASSO_PENALTIES = np.logspace(-2, 4, 13), np.logspace(-3, 0, 16)


@dataclass(frozen=True)
class Directions:
    """Linear regressions of attributes on latents: value = weights . latent + offset. fit_directions makes it.

    Args:
        names: K attributes.
        weights: f64 [K, D].
        offset: f64 [K].
        r2: f64 [K], the cross-validated coefficient of determination: 1 explains all of the variance, 0 none.
        covariance: f64 [D, D], of the latents; equal in all directions when left out.
    """

    names: tuple
    weights: np.ndarray
    offset: np.ndarray
    r2: np.ndarray
    covariance: np.ndarray | None = None

    def step(self, name, held=()):
        """The shortest step in latent space that raises one attribute by 1 and leaves those in `held` as they are.

        Length is measured by the latents' covariance (Mahalanobis), so that a step follows their distribution. With b
        the weights of the attribute and S the covariance that is S b / (b S b), and with `held` the same for all their
        weights together. It holds as far as the regressions do; edit_scores measures the result.

        Args:
            name: the attribute to raise.
            held: attributes to leave as they are.
        Returns:
            f32 [D].
        Raises:
            ValueError: for a name without a direction.
        References:
            Shen et al. 2020, InterFaceGAN, section 2 (conditional manipulation), with regressions in place of
            classifiers and this length in place of the Euclidean.
        Lesson 06.
        """
        names = [name, *(other for other in held if other != name)]
        if unknown := [other for other in names if other not in self.names]:
            raise ValueError(f"there is no direction for {', '.join(unknown)}; there are {', '.join(self.names)}")
        rows = self.weights[[self.names.index(other) for other in names]]
        along = rows.T if self.covariance is None else self.covariance @ rows.T
        return (along @ np.linalg.pinv(rows @ along))[:, 0].astype(np.float32)


def fit_directions(latents, values, names):
    """Fits linear directions by ridge regression of each attribute on the latents.

    The ridge penalty is chosen for each attribute by leave-one-out, R^2 measured by 5-fold cross-validation.

    Args:
        latents: [N, D]; N of a few times D is enough.
        values: [N, K], attributes predicted from the generated images.
        names: K texts.
    Returns:
        Directions.
    Raises:
        ValueError: for shapes that do not fit, fewer than 20 rows, or numbers that are not finite.
    Lesson 06.
    """
    latents, values = _rows(latents, values)
    if len(names) != values.shape[1]:
        raise ValueError(f"there are {values.shape[1]} columns of values but {len(names)} names")
    model = RidgeCV(RIDGE_PENALTIES, alpha_per_target=True).fit(latents, values)
    error = values - cross_val_predict(model, latents, values, cv=FOLDS).reshape(values.shape)
    r2 = 1 - np.mean(error**2, 0) / np.maximum(values.var(0), 1e-12)
    weights = np.reshape(model.coef_, (len(names), -1))
    covariance = np.cov(latents, rowvar=False)
    covariance += 1e-3 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))  # so that it is invertible
    return Directions(tuple(names), weights, np.reshape(model.intercept_, -1), r2.clip(0), covariance)


@dataclass(frozen=True)
class Edit:
    """One edit, measured on N faces.

    Args:
        wanted: the attribute to edit.
        requested: the change that was asked for.
        change: mean change of that attribute.
        others: name -> mean change of each other attribute in its standard deviations.
        leak: root mean square of these mean changes, divided by the wanted attribute's change in its standard
            deviations: 0 is a pure edit, 1 moves all alike.
        same_person: the fraction of faces whose identity embedding still counts as the same person, nan without
            embeddings.
    """

    wanted: str
    requested: float
    change: float
    others: dict
    leak: float
    same_person: float


def edit_scores(before, after, names, wanted, requested, std, vectors=None, threshold=0.5):
    """How far an edit changed its attribute, how far the others, and whether identity stayed.

    Args:
        before, after: values [N, K] predicted from the images before and after the edit.
        names: K attributes.
        wanted: the attribute to edit.
        requested: the change that was asked for.
        std: [K], the standard deviation of each attribute over faces.
        vectors: (before, after), identity embeddings, unit vectors [N, E].
        threshold: cosine of these above which two faces are the same person.
    Returns:
        Edit.
    Raises:
        ValueError: for shapes that do not fit or an unknown name.
    Lesson 06.
    """
    before, after = _rows(before, after, least=1)
    if before.shape != after.shape or before.shape[1] != len(names) or np.shape(std) != (len(names),):
        raise ValueError(f"values before {before.shape}, after {after.shape}, {len(names)} names and std "
                         f"{np.shape(std)} do not fit together")
    if wanted not in names:
        raise ValueError(f"{wanted!r} is not among the attributes {', '.join(names)}")
    change = (after - before).mean(0)
    standardised = change / np.maximum(std, 1e-9)
    k = list(names).index(wanted)
    others = {name: float(s) for name, s in zip(names, standardised, strict=True) if name != wanted}
    leak = np.sqrt(np.mean(np.square(list(others.values())))) / max(abs(standardised[k]), 1e-9) if others else 0.0
    same = np.nan if vectors is None else float(np.mean(np.sum(np.multiply(*vectors), 1) > threshold))
    return Edit(wanted, float(requested), float(change[k]), others, float(leak), same)


def interpolate(a, b, t, spherical=False):
    """Points between two latents: linear interpolation, or spherical (slerp).

    Args:
        a, b: latents [N, D].
        t: [N], 0 at a to 1 at b.
        spherical: along the arc, lengths interpolated apart.
    Returns:
        f32 [N, D].
    References:
        Shoemake 1985 (slerp).
    Lesson 06.
    """
    t = np.asarray(t, np.float64)[:, None]
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if not spherical:
        return (a + t * (b - a)).astype(np.float32)
    long_a, long_b = (np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    angle = np.arccos(np.sum(a / long_a * b / long_b, 1, keepdims=True).clip(-1, 1))
    sine = np.maximum(np.sin(angle), 1e-9)
    one, two = np.sin((1 - t) * angle) / sine, np.sin(t * angle) / sine
    flat = angle < 1e-6
    one, two = np.where(flat, 1 - t, one), np.where(flat, t, two)
    return ((one * a / long_a + two * b / long_b) * (long_a + t * (long_b - long_a))).astype(np.float32)


def path_length(generate, starts, ends, distance, rng, epsilon=1e-2, spherical=False):
    """Perceptual path length: how much the image changes for a small step of the interpolation between two latents.

    Args:
        generate: latents [N, D] -> images.
        starts, ends: latents [N, D].
        distance: (images, images) -> [N], a squared perceptual distance (metrics.detail.perceptual_distance); compare
            only numbers of the same one.
        rng: numpy Generator for the position between the two.
        epsilon: the step, a fraction of the path (the paper has 1e-4; our networks' float32 wants more).
        spherical: along the arc, as for z; straight for w.
    Returns:
        The mean of distance / epsilon^2 without the lowest and highest 1 %.
    Raises:
        ValueError: when starts and ends differ in shape.
    References:
        Karras et al. 2019, StyleGAN, section 4.1.
    Lesson 06.
    """
    if np.shape(starts) != np.shape(ends) or np.ndim(starts) != 2:
        raise ValueError(f"a path leads from each start to its end; got {np.shape(starts)} and {np.shape(ends)}")
    t = rng.uniform(0, 1 - epsilon, len(starts))
    one, two = (generate(interpolate(starts, ends, at, spherical)) for at in (t, t + epsilon))
    lengths = np.asarray(distance(one, two), np.float64) / epsilon**2
    low, high = np.quantile(lengths, [0.01, 0.99])
    return float(lengths[(lengths >= low) & (lengths <= high)].mean())


def linear_separability(latents, values, cuts=None):
    """Linear separability: how well hyperplanes in latent space separate faces with and without each attribute.

    On each side the half with the clearer values is kept, a linear support vector machine is trained on the latents,
    and the conditional entropy of the label given its answer (5-fold cross-validated) is taken. With fewer faces,
    attributes and another regressor than the paper's, do not compare the numbers with its own.

    Args:
        latents: [N, D].
        values: [N, K].
        cuts: K limits between with and without, the medians when left out.
    Returns:
        (exp of the sum of the entropies in nats, 1 being perfect and more worse; entropies f64 [K]).
    Raises:
        ValueError: as fit_directions, and when an attribute is the same everywhere.
    References:
        Karras et al. 2019, section 4.2.
    Lesson 06.
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
    """Disentanglement, completeness and informativeness.

    Args:
        disentanglement: 1 when each latent dimension matters for one attribute at most.
        completeness: 1 when each attribute depends on one latent dimension.
        informativeness: the mean fraction of variance that is explained.
        importance: f64 [D, K], how much latent d matters for attribute k.
    """

    disentanglement: float
    completeness: float
    informativeness: float
    importance: np.ndarray


def dci(latents, values):
    """Disentanglement, completeness and informativeness of latents for attributes.

    A lasso predicts each attribute (both scaled to unit variance); the size of its coefficients is the importance. The
    first two numbers ask whether single axes mean something: they change when the space is rotated, the third does not.

    Args:
        latents: [N, D].
        values: [N, K].
    Returns:
        Dci.
    Raises:
        ValueError: as fit_directions.
    References:
        Eastwood & Williams 2018, A framework for the quantitative evaluation of disentangled representations, section
        2.
    Lesson 06.
    """
    latents, values = _rows(latents, values)
    scaled = [(x - x.mean(0)) / np.maximum(x.std(0), 1e-9) for x in (latents, values)]
    importance, explained = [], []
    for column in scaled[1].T:
        model = LassoCV(alphas=LASSO_PENALTIES, cv=FOLDS, max_iter=5000).fit(scaled[0], column)
        importance.append(np.abs(model.coef_))
        errors = model.mse_path_.mean(1).min()
        explained.append(max(0.0, 1 - errors / max(column.var(), 1e-12)))
    matrix = np.array(importance).T
    total = max(matrix.sum(), 1e-12)
    sorted_ = np.sum((1 - _entropy(matrix)) * matrix.sum(1)) / total
    complete = np.mean(np.where(matrix.sum(0) > 1e-9, 1 - _entropy(matrix.T), 0.0))
    return Dci(float(sorted_), float(complete), float(np.mean(explained)), matrix)


def _entropy(rows):
    """The entropy of each row as p, to the base of the row's length: 0 one entry has all, 1 all have the same."""
    p = rows / np.maximum(rows.sum(1, keepdims=True), 1e-12)
    return -np.sum(p * np.log(np.maximum(p, 1e-300)), 1) / np.log(max(rows.shape[1], 2))


def _rows(latents, values, least=20):
    latents, values = np.asarray(latents, np.float64), np.asarray(values, np.float64)
    if latents.ndim != 2 or values.ndim != 2 or len(latents) != len(values) or len(latents) < least:
        raise ValueError(f"rows [N, D] and [N, K] of the same N >= {least} are wanted; got {latents.shape} and "
                         f"{values.shape}")
    if not (np.isfinite(latents).all() and np.isfinite(values).all()):
        raise ValueError("the rows hold numbers that are not finite: has the generator diverged?")
    return latents, values
