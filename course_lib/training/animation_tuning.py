"""Fine-tuning the generator of the First Order Motion Model to one picture. Lesson 07."""
import keras
import numpy as np

from course_lib.models.first_order import joined
from course_lib.models.first_order_inference import find_keypoints, move

from .fit import cosine, fit

BATCH, LEARNING_RATE, WARM_UP = 4, 3e-4, 0.1


def tune_generator(model, source, frames, seed=0, learning_rate=LEARNING_RATE, batch=BATCH, **options):
    """Fine-tunes a copy of an animator's generator: it learns to show one picture as frames of the same person are.

    Keypoints, flow and occlusion stay as the animator finds them. So do the moving averages of batch normalisation:
    a batch of one face has other statistics than those that the network was trained with, and replacing them at once
    makes it worse. The learning rate rises over the first tenth, since Adam's first steps are large for every weight.

    Args:
        model: an animator.
        source: f32 RGB [S, S, 3] in [0, 1], the picture to be animated.
        frames: f32 RGB [T, S, S, 3] in [0, 1], of the same person in the same place.
        seed: of the order of the frames.
        learning_rate: Adam's, at its highest; it falls along a cosine.
        batch: frames in a step.
        options: of training.fit: steps, seconds, quiet and so on.
    Returns:
        (an animator with the tuned generator, which shares its other networks with the model; History).
    Lesson 07.
    """
    frames = np.asarray(frames, np.float32)
    found = find_keypoints(model, np.concatenate([source[None], frames]))
    flow, occlusion, _ = move(model, source, found[:1], found[1:])
    detect, dense, trained = (model.get_layer(name) for name in ("keypoint_detector", "dense_motion", "generator"))
    generator = keras.models.clone_model(trained)
    generator.set_weights(trained.get_weights())
    for layer in generator.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    generator.compile(keras.optimizers.Adam(learning_rate), "mae", jit_compile=False)

    def batches(rng):
        while True:
            rows = rng.integers(len(frames), size=batch)
            yield [np.stack([source] * batch), flow[rows], occlusion[rows][..., None]], frames[rows]

    history = fit(generator, batches(np.random.default_rng(seed)), learning_rate=cosine(learning_rate, warm=WARM_UP),
                  **options)
    return joined(detect, dense, generator), history
