"""The evidence report of one file: what was looked at, what was found, what follows, and what was not done. Lesson 14.

A report is a dict that JSON can hold, with everything that is needed to make it again; `in_words` prints it. It never
says "authentic" or "fake": evidence is consistent with something, to a degree.
"""

import datetime
import hashlib
import json
from pathlib import Path

import numpy as np

from course_lib import __version__
from course_lib.faults import in_words as fault_in_words
from course_lib.metrics.calibration import at_prevalence
from course_lib.provenance import boxes, credentials, fingerprints, manifest, spread, validation, watermark

from .registry import look

NOT_DONE = ("the scene was not compared with other sources", "no sensor noise of a camera was compared",
            "no person was asked", "the sound was not examined")
LARGEST = 512 << 20  # bytes that are read to look for a signed manifest


def provenance(path, registry=None, trust=None):
    """What a file itself says of its origin, and what a registry knows.

    Args:
        path: A picture or a video.
        registry: registry.Registry, or None.
        trust: validation.Trust, or None: nobody is trusted.
    Returns:
        dict: file, manifest, signature, c2pa, watermark, fingerprint, matches, problems.
    Raises:
        FileNotFoundError: When there is no file.
    Lesson 14.
    """
    path = Path(path)
    out = {"file": {"name": path.name, "bytes": path.stat().st_size, "sha256": manifest.sha256(path)}, "problems": []}
    out["manifest"] = _beside(path)
    out["signature"], out["c2pa"] = _signature(path, trust), credentials.read_file(path)
    try:
        seen = look(path)
    except (ValueError, OSError) as error:
        out["problems"].append(fault_in_words(error))
        return out
    found = seen.found
    out["watermark"] = {
        "detected": seen.marked, "first_layer": round(seen.score, 2), "threshold": watermark.THRESHOLD,
        "second_layer": round(found.score, 2), "second_threshold": round(spread.THRESHOLD, 2),
        "false_positive_rate_at_most": 1e-6,
        "payload": None if found.payload is None else f"{found.payload:08x}", "mirrored": found.mirrored,
        "turned_degrees": round(float(np.degrees(found.angle)), 1), "part_left": round(found.scale, 3)}
    bits, quality = fingerprints.pdq(seen.frame)
    out["fingerprint"] = {"pdq": np.packbits(bits).tobytes().hex(), "quality": quality, "frames": seen.count}
    out["matches"] = [] if registry is None else [
        {"name": m.name, "by": list(m.by), "distance": m.distance, "confidence": m.confidence, "note": m.note,
         "agreement": m.agreement, "manifest": m.record} for m in registry.find(seen)]
    return out


def _beside(path):
    try:
        record = manifest.read(path)
    except FileNotFoundError:
        return {"there": False}
    except ValueError as error:
        return {"there": False, "problem": fault_in_words(error)}
    keys = ("what", "how", "synthetic", "time", "course", "sources")
    return {"there": True, "agrees": record["sha256"] == manifest.sha256(path), **{k: record.get(k) for k in keys}}


def _signature(path, trust):
    if path.stat().st_size > LARGEST:
        return {"state": "not examined", "codes": ["file.tooLarge"]}
    data = path.read_bytes()
    verdict = validation.verify(data, trust)
    return {"state": verdict.state, "codes": list(verdict.codes), "signer": verdict.signer, "issuer": verdict.issuer,
            "in_ingredients": list(verdict.ingredients), "bytes": (boxes.find(data) or (b"", 0, 0))[2]}


def report(path, registry=None, trust=None, scores=(), now=None):
    """The evidence report of a file.

    Args:
        path, registry, trust: As for `provenance`.
        scores: List of dicts of further evidence: name, likelihood_ratio, calibrated_on, note.
        now: datetime.datetime of the report; by default the present moment.
    Returns:
        dict.
    Raises:
        FileNotFoundError: When there is no file.
    Lesson 14.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    facts = provenance(path, registry, trust)
    settings = {"course": __version__, "time": now.isoformat(timespec="seconds"), "key": "the course's own",
                "registry": 0 if registry is None else len(registry)}
    body = {"subject": facts, "further_evidence": [dict(score) for score in scores], "settings": settings,
            "findings": findings(facts, scores), "not_done": list(NOT_DONE)}
    return body | {"digest": digest(body)}


def digest(body):
    """SHA-256 of a report without its digest and its time: two runs on one file agree in it.

    Args:
        body: dict.
    Returns:
        64 hexadecimal digits.
    Lesson 14.
    """
    kept = {k: v for k, v in body.items() if k != "digest"}
    kept["settings"] = {k: v for k, v in kept["settings"].items() if k != "time"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def findings(facts, scores=()):
    """What follows, in the words that may be used.

    Args:
        facts: dict of `provenance`.
        scores: As for `report`.
    Returns:
        List of str.
    Lesson 14.
    """
    lines, beside, signature = [], facts["manifest"], facts["signature"]
    if beside["there"]:
        lines.append("The file is, byte for byte, the one that the manifest beside it describes; the manifest is not "
                     "signed." if beside["agrees"] else "The manifest beside the file describes another file.")
    else:
        lines.append("No manifest lies beside the file, as is usual after an upload: nothing follows from that.")
    lines.append(_lapsed(signature) or {
        "none": "The file holds no signed manifest: nothing follows from that.",
        "invalid": f"The signed manifest does not hold ({', '.join(signature['codes'])}): the file or the manifest was "
                   "changed after signing.",
        "valid": f"The signed manifest is intact, but nobody whom you trust vouches for {signature.get('signer')!r}.",
        "trusted": f"{signature.get('signer')!r}, vouched for by {signature.get('issuer')!r}, signed this file. That "
                   "says who asserts something, not that it is true.",
    }.get(signature["state"], "A signed manifest was not looked for."))
    lines += _credentials(facts.get("c2pa", {"state": "not examined"}))
    if mark := facts.get("watermark"):
        lines.append("The course's watermark is present: the picture was written by the course, or somebody with the "
                     "key copied the mark (false positive rate at most 1e-6)." if mark["detected"] else
                     "The course's watermark was not found. Absence proves nothing: it may have been removed.")
    if (count := facts.get("fingerprint", {}).get("frames", 1)) > 1:
        lines.append(f"Watermark and fingerprint were read from {count} frames.")
    for match in facts.get("matches", ()):
        agrees = f", agreement of the payload {match['agreement']:.1f} of 8.9" if "payload" in match["by"] else ""
        lines.append(f"Consistent with the registered file {match['name']} ({match['confidence']}, by "
                     f"{' and '.join(match['by'])}, PDQ distance {match['distance']} of 256{agrees})."
                     + (f" Caution: {match['note']}." if match["note"] else ""))
    for score in scores:
        lines.append(f"{score['name']}: the finding is {score['likelihood_ratio']:.3g} times as likely if the picture "
                     f"is a fake as if it is not, calibrated on {score['calibrated_on']}.")
    lines += [f"Not examined: {problem}" for problem in facts["problems"]]
    return lines


def _credentials(c2pa):
    """What follows from Content Credentials (C2PA); nothing is said where they could not be looked for."""
    state, by = c2pa["state"], repr(c2pa.get("signer"))
    return {
        "None": ["The file holds no Content Credentials (C2PA): nothing follows from that."],
        "Invalid": [f"The Content Credentials (C2PA) do not hold ({', '.join(c2pa.get('codes', ()))}): the file or its "
                    "manifest was changed after signing."],
        "Valid": [f"The Content Credentials (C2PA) are intact, but nobody whom you trust vouches for {by}."],
        "Trusted": [f"The Content Credentials (C2PA) were signed by {by}, whose certificate this computer's course "
                    "made: the file is as the course wrote it here."],
    }.get(state, [])


def _lapsed(signature):
    """What follows where all hashes hold and only the certificate fails; "" otherwise."""
    codes = {code.removeprefix("signingCredential.") for code in signature["codes"]}
    if signature["state"] != "invalid" or not codes <= {"expired", "revoked", "untrusted"}:
        return ""
    return (f"File and manifest are as {signature.get('signer')!r} signed them, but the certificate is "
            f"{' and '.join(sorted(codes))}: nobody vouches for the signature any more.")


def likelihood_ratio(probability, prevalence=0.5):
    """The likelihood ratio in a calibrated probability: posterior odds over prior odds.

    Args:
        probability: P(fake), calibrated at the prevalence; above 0 and below 1.
        prevalence: Of fakes in the calibration set.
    Returns:
        float.
    Raises:
        ValueError: For 0 or 1, which no evidence reaches.
    Lesson 14.
    """
    if not 0 < probability < 1:
        raise ValueError(f"probability is {probability}; expected a value between 0 and 1, without the ends")
    even = float(at_prevalence(probability, 0.5, prevalence))
    return even / (1 - even)


def in_words(body):
    """A report as text.

    Args:
        body: dict of `report`.
    Returns:
        str.
    Lesson 14.
    """
    file = body["subject"]["file"]
    lines = [f"{file['name']}, {file['bytes']:,} bytes, SHA-256 {file['sha256']}", "", "Findings"]
    lines += [f"- {line}" for line in body["findings"]]
    lines += ["", "Not done", *(f"- {line}" for line in body["not_done"]), "",
              f"Made by deepfake course {body['settings']['course']}, {body['settings']['time']}; "
              f"report {body['digest'][:16]}, which can be repeated from its JSON."]
    return "\n".join(lines)
