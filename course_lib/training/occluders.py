"""What stands between camera and face, and another skin: what a learned mask must be shown to learn. Lesson 05.

The source of a swap never looks like the wanted person; a decoder that trains on the wanted person alone has never
seen that. These changes, made to its input, say so: another colour of skin is to be painted over, an object in front
of the face, in input and truth alike, is to be left. Pictures are f32 RGB [S, S, 3] in [0, 1]; x and y in pixels.
"""
import cv2
import numpy as np

FINE = 4  # objects are drawn this many times larger, so that their edges are soft
TAUGHT = ("bars", "blob", "glasses")  # without a hand: what a mask keeps that never saw one is a question of its own
EYES = np.float32([[0.35, 0.4], [0.65, 0.4]])  # where they are in an aligned face that looks ahead, shares of the side


def draw(kind, rng, colour, size=64, landmarks=None):
    """One object: (its colours f32 [size, size, 3], its exact mask f32 [size, size]).

    kind: "bars" (up to four in parallel), "blob", "glasses" or "hand". rng: where it lies and how it is turned. colour:
    [3]. landmarks: 68 points of the face; glasses sit on its eyes, a hand covers its cheek and mouth. Raises ValueError
    for another kind. Lesson 05.
    """
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is nothing that is drawn here; there are {', '.join(_KINDS)}")
    side = size * FINE
    shade, mask = np.zeros((side, side), np.float32), np.zeros((side, side), np.uint8)
    points = None if landmarks is None else (np.asarray(landmarks, np.float32) + 0.5) * FINE
    _KINDS[kind](shade, mask, rng, points)
    inside = mask.astype(np.float32) / 255
    shade = cv2.GaussianBlur(shade * inside, (0, 0), FINE / 2) / (cv2.GaussianBlur(inside, (0, 0), FINE / 2) + 1e-3)
    alpha = cv2.resize(inside, (size, size), interpolation=cv2.INTER_AREA)
    light = cv2.resize(shade * inside, (size, size), interpolation=cv2.INTER_AREA) / np.maximum(alpha, 1e-3)
    slope = 1 + rng.uniform(-0.2, 0.2) * np.linspace(-1, 1, size, dtype=np.float32)[:, None]
    return (light * slope)[..., None] * np.float32(colour), alpha


def cover(picture, rgb, alpha):
    """The object over a picture: alpha rgb + (1 - alpha) picture, in [0, 1]; all of one size. Lesson 05."""
    return (alpha[..., None] * rgb + (1 - alpha[..., None]) * picture).clip(0, 1).astype(np.float32)


def skin_of(picture, mask):
    """The median colour of a face, f32 [3]: what a hand is painted with so that no colour gives it away. Lesson 05."""
    inside = picture[mask > 0.5]
    return np.median(inside, axis=0) if len(inside) else np.float32([0.6, 0.45, 0.4])


def recolour(pictures, masks, rng, spread=0.35):
    """Gives each face another skin inside its mask [N, S, S]: each channel times a factor, plus an offset.

    spread: the standard deviation of the logarithm of the factor; a third of it is the channel's own. Lesson 05.
    """
    n = len(pictures)
    factor = np.exp(rng.normal(0, spread, (n, 1, 1, 1)) + rng.normal(0, spread / 3, (n, 1, 1, 3)))
    other = (pictures * factor + rng.uniform(-0.08, 0.08, (n, 1, 1, 3))).clip(0, 1)
    return (masks[..., None] * other + (1 - masks[..., None]) * pictures).astype(np.float32)


def _stroke(shade, mask, a, b, width):
    """A rounded bar from a to b, darker at its rim."""
    a, b = (tuple(int(v) for v in np.round(p)) for p in (a, b))
    for share, light in ((1.0, 0.62), (0.85, 0.88), (0.5, 1.05)):
        cv2.line(shade, a, b, light, max(1, int(width * share)), cv2.LINE_AA)
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
    cv2.polylines(shade, [corners], True, 0.6, FINE * 2)


def _glasses(shade, mask, rng, points):
    side = len(mask)
    eyes = EYES * side + rng.normal(0, side * 0.03, (1, 2)) if points is None else \
        np.stack([points[36:42].mean(0), points[42:48].mean(0)])
    apart = eyes[1] - eyes[0]
    far, tilt = np.hypot(*apart), np.degrees(np.arctan2(apart[1], apart[0]))
    width = max(FINE, int(side * rng.uniform(0.02, 0.035)))
    axes = (int(far * rng.uniform(0.3, 0.4)), int(max(far, side * 0.2) * rng.uniform(0.25, 0.35)))
    for target, value in ((shade, 0.9), (mask, 255)):
        for centre in eyes:
            cv2.ellipse(target, tuple(int(v) for v in centre), axes, tilt, 0, 360, value, width)
        for a, b in ((eyes[0] + apart * 0.37, eyes[1] - apart * 0.37), (eyes[0] - apart * 0.37, eyes[0] - apart),
                     (eyes[1] + apart * 0.37, eyes[1] + apart)):
            cv2.line(target, tuple(int(v) for v in a), tuple(int(v) for v in b), value, width)


def _hand(shade, mask, rng, points):
    """Four fingers and a thumb that reach up over cheek and mouth."""
    side = len(mask)
    mouth = np.array([0.5, 0.72]) * side if points is None else points[48:60].mean(0)
    left = -1 if rng.random() < 0.5 else 1
    palm = mouth + np.array([left * rng.uniform(0.14, 0.22), rng.uniform(0.2, 0.26)]) * side
    up = -np.pi / 2 - left * rng.uniform(0.15, 0.45)
    width = side * rng.uniform(0.07, 0.085)

    def way(angle):
        return np.array([np.cos(angle), np.sin(angle)])

    _stroke(shade, mask, palm, palm + side * np.array([left * 0.25, 0.6]), width * 2.6)  # the wrist
    for turn in (-0.5, -0.17, 0.17, 0.5):  # the back of the hand, under the fingers
        _stroke(shade, mask, palm, palm + width * 1.6 * way(up + turn), width * 1.6)
    for turn, length in ((-0.36, 0.3), (-0.12, 0.37), (0.12, 0.36), (0.36, 0.28), (-left * 1.25, 0.2)):
        across = width * 2.6 * turn * way(up + np.pi / 2) if abs(turn) < 1 else 0
        start = palm + across + width * 0.6 * way(up)
        _stroke(shade, mask, start, start + side * length * way(up + 0.5 * turn), width)


_KINDS = {"bars": _bars, "blob": _blob, "glasses": _glasses, "hand": _hand}
