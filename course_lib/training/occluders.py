"""Synthetic occluders and other skin colours: augmentation that a learned mask needs. Lesson 05.

The source of a swap never looks like the target person; a decoder that trains on that person alone has never seen
another. Augmentation of its input shows it both cases: another skin colour, which must be painted over, and an object
in front of the face, in input and target alike, which must stay. Images are f32 RGB [S, S, 3] in [0, 1].
"""
import cv2
import numpy as np

FACTOR = 4  # objects are drawn this many times larger, so that their edges are antialiased
TRAINING_KINDS = ("bars", "blob", "glasses")  # without a hand, which tests whether the mask generalises
EYES = np.float32([[0.35, 0.4], [0.65, 0.4]])  # in an aligned frontal face, as fractions of the side


def draw_occluder(kind, rng, colour, size=64, landmarks=None):
    """Draws one object.

    Args:
        kind: "bars" (up to four in parallel), "blob", "glasses" or "hand".
        rng: numpy Generator, for position and orientation.
        colour: RGB, [3].
        size: side of the image in pixels.
        landmarks: [68, 2] of the face; glasses sit on its eyes, a hand covers its cheek and mouth.
    Returns:
        (colours f32 [size, size, 3], exact mask f32 [size, size]).
    Raises:
        ValueError: for another kind.
    Lesson 05.
    """
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is not a kind of occluder; expected one of {', '.join(_KINDS)}")
    side = size * FACTOR
    shade, mask = np.zeros((side, side), np.float32), np.zeros((side, side), np.uint8)
    points = None if landmarks is None else (np.asarray(landmarks, np.float32) + 0.5) * FACTOR
    _KINDS[kind](shade, mask, rng, points)
    inside = mask.astype(np.float32) / 255
    shade = cv2.GaussianBlur(shade * inside, (0, 0), FACTOR / 2) / (cv2.GaussianBlur(inside, (0, 0), FACTOR / 2) + 1e-3)
    alpha = cv2.resize(inside, (size, size), interpolation=cv2.INTER_AREA)
    light = cv2.resize(shade * inside, (size, size), interpolation=cv2.INTER_AREA) / np.maximum(alpha, 1e-3)
    slope = 1 + rng.uniform(-0.2, 0.2) * np.linspace(-1, 1, size, dtype=np.float32)[:, None]
    return (light * slope)[..., None] * np.float32(colour), alpha


def overlay(image, rgb, alpha):
    """Composites an object over an image: alpha rgb + (1 - alpha) image, clipped to [0, 1].

    Args:
        image, rgb: [S, S, 3].
        alpha: [S, S].
    Returns:
        f32 [S, S, 3].
    Lesson 05.
    """
    return (alpha[..., None] * rgb + (1 - alpha[..., None]) * image).clip(0, 1).astype(np.float32)


def skin_colour(image, mask):
    """The median colour of a face, with which a hand is drawn, so that colour does not give it away.

    Args:
        image: [S, S, 3].
        mask: [S, S], above 0.5 in the face.
    Returns:
        [3]; a default for an empty mask.
    Lesson 05.
    """
    inside = image[mask > 0.5]
    return np.median(inside, axis=0) if len(inside) else np.float32([0.6, 0.45, 0.4])


def recolour(images, masks, rng, std=0.35):
    """Gives each face another skin colour inside its mask: each channel times a factor, plus an offset.

    Args:
        images: f32 RGB [N, S, S, 3] in [0, 1].
        masks: [N, S, S] in [0, 1].
        rng: numpy Generator.
        std: standard deviation of the logarithm of the factor; a third of it is drawn for each channel.
    Returns:
        f32 [N, S, S, 3].
    Lesson 05.
    """
    n = len(images)
    factor = np.exp(rng.normal(0, std, (n, 1, 1, 1)) + rng.normal(0, std / 3, (n, 1, 1, 3)))
    recoloured = (images * factor + rng.uniform(-0.08, 0.08, (n, 1, 1, 3))).clip(0, 1)
    return (masks[..., None] * recoloured + (1 - masks[..., None]) * images).astype(np.float32)


def _stroke(shade, mask, a, b, width):
    """A rounded bar from a to b, darker at its rim."""
    a, b = (tuple(int(v) for v in np.round(p)) for p in (a, b))
    for fraction, light in ((1.0, 0.62), (0.85, 0.88), (0.5, 1.05)):
        cv2.line(shade, a, b, light, max(1, int(width * fraction)), cv2.LINE_AA)
    cv2.line(mask, a, b, 255, max(1, int(width)), cv2.LINE_8)


def _bars(shade, mask, rng, points):
    side = len(mask)
    angle, width = rng.uniform(0, 2 * np.pi), side * rng.uniform(0.08, 0.2)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    tip = side * rng.uniform(0.3, 0.7, 2)
    for k in range(rng.integers(1, 5)):
        end = tip + across * width * 1.02 * k + along * side * rng.uniform(-0.08, 0.08)
        _stroke(shade, mask, end, end + along * side * 1.5, width)


def _blob(shade, mask, rng, points):
    side = len(mask)
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radius = side * rng.uniform(0.08, 0.22) * (1 + sum(rng.normal(0, 0.15) * np.cos(k * angle + rng.uniform(0, 6.3))
                                                       for k in (1, 2, 3)))
    corners = np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None] + side * rng.uniform(0.2, 0.8, 2)
    corners = np.round(corners).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255)
    cv2.fillPoly(shade, [corners], rng.uniform(0.7, 1.0))
    cv2.polylines(shade, [corners], True, 0.6, FACTOR * 2)


def _glasses(shade, mask, rng, points):
    side = len(mask)
    eyes = EYES * side + rng.normal(0, side * 0.03, (1, 2)) if points is None else \
        np.stack([points[36:42].mean(0), points[42:48].mean(0)])
    axis = eyes[1] - eyes[0]
    distance, tilt = np.hypot(*axis), np.degrees(np.arctan2(axis[1], axis[0]))
    width = max(FACTOR, int(side * rng.uniform(0.02, 0.035)))
    axes = (int(distance * rng.uniform(0.3, 0.4)), int(max(distance, side * 0.2) * rng.uniform(0.25, 0.35)))
    for target, value in ((shade, 0.9), (mask, 255)):
        for centre in eyes:
            cv2.ellipse(target, tuple(int(v) for v in centre), axes, tilt, 0, 360, value, width)
        for a, b in ((eyes[0] + axis * 0.37, eyes[1] - axis * 0.37), (eyes[0] - axis * 0.37, eyes[0] - axis),
                     (eyes[1] + axis * 0.37, eyes[1] + axis)):
            cv2.line(target, tuple(int(v) for v in a), tuple(int(v) for v in b), value, width)


def _hand(shade, mask, rng, points):
    """Four fingers and a thumb that reach up over cheek and mouth."""
    side = len(mask)
    mouth = np.array([0.5, 0.72]) * side if points is None else points[48:60].mean(0)
    left = -1 if rng.random() < 0.5 else 1
    palm = mouth + np.array([left * rng.uniform(0.14, 0.22), rng.uniform(0.2, 0.26)]) * side
    up = -np.pi / 2 - left * rng.uniform(0.15, 0.45)
    width = side * rng.uniform(0.07, 0.085)

    def direction(angle):
        return np.array([np.cos(angle), np.sin(angle)])

    _stroke(shade, mask, palm, palm + side * np.array([left * 0.25, 0.6]), width * 2.6)  # the wrist
    for turn in (-0.5, -0.17, 0.17, 0.5):  # the back of the hand, under the fingers
        _stroke(shade, mask, palm, palm + width * 1.6 * direction(up + turn), width * 1.6)
    for turn, length in ((-0.36, 0.3), (-0.12, 0.37), (0.12, 0.36), (0.36, 0.28), (-left * 1.25, 0.2)):
        across = width * 2.6 * turn * direction(up + np.pi / 2) if abs(turn) < 1 else 0
        start = palm + across + width * 0.6 * direction(up)
        _stroke(shade, mask, start, start + side * length * direction(up + 0.5 * turn), width)


_KINDS = {"bars": _bars, "blob": _blob, "glasses": _glasses, "hand": _hand}
