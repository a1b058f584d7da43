"""Label maps, depth, normals and optical flow as colours. Lessons 00 and 07."""

import colorsys

import numpy as np

# one colour per part: background, skin, eyes, mouth, hair, clothes, lips, glasses
LABEL_COLOURS = np.array(
    [[.93, .94, .95], [.90, .62, 0], [.34, .71, .91], [.35, .05, .10], [.33, .34, .36], [0, .45, .70], [.84, .37, 0],
     [0, .62, .45]], np.float32
)  # fmt: skip


def colour_labels(labels):
    """Part labels as colours; the parts' numbers are those of LABEL_COLOURS.

    Args:
        labels: uint8 [..., H, W].
    Returns:
        f32 [..., H, W, 3].
    """
    return LABEL_COLOURS[labels]


def colour_depth(depth, alpha):
    """Depth as grey, near white and far dark.

    Args:
        depth, alpha: f32 [..., H, W]; where alpha is at most 0.5 the result is black.
    Returns:
        f32 [..., H, W].
    """
    visible = depth[alpha > 0.5]
    near, far = (visible.min(), np.percentile(visible, 99)) if visible.size else (0.0, 1.0)
    return np.where(alpha > 0.5, 1 - 0.85 * np.clip((depth - near) / max(far - near, 1e-6), 0, 1), 0).astype(np.float32)


def colour_normals(normals, alpha):
    """Surface normals as colours: red to the right, green up, blue towards the viewer.

    Args:
        normals: f32 [..., H, W, 3].
        alpha: f32 [..., H, W]; where it is at most 0.5 the result is black.
    Returns:
        f32 [..., H, W, 3].
    """
    return (np.where(alpha[..., None] > 0.5, normals * 0.5 + 0.5, 0)).astype(np.float32)


def colour_flow(flow, largest=None):
    """Optical flow as colours: the hue is the direction (red to the right, yellow-green down), the strength the length.

    Args:
        flow: f32 [..., H, W, 2], (x, y); nan is shown in grey.
        largest: the length that is shown in full colour; the 99th percentile when left out.
    Returns:
        f32 [..., H, W, 3]; white where nothing moves.
    References:
        Baker et al. 2011, A Database and Evaluation Methodology for Optical Flow, figure 7.
    Lesson 07.
    """
    flow = np.asarray(flow, np.float32)
    known = np.isfinite(flow).all(-1)
    length = np.linalg.norm(np.where(known[..., None], flow, 0), axis=-1)
    largest = largest or max(float(np.percentile(length, 99)), 1e-6)
    wheel = np.float32([colorsys.hsv_to_rgb(k / 256, 1, 0.9) for k in range(256)])
    turn = np.arctan2(np.nan_to_num(flow[..., 1]), np.nan_to_num(flow[..., 0])) / (2 * np.pi) % 1
    strength = np.clip(length / largest, 0, 1)[..., None]
    coloured = 1 - strength * (1 - wheel[(turn * 255.99).astype(int)])
    return np.where(known[..., None], coloured, 0.6).astype(np.float32)
