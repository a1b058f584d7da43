"""Reference answers of lesson 14, with the usual mistakes as options."""
import hashlib
from fractions import Fraction
from math import comb

import numpy as np
from scipy.ndimage import gaussian_filter


def clouds(rng, count, side):
    """Pictures without meaning: clouds of two scales.

    Args:
        rng: numpy Generator.
        count: how many.
        side: pixels.
    Returns:
        List of f32 RGB [side, side, 3] in [0, 1].
    """
    out = []
    for _ in range(count):
        noise = rng.standard_normal((2, side, side, 3)).astype(np.float32)
        parts = [gaussian_filter(n, (s, s, 0)) for n, s in zip(noise, (side / 10, 2.5), strict=True)]
        parts = [p / p.std() for p in parts]
        out.append(np.clip(0.5 + 0.15 * parts[0] + 0.02 * parts[1], 0, 1).astype(np.float32))
    return out


def climb(entry, index, size, proof, leaf=b"\0", node=b"\1", swap=False, halves=False):
    """The root that an entry and its proof lead to.

    Args:
        entry: bytes.
        index, size, proof: of the leaf, of the tree, hashes from the leaf upwards.
        leaf, node: prefixes.
        swap: exchanges left and right, by mistake.
        halves: takes the bits of the index for the way, by mistake.
    Returns:
        32 bytes, None where proof and size do not fit.
    """
    turns, low, high = [], 0, size
    while high - low > 1:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        turns.append(index < middle)
        low, high = (low, middle) if index < middle else (middle, high)
    turns = turns[::-1]
    if halves:
        turns = [not index >> k & 1 for k in range(len(proof))]
    found = hashlib.sha256(leaf + entry).digest()
    for left, sibling in zip(turns, proof, strict=True):
        pair = (found, sibling) if left != swap else (sibling, found)
        found = hashlib.sha256(node + pair[0] + pair[1]).digest()
    return found


def mirrored_bits(low, odd=1, axis=1, parity=1, mean=False, late=False):
    """PDQ of the mirrored image from the frequencies of the image.

    Args:
        low: f64 [16, 16].
        odd: 0 leaves the signs, by mistake.
        axis: 0 turns upside down, by mistake.
        parity: 0 changes the even frequencies, by mistake.
        mean: compares with the mean, by mistake.
        late: takes the median before the signs change, by mistake.
    Returns:
        bool [256].
    """
    signs = np.where(np.arange(1, 17) % 2 == parity, -1.0, 1.0) if odd else np.ones(16)
    turned = low * (signs[None] if axis else signs[:, None])
    threshold = (np.mean if mean else np.median)(low if late else turned)
    return (turned > threshold).ravel()


def binding_reference(data, exclusions):
    """SHA-256 of the bytes that are not excluded.

    Args:
        data: bytes.
        exclusions: list of (start, length).
    Returns:
        64 hexadecimal digits.
    Raises:
        ValueError: for ranges that overlap or reach beyond the file.
    """
    at, hasher = 0, hashlib.sha256()
    for start, length in sorted(exclusions):
        if start < at or length < 0 or start + length > len(data):
            raise ValueError(f"({start}, {length}) does not fit")
        hasher.update(data[at:start])
        at = start + length
    hasher.update(data[at:])
    return hasher.hexdigest()


def bits_reference(n, payloads, rate, union=True, exactly=False, strict=False):
    """The least number of right bits at which some payload of a registry matches by chance at most at a rate.

    Args:
        n: bits of a payload.
        payloads: in the registry.
        rate: at most.
        union: False forgets that each payload may match, by mistake.
        exactly: takes exactly k right bits, by mistake.
        strict: takes more than k right bits for k, by mistake.
    Returns:
        int, or None where even n right bits are too likely.
    """
    limit = Fraction(rate) * 2**n / (payloads if union else 1)
    tail = [comb(n, k) if exactly else sum(comb(n, j) for j in range(k, n + 1)) for k in range(n + 1)]
    enough = [k for k in range(n // 2, n + 1) if tail[k] <= limit]
    return min(enough) + strict if enough else None


def claims_reference(facts):
    """The verdicts on the three claims.

    Args:
        facts: dict with signature, says and match.
    Returns:
        Tuple of three verdicts.
    """
    intact = {"trusted": "follows", "valid": "follows", "invalid": "contradicted", "none": "does not follow"}
    same = "follows" if facts["match"] == "certain" else "does not follow"
    return intact[facts["signature"]], "does not follow", same
