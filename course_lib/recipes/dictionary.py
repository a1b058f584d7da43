"""From portraits to DFDNet's dictionaries, its decoder and a plain control: `python -m course_lib.recipes.dictionary`.

The dictionaries are the step that the authors of DFDNet never released: every part of every face is cut out of a face
network's features, and K-means finds what the parts have in common. Stopped, it goes on where it was. Lesson 09.
"""
import argparse
import time

import keras
import numpy as np
from keras import ops
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import pairwise_distances_argmin

from course_lib.cast.cache import kept
from course_lib.checkpoints import load
from course_lib.degradation import degrade, first_order, second_order
from course_lib.models.dictionary import (
    PARTS,
    SIDE,
    STRIDES,
    cells,
    cut,
    dictionary_network,
    fill_dictionaries,
    part_centres,
    plain_network,
    statistics,
    window,
)
from course_lib.models.judges import at_four_depths
from course_lib.profile import bfloat16_fast, cache_dir
from course_lib.training import cosine, fit
from course_lib.training.faceswap import perceptual_loss
from course_lib.training.tune import precision

from .large_portraits import large_portraits

FACES, ATOMS, BATCH = 2400, 64, 8
SCALES = (2, 8)  # how much smaller the pictures become before they are brought back to their size
STEPS, RATE = 2400, 1e-3
PERCEPTUAL = (0.05, 0.1, 0.2, 0.2)  # of the features' four depths, deepest first, beside 1 for the pixels
FACE_NETWORK = "portrait_reader"  # sees and judges in training; the scores are taken with another, identity_judge


# ---- the dictionaries


def part_features(network, portraits, batch=50):
    """What a face network sees in each part of each portrait: (part, stride) -> f32 [N, h, w, C], normalised.

    network: at_four_depths(..., 128). The part is cut out around its landmarks; each channel has mean 0 and deviation
    1, as the atoms are compared (models.dictionary.match).
    """
    centres, found = part_centres(portraits.landmarks), {(part, stride): [] for part in PARTS for stride in STRIDES}
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
    patches = part_features(at_four_depths(face_network, SIDE), portraits)
    built = {key: build_dictionary(some, atoms) for key, some in patches.items()}
    return {key: centres for key, (centres, _) in built.items()}, {key: near for key, (_, near) in built.items()}


# ---- the training


def spoil(picture, rng):
    """A picture f32 [128, 128, 3] as it may come, at its old size: DFDNet's degradation or Real-ESRGAN's."""
    draw = first_order if rng.random() < 0.5 else second_order
    return degrade(picture, draw(rng, picture.shape[:2], SCALES, back=True))


def batches(portraits, rng, batch=BATCH):
    """Endless ([spoiled pictures, centres], pictures): half of them mirrored, a third on grey.

    The centres are a little off, as landmarks in a spoiled picture are.
    """
    centres = part_centres(portraits.landmarks)
    while True:
        chosen = rng.integers(0, len(portraits), batch)
        grey = rng.random((batch, 1, 1, 1)) < 1 / 3
        wanted = np.where(grey, portraits.pictures(chosen, grey=True), portraits.pictures(chosen))
        middles = centres[chosen] + rng.normal(0, 1, (batch, len(PARTS), 2))
        mirrored = rng.random(batch) < 0.5
        wanted[mirrored] = wanted[mirrored, :, ::-1]
        middles[mirrored] = mirror_centres(middles[mirrored])
        yield [np.stack([spoil(x, rng) for x in wanted]), middles.astype(np.float32)], wanted


def mirror_centres(centres):
    """Where the parts [N, 4, 2] lie in the mirror image: the eyes have changed places."""
    turned = centres[:, [1, 0, 2, 3]].copy()
    turned[..., 0] = SIDE - 1 - turned[..., 0]
    return turned


def restoration_loss(network):
    """(wanted, restored) -> one number: mean absolute error of the pixels + the features' distance at four depths."""

    def loss(wanted, restored):
        restored = ops.cast(restored, "float32")
        return ops.mean(ops.abs(wanted - restored)) + perceptual_loss(network, restored, wanted, PERCEPTUAL)

    return loss


def new_network(kind, policy):
    """A network to be trained, "dictionary" (with its dictionaries) or "plain", in a precision."""
    with precision(policy):
        if kind == "plain":
            return plain_network()
        model = dictionary_network(load(FACE_NETWORK), ATOMS)
    fill_dictionaries(model, kept_dictionaries()[0])
    return model


def kept_dictionaries():
    """The dictionaries of the shipped network and the portraits nearest to their atoms, built once: two dicts."""

    def make():
        atoms, nearest = dictionaries(large_portraits(FACES), load(FACE_NETWORK))
        return ({f"{p}/{s}": a for (p, s), a in atoms.items()}
                | {f"{p}/{s}/near": a for (p, s), a in nearest.items()})

    held = kept(folder() / f"atoms_{ATOMS}.npz", make)
    keys = [(part, stride) for part in PARTS for stride in STRIDES]
    return {(p, s): held[f"{p}/{s}"] for p, s in keys}, {(p, s): held[f"{p}/{s}/near"] for p, s in keys}


def folder():
    """Where a run is kept."""
    return cache_dir() / "dictionary_restorer"


def train(kind, until=STEPS):
    """Trains one network up to a step of STEPS, from where it was left, and returns it in float32 with its History."""
    keras.utils.set_random_seed(9)
    checkpoint = folder() / f"{kind}.npz"
    model = new_network(kind, "mixed_bfloat16" if bfloat16_fast() else "float32")
    loss = restoration_loss(at_four_depths(load(FACE_NETWORK), SIDE))
    model.compile(keras.optimizers.Adam(RATE), loss=loss, jit_compile=False)
    # a resumed run draws other batches than the first part did
    rng = np.random.default_rng([9, int(checkpoint.stat().st_mtime) if checkpoint.is_file() else 0])
    began, rate = time.process_time(), cosine(RATE)
    history = fit(model, batches(large_portraits(FACES), rng), steps=until, checkpoint=checkpoint, resume=True,
                  validation=lambda _: {"cpu": time.process_time() - began}, validate_every=30,
                  learning_rate=lambda used: rate(used * until / STEPS))
    plain = new_network(kind, "float32")
    plain.set_weights(model.get_weights())
    return plain, history


def cpu_seconds(history):
    """Processor seconds of a run in all: the clock of each part begins anew."""
    clock = [m["cpu"] for m in history.validation]
    return sum(after - before if after > before else after for before, after in zip([0.0, *clock], clock, strict=False))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--until", type=int, default=STEPS, help="the step to train to")
    parser.add_argument("--kinds", nargs="+", choices=("dictionary", "plain"), default=["dictionary", "plain"])
    options = parser.parse_args()
    for kind in options.kinds:
        _, history = train(kind, options.until)
        print(kind, len(history.steps), f"loss {history.smooth(100)[-1]:.4f}", f"{cpu_seconds(history):.0f} CPU-s")


if __name__ == "__main__":
    main()
