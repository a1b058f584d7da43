"""The encoder without identity and its base decoder: `python -m course_lib.recipes.shared_encoder`.

About 60 minutes on 2 cores, of which 5 are rendering. Stopped, it goes on where it was. Lesson 02.
"""
import argparse

import keras
import numpy as np

from course_lib.checkpoints import register
from course_lib.data.pairs import PEOPLE, training_pairs
from course_lib.models.autoencoder import for_one_person, personal_decoder, pretraining, shared_encoder
from course_lib.profile import cache_dir, cores
from course_lib.recipes import model_card
from course_lib.training import cosine, fit, jitter, tone_free_loss
from course_lib.training.precision import fast_policy, precision

WIDTH, CODE, PERSON = 32, 256, 64
SCENES_IN_BATCH = 24  # two people in each
LEARNING_RATE = 1e-3


def batches(pairs, rng, scenes=SCENES_IN_BATCH):
    """Draw training batches: rows 2 k and 2 k + 1 are two people in one scene, each the target of the other.

    Args:
        pairs: a data.Pairs.
        rng: numpy Generator.
        scenes: scenes in a batch, two people in each.
    Returns:
        Endless iterator of ([faces f32 [N, 64, 64, 3], numbers of the target people int [N]],
        target faces and their masks f32 [N, 64, 64, 4]), N = 2 scenes.
    Lesson 02.
    """
    count, together = pairs.who.shape
    while True:
        scene = np.repeat(rng.integers(0, count, scenes), 2)
        who = np.concatenate([rng.permutation(together)[:2] for _ in range(scenes)])
        other = who.reshape(-1, 2)[:, ::-1].ravel()
        faces, masks = pairs.faces(scene, who)
        own = np.concatenate([faces, masks[..., None]], -1)
        target = own.reshape(-1, 2, 64, 64, 4)[:, ::-1].reshape(-1, 64, 64, 4)
        yield [jitter(faces, rng), pairs.who[scene, other]], target


def network(people=PEOPLE):
    """Build the encoder, the decoder and the model that trains both, in the current precision.

    Args:
        people: how many people the decoder is conditioned on.
    Returns:
        (encoder, decoder, model).
    """
    encoder, decoder = shared_encoder(WIDTH, CODE), personal_decoder(WIDTH, CODE, PERSON)
    return encoder, decoder, pretraining(encoder, decoder, people)


def pretrain(seconds, pairs, checkpoint):
    """Train encoder and decoder on pairs of people in one scene.

    Args:
        seconds: training time in all, earlier parts of a stopped run included.
        pairs: a data.Pairs.
        checkpoint: file of the run, to go on from it.
    Returns:
        (encoder, base decoder, History).
    """
    keras.utils.set_random_seed(1)
    with precision(fast_policy()):
        encoder, decoder, model = network()
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss=tone_free_loss, jit_compile=False)
    # a resumed run draws other batches than the first part did
    rng = np.random.default_rng([1, int(checkpoint.stat().st_mtime) if checkpoint.is_file() else 0])
    history = fit(model, batches(pairs, rng), seconds=seconds,
                  learning_rate=cosine(LEARNING_RATE, last=0.01, warm=0.01), checkpoint=checkpoint, save_every=180,
                  resume=True)
    return (*export(model), history)


def export(model):
    """Copy the trained encoder, and the decoder conditioned on the mean person, to float32.

    Args:
        model: the trained model of network.
    Returns:
        (encoder, base decoder).
    """
    with precision("float32"):
        encoder, decoder, copy = network()
    copy.set_weights(model.get_weights())
    mean = np.asarray(copy.get_layer("people").weights[0]).mean(0)
    return encoder, for_one_person(decoder, mean)


def main():
    """Train and ship the checkpoints shared_encoder and personal_decoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3300, help="training time in all, resumed parts included")
    seconds = parser.parse_args().seconds
    pairs = training_pairs()
    encoder, base, history = pretrain(seconds, pairs, cache_dir() / "swap_pretraining.npz")
    print(f"{len(history.steps)} steps in {history.seconds:.0f} s, loss {history.smooth(500)[-1]:.4f}")
    for name, model, about in (("shared_encoder", encoder,
                                "the swap's encoder, trained to leave identity out of its code"),
                               ("personal_decoder", base, "the swap's decoder of the mean person, to be fine-tuned")):
        register(name, model, model_card(
            "shared_encoder", name=name, about=about, people=PEOPLE, scenes=len(pairs.who), pictures=pairs.who.size,
            cores=cores(), steps=len(history.steps), seconds=history.seconds, batch=2 * SCENES_IN_BATCH,
            precision=fast_policy().replace("_", " "), loss=history.smooth(500)[-1]), about)


if __name__ == "__main__":
    main()
