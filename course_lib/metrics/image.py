"""How far a picture is from the truth: PSNR and SSIM, whole or inside a mask. Lesson 02.

Pictures are f32 [H, W], [H, W, C] or batches [N, H, W, C] in [0, 1]; a batch gives one number for each picture.
"""
import cv2
import numpy as np

TOLERANCE = 1e-3  # how far outside [0, 1] a value may be by rounding


def psnr(picture, truth, mask=None):
    """Peak signal-to-noise ratio in dB: 10 log10(1 / mean squared error); infinite when the two are equal.

    picture, truth: [H, W], [H, W, C] or [N, H, W, C] in [0, 1]. mask: [H, W] or [N, H, W]; pixels above 0.5 count.
    Returns a float, or f64 [N] for a batch. Raises ValueError on other shapes or ranges and on an empty mask.
    Lesson 02.
    """
    pictures, truths, masks, single = _prepare(picture, truth, mask)
    errors = np.array([np.mean((p[m] - t[m]) ** 2) for p, t, m in zip(pictures, truths, masks, strict=True)])
    with np.errstate(divide="ignore"):
        values = -10 * np.log10(errors)
    return float(values[0]) if single else values


def ssim(picture, truth, mask=None):
    """Structural similarity: 1 when the two are equal. The mean over channels, and over all windows or the mask.

    Shapes as for psnr, sides of at least 11 pixels. The Gaussian window of 11 x 11 and deviation 1.5, K1 = .01,
    K2 = .03; without a mask, only windows that lie inside the picture count. Returns a float, or f64 [N] for a batch.
    Raises ValueError as psnr does, and for a mask that no whole window is centred on. Source: Wang, Bovik, Sheikh &
    Simoncelli 2004, equations 13 and 14. Lesson 02.
    """
    pictures, truths, masks, single = _prepare(picture, truth, mask)
    if min(pictures.shape[1:3]) < 11:
        raise ValueError(f"SSIM looks through a window of 11 x 11 pixels; the pictures are {pictures.shape[1:3]}")
    values = []
    for p, t, m in zip(pictures, truths, masks, strict=True):
        inside = m[5:-5, 5:-5]
        if not inside.any():
            raise ValueError("the mask holds no pixel at least 5 pixels from the border, where a window would fit")
        values.append(_ssim_map(p, t)[inside].mean())
    return float(values[0]) if single else np.array(values)


def luma(pictures, border=0):
    """The brightness of RGB pictures as papers on super-resolution compare it: f64 [..., H, W, 1] less the border.

    pictures: [H, W, 3] or [N, H, W, 3] in [0, 1]. BT.601 in video range, black 16/255 and white 235/255. border: pixels
    cut off at each side, where a network has seen too little; as many as the scale is usual. So psnr(luma(a, 4),
    luma(b, 4)) is a paper's "PSNR on Y", about 1.3 dB above the same in grey that uses the whole range. Raises
    ValueError for other shapes or a border that leaves nothing. Source: ITU-R BT.601-7, section 2.5. Lesson 09.
    """
    pictures = np.asarray(pictures, np.float64)
    if pictures.ndim not in (3, 4) or pictures.shape[-1] != 3:
        raise ValueError(f"luma wants RGB pictures [H, W, 3] or [N, H, W, 3]; got {pictures.shape}")
    if border < 0 or 2 * border >= min(pictures.shape[-3:-1]):
        raise ValueError(f"a border of {border} leaves nothing of {pictures.shape[-3]} x {pictures.shape[-2]} pixels")
    inside = slice(border, -border or None)
    return (16 + pictures[..., inside, inside, :] @ [[65.481], [128.553], [24.966]]) / 255


def match_colour(picture, truth, mask):
    """The picture with the truth's colour mean and deviation per channel, both measured inside the mask.

    picture, truth: [H, W, C] or [N, H, W, C]; mask: [H, W] or [N, H, W], pixels above 0.5. A channel without any
    variation keeps none. Not clipped. Raises ValueError as psnr does. Source: Reinhard et al. 2001, equation 10,
    in RGB. Lesson 02.
    """
    pictures, truths, masks, single = _prepare(picture, truth, mask, loose=True)
    matched = np.empty_like(pictures)
    for k, (p, t, m) in enumerate(zip(pictures, truths, masks, strict=True)):
        spread = p[m].std(0)
        matched[k] = (p - p[m].mean(0)) * (t[m].std(0) / np.where(spread > 1e-6, spread, 1)) + t[m].mean(0)
    return matched[0] if single else matched


def face_psnr(picture, truth, mask):
    """PSNR inside the mask after match_colour: what the course calls face PSNR, in dB.

    Shapes as for psnr. The light on a face and the colour of its skin cannot be told apart in one picture, so the
    overall tone is given, and all else is asked for. Lesson 02.
    """
    matched = match_colour(picture, truth, mask)
    pictures, truths, masks, single = _prepare(matched, truth, mask, loose=True)
    errors = [np.mean((p[m] - t[m]) ** 2) for p, t, m in zip(pictures, truths, masks, strict=True)]
    values = -10 * np.log10(np.maximum(errors, 1e-12))
    return float(values[0]) if single else values


def _ssim_map(p, t, c1=0.01**2, c2=0.03**2):
    """SSIM at every pixel on which a window fits, f64 [H - 10, W - 10, C]."""

    def blur(x):
        return cv2.GaussianBlur(x, (11, 11), 1.5).reshape(x.shape)[5:-5, 5:-5]

    mean_p, mean_t = blur(p), blur(t)
    var_p, var_t, both = blur(p * p) - mean_p**2, blur(t * t) - mean_t**2, blur(p * t) - mean_p * mean_t
    return ((2 * mean_p * mean_t + c1) * (2 * both + c2)) / ((mean_p**2 + mean_t**2 + c1) * (var_p + var_t + c2))


def _prepare(picture, truth, mask, loose=False):
    """Both as f64 [N, H, W, C], the masks as bool [N, H, W], and whether it was a single picture."""
    picture, truth = np.asarray(picture, np.float64), np.asarray(truth, np.float64)
    if picture.shape != truth.shape or picture.ndim not in (2, 3, 4) or not picture.size:
        raise ValueError(f"two pictures of one shape are compared, [H, W], [H, W, C] or [N, H, W, C]; got "
                         f"{picture.shape} and {truth.shape}")
    for name, x in (("picture", picture), ("truth", truth)):
        if not np.isfinite(x).all():
            raise ValueError(f"the {name} holds values that are not finite")
        if not loose and (x.min() < -TOLERANCE or x.max() > 1 + TOLERANCE):
            raise ValueError(f"the {name} runs from {x.min():.3g} to {x.max():.3g}; expected values in [0, 1] "
                             "(divide uint8 by 255, clip what a model gave)")
    single = picture.ndim < 4
    if picture.ndim == 2:
        picture, truth = picture[..., None], truth[..., None]
    if single:
        picture, truth = picture[None], truth[None]
    masks = np.ones(picture.shape[:3], bool) if mask is None else np.asarray(mask) > 0.5
    masks = masks[None] if single and masks.ndim == 2 else masks
    if masks.shape != picture.shape[:3]:
        wanted = picture.shape[1:3] if single else picture.shape[:3]
        raise ValueError(f"the mask is {np.shape(mask)}; expected {wanted}")
    empty = np.flatnonzero(~masks.any((1, 2)))
    if len(empty):
        raise ValueError(f"the mask of picture {empty[0]} is empty: nothing inside it could be compared")
    return picture, truth, masks, single
