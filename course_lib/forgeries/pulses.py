"""A pulse that reaches each part of the face at its own time, and forgeries that drop, keep or invent it. Lesson 12."""
import numpy as np

from .temporal import inner_face

ABSORPTION = np.float32([0.3, 1.0, 0.6])  # of red, green and blue, relative to green
STRENGTH = 0.012  # change of green at a heartbeat
DELAY = 0.06  # seconds from the chin to the forehead
KINDS = ("real", "dropped", "kept", "false")


def with_pulse(frames, landmarks, skin, rate, beats, kind="real", seed=0):
    """A clip without any pulse, given one.

    "real": the skin pulses, the forehead a little later and less than the cheeks. "dropped": nothing is added. "kept":
    the inner face was swapped and has the source's pulse at six tenths of its strength. "false": the inner face carries
    a pulse of another rate, everywhere at the same time and in green alone; the rest of the skin keeps the true one.

    Args:
        frames: f32 RGB [T, S, S, 3] in [0, 1], rendered with a heart rate of 0.
        landmarks: f32 [T, 68, 2], pixels.
        skin: bool [T, S, S].
        rate: Frames per second.
        beats: Beats per minute.
        kind: One of KINDS.
        seed: Of the phases and of the false rate.
    Returns:
        f32 [T, S, S, 3].
    Raises:
        ValueError: For another kind.
    Lesson 12.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
    if kind == "dropped":
        return frames.copy()
    rng = np.random.default_rng(seed)
    phase, other = rng.uniform(0, 2 * np.pi, 2)
    false_beats = beats + rng.choice((-1, 1)) * rng.uniform(12, 25)
    size, out = frames.shape[1], np.empty_like(frames)
    height = np.arange(size, dtype=np.float32)[:, None, None]
    for t, (frame, points) in enumerate(zip(frames, landmarks)):
        chin, brow = points[8, 1], points[17:27, 1].min()
        up = np.clip((chin - height) / max(chin - brow, 1.0), 0, 1.3)  # 0 at the chin, 1 at the brows
        at = t / rate - DELAY * up
        beat = STRENGTH * (1 - 0.3 * up) * wave(beats / 60 * at + phase / (2 * np.pi)) * ABSORPTION
        inner = inner_face(points, size)
        if kind == "kept":
            beat = beat * (1 - 0.4 * inner)
        if kind == "false":
            drawn = STRENGTH * wave(false_beats / 60 * t / rate + other / (2 * np.pi)) * np.float32([0, 1, 0])
            beat = beat * (1 - inner) + drawn * inner
        out[t] = frame * (1 - beat * skin[t][..., None])
    return out.clip(0, 1)


def wave(turns):
    """The shape of a heartbeat: a sine with its first overtone.

    Args:
        turns: f [...], beats since some moment; 1 is a whole one.
    Returns:
        f32 [...], mean 0.
    Lesson 12.
    """
    angle = 2 * np.pi * np.asarray(turns)
    return (0.8 * np.sin(angle) + 0.25 * np.sin(2 * angle - 0.8)).astype(np.float32)
