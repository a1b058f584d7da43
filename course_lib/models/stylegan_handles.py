"""A trained StyleGAN taken apart: latents, styles, truncation, style mixing, noise. Lesson 06."""
import numpy as np


class Handles:
    """A trained generator taken apart: from z to w, from w to styles, from styles to faces, in float32 numpy arrays.

    mapping, synthesis: its two networks. layers, latent, noise: numbers of styles, of a w, and of noise for one image.

    Args:
        model: as generator() makes it, or the checkpoint portrait_stylegan.
    Lesson 06.
    """

    def __init__(self, model):
        self.mapping, self.synthesis = model.get_layer("mapping"), model.get_layer("synthesis")
        self.layers, self.latent = self.synthesis.input_shape[0][1:]
        self.noise = self.synthesis.input_shape[1][1]

    @property
    def mean(self):
        """The running mean of w, f32 [latent]."""
        return np.array(self.mapping.get_layer("mean_style").mean, np.float32)

    def w(self, z):
        """The mapping network.

        Args:
            z: f32 [N, latent], standard normal.
        Returns:
            w, f32 [N, latent].
        """
        return np.asarray(self.mapping(np.asarray(z, np.float32)))

    def styles(self, w, psi=1.0, truncated=None):
        """Styles of w, truncated.

        Args:
            w: [N, latent] or [N, layers, latent].
            psi: of truncate; 1 changes nothing.
            truncated: how many layers from the coarsest on are truncated; all when left out.
        Returns:
            f32 [N, layers, latent].
        Raises:
            ValueError: for another shape.
        """
        w = np.asarray(w, np.float32)
        w = np.repeat(w[:, None], self.layers, axis=1) if w.ndim == 2 else w.copy()
        if w.shape[1:] != (self.layers, self.latent):
            raise ValueError(f"w is {w.shape}; expected [N, {self.latent}] or [N, {self.layers}, {self.latent}]")
        w[:, :truncated] = truncate(w[:, :truncated], self.mean, psi)
        return w

    def pictures(self, styles, noise=None, batch=64):
        """The synthesis network.

        Args:
            styles: [N, layers, latent], or w [N, latent].
            noise: f32 [N, noise], or [1, noise] for the same in all; zeros when left out.
            batch: images in a forward pass.
        Returns:
            Faces f32 [N, size, size, 3] in [0, 1].
        """
        styles = self.styles(styles)
        noise = np.zeros((1, self.noise), np.float32) if noise is None else np.asarray(noise, np.float32)
        noise = np.broadcast_to(noise, (len(styles), self.noise))
        parts = [[styles[k : k + batch], noise[k : k + batch]] for k in range(0, len(styles), batch)]
        return np.concatenate([np.asarray(self.synthesis.predict_on_batch(part)) for part in parts])


def truncate(w, mean, psi):
    """Truncation: psi w + (1 - psi) mean; psi 1 keeps all variety, 0 gives the mean face.

    Args:
        w: [..., D].
        mean: [D].
        psi: a number, usually 0 to 1.
    Returns:
        [..., D].
    References:
        Karras et al. 2019, appendix B; Brock et al. 2019, BigGAN, who truncate z.
    Lesson 06.
    """
    return psi * w + (1 - psi) * mean


def mix(first, second, crossover):
    """Style mixing: styles of one face before the crossover, of another from there on.

    Args:
        first, second: styles [N, layers, D].
        crossover: 0 (all from the second) to layers (all from the first).
    Returns:
        Styles [N, layers, D].
    Raises:
        ValueError: for other shapes or another crossover.
    References:
        Karras et al. 2019, section 3.1.
    Lesson 06.
    """
    if np.shape(first) != np.shape(second) or not 0 <= crossover <= np.shape(first)[1]:
        raise ValueError(f"mix wants two sets of styles of one shape [N, layers, D] and a crossover from 0 to layers; "
                         f"got {np.shape(first)}, {np.shape(second)} and {crossover}")
    return np.concatenate([first[:, :crossover], second[:, crossover:]], axis=1)


def draw_noise(config, count, rng):
    """Noise for the synthesis network.

    Args:
        config: a Config or Handles.
        count: number of images.
        rng: numpy Generator.
    Returns:
        f32 [count, noise], standard normal.
    Lesson 06.
    """
    return rng.standard_normal((count, config.noise), np.float32)
