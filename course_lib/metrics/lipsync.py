"""How well lips fit a sound: against the exact lips, by required closures, and by a sync expert. Lesson 08.

Lip shapes are in face units (faces.lips.lip_shape): the distance of the eyes is 1.
"""
import cv2
import numpy as np

from course_lib import audio
from course_lib.models.lip_sync import ROWS, WINDOW

from .image import psnr

CLOSED = 0.05  # lips are closed when they are apart by at most this part of the mouth's width
TOUCH = (0.08, 0.18)  # F and V: the opening with the lower lip at the teeth; the course's own bounds, around exact .13
INNER = ((12, 17), (13, 16), (14, 15))  # pairs of inner points in faces.lips.LIPS, upper and lower
REACH = 15  # frames: offsets that LSE tries at either side, as published


def lip_error(found, true):
    """The mean distance of lip points from where they should be.

    Args:
        found, true: f [..., 36], face units.
    Returns:
        A float, part of the distance between the eyes.
    Lesson 08.
    """
    apart = (np.asarray(found, float) - np.asarray(true, float)).reshape(-1, 18, 2)
    return float(np.linalg.norm(apart, axis=-1).mean())


def opening(shapes):
    """How far the lips are apart, over the width of the mouth.

    Args:
        shapes: f [..., 36].
    Returns:
        f64 [...].
    Lesson 08.
    """
    points = np.asarray(shapes, float).reshape(*np.shape(shapes)[:-1], 18, 2)
    gaps = [np.linalg.norm(points[..., a, :] - points[..., b, :], axis=-1) for a, b in INNER]
    return np.mean(gaps, 0) / np.maximum(np.linalg.norm(points[..., 0, :] - points[..., 6, :], axis=-1), 1e-9)


def closures(shapes, phones, rate, around=0.02):
    """How many P, B and M find the lips closed at some moment.

    Args:
        shapes: f [T, 36].
        phones: [(ARPAbet, start, end)], seconds.
        rate: shapes per second.
        around: seconds before and after the phone that count too.
    Returns:
        (hits, opportunities): integers; phones between two shapes of a slow clip are none.
    References:
        Agarwal et al., "Detecting deep-fake videos from phoneme-viseme mismatches", CVPR workshops 2020.
    Lesson 08.
    """
    gaps = opening(shapes)
    held = [gaps[a:b].min() for a, b in _spans(phones, "closed", rate, len(gaps), around) if b > a]
    return int(np.sum(np.array(held) <= CLOSED)), len(held)


def touches(shapes, phones, rate):
    """How many F and V find the lower lip at the teeth, neither pressed together nor open, and hold it there.

    A mouth on its way from closed to open passes this opening too, so one moment does not count: the median opening in
    the middle half of the phone must lie within TOUCH. An F or V beside P, B or M is no opportunity: there the lips are
    on their way to the closure or from it.

    Args:
        shapes, phones, rate: as for closures.
    Returns:
        (hits, opportunities).
    Lesson 08.
    """
    gaps = opening(shapes)
    held = [gaps[a:b] for a, b in _spans(_alone(phones), "bitten", rate, len(gaps), part=0.5) if b > a]
    return sum(bool(TOUCH[0] <= np.median(gap) <= TOUCH[1]) for gap in held), len(held)


def _alone(phones):
    """The phones that are not beside one that closes the lips."""
    closing = [bool(len(audio.closures([phone]))) for phone in phones]
    return [phone for k, phone in enumerate(phones) if not any(closing[max(0, k - 1):k + 2])]


def _spans(phones, rule, rate, count, around=0.0, part=1.0):
    spans = audio.closures(phones, rule)
    spans = spans.mean(1, keepdims=True) + part * (spans - spans.mean(1, keepdims=True)) + [-around, around]
    return np.clip(np.c_[np.ceil(spans[:, 0] * rate), np.floor(spans[:, 1] * rate) + 1], 0, count).astype(int)


def score(found, true, phones, rate=100.0):
    """All scores of curves against the exact ones.

    Args:
        found, true: f [N, T, 36], N sentences.
        phones: N lists of (ARPAbet, start, end).
        rate: shapes per second.
    Returns:
        Dict: error (part of the eye distance), closures and touches (parts of 1), and the counts behind both.
    Lesson 08.
    """
    closed = np.array([closures(x, p, rate) for x, p in zip(found, phones, strict=True)]).sum(0)
    bitten = np.array([touches(x, p, rate) for x, p in zip(found, phones, strict=True)]).sum(0)
    return {"error": lip_error(found, true), "closures": float(closed[0] / max(closed[1], 1)),
            "touches": float(bitten[0] / max(bitten[1], 1)), "counts": (int(closed[1]), int(bitten[1]))}


def baselines(truth, phones, shape_of, times):
    """What a method has to beat, on the same sentences.

    Args:
        truth: f [N, T, 36], exact shapes.
        phones: N lists of (ARPAbet, start, end).
        shape_of: function of a mouth f [T, 4] that gives shapes f [T, 36].
        times: f [T], seconds.
    Returns:
        Dict of name -> f32 [N, T, 36]: the silent mouth, the mouth of the next sentence, and the viseme table without
        coarticulation, which is told the true phones and their times.
    Lesson 08.
    """
    silent = shape_of(np.zeros((1, 4)))
    return {"silent mouth": np.broadcast_to(silent, np.shape(truth)), "another sentence": np.roll(truth, 1, 0),
            "viseme lookup": np.stack([shape_of(audio.lookup(p, times)) for p in phones])}


def table(rows):
    """Scores as text.

    Args:
        rows: dict of name -> what score returns.
    Returns:
        Lines of a table.
    Lesson 08.
    """
    closed, bitten = next(iter(rows.values()))["counts"]
    lines = [f"{'':24}lip error   closures of {closed}   touches of {bitten}"]
    lines += [f"{name:24}{100 * r['error']:7.2f} %{r['closures']:16.0%}{r['touches']:16.0%}" for name, r in
              rows.items()]
    return "\n".join(lines)


def mouth_texture(made, truth, box):
    """How sharp a synthesised mouth is, how it flickers, and how near it is to the truth.

    Args:
        made, truth: f32 RGB [T, H, W, 3] in [0, 1], aligned and in the order of time.
        box: (rows, columns), two slices: the mouth.
    Returns:
        {"sharpness": mean absolute Laplacian over the truth's, "flicker": mean error of the change from image to image
        over the truth's change, "psnr": dB}.
    Lesson 08.
    """
    mouth, true = (np.asarray(x, np.float32)[:, *box] for x in (made, truth))
    detail = [np.mean([np.abs(cv2.Laplacian(x, cv2.CV_32F)).mean() for x in images]) for images in (mouth, true)]
    change, true_change = np.diff(mouth, axis=0), np.diff(true, axis=0)
    return {"sharpness": round(float(detail[0] / detail[1]), 4),
            "psnr": round(float(psnr(np.concatenate(mouth), np.concatenate(true))), 3),
            "flicker": round(float(np.abs(change - true_change).mean() / np.abs(true_change).mean()), 4)}


def lips_by_synthesis(mouths, bank, bank_lips, nearest=3):
    """The lips that a drawn mouth shows: those of the rendered mouths that look most like it.

    Args:
        mouths: f32 [T, H, W, 3].
        bank: f32 [K, H, W, 3], the same face and crop with known lips.
        bank_lips: f32 [K, 36], face units.
        nearest: how many are averaged, weighted by the inverse of their squared distance.
    Returns:
        f64 [T, 36].
    Lesson 08.
    """
    apart = np.array([np.square(mouth - bank).mean((1, 2, 3)) for mouth in np.asarray(mouths, np.float32)])
    chosen = np.argsort(apart, 1)[:, :nearest]
    weights = 1 / (np.take_along_axis(apart, chosen, 1) + 1e-7)
    return (weights[..., None] * bank_lips[chosen]).sum(1) / weights.sum(1, keepdims=True)


def lse(expert, faces, mel, reach=REACH):
    """LSE-D, LSE-C and the offset of a clip, by a sync expert.

    Distances of all mouths to all sounds at every offset are averaged over the clip; LSE-D is the smallest mean, LSE-C
    the median over the offsets minus it. The smallest is taken first: a constant delay costs nothing in either number.

    Args:
        expert: keras.Model from [lower halves, mel] to two embeddings.
        faces: f32 RGB [T, 64, 64, 3] in [0, 1], aligned.
        mel: f32 [4 T, 40], as data.spoken.mel_rows gives it.
        reach: frames, at least 1.
    Returns:
        Dict: distance (LSE-D), confidence (LSE-C), offset (frames; positive where the mouth is late), and curve f64
        [2 reach + 1].
    Raises:
        ValueError: for a clip shorter than WINDOW + reach frames, or sound of another length.
    References:
        Chung & Zisserman 2016, section 4; Prajwal et al. 2020, section 4.2.
    Lesson 08.
    """
    if len(faces) < WINDOW + reach or len(mel) != 4 * len(faces):
        raise ValueError(f"{len(faces)} faces and {len(mel)} rows of sound: expected at least {WINDOW + reach} faces "
                         "and four rows for each")
    count = len(faces) - WINDOW + 1
    at = np.arange(count)[:, None]
    lips = np.asarray(faces, np.float32)[at + np.arange(WINDOW), 32:].transpose(0, 2, 3, 1, 4).reshape(
        count, 32, 64, 3 * WINDOW)
    mouth, sound = expert.predict([lips, np.asarray(mel, np.float32)[4 * at + np.arange(ROWS)][..., None]],
                                  batch_size=64, verbose=0)
    apart = np.linalg.norm(mouth[:, None].astype(float) - sound[None], axis=-1)
    offsets = np.arange(-reach, reach + 1)
    curve = np.array([np.diagonal(apart, -k).mean() for k in offsets])
    best = int(curve.argmin())
    return {"distance": float(curve[best]), "confidence": float(np.median(curve) - curve[best]),
            "offset": int(offsets[best]), "curve": curve}
