"""The vectors that condition the pretrained decoder on a person: `python -m course_lib.recipes.people_vectors`.

The swap's decoder (recipes.shared_encoder) is conditioned on a person by 64 numbers. Here these numbers are trained for
the people of the labelled sets, on images of each of them; encoder and decoder are frozen. Resumable rendering.
Lesson 10.
"""
import argparse
import time

import keras
import numpy as np

from course_lib.cast import random_person
from course_lib.checkpoints import load, register
from course_lib.data.pairs import faces_of
from course_lib.forgeries.people import EVERYBODY, FIRST
from course_lib.metrics.image import face_psnr, match_colour
from course_lib.models.autoencoder import cut_out
from course_lib.profile import cores
from course_lib.recipes import model_card
from course_lib.training import cosine, fit, tone_free_loss

PICTURES, HELD_OUT = range(300_000, 300_024), range(310_000, 310_006)
BATCH, LEARNING_RATE = 64, 0.03


def network(decoder, mean):
    """Build the frozen decoder with an embedding of people in front.

    Args:
        decoder: keras.Model, [codes f32 [N, 256], vectors f32 [N, 64]] -> faces.
        mean: the vector of the mean person, f32 [1, 64], where every person starts.
    Returns:
        (keras.Model [codes, numbers int [N]] -> faces, keras.Model numbers -> vectors).
    """
    decoder.trainable = False
    code, number = keras.Input((decoder.inputs[0].shape[-1],)), keras.Input((), dtype="int32", name="number")
    start = keras.initializers.Constant(np.repeat(mean, len(EVERYBODY), 0))
    vector = keras.layers.Embedding(len(EVERYBODY), mean.shape[-1], embeddings_initializer=start, name="people")(number)
    return keras.Model([code, number], decoder([code, vector])), keras.Model(number, vector, name="people_vectors")


def main():
    """Train, measure and ship the checkpoint people_vectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    steps, began = parser.parse_args().steps, time.monotonic()
    encoder, base = load("shared_encoder"), load("personal_decoder")
    known, new = ([faces_of(random_person(p), seeds) for p in EVERYBODY] for seeds in (PICTURES, HELD_OUT))
    cut = np.concatenate([cut_out(f.images, f.masks) for f in known])
    codes = encoder.predict(cut, verbose=0)
    targets = np.concatenate([cut, np.concatenate([f.masks for f in known])[..., None]], -1)
    numbers = np.repeat(np.arange(len(EVERYBODY)), len(PICTURES))
    model, vectors = network(base.get_layer("personal_decoder"), np.asarray(base.get_layer("person").weights[0]))
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss=tone_free_loss, jit_compile=False)
    rng = np.random.default_rng(0)

    def batches():
        while True:
            rows = rng.integers(0, len(cut), BATCH)
            yield [codes[rows], numbers[rows]], targets[rows]

    history = fit(model, batches(), steps=steps, learning_rate=cosine(LEARNING_RATE))
    register("people_vectors", vectors, model_card(
        "people_vectors", people=len(EVERYBODY), first=FIRST, last=EVERYBODY[-1], pictures=len(PICTURES),
        steps=len(history.steps), batch=BATCH, rate=LEARNING_RATE, loss=history.smooth(50)[-1],
        seconds=time.monotonic() - began, cores=cores(), scores=scores(encoder, model, new)),
        "which of 64 people the swap's decoder draws: 64 numbers for each")


def scores(encoder, model, new):
    """Swap everybody into the next person in held-out scenes, and compare with the true images.

    Args:
        encoder: the checkpoint shared_encoder.
        model: the first of network's models, trained.
        new: list of FaceSets in the same scenes, one for each person.
    Returns:
        Face PSNR in dB as a Markdown list.
    """
    rows = {"no swap": [], "swap": [], "the person's own images, reconstructed": []}
    for k, truth in enumerate(new):
        source, target = new[k - 1], cut_out(truth.images, truth.masks)
        images = [cut_out(source.images, source.masks)]
        for faces in (source, truth):
            codes = encoder.predict_on_batch(cut_out(faces.images, faces.masks))
            images.append(np.asarray(model.predict_on_batch([codes, np.full(len(codes), k)])))
        for row, image in zip(rows.values(), images, strict=True):
            row.append(face_psnr(match_colour(image, target, truth.masks), target, truth.masks).mean())
    return "\n".join(f"- {name}: {np.median(v):.1f} dB (worst person {min(v):.1f})" for name, v in rows.items())


if __name__ == "__main__":
    main()
