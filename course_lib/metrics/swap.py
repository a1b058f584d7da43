"""How good a swap is, against the image that a perfect swap would have given. Lesson 02."""
from dataclasses import dataclass

import numpy as np

from course_lib.checkpoints import load
from course_lib.models.autoencoder import cut_out
from course_lib.models.evaluators import POSE_AND_EXPRESSION

from .image import face_psnr, match_colour, ssim

COLUMNS = {"psnr": "face PSNR dB", "ssim": "SSIM", "identity": "identified B", "pose": "pose deg", "jaw": "jaw",
           "smile": "smile", "blink": "blink"}


@dataclass(frozen=True)
class SwapScores:
    """The metrics of a swap and its baselines. Print it for a table.

    Args:
        rows: name -> {psnr (dB), ssim, identity (fraction identified as B), pose (degrees), jaw, smile, blink (medians
            of the absolute error)}.
    """

    rows: dict

    @property
    def fraction_recovered(self):
        """The fraction of the gap from mean face to B's own reconstruction, in face PSNR; nan without the latter."""
        if "B itself" not in self.rows:
            return float("nan")
        mean, swap, own = (self.rows[name]["psnr"] for name in ("mean face", "swap", "B itself"))
        return (swap - mean) / (own - mean)

    def __str__(self):
        lines = [f"{'':12}" + "".join(f"{title:>14}" for title in COLUMNS.values())]
        for name, row in self.rows.items():
            cells = [f"{row['psnr']:.2f}", f"{row['ssim']:.3f}", f"{100 * row['identity']:.0f} %", f"{row['pose']:.1f}",
                     *(f"{row[k]:.2f}" for k in ("jaw", "smile", "blink"))]
            lines.append(f"{name:12}" + "".join(f"{cell:>14}" for cell in cells))
        if np.isfinite(self.fraction_recovered):
            lines.append(f"{100 * self.fraction_recovered:.0f} % of the gap from mean face to B's own reconstruction.")
        return "\n".join(lines)


def evaluate(swapped, source, truth, known, *, person=None, itself=None, evaluators=None, baselines=True):
    """Evaluates a swap of A into B on N held-out scenes, beside what "no swap", "mean face" and "perfect" would score.

    Face PSNR and SSIM are measured inside the true mask after match_colour; a network predicts pose and expression from
    the image, and they are compared with the scene's true values.

    Args:
        swapped: f32 [N, 64, 64, 3], the decoder's images.
        source: FaceSet of A in these scenes.
        truth: FaceSet of B in the same scenes, each face aligned by its own landmarks, with pose and expression.
        known: FaceSet of B's training images.
        person: B's name when B is one of the named cast, who are then the candidates; otherwise the candidates are A,
            the cast, and B as in `known`.
        itself: decoder B's reconstruction of truth, [N, 64, 64, 3], for fraction_recovered.
        evaluators: (identity_evaluator, pose_regressor) models; the shipped ones when left out.
        baselines: False gives the row "swap" alone, in a quarter of the time.
    Returns:
        SwapScores.
    Raises:
        ValueError: when the sets do not fit.
    Lesson 02.
    """
    _check(swapped, source, truth, itself)
    evaluator, regressor = evaluators or (load("identity_evaluator"), load("pose_regressor"))
    perfect = cut_out(truth.images, truth.masks)
    images = {
        "no swap": cut_out(source.images, source.masks),
        "mean face": np.repeat(cut_out(known.images, known.masks).mean(0, keepdims=True), len(truth), 0),
        "swap": np.asarray(swapped, np.float32),
    }
    if itself is not None:
        images["B itself"] = np.asarray(itself, np.float32)
    images["perfect"] = perfect
    if not baselines:
        images = {"swap": images["swap"]}
    is_b = _identifier(evaluator, source, known, person)
    values = np.c_[truth.pose[:, :2], truth.expression]
    rows = {}
    for name, image in images.items():
        image = image.clip(0, 1)
        matched = match_colour(image, perfect, truth.masks).clip(0, 1)
        error = np.abs(regressor.predict(image, verbose=0) - values)
        rows[name] = {
            "psnr": float(np.mean(face_psnr(image, perfect, truth.masks))),
            "ssim": float(np.mean(ssim(matched, perfect, truth.masks))),
            "identity": float(np.mean(is_b(image))),
            "pose": float(np.degrees(np.median(np.hypot(error[:, 0], error[:, 1])))),
            **{k: float(np.median(error[:, POSE_AND_EXPRESSION.index(k)])) for k in ("jaw", "smile", "blink")},
        }
    return SwapScores(rows)


def _identifier(evaluator, source, known, person):
    """A function from images [N, 64, 64, 3] to bool [N]: is B the nearest of the candidates?"""
    names = evaluator.get_layer("gallery").names
    if person is not None and person not in names:
        raise ValueError(f"the evaluator does not know {person!r}; leave person out, or name one of {', '.join(names)}")

    def centre(faces):
        vectors = evaluator.predict(cut_out(faces.images, faces.masks), verbose=0)[0].mean(0)
        return vectors / np.linalg.norm(vectors)

    if person is not None:
        return lambda images: evaluator.predict(images, verbose=0)[1].argmax(1) == names.index(person)
    a, b = centre(source), centre(known)

    def is_b(images):
        vectors, cosines = evaluator.predict(images, verbose=0)
        return vectors @ b > np.maximum(vectors @ a, cosines.max(1))

    return is_b


def _check(swapped, source, truth, itself):
    for name, n in (("swapped", len(swapped)), ("source", len(source)),
                    ("itself", len(truth) if itself is None else len(itself))):
        if n != len(truth):
            raise ValueError(f"{name} holds {n} faces and truth {len(truth)}; expected the same scenes in both")
    if np.shape(swapped)[1:] != (64, 64, 3) or truth.size != 64:
        raise ValueError(f"the evaluators look at 64 x 64 pixels; got {np.shape(swapped)[1:]} and {truth.size}")
    if not (np.isfinite(truth.pose).all() and np.isfinite(truth.expression).all()):
        raise ValueError("truth has no known pose and expression: render it from the cast (faces.faceset_from_frames)")
