"""Puts an aligned face back into its frame. Lesson 03."""
import cv2
import numpy as np


def paste(frame, face, matrix, mask, feather=0.08):
    """The frame with a face laid over it where the crop was cut.

    frame: f32 RGB [H, W, 3]. face: f32 RGB [S, S, 3]. matrix: [2, 3] from frame to crop pixels (Aligned.matrix).
    mask: f32 [S, S] in [0, 1], where the face may appear. feather: width of the soft edge, as a share of S; the edge
    lies inside the mask, and the crop's own border is never visible. Returns a new f32 frame; what lies outside the
    frame is dropped. Raises ValueError on shapes that do not fit. Lesson 03.
    """
    frame, face, mask = (np.asarray(a, np.float32) for a in (frame, face, mask))
    matrix = np.asarray(matrix, np.float64)
    if frame.ndim != 3 or face.ndim != 3 or face.shape[0] != face.shape[1] or mask.shape != face.shape[:2]:
        raise ValueError(
            "paste wants frame [H, W, 3], face [S, S, 3] and mask [S, S]; "
            f"got {frame.shape}, {face.shape} and {mask.shape}"
        )
    if matrix.shape != (2, 3) or abs(np.linalg.det(matrix[:, :2])) < 1e-12:
        raise ValueError(f"paste wants an invertible matrix [2, 3] from frame to crop pixels; got {matrix.tolist()}")
    size = len(face)
    weight = soft_edge(mask, feather * size)
    corners = np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]]) @ cv2.invertAffineTransform(matrix).T
    low = np.clip(np.floor(corners.min(0)).astype(int) - 2, 0, frame.shape[1::-1])
    high = np.clip(np.ceil(corners.max(0)).astype(int) + 3, 0, frame.shape[1::-1])
    if (high <= low).any():
        return frame.copy()
    # a crop finer than the frame is averaged down first, so that no detail turns into false patterns
    shrink = max(1, round(np.sqrt(abs(np.linalg.det(matrix[:, :2])))))
    if shrink > 1:
        small = max(1, round(size / shrink))
        face, weight = (cv2.resize(a, (small, small), interpolation=cv2.INTER_AREA) for a in (face, weight))
        matrix = matrix * (small / size)
        matrix[:, 2] += (small / size - 1) / 2
    matrix = matrix.copy()
    matrix[:, 2] += matrix[:, :2] @ low
    box = tuple(int(v) for v in high - low)
    laid = cv2.warpAffine(face, matrix, box, None, cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE)
    soft = cv2.warpAffine(weight, matrix, box, None, cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)[..., None]
    out = frame.copy()
    part = out[low[1] : high[1], low[0] : high[0]]
    part += soft * (np.clip(laid, 0, 1) - part)
    return out


def soft_edge(mask, width):
    """A mask [S, S] that rises from 0 at its edge, and at the crop's border, to its own value `width` pixels inside."""
    inside = np.pad((mask > 0.5).astype(np.uint8), 1)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    t = np.clip(depth / max(width, 1e-6), 0, 1)
    return (mask * t * t * (3 - 2 * t)).astype(np.float32)
