"""What a restored face is worth against the exact truth, and what in it was invented. Lesson 09.

Pictures are f32 RGB [N, 128, 128, 3] in [0, 1], aligned. `portraits` are their true faces, as
data.large_portraits gives them: images and masks uint8, labels (cast.LABELS), landmarks, pupils, vectors.
"""
import cv2
import numpy as np

import course_lib.models  # noqa: F401  (registers the layers that a checkpoint may hold)
from course_lib.cast import LABELS, from_vector
from course_lib.checkpoints import load
from course_lib.models.autoencoder import cut_out
from course_lib.models.dictionary import PARTS, SIDE, STRIDES, cells, part_centres, roi_weights
from course_lib.models.evaluators import feature_pyramid
from course_lib.values import unit_range

from .attributes import identify, predict_attributes, true_attributes
from .image import psnr, ssim

READ = ("jaw", "smile", "blink", "gaze_x", "eyes")  # read from the picture by attribute_regressor; eyes: how pale they are
IRIS = (2.0, 4.0)  # an iris in a portrait: from the pupil to the white, pixels from the pupil's middle
LEAST = 6  # pixels of it that must be seen
FACE = ("skin", "eyes", "mouth", "lips", "glasses")


def part_distances(pictures, truths, centres, network=None):
    """How far apart two sets of faces look to a face network in each part: name -> f64 [N], "face" for the whole.

    pictures, truths: [N, 128, 128, 3], on grey. centres: models.dictionary.part_centres. network: feature_pyramid of a
    face network; identity_evaluator when left out, which no restorer of the course was trained with. As
    metrics.detail.perceptual_distance, averaged over the part's cells alone: compare its numbers with each other, and
    do not call them LPIPS. Raises ValueError when the shapes differ. Lesson 09.
    """
    pictures, truths = np.asarray(pictures, np.float32), np.asarray(truths, np.float32)
    if pictures.shape != truths.shape or pictures.shape[1:] != (SIDE, SIDE, 3) or len(centres) != len(pictures):
        raise ValueError(f"each face [N, {SIDE}, {SIDE}, 3] is compared with its truth and has its centres; got "
                         f"{pictures.shape}, {truths.shape} and {len(centres)} centres")
    unit_range(pictures)
    unit_range(truths, "the truth")
    network = network or feature_pyramid(load("identity_evaluator"), SIDE)
    sums = {name: np.zeros(len(pictures)) for name in (*PARTS, "face")}
    both = [network.predict(x, batch_size=32, verbose=0)[::-1] for x in (pictures, truths)]
    for stride, found, wanted in zip(STRIDES, *both, strict=True):
        found, wanted = (f / (np.linalg.norm(f, axis=-1, keepdims=True) + 1e-10) for f in (found, wanted))
        apart = ((found - wanted) ** 2).sum(-1)
        sums["face"] += apart.mean((1, 2))
        for k, part in enumerate(PARTS):
            (h, w), (x, y) = cells(part, stride), np.asarray(centres)[:, k].T
            rows, columns = (np.array(roi_weights(at, count, stride, SIDE // stride)).mean(1)
                             for at, count in ((y, h), (x, w)))
            sums[part] += np.einsum("nh,nhw,nw->n", rows, apart, columns) / (rows.sum(1) * columns.sum(1)).clip(1e-6)
    return sums


def identity_kept(pictures, portraits, judge=None):
    """The cosine between who is in each picture and who is in its truth, to identity_evaluator: f64 [N], 1 when the same.

    Both are cut out with the true face's mask; the judge looks at 64 x 64 pixels. Two people's is near 0. judge: the
    checkpoint identity_evaluator, if it is loaded. Lesson 09.
    """
    face = np.isin(portraits.labels, [LABELS[name] for name in FACE]).astype(np.float32)
    judge, vectors = judge or load("identity_evaluator"), []
    for some in (np.asarray(pictures, np.float32), portraits.pictures()):
        small = [cv2.resize(x, (64, 64), interpolation=cv2.INTER_AREA) for x in cut_out(some, face)]
        vectors.append(identify(np.stack(small), judge).astype(np.float64))
    return (vectors[0] * vectors[1]).sum(1)


def iris_colour(pictures, portraits):
    """The colour of each eye's iris: CIE L*a*b* f64 [N, 2, 3], the median over the iris; nan where it is not seen.

    Where the iris lies is known from the truth: around the true pupil, where the true label says eye. Lesson 09.
    """
    y, x = np.mgrid[:SIDE, :SIDE]
    colours = np.full((len(pictures), 2, 3), np.nan)
    for k, (picture, labels, pupils) in enumerate(zip(pictures, portraits.labels, portraits.pupils, strict=True)):
        lab = cv2.cvtColor(np.asarray(picture, np.float32), cv2.COLOR_RGB2LAB)
        for eye, (px, py) in enumerate(pupils):
            away = np.hypot(x - px, y - py)
            iris = (away >= IRIS[0]) & (away <= IRIS[1]) & (labels == LABELS["eyes"])
            if iris.sum() >= LEAST:
                colours[k, eye] = np.median(lab[iris], axis=0)
    return colours


def eye_colour_error(pictures, portraits):
    """The difference of eye colour from the truth, CIE 1976: f64 [N], about 2 is just seen; nan where no eye is seen.

    The mean of the eyes that are seen. Source: CIE 015, equation 8.36 (delta E*ab). Lesson 09.
    """
    apart = np.linalg.norm(iris_colour(pictures, portraits) - iris_colour(portraits.pictures(), portraits), axis=-1)
    seen = np.isfinite(apart)
    return np.where(seen.any(1), np.where(seen, apart, 0).sum(1) / seen.sum(1).clip(1), np.nan)


def skin_of(portraits):
    """Where there is skin and nothing else near: bool [N, 128, 128], 4 pixels from every other label. Lesson 09."""
    skin = (portraits.labels == LABELS["skin"]).astype(np.uint8)
    return np.stack([cv2.erode(s, np.ones((9, 9), np.uint8), borderValue=0) for s in skin]).astype(bool)


def skin_detail(pictures, truths, skin):
    """Fine structure of the skin (moles, freckles, wrinkles, pores): (amount, agreement), both f64 [N].

    What is left of the grey picture without its blur of 2 pixels, inside skin [N, H, W]. amount: its deviation as a
    share of the truth's; below 1 the skin was smoothed. agreement: its correlation with the truth's: an amount of 1
    with an agreement near 0 is skin made up. nan where there is no skin or the truth has no structure. Lesson 09.
    """
    fine = [_fine(x) for x in (pictures, truths)]
    amount, agreement = np.full(len(skin), np.nan), np.full(len(skin), np.nan)
    for k, where in enumerate(skin):
        mine, true = (f[k][where] - f[k][where].mean() for f in fine) if where.any() else (np.zeros(1), np.zeros(1))
        if true.std() > 1e-6:
            amount[k] = mine.std() / true.std()
            agreement[k] = (mine * true).mean() / (max(mine.std(), 1e-12) * true.std())
    return amount, agreement


def cheeks_of(portraits):
    """Cheeks and chin, where a dark spot is a mole or a freckle and no brow: bool [N, 128, 128]. Lesson 09."""
    chosen, wide = [], np.ones((9, 9), np.uint8)
    for skin, points in zip(skin_of(portraits), np.round(portraits.landmarks).astype(np.int32), strict=True):
        face, nose = np.zeros(skin.shape, np.uint8), np.zeros(skin.shape, np.uint8)
        cv2.fillConvexPoly(face, cv2.convexHull(points[:27]), 1)
        cv2.polylines(face, [points[17:22], points[22:27]], False, 0, 9)
        cv2.fillConvexPoly(nose, cv2.convexHull(points[27:36]), 1)
        chosen.append(cv2.erode(face * skin * (1 - cv2.dilate(nose, wide)), wide[:3, :3]))
    return np.stack(chosen).astype(bool)


def spots(picture, skin, depth=0.01, round_=0.4):
    """Moles and freckles: the pixels (x, y) where a picture [H, W, 3] has a small, round, dark spot, int [M, 2].

    Inside skin [H, W]: darkest of its 3 x 3 neighbours, darker than its surroundings (a blur of 1.6 pixels against one
    of 0.7) by the share `depth`, and curved upwards in both directions, the weaker at least `round_` of the stronger
    (a fold is curved in one). Source: difference of Gaussians and test of edges of Lowe 2004, SIFT. Lesson 09.
    """
    grey = cv2.cvtColor(np.asarray(picture, np.float32), cv2.COLOR_RGB2GRAY)
    fine = cv2.GaussianBlur(grey, (0, 0), 0.7)
    dark = (cv2.GaussianBlur(grey, (0, 0), 1.6) - fine) / np.maximum(fine, 0.05)
    xx, yy, xy = (cv2.Sobel(fine, -1, *order, ksize=3) for order in ((2, 0), (0, 2), (1, 1)))
    middle, spread = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)  # the curvatures are middle +- spread
    found = (dark > depth) & (dark == cv2.dilate(dark, np.ones((3, 3), np.uint8))) & np.asarray(skin, bool)
    return np.argwhere(found & (middle - spread > round_ * (middle + spread)))[:, ::-1]


def spots_kept(pictures, truths, cheeks, near=2.0):
    """How many spots are true, kept and invented: (true, kept, invented), int [N] each.

    kept: spots of the truth with one in the picture within `near` pixels. invented: spots of the picture with none of
    the truth so near. Lesson 09.
    """
    counts = []
    for picture, truth, where in zip(pictures, truths, cheeks, strict=True):
        found, true = spots(picture, where), spots(truth, where)
        close = np.linalg.norm(true[:, None] - found[None], axis=-1) <= near
        counts.append((len(true), int(close.any(1).sum()), int((~close.any(0)).sum())))
    return tuple(np.array(counts, int).reshape(-1, 3).T)


def readings(pictures, portraits, reader=None):
    """What the attribute reader sees in the pictures: name -> f32 [N], for the names of READ.

    They are put on grey by the true mask. reader: the checkpoint attribute_regressor, if it is loaded. Lesson 09.
    """
    on_grey = cut_out(np.asarray(pictures, np.float32), portraits.masks.astype(np.float32) / 255)
    return dict(zip(READ, predict_attributes(on_grey, READ, reader).T, strict=True))


def true_readings(portraits):
    """The true values of what readings reads: name -> f32 [N]. Lesson 09."""
    persons, scenes = zip(*map(from_vector, portraits.vectors), strict=True)
    return dict(zip(READ, true_attributes(persons, scenes, READ).T, strict=True))


def evaluators():
    """What score looks through, to be loaded once: identity_evaluator at four depths, itself, attribute_regressor."""
    who = load("identity_evaluator")
    return feature_pyramid(who, SIDE), who, load("attribute_regressor")


def score(pictures, portraits, networks=None):
    """Every measure of this file for one way of restoring, a dict of numbers: means over the pictures.

    psnr (dB), ssim; the perceptual distance of each part ("left eye", ..., "parts" their mean, "face"); identity
    (cosine); then what was invented: eye colour (delta E); the mean absolute errors of jaw, smile, blink, gaze_x and
    eyes (paleness) against the parameters that the person was rendered from; skin amount and skin agreement; spots
    kept (share of the true ones) and spots invented (a face). Score the truth itself too: its own row says how well
    the readers read. networks: what evaluators() returns, to score several sets. Raises ValueError when there are not as
    many pictures as portraits. Lesson 09.
    """
    pictures = unit_range(np.asarray(pictures, np.float32)).clip(0, 1)
    if pictures.shape != portraits.images.shape:
        raise ValueError(f"pictures are {pictures.shape}, their true portraits {portraits.images.shape}; "
                         "expected one picture for each, of its size")
    looker, who, reader = networks or evaluators()
    truths, alpha = portraits.pictures(), portraits.masks.astype(np.float32) / 255
    parts = part_distances(cut_out(pictures, alpha), cut_out(truths, alpha), part_centres(portraits.landmarks), looker)
    parts = {name: float(values.mean()) for name, values in parts.items()}
    true, read = true_readings(portraits), readings(pictures, portraits, reader)
    errors = {name: float(np.abs(read[name] - true[name]).mean()) for name in READ}
    amount, agreement = skin_detail(pictures, truths, skin_of(portraits))
    true, kept, invented = spots_kept(pictures, truths, cheeks_of(portraits))
    return {"psnr": float(np.mean(psnr(pictures, truths))), "ssim": float(np.mean(ssim(pictures, truths))), **parts,
            "parts": float(np.mean([parts[part] for part in PARTS])),
            "identity": float(identity_kept(pictures, portraits, who).mean()),
            "eye colour": float(np.nanmean(eye_colour_error(pictures, portraits))), **errors,
            "skin amount": float(np.nanmean(amount)), "skin agreement": float(np.nanmean(agreement)),
            "spots kept": float(kept.sum() / max(true.sum(), 1)), "spots invented": float(invented.mean())}


def _fine(pictures):
    grey = [cv2.cvtColor(unit_range(np.asarray(x, np.float32)), cv2.COLOR_RGB2GRAY) for x in pictures]
    return np.stack([g - cv2.GaussianBlur(g, (0, 0), 2.0) for g in grey]).astype(np.float64)
