"""Multi-index hashing: all fingerprints within a radius of another one, without looking at each of them. Lesson 14.

If two fingerprints of n bits differ in at most r bits, then cut into m equal bands they agree in at least one of them
up to r // m bits (the pigeonhole principle). So it is enough to look up, in one table for each band, the query's band
and its neighbours. No match is missed.

Reference: Norouzi, Punjani and Fleet 2012, "Fast search in Hamming space with multi-index hashing", section 3.
"""

from itertools import combinations

import numpy as np

from .fingerprints import distance

BAND = 16  # bits


class Lookup:
    """A searchable collection of fingerprints.

    Args:
        hashes: bool [N, n], n a multiple of 16.
        radius: The largest distance that will be asked for.
    """

    def __init__(self, hashes, radius):
        self.hashes, self.radius = np.asarray(hashes, bool), radius
        values = bands(self.hashes)
        self.order = np.argsort(values, axis=0, kind="stable").T  # [m, N]: a table for each band
        self.sorted = np.take_along_axis(values.T, self.order, 1)
        self.masks = neighbours(radius // values.shape[1])

    def candidates(self, bits):
        """The entries that share a band with the query, up to radius // m bits.

        Args:
            bits: bool [n].
        Returns:
            int array, sorted.
        """
        found = []
        for value, table, order in zip(bands(bits[None])[0], self.sorted, self.order, strict=True):
            wanted = value ^ self.masks
            low, high = np.searchsorted(table, wanted), np.searchsorted(table, wanted, "right")
            found += [order[a:b] for a, b in zip(low, high, strict=True) if a < b]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, int)

    def find(self, bits):
        """All entries within the radius.

        Args:
            bits: bool [n].
        Returns:
            (indices, distances), the nearest first.
        Lesson 14.
        """
        rows = self.candidates(np.asarray(bits, bool))
        far = distance(self.hashes[rows], bits)
        order = np.argsort(far, kind="stable")
        order = order[far[order] <= self.radius]
        return rows[order], far[order]


def bands(hashes):
    """Fingerprints as numbers of 16 bits.

    Args:
        hashes: bool [N, n].
    Returns:
        uint16 [N, n // 16].
    Raises:
        ValueError: When n is no multiple of 16.
    Lesson 14.
    """
    if hashes.shape[1] % BAND:
        raise ValueError(f"a fingerprint has {hashes.shape[1]} bits; expected a multiple of {BAND}")
    return np.packbits(hashes, axis=1).view(">u2").astype(np.uint16)


def neighbours(radius):
    """All numbers of 16 bits with at most a few ones: what a band is combined with to get its neighbours.

    Args:
        radius: The most ones.
    Returns:
        uint16 array: 1, 17, 137, ... numbers for a radius of 0, 1, 2, ...
    Lesson 14.
    """
    return np.array([sum(1 << b for b in chosen) for r in range(radius + 1) for chosen in combinations(range(BAND), r)],
                    np.uint16)
