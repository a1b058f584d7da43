"""What the two blend detectors and patch self-consistency reach on the photographs of experiments.evidence. Lesson 11.
"""
import cv2
import numpy as np

from course_lib.blending.masks import hull
from course_lib.experiments.evidence import CONDITIONS, forgeries_of, gallery, under
from course_lib.faces import warp
from course_lib.forensics import warping
from course_lib.forensics.blending import SIZE as FACE
from course_lib.forensics.blending import face_crop
from course_lib.forensics.noiseprint import KINDS as RESIDUALS
from course_lib.forensics.noiseprint import noise_map_of
from course_lib.forensics.splices import consistency_map, iou
from course_lib.forgeries import METHODS
from course_lib.forgeries.odd_eyes import KINDS as EYES
from course_lib.forgeries.self_blending import boundary
from course_lib.forgeries.splices import splice
from course_lib.metrics.detection import auc, bootstrap

UNSEEN = {"self_blended_cast": ("swap", "pasted", "warped", "resampled"),  # what each has not been trained on
          "one_method_cast": ("pasted", "self_blended", "warped", "resampled"),
          "warping_cast": ("swap", "pasted", "self_blended", "resampled"),
          "warping_pyramid_cast": ("swap", "pasted", "self_blended", "resampled")}


def blend_scores(model, photos=None, forged=None, conditions=CONDITIONS):
    """P(fake) of a blend detector on every method and history, and how well its map fits the true boundary.

    Args:
        model: keras.Model, faces -> (P(fake), boundary).
        photos, forged: As for `measure`; the test photographs when left out.
        conditions: Of CONDITIONS.
    Returns:
        {"person": [N], "scores": condition -> method -> [N], "iou", raw: method -> mean; "iou filled": the same of the
        filled hull of the landmarks, which needs no network}.
    Lesson 11.
    """
    photos = gallery() if photos is None else photos
    forged = forgeries_of(photos, eyes=False) if forged is None else forged
    out = {"person": photos.person.tolist(), "scores": {c: {} for c in conditions}, "iou": {}, "iou filled": {}}
    for condition in conditions:
        for method, (images, weights) in forged.items():
            if method in EYES:
                continue
            faces, truth, filled = [], [], []
            for k, image in enumerate(images):
                image, points = under(image, photos.landmarks[k], condition, int(photos.seed[k]))
                face, matrix = face_crop(image, points)
                faces.append(face)
                inside = hull(points, image.shape[:2], forehead=0.0)
                for row, whole in ((truth, boundary(warp(weights[k], matrix, FACE))),
                                   (filled, warp(inside, matrix, FACE))):
                    row.append(cv2.resize(whole, (FACE // 4,) * 2, interpolation=cv2.INTER_AREA))
            score, maps = (np.asarray(x) for x in model.predict_on_batch(np.stack(faces)))
            out["scores"][condition][method] = [round(float(s), 4) for s in score[:, 0]]
            if condition == "raw" and method != "real":
                for name, found in (("iou", maps[..., 0]), ("iou filled", filled)):
                    overlaps = [overlap(m, t) for m, t in zip(found, truth, strict=True)]
                    out[name][method] = round(float(np.mean(overlaps)), 3)
    return out


def warping_scores(model, photos=None, forged=None, conditions=CONDITIONS):
    """P(fake) of a detector of warping artifacts on every method and history.

    Args:
        model: keras.Model, faces -> P(fake).
        photos, forged, conditions: As for `blend_scores`.
    Returns:
        {"person": [N], "scores": condition -> method -> [N]}.
    Lesson 11.
    """
    photos = gallery() if photos is None else photos
    forged = forgeries_of(photos, eyes=False) if forged is None else forged
    out = {"person": photos.person.tolist(), "scores": {c: {} for c in conditions}}
    for condition in conditions:
        for method, (images, _) in forged.items():
            if method not in EYES:
                out["scores"][condition][method] = [
                    round(warping.crop_scores(model, *under(image, points, condition, int(seed)))[0], 4)
                    for image, points, seed in zip(images, photos.landmarks, photos.seed, strict=True)]
    return out


def overlap(found, truth):
    """IoU of a map and a boundary, both cut at a third of their largest value; of nothing found, 0.

    Args:
        found, truth: f32 [M, M].
    Returns:
        A float.
    Lesson 11.
    """
    a, b = found > max(0.33 * found.max(), 0.05), truth > max(0.33 * truth.max(), 0.05)
    return float((a & b).sum() / max((a | b).sum(), 1))


def blend_auc(rows, method, condition="raw", rounds=200):
    """AUC of a blend detector for one method.

    Args:
        rows: Of `blend_scores`.
        method, condition: Which.
        rounds: Of the bootstrap.
    Returns:
        Interval.
    Lesson 11.
    """
    real, fake = (rows["scores"][condition][m] for m in ("real", method))
    return bootstrap(auc, np.repeat([0, 1], (len(real), len(fake))), np.array(real + fake), rows["person"] * 2, rounds)


def mean_unseen(rows, name, condition="raw"):
    """The mean AUC of a detector over the methods that it was not trained on.

    Args:
        rows: Of `blend_scores`.
        name: A key of UNSEEN.
        condition: Of CONDITIONS.
    Returns:
        A float.
    Lesson 11.
    """
    return float(np.mean([blend_auc(rows, method, condition, 1).value for method in UNSEEN[name]]))


def blend_table(rows):
    """The AUC of a blend detector by method and history, as Markdown.

    Args:
        rows: Of `blend_scores`.
    Returns:
        Text.
    Lesson 11.
    """
    conditions, mapped = list(rows["scores"]), "iou" in rows
    lines = ["| method | " + " | ".join(conditions) + " | IoU of the boundary, raw |" * mapped + " |" * (not mapped),
             "|---" * (len(conditions) + 1 + mapped) + "|"]
    return "\n".join(lines + [f"| {m} | " + " | ".join(str(blend_auc(rows, m, c)) for c in conditions)
                              + (f" | {rows['iou'][m]:.2f} |" if mapped else " |") for m in METHODS])


def spliced(photos, conditions=("raw", "c23"), network=None):
    """Patch self-consistency on splices and on clean photographs: detection and localisation.

    Args:
        photos: Photographs.
        conditions: Of CONDITIONS.
        network: As for forensics.splices.affinities.
    Returns:
        condition -> {"clean", "splice": 1 - mean affinity [N]; "mean shift", "clusters": IoU [N]; "person": IoU of the
        person's mask found by chance: the best of all or nothing [N]; "clean area": share of clean pictures marked}.
    Lesson 11.
    """
    out = {}
    for condition in conditions:
        rows = out[condition] = {name: [] for name in ("clean", "splice", "mean shift", "clusters", "person",
                                                       "clean area")}
        for k in range(len(photos)):
            image, weight = splice(photos, k, (k + len(photos) // 2 + 1) % len(photos))
            truth = weight > 0.5
            shown, _ = under(image, photos.landmarks[k], condition)
            clean, _ = under(photos.rgb[k], photos.landmarks[k], condition)
            odd, mean = consistency_map(clean, "mean shift", network)
            rows["clean"].append(round(1 - mean, 4))
            rows["clean area"].append(round(float((odd > 0.5).mean()), 4))
            for how in ("mean shift", "clusters"):
                odd, mean = consistency_map(shown, how, network)
                best = max(iou(odd > 0.5, truth), iou(odd > 0.5, ~truth))  # which part came first nobody can say
                rows[how].append(round(best, 4))
            rows["splice"].append(round(1 - mean, 4))
            rows["person"].append(round(float(max(truth.mean(), (~truth).mean())), 4))
    return out


def noise_splices(photos, conditions=("raw", "c23"), network=None):
    """Localisation of splices by the noise residual, fixed and learned.

    Args:
        photos: Photographs.
        conditions: Of CONDITIONS.
        network: The learned one, keras.Model; the shipped one when left out.
    Returns:
        condition -> {"high-pass", "noiseprint": IoU [N], the better of the map and its inverse; "person": IoU of the
        best of all or nothing [N]}.
    Lesson 11.
    """
    out = {}
    for condition in conditions:
        rows = out[condition] = {name: [] for name in (*RESIDUALS, "person")}
        for k in range(len(photos)):
            image, weight = splice(photos, k, (k + len(photos) // 2 + 1) % len(photos))
            truth, (shown, _) = weight > 0.5, under(image, photos.landmarks[k], condition)
            for kind in RESIDUALS:
                odd = noise_map_of(shown, kind, network) > 0.5
                rows[kind].append(round(max(iou(odd, truth), iou(odd, ~truth)), 4))
            rows["person"].append(round(float(max(truth.mean(), (~truth).mean())), 4))
    return out
