"""A network applied tile by tile, and restored faces laid back into their picture. Lesson 09."""
import numpy as np

from course_lib.faces.align import align

from .compose import paste

TILE, OVERLAP = 192, 24  # pixels: side of what the network sees at a time, and how far it sees beyond what is kept
MARGIN, FEATHER = 0.06, 0.14  # of a face's crop: what is thrown away at its border, and the soft edge inside
FINEST = 0.8  # crop pixels for each pixel below which a face would lose detail by being restored


def by_tiles(picture, network, scale, tile=TILE, overlap=OVERLAP):
    """A picture made `scale` times as large by a network that sees one tile of it at a time; f32 [s H, s W, 3].

    picture: f32 RGB [H, W, 3]. network: a function of pictures f32 [1, h, w, 3] that gives [1, s h, s w, 3]. tile: side
    of a tile, pixels, all of one size unless the picture is smaller. overlap: how much of a tile's border is thrown
    away, except at the picture's own border. Where the network looks no further than `overlap` pixels the result is
    that of the whole picture, without a seam; memory holds one tile. Raises ValueError for sizes that do not fit, and
    for what the network gives if it is not finite or of another size. Lesson 09.
    """
    picture = np.asarray(picture, np.float32)
    if picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise ValueError(f"by_tiles wants a picture RGB [H, W, 3]; got {picture.shape}")
    if not 0 <= 2 * overlap < tile or scale < 1:
        raise ValueError(f"tile is {tile} and overlap {overlap}; a tile must be wider than both its borders, and scale "
                         f"({scale}) at least 1")
    out = np.empty((*(scale * n for n in picture.shape[:2]), 3), np.float32)
    for y, rows in _spans(picture.shape[0], tile, overlap):
        for x, columns in _spans(picture.shape[1], tile, overlap):
            part = picture[None, y:y + tile, x:x + tile]
            made = np.asarray(network(part), np.float32)
            wanted = (1, scale * part.shape[1], scale * part.shape[2], 3)
            if made.shape != wanted or not np.isfinite(made).all():
                raise ValueError(f"the network gave {made.shape} for a tile {part.shape}; expected finite {wanted}")
            (top, bottom), (left, right) = rows, columns
            out[scale * top:scale * bottom, scale * left:scale * right] = made[
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


def restore_faces(picture, landmarks, restore, *, into=None, size=128, coverage=1.3):
    """The faces of a picture restored, each laid back where it was; f32 [H, W, 3] or of the size of `into`.

    picture: f32 RGB [H, W, 3]. landmarks: a list of [68, 2], one for each face. restore: a function of crops f32
    [N, size, size, 3] that gives as many of that size. into: the same picture enlarged, into which the faces are laid; the picture itself when left out. size, coverage: of the crops.
    Returns (the picture, numbers of the faces restored): a face that is larger than `size` where it is laid would lose
    by it and is left as it is. Raises ValueError where restore gives another shape or numbers that are not finite.
    Lesson 09.
    """
    out = np.asarray(picture if into is None else into, np.float32).copy()
    scale = out.shape[0] / picture.shape[0]
    cut = [align(picture, points, size, coverage) for points in landmarks]
    fine = [np.hypot(*a.matrix[0, :2]) / scale >= FINEST for a in cut]
    crops = [a.image for a, good in zip(cut, fine) if good]
    if not crops:
        return out, []
    made = np.asarray(restore(np.stack(crops)), np.float32)
    if made.shape != (len(crops), size, size, 3) or not np.isfinite(made).all():
        raise ValueError(f"restore gave {made.shape}; expected finite faces [{len(crops)}, {size}, {size}, 3]")
    edge = round(MARGIN * size)
    mask = np.pad(np.ones((size - 2 * edge, size - 2 * edge), np.float32), edge)
    chosen = [k for k, good in enumerate(fine) if good]
    for face, k in zip(made, chosen, strict=True):
        matrix = np.asarray(cut[k].matrix, np.float64).copy()
        matrix[:, 2] += matrix[:, :2] @ np.full(2, 0.5 / scale - 0.5)  # a pixel's centre lies half a pixel inside it
        matrix[:, :2] /= scale
        out = paste(out, face, matrix, mask, FEATHER)
    return out, chosen
