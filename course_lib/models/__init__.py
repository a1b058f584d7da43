"""Published architectures, one a file; functions that return a keras.Model.

Importing this room registers its layers, so that checkpoints.load can build what was saved.
"""
from course_lib.models import autoencoder, blocks, dictionary, esrgan, faceswap_gan, gan, mesonet, stylegan
from course_lib.models import evaluators as judges

__all__ = ["autoencoder", "blocks", "dictionary", "esrgan", "faceswap_gan", "gan", "judges", "mesonet", "stylegan"]
