"""Sheets of images, and sheets as text that fits into a JSON history. Lesson 04."""
import base64

import cv2
import numpy as np


def image_sheet(images, zoom=1, columns=8):
    """Images side by side; the last row is filled up with white.

    Args:
        images: f32 RGB [N, S, S, 3] in [0, 1].
        zoom: Factor by which the sheet is enlarged.
        columns: Images in a row, at most.
    Returns:
        f32 RGB [rows S zoom, columns S zoom, 3].
    """
    images = np.asarray(images, np.float32)
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    filled = np.ones((rows * columns, *images.shape[1:]), np.float32)
    filled[: len(images)] = images
    sheet = filled.reshape(rows, columns, *images.shape[1:]).swapaxes(1, 2).reshape(
        rows * images.shape[1], columns * images.shape[2], 3)
    return sheet if zoom == 1 else cv2.resize(sheet, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC).clip(0, 1)


def encode_sheet(sheet):
    """A sheet as text: WebP of quality 85 in base64; `decode_sheet` reads it.

    Args:
        sheet: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        str.
    """
    pixels = (np.clip(sheet, 0, 1)[..., ::-1] * 255 + 0.5).astype(np.uint8)
    return base64.b64encode(cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, 85])[1].tobytes()).decode()


def decode_sheet(text):
    """The sheet in a text of `encode_sheet`.

    Args:
        text: str, or None.
    Returns:
        f32 RGB [H, W, 3] in [0, 1]; None for an empty text and for None.
    """
    if not text:
        return None
    data = np.frombuffer(base64.b64decode(text), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255
