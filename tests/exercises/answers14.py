"""Right and wrong answers to the exercises of lesson 14."""
import hashlib
from itertools import pairwise
from math import comb

import cv2
import numpy as np

from course_lib.exercises.references14 import (
    binding_reference,
    bits_reference,
    claims_reference,
    climb,
    mirrored_bits,
)
from course_lib.provenance import log


def recursive(entry, index, size, proof):
    return log.root_from_proof(log.leaf_hash(entry), index, size, proof)


def copy(marked, foreign, amount=0.025, blur=1.5, clip=True):
    pattern = np.mean([m - cv2.GaussianBlur(m, (0, 0), blur) for m in marked], 0)
    out = foreign + amount * pattern / pattern.std()
    return np.clip(out, 0, 1) if clip else out + 1


def careless(data, exclusions):
    kept = bytearray(data)
    for start, length in sorted(exclusions, reverse=True):
        del kept[start:start + length]
    return hashlib.sha256(bytes(kept)).hexdigest()


def in_order(data, exclusions):
    at, hasher = 0, hashlib.sha256()
    for start, length in exclusions:
        hasher.update(data[at:start])
        at = start + length
    hasher.update(data[at:])
    return hasher.hexdigest()


def apart(data, exclusions):
    ranges = sorted(exclusions)
    if any(a + length >= b for (a, length), (b, _) in pairwise(ranges)):
        raise ValueError("these overlap")
    return binding_reference(data, exclusions)


def by_adding_up(n, payloads, rate):
    tail, k = 0, n + 1
    while k and payloads * (tail + comb(n, k - 1)) <= rate * 2**n:
        k -= 1
        tail += comb(n, k)
    return k if k <= n else None


def judged(**change):
    return lambda facts: tuple(change.get(str(k), verdict) for k, verdict in enumerate(claims_reference(facts)))


RIGHT = {
    "14.merkle": [climb, recursive],
    "14.pdq": [mirrored_bits, lambda low: mirrored_bits(low).astype(int).tolist()],
    "14.binding": [binding_reference],
    "14.copy": [copy, lambda m, f: copy(m, f, 0.03, 2)],
    "14.bits": [bits_reference, by_adding_up],
    "14.claims": [claims_reference, lambda facts: list(claims_reference(facts))],
}
WRONG = [
    ("14.merkle", lambda *a: climb(*a, leaf=b""), "leaf has no prefix"),
    ("14.merkle", lambda *a: climb(*a, node=b""), "inner nodes have no prefix"),
    ("14.merkle", lambda *a: climb(*a, swap=True), "exchanged"),
    ("14.merkle", lambda *a: climb(*a, halves=True), "complete"),
    ("14.merkle", lambda *a: climb(*a).hex(), "32 bytes"),
    ("14.pdq", lambda low: mirrored_bits(low, odd=0), "as it is"),
    ("14.pdq", lambda low: mirrored_bits(low, axis=0), "upside down"),
    ("14.pdq", lambda low: mirrored_bits(low, parity=0), "frequency 1"),
    ("14.pdq", lambda low: mirrored_bits(low, mean=True), "mean"),
    ("14.pdq", lambda low: mirrored_bits(low, late=True), "before the signs"),
    ("14.binding", lambda d, e: hashlib.sha256(d).hexdigest(), "nothing was excluded"),
    ("14.binding", careless, "accepted"),
    ("14.binding", in_order, "sort"),
    ("14.binding", apart, "touch do not"),
    ("14.copy", lambda m, f: f, "not found"),
    ("14.copy", lambda m, f: copy(m, f, 0.2), "changed too much"),
    ("14.copy", lambda m, f: copy(m, f, clip=False), "expected 0 to 1"),
    ("14.bits", lambda n, p, r: bits_reference(n, p, r, union=False), "one payload"),
    ("14.bits", lambda n, p, r: bits_reference(n, p, r, exactly=True), "at least k"),
    ("14.bits", lambda n, p, r: bits_reference(n, p, r, strict=True), "one too many"),
    ("14.bits", lambda n, p, r: bits_reference(n, p, r) or n, "return None"),
    ("14.claims", judged(**{"1": "follows"}), "who asserts"),
    ("14.claims", judged(**{"0": "follows"}), "without one nothing"),
    ("14.claims", judged(**{"2": "follows"}), "equal bytes"),
    ("14.claims", lambda facts: True, "three of"),
]
