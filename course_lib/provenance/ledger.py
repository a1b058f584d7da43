"""A blockchain in fifty lines: proof of work, a fork, and the reorganisation that settles it. Lesson 14.

Reference: Nakamoto 2008, "Bitcoin: a peer-to-peer electronic cash system", sections 4 and 5.
"""

import hashlib
from dataclasses import dataclass, replace

GENESIS = bytes(32)


@dataclass(frozen=True)
class Block:
    """A block: what it records, and the work that was spent on it.

    Args:
        previous: Hash of the block before it, 32 bytes.
        root: What it records: the root of a Merkle tree of file hashes, 32 bytes.
        time: Seconds; the miner's word for it.
        bits: How many leading zero bits its hash must have.
        nonce: The number that was searched for.
    """

    previous: bytes
    root: bytes
    time: int
    bits: int
    nonce: int = 0

    @property
    def hash(self):
        """SHA-256 of all its fields, 32 bytes."""
        numbers = b"".join(n.to_bytes(8, "big") for n in (self.time, self.bits, self.nonce))
        return hashlib.sha256(self.previous + self.root + numbers).digest()


def mine(previous, root, time, bits=12):
    """Search for a nonce: 2 to the power of bits hashes on average.

    Args:
        previous, root, time, bits: As for `Block`.
    Returns:
        Block.
    Lesson 14.
    """
    block = Block(previous, root, time, bits)
    while not has_work(block):
        block = replace(block, nonce=block.nonce + 1)
    return block


def has_work(block):
    """Whether a block's hash begins with the zero bits that it claims.

    Args:
        block: Block.
    Returns:
        bool.
    Lesson 14.
    """
    return int.from_bytes(block.hash, "big") >> 256 - block.bits == 0


def is_valid(blocks):
    """Whether each block has its work and names the block before it.

    Args:
        blocks: List of Block, the oldest first.
    Returns:
        bool.
    Lesson 14.
    """
    before = [GENESIS] + [block.hash for block in blocks]
    return all(block.previous == hash and has_work(block) for block, hash in zip(blocks, before, strict=False))


def choose(*forks):
    """The fork that everybody follows: the valid one with the most work. The losers' blocks are forgotten.

    Args:
        forks: Lists of Block.
    Returns:
        One of them; the first of several with equal work.
    Lesson 14.
    """
    return max(forks, key=lambda blocks: sum(2**b.bits for b in blocks) if is_valid(blocks) else -1)
