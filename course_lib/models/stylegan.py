"""StyleGAN at 64 x 64: its generator, taken apart by Handles, and its discriminator. Lesson 06.

The mapping network turns z into w; w sets the style of every layer of the synthesis network; noise adds stochastic
detail. References: Karras et al. 2019, A Style-Based Generator Architecture for GANs; with modulated=True the layers of
Karras et al. 2020, Analyzing and Improving the Image Quality of StyleGAN.
"""
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from .blocks import leaky
from .equalised import GAIN, EqualConv, EqualDense
from .gan import MinibatchStdDev
from .stylegan_handles import Handles, draw_noise, mix, truncate
from .stylegan_layers import AdaIN, Constant, MeanStyle, ModulatedConv, NoiseAndBias, adain, pixel_norm

__all__ = ["Config", "Handles", "adain", "discriminator", "draw_noise", "generator", "mapping", "mix", "synthesis",
           "truncate"]


@dataclass(frozen=True)
class Config:
    """Depth and width of a StyleGAN.

    Args:
        latent: length of z and w.
        depth: layers of the mapping network.
        rate: learning-rate multiplier of the mapping network, above 0 and at most 1.
        widths: filters at 4 x 4, 8 x 8, ...; their number gives the size of the images.
        discriminator_widths: those of the discriminator, in the same order.
        modulated: StyleGAN2's modulated convolution instead of AdaIN.
    Raises:
        ValueError: for numbers that make no network.
    Lesson 06.
    """

    latent: int = 128
    depth: int = 8
    rate: float = 0.01
    widths: tuple = (128, 128, 64, 32, 16)
    discriminator_widths: tuple = (128, 128, 64, 32, 16)
    modulated: bool = False

    def __post_init__(self):
        if len(self.widths) != len(self.discriminator_widths) or min(self.widths + self.discriminator_widths) < 1 or \
                len(self.widths) < 2 or min(self.latent, self.depth) < 1 or not 0 < self.rate <= 1:
            raise ValueError(f"{self}: widths and discriminator_widths are as many numbers from 1 on, at least two; "
                             "latent and depth are at least 1, rate is above 0 and at most 1")

    @property
    def size(self):
        """Side of the images in pixels."""
        return 2 ** (len(self.widths) + 1)

    @property
    def layers(self):
        """Number of styles: two for each size, ten at 64 x 64. The first is the coarsest."""
        return 2 * len(self.widths)

    @property
    def noise(self):
        """Numbers of noise for one image: one for each pixel of each layer."""
        return sum(2 * side * side for side in self.sides)

    @property
    def sides(self):
        """Sides of the feature maps, from coarse to fine."""
        return [4 * 2**k for k in range(len(self.widths))]


def mapping(config):
    """The mapping network: pixel norm, then dense layers with LeakyReLU.

    Args:
        config: a Config.
    Returns:
        keras.Model from z f32 [N, latent], standard normal, to w f32 [N, latent].
    References:
        Karras et al. 2019, figure 1 (b).
    Lesson 06.
    """
    z = keras.Input((config.latent,), name="z", dtype="float32")
    w = pixel_norm(z)
    for _ in range(config.depth):
        w = EqualDense(config.latent, rate=config.rate, dtype="float32")(w)
        w = layers.LeakyReLU(negative_slope=0.2, dtype="float32")(w)
    w = MeanStyle(dtype="float32", name="mean_style")(w)
    return keras.Model(z, w, name="mapping")


def synthesis(config):
    """The synthesis network. A layer is convolution, noise, bias, LeakyReLU, then AdaIN.

    The first layer has the learned constant in place of a convolution. modulated: the style enters with the
    convolution, and each size adds its part to the image (skip connections, Karras et al. 2020, figure 7 b). The end
    is a sigmoid, so that images stay in [0, 1]; the papers' is linear.

    Args:
        config: a Config.
    Returns:
        keras.Model from [styles f32 [N, layers, latent], noise f32 [N, config.noise]] to images f32 [N, size, size, 3]
        in [0, 1].
    References:
        Karras et al. 2019, figure 1 (b).
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
        layer_noise = ops.reshape(noise[:, at : at + side * side], (-1, side, side, 1))
        at += side * side
        x = leaky(NoiseAndBias(name=f"noise_{k}")([x, layer_noise]), 0.2)
        x = GAIN * x if config.modulated else AdaIN(name=f"style_{k}")([x, w])
        if config.modulated and k % 2:
            added = ModulatedConv(3, 1, demodulate=False, bias=True, gain=0.5, name=f"to_rgb_{side}")([x, w])
            added = layers.Activation("linear", dtype="float32")(added)
            upsample = layers.UpSampling2D(2, interpolation="bilinear", dtype="float32")
            rgb = added if rgb is None else upsample(rgb) + added
    rgb = rgb if config.modulated else EqualConv(3, 1, bias=True, gain=1.0, name="to_rgb")(x)
    return keras.Model([styles, noise], layers.Activation("sigmoid", dtype="float32")(rgb), name="synthesis")


def generator(config):
    """Mapping and synthesis together, as they are trained, with style mixing.

    Each image has two latents: the layers before its crossover get the style of the first, the others that of the
    second, so that neighbouring styles do not become correlated. Handles gives its two networks.

    Args:
        config: a Config.
    Returns:
        keras.Model from [z f32 [N, 2, latent], crossover int [N, 1] (0: all from the second; config.layers: all from
        the first), noise f32 [N, config.noise]] to images f32 [N, size, size, 3] in [0, 1].
    References:
        Karras et al. 2019, section 3.1.
    Lesson 06.
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
    """The discriminator: two convolutions at each size, the second of stride 2 (after a blur).

    At the end come the standard deviation within groups of four, a convolution and two dense layers.

    Args:
        config: a Config.
    Returns:
        keras.Model from images f32 [N, size, size, 3] in [0, 1] to logits f32 [N, 1].
    References:
        Karras et al. 2018, Progressive Growing, table 2.
    Lesson 06.
    """
    image = keras.Input((config.size, config.size, 3), name="image")
    widths = config.discriminator_widths[::-1]
    x = leaky(EqualConv(widths[0], 1, bias=True)(2 * image - 1), 0.2)
    for filters, next_filters in zip(widths, widths[1:], strict=False):
        x = leaky(EqualConv(filters, bias=True)(x), 0.2)
        x = leaky(EqualConv(next_filters, step="down", bias=True)(x), 0.2)
    x = leaky(EqualConv(widths[-1], bias=True)(MinibatchStdDev(group=4)(x)), 0.2)
    x = leaky(EqualDense(widths[-1])(layers.Flatten()(x)), 0.2)
    return keras.Model(image, EqualDense(1, gain=1.0, dtype="float32")(x), name="style_discriminator")
