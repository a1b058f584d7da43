"""From portraits of the cast to networks that enlarge faces four times: `python -m course_lib.recipes.esrgan pixel`.

    pixel        esrgan_pixel: the CPU-size RRDB network, trained to be near the truth in every pixel
    adversarial  esrgan: goes on from it against a discriminator, with a perceptual loss (needs the run of pixel)
    blind        esrgan_blind: the compact network, both ways, on faces degraded twice over

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
from course_lib.degradation import degrade, resize, second_order
from course_lib.metrics.detail import perceptual_distance, sharpness
from course_lib.metrics.image import psnr, ssim
from course_lib.models.esrgan import compact, enlarge, init_bilinear, network_interpolation, rrdbnet
from course_lib.models.evaluators import feature_pyramid
from course_lib.models.gan import discriminator
from course_lib.profile import cache_dir
from course_lib.training.adversarial import Game, play
from course_lib.training.fit import cosine, fit
from course_lib.training.precision import fast_policy, precision

SCALE, CROP, BATCH = 4, 64, 8  # the networks learn from large crops of CROP pixels
SMALL, LARGE = 8000, 2400  # training portraits of 64 and of 128 pixels
HELD_OUT, FIRST_HELD_OUT = 200, 8000  # of either size, people whom none of these networks sees in training
BUILD = {"esrgan_pixel": lambda: init_bilinear(rrdbnet(16, 8, 3)), "esrgan_blind": compact}
BUILD["esrgan"] = BUILD["esrgan_pixel"]
STEPS = {"pixel": 6000, "adversarial": 800, "blind": 400}  # blind: of the game; its first half is as long as pixel
RATE, GAME_RATE = 2e-3, 1e-4  # the published rate of the first half, 2e-4, is for hundreds of thousands of steps
# whose features train: of one network alone, the game learns to please that one and no other
LOOKERS = ("portrait_regressor", "attribute_regressor", "pose_regressor")
JUDGE = "identity_evaluator"  # whose features measure
PERCEPTUAL, ADVERSARIAL, PIXEL = 1.0, 5e-3, 1e-2  # the weights as published


def shrink(pictures):
    """Pictures [N, H, W, 3] a quarter as large, by the antialiased cubic filter that papers compare on."""
    return np.stack([resize(p, scale=1 / SCALE, filter="antialiased") for p in pictures])


def bicubic(pictures):
    """Pictures [N, H, W, 3] four times as large, by the same filter: the baseline."""
    return np.stack([resize(p, scale=SCALE, filter="antialiased") for p in pictures])


def spoil(pictures, first_seed):
    """Pictures [N, H, W, 3] a quarter as large after second_order, each with the next seed."""
    return np.stack([degrade(p, second_order(first_seed + k, p.shape[:2], SCALE)) for k, p in enumerate(pictures)])


def held_out(side, count=HELD_OUT):
    """Held-out people as f32: (small [N, side / 4, side / 4, 3], large [N, side, side, 3], masks [N, side, side]).

    side: 64, portraits on grey (masks of ones), or 128, in their scene. Lesson 09.
    """
    if side == 64:
        large = portraits(count, first=FIRST_HELD_OUT).pictures()
        return shrink(large), large, np.ones(large.shape[:3], np.float32)
    faces = large_portraits(count, first=FIRST_HELD_OUT)
    return shrink(faces.pictures()), faces.pictures(), faces.masks.astype(np.float32) / 255


def batches(sets, seed):
    """Endless (small f32 [8, 16, 16, 3], large f32 [8, 64, 64, 3]): crops at one place, as many of each set, half of
    them mirrored. sets: list of (small, large), uint8."""
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
    """What batches() draws from: portraits of 64 and of 128 pixels, or those of 128 degraded twice over."""
    large = large_portraits(LARGE).images
    if blind:
        return [(_bytes(spoil(large / np.float32(255), LARGE * k)), large) for k in range(2)]
    return [(np.concatenate([_bytes(shrink(faces[k : k + 500] / np.float32(255))) for k in range(0, len(faces), 500)]),
             faces) for faces in (portraits(SMALL).images, large)]


def train_pixel(name, sets, steps, folder, seed=9):
    """Trains BUILD[name] on the mean absolute error, for this many steps in all. Returns the model, in float32."""
    keras.utils.set_random_seed(seed)
    with _fast():
        model = BUILD[name]()
    model.compile(keras.optimizers.Adam(RATE, beta_2=0.99), loss="mae", jit_compile=False)
    checkpoint = folder / "pixel.npz"
    fit(model, batches(sets, [seed, _resumed(checkpoint)]), steps=steps, learning_rate=cosine(RATE),
        validation=_clock(checkpoint), validate_every=20, checkpoint=checkpoint, resume=True)
    return _plain(name, model)


def new_game(generator, seed=9):
    """ESRGAN's second half: the relativistic average game, beside L1 and the features before their activation."""
    lookers = [feature_pyramid(load(name), CROP, activated=False) for name in LOOKERS]

    def extra(fake, real):
        apart = [ops.mean(ops.abs(f - r)) for look in lookers for f, r in zip(look(fake), look(real), strict=True)]
        return PERCEPTUAL * sum(apart) / len(apart) + PIXEL * ops.mean(ops.abs(fake - real))

    keras.utils.set_random_seed(seed)
    with _fast():
        player, discriminator = keras.models.clone_model(generator), discriminator(24, spectral=True, minibatch_std=False)
        player.set_weights(generator.get_weights())
        return Game(player, discriminator, "relativistic", rate=GAME_RATE, beta=0.9, extra=extra, weight=ADVERSARIAL,
                    average=0.99, seed=seed)


def train_adversarial(name, generator, sets, steps, folder, seed=9):
    """The game from this generator on, for this many steps in all. Returns the moving average, in float32."""
    game, checkpoint = new_game(generator, seed), folder / "game.npz"
    play(game, batches(sets, [seed + 1, _resumed(checkpoint)]), steps=steps, watch=_clock(checkpoint), every=20,
         checkpoint=checkpoint, resume=True)
    return _plain(name, game.average)


def scores(network, small, large, masks):
    """What a network makes of small pictures, beside the large ones: a dict of means over the pictures.

    psnr, ssim: of the whole picture. perceptual: the distance of the person on grey to the identity judge, which no
    restorer was trained with. sharpness: share of the truth's finest detail. network: a model, or a function of the
    small pictures. small, large, masks: as held_out gives them. Lesson 09.
    """
    made = enlarge(network, small) if isinstance(network, keras.Model) else network(small)
    looker = feature_pyramid(load(JUDGE), large.shape[1])
    grey = [x * masks[..., None] + 0.5 * (1 - masks[..., None]) for x in (made, large)]
    found = {"psnr": psnr(made, large), "ssim": ssim(made, large), "perceptual": perceptual_distance(looker, *grey),
             "sharpness": sharpness(made, large)}
    return {name: float(np.mean(values)) for name, values in found.items()}


def tradeoff(small, large, masks, shares=(0, 0.25, 0.5, 0.75, 1), networks=None):
    """The way from the pixel-trained network to its adversarial sister: a list of scores(), each with its share.

    small, large, masks: as held_out gives them. networks: (pixel, adversarial), the shipped ones when left out. More
    of the second should cost PSNR and look better: no method has the best of both. Source: Blau & Michaeli 2018, The
    Perception-Distortion Tradeoff; Wang et al. 2018, ESRGAN, equation 6. Lesson 09.
    """
    pixel, adversarial = networks or (load("esrgan_pixel"), load("esrgan"))
    return [{"share": float(s), **scores(network_interpolation(pixel, adversarial, s), small, large, masks)}
            for s in shares]


def moments(checkpoint):
    """What was kept on the way of the run in this file: a list of dicts with step and cpu (seconds)."""
    with np.load(checkpoint, allow_pickle=False) as file:
        return json.loads(str(file["history"]))["validation"]


def ship(name, model, folder):
    """Measures a trained network on the held-out people and ships it, its card and its numbers (scores.json)."""
    rows = {}
    for side in (128,) if name == "esrgan_blind" else (64, 128):
        small, large, masks = held_out(side)
        size, networks = f"{side // SCALE} -> {side}", {"bicubic": bicubic, name: model}
        if name == "esrgan_blind":
            small, size = spoil(large, 10**6), f"{size}, degraded twice"
        if name == "esrgan":  # the other two were measured on the same people when esrgan_pixel was shipped
            rows[size] = json.loads(verify("esrgan_pixel").with_name("scores.json").read_text())["scores"][size]
            networks = {"half way": network_interpolation(load("esrgan_pixel"), model, 0.5), name: model}
        rows[size] = rows.get(size, {}) | {who: scores(n, small, large, masks) for who, n in networks.items()}
    table = [f"| {size} | {who} | {r['psnr']:.2f} | {r['ssim']:.3f} | {r['perceptual']:.3f} | {r['sharpness']:.2f} |"
             for size, row in rows.items() for who, r in row.items()]
    runs = {part: moments(folder / f"{part}.npz")[-1] for part in ("pixel", "game")
            if part == "pixel" or name != "esrgan_pixel"}
    spent = {part: f"{m['step']} steps of {BATCH} in {m['cpu'] / 60:.1f} minutes of processor time"
             for part, m in runs.items()}
    about, how = TOLD[name]
    training = f"mean absolute error, Adam, {spent['pixel']}"
    if "game" in spent:
        training += (f"; then the relativistic average game, L1 {PIXEL:g} + perceptual {PERCEPTUAL:g} (features of "
                     f"{', '.join(LOOKERS)} before their activation) + adversarial {ADVERSARIAL:g}, {spent['game']}, "
                     "moving average")
    card = CARD.format(name=name, about=about, how=how, training=training, table="\n".join(table), held=HELD_OUT,
                       parameters=model.count_params(), precision_=fast_policy().replace("_", " "),
                       data=("" if name == "esrgan_blind" else f"{SMALL} portraits of 64 pixels on grey and ")
                       + f"{LARGE} portraits of 128 pixels in their scene,", judge=JUDGE,
                       half="half way: between esrgan_pixel and esrgan (models.esrgan.network_interpolation).\n"
                       if name == "esrgan" else "", grid=GRID if name == "esrgan_blind" else "")
    path = register(name, model, card, about)
    (path.parent / "scores.json").write_text(json.dumps({"scores": rows, "runs": runs}) + "\n", encoding="utf-8")
    print("\n".join(table), flush=True)


def main():
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
    """What fit keeps beside the losses: seconds of processor time, of a stopped run's parts together, and the load."""
    began = time.process_time() - (moments(checkpoint)[-1]["cpu"] if checkpoint.is_file() else 0.0)
    return lambda _: {"cpu": time.process_time() - began, "load": os.getloadavg()[0]}


TOLD = {  # what it is for, and from what it learned
    "esrgan_pixel": ("faces four times as large, near the truth in every pixel", "the antialiased cubic filter"),
    "esrgan": ("faces four times as large, sharp where esrgan_pixel is soft", "the antialiased cubic filter"),
    "esrgan_blind": ("faces four times as large and mended, whatever was done to them",
                     "degradation.second_order (blur, resizing, noise, JPEG or H.264, all of it twice)"),
}
GRID = """ A faint grid of its
  pixel shuffle is left in flat places, and counts as sharpness."""
CARD = """# {name}

Makes {about}. Lesson 09.

- In and out: pictures f32 [N, H, W, 3] in [0, 1] of any size; [N, 4 H, 4 W, 3], to be clipped (models.esrgan.enlarge).
- Network: {parameters} parameters, models/esrgan.py.
- Data: {data} of random people of the cast, mirrored, in crops of 64 pixels.
  Made small by {how}. No real person, none of the named cast.
- Training: {training}; {precision_}.
- Limits: it knows the cast's faces and pictures made small in this way alone. What a small picture does not hold, it
  makes up: eye colour, spots and wrinkles in its result prove nothing about the person.{grid}
- Rebuild: `course checkpoints build {name}` (resumable).

## Scores

{held} held-out people of each size. perceptual: distance of the person on grey to the checkpoint {judge}, 0 when
equal; it is not LPIPS, compare these numbers with each other only. sharpness: share of the truth's finest detail.
{half}
| size | made by | PSNR dB | SSIM | perceptual | sharpness |
|---|---|---|---|---|---|
{table}
"""


if __name__ == "__main__":
    main()
