"""Micro-expressions: spotting a short movement of brows or mouth corners by optical flow. Lesson 12."""
import cv2
import numpy as np

SIDE = 96  # of the stabilised face, pixels
NOSE = tuple(range(27, 36))
PAIRS = ((range(17, 22), range(26, 21, -1)), ((48,), (54,)))  # brows and corners of the mouth: left and right


def stabilised(frames, landmarks, size=SIDE):
    """The face in every frame, turned and moved so that eyes and nose stay where they are.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        landmarks: f [T, 68, 2], pixels; smoothed over a fifth of a second at most before it is given.
        size: Side of the result, pixels.
    Returns:
        (faces uint8 [T, size, size], grey, each with the same mean and contrast; mean landmarks in them f32 [68, 2]).
    Lesson 12.
    """
    target = np.float32([[0.28, 0.42], [0.72, 0.42], [0.5, 0.66]]) * size
    out, points = [], []
    for frame, p in zip(frames, np.asarray(landmarks, np.float32)):
        corners = np.float32([p[[36, 39]].mean(0), p[[42, 45]].mean(0), p[31:36].mean(0)])  # lids do not move these
        matrix = cv2.getAffineTransform(corners, target)
        grey = cv2.cvtColor(np.float32(frame), cv2.COLOR_RGB2GRAY)
        face = cv2.warpAffine(grey, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        out.append(np.clip(128 + 40 * (face - face.mean()) / (face.std() + 1e-6), 0, 255).astype(np.uint8))
        points.append(p @ matrix[:, :2].T + matrix[:, 2])
    return np.stack(out), np.mean(points, 0).astype(np.float32)


def movement(faces, points, rate, span=0.12, baseline=True):
    """How far brows or mouth corners are from where they were before and will be after, against the nose.

    Both halves of a face move as mirror images in an expression and alike in a turning head: the flow of the right
    brow is mirrored and averaged with that of the left, and so are the two corners of the mouth. The local baseline
    is the frames a little before and after: a movement that goes on cancels, and one that comes and goes remains.

    Args:
        faces: uint8 [T, S, S], of stabilised.
        points: f32 [68, 2], of stabilised.
        rate: Frames per second.
        span: Seconds from a frame to each of the two that it is compared with, one frame at least.
        baseline: Whether to compare with both; with False only with the later one.
    Returns:
        f64 [T], pixels: the larger of brows and mouth; 0 where there is no earlier or no later frame.
    References:
        Lucas and Kanade 1981 for the flow; Moilanen, Zhao and Pietikainen, "Spotting rapid facial movements from
        videos using appearance-based feature difference analysis", ICPR 2014, for the baseline; Liong et al., "Shallow
        optical flow three-stream CNN for macro- and micro-expression spotting", ICIP 2021, for the nose.
    Lesson 12.
    """
    step, out = max(1, round(span * rate)), np.zeros(len(faces))
    for t in range(step, len(faces) - step):
        flow = _flow(faces[t], faces[t + step], points)
        if baseline:
            flow = (flow + _flow(faces[t], faces[t - step], points)) / 2
        flow = flow - np.median(flow[list(NOSE)], 0)
        out[t] = max(np.hypot(*np.mean([flow[list(left)], flow[list(right)] * (-1, 1)], (0, 1)))
                     for left, right in PAIRS)
    return out


def _flow(first, second, points):
    moved, _, _ = cv2.calcOpticalFlowPyrLK(first, second, points[:, None], None, winSize=(19, 19), maxLevel=1)
    return moved[:, 0] - points


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
