"""StyleGAN at 64 x 64: a generator with handles, and its discriminator. Lesson 06.

z becomes w by the mapping network; w sets the style of every layer of the synthesis network; noise adds what is left
to chance. Source: Karras et al. 2019, A Style-Based Generator Architecture for GANs; with modulated=True the layers
of Karras et al. 2020, Analyzing and Improving the Image Quality of StyleGAN.
"""
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from .gan import MinibatchStdDev
from .stylegan_layers import (
    GAIN,
    AdaIN,
    Constant,
    EqualConv,
    EqualDense,
    MeanStyle,
    ModulatedConv,
    NoiseAndBias,
    adain,
    pixel_norm,
)

__all__ = ["Config", "Handles", "adain", "discriminator", "draw_noise", "generator", "mapping", "mix", "synthesis",
           "truncate"]


@dataclass(frozen=True)
class Config:
    """How deep and wide. widths: filters at 4 x 4, 8 x 8, ..., so their number says how large the picture is.
    discriminator_widths: those of the discriminator, in the same order. latent: numbers in z and w. depth, rate: layers of the
    mapping network and how fast they learn beside the others. modulated: StyleGAN2's convolution instead of AdaIN.
    Raises ValueError for numbers that make no network."""

    latent: int = 128
    depth: int = 8
    rate: float = 0.01
    widths: tuple = (128, 128, 64, 32, 16)
    discriminator_widths: tuple = (128, 128, 64, 32, 16)
    modulated: bool = False

    def __post_init__(self):
        if len(self.widths) != len(self.discriminator_widths) or min(self.widths + self.discriminator_widths) < 1 or \
                len(self.widths) < 2 or min(self.latent, self.depth) < 1 or not 0 < self.rate <= 1:
            raise ValueError(f"{self}: widths and discriminator_widths are as many numbers from 1 on, at least two; latent "
                             "and depth are at least 1, rate is above 0 and at most 1")

    @property
    def size(self):
        """Side of the picture, pixels."""
        return 2 ** (len(self.widths) + 1)

    @property
    def layers(self):
        """Number of styles: two for each size, ten at 64 x 64. The first is the coarsest."""
        return 2 * len(self.widths)

    @property
    def noise(self):
        """Numbers of noise for one picture: one a pixel and layer."""
        return sum(2 * side * side for side in self.sides)

    @property
    def sides(self):
        """Sides of the maps, from coarse to fine."""
        return [4 * 2**k for k in range(len(self.widths))]


def mapping(config):
    """From z f32 [N, latent], standard normal, to w f32 [N, latent]: pixel norm, `depth` dense layers. Lesson 06."""
    z = keras.Input((config.latent,), name="z", dtype="float32")
    w = pixel_norm(z)
    for _ in range(config.depth):
        w = EqualDense(config.latent, rate=config.rate, dtype="float32")(w)
        w = layers.LeakyReLU(negative_slope=0.2, dtype="float32")(w)
    return keras.Model(z, MeanStyle(dtype="float32", name="mean_style")(w), name="mapping")


def synthesis(config):
    """From styles f32 [N, layers, latent] and noise f32 [N, config.noise] to pictures f32 [N, size, size, 3] in [0, 1].

    A layer is convolution, noise, bias, LeakyReLU .2, then AdaIN; the first has no convolution but the learned
    constant. modulated: the style enters with the convolution, and each size adds its part to the picture (the skips of
    Karras et al. 2020, figure 7 b). The end is a sigmoid, so that a picture stays in [0, 1]; the papers' is linear.
    Lesson 06.
    """
    styles = keras.Input((config.layers, config.latent), name="styles", dtype="float32")
    noise = keras.Input((config.noise,), name="noise", dtype="float32")
    x, at, rgb = Constant(4, config.widths[0])(styles), 0, None
    for k in range(config.layers):
        side, filters, w = config.sides[k // 2], config.widths[k // 2], styles[:, k]
        step = "up" if k % 2 == 0 and k else "same"
        if config.modulated:
            x = ModulatedConv(filters, step=step, gain=1.0, name=f"conv_{k}")([x, w])
        elif k:
            x = EqualConv(filters, step=step, name=f"conv_{k}")(x)
        here = ops.reshape(noise[:, at : at + side * side], (-1, side, side, 1))
        x = NoiseAndBias(name=f"noise_{k}")([x, here])
        x, at = layers.LeakyReLU(negative_slope=0.2)(x), at + side * side
        x = GAIN * x if config.modulated else AdaIN(name=f"style_{k}")([x, w])
        if config.modulated and k % 2:
            more = ModulatedConv(3, 1, demodulate=False, bias=True, gain=0.5, name=f"to_rgb_{side}")([x, w])
            more = layers.Activation("linear", dtype="float32")(more)
            larger = layers.UpSampling2D(2, interpolation="bilinear", dtype="float32")
            rgb = more if rgb is None else larger(rgb) + more
    rgb = rgb if config.modulated else EqualConv(3, 1, bias=True, gain=1.0, name="to_rgb")(x)
    return keras.Model([styles, noise], layers.Activation("sigmoid", dtype="float32")(rgb), name="synthesis")


def generator(config):
    """The whole, as it is trained: from [z f32 [N, 2, latent], crossover int [N, 1], noise f32 [N, config.noise]].

    Each picture has two latents: the layers before its crossover get the style of the first, the others that of the
    second, so that layers do not lean on each other (style mixing). crossover 0: all from the second; config.layers:
    all from the first. Returns pictures f32 [N, size, size, 3] in [0, 1]. See Handles for its parts. Lesson 06.
    """
    z = keras.Input((2, config.latent), name="latents", dtype="float32")
    crossover = keras.Input((1,), name="crossover", dtype="int32")
    noise = keras.Input((config.noise,), name="noise", dtype="float32")
    network = mapping(config)
    w = ops.reshape(network(ops.reshape(z, (-1, config.latent))), (-1, 2, 1, config.latent))
    first = ops.cast(crossover > np.arange(config.layers, dtype="int32")[None], "float32")[..., None]  # [N, layers, 1]
    styles = first * w[:, 0] + (1 - first) * w[:, 1]
    return keras.Model([z, crossover, noise], synthesis(config)([styles, noise]), name="stylegan")


def discriminator(config):
    """The discriminator: from pictures f32 [N, size, size, 3] in [0, 1] to scores f32 [N, 1], logits.

    At each size a convolution, then one that halves the side (blurred first); at the end the deviation within groups
    of four, a convolution and two dense layers. Source: Karras et al. 2018, table 2. Lesson 06.
    """
    def leaky(x):
        return layers.LeakyReLU(negative_slope=0.2)(x)

    image = keras.Input((config.size, config.size, 3), name="image")
    widths = config.discriminator_widths[::-1]
    x = leaky(EqualConv(widths[0], 1, bias=True)(2 * image - 1))
    for here, below in zip(widths, widths[1:], strict=False):
        x = leaky(EqualConv(here, bias=True)(x))
        x = leaky(EqualConv(below, step="down", bias=True)(x))
    x = leaky(EqualConv(widths[-1], bias=True)(MinibatchStdDev(group=4)(x)))
    x = leaky(EqualDense(widths[-1])(layers.Flatten()(x)))
    return keras.Model(image, EqualDense(1, gain=1.0, dtype="float32")(x), name="style_discriminator")


class Handles:
    """A trained generator taken apart: what turns numbers into w, w into styles, and styles into a face.

    model: as generator() makes it, or the checkpoint portrait_stylegan. mapping, synthesis: its two networks (see
    there). mean: f32 [D], the running mean of w. layers, latent, noise: numbers of styles, of a w, and of noise for one
    picture. All arrays that go in and out are numpy, float32. Lesson 06.
    """

    def __init__(self, model):
        self.mapping, self.synthesis = model.get_layer("mapping"), model.get_layer("synthesis")
        self.layers, self.latent = self.synthesis.input_shape[0][1:]
        self.noise = self.synthesis.input_shape[1][1]

    @property
    def mean(self):
        return np.array(self.mapping.get_layer("mean_style").mean, np.float32)

    def w(self, z):
        """z f32 [N, latent], standard normal, to w f32 [N, latent]."""
        return np.asarray(self.mapping(np.asarray(z, np.float32)))

    def styles(self, w, psi=1.0, truncated=None):
        """w [N, latent] or [N, layers, latent] to styles f32 [N, layers, latent], pulled to the mean by psi.

        truncated: how many layers from the coarsest on are pulled; all when left out. See truncate.
        """
        w = np.asarray(w, np.float32)
        w = np.repeat(w[:, None], self.layers, axis=1) if w.ndim == 2 else w.copy()
        if w.shape[1:] != (self.layers, self.latent):
            raise ValueError(f"w is {w.shape}; expected [N, {self.latent}] or [N, {self.layers}, {self.latent}]")
        w[:, :truncated] = truncate(w[:, :truncated], self.mean, psi)
        return w

    def pictures(self, styles, noise=None, batch=64):
        """Faces f32 [N, size, size, 3] in [0, 1] of styles [N, layers, latent] (or w [N, latent]).

        noise: f32 [N, noise], or [1, noise] for the same in all; none (zeros) when left out.
        """
        styles = self.styles(styles)
        noise = np.zeros((1, self.noise), np.float32) if noise is None else np.asarray(noise, np.float32)
        noise = np.broadcast_to(noise, (len(styles), self.noise))
        parts = [[styles[k : k + batch], noise[k : k + batch]] for k in range(0, len(styles), batch)]
        return np.concatenate([np.asarray(self.synthesis.predict_on_batch(part)) for part in parts])


def truncate(w, mean, psi):
    """psi w + (1 - psi) mean: with psi 1 all of the variety, with 0 the mean face. w [..., D], mean [D].

    Source: Karras et al. 2019, section 2 (appendix B); Brock et al. 2019, who cut z. Lesson 06.
    """
    return psi * w + (1 - psi) * mean


def mix(first, second, crossover):
    """Styles of one face before the crossover, of another from there on: style mixing.

    first, second: styles [N, layers, D]. crossover: 0 (all from the second) to layers (all from the first). Raises
    ValueError for others. Source: Karras et al. 2019, section 3.1. Lesson 06.
    """
    if np.shape(first) != np.shape(second) or not 0 <= crossover <= np.shape(first)[1]:
        raise ValueError(f"mix wants two sets of styles of one shape [N, layers, D] and a crossover from 0 to layers; "
                         f"got {np.shape(first)}, {np.shape(second)} and {crossover}")
    return np.concatenate([first[:, :crossover], second[:, crossover:]], axis=1)


def draw_noise(config, count, rng):
    """Noise for count pictures, f32 [count, noise], standard normal. config: a Config or Handles. Lesson 06."""
    return rng.standard_normal((count, config.noise), np.float32)
