"""Checks of lesson 14: Merkle proof, PDQ's median, hard binding, copy attack, bits that match, three claims."""
import hashlib

import numpy as np

from course_lib.provenance import fingerprints, log, spread, watermark

from .references14 import binding_reference, bits_reference, claims_reference, climb, clouds, mirrored_bits
from .verdict import Wrong, array

VERDICTS = ("follows", "does not follow", "contradicted")


def merkle(rng, answer):
    """Check `merkle`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (entry bytes, index, size, proof) -> the root, 32 bytes.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for size in (1, 2, 4, 7, 8, 13, 100):
        entries = [rng.bytes(int(rng.integers(1, 50))) for _ in range(size)]
        leaves = [log.leaf_hash(entry) for entry in entries]
        for index in sorted({0, size // 2, size - 1}):
            proof = log.inclusion_proof(leaves, index)
            got = answer(entries[index], index, size, list(proof))
            if not isinstance(got, bytes) or len(got) != 32:
                raise Wrong(f"merkle gave {type(got).__name__}; 32 bytes are wanted. Hint: .digest().")
            if got == log.tree_root(leaves):
                continue
            for change, message in (
                    (dict(leaf=b""), "the leaf has no prefix. Hint: H(00 || entry)."),
                    (dict(node=b""), "the inner nodes have no prefix. Hint: H(01 || left || right)."),
                    (dict(swap=True), "left and right are exchanged. Hint: where the leaf lies in the left subtree, "
                                      "the sibling stands on the right."),
                    (dict(halves=True), "the tree is treated as if it were complete. Hint: the left subtree has the "
                                        "largest power of two below the size; the path follows from size and index.")):
                if got == climb(entries[index], index, size, proof, **change):
                    raise Wrong(f"for leaf {index} of {size}, {message}")
            raise Wrong(f"for leaf {index} of {size} the root is another one. Hint: the proof begins with the leaf's "
                        "sibling; its last hash belongs to the root's other child.")


def pdq(rng, answer):
    """Check `pdq`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (frequencies f64 [16, 16]) -> bool [256], PDQ of the mirrored image.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for _ in range(4):
        image = clouds(rng, 1, 96)[0]
        low, _ = fingerprints.pdq_frequencies(image)
        got = array(answer(low.copy()), (256,), "pdq")
        if not np.isin(got, (0, 1)).all():
            raise Wrong("there are values other than 0 and 1. Hint: compare with the median.")
        if (got == mirrored_bits(low)).all():
            continue
        for change, message in (
                (dict(odd=0), "that is the hash of the image as it is. Hint: mirrored, cos(pi k (n + 1/2) / 64) "
                              "becomes (-1)^k times itself."),
                (dict(axis=0), "that is the image upside down. Hint: mirroring acts on the columns' frequencies."),
                (dict(parity=0), "the wrong frequencies change their sign. Hint: column 0 holds frequency 1."),
                (dict(mean=True), "the threshold is the mean. Hint: the median, so that half of the bits are set."),
                (dict(late=True), "the median was taken before the signs changed. Hint: first mirror.")):
            if (got == mirrored_bits(low, **change)).all():
                raise Wrong(message)
        raise Wrong(f"{np.count_nonzero(got != mirrored_bits(low))} of 256 bits differ. Hint: change the signs of the "
                    "columns of odd frequency, then compare with the median of all 256, then .ravel().")


def binding(rng, answer):
    """Check `binding`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (data bytes, exclusions as list of (start, length)) -> SHA-256 in hexadecimal digits.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    data = rng.bytes(500)
    cases = ([], [(10, 50)], [(0, 20), (400, 100)], [(300, 60), (20, 30)], [(100, 0)], [(10, 50), (60, 20)])
    for exclusions in cases:
        try:
            got = answer(data, list(exclusions))
        except ValueError as error:
            raise Wrong(f"the exclusions {exclusions} are refused for 500 bytes ({error}). Hint: ranges that only "
                        "touch do not overlap; one may begin with the file, end with it, or be empty.") from None
        if got == binding_reference(data, exclusions):
            continue
        if got == hashlib.sha256(data).hexdigest():
            raise Wrong("nothing was excluded. Hint: leave out data[start:start + length].")
        if exclusions == cases[3]:
            raise Wrong("ranges that are not sorted give another hash. Hint: sort them first.")
        kind = type(got).__name__
        raise Wrong(f"for the exclusions {exclusions} the hash is another one ({kind}). Hint: hash the bytes between "
                    "the ranges, in their order, and those after the last; .hexdigest().")
    for exclusions in ([(490, 20)], [(10, 50), (40, 50)], [(-5, 10)]):
        try:
            answer(data, list(exclusions))
        except ValueError:
            continue
        raise Wrong(f"the exclusions {exclusions} are accepted for 500 bytes. Hint: raise ValueError for ranges that "
                    "overlap, begin before the file or reach beyond it; otherwise an attacker chooses what is hashed.")


def copy_attack(rng, answer):
    """Check `copy`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (marked f32 [N, H, W, 3], foreign f32 [H, W, 3]) -> the foreign picture with the mark, f32.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    key = f"unknown {rng.integers(1 << 30)}"
    pictures = clouds(rng, 11, 256)
    foreign = pictures[0]
    marked = np.stack([watermark.embed(p, key, payload=k) for k, p in enumerate(pictures[1:])])
    got = array(answer(marked.copy(), foreign.copy()), foreign.shape, "copy").astype(np.float32)
    if got.min() < -1e-6 or got.max() > 1 + 1e-6:
        raise Wrong(f"values from {got.min():.2f} to {got.max():.2f}; expected 0 to 1. Hint: np.clip.")
    psnr = -10 * np.log10(max(np.mean((got - foreign) ** 2), 1e-12))
    score = watermark.search(np.clip(got, 0, 1), key).score
    if psnr < 28:
        raise Wrong(f"the foreign picture is changed too much: PSNR {psnr:.1f} dB, at least 28 are wanted. Hint: scale "
                    "the pattern to a standard deviation of 0.02 to 0.03.")
    if score < spread.THRESHOLD:
        raise Wrong(f"the mark is not found: {score:.1f}, threshold {spread.THRESHOLD:.1f} (PSNR {psnr:.1f} dB). Hint: "
                    "take from each marked picture its fine detail, picture - blurred picture, and average these.")


def bits(rng, answer):
    """Check `bits`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (bits of a payload, payloads in the registry, false positive rate) -> the least number of right
            bits, or None where even all of them prove too little.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    cases = [(32, 1, 1e-6), (32, 10**6, 1e-6), (100, 10**6, 1e-6), (8, 1, 1e-6), (20, 1, 2.0**-20), (32, 1, 1e-3)]
    cases += [(int(rng.integers(24, 128)), int(10 ** rng.uniform(0, 7)), 10 ** -rng.uniform(3, 9)) for _ in range(6)]
    for n, payloads, rate in cases:
        got, right = answer(n, payloads, rate), bits_reference(n, payloads, rate)
        if got == right:
            continue
        given = f"for {n} bits, {payloads} payloads and a rate of {rate:.2g}"
        for change, message in (
                (dict(union=False), "that is for one payload. Hint: each entry of the registry may match by chance."),
                (dict(exactly=True), "that is the probability of exactly k right bits. Hint: at least k."),
                (dict(strict=True), "one too many. Hint: P(at least k), with k itself; at most the rate.")):
            if got == bits_reference(n, payloads, rate, **change):
                raise Wrong(f"{given}: {message}")
        if right is None:
            raise Wrong(f"{given} you say {got!r}, but even {n} right bits are too likely. Hint: return None.")
        raise Wrong(f"{given} you say {got!r}. Hint: of 2^n payloads, "
                    "sum of C(n, j) for j from k to n agree in at least k bits with a given one.")


def claims(rng, answer):
    """Check `claims`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (facts dict) -> three of VERDICTS.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    sentences = ("nobody changed the file since it was signed", "a camera recorded this scene",
                 "the file is the registered one")
    states, confidences = ("trusted", "valid", "invalid", "none"), ("certain", "strong", "fair", "doubtful", "")
    for number in rng.permutation(len(states) * len(confidences)):
        state, confidence = states[number // 5], confidences[number % 5]
        facts = {"signature": state, "says": "digitalCapture", "match": confidence}
        got = answer(dict(facts))
        if not isinstance(got, (tuple, list)) or len(got) != 3 or not set(got) <= set(VERDICTS):
            raise Wrong(f"claims gave {got!r}; three of {', '.join(map(repr, VERDICTS))} are wanted.")
        for claim, mine, right, hint in zip(sentences, got, claims_reference(facts), (
                "A signature that holds shows it, whoever signed; one that fails contradicts it; without one nothing "
                "is known.", "A signature says who asserts something. What does it say of the world?",
                "Only equal bytes make a file the same one; mark and fingerprint lead to what it was made from."),
                strict=True):
            if mine != right:
                raise Wrong(f"facts {facts}: {claim!r} {right!r}, you say {mine!r}. Hint: {hint}")
