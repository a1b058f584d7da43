"""The course's own creators: what lessons 02 to 09 make, as entries of the arena. Lesson 15."""
from functools import cache

import cv2
import numpy as np

from course_lib.attacks.steps import pgd
from course_lib.blending import paste
from course_lib.blending.colour import reinhard
from course_lib.blending.compose import unalign
from course_lib.blending.masks import from_grey, hull, intersect
from course_lib.blending.tiles import restore_faces
from course_lib.checkpoints import load
from course_lib.degradation import jpeg
from course_lib.faces import align_five, five_points
from course_lib.forgeries.people import as_person

from .detectors import COVERAGE, FACE
from .entries import Creator, Made
from .material import references, sources


def blended(source, faces, aligned, masks, *, colour=True, edge=0.12, opacity=1.0):
    """Created faces blended into the frames of a source.

    Args:
        source: Source.
        faces: f32 [T, 64, 64, 3] on grey.
        aligned, masks: Of `source.faces()`.
        colour: Whether the frame's colours are taken over.
        edge: Width of the soft edge, a fraction of the face.
        opacity: Of the new face, 0 to 1.
    Returns:
        f32 [T, H, W, 3].
    Lesson 15.
    """
    out = []
    for frame, face, a, mask in zip(source.rgb, faces, aligned, masks, strict=True):
        region = intersect(from_grey(face), mask, hull(a.landmarks, mask.shape))
        region = cv2.morphologyEx(region, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        face = reinhard(face, a.image, region) if colour else face
        new = paste(frame, face, a.matrix, region, edge)
        out.append(frame + np.float32(opacity) * (new - frame))
    return np.stack(out).clip(0, 1).astype(np.float32)


def swap(source, seed=0, *, grain=0.0, sharpen=0.0, decoder=None, **blend):
    """A face swap by the shared encoder and the decoder conditioned on identity (lessons 02 and 03).

    Args:
        source: Source.
        seed: Of the grain.
        grain: Standard deviation of noise put on the new face, in [0, 1] units of brightness.
        sharpen: Amount of unsharp masking of the created face.
        decoder: Instead of the shipped one, see tuning.fine_tuned.
        blend: As for `blended`.
    Returns:
        Made.
    Lesson 15.
    """
    aligned, masks = source.faces()
    faces = as_person(np.stack([a.image for a in aligned]), masks, source.donor, decoder)
    if sharpen:
        soft = np.stack([cv2.GaussianBlur(f, (0, 0), 1.0) for f in faces])
        inside = (np.abs(faces - 0.5).max(-1, keepdims=True) > 0.06)  # the grey around the face stays grey
        faces = np.where(inside, np.clip(faces + sharpen * (faces - soft), 0, 1), faces).astype(np.float32)
    frames = blended(source, faces, aligned, masks, **blend)
    if grain:
        rng = np.random.default_rng(seed)
        weight = (np.abs(frames - source.rgb).max(-1, keepdims=True) > 1e-3).astype(np.float32)
        frames = frames + weight * rng.normal(0, grain, (*frames.shape[:3], 1)).astype(np.float32)
    return Made(frames.clip(0, 1).astype(np.float32), references(source.donor))


def copy(source, seed=0):
    """The untouched original, handed in as a swap: the control, which no detector can find and every floor must.

    Args:
        source: Source.
        seed: Not used.
    Returns:
        Made.
    Lesson 15.
    """
    return Made(source.rgb, references(source.donor))


def faceswap_gan(source, seed=0):
    """Kavya's face with a learned mask, by lesson 05's network.

    Args:
        source: Source.
        seed: Not used.
    Returns:
        Made.
    Lesson 15.
    """
    from course_lib.models.faceswap_gan import composite, parts  # here, because Keras comes with it

    model, encoder, cut = _faceswap()
    aligned, masks = source.faces()
    images = np.stack([a.image for a in aligned])
    seven = np.asarray(model.predict_on_batch([encoder.predict_on_batch(cut(images, masks)), images]))
    _, colour, alpha = parts(seven)
    out = []
    for frame, image, face, mask, a in zip(source.rgb, images, colour, alpha, aligned, strict=True):
        region = intersect(mask[..., 0], hull(a.landmarks, (64, 64)))
        face = reinhard(composite(mask, face, image).astype(np.float32), image, (region > 0.5).astype(np.float32))
        out.append(paste(frame, face.astype(np.float32), a.matrix, region, 0.05))
    return Made(np.stack(out).clip(0, 1).astype(np.float32), references("Kavya"))


@cache
def _faceswap():
    from course_lib.models import faceswap_gan as _  # noqa: F401  (registers the layers)
    from course_lib.models.autoencoder import cut_out

    return load("faceswap_gan_kavya"), load("shared_encoder"), cut_out


def restored(source, seed=0):
    """A swap whose face the dictionary of lesson 09 then restores.

    Args:
        source: Source.
        seed: Of the swap.
    Returns:
        Made.
    Lesson 15.
    """
    from course_lib.pipelines.enhancers import COVERAGE, SIDE, restore

    made, out = swap(source, seed), []
    for frame, points in zip(made.frames, source.landmarks, strict=True):
        whole, _ = restore_faces(frame, [points], lambda x: restore(x, "dictionary"), into=frame, size=SIDE,
                                 coverage=COVERAGE)
        out.append(whole)
    return Made(np.stack(out).clip(0, 1).astype(np.float32), made.claimed)


def laundered(source, seed=0, *, blur=0.8, quality=50):
    """A swap blurred and saved as a JPEG of low quality before it is handed in (the whole frame).

    Args:
        source: Source.
        seed: Of the swap.
        blur: Standard deviation of the Gaussian, pixels.
        quality: Of JPEG.
    Returns:
        Made.
    Lesson 15.
    """
    made = swap(source, seed)
    frames = [jpeg(cv2.GaussianBlur(f, (0, 0), blur).clip(0, 1), quality) for f in made.frames]
    return Made(np.stack(frames).astype(np.float32), made.claimed)


def animated(source, seed=0):
    """The first frame of the source, moved by another person's clip (lesson 07). It claims to be the same person.

    Args:
        source: Source.
        seed: Draws the driving person.
    Returns:
        Made.
    Lesson 15.
    """
    from course_lib.forgeries.animated import animate

    driver = sources(seed % 1000, 1, len(source.rgb) / source.fps, first=900)[0]
    frames, _, points = animate(source.clip, driver.clip)
    return Made(frames.clip(0, 1).astype(np.float32), references(source.person), landmarks=np.float32(points))


def stylegan(source, seed=0):
    """One portrait of nobody by lesson 06's StyleGAN, laid on the face of every frame. Its reference is the portrait.

    Args:
        source: Source.
        seed: Draws the portrait, together with the person's number.
    Returns:
        Made.
    Lesson 15.
    """
    faces = _stylegan()
    rng = np.random.default_rng([seed, source.person])
    styles = faces.styles(faces.w(rng.normal(size=(1, faces.mapping.input_shape[-1]))), 0.7)
    portrait = faces.pictures(styles)[0].astype(np.float32).clip(0, 1)
    aligned, masks = source.faces()
    many = np.repeat(portrait[None], len(aligned), 0)
    return Made(blended(source, many, aligned, masks), np.repeat(portrait[None], 2, 0))


@cache
def _stylegan():
    from course_lib.models import stylegan as _  # noqa: F401  (registers the layers)
    from course_lib.models.stylegan_handles import Handles

    return Handles(load("portrait_stylegan"))


def hard(source, seed=0):
    """The swap as the decoder left it: its own colours, a hard edge.

    Args:
        source, seed: As for `swap`.
    Returns:
        Made.
    Lesson 15.
    """
    return swap(source, seed, colour=False, edge=0.0)


def sheer(source, seed=0):
    """The swap with a wide soft edge, four fifths opaque, with grain on the new face.

    Args:
        source, seed: As for `swap`.
    Returns:
        Made.
    Lesson 15.
    """
    return swap(source, seed, edge=0.3, opacity=0.8, grain=0.012)


def attacked(source, seed=0, *, epsilon=8 / 255, steps=4):
    """A swap with adversarial noise on the face against Meso4, computed through random transforms (lesson 13).

    The creator has this one network; how far the noise deceives the others is transfer.

    Args:
        source: Source.
        seed: Of the swap and of the transforms.
        epsilon: Largest change of one value.
        steps: Of projected gradient descent.
    Returns:
        Made.
    Lesson 15.
    """
    made, gradient = swap(source, seed), _against_meso4(seed)
    faces = [align_five(f, five_points(p), FACE, COVERAGE)
             for f, p in zip(made.frames, source.landmarks, strict=True)]
    clean = np.stack([f.image for f in faces]).clip(0, 1).astype(np.float32)
    noise = pgd(gradient, clean, np.ones(len(clean), int), epsilon, steps, seed=seed) - clean
    shape = made.frames.shape[1:3]
    frames = [frame + unalign(change, face.matrix, shape, outside=0.0)
              for frame, change, face in zip(made.frames, noise, faces, strict=True)]
    return Made(np.stack(frames).clip(0, 1).astype(np.float32), made.claimed)


@cache
def _against_meso4(seed):
    from course_lib.attacks.gradients import expected_gradient, logit_of
    from course_lib.attacks.transforms import random_chain

    return expected_gradient(logit_of(load("meso4_cast")), random_chain, 2, seed)


def dubbed(source, seed=0, talk=None):
    """The source with the mouth of another sentence: a network hears a synthetic voice and finds the lips (lesson 08).

    It claims to be the same person. The mouths come from the source's own frames.

    Args:
        source: Source.
        seed: Draws the sentence and the voice.
        talk: audio.Speech, instead of a drawn one.
    Returns:
        Made.
    Lesson 15.
    """
    from course_lib.data.spoken import speech_of
    from course_lib.forgeries.dubbed import with_speech
    talk = talk or speech_of(seed + source.person % 1000, len(source.rgb) / source.fps)
    frames = with_speech(source.rgb, source.landmarks, source.fps, load("audio_to_lips"), talk)
    return Made(frames.clip(0, 1).astype(np.float32), references(source.person))


CREATORS = {c.name: c for c in (
    Creator("copy", copy), Creator("swap, hard edge", hard), Creator("swap", swap), Creator("swap, sheer", sheer),
    Creator("faceswap-GAN", faceswap_gan), Creator("restored", restored), Creator("laundered", laundered),
    Creator("attacked", attacked), Creator("animated", animated), Creator("dubbed", dubbed),
    Creator("StyleGAN", stylegan))}
