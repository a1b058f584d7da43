"""Training the retargeter: where do the keypoints of a face go when eyes and lips open? Lesson 07."""
import keras
import numpy as np

from course_lib.models.retargeting import face_units, open_ratios, retargeter

from .fit import cosine, fit

BATCH, LEARNING_RATE = 256, 2e-3


def retargeting_set(before, after):
    """What the network is given and what it should answer.

    Args:
        before, after: f [N, 68, 2], landmarks of one face each, pixels of the same image.
    Returns:
        ([keypoints f32 [N, 68, 2], ratios f32 [N, 2], wanted f32 [N, 2]], offsets f32 [N, 68, 2]), in face units of
        the face before.
    Lesson 07.
    """
    points, _, axis = face_units(before)
    moved = np.asarray(after, np.float64) - before
    length = (axis**2).sum(-1)[:, None]
    x = (moved * axis[:, None]).sum(-1) / length
    y = (moved[..., 1] * axis[:, None, 0] - moved[..., 0] * axis[:, None, 1]) / length
    inputs = [points.astype(np.float32), open_ratios(before), open_ratios(after)]
    return inputs, np.stack([x, y], -1).astype(np.float32)


def train_retargeter(before, after, seed=0, batch=BATCH, **options):
    """Trains a retargeter on the exact landmarks of both states, by the mean absolute error of the offsets.

    Args:
        before, after: f [N, 68, 2], pixels.
        seed: of weights and batches.
        batch: faces in a step.
        options: of training.fit: steps, seconds, quiet and so on.
    Returns:
        (the retargeter, History).
    References:
        Guo et al. 2024, section 3.3, where no truth is known: there the offsets are learned through the picture, from
        the ratio that is measured in it.
    Lesson 07.
    """
    keras.utils.set_random_seed(seed)
    inputs, offsets = retargeting_set(before, after)
    rng = np.random.default_rng(seed)

    def batches():
        while True:
            chosen = rng.integers(0, len(offsets), batch)
            yield [a[chosen] for a in inputs], offsets[chosen]

    model = retargeter()
    model.compile(keras.optimizers.Adam(LEARNING_RATE), "mae", jit_compile=False)
    history = fit(model, batches(), learning_rate=cosine(LEARNING_RATE), **options)
    plain = retargeter()  # without the optimizer's variables, which a file would hold
    plain.set_weights(model.get_weights())
    return plain, history
