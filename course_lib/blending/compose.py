"""Lays a face into a frame: alpha, Poisson and pyramid blending, and the way back from the crop. Lesson 03.

alpha, poisson and pyramid are functions (face, frame, mask) -> picture, all of one place and one size: face and frame
f32 RGB [H, W, 3] in [0, 1], mask [H, W] in [0, 1]. Where the mask is 0 the result is the frame, exactly.
"""
import cv2
import numpy as np

LEVELS = 4


def alpha(face, frame, mask):
    """mask * face + (1 - mask) * frame. Source: Porter & Duff, "Compositing digital images", 1984. Lesson 03."""
    face, frame, mask = _checked(face, frame, mask)
    return frame + mask[..., None] * (face - frame)


def pyramid(face, frame, mask, levels=LEVELS):
    """Blends coarse structure over a wide seam and fine structure over a narrow one.

    Face and frame are taken apart into `levels` bands of detail (each the difference between a picture and its blurred
    half-size copy) and a rest; each is blended with the mask at its own size. levels: 0 is alpha blending; at most as
    many as the size allows. It is cut off at the mask, so that the frame around it stays.
    Source: Burt & Adelson, "A multiresolution spline with application to image mosaics", 1983. Lesson 03.
    """
    face, frame, mask = _checked(face, frame, mask)
    if not isinstance(levels, int) or levels < 0:
        raise ValueError(f"levels is {levels!r}; expected 0 (alpha blending) or more")
    top = _blend_bands(face, frame, mask, levels)
    support = np.clip(mask * 8, 0, 1)[..., None]  # 0 outside the mask, 1 soon inside
    return frame + support * (np.clip(top, 0, 1) - frame) if levels else top


def _blend_bands(face, frame, mask, levels):
    if levels == 0 or min(mask.shape) < 4:
        return frame + mask[..., None] * (face - frame)
    size = mask.shape[1::-1]
    small = [cv2.pyrDown(a, borderType=cv2.BORDER_REPLICATE) for a in (face, frame, mask)]
    face_band, frame_band = (a - cv2.pyrUp(b, dstsize=size) for a, b in zip((face, frame), small[:2]))
    band = frame_band + mask[..., None] * (face_band - frame_band)
    return cv2.pyrUp(_blend_bands(*small, levels - 1), dstsize=size) + band


def poisson(face, frame, mask):
    """Keeps the face's gradients and takes its colours from the frame around the mask, by OpenCV's seamlessClone.

    OpenCV's solver asks for bytes, and places the middle of the mask's bounding box, after its own rounding, at a given
    point: it gets that very point and a border of 4 pixels, so that the face stays where it is in every frame and the
    mask is never at the edge. It holds the picture's border instead of the mask's edge, so that the frame around the
    mask changes too; what changed there is carried inwards by a wide blur and taken away again. What is then added to
    the face is smooth, so that a small blur and ignoring 1 / 255 take the rounding out of it. The mask's soft edge is
    blended as by alpha. An empty mask gives the frame.
    Source: Perez, Gangnet & Blake, "Poisson image editing", 2003, equation 4. Lesson 03.
    """
    face, frame, mask = _checked(face, frame, mask)
    inside = (mask > 0.02).astype(np.uint8)
    if not inside.any():
        return frame.copy()
    edge, border = 4, cv2.BORDER_REPLICATE
    face8, frame8 = (cv2.copyMakeBorder(_bytes(a), edge, edge, edge, edge, border) for a in (face, frame))
    inside = cv2.copyMakeBorder(inside, edge, edge, edge, edge, cv2.BORDER_CONSTANT)
    # the solver wears the mask down by three pixels before it begins; one stays worn, for the face's own gradients
    padded = cv2.dilate(inside, None, iterations=2)
    x, y, w, h = cv2.boundingRect(padded)
    cloned = cv2.seamlessClone(face8, frame8, padded * 255, (x + w // 2, y + h // 2), cv2.NORMAL_CLONE)
    cloned, face8, frame8 = (a.astype(np.float32) / 255 for a in (cloned, face8, frame8))
    known, wide = 1 - inside.astype(np.float32), float(np.sqrt(inside.sum())) / 5
    changed = cv2.GaussianBlur((cloned - frame8) * known[..., None], (0, 0), wide)
    changed /= cv2.GaussianBlur(known, (0, 0), wide)[..., None] + 1e-4
    added = cv2.GaussianBlur(cloned - face8 - changed, (5, 5), 0)[edge:-edge, edge:-edge]
    added = np.sign(added) * np.maximum(np.abs(added) - 1 / 255, 0)
    return alpha(np.clip(face + added, 0, 1), frame, mask)


BLENDS = {"alpha": alpha, "poisson": poisson, "pyramid": pyramid}


def unsharp(face, amount=0.6, spread=1.0):
    """The face with its fine detail made stronger, clipped to [0, 1]: face + amount * (face - its blurred copy).

    face: f32 RGB [H, W, 3]. amount: 0 changes nothing, below 0 it blurs. spread: deviation of the Gaussian in pixels.
    Lesson 03.
    """
    face = np.asarray(face, np.float32)
    if not amount:
        return face
    soft = cv2.GaussianBlur(face, (0, 0), spread, borderType=cv2.BORDER_REPLICATE)
    return np.clip(face + amount * (face - soft), 0, 1)


def reshape(face, now, wanted, step=8):
    """The face bent so that its landmarks come to lie where they are wanted, by a thin-plate spline.

    face: f32 [H, W] or [H, W, C]. now, wanted: [K, 2] in its pixels. step: pixels between the points at which the
    spline is computed; in between it is interpolated. Corners and sides stay in place. Raises ValueError for points
    that do not fit. Source: Bookstein, "Principal warps", PAMI 1989. Lesson 03.
    """
    face, now, wanted = np.asarray(face, np.float32), np.asarray(now, np.float64), np.asarray(wanted, np.float64)
    if now.shape != wanted.shape or now.ndim != 2 or now.shape[1] != 2 or not np.isfinite([now, wanted]).all():
        raise ValueError(f"reshape wants two arrays of finite points [K, 2]; got {now.shape} and {wanted.shape}")
    height, width = face.shape[:2]
    fixed = np.array([(x, y) for x in (0, (width - 1) / 2, width - 1) for y in (0, (height - 1) / 2, height - 1)
                      if (x, y) != ((width - 1) / 2, (height - 1) / 2)])
    from scipy.interpolate import RBFInterpolator  # here, because its import takes half a second

    spline = RBFInterpolator(np.r_[wanted, fixed], np.r_[now - wanted, 0 * fixed], kernel="thin_plate_spline",
                             smoothing=1e-3)
    xs, ys = (np.linspace(0, n - 1, max(2, -(-n // step) + 1)) for n in (width, height))
    coarse = spline(np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)).reshape(len(ys), len(xs), 2)
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
    # linear interpolation of the coarse shifts: where each pixel lies on the coarse grid
    at = grid * np.float32([(len(xs) - 1) / max(width - 1, 1), (len(ys) - 1) / max(height - 1, 1)])
    shift = cv2.remap(coarse.astype(np.float32), at[..., 0], at[..., 1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
    source = grid + shift
    return cv2.remap(face, source[..., 0], source[..., 1], cv2.INTER_CUBIC, None, cv2.BORDER_REPLICATE)


def unalign(picture, matrix, shape, cubic=True, outside=0.0):
    """A crop's picture put to its place in an area of [H, W] pixels: the way back from align.

    picture: f32 [S, S] or [S, S, 3]. matrix: [2, 3] from the area's pixels to the crop's. shape: (H, W) of the area.
    cubic: with overshoot, for pictures; linear otherwise, for masks. outside: the value beyond the crop; None repeats
    its border. A crop finer than the area is averaged down first, or its detail would turn into false patterns.
    Raises ValueError when the matrix cannot be inverted. Lesson 03.
    """
    matrix = _matrix(matrix)
    size = len(picture)
    shrink = max(1, round(np.sqrt(abs(np.linalg.det(matrix[:, :2])))))
    if shrink > 1:
        small = max(1, round(size / shrink))
        picture = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
        matrix = matrix * (small / size)
        matrix[:, 2] += (small / size - 1) / 2
    how = (cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
    border = (cv2.BORDER_REPLICATE, None) if outside is None else (cv2.BORDER_CONSTANT, (outside,) * 4)
    return cv2.warpAffine(picture, matrix, (int(shape[1]), int(shape[0])), None, how, *border)


def area_of(matrix, size, shape, margin=2):
    """The part of a frame that a crop covers: (x0, y0, x1, y1) in whole pixels, ends excluded, cut off at the frame.

    matrix: [2, 3] from frame to crop pixels. size: side of the crop. shape: (H, W) of the frame. margin: pixels around.
    Empty (x0 >= x1 or y0 >= y1) when the crop lies outside the frame. Lesson 03.
    """
    ends = np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]]) - (0.5, 0.5, 0)
    corners = ends @ cv2.invertAffineTransform(_matrix(matrix)).T
    low = np.clip(np.floor(corners.min(0)).astype(int) - margin, 0, shape[1::-1])
    high = np.clip(np.ceil(corners.max(0)).astype(int) + 1 + margin, 0, shape[1::-1])
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def within(matrix, area):
    """The matrix [2, 3] from the pixels of an area of the frame, as area_of gives it, to crop pixels. Lesson 03."""
    matrix = _matrix(matrix)
    return np.c_[matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ area[:2]]


def paste(frame, face, matrix, mask, feather=0.08):
    """The frame with a face laid over it where the crop was cut: the shortest way back.

    frame: f32 RGB [H, W, 3]. face: f32 RGB [S, S, 3]. matrix: [2, 3] from frame to crop pixels (Aligned.matrix).
    mask: f32 [S, S] in [0, 1], where the face may appear. feather: width of the soft edge, as a share of S; the edge
    lies inside the mask, and the crop's own border is never visible. Returns a new f32 frame; what lies outside the
    frame is dropped. Raises ValueError on shapes that do not fit. Lesson 03.
    """
    frame, face, mask = (np.asarray(a, np.float32) for a in (frame, face, mask))
    if frame.ndim != 3 or face.ndim != 3 or face.shape[0] != face.shape[1] or mask.shape != face.shape[:2]:
        raise ValueError("paste wants frame [H, W, 3], face [S, S, 3] and mask [S, S]; "
                         f"got {frame.shape}, {face.shape} and {mask.shape}")
    x0, y0, x1, y1 = area = area_of(matrix, len(face), frame.shape[:2])
    out = frame.copy()
    if x0 < x1 and y0 < y1:
        here = within(matrix, area)
        laid = np.clip(unalign(face, here, (y1 - y0, x1 - x0), outside=None), 0, 1)
        weight = unalign(soft_edge(mask, feather * len(face)), here, (y1 - y0, x1 - x0), cubic=False)
        out[y0:y1, x0:x1] = alpha(laid, out[y0:y1, x0:x1], np.clip(weight, 0, 1))
    return out


def soft_edge(mask, width):
    """A mask [S, S] that rises from 0 at its edge, and at the crop's border, to its own value `width` pixels inside."""
    inside = np.pad((mask > 0.5).astype(np.uint8), 1)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    t = np.clip(depth / max(width, 1e-6), 0, 1)
    return (mask * t * t * (3 - 2 * t)).astype(np.float32)


def _bytes(picture):
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _matrix(matrix):
    matrix = np.asarray(matrix, np.float64)
    if matrix.shape != (2, 3) or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix[:, :2])) < 1e-12:
        raise ValueError(f"expected an invertible matrix [2, 3] from frame to crop pixels; got {matrix.tolist()}")
    return matrix


def _checked(face, frame, mask):
    face, frame, mask = (np.asarray(a, np.float32) for a in (face, frame, mask))
    if face.ndim != 3 or face.shape[2] != 3 or face.shape != frame.shape or mask.shape != face.shape[:2]:
        raise ValueError("blending wants face and frame [H, W, 3] of one shape and a mask [H, W]; got "
                         f"{face.shape}, {frame.shape} and {mask.shape}")
    return face, frame, mask
