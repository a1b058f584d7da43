"""How unlike its training set a face is, for each of the course's detectors: `python -m course_lib.recipes.novelty`.

Four Gaussians through the features of models.novelty: on the training set uncompressed, at CRF 23 and at CRF 40, and on
larger renderings of the cast whose faces were found by the mesh, as in use. The threshold is set on other people, of
whom at most 5 % get no score.
Some minutes on 2 cores, most of them for the renderings. Lesson 10.
"""
import numpy as np

from course_lib import cast, forgeries
from course_lib.checkpoints import load, register
from course_lib.data.cache import cached_chunks
from course_lib.faces import align_five, detect_faces
from course_lib.forgeries.build import COVERAGE, SIZE
from course_lib.metrics.detection import auc
from course_lib.models.novelty import eigenfaces, features, gaussian, novelty
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.recipes.mesonet import NETWORKS, TRAINED_ON

RENDERED, CHUNK = 256, 40  # side of the larger renderings, pixels; how many in one file of the cache
FITTED, HELD_OUT = range(0, 400), range(400, 600)  # people of the larger renderings
CRFS = (0, 23, 40)  # of the training set
ABSTAIN = 0.05  # the share of held-out faces that get no score
BLURS, SCREENS = (1, 2, 3, 5), 40


def renderings(seeds):
    """Faces of random people in random scenes as `course detect` sees them: rendered, found by the mesh, cropped.

    Args:
        seeds: range of int, a multiple of CHUNK from a multiple of CHUNK on.
    Returns:
        uint8 [N, SIZE, SIZE, 3], black where no face was found.
    """
    return cached_chunks(cache_dir() / "novelty", seeds.start, len(seeds), CHUNK, _render, noun="faces")["images"]


def _render(seeds):
    frames = cast.render([cast.random_person(70_000 + s) for s in seeds],
                         [cast.random_scene(80_000 + s) for s in seeds], size=RENDERED)
    crops = np.zeros((len(frames), SIZE, SIZE, 3), np.uint8)
    for crop, image in zip(crops, frames.rgb, strict=True):
        for face in detect_faces(image)[:1]:
            crop[:] = np.round(align_five(image, face.points, SIZE, COVERAGE).image * 255)
    return {"images": crops}


def floats(images):
    """Images for the networks, without the black ones.

    Args:
        images: uint8 [N, S, S, 3].
    Returns:
        f32 [M, S, S, 3] in [0, 1].
    """
    return images[images.any((1, 2, 3))].astype(np.float32) / 255


def unlike(images):
    """Faces that are no longer like the cast: blurred, drawn with few tones, reduced to lines, and no faces at all.

    Args:
        images: f32 [N, S, S, 3], real faces of the cast.
    Returns:
        Dict of name -> f32 [N, S, S, 3].
    """
    import cv2

    def lines(image):
        edges = cv2.Laplacian(cv2.GaussianBlur(image.mean(-1), (0, 0), 1), cv2.CV_32F)
        return np.repeat(1 - np.clip(4 * np.abs(edges), 0, 1)[..., None], 3, -1)

    rng = np.random.default_rng(0)
    noise = [cv2.resize(rng.random((n, n, 3), np.float32), images.shape[1:3]) for n in rng.integers(2, 64, len(images))]
    return {**{f"blurred, {s} px": np.stack([cv2.GaussianBlur(x, (0, 0), s) for x in images]) for s in BLURS},
            "drawn with few tones": np.stack([cv2.bilateralFilter(np.round(x * 5) / 5, 9, 0.3, 5) for x in images]),
            "drawn in lines": np.stack([lines(x) for x in images]), "noise": np.stack(noise)}


def ship(name, labelled):
    """Fit, measure and ship the distance for one detector.

    Args:
        name: of the detector, one of recipes.mesonet.NETWORKS.
        labelled: a forgeries.Labelled.
    """
    def kept(split, step, rates=None):
        rows = labelled.where(split=split, method=TRAINED_ON)
        if rates is None:
            return floats(rows.images[::step])
        return [floats(rows.where(crf=rate).images[::step]) for rate in rates]

    test_faces = kept("test", 2)
    groups, others = ([*kept(split, 1, CRFS), floats(renderings(large))]
                      for split, large in (("train", FITTED), ("val", HELD_OUT)))
    measured = features(load(name), *eigenfaces(np.concatenate([group[::2] for group in groups])))

    def of(images):
        return np.concatenate([measured.predict_on_batch(images[k:k + 32]) for k in range(0, len(images), 32)])

    gaussians = []
    for group, other in zip(groups, others, strict=True):  # each in units of what its own history leaves beyond it
        mean, whitening = gaussian(of(group))
        gaussians.append((mean, whitening / np.quantile(np.linalg.norm((of(other) - mean) @ whitening, axis=1),
                                                        1 - ABSTAIN)))
    far = novelty(measured, gaussians)

    def distance(images):
        return np.concatenate([far.predict_on_batch(images[k:k + 32]) for k in range(0, len(images), 32)])

    threshold = float(np.quantile(np.concatenate([distance(other) for other in others]), 1 - ABSTAIN))
    test, clean = distance(test_faces), test_faces[:: max(1, len(test_faces) // SCREENS)]
    rows = [("held-out people of the cast, fakes among them", (test > threshold).mean(), 0.5)]
    for kind, images in unlike(clean).items():
        other = distance(images)
        rows.append((kind, (other > threshold).mean(), auc(np.r_[0 * test, 0 * other + 1], np.r_[test, other])))
    table = "\n".join(f"| {kind} | {100 * share:.0f} % | {area:.3f} |" for kind, share, area in rows)
    card = model_card("novelty", name=name, fitted=sum(map(len, groups)), width=len(gaussians[0][0]),
                      held_out=sum(map(len, others)), abstain=100 * ABSTAIN, table=table)
    print(card)
    register(f"{name}_novelty", novelty(measured, gaussians, threshold), card,
             f"how unlike the training set of {name} a face is; above 1 it gets no score")


def main():
    """Ship both."""
    labelled = forgeries.build("laptop")
    for name in NETWORKS:
        ship(name, labelled)


if __name__ == "__main__":
    main()
