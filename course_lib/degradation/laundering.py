"""What happens to a picture on its way through other people's hands, and what a launderer does on purpose. Lesson 13.

Each launderer takes one image and keeps its size, so that they can be chained: `launder(image, ("resize", "jpeg"))`.
"""
import cv2
import numpy as np

from .coding import video
from .operations import blur, check_image, jpeg, noise, resize


def median(image, size=3):
    """The median of each pixel's neighbourhood: removes single odd pixels and keeps edges.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        size: Side of the neighbourhood, 3 or 5 pixels.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Raises:
        ValueError: For another size.
    Lesson 13.
    """
    if size not in (3, 5):
        raise ValueError(f"size is {size}; expected a neighbourhood of 3 or 5 pixels")
    return cv2.medianBlur(check_image(image), size)


def sharpen(image, amount=1.0, sigma=1.0):
    """Unsharp masking: the image plus a multiple of what a blur takes away.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        amount: The multiple, at least 0.
        sigma: Standard deviation of the blur, pixels.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Raises:
        ValueError: For a negative amount.
    Lesson 13.
    """
    if amount < 0:
        raise ValueError(f"amount is {amount}; expected at least 0 (blur is the operation that softens)")
    image = check_image(image)
    return np.clip(image + np.float32(amount) * (image - blur(image, "isotropic", sigma=sigma)), 0, 1)


def recapture(image, tilt=0.02, pitch=2.3, moire=0.06, gamma=1.1, glare=0.03, seed=0):
    """A picture filmed from a screen: perspective, moire, glare, another gamma, and the camera's blur and noise.

    The screen is a grid of red, green and blue stripes. A camera whose pixels are not a whole multiple of that grid
    samples it too coarsely, and each colour gets a slow wave of its own: moire.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        tilt: How far the corners move, as a fraction of the side.
        pitch: Period of the screen's stripes in camera pixels, from 1.1 on; close to a whole number the waves are slow.
        moire: Depth of the stripes, 0 to 0.5.
        gamma: Exponent of the brightness, 0.5 to 2.
        glare: Light of the room on the screen, 0 to 0.5.
        seed: Of the corners, the stripes' phase and the noise.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Raises:
        ValueError: For a value out of its range.
    Lesson 13.
    """
    if not (0 <= tilt <= 0.2 and pitch >= 1.1 and 0 <= moire <= 0.5 and 0.5 <= gamma <= 2 and 0 <= glare <= 0.5):
        raise ValueError(f"tilt={tilt}, pitch={pitch}, moire={moire}, gamma={gamma}, glare={glare}: expected 0 to "
                         "0.2, at least 1.1, 0 to 0.5, 0.5 to 2 and 0 to 0.5")
    image, rng = check_image(image), np.random.default_rng(seed)
    height, width = image.shape[:2]
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    moved = corners + rng.uniform(-tilt, tilt, (4, 2)).astype(np.float32) * (width, height)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    seen = cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across = np.cos(0.04) * x + np.sin(0.04) * y
    stripes = [np.cos(2 * np.pi * (across / pitch + colour / 3) + rng.uniform(0, 2 * np.pi)) for colour in range(3)]
    seen = seen * (1 + np.float32(moire) * np.stack(stripes, -1))
    seen = np.clip(glare + (1 - glare) * np.clip(seen, 0, 1) ** np.float32(gamma), 0, 1)
    seen = blur(seen.astype(np.float32), "isotropic", sigma=0.5)
    return noise(seen, sigma=2.0, seed=int(rng.integers(2**31)))


def frame_rate(frames, factor):
    """A clip at another frame rate, and back: frames in between are mixed from their two neighbours.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        factor: New rate divided by the old one, above 0; 0.5 halves the frames.
    Returns:
        f32 RGB [T, H, W, 3]: as many frames as before.
    Raises:
        ValueError: For a factor that is not positive.
    Lesson 13.
    """
    if not factor > 0:
        raise ValueError(f"factor is {factor}; expected a positive ratio of frame rates")
    frames = np.asarray(frames, np.float32)

    def at(clip, times):
        low = np.clip(np.floor(times).astype(int), 0, len(clip) - 1)
        high, part = np.minimum(low + 1, len(clip) - 1), (times - low).astype(np.float32)[:, None, None, None]
        return (1 - part) * clip[low] + part * clip[high]

    count = max(1, round(len(frames) * factor))
    between = at(frames, np.minimum(np.arange(count) / factor, len(frames) - 1))
    return at(between, np.minimum(np.arange(len(frames)) * factor, count - 1))


def _rescaled(image, factor):
    height, width = image.shape[:2]
    return resize(resize(image, scale=factor, filter="area"), (height, width), filter="cubic")


LAUNDERERS = {
    "resize": lambda image, seed: _rescaled(image, 0.6),
    "jpeg": lambda image, seed: jpeg(image, 60),
    "c40": lambda image, seed: video(image, 40),
    "blur": lambda image, seed: blur(image, "isotropic", sigma=1.2),
    "noise": lambda image, seed: noise(image, sigma=6.0, seed=seed),
    "median": lambda image, seed: median(image, 3),
    "sharpen": lambda image, seed: sharpen(image, 1.0),
    "recapture": lambda image, seed: recapture(image, seed=seed),
}


def launder(image, names, seed=0):
    """An image after one launderer or several, one after the other.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        names: A key of LAUNDERERS, or a sequence of them; an empty one changes nothing.
        seed: Of what is random in them.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Raises:
        ValueError: For an unknown name.
    Lesson 13.
    """
    names = (names,) if isinstance(names, str) else tuple(names)
    if unknown := [name for name in names if name not in LAUNDERERS]:
        raise ValueError(f"no launderer is called {', '.join(unknown)}; there are {', '.join(LAUNDERERS)}")
    for k, name in enumerate(names):
        image = LAUNDERERS[name](check_image(image), seed + k)
    return image
