"""Four ways to read a clip with one small backbone: mean of frames, LSTM, 3-D convolution, STIL. Lesson 12.

Frames are folded into the batch for everything that looks at one frame at a time, and unfolded for what looks at time.
"""
import keras
import numpy as np
from keras import layers, ops

from .blocks import BatchNormalization

WIDTHS = (12, 24, 32)  # channels of the backbone's three stages, each of which halves the side


@keras.saving.register_keras_serializable("course_lib")
class FoldFrames(layers.Layer):
    """[N, T, H, W, C] to [N T, H, W, C]: every frame is an image of its own. Lesson 12."""

    def call(self, x):
        """Fold.

        Args:
            x: tensor [N, T, ...].
        Returns:
            tensor [N T, ...].
        """
        return ops.reshape(x, (-1, *x.shape[2:]))


@keras.saving.register_keras_serializable("course_lib")
class UnfoldFrames(layers.Layer):
    """[N T, ...] back to [N, T, ...].

    Args:
        frames: T.
    Lesson 12.
    """

    def __init__(self, frames, **kwargs):
        super().__init__(**kwargs)
        self.frames = frames

    def call(self, x):
        """Unfold.

        Args:
            x: tensor [N T, ...].
        Returns:
            tensor [N, T, ...].
        """
        return ops.reshape(x, (-1, self.frames, *x.shape[1:]))

    def get_config(self):
        """Hyper-parameters, for saving. Lesson 12."""
        return {**super().get_config(), "frames": self.frames}


@keras.saving.register_keras_serializable("course_lib")
class FrameDifference(layers.Layer):
    """Features of the next frame minus those of this one, zero for the last.

    Args:
        frames: T.
    Lesson 12.
    """

    def __init__(self, frames, **kwargs):
        super().__init__(**kwargs)
        self.frames = frames

    def call(self, following, present):
        """Subtract.

        Args:
            following: tensor [N T, H, W, C], what the next frame contributes (its features after a convolution).
            present: tensor [N T, H, W, C], the features themselves.
        Returns:
            tensor [N T, H, W, C].
        """
        a, b = (ops.reshape(x, (-1, self.frames, *x.shape[1:])) for x in (following, present))
        difference = ops.pad(a[:, 1:] - b[:, :-1], [(0, 0), (0, 1), (0, 0), (0, 0), (0, 0)])
        return ops.reshape(difference, (-1, *present.shape[1:]))

    def get_config(self):
        """Hyper-parameters, for saving. Lesson 12."""
        return {**super().get_config(), "frames": self.frames}


@keras.saving.register_keras_serializable("course_lib")
class TemporalShift(layers.Layer):
    """A depthwise convolution over three frames that starts as a shift: an eighth of the channels comes from the next
    frame, an eighth from the one before, the others stay.

    Args:
        frames: T.
    References:
        Lin, Gan and Han, "TSM: temporal shift module for efficient video understanding", ICCV 2019.
    Lesson 12.
    """

    def __init__(self, frames, **kwargs):
        super().__init__(**kwargs)
        self.frames = frames

    def build(self, shape):
        """Make the weights.

        Args:
            shape: of the input, (N T, H, W, C).
        """
        channels, start = shape[-1], np.zeros((3, shape[-1]), np.float32)
        part = max(1, channels // 8)
        start[2, :part] = start[0, part:2 * part] = start[1, 2 * part:] = 1
        self.kernel = self.add_weight(shape=(3, channels), initializer="zeros", name="kernel")
        self.kernel.assign(start)

    def call(self, x):
        """Mix each frame with its two neighbours.

        Args:
            x: tensor [N T, H, W, C].
        Returns:
            tensor [N T, H, W, C].
        """
        clip = ops.reshape(x, (-1, self.frames, *x.shape[1:]))
        padded = ops.pad(clip, [(0, 0), (1, 1), (0, 0), (0, 0), (0, 0)])
        kernel = ops.cast(self.kernel, x.dtype)
        mixed = sum(kernel[k] * padded[:, k:k + self.frames] for k in range(3))
        return ops.reshape(mixed, (-1, *x.shape[1:]))

    def get_config(self):
        """Hyper-parameters, for saving. Lesson 12."""
        return {**super().get_config(), "frames": self.frames}


def stil_block(x, frames, spatial=True, temporal=True, interaction=True, reduce=4):
    """A block of STIL: one half of the channels reads space, the other half time, and space informs time.

    Args:
        x: tensor [N T, H, W, C], frames folded into the batch.
        frames: T.
        spatial, temporal, interaction: which of the three modules are in; for the ablation.
        reduce: the temporal module works on C / reduce of its channels (16 in the paper, whose C is larger).
    Returns:
        tensor [N T, H, W, C].
    References:
        Gu et al., "Spatiotemporal inconsistency learning for DeepFake video detection", ACM MM 2021, section 3.
    Lesson 12.
    """
    half = x.shape[-1] // 2
    time, space = layers.Conv2D(half, 1)(x), layers.Conv2D(half, 1)(x)
    gated = space
    if spatial:
        gated, space = spatial_module(space)
    if temporal:
        time = temporal_module(time, frames, max(2, half // reduce))
    if interaction:
        time = layers.Add()([time, channel_gate(gated)])
    if temporal:
        time = TemporalShift(frames)(time)
    time = _conv(time, half, 3)
    return layers.Conv2D(x.shape[-1], 1)(layers.Concatenate()([time, space]))


def spatial_module(x):
    """SIM: a map of where to look, from a coarse copy of the features, gates the features.

    Args:
        x: tensor [N T, H, W, C].
    Returns:
        (gated features, the module's output), both [N T, H, W, C].
    Lesson 12.
    """
    channels = x.shape[-1]
    coarse = layers.ReLU()(_conv(layers.AveragePooling2D(4)(x), channels, (1, 3)))
    coarse = layers.UpSampling2D(4, interpolation="bilinear")(layers.Conv2D(channels, (3, 1), padding="same")(coarse))
    gate = layers.Activation("sigmoid")(layers.Add()([x, coarse]))
    gated = layers.Multiply()([_conv(x, channels, 3), gate])
    return gated, _conv(gated, channels, 3)


def temporal_module(x, frames, reduced):
    """TIM: differences of successive frames, looked at along columns and along rows, gate the features.

    Args:
        x: tensor [N T, H, W, C].
        frames: T.
        reduced: channels in which the differences are taken.
    Returns:
        tensor [N T, H, W, C]: x + x (A_h + A_w) / 2, with attention A between -.5 and .5.
    Lesson 12.
    """
    small = _conv(x, reduced, 1)
    maps = []
    for kernel in ((3, 1), (1, 3)):
        following = layers.DepthwiseConv2D(kernel, padding="same")(small)
        d = FrameDifference(frames)(following, small)
        wide = layers.UpSampling2D(2)(_conv(layers.AveragePooling2D(2)(d), reduced, kernel))
        d = layers.Average()([d, wide, _conv(d, reduced, kernel)])
        maps.append(layers.Activation("sigmoid")(_conv(d, x.shape[-1], 1)))
    attention = layers.Rescaling(1.0, offset=-0.5)(layers.Average()(maps))
    return layers.Add()([x, layers.Multiply()([x, attention])])


def channel_gate(x):
    """ISM: what the spatial half has found, weighted channel by channel.

    Args:
        x: tensor [N T, H, W, C].
    Returns:
        tensor [N T, H, W, C].
    Lesson 12.
    """
    mean = layers.GlobalAveragePooling2D(keepdims=True)(x)
    mean = layers.Reshape((x.shape[-1], 1))(mean)
    gate = layers.Conv1D(1, 3, padding="same", activation="sigmoid", use_bias=False)(mean)
    return layers.Multiply()([x, layers.Reshape((1, 1, x.shape[-1]))(gate)])


def clip_network(kind, frames=8, size=64, **modules):
    """A network from clips to logits of "fake", with the same backbone for every kind.

    Args:
        kind: one of KINDS: "mean" of the logits of frames, "lstm" over their features, "conv3d" with kernels of three
            frames, "stil" with one STIL block after the second stage.
        frames: T.
        size: side, pixels, a multiple of 32.
        modules: for "stil": which of spatial, temporal and interaction are in.
    Returns:
        keras.Model from f32 [N, T, size, size, 3] in [0, 1] to logits [N, 1].
    Raises:
        ValueError: for another kind or size.
    References:
        Guera and Delp 2018 (LSTM); de Lima et al. 2020 (3-D convolutions); Gu et al. 2021 (STIL).
    Lesson 12.
    """
    if kind not in KINDS or size % 32:
        raise ValueError(f"kind={kind!r}, size={size}: expected one of {', '.join(KINDS)} and a multiple of 32")
    clip = keras.Input((frames, size, size, 3))
    x = layers.Rescaling(4.0, offset=-2.0)(clip)
    if kind == "conv3d":
        for width in WIDTHS:
            x = layers.Conv3D(width, 3, strides=(1, 2, 2), padding="same", use_bias=False)(x)
            x = layers.ReLU()(BatchNormalization(momentum=0.9)(x))
        logit = layers.Dense(1)(layers.GlobalAveragePooling3D()(x))
        return keras.Model(clip, logit, name=kind)
    x = FoldFrames()(x)
    for stage, width in enumerate(WIDTHS):
        x = layers.ReLU()(_conv(x, width, 3, strides=2))
        if kind == "stil" and stage == 1:
            x = layers.ReLU()(layers.Add()([x, stil_block(x, frames, **modules)]))
    x = layers.GlobalAveragePooling2D()(x)
    if kind == "lstm":
        logit = layers.Dense(1)(layers.LSTM(32)(UnfoldFrames(frames)(x)))
    else:  # the mean over time of each frame's logit
        logit = layers.GlobalAveragePooling1D()(UnfoldFrames(frames)(layers.Dense(1)(x)))
    return keras.Model(clip, logit, name=kind)


KINDS = ("mean", "lstm", "conv3d", "stil")


def _conv(x, channels, kernel, strides=1):
    x = layers.Conv2D(channels, kernel, strides=strides, padding="same", use_bias=False)(x)
    return BatchNormalization(momentum=0.9)(x)
