"""Spectra of one image: the azimuthal power spectrum, DCT statistics, and what upsampling leaves in them. Lesson 11."""
import cv2
import numpy as np

from .compression import face_and_around
from .evidence import Evidence, checked, grey, heat

SIDE = 64  # pixels of the square whose spectrum is taken; it is never resized


def azimuthal(square):
    """The power spectrum of a square, averaged over angles, under a Hann window, the mean subtracted.

    Args:
        square: f32 [S, S], grey values.
    Returns:
        (frequency f64 [S // 2] in cycles a pixel, log10 of the mean power f64 [S // 2]).
    Raises:
        ValueError: For another shape.
    References:
        Durall et al. 2020, section 3; here without the corners beyond half a cycle a pixel.
    Lesson 11.
    """
    square = np.asarray(square, np.float64)
    if square.ndim != 2 or square.shape[0] != square.shape[1]:
        raise ValueError(f"the spectrum of a square [S, S] is taken; got {square.shape}. Cut one out, never resize")
    side = len(square)
    window = np.hanning(side + 2)[1:-1]
    power = np.abs(np.fft.fft2((square - square.mean()) * window[:, None] * window)) ** 2
    f = np.fft.fftfreq(side)
    ring = np.rint(np.hypot(f[:, None], f) * side).astype(int).ravel()
    mean = np.bincount(ring, power.ravel()) / np.bincount(ring)
    return np.arange(1, side // 2 + 1) / side, np.log10(mean[1:side // 2 + 1] + 1e-12)


def square_at(image, centre, side=SIDE):
    """A square of an image, unresized, moved inside the border where needed.

    Args:
        image: [H, W] or [H, W, C].
        centre: (x, y), pixels.
        side: Pixels.
    Returns:
        [side, side(, C)], or smaller where the image is.
    Lesson 11.
    """
    height, width = image.shape[:2]
    x = int(np.clip(round(float(centre[0]) - side / 2), 0, max(width - side, 0)))
    y = int(np.clip(round(float(centre[1]) - side / 2), 0, max(height - side, 0)))
    return image[y:y + side, x:x + side]


def fall(frequency, power):
    """How far the power falls from the low to the high frequencies.

    Natural images fall off about as a power of the frequency. Blur and interpolation steepen the fall; noise,
    sharpening and the zeros of a transposed convolution flatten it.

    Args:
        frequency, power: Of azimuthal.
    Returns:
        Mean log10 of the power between 0.04 and 0.1 cycles a pixel minus that above 0.2.
    References:
        Durall et al. 2020, Watch your up-convolution.
    Lesson 11.
    """
    low = (frequency >= 0.04) & (frequency <= 0.1)
    return float(power[low].mean() - power[frequency > 0.2].mean())


def dct_statistics(image, size=8):
    """The mean absolute DCT coefficient of every frequency, over all blocks.

    Args:
        image: f32 RGB [H, W, 3] or grey [H, W] in [0, 1].
        size: Side of the blocks, pixels; the image's own side gives the DCT of the whole.
    Returns:
        f64 [size, size], log10.
    References:
        Frank et al. 2020, Leveraging frequency analysis for deep fake image recognition, section 3.
    Lesson 11.
    """
    from scipy.fft import dctn  # here, because its import takes a quarter of a second

    level = grey(image) if np.ndim(image) == 3 else np.asarray(image, np.float32)
    height, width = (side // size * size for side in level.shape)
    blocks = level[:height, :width].reshape(height // size, size, width // size, size).transpose(0, 2, 1, 3)
    return np.log10(np.abs(dctn(blocks.astype(np.float64), axes=(2, 3), norm="ortho")).mean((0, 1)) + 1e-12)


def spectrum(image, landmarks):
    """Has the face the high frequencies that its low ones lead one to expect?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        Evidence whose score is the fall of the face's spectrum, see `fall`: larger where high frequencies are weak.
    References:
        Durall et al. 2020.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    tall = float(np.ptp(landmarks[:, 1]))
    square = square_at(grey(image), landmarks[17:].mean(0), SIDE)
    if min(square.shape) < SIDE or tall < 0.9 * SIDE:
        return Evidence("spectrum", float("nan"), {}, False, f"the face is {tall:.0f} pixels tall; "
                        f"{round(0.9 * SIDE)} are needed", image)
    frequency, power = azimuthal(square)
    steep = fall(frequency, power)
    whole = np.log10(np.abs(np.fft.fftshift(np.fft.fft2(square - square.mean()))) + 1e-6)
    drawing = cv2.resize(heat(whole), (192, 192), interpolation=cv2.INTER_NEAREST)
    return Evidence("spectrum", steep, {"fall": steep}, True, "", drawing)


def noise_map(image, block=16):
    """The standard deviation of the noise in every block, from a filter that ignores slopes and straight edges.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        block: Pixels per side.
    Returns:
        f32 [H // block, W // block], levels of 255.
    References:
        Immerkaer 1996, with the median in place of the mean; Mahdian & Saic 2009 for its use against splices.
    Lesson 11.
    """
    image, _ = checked(image)
    laplacian = np.float32([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    response = np.abs(cv2.filter2D(grey(image), -1, laplacian, borderType=cv2.BORDER_REFLECT_101)) * 255
    rows, columns = (side // block for side in response.shape)
    blocks = response[:rows * block, :columns * block].reshape(rows, block, columns, block)
    return (np.median(blocks.transpose(0, 2, 1, 3).reshape(rows, columns, -1), -1) / 0.6745 / 6).astype(np.float32)


def noise(image, landmarks):
    """Has the face the noise of its surroundings?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        Evidence whose score is the log ratio of the noise around the face to that in it: larger where the face has
        less.
    References:
        Mahdian & Saic 2009, Using noise inconsistencies for blind image forensics.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    level = noise_map(image)
    inside, outside = (cv2.resize(m.astype(np.float32), level.shape[::-1], interpolation=cv2.INTER_AREA) > 0.6
                       for m in face_and_around(landmarks, image.shape[:2]))
    if min(inside.sum(), outside.sum()) < 4:
        return Evidence("noise", float("nan"), {}, False, "the face or its surroundings cover too few blocks", image)
    face, around = (float(np.median(level[m])) + 0.02 for m in (inside, outside))
    drawing = heat(cv2.resize(level, image.shape[1::-1], interpolation=cv2.INTER_NEAREST))
    return Evidence("noise", float(np.log(around / face)), {"face": face, "around": around}, True, "", drawing)
