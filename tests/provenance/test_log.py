"""Hash chains, Merkle trees and a blockchain: equal to a published implementation, and what each attack shows."""
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.provenance import ledger, log

ENTRIES = [f"entry {k}".encode() for k in range(40)]
LEAVES = [log.leaf_hash(e) for e in ENTRIES]


def pymerkle_tree(n):
    from pymerkle import InmemoryTree

    tree = InmemoryTree(algorithm="sha256")
    for entry in ENTRIES[:n]:
        tree.append_entry(entry)
    return tree


@pytest.mark.parametrize("n", range(1, 41))
def test_roots_and_proofs_are_those_of_pymerkle(n):
    tree = pymerkle_tree(n)
    root = log.tree_root(LEAVES[:n])
    assert root == tree.get_state()
    for index in {0, n // 3, n - 1}:
        proof = log.inclusion_proof(LEAVES[:n], index)
        path = tree.prove_inclusion(index + 1).serialize()["path"]
        assert {h.hex() for h in proof} == set(path[1:])
        assert log.is_included(ENTRIES[index], index, n, proof, root)
    for m in {1, n // 2, n} - {0}:
        proof = log.consistency_proof(LEAVES[:n], m)
        assert log.is_consistent(m, n, proof, log.tree_root(LEAVES[:m]), root)
        assert tree.get_state(m) == log.tree_root(LEAVES[:m])


def test_known_roots():
    assert log.tree_root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    # RFC 6962's reference tests: the tree of one empty leaf
    assert log.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 40), data=st.data())
def test_a_wrong_proof_shows_nothing(n, data):
    index, m = data.draw(st.integers(0, n - 1)), data.draw(st.integers(1, n))
    root = log.tree_root(LEAVES[:n])
    proof = log.inclusion_proof(LEAVES[:n], index)
    assert not log.is_included(b"another", index, n, proof, root)
    assert not log.is_included(ENTRIES[index], index, n, [*proof, bytes(32)], root)
    assert not log.is_included(ENTRIES[index], index, n, [bytes(32), *proof[1:]], root) or not proof
    changed = [log.leaf_hash(b"rewritten"), *LEAVES[1:m]]
    assert not log.is_consistent(m, n, log.consistency_proof(LEAVES[:n], m), log.tree_root(changed), root)
    assert not log.is_consistent(m, n, [*log.consistency_proof(LEAVES[:n], m), bytes(32)],
                                 log.tree_root(LEAVES[:m]), root)


def test_proofs_of_absurd_sizes_are_refused():
    assert log.root_from_proof(LEAVES[0], 5, 3, []) is None and log.root_from_proof(LEAVES[0], 0, 3, []) is None
    assert not log.is_consistent(0, 3, [], b"", b"") and not log.is_consistent(4, 3, [], b"", b"")
    with pytest.raises(ValueError, match="index is 3"):
        log.inclusion_proof(LEAVES[:3], 3)
    with pytest.raises(ValueError, match="earlier is 0"):
        log.consistency_proof(LEAVES[:3], 0)


def test_without_prefixes_an_inner_node_passes_for_an_entry():
    plain = [hashlib.sha256(e).digest() for e in ENTRIES[:4]]
    root = log.tree_root(plain, prefix=False)
    forged = plain[0] + plain[1]  # 64 bytes that nobody logged
    proof = [log.node_hash(plain[2], plain[3], prefix=False)]
    assert log.root_from_proof(log.leaf_hash(forged, prefix=False), 0, 2, proof, prefix=False) == root
    safe = [log.node_hash(LEAVES[2], LEAVES[3])]
    assert log.root_from_proof(log.leaf_hash(LEAVES[0] + LEAVES[1]), 0, 2, safe) != log.tree_root(LEAVES[:4])


def test_a_chain_changes_from_the_changed_entry_on():
    before, after = log.chain(ENTRIES), log.chain([*ENTRIES[:7], b"x", *ENTRIES[8:]])
    assert [a == b for a, b in zip(before, after, strict=True)] == [True] * 7 + [False] * 33


def test_a_blockchain_follows_the_most_work():
    first = ledger.mine(ledger.GENESIS, b"a" * 32, 1, bits=6)
    short = [first, ledger.mine(first.hash, b"b" * 32, 2, bits=6)]
    long = [first, ledger.mine(first.hash, b"c" * 32, 2, bits=6)]
    long.append(ledger.mine(long[-1].hash, b"d" * 32, 3, bits=6))
    assert ledger.is_valid(short) and ledger.is_valid(long) and ledger.choose(short, long) is long
    heavy = [first, ledger.mine(first.hash, b"e" * 32, 2, bits=9)]
    assert ledger.choose(long, heavy) is heavy
    broken = [first, ledger.Block(bytes(32), b"c" * 32, 2, 6, 0)]
    assert not ledger.is_valid(broken) and ledger.choose(broken, short) is short
