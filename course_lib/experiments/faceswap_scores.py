"""What a run of faceswap-GAN is measured by, against the exact truth: experiments.faceswap_ablation keeps it. Lesson 05."""
import numpy as np

from course_lib.blending.masks import hull, intersect, visible_skin
from course_lib.checkpoints import load
from course_lib.metrics.detail import edge_error, mask_iou, perceptual_distance, sharpness, spectrum
from course_lib.metrics.image import face_psnr
from course_lib.metrics.swap import evaluate
from course_lib.models.autoencoder import cut_out
from course_lib.models.evaluators import feature_pyramid
from course_lib.models.faceswap_gan import composite, parts
from course_lib.show import encode_sheet, image_sheet
from course_lib.training.faceswap import verdict
from course_lib.training.occluders import cover, draw, skin_of

INNER = slice(14, 50)  # the middle of the crop, inside every face
SHOWN = 6  # held-out faces whose pictures are kept
OBJECTS = ("hand", "glasses")
OCCLUDED_SEED = 5


def score(picture, source, truth, known, person):
    """How near swapped faces [N, 64, 64, 3] come to the truth inside its mask: name -> number.

    Those of metrics.swap.evaluate, and: likeness, the mean cosine with the wanted person, to the judge of identity;
    perceptual, edges, sharpness (metrics.detail).
    """
    face, perfect = (cut_out(np.asarray(x, np.float32).clip(0, 1), truth.masks) for x in (picture, truth.images))
    row = evaluate(face, source, truth, known, person=person).rows["swap"]
    row["psnr"] = float(np.mean(face_psnr(face, perfect, truth.masks)))
    who = load("identity_evaluator")
    row["likeness"] = float(who.predict(face, verbose=0)[1][:, who.get_layer("gallery").names.index(person)].mean())
    looks = perceptual_distance(feature_pyramid(who), face, perfect)
    middle = sharpness(face[:, INNER, INNER], perfect[:, INNER, INNER])
    return {**row, "perceptual": float(looks.mean()), "edges": float(edge_error(face, perfect, truth.masks).mean()),
            "sharpness": float(np.median(middle))}


def fixed_masks(faces):
    """The mask that knows landmarks alone (blending.masks.hull), f32 [N, S, S], of a FaceSet."""
    return np.stack([hull(points, (faces.size, faces.size)) for points in faces.landmarks])


def measured(outputs, sets, person, stopped="done"):
    """Everything that is kept of a run but its settings, from seven channels [N, 64, 64, 7] of the held-out faces.

    sets: (source, truth, known), FaceSets. person: who is wanted.
    """
    source, truth, known = sets
    picture, colour, alpha = parts(outputs)
    bad = verdict(picture, truth.images, alpha, stopped)
    return {"picture": score(picture, source, truth, known, person),
            "colour": score(colour, source, truth, known, person),
            "mask IoU": float(mask_iou(alpha[..., 0], truth.masks).mean()), "mask mean": float(alpha.mean()),
            "verdict": bad, "spectrum": power(picture), "sheet": sheet(picture), "colours": sheet(colour),
            "masks": sheet(np.repeat(alpha, 3, -1))}


def power(pictures):
    """The mean power spectrum of the middles of faces, a list; its frequencies are those of frequencies()."""
    return [float(f"{v:.5g}") for v in spectrum(pictures[:, INNER, INNER])[1].mean(0)]


def frequencies():
    """What the numbers of power() belong to, in cycles a pixel."""
    side = INNER.stop - INNER.start
    return [round(float(v), 5) for v in spectrum(np.zeros((1, side, side, 3)))[0]]


def sheet(pictures):
    """The first SHOWN of them side by side, as text (training.adversarial.packed)."""
    return encode_sheet(image_sheet(pictures[:SHOWN]).clip(0, 1))


def occluded(faces, truth, kind, seed=OCCLUDED_SEED):
    """Faces with something in front of them: (pictures, the truth with the same in front, masks of the object).

    faces, truth: FaceSets of the same scenes. kind: of training.occluders.draw. A hand has the colour of the face that
    it covers, so that colour does not give it away; glasses are dark. The masks [N, S, S] are exact.
    """
    rng = np.random.default_rng(seed)
    made = []
    for image, mask, points, wanted in zip(faces.images, faces.masks, faces.landmarks, truth.images, strict=True):
        colour = 1.1 * skin_of(image, mask) if kind == "hand" else rng.uniform(0.03, 0.15, 3)
        rgb, alpha = draw(kind, rng, colour, faces.size, points)
        made.append((cover(image, rgb, alpha), cover(wanted, rgb, alpha), alpha))
    return [np.stack(x) for x in zip(*made, strict=True)]


def occlusion(model, encoder, sets, kind):
    """How well three masks keep an object in front of the face: name -> numbers and sheets.

    fixed: the hull of the landmarks. estimated: lesson 03's, the hull where skin is seen. learned: the model's.
    IoU: with the truth, the wanted face less the object. kept: how much of the object's area over the face stays as it
    was. psnr: of the finished picture inside the true face's mask, object and all, in dB.
    """
    source, truth, _ = sets
    pictures, wanted, objects = occluded(source, truth, kind)
    codes = encoder.predict(cut_out(pictures, source.masks), verbose=0)
    learned, colour, alpha = parts(model.predict([codes, pictures], verbose=0))
    fixed = fixed_masks(source)
    seen = np.stack([intersect(m, visible_skin(p, x))
                     for m, p, x in zip(fixed, pictures, source.landmarks, strict=True)])
    visible, over = truth.masks * (1 - objects), objects * fixed
    told = {"source": sheet(pictures), "truth": sheet(wanted), "objects": sheet(np.repeat(objects[..., None], 3, -1))}
    for name, mask in (("fixed", fixed), ("estimated", seen), ("learned", alpha[..., 0])):
        done = learned if name == "learned" else composite(mask[..., None], colour, pictures)
        told[name] = {"IoU": float(mask_iou(mask, visible).mean()), "kept": float(1 - (mask * over).sum() / over.sum()),
                      "psnr": float(np.mean(face_psnr(done, wanted, truth.masks))),
                      "sheet": sheet(done), "masks": sheet(np.repeat(mask[..., None], 3, -1))}
    return told
