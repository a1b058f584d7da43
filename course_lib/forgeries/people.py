"""Who appears in the labelled sets, in which split, and how anybody is swapped into anybody. Lesson 10."""
from functools import cache

import numpy as np

from course_lib.checkpoints import load

FIRST = 10_000  # person number p is cast.random_person(p); the pretrained decoder has met these people
SPLITS = {"train": range(FIRST, FIRST + 40), "val": range(FIRST + 40, FIRST + 48),
          "test": range(FIRST + 48, FIRST + 64)}
EVERYBODY = range(FIRST, FIRST + 64)


@cache
def forger():
    """The networks that swap anybody into anybody.

    Returns:
        (shared encoder, decoder conditioned on identity, identity vectors of EVERYBODY): keras.Models.
    Lesson 10.
    """
    decoder = load("personal_decoder").get_layer("personal_decoder")
    return load("shared_encoder"), decoder, load("people_vectors")


def as_person(images, masks, number, decoder=None):
    """The faces of anybody as another of the 64 people: the encoder, then a decoder conditioned on identity.

    The decoder is that of lesson 02's pretraining; 64 numbers tell it who, those of the checkpoint people_vectors.

    Args:
        images: f32 [N, 64, 64, 3] as in a FaceSet of size 64.
        masks: f32 [N, 64, 64].
        number: the target person, one of EVERYBODY.
        decoder: instead of the shipped one.
    Returns:
        Faces on grey, f32 [N, 64, 64, 3].
    Raises:
        ValueError: for another number.
    Lesson 10.
    """
    return np.asarray((decoder or forger()[1]).predict_on_batch(list(codes_of(images, masks, number))))


def codes_of(images, masks, number):
    """What the decoder takes: the code of each face, and the target's identity vector.

    Args:
        images, masks, number: as for as_person.
    Returns:
        (f32 [N, ...], f32 [N, 64]).
    Raises:
        ValueError: for another number.
    Lesson 10.
    """
    if number not in EVERYBODY:
        raise ValueError(f"person {number} has no vector; expected {EVERYBODY[0]} to {EVERYBODY[-1]}")
    from course_lib.models.autoencoder import cut_out  # here, because Keras comes with it

    encoder, _, vectors = forger()
    codes = np.asarray(encoder.predict_on_batch(cut_out(images, masks)))
    return codes, np.asarray(vectors.predict_on_batch(np.full(len(codes), number - FIRST)))
