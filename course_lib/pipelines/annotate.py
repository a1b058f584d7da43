"""A copy of what a detector examined, with boxes and scores drawn in. Lesson 10."""
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from course_lib import media, provenance


def annotated(finding, path):
    """Writes a copy of the examined images with boxes and scores drawn in, by media.write_image.

    The copy is labelled "synthetic" like everything that the course writes, for it is an altered image, and says below
    that this is no verdict.

    Args:
        finding: of detect(..., keep=True).
        path: .png, .jpg or .webp; of a video up to eight frames side by side.
    Returns:
        The Path.
    Raises:
        ValueError: when nothing was kept, or the image is too small for the label.
    Lesson 10.
    """
    if not finding.pictures:
        raise ValueError(f"{finding.path} has no picture to annotate: {finding.problem or 'detect it with keep=True'}")
    return media.write_image(path, _sheet(finding.pictures), what="a copy with a detector's boxes and scores drawn in",
                             how="course detect", sources=[finding.path],
                             parameters={"model": finding.model, "score": finding.score})


def _sheet(pictures, height=360):
    """The pictures with boxes and scores drawn in; several are made equally high and laid four to a row."""
    several, drawn = len(pictures) > 1, []
    for image, faces in pictures:
        scale = height / image.shape[0] if several else max(1.0, 256 / min(image.shape[:2]))
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        page = Image.fromarray((np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)).resize(size, Image.LANCZOS)
        pen, unit = ImageDraw.Draw(page), max(2, min(size) // 200)
        font = ImageFont.load_default(max(14, min(size) // 24))
        for number, face in enumerate(faces, 1):
            x, y, wide, high = (v * scale for v in face.box)
            text = f"{number}: no score" if face.score is None else (
                f"{number}: P(fake) {face.score:.2f}" + (" ?" if face.doubts else ""))
            pen.rectangle((x, y, x + wide, y + high), outline="white", width=2 * unit)
            pen.rectangle((x, y, x + wide, y + high), outline="black", width=unit)
            left, top, right, bottom = pen.textbbox((x, max(0, y - font.size - 3 * unit)), text, font=font)
            pen.rectangle((left - unit, top - unit, right + unit, bottom + unit), fill="black")
            pen.text((x, max(0, y - font.size - 3 * unit)), text, fill="white", font=font)
        drawn.append(np.asarray(page, np.float32) / 255)
    if not several:
        return _footed(drawn[0])
    rows = [np.concatenate(drawn[k:k + 4], 1) for k in range(0, len(drawn), 4)]
    wide = max(row.shape[1] for row in rows)
    rows = [np.pad(row, ((0, 0), (0, wide - row.shape[1]), (0, 0)), constant_values=1) for row in rows]
    return _footed(np.concatenate(rows))


def _footed(page):
    """The page with a strip below for the label, so that nobody takes it for the detector's answer."""
    height, width = page.shape[:2]
    _, top, right, bottom = provenance.label.box(round(1.15 * height), width)  # a little larger than it will be
    strip = Image.new("RGB", (width, round(1.3 * (bottom - top))), "white")
    font = ImageFont.load_default(max(10, min((bottom - top) // 2, (width - right) // 20)))
    notice = "is said of this copy: boxes and\nnumbers were drawn in. It is no verdict."
    ImageDraw.Draw(strip).text((right + font.size / 2, strip.height / 2), notice, fill="black", font=font, anchor="lm",
                               spacing=1)
    return np.concatenate([page, np.asarray(strip, np.float32) / 255])
