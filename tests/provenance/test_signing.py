"""Signed manifests: what each kind of tampering does to the verdict, and what no tampering is needed for."""
import datetime
import io
import json
import os

import numpy as np
import pytest
from PIL import Image

from course_lib.provenance import boxes, certificates, signing, validation

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
NOW = START + datetime.timedelta(days=100)
DAY = datetime.timedelta(days=1)


def picture(form="JPEG", seed=0, quality=90):
    rng, file = np.random.default_rng(seed), io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (40, 56, 3), np.uint8)).save(file, form, quality=quality)
    return file.getvalue()


def clip():
    def box(name, body):
        return (len(body) + 8).to_bytes(4, "big") + name + body

    return box(b"ftyp", b"isom" + bytes(8)) + box(b"moov", bytes(range(100))) + box(b"mdat", bytes(200))


FILES = {"jpeg": picture(), "png": picture("PNG"), "mp4": clip()}


@pytest.fixture(scope="module")
def world():
    root = certificates.authority("Root", "root", START)
    camera = certificates.issue(root, "Camera 7", "camera", START)
    tsa_root = certificates.authority("Time root", "time", START)
    tsa = certificates.issue(tsa_root, "Clock", "clock", START)
    trust = validation.Trust(root.chain, tsa_root.chain, now=NOW)
    return root, camera, tsa, trust


def signed(world, kind="jpeg", **more):
    wanted = {"title": "a", "when": NOW, "assertions": {"actions": [{"action": "created"}], "place": "Bern"}} | more
    return signing.sign(FILES[kind], world[1], **wanted)


@pytest.mark.parametrize("kind", FILES)
def test_a_signed_file_is_trusted_and_still_the_same_file(world, kind):
    data = signed(world, kind)
    verdict = validation.verify(data, world[3])
    assert (verdict.state, verdict.signer, verdict.issuer) == ("trusted", "Camera 7", "Root"), str(verdict)
    assert boxes.remove(data) == FILES[kind] and verdict.manifest["assertions"]["place"] == "Bern"
    if kind != "mp4":
        same = [np.asarray(Image.open(io.BytesIO(d))) for d in (data, FILES[kind])]
        assert (same[0] == same[1]).all()
    assert validation.verify(data).state == "valid"  # nobody is trusted by default
    assert validation.verify(FILES[kind], world[3]).state == "none"


def edited(data, change):
    """The file with its store changed by a function and written back as long as it was."""
    out = signing.tamper(data, change)
    assert len(out) == len(data)
    return out


def test_without_a_manifest_nothing_can_be_tampered_with():
    with pytest.raises(ValueError, match="no manifest"):
        signing.tamper(FILES["jpeg"], dict.clear)


@pytest.mark.parametrize(("change", "code"), [
    (lambda d: d[:-30] + bytes([d[-30] ^ 1]) + d[-29:], "assertion.dataHash.mismatch"),
    (lambda d: d + b"x", "assertion.dataHash.mismatch"),
    (lambda d: edited(d, lambda m: m["assertions"].update(place="Rome")), "assertion.hashedURI.mismatch"),
    (lambda d: edited(d, lambda m: m["assertions"].pop("place")), "assertion.missing"),
    (lambda d: edited(d, lambda m: m["assertions"].update(new="x")), "assertion.undeclared"),
    (lambda d: edited(d, lambda m: m["claim"].update(title="b")), "claimSignature.mismatch"),
    (lambda d: edited(d, lambda m: m["assertions"].pop("hash.data")), "assertion.missing"),
    (lambda d: edited(d, lambda m: m["signature"].update(chain=[])), "manifest.malformed: IndexError"),
])
def test_tampering_is_invalid(world, change, code):
    verdict = validation.verify(change(signed(world)), world[3])
    assert verdict.state == "invalid" and code in verdict.codes, str(verdict)


def test_re_encoding_leaves_no_manifest(world):
    file = io.BytesIO()
    Image.open(io.BytesIO(signed(world))).save(file, "JPEG")
    assert validation.verify(file.getvalue(), world[3]).state == "none"


def test_what_stays_trusted_and_yet_deceives(world):
    lie = signed(world, assertions={"actions": [{"action": "created", "source": "digitalCapture"}]})
    assert validation.verify(lie, world[3]).state == "trusted"
    extra = signed(world, "mp4") + (20).to_bytes(4, "big") + b"free" + b"hidden words"
    assert validation.verify(extra, world[3]).state == "trusted"
    parent = signed(world)
    bad = parent[:-30] + bytes([parent[-30] ^ 1]) + parent[-29:]
    child = signing.sign(picture(seed=3), world[1], title="edit", when=NOW, parent=bad,
                         verdict=validation.verify(bad, world[3]))
    verdict = validation.verify(child, world[3])
    assert verdict.state == "trusted" and verdict.ingredients == ("assertion.dataHash.mismatch",)


def test_an_impostor_has_the_name_but_not_the_issuer(world):
    fake_root = certificates.authority("Root", "another secret", START)
    fake = certificates.issue(fake_root, "Camera 7", "camera of another", START)
    verdict = validation.verify(signing.sign(FILES["jpeg"], fake, title="a", when=NOW), world[3])
    assert (verdict.state, verdict.signer, verdict.issuer) == ("valid", "Camera 7", "Root")
    assert verdict.codes == ("signingCredential.untrusted",)
    own = certificates.issue(world[1], "Anybody", "x", START)  # a leaf that signs certificates though it may not
    assert validation.verify(signing.sign(FILES["jpeg"], own, title="a", when=NOW), world[3]).state == "invalid"


def test_certificates_expire_and_are_revoked_unless_a_time_stamp_was_made_before(world):
    later = validation.Trust(world[3].anchors, world[3].time_anchors, now=NOW + 400 * DAY)
    assert "signingCredential.expired" in validation.verify(signed(world), later).codes
    assert validation.verify(signed(world, tsa=world[2]), later).state == "trusted"
    revoked = validation.Trust(world[3].anchors, revoked=(world[1].chain[0].serial_number,), now=NOW)
    assert "signingCredential.revoked" in validation.verify(signed(world), revoked).codes
    moved = edited(signed(world, tsa=world[2]), lambda m: m["timestamp"].update(
        time=(NOW - 50 * DAY).isoformat()))
    assert "timeStamp.mismatch" in validation.verify(moved, later).codes
    stranger = validation.Trust(world[3].anchors, now=NOW)
    assert validation.verify(signed(world, tsa=world[2]), stranger).state == "trusted"


def test_a_redacted_assertion_is_gone_and_the_rest_still_verifies(world):
    parent = signed(world)
    child = signing.sign(picture(seed=4), world[1], title="edit", when=NOW, parent=parent, redact=["place"])
    assert b"Bern" in parent and b"Bern" not in child
    assert validation.verify(child, world[3]).state == "trusted"
    with pytest.raises(ValueError, match="cannot be redacted"):
        signing.sign(picture(), world[1], title="edit", when=NOW, parent=parent, redact=["actions"])
    with pytest.raises(ValueError, match="asserts no 'x'"):
        signing.sign(picture(), world[1], title="edit", when=NOW, parent=parent, redact=["x"])

    def forget(store):
        below = store["manifests"][store["manifests"][store["active"]]["assertions"]["ingredient"]["manifest"]]
        below["claim"]["title"] = "other"

    payload, *_ = boxes.find(child)
    store = json.loads(payload)
    forget(store)
    forged = boxes.put(boxes.remove(child), signing.canonical(store).ljust(len(payload)))
    assert "ingredient.manifest.mismatch" in validation.verify(forged, world[3]).codes


def test_a_file_without_room_for_it_is_refused(world):
    with pytest.raises(ValueError, match="none of them"):
        signing.sign(b"text", world[1], title="a", when=NOW)
    with pytest.raises(ValueError, match="65,000"):
        signed(world, assertions={"long": "x" * 70_000})


def mutations(data, count):
    """Files with bytes flipped, cut, inserted, repeated, or words of the manifest exchanged; all differ from data."""
    words = b"exclusions start hash claim active manifests chain value true [ {".split()
    for number in range(count):
        rng, out = np.random.default_rng([14, number]), bytearray(data)
        how, at = number % 6, int(rng.integers(0, len(data)))
        if how == 0:
            out[at] ^= 1 << int(rng.integers(8))
        elif how == 1:
            out = out[:at]
        elif how == 2:
            out[at:at] = rng.bytes(int(rng.integers(1, 40)))
        elif how == 3:
            del out[at:at + int(rng.integers(1, 40))]
        elif how == 4:
            a, b = (words[int(k)] for k in rng.integers(0, len(words), 2))
            out = bytearray(bytes(out).replace(a, b, int(rng.integers(1, 4))))
        else:
            out[at:at + 8] = rng.bytes(8)
        if bytes(out) != data:
            yield number, bytes(out)


@pytest.mark.parametrize("kind", FILES)
def test_no_mutation_crashes_the_validator_or_passes(world, kind):
    """A sample; with COURSE_FUZZ=all (make fuzz) 10,000. Spaces that pad the manifest carry no meaning."""
    data, states = signed(world, kind, tsa=world[2]), {}
    for number, changed in mutations(data, 3400 if os.environ.get("COURSE_FUZZ") == "all" else 240):
        verdict = validation.verify(changed, world[3])
        states[verdict.state] = states.get(verdict.state, 0) + 1
        if verdict.state in ("valid", "trusted"):
            before, after = boxes.find(data), boxes.find(changed)
            assert boxes.remove(changed) == boxes.remove(data), number
            assert json.loads(after[0]) == json.loads(before[0]), number
    assert set(states) <= {"none", "invalid", "trusted"} and states["invalid"] > 100, states
