"""Interlaced video: each frame holds two moments, one in its even and one in its odd lines. Lesson 16."""
import numpy as np

THRESHOLD = 18.0  # of 255: how far a line must stand out from both of its neighbours to be combed


def without_combs(frame):
    """A frame at the moment of its even lines: where the odd lines stand out, they are interpolated between their
    neighbours; where nothing moves, all lines stay as they are.

    Args:
        frame: uint8 RGB [H, W, 3].
    Returns:
        uint8 RGB [H, W, 3].
    References:
        The test for combs is the usual one of film editors: a line that is brighter, or darker, than both neighbours.
    Lesson 16.
    """
    height = len(frame)
    if height < 3:
        return frame
    lines = frame.astype(np.float32)
    odd = np.arange(1, height, 2)
    above, below = lines[odd - 1], lines[np.minimum(odd + 1, 2 * ((height - 1) // 2))]
    one, other = lines[odd] - above, lines[odd] - below
    combed = ((one * other > 0) & (np.minimum(np.abs(one), np.abs(other)) > THRESHOLD)).any(-1)
    near = combed.copy()  # and what lies beside a comb, where its ends are faint
    near[:, 1:] |= combed[:, :-1]
    near[:, :-1] |= combed[:, 1:]
    result = frame.copy()
    result[odd] = np.where(near[..., None], (above + below) / 2 + 0.5, lines[odd]).astype(np.uint8)
    return result
