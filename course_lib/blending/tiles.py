"""A network applied tile by tile, and restored faces blended back into their image. Lesson 09."""
import numpy as np

from course_lib.faces.align import align
from course_lib.values import unit_range

from .compose import paste

TILE, OVERLAP = 192, 24  # pixels: side of what the network sees at a time, and how far it sees beyond what is kept
MARGIN, FEATHER = 0.06, 0.14  # of a face's crop: what is thrown away at its border, and the soft edge inside
MIN_SCALE = 0.8  # crop pixels for each pixel; below it a face would lose detail by being restored


def by_tiles(image, network, scale, tile=TILE, overlap=OVERLAP):
    """An image enlarged by a network that sees one tile of it at a time.

    Where the network's receptive field reaches no further than `overlap` pixels the result is that of the whole image,
    without a seam; memory holds one tile.

    Args:
        image: f32 RGB [H, W, 3].
        network: a function of images f32 [1, h, w, 3] that gives [1, s h, s w, 3].
        scale: s, an integer.
        tile: side of a tile, pixels, all of one size unless the image is smaller.
        overlap: how much of a tile's border is thrown away, except at the image's own border.
    Returns:
        f32 [s H, s W, 3].
    Raises:
        ValueError: for sizes that do not fit, and for network outputs that are not finite or of another size.
    Lesson 09.
    """
    image = np.asarray(image, np.float32)
    if image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"by_tiles wants an RGB image [H, W, 3]; got {image.shape}")
    unit_range(image)
    if not 0 <= 2 * overlap < tile or scale < 1:
        raise ValueError(f"tile is {tile} and overlap {overlap}; a tile must be wider than both its borders, and scale "
                         f"({scale}) at least 1")
    out = np.empty((*(scale * n for n in image.shape[:2]), 3), np.float32)
    for y, rows in _spans(image.shape[0], tile, overlap):
        for x, columns in _spans(image.shape[1], tile, overlap):
            part = image[None, y:y + tile, x:x + tile]
            output = np.asarray(network(part), np.float32)
            shape = (1, scale * part.shape[1], scale * part.shape[2], 3)
            if output.shape != shape or not np.isfinite(output).all():
                raise ValueError(f"the network gave {output.shape} for a tile {part.shape}; expected finite {shape}")
            (top, bottom), (left, right) = rows, columns
            out[scale * top:scale * bottom, scale * left:scale * right] = output[
                0, scale * (top - y):scale * (bottom - y), scale * (left - x):scale * (right - x)]
    return np.clip(out, 0, 1)


def _spans(length, tile, overlap):
    """(where a tile begins, (from, to) of what is kept of it) along one side: together they cover it once."""
    if length <= tile:
        return [(0, (0, length))]
    count = -(-(length - 2 * overlap) // (tile - 2 * overlap))
    starts = [min(k * (tile - 2 * overlap), length - tile) for k in range(count)]
    ends = [start + tile - overlap for start in starts[:-1]] + [length]
    return list(zip(starts, zip([0, *ends[:-1]], ends)))


def restore_faces(image, landmarks, restore, *, into=None, size=128, coverage=1.3):
    """The faces of an image restored, each blended back in place.

    Args:
        image: f32 RGB [H, W, 3].
        landmarks: a list of [68, 2], one for each face.
        restore: a function of crops f32 [N, size, size, 3] that gives as many of that size.
        into: the same image enlarged, into which the faces are blended; the image itself when left out.
        size, coverage: of the crops.
    Returns:
        (f32 [H, W, 3] or of the size of `into`, numbers of the faces restored): a face that is larger than `size` where
        it is blended would lose detail and is left as it is.
    Raises:
        ValueError: where restore gives another shape or numbers that are not finite.
    Lesson 09.
    """
    out = np.asarray(image if into is None else into, np.float32).copy()
    scale = out.shape[0] / image.shape[0]
    aligned = [align(image, points, size, coverage) for points in landmarks]
    fine = [np.hypot(*a.matrix[0, :2]) / scale >= MIN_SCALE for a in aligned]
    crops = [a.image for a, keep in zip(aligned, fine) if keep]
    if not crops:
        return out, []
    restored = np.asarray(restore(np.stack(crops)), np.float32)
    if restored.shape != (len(crops), size, size, 3) or not np.isfinite(restored).all():
        raise ValueError(f"restore gave {restored.shape}; expected finite faces [{len(crops)}, {size}, {size}, 3]")
    edge = round(MARGIN * size)
    mask = np.pad(np.ones((size - 2 * edge, size - 2 * edge), np.float32), edge)
    chosen = [k for k, keep in enumerate(fine) if keep]
    for face, k in zip(restored, chosen, strict=True):
        matrix = np.asarray(aligned[k].matrix, np.float64).copy()
        matrix[:, 2] += matrix[:, :2] @ np.full(2, 0.5 / scale - 0.5)  # a pixel's centre lies half a pixel inside it
        matrix[:, :2] /= scale
        out = paste(out, face, matrix, mask, FEATHER)
    return out, chosen
