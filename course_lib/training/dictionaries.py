"""DFDNet's dictionaries of eyes, noses and mouths, built over the cast. Lesson 09.

The step that the authors of DFDNet never released: every part of every face is cut out of a face network's features,
and K-means finds what the parts have in common.
"""
import cv2
import numpy as np
from keras import ops
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import pairwise_distances_argmin

from course_lib.checkpoints import DATASETS, load
from course_lib.data.cache import cached
from course_lib.data.large_portraits import large_portraits
from course_lib.models.dictionary import PARTS, SIDE, STRIDES, cells, cut, part_centres, statistics, window
from course_lib.models.evaluators import feature_pyramid
from course_lib.profile import cache_dir

FACES, ATOMS = 2400, 64
FACE_NETWORK = "portrait_regressor"  # sees and judges in training; the scores are taken with another, identity_evaluator
SHEET, CELL = DATASETS / "checkpoints" / "dictionary_restorer" / "atoms.jpg", 40  # its pictures' side
KEYS = [(part, stride) for part in PARTS for stride in STRIDES]


def part_features(network, portraits, batch=50):
    """What a face network sees in each part of each portrait: (part, stride) -> f32 [N, h, w, C], normalised.

    network: feature_pyramid(..., 128). The part is cut out around its landmarks; each channel has mean 0 and deviation
    1, as the atoms are compared (models.dictionary.match).
    """
    centres, found = part_centres(portraits.landmarks), {key: [] for key in KEYS}
    for at in range(0, len(portraits), batch):
        some = slice(at, at + batch)
        for stride, features in zip(STRIDES, network.predict_on_batch(portraits.pictures(some))[::-1], strict=True):
            for k, part in enumerate(PARTS):
                (h, w), (x, y) = cells(part, stride), centres[some, k].T
                patch = cut(ops.convert_to_tensor(features), window(y, h, stride, SIDE // stride),
                            window(x, w, stride, SIDE // stride))
                mean, std = statistics(patch)
                found[part, stride].append(np.array((patch - mean) / std))
    return {key: np.concatenate(patches) for key, patches in found.items()}


def build_dictionary(patches, atoms=ATOMS, seed=9):
    """K-means over patches [N, h, w, C] of one part and scale: (its centres [atoms, h, w, C], nearest int [atoms]).

    A centre is the mean of the patches that are nearer to it than to any other centre. nearest: which patch is the most
    like each centre, to be shown. Raises ValueError for fewer patches than atoms.
    """
    if len(patches) < atoms:
        raise ValueError(f"{atoms} atoms cannot be found in {len(patches)} patches; render more portraits")
    flat = patches.reshape(len(patches), -1)
    means = MiniBatchKMeans(atoms, batch_size=512, n_init=3, max_iter=30, random_state=seed).fit(flat)
    centres = means.cluster_centers_
    return centres.reshape(atoms, *patches.shape[1:]), pairwise_distances_argmin(centres, flat)


def dictionaries(portraits, face_network, atoms=ATOMS):
    """Both results of build_dictionary for every part and scale: two dicts of (part, stride)."""
    patches = part_features(feature_pyramid(face_network, SIDE), portraits)
    built = {key: build_dictionary(some, atoms) for key, some in patches.items()}
    return {key: centres for key, (centres, _) in built.items()}, {key: near for key, (_, near) in built.items()}


def folder():
    """Where a run is kept."""
    return cache_dir() / "dictionary_restorer"


def kept_dictionaries():
    """The dictionaries of the shipped network and the portraits nearest to their atoms, built once: two dicts."""

    def make():
        atoms, nearest = dictionaries(large_portraits(FACES), load(FACE_NETWORK))
        return ({f"{p}/{s}": a for (p, s), a in atoms.items()}
                | {f"{p}/{s}/near": a for (p, s), a in nearest.items()})

    held = cached(folder() / f"atoms_{ATOMS}.npz", make)
    return {(p, s): held[f"{p}/{s}"] for p, s in KEYS}, {(p, s): held[f"{p}/{s}/near"] for p, s in KEYS}


def thumbnails():
    """Of every atom the training patch nearest to it: (part, stride) -> uint8 [ATOMS, h, w, 3].

    From the picture atoms.jpg beside the checkpoint: a row for each part and stride. Lesson 09.
    """
    sheet = cv2.imread(str(SHEET), cv2.IMREAD_COLOR)
    if sheet is None:
        raise ValueError(f"{SHEET.name} is missing beside the checkpoint {SHEET.parent.name}; get it back with "
                         f"`git checkout -- datasets/checkpoints/{SHEET.parent.name}`")
    rows = sheet[..., ::-1].reshape(len(KEYS), CELL, -1, CELL, 3).swapaxes(1, 2)
    return {key: row[:, : PARTS[key[0]][1], : PARTS[key[0]][0]] for key, row in zip(KEYS, rows, strict=True)}


def draw_thumbnails(nearest, portraits):
    """The sheet that thumbnails() reads. nearest: (part, stride) -> int [ATOMS], of kept_dictionaries."""
    centres, rows = part_centres(portraits.landmarks), []
    for part, chosen in ((key[0], nearest[key]) for key in KEYS):
        (width, height), k = PARTS[part], list(PARTS).index(part)
        cells_ = np.zeros((len(chosen), CELL, CELL, 3), np.uint8)
        for cell, at in zip(cells_, chosen, strict=True):
            middle = tuple(float(v) for v in centres[at, k])
            cell[:height, :width] = cv2.getRectSubPix(portraits.images[at], (width, height), middle)
        rows.append(np.concatenate(list(cells_), 1))
    return np.concatenate(rows)
