"""A learned watermark, encoder and decoder: `python -m course_lib.recipes.learned_mark`.

A few minutes on 2 cores once the scenes are rendered. Stopped, the same command goes on. Lesson 14.
"""
import argparse

import numpy as np

from course_lib.cast import random_person, random_scene, render
from course_lib.checkpoints import register
from course_lib.data.small_scenes import small_scenes
from course_lib.degradation import crop, jpeg, noise, resize, rotate
from course_lib.models.learned_mark import hide, mark_decoder, mark_encoder, reveal, to_bits
from course_lib.profile import cache_dir, cores
from course_lib.recipes import model_card
from course_lib.training.fit import cosine, fit
from course_lib.training.history import load_run
from course_lib.training.learned_mark import batches, trainer
from course_lib.training.precision import fast_policy, precision
from course_lib.training.sync_expert import in_float32

SCENES, HELD_OUT, FIRST_HELD_OUT, SIZE = 1200, 60, 8_000_000, 256
BATCH, STEPS, SEED, RATE, PSNR = 16, 1500, 14, 2e-3, 42.0
ROADS = {
    "as written": lambda image: image,
    "JPEG 70": lambda image: jpeg(image, 70),
    "JPEG 50": lambda image: jpeg(image, 50),
    "75 % of the size": lambda image: resize(image, scale=0.75, filter="area"),
    "crop of 5 %": lambda image: crop(image, 0.05),
    "noise of 5 grey levels": lambda image: noise(image, sigma=5),
    "crop of 10 %, JPEG 70": lambda image: jpeg(crop(image, 0.1), 70),
    "turned by 3 degrees, JPEG 70": lambda image: jpeg(rotate(image, 3), 70),
    "mirrored, JPEG 70": lambda image: jpeg(np.ascontiguousarray(image[:, ::-1]), 70),
    "never marked": None,
}


def train(images, steps, file):
    """Train for a number of steps, earlier parts of a stopped run included.

    Args:
        images: uint8 [M, S, S, 3].
        steps: of training in all.
        file: Path of the run, from which it goes on.
    Returns:
        (encoder, decoder, History).
    """
    network, encoder, decoder = trainer(RATE)
    start = len(load_run(file, network).steps) if file.is_file() else 0
    history = fit(network, batches(images, SEED, steps, BATCH, start), steps=steps, learning_rate=cosine(RATE),
                  checkpoint=file, resume=True)
    return encoder, decoder, history


def bit_accuracy(encoder, decoder, images, seed=1):
    """The fraction of bits that are read right, by what happened to the images.

    Args:
        encoder, decoder: the networks.
        images: f32 [N, H, W, 3].
        seed: of the payloads.
    Returns:
        Dict, name of ROADS -> (accuracy, fraction of images with at least 30 of 32 right bits).
    """
    payloads = [int(p) for p in np.random.default_rng(seed).integers(0, 2**32, len(images))]
    marked = [np.round(255 * hide(encoder, image, p, PSNR)) / np.float32(255)
              for image, p in zip(images, payloads, strict=True)]
    bits, out = np.stack([to_bits(p) for p in payloads]), {}
    for name, road in ROADS.items():
        right = (reveal(decoder, [road(image) for image in marked] if road else list(images)) > 0) == (bits > 0)
        out[name] = float(right.mean()), float((right.sum(1) >= 30).mean())
    return out


def held_out(count=HELD_OUT):
    """People of the cast whom the training never saw.

    Args:
        count: How many.
    Returns:
        f32 [count, 256, 256, 3].
    """
    seeds = range(FIRST_HELD_OUT, FIRST_HELD_OUT + count)
    return render([random_person(k) for k in seeds], [random_scene(k, wild=0.7) for k in seeds], size=SIZE).rgb


def main():
    """Train, measure and ship the checkpoints learned_mark_encoder and learned_mark_decoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="of training, in all")
    options = parser.parse_args()
    encoder, decoder, history = train(small_scenes(SCENES), options.steps, cache_dir() / "learned_mark.npz")
    scores = bit_accuracy(in_float32(encoder, mark_encoder), in_float32(decoder, mark_decoder), held_out())
    print(len(history.steps), scores)
    table = "\n".join(f"| {name} | {a:.1%} | {b:.0%} |" for name, (a, b) in scores.items())
    card = model_card("learned_mark", scenes=SCENES, held_out=HELD_OUT, size=SIZE, batch=BATCH,
                      steps=len(history.steps), seconds=history.seconds, cores=cores(),
                      precision=fast_policy().replace("_", " "), loss=history.smooth(50)[-1], table=table, psnr=PSNR)
    for trained, build, about in ((encoder, mark_encoder, "hides 32 bits in an image"),
                                  (decoder, mark_decoder, "reads the 32 bits of a learned watermark")):
        with precision("float16"):
            half = build()
        half.set_weights(trained.get_weights())
        register(f"learned_{half.name}", half, card, about)


if __name__ == "__main__":
    main()
