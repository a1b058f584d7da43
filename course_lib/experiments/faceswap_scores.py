"""Scores of a run of faceswap-GAN against the exact truth, as faceswap_ablation stores them. Lesson 05."""
from functools import lru_cache

import numpy as np

from course_lib.blending.masks import hull, intersect, visible_skin
from course_lib.checkpoints import load
from course_lib.metrics.detail import edge_error, mask_iou, perceptual_distance, sharpness, spectrum
from course_lib.metrics.image import face_psnr
from course_lib.metrics.swap import evaluate
from course_lib.models.autoencoder import cut_out
from course_lib.models.evaluators import feature_pyramid
from course_lib.models.faceswap_gan import composite, parts
from course_lib.show import decode_sheet, encode_sheet, image_sheet
from course_lib.training.faceswap import verdict
from course_lib.training.occluders import draw_occluder, overlay, skin_colour

INNER = slice(14, 50)  # the middle of the crop, inside every face
SHOWN = 6  # held-out faces whose images are stored
OBJECTS = ("hand", "glasses")
OCCLUDED_SEED = 5


def score(images, source, truth, known, person):
    """Scores swapped faces inside the true mask.

    Args:
        images: swapped faces [N, 64, 64, 3].
        source, truth: FaceSets of the source and of the target person in the same scenes.
        known: a FaceSet of the target person, for identity.
        person: the target's name.
    Returns:
        A dict, name -> number: those of metrics.swap.evaluate; likeness, the mean cosine with the target person in the
        identity evaluator; perceptual, edges, sharpness of metrics.detail.
    Lesson 05.
    """
    face, perfect = (cut_out(np.asarray(x, np.float32).clip(0, 1), truth.masks) for x in (images, truth.images))
    who, regressor, features = _evaluators()
    row = evaluate(face, source, truth, known, person=person, evaluators=(who, regressor), baselines=False).rows["swap"]
    row["psnr"] = float(np.mean(face_psnr(face, perfect, truth.masks)))
    row["likeness"] = float(who.predict(face, verbose=0)[1][:, who.get_layer("gallery").names.index(person)].mean())
    distance = perceptual_distance(features, face, perfect)
    middle = sharpness(face[:, INNER, INNER], perfect[:, INNER, INNER])
    return {**row, "perceptual": float(distance.mean()), "edges": float(edge_error(face, perfect, truth.masks).mean()),
            "sharpness": float(np.median(middle))}


@lru_cache(maxsize=1)
def _evaluators():
    who = load("identity_evaluator")
    return who, load("pose_regressor"), feature_pyramid(who)


def fixed_masks(faces):
    """Masks from landmarks alone: their convex hull.

    Args:
        faces: FaceSet.
    Returns:
        f32 [N, S, S].
    Lesson 05.
    """
    return np.stack([hull(points, (faces.size, faces.size)) for points in faces.landmarks])


def evaluate_run(outputs, sets, person, stopped="done"):
    """All that is stored of a run except its settings.

    Args:
        outputs: seven channels [N, 64, 64, 7] for the held-out faces.
        sets: (source, truth, known), FaceSets.
        person: the target's name.
        stopped: of the run's History.
    Returns:
        A dict of scores and sheets: "picture" scores the composite through the run's own mask, "colour" the same colour
        through the true mask, "hull" through the hull of the landmarks.
    Lesson 05.
    """
    source, truth, known = sets
    picture, colour, alpha = parts(outputs)
    through_hull = composite(fixed_masks(source)[..., None], colour, source.images)
    return {"picture": score(picture, source, truth, known, person),
            "colour": score(colour, source, truth, known, person),
            "hull": score(through_hull, source, truth, known, person),
            "mask IoU": float(mask_iou(alpha[..., 0], truth.masks).mean()), "mask mean": float(alpha.mean()),
            "verdict": verdict(picture, truth.images, alpha, stopped), "spectrum": power(picture),
            "sheet": sheet(picture), "colours": sheet(colour), "masks": sheet(np.repeat(alpha, 3, -1))}


def power(images):
    """The mean power spectrum of the middles of faces.

    Args:
        images: [N, 64, 64, 3].
    Returns:
        A list of numbers, at the spatial frequencies of frequencies().
    Lesson 05.
    """
    return [float(f"{v:.5g}") for v in spectrum(images[:, INNER, INNER])[1].mean(0)]


def frequencies():
    """The spatial frequencies of power().

    Returns:
        A list, cycles per pixel.
    Lesson 05.
    """
    side = INNER.stop - INNER.start
    return [round(float(v), 5) for v in spectrum(np.zeros((1, side, side, 3)))[0]]


def sheet(images):
    """The first SHOWN images side by side, as text.

    Args:
        images: [N, S, S, 3].
    Returns:
        Text, as show.encode_sheet.
    Lesson 05.
    """
    return encode_sheet(image_sheet(images[:SHOWN]).clip(0, 1))


def stored_images(part, name="sheet"):
    """The images of a sheet that is stored with a run.

    Args:
        part: a dict with sheets: a run, or the record's "source", "truth" or "lesson 02".
        name: of the sheet: "sheet" (composites), "colours" or "masks".
    Returns:
        A list of SHOWN images [S, S, 3].
    Lesson 05.
    """
    return np.split(decode_sheet(part[name]), SHOWN, axis=1)


def outputs(model, encoder, source):
    """The output of a model for a FaceSet.

    Args:
        model: a masked_decoder.
        encoder: the shared_encoder.
        source: FaceSet of 64 pixels.
    Returns:
        Seven channels [N, 64, 64, 7].
    Lesson 05.
    """
    codes = encoder.predict(cut_out(source.images, source.masks), verbose=0)
    return model.predict([codes, source.images], verbose=0)


def with_fixed_mask(seven, source):
    """The same colours composited with the hull of the source's landmarks, as for a decoder without a mask.

    Args:
        seven: channels [N, 64, 64, 7].
        source: FaceSet.
    Returns:
        Seven channels [N, 64, 64, 7].
    Lesson 05.
    """
    alpha = fixed_masks(source)[..., None]
    colour = parts(seven)[1]
    return np.concatenate([alpha * colour + (1 - alpha) * source.images, colour, alpha], -1)


def without_sheets(row):
    """A row of occlusion without its sheets.

    Args:
        row: a dict.
    Returns:
        A dict of its numbers.
    """
    return {k: v for k, v in row.items() if not isinstance(v, str)}


def occluded(faces, truth, kind, seed=OCCLUDED_SEED):
    """Faces with an occluder. A hand has the colour of the face that it covers, so that colour does not reveal it.

    Args:
        faces, truth: FaceSets of the same scenes.
        kind: of training.occluders.draw_occluder; glasses are dark.
        seed: of the objects.
    Returns:
        (occluded faces, the truth with the same occluders, exact masks of the occluders [N, S, S]).
    Lesson 05.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for image, mask, points, target in zip(faces.images, faces.masks, faces.landmarks, truth.images, strict=True):
        colour = 1.1 * skin_colour(image, mask) if kind == "hand" else rng.uniform(0.03, 0.15, 3)
        rgb, alpha = draw_occluder(kind, rng, colour, faces.size, points)
        rows.append((overlay(image, rgb, alpha), overlay(target, rgb, alpha), alpha))
    return [np.stack(x) for x in zip(*rows, strict=True)]


def occlusion(model, encoder, sets, kind):
    """How well three masks keep an occluder in front of the face.

    Args:
        model: a masked_decoder.
        encoder: the shared_encoder.
        sets: (source, truth, known), FaceSets.
        kind: of occluder.
    Returns:
        A dict of numbers and sheets for each mask: fixed (the hull of the landmarks), estimated (lesson 03's, the hull
        where skin is detected) and learned (the model's). IoU: with the true face less the occluder. kept: fraction of
        the occluder's area over the face that stays. psnr: of the composite inside the true face's mask, dB.
    Lesson 05.
    """
    source, truth, _ = sets
    images, targets, objects = occluded(source, truth, kind)
    codes = encoder.predict(cut_out(images, source.masks), verbose=0)
    learned, colour, alpha = parts(model.predict([codes, images], verbose=0))
    fixed = fixed_masks(source)
    estimated = np.stack([intersect(m, visible_skin(p, x))
                          for m, p, x in zip(fixed, images, source.landmarks, strict=True)])
    visible, over = truth.masks * (1 - objects), objects * fixed
    rows = {"source": sheet(images), "truth": sheet(targets), "objects": sheet(np.repeat(objects[..., None], 3, -1))}
    for name, mask in (("fixed", fixed), ("estimated", estimated), ("learned", alpha[..., 0])):
        swapped = learned if name == "learned" else composite(mask[..., None], colour, images)
        rows[name] = {"IoU": float(mask_iou(mask, visible).mean()), "kept": float(1 - (mask * over).sum() / over.sum()),
                      "psnr": float(np.mean(face_psnr(swapped, targets, truth.masks))),
                      "sheet": sheet(swapped), "masks": sheet(np.repeat(mask[..., None], 3, -1))}
    return rows
