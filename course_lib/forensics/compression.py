"""Traces of JPEG: error level analysis, ghosts of an earlier quality, the comb of quantisation. Lesson 11."""
import cv2
import numpy as np

from course_lib.blending.masks import hull
from course_lib.degradation import jpeg

from .evidence import Evidence, checked, grey, heat, too_small

QUALITIES = tuple(range(40, 97, 4))
BLOCK = 16


def error_levels(image, quality=90):
    """Error level analysis: how much every pixel changes when the image is saved once more.

    It is bright at edges and in texture, spliced or not: look at a clean image beside it before you conclude anything.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        quality: Of the JPEG, 1 to 100.
    Returns:
        f32 [H, W], levels of 255.
    References:
        Krawetz 2007, A picture's worth.
    Lesson 11.
    """
    image, _ = checked(image)
    return np.abs(image - jpeg(image, quality)).mean(-1) * 255


def ghosts(image, qualities=QUALITIES, block=BLOCK):
    """JPEG ghosts: at which quality does each block change least?

    A region that was saved before at quality q hardly changes when it is saved at q again. The curve over q of each
    block is scaled to [0, 1], so that only its shape counts.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        qualities: Those tried, Q of them.
        block: Side of the blocks in which squared differences are averaged, pixels.
    Returns:
        f32 [Q, H // block, W // block], 0 where a block changes least, 1 where most.
    References:
        Farid 2009, Exposing digital forgeries from JPEG ghosts, equations 3 to 5.
    Lesson 11.
    """
    image, _ = checked(image)
    rows, columns = image.shape[0] // block, image.shape[1] // block
    maps = []
    for quality in qualities:
        squared = ((image - jpeg(image, quality)) ** 2).mean(-1)[:rows * block, :columns * block]
        maps.append(squared.reshape(rows, block, columns, block).mean((1, 3)))
    maps = np.stack(maps)
    low, high = maps.min(0), maps.max(0)
    return ((maps - low) / np.maximum(high - low, 1e-12)).astype(np.float32)


def ghost_quality(maps, inside, qualities=QUALITIES):
    """The quality at which a region differs most from the rest.

    Args:
        maps: f32 [Q, h, w], of ghosts.
        inside: bool [h, w], the region in blocks.
        qualities: As for ghosts.
    Returns:
        (quality, how much lower the region's mean is there, -1 to 1).
    Raises:
        ValueError: Where the region is empty or everything.
    Lesson 11.
    """
    inside = np.asarray(inside, bool)
    if not inside.any() or inside.all():
        raise ValueError("the region holds no block, or all of them: there is nothing to compare")
    gap = maps[:, ~inside].mean(1) - maps[:, inside].mean(1)
    k = int(gap.argmax())
    return int(qualities[k]), float(gap[k])


def blocks_inside(mask, block=BLOCK):
    """Which blocks lie mostly inside a mask.

    Args:
        mask: [H, W], 0 to 1.
        block: Pixels.
    Returns:
        bool [H // block, W // block].
    Lesson 11.
    """
    rows, columns = mask.shape[0] // block, mask.shape[1] // block
    cut = np.asarray(mask, np.float32)[:rows * block, :columns * block]
    return cut.reshape(rows, block, columns, block).mean((1, 3)) > 0.5


def dct_histogram(image, row=0, column=1, most=40):
    """The histogram of one DCT coefficient over all 8 x 8 blocks of the brightness.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        row, column: Which of the 8 x 8 frequencies.
        most: Largest absolute value, levels.
    Returns:
        (values int [2 most + 1], counts int [2 most + 1]).
    Lesson 11.
    """
    from scipy.fft import dctn  # here, because its import takes a quarter of a second

    image, _ = checked(image)
    level = grey(image) * 255 - 128
    height, width = (side // 8 * 8 for side in level.shape)
    blocks = level[:height, :width].reshape(height // 8, 8, width // 8, 8).transpose(0, 2, 1, 3)
    values = np.rint(dctn(blocks, axes=(2, 3), norm="ortho")[..., row, column]).astype(int).ravel()
    edges = np.arange(-most, most + 1)
    return edges, np.array([(values == v).sum() for v in edges])


def comb(image, frequencies=((0, 1), (1, 0), (1, 1), (0, 2), (2, 0))):
    """How periodic the histograms of DCT coefficients are: about 0 for a camera's raw image, large after JPEG.

    Quantising leaves a comb; quantising twice with two step sizes leaves a comb with a period of its own.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        frequencies: Which coefficients are looked at.
    Returns:
        The largest share of the power of a histogram's spectrum, beyond its slow part, that lies in one frequency.
    References:
        Popescu & Farid 2004, Statistical tools for digital forensics, section 2 (double JPEG).
    Lesson 11.
    """
    best = 0.0
    for row, column in frequencies:
        counts = dct_histogram(image, row, column)[1].astype(float)
        smooth = cv2.GaussianBlur(counts[None], (0, 0), 3)[0]
        power = np.abs(np.fft.rfft((counts - smooth) / np.sqrt(smooth + 1))) ** 2
        best = max(best, float(power[4:].max() / max(power[4:].sum(), 1e-9)))
    return best


def error_level(image, landmarks):
    """Does the face change more or less than its surroundings when the image is saved again?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        Evidence whose score is the absolute log ratio of the mean error level in the face to that around it; not valid
        for small faces.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    levels, why = error_levels(image), too_small(landmarks)
    face, around = face_and_around(landmarks, image.shape[:2])
    if not (face.any() and around.any()):
        return Evidence("error level", float("nan"), {}, False, why or "the face fills the picture", heat(levels))
    inside, outside = (float(levels[m].mean()) + 0.05 for m in (face, around))
    return Evidence("error level", abs(float(np.log(inside / outside))), {"face": inside, "around": outside}, not why,
                    why, heat(levels))


def jpeg_ghost(image, landmarks):
    """Was the face once saved at another JPEG quality than its surroundings?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        Evidence whose score is how far the face's ghost stands out, with the map at that quality as its drawing.
    References:
        Farid 2009.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    maps = ghosts(image)
    inside = blocks_inside(face_and_around(landmarks, image.shape[:2])[0])
    if inside.sum() < 4 or inside.all():
        return Evidence("JPEG ghost", float("nan"), {}, False, "the face covers too few blocks of 16 pixels", image)
    quality, gap = ghost_quality(maps, inside)
    drawing = cv2.resize(maps[QUALITIES.index(quality)], image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return Evidence("JPEG ghost", gap, {"quality": quality, "gap": gap}, True, "", heat(drawing, 0, 1))


def face_and_around(landmarks, shape):
    """The inside of a face, and everything well outside it.

    Args:
        landmarks: [68, 2], pixels.
        shape: (H, W).
    Returns:
        (bool [H, W], bool [H, W]).
    Lesson 11.
    """
    face = hull(landmarks, shape, forehead=0.2) > 0.5
    reach = 2 * round(0.06 * float(np.ptp(np.asarray(landmarks)[:, 1]))) + 1
    kernel = np.ones((reach, reach), np.uint8)
    return cv2.erode(face.astype(np.uint8), kernel) > 0, cv2.dilate(face.astype(np.uint8), kernel) == 0
