"""The range of images in this library, checked at the entry points. Lesson 01."""
import numpy as np

SLACK = 0.5  # filters and networks overshoot [0, 1]; values in 0 to 255 go far beyond


def unit_range(images, name="the image"):
    """Check that images have values in about [0, 1].

    Args:
        images: Array of any shape; nan passes, other checks are the caller's.
        name: What to call them in the message.
    Returns:
        The images as an array, unchanged.
    Raises:
        ValueError: When values are far outside, as with floats in 0 to 255 or in [-1, 1].
    """
    images = np.asarray(images)
    if images.size and images.dtype.kind == "f":
        low, high = float(images.min()), float(images.max())
        if low < -SLACK or high > 1 + SLACK:
            raise ValueError(f"{name} has values from {low:.3g} to {high:.3g}; expected [0, 1]: divide 0 to 255 by 255")
    return images
