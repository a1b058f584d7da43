"""A detector of single frames, and ADD's shut-off: what it attends to is hidden, and it must decide once more.

Lesson 12.
"""
import keras
from keras import layers, ops

from .blocks import BatchNormalization
from .over_time import WIDTHS, FoldFrames, UnfoldFrames


@keras.saving.register_keras_serializable("course_lib")
class ShutOff(layers.Layer):
    """Hides the part of a frame to which a network attends most, behind mid-grey.

    Args:
        part: Of all positions, the share that is hidden.
    Lesson 12.
    """

    def __init__(self, part=0.25, **kwargs):
        super().__init__(**kwargs)
        self.part = part

    def call(self, frames, attention):
        """Hide.

        Args:
            frames: tensor [N, S, S, C] in [0, 1].
            attention: tensor [N, h, w, 1], what each position adds to the logit; S is a multiple of h = w.
        Returns:
            tensor [N, S, S, C]; no gradient flows back through the choice of what is hidden.
        """
        size, cells = attention.shape[1], attention.shape[1] * attention.shape[2]
        strength = ops.reshape(ops.abs(ops.stop_gradient(attention)), (-1, cells))
        least = ops.sort(strength, axis=1)[:, cells - max(1, round(self.part * cells))]
        hidden = ops.cast(strength >= least[:, None], frames.dtype)
        hidden = ops.reshape(hidden, (-1, size, size, 1))
        for axis in (1, 2):
            hidden = ops.repeat(hidden, frames.shape[1] // size, axis=axis)
        return frames + hidden * (0.5 - frames)

    def get_config(self):
        """Hyper-parameters, for saving. Lesson 12."""
        return {**super().get_config(), "part": self.part}


def attention_network(size=64):
    """The ladder's backbone on one frame, with what every position adds to the logit.

    The mean over positions is the logit, so the map is the class activation map of Zhou et al. (2016): a dense layer
    after global average pooling can as well be applied at every position, before the pooling.

    Args:
        size: Side of the frame, pixels, a multiple of 32.
    Returns:
        keras.Model from f32 [N, size, size, 3] in [0, 1] to [N, size / 8, size / 8, 1].
    Lesson 12.
    """
    frame = keras.Input((size, size, 3))
    x = layers.Rescaling(4.0, offset=-2.0)(frame)
    for width in WIDTHS:
        x = layers.Conv2D(width, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(BatchNormalization(momentum=0.9)(x))
    return keras.Model(frame, layers.Dense(1)(x), name="attention")


def training_network(attention, part=0.25):
    """What is trained: the logit of a frame, and with shut-off that of the same frame without its attended part.

    ADD (Khormali and Yuan) has two steps. Its close-up cuts out the region that is attended to; our frames are faces
    already, so it is left out. Its shut-off hides that region, so that training has to find more of the forgery. The
    paper's code is not public: the map that we take and the share that is hidden are our choice.

    Args:
        attention: Of attention_network.
        part: The share of all positions that is hidden; 0 for training without shut-off.
    Returns:
        keras.Model from f32 [N, S, S, 3] to logits [N, 2], or [N, 1] without shut-off.
    References:
        Khormali and Yuan, "ADD: attention-based deepfake detection approach", Big Data and Cognitive Computing 2021.
    Lesson 12.
    """
    frame = keras.Input(attention.input_shape[1:])
    seen = attention(frame)
    logits = [layers.GlobalAveragePooling2D()(seen)]
    if part:
        logits.append(layers.GlobalAveragePooling2D()(attention(ShutOff(part)(frame, seen))))
    return keras.Model(frame, layers.Concatenate()(logits) if part else logits[0], name="frames")


def on_clips(attention, frames=8):
    """The mean logit of a clip's frames, each of which is seen whole and alone.

    Args:
        attention: Of attention_network.
        frames: T.
    Returns:
        keras.Model from f32 [N, T, S, S, 3] to logits [N, 1], blind to the order of frames.
    Lesson 12.
    """
    clip = keras.Input((frames, *attention.input_shape[1:]))
    logit = layers.GlobalAveragePooling2D()(attention(FoldFrames()(clip)))
    return keras.Model(clip, layers.GlobalAveragePooling1D()(UnfoldFrames(frames)(logit)), name="frames_of_clip")
