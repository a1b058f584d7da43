"""Sharp teeth for a blurred mouth: the high frequencies of one good frame, laid over the inner lip. Lesson 08."""
import cv2
import numpy as np

INNER = np.arange(12, 18)  # inner lip points in faces.lips.LIPS
BRIGHT, COLOURLESS = 60 / 255, 150 / 255  # teeth have at least this value and at most this saturation (HSV)
DETAIL, SHARPER = 0.25, 0.5  # sigma of the high-pass filter over the mouth's width; gain of the unsharp mask


def teeth_mask(image, lips):
    """Where teeth are seen: between the lips, bright and with little colour.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        lips: f [18, 2], pixels, in the order of faces.lips.LIPS.
    Returns:
        f32 [H, W] in [0, 1].
    References:
        Suwajanakorn et al. 2017, section 3.3.
    Lesson 08.
    """
    inside = np.zeros(image.shape[:2], np.float32)
    cv2.fillPoly(inside, [np.round(np.asarray(lips, float)[INNER] * 8).astype(np.int32)], 1.0, cv2.LINE_8, 3)
    saturation, value = cv2.cvtColor(np.asarray(image, np.float32), cv2.COLOR_RGB2HSV)[..., 1:].transpose(2, 0, 1)
    return inside * ((value >= BRIGHT) & (saturation <= COLOURLESS))


def overlay(image, detail):
    """The overlay blend: an image made lighter or darker by a layer whose neutral value is one half.

    Args:
        image, detail: f32 [...] in [0, 1].
    Returns:
        f32 [...]: 2 image detail where detail is below one half, otherwise 1 - 2 (1 - image) (1 - detail).
    Lesson 08.
    """
    return np.where(detail < 0.5, 2 * image * detail, 1 - 2 * (1 - image) * (1 - detail))


def best_proxy(images, lips):
    """The frame that gives its teeth: the one with the most detail in them. (The paper's authors chose by hand.)

    Args:
        images: f32 RGB [N, H, W, 3].
        lips: f [N, 18, 2], pixels.
    Returns:
        Index of the frame.
    Lesson 08.
    """
    detail = [(np.abs(cv2.Laplacian(image, cv2.CV_32F)).sum(-1) * teeth_mask(image, points)).sum()
              for image, points in zip(np.asarray(images, np.float32), lips, strict=True)]
    return int(np.argmax(detail))


def sharpen_teeth(face, lips, proxy, proxy_lips):
    """A synthesised face with the teeth's detail of another frame, then an unsharp mask on them.

    Args:
        face: f32 RGB [H, W, 3] in [0, 1].
        lips: f [18, 2], its lips in pixels.
        proxy: f32 RGB [H, W, 3], the frame of best_proxy.
        proxy_lips: f [18, 2], its lips.
    Returns:
        f32 [H, W, 3] in [0, 1]; unchanged outside teeth_mask.
    References:
        Suwajanakorn et al. 2017, section 3.3.
    Lesson 08.
    """
    face, lips, proxy_lips = np.asarray(face, np.float32), np.asarray(lips, float), np.asarray(proxy_lips, float)
    width = np.linalg.norm(lips[6] - lips[0])
    high = proxy - cv2.GaussianBlur(np.asarray(proxy, np.float32), (0, 0), max(DETAIL * width, 0.5)) + 0.5
    # upper teeth belong to the skull: the proxy moves with the upper inner lip, not with the jaw
    move = (lips[INNER[:3]] - proxy_lips[INNER[:3]]).mean(0)
    height, width = face.shape[:2]
    high = cv2.warpAffine(high, np.float32([[1, 0, move[0]], [0, 1, move[1]]]), (width, height),
                          borderMode=cv2.BORDER_REPLICATE)
    toothed = overlay(face, np.clip(high, 0, 1))
    toothed = toothed + SHARPER * (toothed - cv2.GaussianBlur(toothed, (0, 0), 1.0))
    weight = teeth_mask(face, lips)[..., None]
    return np.clip(face + weight * (toothed - face), 0, 1).astype(np.float32)
