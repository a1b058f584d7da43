"""Training Deep Video Portraits: from windows of conditioning images to the frames of one person. Lesson 07."""
import keras
import numpy as np

from course_lib.models.deep_video_portraits import rendering_to_video

from .fit import cosine, fit
from .precision import fast_policy, precision

BATCH, LEARNING_RATE = 16, 2e-3


def footage_windows(images, conditions, rng, window, batch=BATCH):
    """Random frames of a person's footage, each with its window of conditioning images.

    Networks with other windows see the same frames in the same order, given the same seed.

    Args:
        images: uint8 [N, T, H, W, 3], clips.
        conditions: uint8 [N, T, H, W, C].
        rng: numpy Generator.
        window: frames of a window.
        batch: rows.
    Yields:
        (windows f32 [batch, H, W, window C] in [0, 1], images f32 [batch, H, W, 3] in [0, 1]).
    Lesson 07.
    """
    count, length = images.shape[:2]
    while True:
        who, when = rng.integers(count, size=batch), rng.integers(length, size=batch)
        times = (when[:, None] + np.arange(1 - window, 1)).clip(0)
        volume = np.moveaxis(conditions[who[:, None], times], 1, 3)
        volume = volume.reshape(*volume.shape[:3], -1).astype(np.float32) / 255
        yield volume, images[who, when].astype(np.float32) / 255


def train_portrait(images, conditions, window, seed=0, batch=BATCH, network=None, **options):
    """Trains a translation network on one person's footage, by the mean absolute difference of the pixels.

    Args:
        images: uint8 [N, T, 64, 64, 3], clips.
        conditions: uint8 [N, T, 64, 64, C], their conditioning images.
        window: frames of a window.
        seed: of the weights and of the order of the frames.
        batch: frames in a step.
        network: rendering_to_video, or a function like it; in mixed bfloat16 where that is fast.
        options: of training.fit: seconds, steps, checkpoint, resume and so on.
    Returns:
        (the network in float32, History).
    References:
        Kim et al. 2018, section 5.2, without its discriminator: the pixels alone, which have a weight of 100 there.
    Lesson 07.
    """
    keras.utils.set_random_seed(seed)
    build = network or rendering_to_video
    with precision(fast_policy()):
        fast = build(window)
    fast.compile(keras.optimizers.Adam(LEARNING_RATE, beta_1=0.5), "mae", jit_compile=False)
    history = fit(fast, footage_windows(images, conditions, np.random.default_rng(seed), window, batch),
                  learning_rate=cosine(LEARNING_RATE), **options)
    with precision("float32"):
        plain = build(window)
    plain.set_weights(fast.get_weights())
    return plain, history
