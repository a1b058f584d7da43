"""The payload of the watermark's second layer: read from soft bits by its code, or compared with known ones. Lesson 14.

Soft bits are the cosines that the search finds at the payload's frequencies: negative for 1, near 0 where the mark is
weak. The Reed-Solomon code has to correct every error; who only asks which of N registered payloads it is needs much
less: the one whose code agrees best (a matched filter). For another payload, whose bits were drawn independently of the
image, the agreement is a sum of random signs with weights v, divided by the root of the sum of v^2, so for independent
bits P(agreement >= t) <= exp(-t^2 / 2) (Hoeffding), and N payloads multiply it by N at most.

References: Hoeffding 1963, theorem 2; Reed and Solomon 1960. Lesson 14.
"""

from functools import lru_cache

import numpy as np
from reedsolo import ReedSolomonError, RSCodec

from .tile import PARITY, PAYLOAD, _code_bits, encode

ERASURES = (0, 2, 3)  # of the least certain bytes, tried in turn: the code corrects e errors where 2 e + erasures <= 6
RATE = 1e-6  # of false agreements, for all known payloads together


def votes(soft):
    """The sum of the soft bits of each bit of the code.

    Args:
        soft: f64 [n], as Found.soft, repeating the code's bits.
    Returns:
        f64 [80].
    Lesson 14.
    """
    return np.bincount(np.arange(len(soft)) % _code_bits(), soft, _code_bits())


def read(soft):
    """The payload by its Reed-Solomon code. Of random bits it accepts about 1 in 2000.

    Bytes with an uncertain bit are given to the decoder as erasures.

    Args:
        soft: f64 [n], as Found.soft.
    Returns:
        (int of 32 bits, corrected bytes), (None, 0) where the code is too damaged.
    Lesson 14.
    """
    sums = votes(soft)
    code = np.packbits(sums < 0).tobytes()
    uncertain = np.argsort(np.abs(sums).reshape(-1, 8).min(1), kind="stable")
    for count in ERASURES:
        try:
            message, whole, _ = RSCodec(PARITY).decode(code, erase_pos=[int(k) for k in uncertain[:count]])
        except ReedSolomonError:
            continue
        return int.from_bytes(message, "big"), sum(a != b for a, b in zip(whole, code, strict=True))
    return None, 0


def agreement(soft, payloads):
    """How well soft bits agree with the code of each of some payloads.

    Args:
        soft: f64 [n], as Found.soft; None agrees with nothing.
        payloads: int [N], of 32 bits.
    Returns:
        f64 [N], from -9 to 9 (the root of 80); about normal(0, 1) for a payload that is not the image's.
    Lesson 14.
    """
    payloads = np.asarray(payloads, np.int64).reshape(-1)
    if soft is None or not np.any(soft):
        return np.zeros(len(payloads))
    sums = votes(soft)
    bits = (payloads[:, None] >> np.arange(8 * PAYLOAD - 1, -1, -1)) & 1
    signs = 1 - 2 * (bits @ _rows() % 2)
    return signs @ sums / np.sqrt(np.sum(sums**2))


def agreeing(count):
    """The agreement that one of so many payloads reaches by chance at a rate of RATE at most.

    Args:
        count: Of known payloads.
    Returns:
        float: 5.3 for one, 6.4 for a thousand.
    Lesson 14.
    """
    return float(np.sqrt(2 * np.log(max(count, 1) / RATE)))


@lru_cache(1)
def _rows():
    """The code is linear: its bits for each payload with a single 1, int [32, 80]."""
    return np.array([encode(1 << k) for k in range(8 * PAYLOAD - 1, -1, -1)]).astype(np.int64)
