"""Where a signed manifest lies inside a JPEG, PNG or MP4, and how it is put there. Lesson 14.

JPEG: one APP11 segment right after the start (C2PA uses the same marker); PNG: one chunk before the end; MP4: one box
of the type `uuid` at the end. Programs that do not know it skip it; programs that re-encode the picture drop it, which
is why most manifests never arrive.
"""

import struct
import zlib

NAME = b"COURSE14"  # at the beginning of our segment, chunk or box
UUID = b"deepfake-course1"
CHUNK = b"crSe"  # ancillary, private, not safe to copy when the image has changed
PNG = b"\x89PNG\r\n\x1a\n"


def kind(data):
    """What a file is, by its first bytes.

    Args:
        data: Bytes of the file.
    Returns:
        "jpeg", "png", "mp4" or "".
    Lesson 14.
    """
    if data[:2] == b"\xff\xd8":
        return "jpeg"
    if data[:8] == PNG:
        return "png"
    return "mp4" if data[4:8] == b"ftyp" else ""


def find(data):
    """The manifest's bytes in a file and where they lie, with their header.

    Args:
        data: Bytes of the file.
    Returns:
        (payload, start, length), or None when there is none or the file is damaged before it.
    Lesson 14.
    """
    return {"jpeg": _find_jpeg, "png": _find_png, "mp4": _find_mp4}.get(kind(data), lambda _: None)(data)


def put(data, payload):
    """The file with a manifest in it, in place of one that may be there.

    Args:
        data: Bytes of the file.
        payload: Bytes of the manifest; at most 65,000 in a JPEG.
    Returns:
        Bytes.
    Raises:
        ValueError: For a file that is no JPEG, PNG or MP4, or a payload that is too large.
    Lesson 14.
    """
    data = remove(data)
    if kind(data) == "jpeg":
        if len(payload) > 65_000:
            raise ValueError(f"a manifest of {len(payload)} bytes does not fit into one JPEG segment (65,000)")
        segment = b"\xff\xeb" + struct.pack(">H", 2 + len(NAME) + len(payload)) + NAME + payload
        return data[:2] + segment + data[2:]
    if kind(data) == "png":
        end = data.rfind(b"IEND") - 4
        if end < 8:
            raise ValueError("the PNG has no end chunk; it is cut short")
        body = CHUNK + payload
        return data[:end] + struct.pack(">I", len(payload)) + body + struct.pack(">I", zlib.crc32(body)) + data[end:]
    if kind(data) == "mp4":
        return data + struct.pack(">I", 24 + len(payload)) + b"uuid" + UUID + payload
    raise ValueError("a manifest can be put into a JPEG, a PNG or an MP4; this file is none of them")


def remove(data):
    """The file without the manifest: what nearly every upload does.

    Args:
        data: Bytes of the file.
    Returns:
        Bytes.
    Lesson 14.
    """
    found = find(data)
    return data if found is None else data[:found[1]] + data[found[1] + found[2]:]


def mp4_boxes(data):
    """The top-level boxes of an MP4, as far as they make sense.

    Args:
        data: Bytes of the file.
    Returns:
        List of (type, start, length).
    References:
        ISO/IEC 14496-12, section 4.2.
    Lesson 14.
    """
    found, at = [], 0
    while at + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        if length == 1 and at + 16 <= len(data):
            length = struct.unpack(">Q", data[at + 8:at + 16])[0]
        length = len(data) - at if length == 0 else length
        if length < 8 or at + length > len(data):
            break
        found.append((name, at, length))
        at += length
    return found


def _find_jpeg(data):
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (0xDA, 0xD9):
        length = struct.unpack(">H", data[at + 2:at + 4])[0]
        if length < 2 or at + 2 + length > len(data):
            return None
        if data[at + 1] == 0xEB and data[at + 4:at + 4 + len(NAME)] == NAME:
            return data[at + 4 + len(NAME):at + 2 + length], at, length + 2
        at += 2 + length
    return None


def _find_png(data):
    at = 8
    while at + 12 <= len(data):
        length = struct.unpack(">I", data[at:at + 4])[0]
        if at + 12 + length > len(data):
            return None
        if data[at + 4:at + 8] == CHUNK:
            return data[at + 8:at + 8 + length], at, length + 12
        at += 12 + length
    return None


def _find_mp4(data):
    for name, at, length in mp4_boxes(data):
        if name == b"uuid" and data[at + 8:at + 24] == UUID:
            return data[at + 24:at + length], at, length
    return None
