"""Fine-tuning the motion of the First Order Motion Model to one picture. Lesson 07."""
import keras
import numpy as np

from course_lib.models.first_order import joined
from course_lib.models.first_order_inference import find_keypoints

from .fit import cosine, fit

BATCH, LEARNING_RATE, WARM_UP = 4, 3e-4, 0.1


def tune_motion(model, source, frames, seed=0, learning_rate=LEARNING_RATE, batch=BATCH, **options):
    """Fine-tunes a copy of an animator's dense motion: it learns how one picture moves, from frames of the same person.

    Keypoints stay where the animator finds them, and the generator stays as it is: with warped skips it paints little.
    Batch normalisation is frozen: a batch of one face has other statistics than those that the network was trained
    with, so its moving averages are used and stay as they are. In Keras its scale and offset are frozen with them. The
    learning rate rises over the first tenth, since Adam's first steps are large for every weight.

    Args:
        model: an animator.
        source: f32 RGB [S, S, 3] in [0, 1], the picture to be animated.
        frames: f32 RGB [T, S, S, 3] in [0, 1], of the same person in the same place.
        seed: of the order of the frames.
        learning_rate: Adam's, at its highest; it falls along a cosine.
        batch: frames in a step.
        options: of training.fit: steps, seconds, quiet and so on.
    Returns:
        (an animator with the tuned motion, which shares its other networks with the model; History).
    Lesson 07.
    """
    frames = np.asarray(frames, np.float32)
    found = find_keypoints(model, np.concatenate([source[None], frames]))
    detect, dense, generator = (model.get_layer(x) for x in ("keypoint_detector", "dense_motion", "generator"))
    motion = keras.models.clone_model(dense)
    motion.set_weights(dense.get_weights())
    for layer in motion.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    inputs = [keras.Input(x.shape[1:]) for x in motion.inputs]
    was, generator.trainable = generator.trainable, False
    whole = keras.Model(inputs, generator([inputs[0], *motion(inputs)[:2]]))
    whole.compile(keras.optimizers.Adam(learning_rate), "mae", jit_compile=False)
    fixed = [np.stack([x] * batch) for x in (source, found.points[0], found.jacobians[0])]

    def batches(rng):
        while True:
            rows = rng.integers(len(frames), size=batch)
            yield [*fixed, found.points[rows + 1], found.jacobians[rows + 1]], frames[rows]

    try:
        history = fit(whole, batches(np.random.default_rng(seed)), learning_rate=cosine(learning_rate, warm=WARM_UP),
                      **options)
    finally:
        generator.trainable = was
    return joined(detect, motion, generator), history
