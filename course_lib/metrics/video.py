"""How well a swapped face fits into its video: colour, seam and flicker, each against the true video. Lesson 03.

Videos are f32 RGB [T, H, W, 3] in [0, 1], masks f32 [T, H, W] in [0, 1]. A perfect swap, which is the truth itself,
has a colour error of 0, a seam of 1 and a flicker of 1.
"""
import cv2
import numpy as np

from course_lib.blending.colour import to_lab
from course_lib.faces import faceset_from_frames, warp

from .image import face_psnr, psnr, ssim

COLUMNS = {"psnr": "PSNR in", "ssim": "SSIM in", "psnr_around": "PSNR around", "ssim_around": "SSIM around",
           "delta_e": "Delta E", "seam": "seam", "flicker": "flicker"}  # as `measure` gives them, titled for a table


def ciede2000(one, other):
    """The colour difference CIEDE2000 (Delta E 2000) between CIE L*a*b* colours; about 1 is just noticeable.

    Args:
        one, other: [..., 3].
    Returns:
        f64 [...].
    References:
        Sharma, Wu & Dalal, "The CIEDE2000 color-difference formula", Color Research and Application 2005, equations 2
        to 22.
    Lesson 03.
    """
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(x, np.float64), -1, 0) for x in (one, other))
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    grey = 1 + 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))  # the a axis is stretched near grey
    c1, c2 = np.hypot(a1 * grey, b1), np.hypot(a2 * grey, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a * grey)) % 360 for a, b in ((a1, b1), (a2, b2)))
    coloured = c1 * c2 > 0  # grey has no hue
    turn = np.where(coloured, (h2 - h1 + 180) % 360 - 180, 0)
    turn = np.where((turn == -180) & (h2 > h1), 180, turn)
    hue = np.where(coloured, (h1 + h2 + 360 * ((np.abs(h1 - h2) > 180) & (h1 + h2 < 360))
                              - 360 * ((np.abs(h1 - h2) > 180) & (h1 + h2 >= 360))) / 2, h1 + h2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6) - 0.20 * _cos(4 * hue - 63))
    blue = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    turned = 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(2 * blue))
    dl = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    return np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 - turned * dc * dh, 0))


def _cos(degrees):
    return np.cos(np.radians(degrees))


def colour_error(videos, truths, masks):
    """The mean Delta E 2000 inside the mask (above 0.5); 0 for the truth.

    Args:
        videos, truths: f32 RGB [T, H, W, 3] in [0, 1].
        masks: [T, H, W] in [0, 1].
    Returns:
        f64 [T].
    Raises:
        ValueError: for shapes that do not fit, values outside [0, 1], and empty masks.
    Lesson 03.
    """
    videos, truths, masks = _videos(videos, truths, masks)
    return np.array([ciede2000(to_lab(f[m > 0.5]), to_lab(t[m > 0.5])).mean()
                     for f, t, m in zip(videos, truths, masks, strict=True)])


def seam(videos, truths, masks):
    """Seam visibility: how much steeper the image is across the mask's edge than the truth is there.

    The edge is where the mask changes, and one pixel around; across it means along the mask's gradient. The result is
    1 + (mean excess of the image's slope) / (mean slope of the truth), so that a blur in one place does not make up for
    a step in another; it is at least the ratio of the slopes.

    Args:
        videos, truths: as for colour_error.
        masks: [T, H, W], the weights with which the face was blended.
    Returns:
        f64 [T], 1 for the truth, never below; inf where the truth is flat and the image is not.
    Raises:
        ValueError: as colour_error, and for masks without an edge.
    Lesson 03.
    """
    videos, truths, masks = _videos(videos, truths, masks)
    return np.array([_excess(*(_across(x, m) for x in (f, t))) for f, t, m in zip(videos, truths, masks, strict=True)])


def _across(image, mask):
    """The absolute derivatives of an image across the edge of its mask, [pixels of the edge, 3]."""
    smooth = cv2.GaussianBlur(np.pad(mask, 8), (0, 0), 1.5)[8:-8, 8:-8]  # gives a hard mask a direction too
    down, right = np.gradient(smooth)
    steep = np.hypot(down, right)
    edge = (cv2.dilate(mask, np.ones((3, 3))) - cv2.erode(mask, np.ones((3, 3))) > 0.02) & (steep > 1e-4)
    if not edge.any():
        raise ValueError("a mask without an edge inside the image has no seam: it is empty or covers everything")
    rows, columns = np.gradient(image, axis=(0, 1))
    down, right = (x[edge, None] / steep[edge, None] for x in (down, right))
    return np.abs(rows[edge] * down + columns[edge] * right)


def flicker(videos, truths, masks, motion):
    """How much more a video changes from frame to frame than the truth does, after compensation of the true motion.

    Each frame is compared with the next one, warped by the motion. The result is 1 + (mean excess of the video's
    absolute change) / (mean change of the truth), at least the ratio of the changes.

    Args:
        videos, truths: as for colour_error.
        masks: [T, H, W], the weights with which the face was blended; above 0.02 counts, and one pixel around.
        motion: f32 [T-1, H, W, 2] as optical_flow gives it, pixels.
    Returns:
        A float, 1 for the truth, never below; inf where the truth stands still and the video does not.
    Raises:
        ValueError: as colour_error, and when no pixel can be followed.
    Lesson 03.
    """
    videos, truths, masks = _videos(videos, truths, masks)
    motion = np.asarray(motion, np.float32)
    if len(videos) < 2 or motion.shape != (len(videos) - 1, *videos.shape[1:3], 2):
        raise ValueError(f"motion is {motion.shape} for {len(videos)} frames; expected at least two frames and a shift "
                         "(x, y) for each pixel of every frame but the last")
    change, true_change = [], []
    for t in range(len(motion)):
        inside = (cv2.dilate(masks[t], np.ones((3, 3))) > 0.02) & np.isfinite(motion[t]).all(-1)
        for changed, video in ((change, videos), (true_change, truths)):
            changed.append(_change(video, motion, t)[inside])
    change, true_change = np.concatenate(change), np.concatenate(true_change)
    if not len(true_change):
        raise ValueError("no pixel inside the masks could be followed into the next frame; are masks and motion empty?")
    return _excess(change, true_change)


def inside(frames, truth, weights):
    """Face PSNR where hardly anything but the new face is seen: without what stays of the clip around it.

    Args:
        frames: f32 RGB [T, H, W, 3].
        truth: the cast's Frames of B in the same scenes.
        weights: f32 [T, H, W], with which a face is blended in; only those above 0.95 count.
    Returns:
        float: dB.
    Lesson 16.
    """
    close_up = faceset_from_frames(truth)
    drawn, new = ([warp(f, m, 64) for f, m in zip(images, close_up.matrices, strict=True)]
                  for images in (frames, np.repeat(weights[..., None], 3, -1)))
    masks = close_up.masks * (np.stack(new)[..., 0] > 0.95)
    return float(face_psnr(np.stack(drawn).clip(0, 1), close_up.images, masks).mean())


def changes(video, motion):
    """The change of each pixel to the next frame, motion-compensated, the mean over the colours.

    Args:
        video: f32 RGB [T, H, W, 3].
        motion: as for flicker.
    Returns:
        f32 [T-1, H, W]; nan where a pixel cannot be followed.
    Lesson 03.
    """
    return np.stack([_change(video, motion, t).mean(-1) for t in range(len(motion))])


def _change(video, motion, t):
    rows, columns = np.mgrid[:video.shape[1], :video.shape[2]].astype(np.float32)
    following = cv2.remap(np.float32(video[t + 1]), columns + motion[t, ..., 0], rows + motion[t, ..., 1],
                          cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.where(np.isfinite(motion[t]).all(-1, keepdims=True), np.abs(following - video[t]), np.nan)


def around(masks, fraction=0.15):
    """The ring around a mask: what lies outside it (below 0.5) and close to it.

    Args:
        masks: [T, H, W].
        fraction: the ring's width, as a fraction of the mask's own (the root of its area).
    Returns:
        bool [T, H, W].
    Lesson 03.
    """
    inside = np.asarray(masks) > 0.5
    rings = []
    for mask in inside:
        distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
        rings.append(~mask & (distance <= fraction * np.sqrt(mask.sum())))
    return np.stack(rings)


def measure(videos, truths, face, weights, motion):
    """All metrics of this file in one row, means over the video.

    Args:
        videos, truths: as for colour_error.
        face: f32 or bool [T, H, W], the true face, inside and around which PSNR (dB, of the whole video's squared
            error), SSIM and Delta E are measured.
        weights: f32 [T, H, W], with which the face was blended; the seam is measured along their edge.
        motion: optical_flow of the truth.
    Returns:
        A dict whose keys COLUMNS names.
    Raises:
        ValueError: as its parts.
    Lesson 03.
    """
    videos, truths, face = _videos(videos, truths, face)
    ring = around(face)
    join = lambda x: np.concatenate(list(x), 0)  # noqa: E731  (one tall image: one squared error for the whole video)
    return {
        "psnr": psnr(join(videos), join(truths), join(face)), "ssim": float(np.mean(ssim(videos, truths, face))),
        "psnr_around": psnr(join(videos), join(truths), join(ring)),
        "ssim_around": float(np.mean(ssim(videos, truths, ring))),
        "delta_e": float(colour_error(videos, truths, face).mean()),
        "seam": float(seam(videos, truths, weights).mean()), "flicker": flicker(videos, truths, weights, motion),
    }


def table(rows):
    """Rows of `measure` as text, with one line each.

    Args:
        rows: name -> row.
    Returns:
        A str.
    Lesson 03.
    """
    wide = max(map(len, rows)) + 2
    lines = [" " * wide + "".join(f"{title:>13}" for title in COLUMNS.values())]
    form = {"psnr": ".1f", "ssim": ".3f", "psnr_around": ".1f", "ssim_around": ".3f", "delta_e": ".1f"}
    return "\n".join(lines + [f"{name:{wide}}" + "".join(f"{row[k]:>13{form.get(k, '.2f')}}" for k in COLUMNS)
                              for name, row in rows.items()])


def _excess(change, true):
    """1 + mean(max(change - true, 0)) / mean(true), of absolute values."""
    more, usual = np.maximum(change - true, 0).mean(dtype=np.float64), true.mean(dtype=np.float64)
    return float(1 + more / usual) if usual > 0 else 1.0 if more == 0 else float("inf")


def _videos(videos, truths, masks):
    videos, truths, masks = (np.asarray(x, np.float32) for x in (videos, truths, masks))
    if videos.ndim != 4 or videos.shape[-1] != 3 or videos.shape != truths.shape or masks.shape != videos.shape[:3]:
        raise ValueError("a video and its truth are [T, H, W, 3] of one shape, the masks [T, H, W]; got "
                         f"{videos.shape}, {truths.shape} and {masks.shape}")
    for name, x in (("video", videos), ("truth", truths), ("masks", masks)):
        if not np.isfinite(x).all() or x.min() < -1e-3 or x.max() > 1 + 1e-3:
            raise ValueError(f"the {name} must be finite and in [0, 1]; it runs from {x.min():.3g} to {x.max():.3g}")
    empty = np.flatnonzero(~(masks > 0.02).any((1, 2)))
    if len(empty):
        raise ValueError(f"the mask of frame {empty[0]} is empty: leave out frames without a face")
    return videos, truths, masks
