"""One person's decoder in a minute: the pretrained one, fine-tuned on that person's own images. Lesson 02."""
import time

import keras
import numpy as np

from course_lib.checkpoints import load
from course_lib.models.autoencoder import cut_out, for_one_person, personal_decoder

from .augment import jitter
from .fit import cosine, fit
from .losses import tone_free_loss
from .precision import fast_policy, precision

BATCH = 32
VIEWS = 6  # jittered codes of each image, made once, as the encoder is frozen


def tune_decoder(faces, seconds=None, *, steps=None, encoder=None, base=None, seed=0, learning_rate=1e-3, preview=None,
                 quiet=False):
    """Fine-tunes the pretrained decoder on one person's faces; the encoder stays frozen.

    The swap is decoder(encoder(cut_out(images, masks))), see models.autoencoder.swap_faces.

    Args:
        faces: FaceSet of 64 x 64 pixels with at least 8 faces; some hundreds with varied poses, expressions and light
            for a good result.
        seconds, steps: the budget, preparation included; 60 seconds when neither is given.
        encoder, base: the pretrained pair, keras.Models; the shipped checkpoints when left out.
        seed: of batches and jitter.
        learning_rate: the highest, of a cosine schedule.
        preview: decoder -> image, shown while it trains (see swap_preview).
        quiet: prints nothing.
    Returns:
        (decoder, History): a keras.Model from codes f32 [N, C] to faces f32 [N, 64, 64, 3].
    Raises:
        ValueError: for too few faces or another size.
    Lesson 02.
    """
    if len(faces) < 8 or faces.size != 64:
        raise ValueError(f"tuning wants at least 8 faces of 64 x 64 pixels; got {len(faces)} of side {faces.size}")
    began = time.monotonic()
    encoder, base = encoder or load("shared_encoder"), base or load("personal_decoder")
    rng = np.random.default_rng(seed)
    cut = cut_out(faces.images, faces.masks)
    views = [cut, *(jitter(cut, rng) for _ in range(VIEWS - 1))]
    codes = np.stack([encoder.predict(view, verbose=0) for view in views])
    targets = np.concatenate([cut, faces.masks[..., None]], -1)

    def batches():
        while True:
            chosen = rng.integers(0, len(cut), BATCH)
            yield codes[rng.integers(0, VIEWS, BATCH), chosen], targets[chosen]

    with precision(fast_policy()):
        decoder = copy_decoder(base)
    decoder.compile(keras.optimizers.Adam(learning_rate), loss=tone_free_loss, jit_compile=False)
    if seconds is None and steps is None:
        seconds = 60.0
    left = None if seconds is None else max(seconds - (time.monotonic() - began), 0.5)
    history = fit(decoder, batches(), seconds=left, steps=steps, learning_rate=cosine(learning_rate), quiet=quiet,
                  preview=preview)
    with precision("float32"):
        return copy_decoder(decoder), history


def copy_decoder(decoder):
    """Copies a decoder, built in the current precision.

    Args:
        decoder: of models.autoencoder.for_one_person.
    Returns:
        keras.Model with the same weights.
    Lesson 02.
    """
    code, person = decoder.input_shape[-1], decoder.get_layer("person").width
    width = decoder.get_layer("personal_decoder").weights[0].shape[1] // (4 * 4 * 8)
    copy = for_one_person(personal_decoder(width, code, person), np.zeros(person, np.float32))
    copy.set_weights(decoder.get_weights())
    return copy
