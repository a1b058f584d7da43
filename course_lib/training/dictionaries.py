"""DFDNet's dictionaries of eyes, noses and mouths, built over the cast. Lesson 09.

The step that the authors of DFDNet never released: every part of every face is cut out of a face network's features,
and K-means clusters the parts.
"""
import cv2
import numpy as np
from keras import ops
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import pairwise_distances_argmin

from course_lib.checkpoints import DATASETS, load
from course_lib.data.cache import cached
from course_lib.data.large_portraits import large_portraits
from course_lib.models.dictionary import PARTS, SIDE, STRIDES, cells, part_centres, roi_align, roi_weights, statistics
from course_lib.models.evaluators import feature_pyramid
from course_lib.profile import cache_dir

FACES, ATOMS = 2400, 64
FACE_NETWORK = "portrait_regressor"  # for features and the loss; the scores use another, identity_evaluator
SHEET, CELL = DATASETS / "checkpoints" / "dictionary_restorer" / "atoms.jpg", 40  # side of a thumbnail
KEYS = [(part, stride) for part in PARTS for stride in STRIDES]


def part_features(network, portraits, batch=50):
    """Features of each part of each portrait, with mean 0 and std 1 in each channel, as the atoms are compared.

    Args:
        network: feature_pyramid(..., 128).
        portraits: with landmarks and pictures().
        batch: portraits in a forward pass.
    Returns:
        A dict, (part, stride) -> f32 [N, h, w, C].
    Lesson 09.
    """
    centres, patches = part_centres(portraits.landmarks), {key: [] for key in KEYS}
    for at in range(0, len(portraits), batch):
        rows = slice(at, at + batch)
        for stride, features in zip(STRIDES, network.predict_on_batch(portraits.pictures(rows))[::-1], strict=True):
            for k, part in enumerate(PARTS):
                (h, w), (x, y) = cells(part, stride), centres[rows, k].T
                patch = roi_align(ops.convert_to_tensor(features), roi_weights(y, h, stride, SIDE // stride),
                                  roi_weights(x, w, stride, SIDE // stride))
                mean, std = statistics(patch)
                patches[part, stride].append(np.array((patch - mean) / std))
    return {key: np.concatenate(batches) for key, batches in patches.items()}


def build_dictionary(patches, atoms=ATOMS, seed=9):
    """K-means over the patches of one part and scale; the cluster centres are the atoms.

    Args:
        patches: [N, h, w, C].
        atoms: number of clusters.
        seed: of K-means.
    Returns:
        (centres [atoms, h, w, C], index of the patch nearest to each centre, int [atoms]).
    Raises:
        ValueError: for fewer patches than atoms.
    Lesson 09.
    """
    if len(patches) < atoms:
        raise ValueError(f"{atoms} atoms need at least as many patches; got {len(patches)} patches: render more portraits")
    flat = patches.reshape(len(patches), -1)
    means = MiniBatchKMeans(atoms, batch_size=512, n_init=3, max_iter=30, random_state=seed).fit(flat)
    centres = means.cluster_centers_
    return centres.reshape(atoms, *patches.shape[1:]), pairwise_distances_argmin(centres, flat)


def dictionaries(portraits, face_network, atoms=ATOMS):
    """build_dictionary for every part and scale.

    Args:
        portraits: as for part_features.
        face_network: of feature_pyramid.
        atoms: number of clusters.
    Returns:
        (centres, nearest), two dicts of (part, stride).
    Lesson 09.
    """
    patches = part_features(feature_pyramid(face_network, SIDE), portraits)
    built = {key: build_dictionary(features, atoms) for key, features in patches.items()}
    return {key: centres for key, (centres, _) in built.items()}, {key: nearest for key, (_, nearest) in built.items()}


def folder():
    """The folder of the cache in which a run is stored.

    Returns:
        A Path.
    """
    return cache_dir() / "dictionary_restorer"


def cached_dictionaries():
    """The dictionaries of the shipped network, built once and cached.

    Returns:
        As dictionaries.
    Lesson 09.
    """

    def make():
        atoms, nearest = dictionaries(large_portraits(FACES), load(FACE_NETWORK))
        return ({f"{p}/{s}": a for (p, s), a in atoms.items()}
                | {f"{p}/{s}/near": a for (p, s), a in nearest.items()})

    stored = cached(folder() / f"atoms_{ATOMS}.npz", make)
    return {(p, s): stored[f"{p}/{s}"] for p, s in KEYS}, {(p, s): stored[f"{p}/{s}/near"] for p, s in KEYS}


def thumbnails():
    """The training patch nearest to each atom, from the image atoms.jpg beside the checkpoint.

    Returns:
        A dict, (part, stride) -> uint8 RGB [ATOMS, h, w, 3].
    Raises:
        ValueError: when the file is missing.
    Lesson 09.
    """
    sheet = cv2.imread(str(SHEET), cv2.IMREAD_COLOR)
    if sheet is None:
        raise ValueError(f"{SHEET.name} is missing beside the checkpoint {SHEET.parent.name}; get it back with "
                         f"`git checkout -- datasets/checkpoints/{SHEET.parent.name}`")
    rows = sheet[..., ::-1].reshape(len(KEYS), CELL, -1, CELL, 3).swapaxes(1, 2)
    return {key: row[:, : PARTS[key[0]][1], : PARTS[key[0]][0]] for key, row in zip(KEYS, rows, strict=True)}


def draw_thumbnails(nearest, portraits):
    """Draws the image that thumbnails() reads: a row for each part and stride.

    Args:
        nearest: (part, stride) -> int [ATOMS], of cached_dictionaries.
        portraits: those that the dictionaries were built on.
    Returns:
        uint8 RGB [16 CELL, ATOMS CELL, 3].
    Lesson 09.
    """
    centres, rows = part_centres(portraits.landmarks), []
    for part, chosen in ((key[0], nearest[key]) for key in KEYS):
        (width, height), k = PARTS[part], list(PARTS).index(part)
        thumbs = np.zeros((len(chosen), CELL, CELL, 3), np.uint8)
        for cell, at in zip(thumbs, chosen, strict=True):
            middle = tuple(float(v) for v in centres[at, k])
            cell[:height, :width] = cv2.getRectSubPix(portraits.images[at], (width, height), middle)
        rows.append(np.concatenate(list(thumbs), 1))
    return np.concatenate(rows)
