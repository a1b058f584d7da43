"""Blends a face into a frame: alpha, Poisson and pyramid blending, and the inverse of face alignment. Lesson 03.

alpha, poisson and pyramid are functions (face, frame, mask) -> image, all of one place and one size: face and frame
f32 RGB [H, W, 3] in [0, 1], mask [H, W] in [0, 1]. Where the mask is 0 the result is the frame, exactly.
"""
import cv2
import numpy as np

from course_lib.values import unit_range

LEVELS = 4


def alpha(face, frame, mask):
    """Alpha blending: mask * face + (1 - mask) * frame.

    Args:
        face, frame, mask: see the top of this file.
    Returns:
        f32 [H, W, 3].
    Raises:
        ValueError: when the shapes do not fit, or values lie outside [0, 1].
    References:
        Porter & Duff, "Compositing digital images", 1984.
    Lesson 03.
    """
    face, frame, mask = _checked(face, frame, mask)
    return frame + mask[..., None] * (face - frame)


def pyramid(face, frame, mask, levels=LEVELS):
    """Pyramid blending: coarse structure over a wide seam and fine structure over a narrow one.

    Face and frame are decomposed into Laplacian pyramids (the differences between an image and its blurred half-size
    copy); each level is blended with the mask at its own size. It is cut off at the mask, so that the frame around
    stays.

    Args:
        face, frame, mask: see the top of this file.
        levels: 0 is alpha blending; at most as many as the size allows.
    Returns:
        f32 [H, W, 3].
    Raises:
        ValueError: as alpha, and for levels below 0.
    References:
        Burt & Adelson, "A multiresolution spline with application to image mosaics", 1983.
    Lesson 03.
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
    """Poisson blending: keeps the face's gradients, takes its colours from the frame around. OpenCV's seamlessClone.

    OpenCV's solver takes bytes, and places the middle of the mask's bounding box, after its own rounding, at a given
    point: it gets that very point and a border of 4 pixels, so that the face stays where it is in every frame and the
    mask is never at the edge. It fixes the image's border instead of the mask's edge, so that the frame around the mask
    changes too; that change is extrapolated inwards by a wide blur and subtracted. What is then added to the face is
    smooth, so that a small blur and ignoring 1 / 255 remove the rounding. The mask's soft edge is blended as by alpha.

    Args:
        face, frame, mask: see the top of this file; an empty mask gives the frame.
    Returns:
        f32 [H, W, 3].
    Raises:
        ValueError: as alpha.
    References:
        Perez, Gangnet & Blake, "Poisson image editing", 2003, equation 4.
    Lesson 03.
    """
    face, frame, mask = _checked(face, frame, mask)
    inside = (mask > 0.02).astype(np.uint8)
    if not inside.any():
        return frame.copy()
    edge, border = 4, cv2.BORDER_REPLICATE
    face8, frame8 = (cv2.copyMakeBorder(_bytes(a), edge, edge, edge, edge, border) for a in (face, frame))
    inside = cv2.copyMakeBorder(inside, edge, edge, edge, edge, cv2.BORDER_CONSTANT)
    # the solver erodes the mask by three pixels first; one of them is kept, for the face's own gradients
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


def unsharp(face, amount=0.6, sigma=1.0):
    """Unsharp masking: face + amount * (face - its blurred copy).

    Args:
        face: f32 RGB [H, W, 3].
        amount: 0 changes nothing, below 0 it blurs.
        sigma: standard deviation of the Gaussian, pixels.
    Returns:
        f32 [H, W, 3], clipped to [0, 1].
    Lesson 03.
    """
    face = np.asarray(face, np.float32)
    if not amount:
        return face
    soft = cv2.GaussianBlur(face, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.clip(face + amount * (face - soft), 0, 1)


def reshape(face, source, target, step=8):
    """The face warped by a thin-plate spline that moves its landmarks to their targets; corners and sides stay.

    Args:
        face: f32 [H, W] or [H, W, C].
        source, target: landmarks [K, 2] in its pixels, before and after.
        step: pixels between the points at which the spline is computed; in between it is interpolated.
    Returns:
        f32 of the face's shape.
    Raises:
        ValueError: for points that do not fit or are not finite.
    References:
        Bookstein, "Principal warps", PAMI 1989.
    Lesson 03.
    """
    face, source, target = (np.asarray(a, t) for a, t in ((face, "f4"), (source, "f8"), (target, "f8")))
    if source.shape != target.shape or source.shape[1:] != (2,) or not np.isfinite([source, target]).all():
        raise ValueError(f"reshape wants two arrays of finite points [K, 2]; got {source.shape} and {target.shape}")
    height, width = face.shape[:2]
    fixed = np.array([(x, y) for x in (0, (width - 1) / 2, width - 1) for y in (0, (height - 1) / 2, height - 1)
                      if (x, y) != ((width - 1) / 2, (height - 1) / 2)])
    from scipy.interpolate import RBFInterpolator  # here, because its import takes half a second

    spline = RBFInterpolator(np.r_[target, fixed], np.r_[source - target, 0 * fixed], kernel="thin_plate_spline",
                             smoothing=1e-3)
    xs, ys = (np.linspace(0, n - 1, max(2, -(-n // step) + 1)) for n in (width, height))
    coarse = spline(np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)).reshape(len(ys), len(xs), 2)
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
    # linear interpolation of the coarse shifts: where each pixel lies on the coarse grid
    at = grid * np.float32([(len(xs) - 1) / max(width - 1, 1), (len(ys) - 1) / max(height - 1, 1)])
    shift = cv2.remap(coarse.astype(np.float32), at[..., 0], at[..., 1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
    place = grid + shift
    return cv2.remap(face, place[..., 0], place[..., 1], cv2.INTER_CUBIC, None, cv2.BORDER_REPLICATE)


def unalign(image, matrix, shape, cubic=True, outside=0.0):
    """A crop warped back to its place in an area of the frame: the inverse of align.

    A crop finer than the area is averaged down first, against aliasing.

    Args:
        image: f32 [S, S] or [S, S, 3].
        matrix: [2, 3] from the area's pixels to the crop's.
        shape: (H, W) of the area.
        cubic: cubic interpolation, with overshoot, for images; linear otherwise, for masks.
        outside: the value beyond the crop; None repeats its border.
    Returns:
        f32 [H, W] or [H, W, 3].
    Raises:
        ValueError: when the matrix cannot be inverted.
    Lesson 03.
    """
    matrix = _matrix(matrix)
    size = len(image)
    shrink = max(1, round(np.sqrt(abs(np.linalg.det(matrix[:, :2])))))
    if shrink > 1:
        small = max(1, round(size / shrink))
        image = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
        matrix = matrix * (small / size)
        matrix[:, 2] += (small / size - 1) / 2
    flags = (cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
    border = (cv2.BORDER_REPLICATE, None) if outside is None else (cv2.BORDER_CONSTANT, (outside,) * 4)
    return cv2.warpAffine(image, matrix, (int(shape[1]), int(shape[0])), None, flags, *border)


def area_of(matrix, size, shape, margin=2):
    """The part of a frame that a crop covers, in whole pixels, cut off at the frame.

    Args:
        matrix: [2, 3] from frame to crop pixels.
        size: side of the crop, pixels.
        shape: (H, W) of the frame.
        margin: pixels around.
    Returns:
        (x0, y0, x1, y1), ends excluded; empty (x0 >= x1 or y0 >= y1) when the crop lies outside the frame.
    Raises:
        ValueError: as unalign.
    Lesson 03.
    """
    ends = np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]]) - (0.5, 0.5, 0)
    corners = ends @ cv2.invertAffineTransform(_matrix(matrix)).T
    low = np.clip(np.floor(corners.min(0)).astype(int) - margin, 0, shape[1::-1])
    high = np.clip(np.ceil(corners.max(0)).astype(int) + 1 + margin, 0, shape[1::-1])
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def within(matrix, area):
    """The matrix from the pixels of an area of the frame to crop pixels.

    Args:
        matrix: [2, 3] from frame to crop pixels.
        area: (x0, y0, x1, y1), as area_of gives it.
    Returns:
        f64 [2, 3].
    Raises:
        ValueError: as unalign.
    Lesson 03.
    """
    matrix = _matrix(matrix)
    return np.c_[matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ area[:2]]


def paste(frame, face, matrix, mask, feather=0.08):
    """The frame with a face alpha-blended where the crop was cut: the shortest pipeline from crop to frame.

    Args:
        frame: f32 RGB [H, W, 3].
        face: f32 RGB [S, S, 3].
        matrix: [2, 3] from frame to crop pixels (Aligned.matrix).
        mask: f32 [S, S] in [0, 1], where the face may appear.
        feather: width of the soft edge, as a fraction of S; the edge lies inside the mask, and the crop's own border is
            never visible.
    Returns:
        A new f32 [H, W, 3]; what lies outside the frame is dropped.
    Raises:
        ValueError: on shapes that do not fit.
    Lesson 03.
    """
    frame, face, mask = (np.asarray(a, np.float32) for a in (frame, face, mask))
    if frame.ndim != 3 or face.ndim != 3 or face.shape[0] != face.shape[1] or mask.shape != face.shape[:2]:
        raise ValueError("paste wants frame [H, W, 3], face [S, S, 3] and mask [S, S]; "
                         f"got {frame.shape}, {face.shape} and {mask.shape}")
    unit_range(frame, "the frame")
    unit_range(face, "the face")
    x0, y0, x1, y1 = area = area_of(matrix, len(face), frame.shape[:2])
    out = frame.copy()
    if x0 < x1 and y0 < y1:
        local = within(matrix, area)
        warped = np.clip(unalign(face, local, (y1 - y0, x1 - x0), outside=None), 0, 1)
        weight = unalign(soft_edge(mask, feather * len(face)), local, (y1 - y0, x1 - x0), cubic=False)
        out[y0:y1, x0:x1] = alpha(warped, out[y0:y1, x0:x1], np.clip(weight, 0, 1))
    return out


def soft_edge(mask, width):
    """A mask that rises from 0 at its edge, and at the crop's border, to its own value `width` pixels inside.

    Args:
        mask: [S, S] in [0, 1].
        width: pixels.
    Returns:
        f32 [S, S].
    Lesson 03.
    """
    inside = np.pad((mask > 0.5).astype(np.uint8), 1)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    t = np.clip(depth / max(width, 1e-6), 0, 1)
    return (mask * t * t * (3 - 2 * t)).astype(np.float32)


def _bytes(image):
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


def _matrix(matrix):
    matrix = np.asarray(matrix, np.float64)
    if matrix.shape != (2, 3) or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix[:, :2])) < 1e-12:
        raise ValueError(f"expected an invertible matrix [2, 3] from frame to crop pixels; got {matrix.tolist()}")
    return matrix


def _checked(face, frame, mask):
    face, frame, mask = (np.asarray(a, np.float32) for a in (face, frame, mask))
    unit_range(face, "the face")
    unit_range(frame, "the frame")
    if face.ndim != 3 or face.shape[2] != 3 or face.shape != frame.shape or mask.shape != face.shape[:2]:
        raise ValueError("blending wants face and frame [H, W, 3] of one shape and a mask [H, W]; got "
                         f"{face.shape}, {frame.shape} and {mask.shape}")
    return face, frame, mask
