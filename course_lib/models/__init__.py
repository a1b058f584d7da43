"""Published architectures, one a file; functions that return a keras.Model.

Importing this package registers its layers, so that a saved model can be loaded.
"""
from course_lib.models import (
    autoencoder,
    blocks,
    boundary,
    consistency,
    dictionary,
    esrgan,
    evaluators,
    everybody_dance,
    faceswap_gan,
    first_order,
    gan,
    lip_sync,
    mesonet,
    noiseprint,
    novelty,
    stylegan,
)

__all__ = ["autoencoder", "blocks", "boundary", "consistency", "dictionary", "esrgan", "evaluators", "everybody_dance",
           "faceswap_gan", "first_order", "gan", "lip_sync", "mesonet", "noiseprint", "novelty", "stylegan"]
