"""Is the eye closed? A small CNN on eye crops, and the same CNN with a recurrent net over time (LRCN). Lesson 12."""
import keras
from keras import layers

from .over_time import FoldFrames, UnfoldFrames

SIZE = 24  # side of an eye crop, pixels


def eye_network(recurrent, frames=20):
    """Logits of "closed" for every frame of a sequence of eye crops.

    Args:
        recurrent: whether a GRU carries what was seen from frame to frame (LRCN), or each frame stands alone (CNN).
        frames: length of the sequences.
    Returns:
        keras.Model from f32 [N, frames, SIZE, SIZE, 3] in [0, 1] to logits [N, frames, 1].
    References:
        Li, Chang and Lyu, "In ictu oculi", WIFS 2018: VGG16 and an LSTM of 256; here three convolutions and a GRU.
    Lesson 12.
    """
    clip = keras.Input((frames, SIZE, SIZE, 3))
    x = FoldFrames()(layers.Rescaling(4.0, offset=-2.0)(clip))
    for width in (8, 16, 24):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2)(x)
    x = UnfoldFrames(frames)(layers.Dense(32, activation="relu")(layers.Flatten()(x)))
    if recurrent:
        x = layers.GRU(32, return_sequences=True)(x)
    return keras.Model(clip, layers.Dense(1)(x), name="lrcn" if recurrent else "cnn")
