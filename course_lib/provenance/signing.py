"""Signed manifests in the manner of C2PA: a signature covers a claim, the claim the hashes of assertions, one of which
binds the bytes of the file. Lesson 14.

A manifest is JSON here (C2PA: CBOR in JUMBF boxes), its signature Ed25519 (C2PA: COSE). Reference: C2PA 2.4, "Content
Credentials: technical specification", sections 6 to 15.
"""

import datetime
import hashlib
import json
import math

from . import boxes
from .certificates import timestamp as make_timestamp
from .certificates import to_text

BINDING, ACTIONS, INGREDIENT = "hash.data", "actions", "ingredient"
ROOM = 512  # the embedded bytes are padded to a multiple of this, so that their length is known before they are
UNTOUCHED = (b"free", b"skip")  # boxes of an MP4 that the binding leaves out, as C2PA's standard list does


def canonical(value):
    """The one way in which a value is written before it is hashed or signed.

    Args:
        value: What JSON can hold.
    Returns:
        Bytes.
    Lesson 14.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(value):
    """SHA-256 of a value's canonical bytes.

    Args:
        value: What JSON can hold.
    Returns:
        64 hexadecimal digits.
    Lesson 14.
    """
    return hashlib.sha256(canonical(value)).hexdigest()


def bound_hash(data, exclusions, skip_boxes=()):
    """The hard binding's hash: all bytes of a file but the excluded ranges.

    Args:
        data: Bytes of the file.
        exclusions: List of {"start", "length"}, sorted, without overlap.
        skip_boxes: Types of top-level boxes of an MP4 that are left out too, as text.
    Returns:
        64 hexadecimal digits.
    Raises:
        ValueError: For ranges that overlap or reach beyond the file.
    Lesson 14.
    """
    ranges = [(e["start"], e["length"]) for e in exclusions]
    ranges += [(at, n) for name, at, n in boxes.mp4_boxes(data) if skip_boxes and name.decode("latin1") in skip_boxes]
    hasher, at = hashlib.sha256(), 0
    for start, length in sorted(ranges):
        if start < at or length < 0 or start + length > len(data):
            raise ValueError(f"an exclusion of {length} bytes from {start} does not fit a file of {len(data)} bytes")
        hasher.update(data[at:start])
        at = start + length
    hasher.update(data[at:])
    return hasher.hexdigest()


def sign(data, signer, *, title, assertions=None, when=None, tsa=None, parent=None, verdict=None, redact=(),
         generator="deepfake course"):
    """A file with a signed manifest in it.

    Args:
        data: Bytes of a JPEG, PNG or MP4.
        signer: certificates.Signer.
        title: What the file is called.
        assertions: Dict of label -> what is asserted, such as {"actions": [{"action": "created", ...}]}.
        when: datetime.datetime with a time zone; by default now.
        tsa: Signer of a time-stamping authority, or None.
        parent: Bytes of the file that this one was made from; its manifests come along as an ingredient.
        verdict: What a validator said of the parent (`verify`), recorded in the ingredient.
        redact: Labels of the parent's assertions to be deleted.
        generator: The program.
    Returns:
        Bytes of the file.
    Raises:
        ValueError: For another kind of file, a redaction of actions or of the binding, or a manifest that is too large.
    Lesson 14.
    """
    when = when or datetime.datetime.now(datetime.UTC)
    asserted, store, redacted = dict(assertions or {}), {}, []
    if parent is not None:
        store, asserted[INGREDIENT], redacted = _ingredient(parent, verdict, redact)
    bare, size = boxes.remove(data), ROOM
    mp4 = boxes.kind(bare) == "mp4"
    start = 2 if boxes.kind(bare) == "jpeg" else len(bare) - 12 if boxes.kind(bare) == "png" else len(bare)
    while True:  # the manifest's length stands in the manifest: enlarge the room until it fits
        whole = boxes.put(bare, b" " * size)
        _, start, length = boxes.find(whole)
        asserted[BINDING] = {"exclusions": [{"start": start, "length": length}]}
        if mp4:
            asserted[BINDING]["skip_boxes"] = [name.decode() for name in UNTOUCHED]
        asserted[BINDING]["hash"] = bound_hash(whole, **asserted[BINDING])
        payload = _manifest(asserted, signer, tsa, when, title, generator, redacted, store)
        if len(payload) <= size:
            return boxes.put(bare, payload.ljust(size))
        size = math.ceil(len(payload) / ROOM) * ROOM


def tamper(data, change):
    """A file whose manifest was changed and not signed again, as by somebody without the key.

    Args:
        data: Bytes of a signed file.
        change: Function that changes the active manifest, a dict, in place; it must not get longer than its room.
    Returns:
        Bytes of the file.
    Raises:
        ValueError: Where there is no manifest.
    Lesson 14.
    """
    found = boxes.find(data)
    if found is None:
        raise ValueError("the file holds no manifest that could be changed; sign it first")
    store = json.loads(found[0])
    change(store["manifests"][store["active"]])
    return boxes.put(boxes.remove(data), canonical(store).ljust(len(found[0])))


def _ingredient(parent, verdict, redact):
    """(manifests that come along, the ingredient's assertion, URIs of what is redacted)."""
    assertion = {"relationship": "parentOf", "sha256": hashlib.sha256(parent).hexdigest()}
    found = boxes.find(parent)
    if verdict is not None:
        assertion["validation"] = {"state": verdict.state, "codes": list(verdict.codes)}
    if found is None:
        return {}, assertion, []
    store = json.loads(found[0])
    name, manifests = store["active"], store["manifests"]
    for label in redact:
        if label in (ACTIONS, BINDING):
            raise ValueError(f"{label} cannot be redacted: what was done and what it was done to must stay")
        if label not in manifests[name]["assertions"]:
            raise ValueError(f"the parent asserts no {label!r}; it has {', '.join(manifests[name]['assertions'])}")
        del manifests[name]["assertions"][label]
    assertion |= {"manifest": name, "hash": digest([manifests[name]["claim"], manifests[name]["signature"]])}
    return manifests, assertion, [f"{name}/{label}" for label in redact]


def _manifest(asserted, signer, tsa, when, title, generator, redacted, store):
    claim = {"title": title, "generator": generator, "time": when.isoformat(timespec="seconds"),
             "assertions": {label: digest(value) for label, value in asserted.items()}, "redacted": redacted}
    signature = {"alg": "Ed25519", "value": signer.sign(canonical(claim)).hex(), "chain": to_text(signer.chain)}
    manifest = {"claim": claim, "assertions": asserted, "signature": signature}
    if tsa is not None:
        manifest["timestamp"] = make_timestamp(tsa, canonical(signature), when)
    name = "course:" + digest([claim, signature])[:32]
    return canonical({"active": name, "manifests": {**store, name: manifest}})
