"""Published architectures, one a file; functions that return a keras.Model.

Importing this package registers its layers, so that a saved model can be loaded.
"""
from course_lib.models import (
    autoencoder,
    blocks,
    dictionary,
    esrgan,
    evaluators,
    faceswap_gan,
    first_order,
    gan,
    mesonet,
    stylegan,
)

__all__ = ["autoencoder", "blocks", "dictionary", "esrgan", "evaluators", "faceswap_gan", "first_order", "gan",
           "mesonet", "stylegan"]
