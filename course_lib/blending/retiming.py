"""Which frame of the old video to show when: heads move while people speak, and rest while they pause. Lesson 08."""
import numpy as np

PAUSE = 0.5  # seconds: shorter silences do not count


def speaking(samples, rate, count, fps, loud=1e-3):
    """Whether somebody speaks in each frame: loud enough, and short pauses filled.

    Args:
        samples, rate: mono sound.
        count: frames.
        fps: frames per second.
        loud: mean square from which on it is speech.
    Returns:
        bool [count].
    Lesson 08.
    """
    ends = (np.arange(count + 1) * rate / fps).astype(int)
    energy = np.r_[0.0, np.cumsum(np.asarray(samples, float) ** 2)][np.clip(ends, 0, len(samples))]
    active = np.diff(energy) / max(rate / fps, 1) >= loud
    silent_since = 0
    for t in range(count + 1):
        if t == count or active[t]:
            if 0 < silent_since < t and t - silent_since < PAUSE * fps and t < count:
                active[silent_since:t] = True
            silent_since = t + 1
    return active


def head_motion(landmarks, blinks=None):
    """How much a head moves from each frame to the next, and blinks on top, which must not be slowed down.

    Args:
        landmarks: f [M, 68, 2], pixels.
        blinks: bool [M], where the eyes are closed.
    Returns:
        f64 [M], parts of the eye distance in a frame.
    Lesson 08.
    """
    points = np.asarray(landmarks, np.float64)[:, 27:36].mean(1)
    eyes = np.linalg.norm(landmarks[:, 36:42].mean(1) - landmarks[:, 42:48].mean(1), axis=-1)
    speed = np.r_[0.0, np.linalg.norm(np.diff(points, axis=0), axis=-1)] / np.maximum(eyes, 1e-9)
    return speed + (0.0 if blinks is None else np.asarray(blinks, float))


def path_cost(path, active, motion):
    """What a path costs, by the same rules as retime.

    Args:
        path: i64 [N], frames of the video.
        active: bool [N], whether somebody speaks.
        motion: f [M], how much the head moves.
    Returns:
        A float.
    Lesson 08.
    """
    here = np.asarray(motion, np.float64)[path]
    begins = np.r_[False, False, False, active[1:-2] & ~active[:-3]]
    repeated = np.r_[False, np.diff(path) == 0]
    return float((here * ~active - 2 * here * begins + 2 * here * repeated).sum())


def retime(active, motion):
    """For each frame of the sound the frame of the old video to show: none skipped, each shown at most twice.

    Dynamic programming over F(i, j, r): the least cost with which sound frame i shows video frame j, for the first
    time (r = 0) or again (r = 1). Showing a moving frame in silence costs its motion, so does showing one twice
    (twice); a start of speech rewards motion a moment later.

    Args:
        active: bool [N], whether somebody speaks.
        motion: f [M], how much the head moves.
    Returns:
        (i64 [N], frames of the video, rising by 0 or 1; their cost).
    Raises:
        ValueError: where the video has fewer than N / 2 frames.
    References:
        Suwajanakorn et al. 2017, section 3.4.
    Lesson 08.
    """
    active, motion = np.asarray(active, bool), np.asarray(motion, np.float64)
    n, m = len(active), len(motion)
    if 2 * m < n:
        raise ValueError(f"{m} frames cannot last for {n}, even if each is shown twice; expected at least {-(-n // 2)}")
    cost = np.full((n, m, 2), np.inf)
    came = np.zeros((n, m), np.int8)  # for r = 0: whether frame j - 1 had been shown again
    cost[0, :, 0] = motion * (not active[0])
    for i in range(1, n):
        begins = i >= 3 and active[i - 2] and not active[i - 3]
        here = motion * (not active[i]) - 2 * motion * begins
        before = cost[i - 1, :-1]
        came[i, 1:] = before.argmin(-1)
        cost[i, 1:, 0] = before.min(-1) + here[1:]
        cost[i, :, 1] = cost[i - 1, :, 0] + 2 * motion + here
    j, r = np.unravel_index(cost[-1].argmin(), (m, 2))
    best, path = float(cost[-1, j, r]), np.zeros(n, np.int64)
    for i in range(n - 1, -1, -1):
        path[i] = j
        if r == 1:
            r = 0
        else:
            j, r = j - 1, int(came[i, j])
    return path, best
