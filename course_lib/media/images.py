"""Reads and writes still images with Pillow: unlike OpenCV it reports the size before it decodes, rejects a truncated
file instead of filling it with grey, and leaves alpha and orientation to us. Lesson 01.
"""

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from course_lib.faults import in_words
from course_lib.provenance import stamp

MAX_PIXELS = 64_000_000  # 768 MB as float32
# raised by Pillow's decoders for damaged files
READ_ERRORS = (OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError, IndexError, AttributeError,
               OverflowError, ZeroDivisionError, RecursionError, struct.error, zlib.error,
               Image.DecompressionBombError)
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def read_image(path):
    """The image in a file, rotated as its EXIF orientation says.

    Of several frames or pages the first is read, with a warning. A colour profile (Display P3, Adobe RGB, CMYK) is
    converted to sRGB. Transparency is composited on white. 16-bit grey keeps its precision; 16-bit colour is read as 8.

    Args:
        path: JPEG, PNG, WebP, TIFF, BMP, GIF or another format that Pillow reads.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Raises:
        FileNotFoundError: When there is no file.
        ValueError: For a file that is empty, no image, truncated, or of more than 64 million pixels, which is checked
            in its header before it is decoded.
    Lesson 01.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder, not a picture")
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty (0 bytes): fetch or save the picture again")
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is checked below
        try:
            picture = Image.open(file)
        except UnidentifiedImageError:
            raise ValueError(f"{path} is not a picture that can be read; expected JPEG, PNG, WebP, TIFF, BMP or GIF "
                             "(convert HEIC, camera raw and HDR files to JPEG)") from None
        except Image.DecompressionBombError as error:
            raise ValueError(f"{path} is too large ({error}); at most {MAX_PIXELS:,} pixels are read: "
                             "shrink it") from None
        except READ_ERRORS as error:
            raise ValueError(f"{path} is damaged: its header cannot be read ({in_words(error)})") from error
        hdr = _hdr(picture, file)
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise ValueError(f"{path} has {width} x {height} pixels; at most {MAX_PIXELS:,} are read: shrink it")
        frames = _frames(picture)
        try:
            picture.load()
            image = _rgb(_turned(picture), notes := [])
        except READ_ERRORS as error:
            raise ValueError(f"{path} is cut short or damaged ({in_words(error)}): fetch or save the picture again"
                             ) from error
    if frames > 1:
        notes.append(f"{path} holds {frames} frames: 1 of {frames} frames was read, the first")
    if hdr:
        notes.append(f"{path} is an HDR picture ({hdr}): its colours were interpreted as standard range and look pale; "
                     "export it as SDR first")
    for note in notes:
        warnings.warn(note.format(path=path), stacklevel=2)
    return image


def _hdr(picture, file):
    """"PQ" or "HLG" where a PNG or AVIF says that its values are of such a curve, otherwise None."""
    place, start = file.tell(), 0
    file.seek(0)
    head = file.read(1 << 16)
    file.seek(place)
    if picture.format == "PNG" and (start := head.find(b"cICP")) > 0:
        code = head[start + 5:start + 6]  # after the primaries
    elif picture.format == "AVIF" and (start := head.find(b"colrnclx")) > 0:
        code = head[start + 11:start + 12]  # the second of two 16-bit numbers after the name
    else:
        return None
    return {b"\x10": "PQ", b"\x12": "HLG"}.get(code)


def _frames(picture):
    """How many frames or pages a file holds; the depth maps and previews that cameras add to a JPEG are none."""
    if picture.format not in ("GIF", "WEBP", "PNG", "TIFF", "AVIF"):
        return 1
    try:
        return getattr(picture, "n_frames", 1)
    except READ_ERRORS:  # what comes after the first is damaged, and not needed
        return 1


def _turned(picture):
    try:
        return ImageOps.exif_transpose(picture)
    except READ_ERRORS:  # invalid EXIF data, not an invalid image
        return picture


def _srgb(picture, notes):
    """The picture with its colours in sRGB, as its embedded profile or CIELAB asks for."""
    profile = picture.info.get("icc_profile")
    if not profile and picture.mode != "LAB":
        return picture
    if picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    alpha = picture.getchannel("A") if picture.mode in ("RGBA", "LA") else None
    plain = picture.convert({"RGBA": "RGB", "LA": "L", "1": "L"}.get(picture.mode, picture.mode))
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else ImageCms.createProfile("LAB")
        if profile and "sRGB" in ImageCms.getProfileDescription(embedded):
            return picture
        converted = ImageCms.profileToProfile(plain, embedded, ImageCms.createProfile("sRGB"), outputMode="RGB",
                                         renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC)
    except (ImageCms.PyCMSError, *READ_ERRORS):
        notes.append("{path} has a colour profile that cannot be used: its colours were interpreted as sRGB")
        return picture
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _rgb(picture, notes=None):
    if picture.mode.startswith("I") or picture.mode == "F":
        grey = np.asarray(picture).astype(np.float32)
        top = 1.0 if picture.mode == "F" else 65535.0
        if not (grey.min() >= 0 and grey.max() <= top):
            raise ValueError(f"its values reach from {grey.min():g} to {grey.max():g}, not from 0 to {top:g}")
        return np.repeat(grey[..., None] / np.float32(top), 3, -1)
    picture = _srgb(picture, [] if notes is None else notes)
    if picture.has_transparency_data:
        rgba = np.asarray(picture.convert("RGBA"), np.float32) / 255
        return rgba[..., :3] * rgba[..., 3:] + (1 - rgba[..., 3:])
    return np.asarray(picture.convert("RGB"), np.float32) / 255


def write_image(path, image, *, what, how, parameters=None, sources=(), consent=None, quality=95):
    """Write an image, labelled "synthetic" and watermarked, with its manifest beside it (path + ".json").

    Args:
        path: .png, .jpg, .jpeg or .webp; its folder is made if absent.
        image: f32 RGB [H, W, 3] in [0, 1], at least 64 px on the shorter side.
        what, how, parameters, sources, consent: For the manifest, see provenance.stamp.
        quality: Of JPEG and WebP, 50 to 100; below 50 the watermark may not survive.
    Returns:
        Path of the file.
    Raises:
        ValueError: For another suffix, quality or image, and for an unchanged copy of a source (copy the file instead:
            the label would be false).
    Lesson 01.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"{path.name} ends in {path.suffix!r}; expected one of {', '.join(FORMATS)}")
    if not 50 <= quality <= 100:
        raise ValueError(f"quality is {quality}; expected 50 to 100, the range in which the watermark is reliable")
    image = stamp.check_frame(image)
    for source in sources:
        if _same(source, image):
            raise ValueError(f"the image is {source} unchanged, and the label 'synthetic' would be false; "
                             "to keep a photograph as it is, copy its file (shutil.copy)")

    def encode(file, images):
        image = next(images, None)
        if image is not None:
            whole = io.BytesIO()  # Pillow writes a JPEG past Python, and does not notice that the disk is full
            Image.fromarray(image).save(whole, FORMATS[path.suffix.lower()], quality=quality, subsampling=0)
            file.write(whole.getvalue())
            next(images, None)
        return {} if path.suffix.lower() == ".png" else {"quality": quality}

    return stamp.stamp(path, [image], encode, what=what, how=how, parameters=parameters, sources=sources,
                            consent=consent)


def _same(source, image):
    """Whether a source is an image of this size with these values, to within the rounding of 8 bits."""
    try:
        with Image.open(source) as header:
            if sorted(header.size) != sorted(image.shape[:2]):
                return False
        original = read_image(source)
    except READ_ERRORS:  # a video, or another source that is no image
        return False
    return original.shape == image.shape and np.abs(original - image).max() <= 0.6 / 255


def grace_hopper():
    """The photograph of Grace Hopper that comes with matplotlib.

    The course's real photograph without network and without consent.toml: taken by James S. Davis for the United States
    Navy in 1984, a work of the United States government and therefore in the public domain.

    Returns:
        f32 RGB [600, 512, 3] in [0, 1].
    Lesson 01.
    """
    import matplotlib.cbook  # here, so that other images need no matplotlib

    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        return _rgb(Image.open(file))
