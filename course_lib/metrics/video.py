"""How well a swapped face sits in its film: colour, seam and flicker, each against the true film. Lesson 03.

Films are f32 RGB [T, H, W, 3] in [0, 1], masks f32 [T, H, W] in [0, 1]. A perfect swap, which is the truth itself,
scores a colour error of 0, a seam of 1 and a flicker of 1.
"""
import cv2
import numpy as np

from course_lib.blending.colour import to_lab

from .image import psnr, ssim

COLUMNS = {"psnr": "PSNR in", "ssim": "SSIM in", "psnr_around": "PSNR around", "ssim_around": "SSIM around",
           "delta_e": "Delta E", "seam": "seam", "flicker": "flicker"}  # as `measure` gives them, titled for a table


def ciede2000(one, other):
    """The colour difference Delta E 2000 between CIE L*a*b* colours [..., 3]: f64 [...]; about 1 can just be seen.

    Source: Sharma, Wu & Dalal, "The CIEDE2000 color-difference formula", Color Research and Application 2005,
    equations 2 to 22. Lesson 03.
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


def colour_error(films, truths, masks):
    """The mean Delta E 2000 inside the mask (above 0.5), f64 [T]; 0 for the truth. Raises ValueError. Lesson 03."""
    films, truths, masks = _films(films, truths, masks)
    return np.array([ciede2000(to_lab(f[m > 0.5]), to_lab(t[m > 0.5])).mean()
                     for f, t, m in zip(films, truths, masks, strict=True)])


def seam(films, truths, masks):
    """Seam visibility, f64 [T]: how much steeper the picture is across the mask's edge than the truth is there.

    masks: the weights with which the face was laid in. The edge is where they change, and one pixel around; across it
    means along the mask's own gradient. The result is 1 + (mean surplus of the picture's slope) / (mean slope of the
    truth): 1 for the truth, never below, so that a blur in one place does not pay for a step in another; it is at least
    the plain ratio of the slopes. inf where the truth is flat and the picture is not. Raises ValueError. Lesson 03.
    """
    films, truths, masks = _films(films, truths, masks)
    return np.array([_surplus(*(_across(x, m) for x in (f, t))) for f, t, m in zip(films, truths, masks, strict=True)])


def _across(picture, mask):
    """The absolute derivatives of a picture across the edge of its mask, [pixels of the edge, 3]."""
    smooth = cv2.GaussianBlur(np.pad(mask, 8), (0, 0), 1.5)[8:-8, 8:-8]  # gives a hard mask a direction too
    down, right = np.gradient(smooth)
    steep = np.hypot(down, right)
    edge = (cv2.dilate(mask, np.ones((3, 3))) - cv2.erode(mask, np.ones((3, 3))) > 0.02) & (steep > 1e-4)
    if not edge.any():
        raise ValueError("a mask without an edge inside the picture has no seam: it is empty or covers everything")
    rows, columns = np.gradient(picture, axis=(0, 1))
    down, right = (x[edge, None] / steep[edge, None] for x in (down, right))
    return np.abs(rows[edge] * down + columns[edge] * right)


def flicker(films, truths, masks, motion):
    """How much more a film changes from frame to frame than the truth does, once true motion is taken out: a float.

    masks: the weights with which the face was laid in; where they are above 0.02 counts, and one pixel around. motion:
    f32 [T-1, H, W, 2] as optical_flow gives it. Each frame is compared with the next one, read where its pixels have
    gone. The result is 1 + (mean surplus of the film's absolute change) / (mean change of the truth): 1 for the truth,
    never below, and at least the plain ratio of the changes. inf where the truth stands still and the film does not.
    Raises ValueError when shapes differ or no pixel can be followed. Lesson 03.
    """
    films, truths, masks = _films(films, truths, masks)
    motion = np.asarray(motion, np.float32)
    if len(films) < 2 or motion.shape != (len(films) - 1, *films.shape[1:3], 2):
        raise ValueError(f"motion is {motion.shape} for {len(films)} frames; expected at least two frames and a shift "
                         "(x, y) for each pixel of every frame but the last")
    found, true = [], []
    for t in range(len(motion)):
        here = (cv2.dilate(masks[t], np.ones((3, 3))) > 0.02) & np.isfinite(motion[t]).all(-1)
        for changed, film in ((found, films), (true, truths)):
            changed.append(_change(film, motion, t)[here])
    found, true = np.concatenate(found), np.concatenate(true)
    if not len(true):
        raise ValueError("no pixel inside the masks could be followed into the next frame; are masks and motion empty?")
    return _surplus(found, true)


def changes(film, motion):
    """What each pixel changes by on its way into the next frame, f32 [T-1, H, W], a mean over the colours.

    nan where a pixel cannot be followed. film and motion as for flicker. Lesson 03.
    """
    return np.stack([_change(film, motion, t).mean(-1) for t in range(len(motion))])


def _change(film, motion, t):
    rows, columns = np.mgrid[:film.shape[1], :film.shape[2]].astype(np.float32)
    following = cv2.remap(np.float32(film[t + 1]), columns + motion[t, ..., 0], rows + motion[t, ..., 1],
                          cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.where(np.isfinite(motion[t]).all(-1, keepdims=True), np.abs(following - film[t]), np.nan)


def around(masks, share=0.15):
    """The ring around a mask, bool [T, H, W]: what lies outside it (below 0.5) and nearer to it than `share` of the
    mask's own width (the root of its area). Lesson 03."""
    inside = np.asarray(masks) > 0.5
    rings = []
    for mask in inside:
        distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
        rings.append(~mask & (distance <= share * np.sqrt(mask.sum())))
    return np.stack(rings)


def measure(films, truths, face, laid, motion):
    """All of it in one row: the dict whose keys COLUMNS names, means over the film.

    face: f32 or bool [T, H, W], the true face, inside and around which PSNR (dB), SSIM and Delta E are taken. laid: f32
    [T, H, W], the weights with which the face was laid in, along whose edge the seam is measured. motion: optical_flow
    of the truth. PSNR is of the whole film's squared error. Raises ValueError as its parts do. Lesson 03.
    """
    films, truths, face = _films(films, truths, face)
    ring = around(face)
    join = lambda x: np.concatenate(list(x), 0)  # noqa: E731  (one tall picture: one squared error for the whole film)
    return {
        "psnr": psnr(join(films), join(truths), join(face)), "ssim": float(np.mean(ssim(films, truths, face))),
        "psnr_around": psnr(join(films), join(truths), join(ring)),
        "ssim_around": float(np.mean(ssim(films, truths, ring))),
        "delta_e": float(colour_error(films, truths, face).mean()),
        "seam": float(seam(films, truths, laid).mean()), "flicker": flicker(films, truths, laid, motion),
    }


def table(rows):
    """Rows as `measure` gives them, dict of name -> row, as text with one line each. Lesson 03."""
    wide = max(map(len, rows)) + 2
    lines = [" " * wide + "".join(f"{title:>13}" for title in COLUMNS.values())]
    form = {"psnr": ".1f", "ssim": ".3f", "psnr_around": ".1f", "ssim_around": ".3f", "delta_e": ".1f"}
    return "\n".join(lines + [f"{name:{wide}}" + "".join(f"{row[k]:>13{form.get(k, '.2f')}}" for k in COLUMNS)
                              for name, row in rows.items()])


def _surplus(found, true):
    """1 + mean(max(found - true, 0)) / mean(true), of absolute values."""
    more, usual = np.maximum(found - true, 0).mean(dtype=np.float64), true.mean(dtype=np.float64)
    return float(1 + more / usual) if usual > 0 else 1.0 if more == 0 else float("inf")


def _films(films, truths, masks):
    films, truths, masks = (np.asarray(x, np.float32) for x in (films, truths, masks))
    if films.ndim != 4 or films.shape[-1] != 3 or films.shape != truths.shape or masks.shape != films.shape[:3]:
        raise ValueError("a film and its truth are [T, H, W, 3] of one shape, the masks [T, H, W]; got "
                         f"{films.shape}, {truths.shape} and {masks.shape}")
    for name, x in (("film", films), ("truth", truths), ("masks", masks)):
        if not np.isfinite(x).all() or x.min() < -1e-3 or x.max() > 1 + 1e-3:
            raise ValueError(f"the {name} must be finite and in [0, 1]; it runs from {x.min():.3g} to {x.max():.3g}")
    empty = np.flatnonzero(~(masks > 0.02).any((1, 2)))
    if len(empty):
        raise ValueError(f"the mask of frame {empty[0]} is empty: leave out frames without a face")
    return films, truths, masks
