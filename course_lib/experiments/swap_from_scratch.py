"""The original network trained from scratch: its data, its scores by step, and the stored run. Lesson 02.

The recipe of the checkpoint swap_from_scratch trains it; a lesson plots a learner's own run beside the stored one.
"""
import json
from dataclasses import dataclass, replace

import numpy as np
from keras import ops

from course_lib import cast, data, faces
from course_lib.checkpoints import DATASETS
from course_lib.experiments.stored import write_run
from course_lib.metrics.image import face_psnr
from course_lib.metrics.leakage import leakage
from course_lib.models.autoencoder import bottleneck, cut_out, swap_autoencoder
from course_lib.training.precision import precision
from course_lib.training.swap_batches import BATCH, batches  # noqa: F401, batches is part of this experiment

FILE = DATASETS / "runs" / "swap_from_scratch.json"
A, B = "Ada", "Bruno"
WIDTH, LEARNING_RATE, BETAS = 32, 5e-5, (0.5, 0.999)
FIRST_A, FIRST_B, FIRST_TEST = 10_000, 20_000, 30_000  # the scenes of A's and of B's training images, and the test's
IMAGES, TEST_SCENES = 1000, 128


@dataclass(frozen=True)
class Examples:
    """Two people's faces on grey, A's with the mean colour of B's.

    Args:
        a, b: training faces f32 [N, 128, 128, 3], cut wide for the warp; each person in other scenes.
        test_a, test_b: held-out faces f32 [M, 64, 64, 3], both people in the same scenes.
        masks_a, masks_b: their masks f32 [M, 64, 64].
        tone: f32 [3], what was added to A's colours.
    """

    a: np.ndarray
    b: np.ndarray
    test_a: np.ndarray
    test_b: np.ndarray
    masks_a: np.ndarray
    masks_b: np.ndarray
    tone: np.ndarray


def faces_in_scenes(name, first, count, size=64, coverage=1.0):
    """A person of the cast in random scenes, as aligned faces; the rendering is cached.

    Args:
        name: of the person.
        first, count: seeds of the scenes.
        size, coverage: as for faces.align.
    Returns:
        FaceSet.
    Lesson 02.
    """
    scenes = [cast.random_scene(seed) for seed in range(first, first + count)]
    return faces.faceset_from_frames(data.render_cached(cast.people()[name], scenes, size=128), size, coverage)


def on_grey(faceset, tone=0.0):
    """The faces of a set with their colour shifted, cut out on grey.

    Args:
        faceset: FaceSet.
        tone: f32 [3], added to every pixel before the result is clipped to [0, 1].
    Returns:
        f32 [N, S, S, 3].
    Lesson 02.
    """
    shifted = replace(faceset, images=np.clip(faceset.images + tone, 0, 1))
    return cut_out(shifted.images, shifted.masks)


def examples(images=IMAGES, tests=TEST_SCENES):
    """Training and test images of A and B, prepared as in lesson 02.

    Args:
        images: training images of each person.
        tests: scenes of the test, in which both people are rendered.
    Returns:
        Examples.
    Lesson 02.
    """
    tone = (faces_in_scenes(B, FIRST_B, images).images.mean((0, 1, 2))
            - faces_in_scenes(A, FIRST_A, images).images.mean((0, 1, 2)))
    wide = {"size": 128, "coverage": 1.6}
    test_a, test_b = (faces_in_scenes(name, FIRST_TEST, tests) for name in (A, B))
    return Examples(on_grey(faces_in_scenes(A, FIRST_A, images, **wide), tone),
                    on_grey(faces_in_scenes(B, FIRST_B, images, **wide)), on_grey(test_a, tone), on_grey(test_b),
                    test_a.masks, test_b.masks, tone)


def in_float32(model):
    """A copy of a network in float32: the checkpoint is stored in float16, which is too coarse to compute with.

    Args:
        model: models.autoencoder.swap_autoencoder of width WIDTH in any precision.
    Returns:
        keras.Model.
    Lesson 02.
    """
    with precision("float32"):
        copy_ = swap_autoencoder(WIDTH)
    copy_.set_weights([w.astype("float32") for w in model.get_weights()])
    return copy_


def scores(model, sets, draws=10):
    """Scores of a swap_autoencoder on the held-out scenes.

    Args:
        model: models.autoencoder.swap_autoencoder.
        sets: Examples.
        draws: of the leakage's chance.
    Returns:
        A dict: "a", "b", "a as b", "b as a", the face PSNR in dB of both reconstructions and of both swaps against
        the true image; "leakage", the fields of metrics.leakage.Leakage of the codes at the bottleneck.
    Lesson 02.
    """
    encoder, decoder_a, decoder_b = (model.get_layer(name) for name in ("encoder", "decoder_a", "decoder_b"))
    code_a, code_b = (encoder(x) for x in (sets.test_a, sets.test_b))

    def decibels(decoder, code, truth, masks):
        image = np.clip(np.float32(decoder(code)), 0, 1)
        return round(float(face_psnr(image, truth, masks).mean()), 3)

    narrow = bottleneck(encoder)
    codes = [np.array(ops.cast(narrow(x), "float32")) for x in (sets.test_a, sets.test_b)]
    return {
        "a": decibels(decoder_a, code_a, sets.test_a, sets.masks_a),
        "b": decibels(decoder_b, code_b, sets.test_b, sets.masks_b),
        "a as b": decibels(decoder_b, code_a, sets.test_b, sets.masks_b),
        "b as a": decibels(decoder_a, code_b, sets.test_a, sets.masks_a),
        "leakage": vars(leakage(*codes, draws=draws)),
    }


def read(file=FILE):
    """Reads the stored run.

    Args:
        file: its path.
    Returns:
        A dict with who, images, width, batch, learning_rate, how (in words), tone, the lists steps and loss (means
        over 50 steps), and scores: a list of {"step", ...} as `scores` gives them.
    Lesson 02.
    """
    return json.loads(file.read_text(encoding="utf-8"))


def write(record, file=FILE):
    """Writes a stored run, whole or not at all.

    Args:
        record: as read returns it.
        file: its path.
    Lesson 02.
    """
    write_run(file, record, indent=1)
