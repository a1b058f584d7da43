"""What training looks like while it runs. Lesson 02."""
import cv2
import numpy as np

from course_lib.show import Png


def swap_preview(encoder, decoder_a, decoder_b, faces_a, truth=None, zoom=2):
    """A function for fit(preview=...): rows A, A reconstructed, A as B and, where it is given, the truth.

    encoder, decoder_a, decoder_b: the parts of a swap, keras.Models. faces_a: f32 [N, S, S, 3], a few pictures of A
    as the encoder takes them. truth: f32 [N, S, S, 3], B in the same scenes. Returns model -> f32 [rows S zoom,
    N S zoom, 3]. Lesson 02.
    """

    def draw(_model=None):
        code = encoder.predict_on_batch(faces_a)
        rows = [faces_a, decoder_a.predict_on_batch(code), decoder_b.predict_on_batch(code)]
        rows += [] if truth is None else [truth]
        sheet = np.concatenate([np.concatenate(list(np.asarray(row)), 1) for row in rows], 0)
        return cv2.resize(sheet, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC).clip(0, 1)

    return draw


class Screen:
    """One picture on a notebook's page that is replaced in place; `notebook` is False where there is no page."""

    def __init__(self):
        self.notebook, self.handle = in_notebook(), None

    def show(self, picture):
        """Shows f32 RGB [H, W, 3] in [0, 1]."""
        from IPython.display import display

        image = Png(_png(picture), "What the network makes so far; drawn anew while it trains")
        if self.handle is None:
            self.handle = display(image, display_id=True)
        else:
            self.handle.update(image)


def in_notebook():
    """True in a Jupyter kernel, which can show pictures; False in a script, a test or a terminal."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def _png(picture):
    bgr = (np.clip(picture, 0, 1)[..., ::-1] * 255 + 0.5).astype(np.uint8)
    return cv2.imencode(".png", bgr)[1].tobytes()
