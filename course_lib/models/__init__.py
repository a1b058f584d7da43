"""Published architectures, one a file; functions that return a keras.Model.

Importing this room registers its layers, so that checkpoints.load can build what was saved.
"""
from . import autoencoder, blocks, dictionary, esrgan, faceswap_gan, gan, judges, mesonet, stylegan

__all__ = ["autoencoder", "blocks", "dictionary", "esrgan", "faceswap_gan", "gan", "judges", "mesonet", "stylegan"]
