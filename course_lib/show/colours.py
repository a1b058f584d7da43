"""Label maps, depth and normals as colours. Lesson 00."""

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
