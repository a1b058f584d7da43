"""From portraits of the cast to StyleGAN, a generator with handles: `python -m course_lib.recipes.portrait_stylegan`.

About 50 minutes on one idle core. Stopped, it goes on where it was. Lesson 06.
"""
import argparse
import json
import time

import numpy as np

from course_lib.checkpoints import register
from course_lib.data.portraits import portraits
from course_lib.metrics.generative import find_copies, portrait_features
from course_lib.models.stylegan import generator
from course_lib.profile import cache_dir
from course_lib.recipes.portrait_generator import FACES, HELD_OUT, keeper, load_moments, measure, save_average
from course_lib.training.adversarial import train_gan
from course_lib.training.history import load_run
from course_lib.training.precision import fast_policy
from course_lib.training.stylegan import CONFIG, LEARNING_RATE, inputs, new_trainer, small_discriminator, style_batches

BATCH = 32
NOISE_FROM = 4000  # the step at which noise comes in
MIXING = 0.5  # the share of pictures made of two latents


def falling(used):
    """The learning rate: LEARNING_RATE for two thirds of the run, then down to a twentieth of it."""
    return LEARNING_RATE * min(1.0, 0.05 + 0.95 * 3 * (1 - min(used, 1.0)))


def train(seconds, folder, quiet=False):
    """Trains for this many seconds in all (earlier parts of a stopped run count): returns (GANTrainer, History).

    The moving average is kept as step_<number>.npz in folder at growing distances, to measure the way afterwards.
    """
    trainer, checkpoint = new_trainer(), folder / "run.npz"
    before = load_moments(folder)[-1]["cpu"] if checkpoint.is_file() else 0.0
    faces, began = portraits(FACES), time.process_time() - before
    # a resumed run draws other batches than the first part did
    rng = np.random.default_rng([6, int(checkpoint.stat().st_mtime) if checkpoint.is_file() else 0])

    def noisy():
        return trainer.steps >= NOISE_FROM

    batches = style_batches(faces.images, CONFIG, rng, BATCH, mixing=MIXING, noisy=noisy)
    history = train_gan(trainer, batches, seconds, every=20.0, metrics=keeper(folder, began, 1.6, 190),
                        samples=inputs(32), preview=False, learning_rate=falling, checkpoint=checkpoint, save_every=60,
                        resume=True, quiet=quiet)
    return trainer, history


def ship(folder):
    """Measures the run as it was last saved, ships its average and its discriminator; the run may go on afterwards."""
    trainer = new_trainer()
    load_run(folder / "run.npz", trainer)
    save_average(folder / f"step_{trainer.steps:06d}.npz", trainer)
    found, network, fakes = measure(folder, generator(CONFIG), inputs(HELD_OUT), shown=32)
    last, limit, rows = found["rows"][-1], found["limit"], found["rows"]
    train_features = portrait_features(portraits(FACES).images)[1]
    held = portrait_features(portraits(HELD_OUT, first=FACES).images)[1]
    copies = find_copies(portrait_features(fakes)[1], train_features, held)
    lines = [f"| {r['step']} | {r['cpu']:.0f} | {r['frechet']:.4f} | {1000 * r['kernel']:.2f} | {r['precision']:.2f} | "
             f"{r['recall']:.2f} | {r['overlap']:.2f} | {r['coverage']:.2f} |" for r in rows]
    card = CARD.format(faces=FACES, held=found["faces"], steps=last["step"], batch=BATCH, cpu=last["cpu"] / 60,
                       table="\n".join(lines), half=found["faces"] // 2, closer=100 * copies.closer, config=CONFIG,
                       mixing=MIXING, precision_=fast_policy().replace("_", " "), noise=NOISE_FROM,
                       **limit | {"kernel": 1000 * limit["kernel"]})
    path = register("portrait_stylegan", network, card, "StyleGAN of 64 px portraits of people whom nobody drew")
    (path.parent / "curve.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
    other = small_discriminator(CONFIG)
    other.set_weights(trainer.discriminator.get_weights())
    register("portrait_stylegan_discriminator", other, DISCRIMINATOR_CARD.format(steps=last["step"]),
             "the discriminator of portrait_stylegan, to train it further")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3100, help="training time in all, resumed parts included")
    options = parser.parse_args()
    folder = cache_dir() / "portrait_stylegan"
    folder.mkdir(parents=True, exist_ok=True)
    train(options.seconds, folder)
    ship(folder)


CARD = """# portrait_stylegan

From random numbers to a portrait of a person of the cast who was never drawn, with handles: StyleGAN, 64 x 64 on grey.
Lesson 06 takes it apart, finds directions in it, mixes styles and projects faces into it.

- In: latents f32 [N, 2, 128], standard normal; crossover int [N, 1], the layer from which the second latent rules (10:
  never); noise f32 [N, 10912]. Out: pictures f32 [N, 64, 64, 3] in [0, 1]. models.stylegan.Handles takes it apart.
- Architecture: {config.depth} layers of mapping, w of {config.latent} numbers, widths {config.widths} from 4 x 4 to
  64 x 64, the modulated convolutions and skips of StyleGAN2 in the place of AdaIN (recipes.portrait_stylegan.CONFIG).
- Data: {faces} rendered portraits of as many random people of the cast (course_lib/data/portraits.py), and their
  mirror images. None of the twelve named people, no real person.
- Training: {steps} steps of {batch} in {cpu:.0f} minutes of one core of a shared machine, {precision_}; non-saturating
  loss, lazy R1, style mixing for {mixing:.0%}, Adam, lesson 04's discriminator; this is the moving average of the weights.
- The mapping has two layers, as Karras et al. 2020 (Training GANs with limited data) have it for small data, not eight
  as the first paper. An earlier, shorter run had eight, and also smaller batches and more mixing; kinds of people were
  missing from it. Which of these was to blame was not measured.
- Noise comes in at step {noise}. Two earlier runs, with noise from the start and a rate of 2e-3, painted mottles for
  faces, still after 1700 steps: the discriminator takes noise for detail before there are faces.
- Limits: portraits of the cast alone, 64 x 64. It does not know who is in the picture. A face that is projected into it
  comes back as the nearest face of the cast.
- Rebuild: `course checkpoints build portrait_stylegan` (about 50 minutes on one idle core; a larger
  --seconds goes on with a run that has ended).

## Scores

{held} generated faces (no truncation) against {held} portraits of people it was not trained on, on the features of the
checkpoint portrait_regressor, as for portrait_generator. The Frechet and kernel distances are of the kind of FID and KID,
but on other features: do not compare them with published numbers. overlap and coverage: of combinations of pose, skin,
glasses, beard and hair.

| step | processor s | Frechet | 1000 x kernel | precision | recall | overlap | coverage |
|---|---|---|---|---|---|---|---|
{table}

Two sets of {half} real portraits score: Frechet {frechet:.3f}, 1000 x kernel {kernel:.2f}, precision {precision:.2f},
recall {recall:.2f}, overlap {overlap:.2f}, coverage {coverage:.2f}. Nearer to a training portrait than all but 1 % of
unseen real ones are: {closer:.1f} % of the generated.
"""

DISCRIMINATOR_CARD = """# portrait_stylegan_discriminator

The discriminator that portrait_stylegan learned against, after {steps} steps: pictures f32 [N, 64, 64, 3] in [0, 1] to scores
[N, 1], logits. Lesson 06 trains both further with it. Data, training and rebuilding: see the card of portrait_stylegan.

- Scores: none of its own; a discriminator is measured by its generator.
- Limits: it tells portraits of the cast from those of this generator and of no other. It is no detector of fakes.
"""


if __name__ == "__main__":
    main()
