"""Networks that enlarge faces four times: `python -m course_lib.recipes.esrgan pixel`.

    pixel        esrgan_pixel: the CPU-size RRDB network, trained on the error of the pixels
    adversarial  esrgan: goes on from it against a discriminator, with a perceptual loss (needs the run of pixel)
    blind        esrgan_blind: the compact network, trained in both ways, on faces degraded by a second order chain

A stopped run goes on where it was. Lesson 09.
"""
import argparse
import json
import os
import time

import keras
import numpy as np
from keras import ops

from course_lib.checkpoints import load, register, verify
from course_lib.data.large_portraits import large_portraits
from course_lib.data.portraits import portraits
from course_lib.experiments.enlargement import (
    EVALUATOR,
    HELD_OUT,
    SCALE,
    bicubic,
    degrade_twice,
    downsample,
    held_out,
    scores,
)
from course_lib.models.esrgan import compact, init_bilinear, network_interpolation, rrdbnet
from course_lib.models.evaluators import feature_pyramid
from course_lib.models.gan import discriminator
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training.fit import cosine, fit
from course_lib.training.gan_options import AuxiliaryLoss, GANOptimizers
from course_lib.training.gan_trainer import GANTrainer, train_gan
from course_lib.training.precision import fast_policy, precision

CROP, BATCH = 64, 8  # the networks are trained on large crops of CROP pixels
SMALL, LARGE = 8000, 2400  # training portraits of 64 and of 128 pixels
BUILD = {"esrgan_pixel": lambda: init_bilinear(rrdbnet(16, 8, 3)), "esrgan_blind": compact}
BUILD["esrgan"] = BUILD["esrgan_pixel"]
STEPS = {"pixel": 6000, "adversarial": 800, "blind": 400}  # blind: adversarial, after as many as pixel
LEARNING_RATE, GAN_LEARNING_RATE = 2e-3, 1e-4  # published: 2e-4 on pixels, for hundreds of thousands of steps
# whose features are the perceptual loss: with one network alone, the generator overfits to it
PERCEPTUAL_NETWORKS = ("portrait_regressor", "attribute_regressor", "pose_regressor")
PERCEPTUAL, ADVERSARIAL, PIXEL = 1.0, 5e-3, 1e-2  # the weights as published


def batches(sets, seed):
    """Draw training batches: crops at one place of both sizes, as many of each set, half of them mirrored.

    Args:
        sets: list of (small, large), uint8 [N, S, S, 3] and [N, 4 S, 4 S, 3].
        seed: int or list of ints.
    Returns:
        Endless iterator of (small f32 [8, 16, 16, 3], large f32 [8, 64, 64, 3]).
    """
    rng, side = np.random.default_rng(seed), CROP // SCALE
    while True:
        rows = []
        for k in range(BATCH):
            small, large = sets[k % len(sets)]
            n, step = rng.integers(len(small)), 1 if rng.random() < 0.5 else -1
            y, x = (int(rng.integers(0, s - side + 1)) for s in small.shape[1:3])
            rows.append([faces[n, f * y : f * (y + side), f * x : f * (x + side)][:, ::step]
                         for f, faces in ((1, small), (SCALE, large))])
        yield tuple(np.stack(part).astype(np.float32) / 255 for part in zip(*rows, strict=True))


def training_sets(blind):
    """Make the sets from which batches draws.

    Args:
        blind: False for portraits of 64 and of 128 pixels, downsampled; True for those of 128 degraded twice.
    Returns:
        List of (small, large), uint8.
    """
    large = large_portraits(LARGE).images
    if blind:
        return [(_bytes(degrade_twice(large / np.float32(255), LARGE * k)), large) for k in range(2)]
    parts = ((faces, range(0, len(faces), 500)) for faces in (portraits(SMALL).images, large))
    return [(np.concatenate([_bytes(downsample(faces[k : k + 500] / np.float32(255))) for k in starts]), faces)
            for faces, starts in parts]


def train_pixel(name, sets, steps, folder, seed=9):
    """Train a network on the mean absolute error of the pixels.

    Args:
        name: of BUILD.
        sets: what training_sets returns.
        steps: training steps in all, those before a stop included.
        folder: Path for the run.
        seed: int.
    Returns:
        keras.Model in float32.
    """
    keras.utils.set_random_seed(seed)
    with _fast():
        model = BUILD[name]()
    model.compile(keras.optimizers.Adam(LEARNING_RATE, beta_2=0.99), loss="mae", jit_compile=False)
    checkpoint = folder / "pixel.npz"
    fit(model, batches(sets, [seed, _resumed(checkpoint)]), steps=steps, learning_rate=cosine(LEARNING_RATE),
        validation=_clock(checkpoint), validate_every=20, checkpoint=checkpoint, resume=True)
    return _plain(name, model)


def new_trainer(generator, seed=9):
    """Make ESRGAN's adversarial training: relativistic average loss, L1 and a perceptual loss before activation.

    Args:
        generator: keras.Model to start from; it is copied.
        seed: int.
    Returns:
        A training.gan_trainer.GANTrainer.
    References:
        Wang et al. 2018, ESRGAN, section 3.
    """
    networks = [feature_pyramid(load(name), CROP, activated=False) for name in PERCEPTUAL_NETWORKS]

    def content_loss(fake, real):
        distances = [ops.mean(ops.abs(f - r)) for network in networks
                     for f, r in zip(network(fake), network(real), strict=True)]
        return PERCEPTUAL * sum(distances) / len(distances) + PIXEL * ops.mean(ops.abs(fake - real))

    keras.utils.set_random_seed(seed)
    with _fast():
        copy = keras.models.clone_model(generator)
        copy.set_weights(generator.get_weights())
        return GANTrainer(copy, discriminator(24, spectral=True, minibatch_std=False), "relativistic", ema_decay=0.99,
                          optimizers=GANOptimizers(GAN_LEARNING_RATE, beta_1=0.9), seed=seed,
                          auxiliary=AuxiliaryLoss(content_loss, ADVERSARIAL))


def train_adversarial(name, generator, sets, steps, folder, seed=9):
    """Train a generator further against a discriminator.

    Args:
        name: of BUILD.
        generator: what train_pixel returns.
        sets: what training_sets returns.
        steps: training steps in all, those before a stop included.
        folder: Path for the run.
        seed: int.
    Returns:
        The moving average of the generator, keras.Model in float32.
    """
    trainer, checkpoint = new_trainer(generator, seed), folder / "game.npz"
    train_gan(trainer, batches(sets, [seed + 1, _resumed(checkpoint)]), steps=steps, metrics=_clock(checkpoint),
              every=20, checkpoint=checkpoint, resume=True)
    return _plain(name, trainer.generator_ema)


def moments(checkpoint):
    """Read the history of a run.

    Args:
        checkpoint: Path of the run's file.
    Returns:
        List of dicts with step, cpu (seconds) and load.
    """
    with np.load(checkpoint, allow_pickle=False) as file:
        return json.loads(str(file["history"]))["validation"]


def ship(name, model, folder):
    """Measure a trained network on the held-out people, and ship it with its card and scores.json.

    Args:
        name: of BUILD.
        model: keras.Model.
        folder: Path with the run.
    """
    rows = {}
    for side in (128,) if name == "esrgan_blind" else (64, 128):
        small, large, masks = held_out(side)
        size, networks = f"{side // SCALE} -> {side}", {"bicubic": bicubic, name: model}
        if name == "esrgan_blind":
            small, size = degrade_twice(large, 10**6), f"{size}, degraded twice"
        if name == "esrgan":  # the other two were measured on the same people when esrgan_pixel was shipped
            rows[size] = json.loads(verify("esrgan_pixel").with_name("scores.json").read_text())["scores"][size]
            networks = {"half way": network_interpolation(load("esrgan_pixel"), model, 0.5), name: model}
        rows[size] = rows.get(size, {}) | {method: scores(n, small, large, masks) for method, n in networks.items()}
    table = [f"| {size} | {method} | {r['psnr']:.2f} | {r['ssim']:.3f} | {r['perceptual']:.3f} | {r['sharpness']:.2f} |"
             for size, row in rows.items() for method, r in row.items()]
    runs = {part: moments(folder / f"{part}.npz")[-1] for part in ("pixel", "game")
            if part == "pixel" or name != "esrgan_pixel"}
    budgets = {part: f"{m['step']} steps of {BATCH} in {m['cpu'] / 60:.1f} minutes of processor time"
             for part, m in runs.items()}
    about, downsampling = ABOUT[name]
    training = f"mean absolute error, Adam, {budgets['pixel']}"
    if "game" in budgets:
        training += (f"; then the relativistic average GAN, L1 {PIXEL:g} + perceptual {PERCEPTUAL:g} (features of "
                     f"{', '.join(PERCEPTUAL_NETWORKS)} before their activation) + adversarial {ADVERSARIAL:g}, "
                     f"{budgets['game']}, moving average")
    card = model_card(
        "esrgan", name=name, about=about, how=downsampling, training=training, table="\n".join(table), held=HELD_OUT,
                       parameters=model.count_params(), precision_=fast_policy().replace("_", " "),
                       data=("" if name == "esrgan_blind" else f"{SMALL} portraits of 64 pixels on grey and ")
                       + f"{LARGE} portraits of 128 pixels in their scene,", evaluator=EVALUATOR,
                       half="half way: between esrgan_pixel and esrgan (models.esrgan.network_interpolation).\n"
                       if name == "esrgan" else "", grid=GRID if name == "esrgan_blind" else "")
    path = register(name, model, card, about)
    (path.parent / "scores.json").write_text(json.dumps({"scores": rows, "runs": runs}) + "\n", encoding="utf-8")
    print("\n".join(table), flush=True)


def main():
    """Train and ship the parts named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=["pixel", "adversarial", "blind"])
    options = parser.parse_args()
    for blind in (False, True):
        names = ("esrgan_blind", "esrgan_blind") if blind else ("esrgan_pixel", "esrgan")
        if not {"blind"} & set(options.parts) if blind else not {"pixel", "adversarial"} & set(options.parts):
            continue
        sets, folder = training_sets(blind), cache_dir() / names[1]
        folder.mkdir(parents=True, exist_ok=True)
        first = train_pixel(names[0], sets, STEPS["pixel"], folder)
        if "pixel" in options.parts and not blind:
            ship(names[0], first, folder)
        if blind or "adversarial" in options.parts:
            steps = STEPS["blind" if blind else "adversarial"]
            ship(names[1], train_adversarial(names[1], first, sets, steps, folder), folder)


def _bytes(x):
    return (x.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _fast():
    return precision(fast_policy())


def _plain(name, model):
    with precision("float32"):
        plain = BUILD[name]()
    plain.set_weights(model.get_weights())
    return plain


def _resumed(checkpoint):
    """A number that a resumed run adds to its seed, so that it draws other batches than its first part did."""
    return int(checkpoint.stat().st_mtime) if checkpoint.is_file() else 0


def _clock(checkpoint):
    """The validation of fit: processor seconds, of a stopped run's parts together, and the load."""
    began = time.process_time() - (moments(checkpoint)[-1]["cpu"] if checkpoint.is_file() else 0.0)
    return lambda _: {"cpu": time.process_time() - began, "load": os.getloadavg()[0]}


ABOUT = {  # what it is for, and how its training images were downsampled
    "esrgan_pixel": ("faces four times as large, by a network trained on the error of the pixels alone",
                     "the antialiased cubic filter"),
    "esrgan": ("faces four times as large, sharper than those of esrgan_pixel", "the antialiased cubic filter"),
    "esrgan_blind": ("faces four times as large, restored from unknown degradations",
                     "degradation.second_order (blur, resizing, noise, JPEG or H.264, all of it twice)"),
}
GRID = """ The pixel shuffle
  leaves a faint grid in flat regions, which counts as sharpness."""


if __name__ == "__main__":
    main()
