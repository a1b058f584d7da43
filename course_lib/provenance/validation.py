"""Validates signed manifests: what holds, what does not, and who says so. Lesson 14.

States as in C2PA: "none" (no manifest), "invalid" (something does not hold), "valid" (every hash and the signature
hold), "trusted" (valid, and the signer's chain ends in a root that the verifier trusts). None of them says that what is
asserted is true.
"""

import datetime
import json
from dataclasses import dataclass, field

from . import boxes
from .certificates import chain_problem, common_name, from_text, stamped_at, verifies
from .signing import ACTIONS, BINDING, INGREDIENT, bound_hash, canonical, digest

DEEPEST = 20  # generations of ingredients that are followed
PARTS = {"claim", "assertions", "signature", "timestamp"}


@dataclass(frozen=True)
class Trust:
    """Whom a verifier trusts.

    Args:
        anchors: Root certificates of signers.
        time_anchors: Root certificates of time-stamping authorities.
        revoked: Serial numbers of withdrawn certificates; a verifier that does not ask for them knows of none.
        now: datetime.datetime with a time zone, at which a signature without time-stamp is judged; the clock's if None.
    """

    anchors: tuple = ()
    time_anchors: tuple = ()
    revoked: tuple = ()
    now: datetime.datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """What a validator says of a file.

    Args:
        state: "none", "invalid", "valid" or "trusted".
        codes: Status codes, as C2PA's; the failures first.
        signer: Name in the signer's certificate.
        issuer: Name of the root, which is what matters.
        manifest: The active manifest, {} if there is none.
        ingredients: Codes recorded inside ingredients when they were added: nobody repeats them unless asked.
    """

    state: str
    codes: tuple = ()
    signer: str = ""
    issuer: str = ""
    manifest: dict = field(default_factory=dict, repr=False)
    ingredients: tuple = ()

    def __str__(self):
        by = f", signed by {self.signer!r}, issued by {self.issuer!r}" if self.signer else ""
        return f"{self.state}{by}" + (f" ({', '.join(self.codes)})" if self.codes else "")


def verify(data, trust=None, original=None):
    """Validate the signed manifest of a file. Never raises because of the file.

    Args:
        data: Bytes of the file.
        trust: Trust; by default nobody is trusted.
        original: Bytes of the file that a manifest beside it describes; by default `data` itself.
    Returns:
        Verdict.
    Lesson 14.
    """
    found = boxes.find(data)
    if found is None:
        return Verdict("none", ("manifest.missing",))
    try:
        store = json.loads(found[0])
        name, manifests = store["active"], store["manifests"]
        manifest = manifests[name]
        if set(store) != {"active", "manifests"} or any(set(m) - PARTS for m in manifests.values()):
            return Verdict("invalid", ("manifest.malformed: unknown parts",))
        chain = from_text(manifest["signature"]["chain"])
        codes = _manifest_codes(name, manifests, chain, trust or Trust(), 0)
        codes += _binding_codes(manifest, data if original is None else original, found)
        inside = manifest["assertions"].get(INGREDIENT, {}).get("validation", {}).get("codes", ())
        inside = tuple(str(code) for code in inside)
        signer, issuer = common_name(chain[0].subject), common_name(chain[-1].subject)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        return Verdict("invalid", (f"manifest.malformed: {type(error).__name__}",))
    failures = sorted(set(codes) - {"signingCredential.untrusted"})
    state = "invalid" if failures else "valid" if codes else "trusted"
    untrusted = ["signingCredential.untrusted"] if "signingCredential.untrusted" in codes else []
    return Verdict(state, (*failures, *untrusted), signer, issuer, manifest, inside)


def _manifest_codes(name, manifests, chain, trust, depth):
    """Failures of a manifest but for the binding, and of the manifests of its ingredients."""
    manifest, codes = manifests[name], []
    claim, signature = manifest["claim"], manifest["signature"]
    if name != "course:" + digest([claim, signature])[:32] and depth == 0:
        codes.append("claim.name.mismatch")
    if not verifies(chain[0], bytes.fromhex(signature["value"]), canonical(claim)):
        codes.append("claimSignature.mismatch")
    when = trust.now or datetime.datetime.now(datetime.UTC)
    if "timestamp" in manifest:
        when = stamped_at(manifest["timestamp"], canonical(signature), trust.time_anchors)
        if when is None:
            codes.append("timeStamp.untrusted" if _intact(manifest, signature) else "timeStamp.mismatch")
            when = trust.now or datetime.datetime.now(datetime.UTC)
            codes = [code for code in codes if code != "timeStamp.untrusted"]  # no proof of time, but no forgery
    if problem := chain_problem(chain, trust.anchors, when, trust.revoked):
        codes.append(problem)
    return codes + _assertion_codes(name, manifests, trust, depth)


def _intact(manifest, signature):
    """Whether a time-stamp is one for this signature, whoever made it."""
    chain = from_text(manifest["timestamp"]["chain"])
    return stamped_at(manifest["timestamp"], canonical(signature), chain[-1:]) is not None


def _assertion_codes(name, manifests, trust, depth):
    claim, asserted = manifests[name]["claim"], manifests[name]["assertions"]
    codes, wanted = [], claim["assertions"]
    redacted = {uri for other in manifests.values() for uri in other["claim"]["redacted"]}
    for label, hash in wanted.items():
        if f"{name}/{label}" in redacted:
            if label in (ACTIONS, BINDING):
                codes.append("assertion.notRedactable")
        elif label not in asserted:
            codes.append("assertion.missing")
        elif digest(asserted[label]) != hash:
            codes.append("assertion.hashedURI.mismatch")
    codes += ["assertion.undeclared"] * bool(set(asserted) - set(wanted))
    below = asserted.get(INGREDIENT, {})
    if "manifest" in below:
        other = manifests.get(below["manifest"])
        if depth >= DEEPEST or other is None:
            codes.append("ingredient.manifest.missing")
        elif digest([other["claim"], other["signature"]]) != below["hash"]:
            codes.append("ingredient.manifest.mismatch")
        else:
            inside = _assertion_codes(below["manifest"], manifests, trust, depth + 1)
            codes += ["ingredient.manifest.mismatch"] * bool(inside)
    return codes


def _binding_codes(manifest, data, found):
    """The hard binding: it must be there, exclude only the manifest itself, and agree with the bytes."""
    binding = manifest["assertions"].get(BINDING)
    if binding is None:
        return ["claim.hardBindings.missing"]
    if binding["exclusions"] != [{"start": found[1], "length": found[2]}]:
        return ["assertion.dataHash.mismatch"]
    same = bound_hash(data, binding["exclusions"], binding.get("skip_boxes", ())) == binding["hash"]
    return [] if same else ["assertion.dataHash.mismatch"]
