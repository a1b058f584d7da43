"""Micro-expressions: spotting a short movement of brows or mouth by optical flow. Lesson 12."""
import cv2
import numpy as np

BROWS, MOUTH, NOSE = tuple(range(17, 27)), tuple(range(48, 60)), tuple(range(27, 36))
SIDE = 48  # of the stabilised face, pixels


def stabilised(frames, landmarks, size=SIDE):
    """The face in every frame, turned and moved so that eyes and nose stay where they are.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        landmarks: f [T, 68, 2], pixels; smoothed over a fifth of a second at most before it is given.
        size: Side of the result, pixels.
    Returns:
        uint8 [T, size, size], grey.
    Lesson 12.
    """
    target = np.float32([[0.28, 0.42], [0.72, 0.42], [0.5, 0.66]]) * size
    out = []
    for frame, p in zip(frames, np.asarray(landmarks, np.float32)):
        corners = np.float32([p[[36, 39]].mean(0), p[[42, 45]].mean(0), p[31:36].mean(0)])  # lids do not move these
        grey = cv2.cvtColor((np.clip(frame, 0, 1) * 255 + 0.5).astype(np.uint8), cv2.COLOR_RGB2GRAY)
        out.append(cv2.warpAffine(grey, cv2.getAffineTransform(corners, target), (size, size),
                                  flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE))
    return np.stack(out)


def movement(faces, rate, span=0.1):
    """How far brows and mouth move within a tenth of a second, against the nose.

    Args:
        faces: uint8 [T, S, S], of stabilised.
        rate: Frames per second.
        span: Seconds between the two frames that are compared, one frame at least.
    Returns:
        f64 [T], pixels: the larger of the mean optical flow in the rows of the brows and in those of the mouth, after
        that of the nose has been subtracted; 0 where there is no later frame.
    References:
        Farneback 2003 for the flow; Liong et al., "Shallow optical flow three-stream CNN for macro- and
        micro-expression spotting", ICIP 2021, for regions and the nose as the reference.
    Lesson 12.
    """
    step, size = max(1, round(span * rate)), faces.shape[1]
    rows = lambda low, high: slice(round(low * size), round(high * size))  # noqa: E731
    middle = rows(0.2, 0.8)
    out = np.zeros(len(faces))
    for t in range(len(faces) - step):
        flow = cv2.calcOpticalFlowFarneback(faces[t], faces[t + step], None, 0.5, 2, 9, 3, 5, 1.1, 0)
        flow = flow - np.median(flow[rows(0.5, 0.68), rows(0.4, 0.6)].reshape(-1, 2), 0)
        length = np.linalg.norm(flow, axis=-1)
        out[t] = max(length[rows(0.14, 0.34), middle].mean(), length[rows(0.74, 0.96), middle].mean())
    return out


def spot(movements, rate, threshold, shortest_pause=0.3):
    """Moments at which something moved quickly.

    Args:
        movements: f [T], of movement.
        rate: Frames per second.
        threshold: Pixels, fixed beforehand: relative to the clip's own maximum, a still clip fires too.
        shortest_pause: Seconds between two spotted moments.
    Returns:
        f64 [K], seconds.
    Lesson 12.
    """
    from scipy.signal import find_peaks

    at, _ = find_peaks(np.r_[0.0, movements, 0.0], height=threshold, distance=max(1, round(shortest_pause * rate)))
    return (at - 1) / rate
