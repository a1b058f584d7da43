"""The kind of a file, from its contents: suffixes can be wrong, and there are more of them than a list holds. Lesson
01.
"""

import warnings
from pathlib import Path

import av
from PIL import Image

from .images import READ_ERRORS

VIDEOS = (".mp4", ".webm", ".mov", ".avi", ".mkv", ".m4v", ".mpg", ".mpeg", ".mts", ".m2ts", ".ts", ".3gp", ".wmv",
          ".flv", ".h264", ".264", ".h265", ".hevc", ".ogv", ".vob")


def is_video(path):
    """Whether a file is to be read as a video (read_video) and not as an image (read_image).

    Args:
        path: Any file. An animated GIF or WebP counts as an image.
    Returns:
        True for files in which FFmpeg finds a video track and that Pillow does not read; for a file that neither can
            read the suffix decides, so that the error message fits.
    Lesson 01.
    """
    path = Path(path)
    if not path.is_file() or path.stat().st_size == 0:
        return path.suffix.lower() in VIDEOS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(path) as picture:
                return picture.format == "MPEG"  # Pillow knows its header and no more
        except Image.DecompressionBombError:
            return False
        except READ_ERRORS:
            pass
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            still = container.format.name == "image2" or container.format.name.endswith("_pipe")
            return bool(container.streams.video) and not still
    except (av.error.FFmpegError, OSError, ValueError):
        return path.suffix.lower() in VIDEOS
