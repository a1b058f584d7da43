"""Training of lip sync: the delayed LSTM and the sync expert. Lesson 08."""

import keras
import numpy as np
from keras import ops

from course_lib.models import lip_sync
from course_lib.models.lip_sync import ROWS, SIDE, WINDOW

from .fit import cosine, fit
from .precision import fast_policy, precision

LENGTH, BATCH = 100, 100  # steps that count and windows, as published
HALF = SIDE // 2


def delayed_windows(features, targets, delay, rng, length=LENGTH, batch=BATCH):
    """Batches of random windows for a network whose output at step t stands for the mouth at step t - delay.

    Args:
        features: f32 [N, T, 28].
        targets: f32 [N, T, K].
        delay: steps.
        rng: numpy Generator.
        length: steps of a window that count; `delay` more come before them.
        batch: windows.
    Returns:
        Generator of (features f32 [batch, delay + length, 28], targets f32 [batch, length, K]): the first `delay`
        outputs have no target.
    References:
        Suwajanakorn et al. 2017, section 3.1.
    Lesson 08.
    """
    while True:
        rows = rng.integers(len(features), size=batch)
        starts = rng.integers(features.shape[1] - length - delay + 1, size=batch)
        heard = starts[:, None] + np.arange(length + delay)
        yield features[rows[:, None], heard], targets[rows[:, None], heard[:, :length]]


def delayed_error(delay):
    """The squared error of a delayed network: its first `delay` outputs do not count.

    Args:
        delay: steps.
    Returns:
        A loss of (targets [N, length, K], outputs [N, delay + length, K]).
    Lesson 08.
    """
    def loss(targets, outputs):
        return ops.mean(ops.square(targets - outputs[:, delay:]))

    return loss


def train_lips(features, coefficients, delay, steps, seed=0, depth=1, bidirectional=False, learning_rate=4e-3,
               **options):
    """Trains audio_to_lips on standardised features.

    Args:
        features: f32 [N, T, 28], standardised.
        coefficients: f32 [N, T, K].
        delay: steps; 0 for a bidirectional network, which hears the whole window.
        steps: of training.
        seed: of weights and windows.
        depth, bidirectional: see models.lip_sync.audio_to_lips.
        learning_rate: at its peak.
        options: of training.fit.
    Returns:
        (keras.Model, History).
    Lesson 08.
    """
    keras.utils.set_random_seed(seed)
    model = lip_sync.audio_to_lips(features.shape[-1], coefficients.shape[-1], depth=depth, bidirectional=bidirectional)
    model.compile(keras.optimizers.Adam(learning_rate, global_clipnorm=10.0), delayed_error(delay), jit_compile=False)
    batches = delayed_windows(features, coefficients, delay, np.random.default_rng([seed, delay]))
    return model, fit(model, batches, steps=steps, learning_rate=cosine(learning_rate), **options)


def lower_half(images):
    """The half of a face that the expert sees and the generator draws.

    Args:
        images: [..., 64, 64, 3].
    Returns:
        [..., 32, 64, 3].
    Lesson 08.
    """
    return images[..., HALF:, :, :]


def stacked(images):
    """Consecutive lower halves as channels.

    Args:
        images: f32 [N, 5, 32, 64, 3].
    Returns:
        f32 [N, 32, 64, 15].
    Lesson 08.
    """
    moved = ops.transpose(images, (0, 2, 3, 1, 4))
    return ops.reshape(moved, (-1, HALF, SIDE, 3 * WINDOW))


def sync_pairs(spoken, rng, batch=48):
    """Pairs of mouth and sound, half of them right; wrong ones are another moment of the same clip.

    Args:
        spoken: data.spoken.Spoken.
        rng: numpy Generator.
        batch: pairs.
    Returns:
        Generator of ([lower halves f32 [batch, 32, 64, 15], mel f32 [batch, 20, 40, 1]], 1 where they belong together
        f32 [batch, 1]).
    References:
        Prajwal et al. 2020, section 3.1.
    Lesson 08.
    """
    last = spoken.images.shape[1] - WINDOW
    while True:
        which, at = rng.integers(len(spoken), size=batch), rng.integers(last + 1, size=batch)
        same = rng.integers(2, size=batch)
        other = (at + rng.integers(WINDOW, last + 2 - WINDOW, size=batch)) % (last + 1)  # at least 5 frames away
        lips = lower_half(spoken.images[which[:, None], at[:, None] + np.arange(WINDOW)]).astype(np.float32) / 255
        lips = lips.transpose(0, 2, 3, 1, 4).reshape(batch, HALF, SIDE, 3 * WINDOW)
        heard = 4 * np.where(same, at, other)[:, None] + np.arange(ROWS)
        yield (lips, spoken.mel[which[:, None], heard][..., None]), same[:, None].astype(np.float32)


def contrastive_loss(same, similarity, margin=1.0):
    """SyncNet's loss, from the cosine: for vectors of length 1 the squared distance is 2 - 2 cos.

    Args:
        same: f32 [N, 1], 1 where mouth and sound belong together.
        similarity: f32 [N, 1], cosine.
        margin: distance from which on wrong pairs cost nothing.
    Returns:
        A number.
    References:
        Hadsell, Chopra & LeCun 2006; Chung & Zisserman 2016, equation 1.
    Lesson 08.
    """
    squared = ops.maximum(2.0 - 2.0 * similarity, 1e-6)
    wrong = ops.square(ops.maximum(margin - ops.sqrt(squared), 0.0))
    return ops.mean(same * squared + (1.0 - same) * wrong) / 2


def cosine_loss(same, similarity):
    """The loss of Wav2Lip's expert: binary cross-entropy on the cosine itself.

    Args:
        same: f32 [N, 1], 1 where mouth and sound belong together.
        similarity: f32 [N, 1], cosine, in 0 to 1 as both vectors are non-negative.
    Returns:
        A number; 0.69 where nothing is known.
    References:
        Prajwal et al. 2020, section 3.1.
    Lesson 08.
    """
    p = ops.clip(similarity, 1e-4, 1 - 1e-4)
    return -ops.mean(same * ops.log(p) + (1.0 - same) * ops.log(1.0 - p))


LOSSES = {"cosine": cosine_loss, "contrastive": contrastive_loss}


def judging(expert):
    """An expert with one output: the cosine of its two embeddings.

    Args:
        expert: models.lip_sync.sync_expert.
    Returns:
        keras.Model from [lower halves, mel] to f32 [N, 1].
    Lesson 08.
    """
    cosine_of = keras.layers.Dot(-1, name="cosine", dtype="float32")
    return keras.Model(expert.inputs, cosine_of(list(expert.outputs)), name="judging")


def train_expert(spoken, loss="cosine", seed=0, batch=48, learning_rate=1e-3, expert=None, **options):
    """Trains a sync expert.

    Args:
        spoken: data.spoken.Spoken.
        loss: key of LOSSES.
        seed: of weights and pairs.
        batch: pairs in a step.
        learning_rate: at its peak.
        expert: to go on with; a new one when left out.
        options: of training.fit: steps, seconds and so on.
    Returns:
        (expert, History).
    Lesson 08.
    """
    keras.utils.set_random_seed(seed)
    if expert is None:
        with precision(fast_policy()):
            expert = lip_sync.sync_expert()
    model = judging(expert)
    model.compile(keras.optimizers.Adam(learning_rate), LOSSES[loss], jit_compile=False)
    history = fit(model, sync_pairs(spoken, np.random.default_rng([seed, 8]), batch),
                  learning_rate=cosine(learning_rate), **options)
    return expert, history


def in_float32(model, build):
    """A model's weights in a new network that computes in float32, for a file or for exact scores.

    Args:
        model: trained under mixed precision.
        build: function without arguments that makes the network.
    Returns:
        keras.Model.
    Lesson 08.
    """
    with precision("float32"):
        copy = build()
    copy.set_weights(model.get_weights())
    return copy
