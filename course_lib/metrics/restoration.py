"""What a restored face is worth against the exact truth, and what in it was invented. Lesson 09.

Images are f32 RGB [N, 128, 128, 3] in [0, 1], aligned. `portraits` are the true faces with all that is known of them.
"""
import cv2
import numpy as np

import course_lib.models  # noqa: F401  (registers the layers that a checkpoint may hold)
from course_lib.cast import LABELS, from_vector
from course_lib.checkpoints import load
from course_lib.data.large_portraits import LargePortraits
from course_lib.models.autoencoder import cut_out
from course_lib.models.dictionary import PARTS, SIDE, STRIDES, cells, part_centres, roi_weights
from course_lib.models.evaluators import feature_pyramid
from course_lib.values import unit_range

from .attributes import identify, predict_attributes, true_attributes
from .image import psnr, ssim

READ = ("jaw", "smile", "blink", "gaze_x", "eyes")  # by attribute_regressor; eyes: how pale
IRIS = (2.0, 4.0)  # an iris in a portrait: from the pupil to the white, pixels from the pupil's middle
LEAST = 6  # pixels of it that must be seen
FACE = ("skin", "eyes", "mouth", "lips", "glasses")


def part_distances(images, truths, centres, network=None):
    """The perceptual distance of two sets of faces in each part of the face, by a face network's features.

    As metrics.detail.perceptual_distance, averaged over the part's cells alone: compare its numbers only with each
    other, and do not call them LPIPS.

    Args:
        images, truths: [N, 128, 128, 3], on grey.
        centres: models.dictionary.part_centres.
        network: feature_pyramid of a face network; identity_evaluator when left out, which trained no restorer
            of the course.
    Returns:
        name -> f64 [N], "face" for the whole.
    Raises:
        ValueError: when the shapes differ.
    Lesson 09.
    """
    images, truths = np.asarray(images, np.float32), np.asarray(truths, np.float32)
    if images.shape != truths.shape or images.shape[1:] != (SIDE, SIDE, 3) or len(centres) != len(images):
        raise ValueError(f"each face [N, {SIDE}, {SIDE}, 3] is compared with its truth and has its centres; got "
                         f"{images.shape}, {truths.shape} and {len(centres)} centres")
    unit_range(images)
    unit_range(truths, "the truth")
    network = network or feature_pyramid(load("identity_evaluator"), SIDE)
    sums = {name: np.zeros(len(images)) for name in (*PARTS, "face")}
    pairs = [network.predict(x, batch_size=32, verbose=0)[::-1] for x in (images, truths)]
    for stride, features, true_features in zip(STRIDES, *pairs, strict=True):
        unit, true_unit = (f / (np.linalg.norm(f, axis=-1, keepdims=True) + 1e-10) for f in (features, true_features))
        apart = ((unit - true_unit) ** 2).sum(-1)
        sums["face"] += apart.mean((1, 2))
        for k, part in enumerate(PARTS):
            (h, w), (x, y) = cells(part, stride), np.asarray(centres)[:, k].T
            rows, columns = (np.array(roi_weights(at, count, stride, SIDE // stride)).mean(1)
                             for at, count in ((y, h), (x, w)))
            sums[part] += np.einsum("nh,nhw,nw->n", rows, apart, columns) / (rows.sum(1) * columns.sum(1)).clip(1e-6)
    return sums


def identity_kept(images, portraits: LargePortraits, evaluator=None):
    """Cosine similarity of the identity embeddings of each image and its truth, both cut out by the true mask.

    Args:
        images: [N, 128, 128, 3].
        portraits: the truth of N.
        evaluator: the checkpoint identity_evaluator, if it is loaded.
    Returns:
        f64 [N]: 1 when the same, near 0 for two people.
    Lesson 09.
    """
    face = np.isin(portraits.labels, [LABELS[name] for name in FACE]).astype(np.float32)
    evaluator, vectors = evaluator or load("identity_evaluator"), []
    for faces in (np.asarray(images, np.float32), portraits.pictures()):
        small = [cv2.resize(x, (64, 64), interpolation=cv2.INTER_AREA) for x in cut_out(faces, face)]
        vectors.append(identify(np.stack(small), evaluator).astype(np.float64))
    return (vectors[0] * vectors[1]).sum(1)


def iris_colour(images, portraits: LargePortraits):
    """The colour of each eye's iris, the median over the pixels around the true pupil where the true label says eye.

    Args:
        images: [N, 128, 128, 3].
        portraits: the truth of N.
    Returns:
        CIE L*a*b* f64 [N, 2, 3]; nan where the iris is not seen.
    Lesson 09.
    """
    y, x = np.mgrid[:SIDE, :SIDE]
    colours = np.full((len(images), 2, 3), np.nan)
    for k, (image, labels, pupils) in enumerate(zip(images, portraits.labels, portraits.pupils, strict=True)):
        lab = cv2.cvtColor(np.asarray(image, np.float32), cv2.COLOR_RGB2LAB)
        for eye, (px, py) in enumerate(pupils):
            away = np.hypot(x - px, y - py)
            iris = (away >= IRIS[0]) & (away <= IRIS[1]) & (labels == LABELS["eyes"])
            if iris.sum() >= LEAST:
                colours[k, eye] = np.median(lab[iris], axis=0)
    return colours


def eye_colour_error(images, portraits: LargePortraits):
    """The difference of eye colour from the truth, CIE 1976 delta E, the mean of the eyes that are seen.

    Args:
        images: [N, 128, 128, 3].
        portraits: the truth of N.
    Returns:
        f64 [N], about 2 is just noticeable; nan where no eye is seen.
    References:
        CIE 015, equation 8.36 (delta E*ab).
    Lesson 09.
    """
    apart = np.linalg.norm(iris_colour(images, portraits) - iris_colour(portraits.pictures(), portraits), axis=-1)
    seen = np.isfinite(apart)
    return np.where(seen.any(1), np.where(seen, apart, 0).sum(1) / seen.sum(1).clip(1), np.nan)


def skin_of(portraits: LargePortraits):
    """Where there is skin, 4 pixels away from every other label.

    Args:
        portraits: the truth of N.
    Returns:
        bool [N, 128, 128].
    Lesson 09.
    """
    skin = (portraits.labels == LABELS["skin"]).astype(np.uint8)
    return np.stack([cv2.erode(s, np.ones((9, 9), np.uint8), borderValue=0) for s in skin]).astype(bool)


def skin_detail(images, truths, skin):
    """Fine structure of the skin (moles, freckles, wrinkles, pores): the grey image minus its blur of 2 pixels.

    Args:
        images, truths: [N, H, W, 3].
        skin: bool [N, H, W], where it is measured.
    Returns:
        (amount f64 [N], its standard deviation divided by the truth's, below 1 smoothed; agreement f64 [N], its
        correlation with the truth's). An amount of 1 with an agreement near 0 is invented skin. nan where there is no
        skin or the truth has no structure.
    Lesson 09.
    """
    fine = [_fine(x) for x in (images, truths)]
    amount, agreement = np.full(len(skin), np.nan), np.full(len(skin), np.nan)
    for k, inside in enumerate(skin):
        detail, true_detail = (f[k][inside] - f[k][inside].mean() for f in fine) if inside.any() else np.zeros((2, 1))
        if true_detail.std() > 1e-6:
            amount[k] = detail.std() / true_detail.std()
            agreement[k] = (detail * true_detail).mean() / (max(detail.std(), 1e-12) * true_detail.std())
    return amount, agreement


def cheeks_of(portraits: LargePortraits):
    """Cheeks and chin, where a dark spot is a mole or a freckle and no brow.

    Args:
        portraits: the truth of N.
    Returns:
        bool [N, 128, 128].
    Lesson 09.
    """
    chosen, wide = [], np.ones((9, 9), np.uint8)
    for skin, points in zip(skin_of(portraits), np.round(portraits.landmarks).astype(np.int32), strict=True):
        face, nose = np.zeros(skin.shape, np.uint8), np.zeros(skin.shape, np.uint8)
        cv2.fillConvexPoly(face, cv2.convexHull(points[:27]), 1)
        cv2.polylines(face, [points[17:22], points[22:27]], False, 0, 9)
        cv2.fillConvexPoly(nose, cv2.convexHull(points[27:36]), 1)
        chosen.append(cv2.erode(face * skin * (1 - cv2.dilate(nose, wide)), wide[:3, :3]))
    return np.stack(chosen).astype(bool)


def spots(image, skin, depth=0.01, round_=0.4):
    """Moles and freckles: the pixels where an image has a small, round, dark spot.

    A spot is the darkest of its 3 x 3 neighbours, darker than its surroundings (a blur of 1.6 pixels against one of
    0.7), and curved upwards in both directions (a fold is curved in one).

    Args:
        image: [H, W, 3].
        skin: bool [H, W], where spots are detected.
        depth: how much darker, as a fraction.
        round_: the weaker curvature, at least, as a fraction of the stronger.
    Returns:
        (x, y), int [M, 2].
    References:
        Lowe 2004, SIFT: difference of Gaussians, edge test.
    Lesson 09.
    """
    grey = cv2.cvtColor(np.asarray(image, np.float32), cv2.COLOR_RGB2GRAY)
    fine = cv2.GaussianBlur(grey, (0, 0), 0.7)
    dark = (cv2.GaussianBlur(grey, (0, 0), 1.6) - fine) / np.maximum(fine, 0.05)
    xx, yy, xy = (cv2.Sobel(fine, -1, *order, ksize=3) for order in ((2, 0), (0, 2), (1, 1)))
    middle, spread = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)  # the curvatures are middle +- spread
    peaks = (dark > depth) & (dark == cv2.dilate(dark, np.ones((3, 3), np.uint8))) & np.asarray(skin, bool)
    return np.argwhere(peaks & (middle - spread > round_ * (middle + spread)))[:, ::-1]


def spots_kept(images, truths, cheeks, near=2.0):
    """How many spots are true, kept (detected in the image too) and invented (without one in the truth).

    Args:
        images, truths: [N, H, W, 3].
        cheeks: bool [N, H, W], as cheeks_of gives it.
        near: largest distance of a spot from its counterpart, pixels.
    Returns:
        (true, kept, invented), int [N] each.
    Lesson 09.
    """
    counts = []
    for image, truth, inside in zip(images, truths, cheeks, strict=True):
        detected, true = spots(image, inside), spots(truth, inside)
        close = np.linalg.norm(true[:, None] - detected[None], axis=-1) <= near
        counts.append((len(true), int(close.any(1).sum()), int((~close.any(0)).sum())))
    return tuple(np.array(counts, int).reshape(-1, 3).T)


def predicted_values(images, portraits: LargePortraits, regressor=None):
    """The attributes of READ as the attribute regressor predicts them from the images, on grey by the true mask.

    Args:
        images: [N, 128, 128, 3].
        portraits: the truth of N.
        regressor: the checkpoint attribute_regressor, if it is loaded.
    Returns:
        name -> f32 [N].
    Lesson 09.
    """
    on_grey = cut_out(np.asarray(images, np.float32), portraits.masks.astype(np.float32) / 255)
    return dict(zip(READ, predict_attributes(on_grey, READ, regressor).T, strict=True))


def true_values(portraits: LargePortraits):
    """The true values of what predicted_values predicts.

    Args:
        portraits: the truth of N.
    Returns:
        name -> f32 [N].
    Lesson 09.
    """
    persons, scenes = zip(*map(from_vector, portraits.vectors), strict=True)
    return dict(zip(READ, true_attributes(persons, scenes, READ).T, strict=True))


def evaluators():
    """The networks that score uses, to load them once.

    Returns:
        (identity_evaluator at four depths, identity_evaluator, attribute_regressor).
    """
    evaluator = load("identity_evaluator")
    return feature_pyramid(evaluator, SIDE), evaluator, load("attribute_regressor")


def score(images, portraits: LargePortraits, networks=None):
    """Every metric of this file for one method of restoration. Score the truth too: its row shows their own errors.

    Args:
        images: [N, 128, 128, 3].
        portraits: the truth of N.
        networks: what evaluators() returns, to score several sets.
    Returns:
        A dict of means: psnr (dB), ssim; the perceptual distance of each part ("left eye", ..., "parts" their mean,
        "face"); identity (cosine); then what was invented: eye colour (delta E); the mean absolute errors of jaw,
        smile, blink, gaze_x and eyes (paleness) against the person's parameters; skin amount and skin agreement; spots
        kept (as a fraction) and spots invented (a face).
    Raises:
        ValueError: when images and portraits differ in number or size.
    Lesson 09.
    """
    images = unit_range(np.asarray(images, np.float32)).clip(0, 1)
    if images.shape != portraits.images.shape:
        raise ValueError(f"images are {images.shape}, their true portraits {portraits.images.shape}; "
                         "expected one image for each, of its size")
    face_network, evaluator, regressor = networks or evaluators()
    truths, alpha = portraits.pictures(), portraits.masks.astype(np.float32) / 255
    centres = part_centres(portraits.landmarks)
    parts = part_distances(cut_out(images, alpha), cut_out(truths, alpha), centres, face_network)
    parts = {name: float(values.mean()) for name, values in parts.items()}
    true, predicted = true_values(portraits), predicted_values(images, portraits, regressor)
    errors = {name: float(np.abs(predicted[name] - true[name]).mean()) for name in READ}
    amount, agreement = skin_detail(images, truths, skin_of(portraits))
    true, kept, invented = spots_kept(images, truths, cheeks_of(portraits))
    return {"psnr": float(np.mean(psnr(images, truths))), "ssim": float(np.mean(ssim(images, truths))), **parts,
            "parts": float(np.mean([parts[part] for part in PARTS])),
            "identity": float(identity_kept(images, portraits, evaluator).mean()),
            "eye colour": float(np.nanmean(eye_colour_error(images, portraits))), **errors,
            "skin amount": float(np.nanmean(amount)), "skin agreement": float(np.nanmean(agreement)),
            "spots kept": float(kept.sum() / max(true.sum(), 1)), "spots invented": float(invented.mean())}


def _fine(images):
    grey = [cv2.cvtColor(unit_range(np.asarray(x, np.float32)), cv2.COLOR_RGB2GRAY) for x in images]
    return np.stack([g - cv2.GaussianBlur(g, (0, 0), 2.0) for g in grey]).astype(np.float64)
