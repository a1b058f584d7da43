"""Previews of training in a notebook. Lesson 02."""
import cv2
import numpy as np

from course_lib.show import Png


def swap_preview(encoder, decoder_a, decoder_b, faces_a, truth=None, zoom=2):
    """A function for fit(preview=...): rows of A, A reconstructed, A swapped to B and, where it is given, the truth.

    Args:
        encoder, decoder_a, decoder_b: the parts of a swap, keras.Models; None for decoder_a leaves its row out.
        faces_a: f32 [N, S, S, 3], a few images of A as the encoder takes them.
        truth: f32 [N, S, S, 3], B in the same scenes; left out when None.
        zoom: factor of enlargement.
    Returns:
        Function of a model, which returns f32 [rows S zoom, N S zoom, 3].
    Lesson 02.
    """

    def draw(_model=None):
        code = encoder.predict_on_batch(faces_a)
        rows = [faces_a, *(part.predict_on_batch(code) for part in (decoder_a, decoder_b) if part is not None)]
        rows += [] if truth is None else [truth]
        sheet = np.concatenate([np.concatenate(list(np.asarray(row)), 1) for row in rows], 0)
        return cv2.resize(sheet, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC).clip(0, 1)

    return draw


class Screen:
    """One image in a notebook that is replaced in place; its attribute notebook is False outside a notebook."""

    def __init__(self):
        self.notebook, self.handle = in_notebook(), None

    def show(self, image):
        """Shows an image.

        Args:
            image: f32 RGB [H, W, 3] in [0, 1].
        """
        from IPython.display import display

        png = Png(_png(image), "What the network makes so far; drawn anew while it trains")
        if self.handle is None:
            self.handle = display(png, display_id=True)
        else:
            self.handle.update(png)


def in_notebook():
    """Whether this is a Jupyter kernel, which can show images, and not a script, a test or a terminal.

    Returns:
        True or False.
    """
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def _png(image):
    bgr = (np.clip(image, 0, 1)[..., ::-1] * 255 + 0.5).astype(np.uint8)
    return cv2.imencode(".png", bgr)[1].tobytes()
