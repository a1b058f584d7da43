"""Training of the learned watermark: encoder, noise layer and decoder as one network, one loss. Lesson 14.

The order in which things become hard decides whether anything is learned. At first the mark is strong and nothing
happens to it: the networks agree on a code. Then the mark becomes weaker, and then the noise layer sets in.
"""
import keras
import numpy as np
from keras import layers, ops

from course_lib.models.learned_mark import BITS, SIDE, mark_decoder, mark_encoder

from .noise_layer import NoiseLayer, draw
from .precision import fast_policy, precision

STRONG, WEAK, SPREAD = 20.0, 39.0, 4.0  # PSNR at first and in the end, and how much images differ in it, dB
WEAKER = 0.08, 0.5  # fractions of the training between which the mark becomes weaker
HARDER = 0.25, 0.65  # and between which the noise layer grows to its full severity


def schedule(used):
    """How strong the mark is and how severe the noise layer.

    Args:
        used: Fraction of the training that is over, 0 to 1.
    Returns:
        (PSNR in dB, severity from 0 to 1).
    Lesson 14.
    """
    weak, hard = (float(np.clip((used - a) / (b - a), 0, 1)) for a, b in (WEAKER, HARDER))
    return STRONG + weak * (WEAK - STRONG), hard


def joint(encoder, decoder):
    """Encoder, strength, noise layer and decoder, as one network.

    Args:
        encoder, decoder: models.learned_mark.mark_encoder and mark_decoder.
    Returns:
        keras.Model from [image, bits, strength, *what NoiseLayer takes] to logits f32 [N, 32].
    References:
        Zhu et al. 2018, figure 1.
    Lesson 14.
    """
    image, bits = keras.Input((SIDE, SIDE, 3)), keras.Input((BITS,))
    strength = keras.Input((1, 1, 1))
    drawn = [keras.Input(shape) for shape in ((8,), (), (), (), (SIDE, SIDE, 3), (128,))]
    weighted = layers.Multiply(dtype="float32")([strength, encoder([image, bits])])
    marked = layers.Add(dtype="float32")([image, weighted])
    return keras.Model([image, bits, strength, *drawn], decoder(NoiseLayer()([marked, *drawn])), name="joint")


def batches(images, seed, steps, batch=16, start=0):
    """Endless batches: images, payloads, strengths and what happens on the way, after `schedule`.

    Args:
        images: uint8 [M, S, S, 3], S at least 64.
        seed: int.
        steps: Of the whole training.
        batch: Images.
        start: Step with which to begin, so that a resumed run draws what it would have drawn.
    Returns:
        Generator of (inputs of `joint`, bits f32 [batch, 32]).
    Lesson 14.
    """
    while True:
        rng = np.random.default_rng([seed, start])
        psnr, severity = schedule(start / steps)
        chosen = np.stack([view(images[k], rng) for k in rng.integers(len(images), size=batch)])
        bits = rng.integers(0, 2, (batch, BITS)).astype(np.float32)
        strength = 10 ** (-(psnr + rng.uniform(-SPREAD, SPREAD, batch)) / 20).astype(np.float32)
        drawn = draw(rng, batch, SIDE, severity)
        yield (chosen, bits, strength[:, None, None, None], *(drawn[name] for name in NoiseLayer.NAMES)), bits
        start += 1


def view(image, rng):
    """A random part of an image, mirrored and with its colours exchanged at random.

    Args:
        image: uint8 [S, S, 3], S at least 64.
        rng: numpy Generator.
    Returns:
        f32 [64, 64, 3] in [0, 1].
    Lesson 14.
    """
    y, x = rng.integers(0, image.shape[0] - SIDE + 1, 2)
    part = image[y:y + SIDE, x:x + SIDE, rng.permutation(3)] if rng.random() < 0.5 else image[y:y + SIDE, x:x + SIDE]
    part = part[:, ::-1] if rng.random() < 0.5 else part
    return part.astype(np.float32) / 255


def trainer(learning_rate=1e-3):
    """A new pair of networks in the fastest precision, joined and compiled.

    Args:
        learning_rate: Adam's.
    Returns:
        (joint network, encoder, decoder).
    Lesson 14.
    """
    keras.utils.set_random_seed(14)
    with precision(fast_policy()):
        encoder, decoder = mark_encoder(), mark_decoder()
        network = joint(encoder, decoder)
    network.compile(keras.optimizers.Adam(learning_rate), bit_loss, jit_compile=False)
    return network, encoder, decoder


def bit_loss(bits, logits):
    """Binary cross-entropy per bit.

    Args:
        bits: f32 [N, 32] in {0, 1}.
        logits: f32 [N, 32].
    Returns:
        A number; 0.69 where nothing is known.
    Lesson 14.
    """
    logits = ops.cast(logits, "float32")
    return ops.mean(ops.softplus(logits) - bits * logits)
