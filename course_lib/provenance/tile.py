"""The tile of the watermark's second layer: its frequencies, their phases from key and payload, and how an image is
brought to it. Lesson 14.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from reedsolo import RSCodec

SIDE, TILE = 256, 48  # of the normalised image and of the tile, pixels
LOW, MIDDLE, HIGH = 5, 13, 19  # periods in a tile: the key alone from LOW to MIDDLE, the payload from MIDDLE to HIGH
PAYLOAD, PARITY = 4, 6  # bytes: of the payload, and for its protection (three wrong bytes are corrected)


def encode(payload):
    """The bits of a payload with its Reed-Solomon parity.

    Args:
        payload: int of 32 bits.
    Returns:
        bool [80].
    Raises:
        ValueError: For another number.
    Lesson 14.
    """
    if not 0 <= payload < 1 << 8 * PAYLOAD:
        raise ValueError(f"the payload is {payload}; expected an integer of {8 * PAYLOAD} bits")
    code = RSCodec(PARITY).encode(payload.to_bytes(PAYLOAD, "big"))
    return np.unpackbits(np.frombuffer(bytes(code), np.uint8)).astype(bool)


def _code_bits():
    return 8 * (PAYLOAD + PARITY)


@dataclass(frozen=True)
class _Band:
    """The tile's frequencies: signed rows, columns, whether they carry the payload; [n] each."""

    rows: np.ndarray
    columns: np.ndarray
    carries: np.ndarray


@lru_cache(1)
def _band():
    y = np.fft.fftfreq(TILE, 1 / TILE).astype(int)[:, None]
    x = np.arange(TILE // 2 + 1)[None]
    radius = np.hypot(y, x)
    rows, columns = np.nonzero((radius >= LOW) & (radius < HIGH) & (x > 0))
    return _Band(y[rows, 0], columns, radius[rows, columns] >= MIDDLE)


@lru_cache(1)
def _order():
    """A fixed mixture of the payload's frequencies, so that each bit has fine and coarse ones."""
    return np.random.Generator(np.random.PCG64(14)).permutation(int(_band().carries.sum()))


@lru_cache(16)
def _wanted(key, payload):
    """The phases that the key and the payload ask for, as complex numbers of absolute value 1, [n]."""
    band = _band()
    n = len(band.rows)
    turns = np.frombuffer(hashlib.shake_256(f"tile {key}".encode()).digest(4 * n), "<u4") / 2.0**32
    phases = np.exp(2j * np.pi * turns)
    sign = np.ones(int(band.carries.sum()))
    sign[_order()] = np.where(np.resize(encode(payload), len(sign)), -1.0, 1.0)
    phases[band.carries] *= sign if payload else 1.0
    return phases


def _passed():
    """What the high-pass of _detail leaves of each frequency."""
    radius = np.hypot(_band().rows, _band().columns) / TILE
    return 1 - np.exp(-2 * np.pi**2 * 9 * radius**2)


def _normalised(luma):
    height, width = luma.shape
    by = SIDE / min(height, width)
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    return cv2.resize(luma, (max(SIDE, round(width * by)), max(SIDE, round(height * by))), interpolation=how)


def _detail(luma):
    """(the fine detail over its local contrast, that contrast), f32 [h, w] each."""
    fine = luma - cv2.GaussianBlur(luma, (17, 17), 3)
    contrast = np.sqrt(np.maximum(cv2.blur(fine * fine, (17, 17)), 0)) + 0.004
    return np.clip(fine / contrast, -2.5, 2.5), contrast


def _folded(detail, angle, scale):
    """The tile, f32 [48, 48], of an image that was turned by an angle and cut to a part of its size."""
    height, width = detail.shape
    high, wide = int(height * scale), int(width * scale)
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    matrix = np.array([[cos, -sin, 0], [sin, cos, 0]])
    matrix[:, 2] = [(width - 1) / 2, (height - 1) / 2] - matrix[:, :2] @ [(wide - 1) / 2, (high - 1) / 2]
    rows, columns = -(-high // TILE), -(-wide // TILE)
    back = cv2.warpAffine(detail, matrix, (wide, high), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    back = cv2.copyMakeBorder(back, 0, rows * TILE - high, 0, columns * TILE - wide, cv2.BORDER_CONSTANT, value=0)
    return back.reshape(rows, TILE, columns, TILE).sum((0, 2))


def _spectrum(folded):
    return np.fft.rfft2(folded)[_band().rows, _band().columns]


def _tile(detail, angle, scale):
    return _spectrum(_folded(detail, angle, scale))


def _unit(values):
    return values / np.maximum(np.abs(values), 1e-9)
