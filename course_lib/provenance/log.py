"""Logs that cannot be rewritten unnoticed: a hash chain, and a Merkle tree with proofs of inclusion and consistency.

Nothing here proves that what was logged is true; it proves that it was logged, and before what. Lesson 14.

References: Laurie, Langley and Kasper 2013, RFC 6962; Laurie, Messeri and Stradling 2021, RFC 9162, section 2.1.
"""

import hashlib

EMPTY = hashlib.sha256(b"").digest()


def chain(entries, start=bytes(32)):
    """A hash chain: each link is the hash of the link before it and of an entry.

    Args:
        entries: Iterable of bytes.
        start: The link before the first, 32 bytes.
    Returns:
        List of 32-byte links; a changed entry changes its link and all after it.
    Lesson 14.
    """
    links = [start]
    for entry in entries:
        links.append(hashlib.sha256(links[-1] + hashlib.sha256(entry).digest()).digest())
    return links[1:]


def leaf_hash(entry, prefix=True):
    """The hash of a leaf, H(00 || entry).

    Args:
        entry: Bytes.
        prefix: Whether the byte 00 is hashed with it; without it leaves and nodes can be confused.
    Returns:
        32 bytes.
    Lesson 14.
    """
    return hashlib.sha256((b"\0" if prefix else b"") + entry).digest()


def node_hash(left, right, prefix=True):
    """The hash of an inner node, H(01 || left || right).

    Args:
        left, right: The hashes of its children, 32 bytes each.
        prefix: Whether the byte 01 is hashed with them.
    Returns:
        32 bytes.
    Lesson 14.
    """
    return hashlib.sha256((b"\1" if prefix else b"") + left + right).digest()


def split(n):
    """The number of leaves in the left subtree: the largest power of two below n.

    Args:
        n: Leaves of the tree, at least 2.
    Returns:
        int.
    Lesson 14.
    """
    return 1 << (n - 1).bit_length() - 1


def tree_root(leaves, prefix=True):
    """The root of a Merkle tree.

    Args:
        leaves: List of leaf hashes, 32 bytes each, in the order in which they were logged.
        prefix: As for `node_hash`.
    Returns:
        32 bytes; for no leaves the hash of nothing.
    References:
        RFC 9162, section 2.1.1.
    Lesson 14.
    """
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    k = split(len(leaves))
    return node_hash(tree_root(leaves[:k], prefix), tree_root(leaves[k:], prefix), prefix)


def inclusion_proof(leaves, index):
    """The hashes by which somebody who knows one leaf can compute the root: at most log2 of n, rounded up.

    Args:
        leaves: List of leaf hashes.
        index: Of the leaf.
    Returns:
        List of hashes, from the leaf's sibling upwards.
    Raises:
        ValueError: For an index outside the tree.
    References:
        RFC 9162, section 2.1.3.1.
    Lesson 14.
    """
    if not 0 <= index < len(leaves):
        raise ValueError(f"index is {index}, but the tree has {len(leaves)} leaves")
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return inclusion_proof(leaves[:k], index) + [tree_root(leaves[k:])]
    return inclusion_proof(leaves[k:], index - k) + [tree_root(leaves[:k])]


def root_from_proof(leaf, index, size, proof, prefix=True):
    """The root that a leaf and its inclusion proof lead to.

    Args:
        leaf: The leaf's hash.
        index: Its place.
        size: Leaves of the tree.
        proof: As `inclusion_proof` gives it.
        prefix: As for `node_hash`.
    Returns:
        32 bytes, or None when the proof has the wrong length.
    References:
        RFC 9162, section 2.1.3.2.
    Lesson 14.
    """
    if not 0 <= index < size:
        return None
    if size == 1:
        return leaf if not proof else None
    if not proof:
        return None
    k = split(size)
    left = index < k
    below = root_from_proof(leaf, index if left else index - k, k if left else size - k, proof[:-1], prefix)
    if below is None:
        return None
    return node_hash(below, proof[-1], prefix) if left else node_hash(proof[-1], below, prefix)


def is_included(entry, index, size, proof, root):
    """Whether a proof shows that an entry is in the log with this root.

    Args:
        entry: Bytes, as they were logged.
        index, size, proof: As for `root_from_proof`.
        root: The root that the log has published.
    Returns:
        bool.
    Lesson 14.
    """
    return root_from_proof(leaf_hash(entry), index, size, proof) == root


def consistency_proof(leaves, earlier):
    """The hashes that show that a log has only grown: its first leaves are those of an earlier tree.

    Args:
        leaves: List of leaf hashes of the present tree.
        earlier: Leaves of the earlier tree, 1 to len(leaves).
    Returns:
        List of hashes.
    Raises:
        ValueError: For another size.
    References:
        RFC 9162, section 2.1.4.1.
    Lesson 14.
    """
    if not 1 <= earlier <= len(leaves):
        raise ValueError(f"earlier is {earlier}; expected 1 to {len(leaves)}, the size of the present tree")
    return _subproof(leaves, earlier, True)


def _subproof(leaves, m, whole):
    """whole: whether these leaves begin where the earlier tree began, so that its root need not be given."""
    n = len(leaves)
    if m == n:
        return [] if whole else [tree_root(leaves)]
    k = split(n)
    if m <= k:
        return _subproof(leaves[:k], m, whole) + [tree_root(leaves[k:])]
    return _subproof(leaves[k:], m - k, False) + [tree_root(leaves[:k])]


def is_consistent(earlier, size, proof, earlier_root, root):
    """Whether a proof shows that one tree is the beginning of another.

    Args:
        earlier, size: Leaves of the two trees.
        proof: As `consistency_proof` gives it.
        earlier_root, root: Their roots.
    Returns:
        bool.
    References:
        RFC 9162, section 2.1.4.2.
    Lesson 14.
    """
    if not 1 <= earlier <= size:
        return False
    return _both_roots(earlier, size, list(proof), True, earlier_root) == (earlier_root, root)


def _both_roots(m, n, proof, whole, known):
    """(root of the earlier tree, root of the present one) of a subtree, None for either when the proof is too short."""
    if m == n:
        if whole:
            return (known, known) if not proof else (None, None)
        return (proof[0], proof[0]) if len(proof) == 1 else (None, None)
    if not proof:
        return None, None
    k, last = split(n), proof[-1]
    if m <= k:
        old, new = _both_roots(m, k, proof[:-1], whole, known)
        return (old, node_hash(new, last)) if new is not None else (None, None)
    old, new = _both_roots(m - k, n - k, proof[:-1], False, known)
    return (node_hash(last, old), node_hash(last, new)) if new is not None else (None, None)
