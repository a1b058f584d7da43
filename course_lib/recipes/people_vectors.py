"""The vectors that tell the pretrained decoder whom to draw: `python -m course_lib.recipes.people_vectors`.

The swap's decoder (recipes.shared_encoder) is told by 64 numbers who is wanted. Here these numbers are found again for the
people of the labelled sets, from pictures of each of them; encoder and decoder stay as they are. Resumable rendering.
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
from course_lib.training import cosine, fit, tone_free_loss

PICTURES, HELD_OUT = range(300_000, 300_024), range(310_000, 310_006)
BATCH, RATE = 64, 0.03


def network(decoder, mean):
    """A keras.Model [codes [N, 256], numbers int [N]] -> faces, and its part that turns numbers into vectors."""
    decoder.trainable = False
    code, number = keras.Input((decoder.inputs[0].shape[-1],)), keras.Input((), dtype="int32", name="number")
    start = keras.initializers.Constant(np.repeat(mean, len(EVERYBODY), 0))
    vector = keras.layers.Embedding(len(EVERYBODY), mean.shape[-1], embeddings_initializer=start, name="people")(number)
    return keras.Model([code, number], decoder([code, vector])), keras.Model(number, vector, name="people_vectors")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    steps, began = parser.parse_args().steps, time.monotonic()
    encoder, base = load("shared_encoder"), load("personal_decoder")
    known, new = ([faces_of(random_person(p), seeds) for p in EVERYBODY] for seeds in (PICTURES, HELD_OUT))
    cut = np.concatenate([cut_out(f.images, f.masks) for f in known])
    codes = encoder.predict(cut, verbose=0)
    wanted = np.concatenate([cut, np.concatenate([f.masks for f in known])[..., None]], -1)
    numbers = np.repeat(np.arange(len(EVERYBODY)), len(PICTURES))
    model, vectors = network(base.get_layer("personal_decoder"), np.asarray(base.get_layer("person").weights[0]))
    model.compile(keras.optimizers.Adam(RATE), loss=tone_free_loss, jit_compile=False)
    rng = np.random.default_rng(0)

    def batches():
        while True:
            rows = rng.integers(0, len(cut), BATCH)
            yield [codes[rows], numbers[rows]], wanted[rows]

    history = fit(model, batches(), steps=steps, learning_rate=cosine(RATE))
    register("people_vectors", vectors, CARD.format(
        people=len(EVERYBODY), first=FIRST, last=EVERYBODY[-1], pictures=len(PICTURES), steps=len(history.steps),
        batch=BATCH, rate=RATE, loss=history.smooth(50)[-1], seconds=time.monotonic() - began, cores=cores(),
        scores=scores(encoder, model, new)), "whom the swap's decoder shall draw: 64 people, 64 numbers each")


def scores(encoder, model, new):
    """A Markdown list: everybody swapped into the next person in held-out scenes, against the true pictures, in dB."""
    rows = {"no swap": [], "swap": [], "the person's own pictures": []}
    for k, truth in enumerate(new):
        source, aim = new[k - 1], cut_out(truth.images, truth.masks)
        pictures = [cut_out(source.images, source.masks)]
        for faces in (source, truth):
            codes = encoder.predict_on_batch(cut_out(faces.images, faces.masks))
            pictures.append(np.asarray(model.predict_on_batch([codes, np.full(len(codes), k)])))
        for row, picture in zip(rows.values(), pictures, strict=True):
            row.append(face_psnr(match_colour(picture, aim, truth.masks), aim, truth.masks).mean())
    return "\n".join(f"- {name}: {np.median(v):.1f} dB (worst person {min(v):.1f})" for name, v in rows.items())


CARD = """# people_vectors

64 numbers for each of {people} people of the cast ({first} to {last}, cast.random_person): given to the decoder inside
the checkpoint personal_decoder, they make it draw that person. forgeries.build makes its swaps with them; lesson 10.

- In and out: numbers 0 to 63, int [N], become vectors f32 [N, 64].
- Data: {pictures} rendered pictures of each person. The pretraining (recipes.shared_encoder) has met the same people in other
  scenes; nobody real is among them.
- Training: only the vectors; {steps} steps of {batch}, Adam with a cosine from {rate}, training.tone_free_loss (at the
  end {loss:.4f}), {seconds:.0f} s with rendering on {cores} cores of a shared machine.
- Rebuild: `python -m course_lib.recipes.people_vectors`.

## Scores

Everybody swapped into the next person in held-out scenes, face PSNR inside the mask with matched colour, median over
people:

{scores}
"""

if __name__ == "__main__":
    main()
