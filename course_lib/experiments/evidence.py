"""Which evidence for which forgery: every kind, every method, four histories; and what the two networks reach.

`python -m course_lib.experiments.evidence` measures again and writes datasets/runs/evidence.json. Lesson 11.
"""
import argparse
import json
import zlib

import numpy as np

from course_lib.degradation import degrade, h264, random_camera
from course_lib.forensics.examine import KINDS, LEARNED
from course_lib.forensics.reference import RUNS
from course_lib.forgeries import SPLITS, forge
from course_lib.forgeries.odd_eyes import KINDS as EYES
from course_lib.forgeries.odd_eyes import odd_eyes
from course_lib.forgeries.photographs import photographs
from course_lib.metrics.detection import auc, bootstrap

CONDITIONS = ("raw", "c23", "c40", "recaptured")
EACH, SEED = 2, 5
CLEAN = 100  # photographs that show what every kind of evidence says of clean pictures
ON_EYES = ("eye colour", "highlights", "gaze")


def gallery(each=EACH):
    """The photographs that everything is measured on: the people of the test split.

    Args:
        each: Photographs of each.
    Returns:
        Photographs.
    Lesson 11.
    """
    return photographs(SPLITS["test"], each, seed=SEED)


def clean(count=CLEAN, conditions=CONDITIONS[:2]):
    """Every kind of evidence on clean photographs of the test people, others than those of `gallery`.

    Args:
        count: Of photographs.
        conditions: Of CONDITIONS.
    Returns:
        As `measure`, with "person"; the one method is "real".
    Lesson 11.
    """
    people = SPLITS["test"]
    photos = photographs(people, -(-count // len(people)), seed=SEED + 1)[:count]
    return {"person": photos.person.tolist()} | measure(photos, {"real": (photos.rgb, None)}, tuple(KINDS), conditions)


def forgeries_of(photos, eyes=True):
    """Every photograph forged by every method.

    Args:
        photos: Photographs.
        eyes: Whether the three kinds of odd eyes are among them; they have to be rendered.
    Returns:
        Dict: method -> (images f32 [N, S, S, 3], weights f32 [N, S, S]), "real" first.
    Lesson 11.
    """
    people, out = sorted(set(photos.person.tolist())), {}
    for k in range(len(photos)):
        partner = people[(people.index(photos.person[k]) + 1 + k) % len(people)]
        partner = partner if partner != photos.person[k] else people[(people.index(partner) + 1) % len(people)]
        for method, (images, weights) in forge(photos[k:k + 1], int(partner), k).items():
            out.setdefault(method, ([], []))
            out[method][0].append(images[0])
            out[method][1].append(weights[0])
    out = {method: (np.stack(a), np.stack(b)) for method, (a, b) in out.items()}
    for kind in EYES if eyes else ():
        images, masks = odd_eyes(photos.seed, photos.person, kind)
        out[kind] = images[0], masks.astype(np.float32)
    return out


def under(image, landmarks, condition, seed=0):
    """An image after one of the four histories.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1], H and W even.
        landmarks: [68, 2], pixels.
        condition: One of CONDITIONS: 8 bits; H.264 at CRF 23 or 40; or photographed again at nine tenths of its size,
            which gives real and forged images the same sensor and the same resampling.
        seed: Of the second camera.
    Returns:
        (image, landmarks).
    Raises:
        ValueError: For another condition.
    Lesson 11.
    """
    if condition not in CONDITIONS:
        raise ValueError(f"condition is {condition!r}; expected one of {', '.join(CONDITIONS)}")
    if condition in ("c23", "c40"):
        return h264(np.asarray(image)[None], int(condition[1:]))[0], landmarks
    if condition == "raw":
        return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8).astype(np.float32) / 255, landmarks
    size = [int(round(side * 0.9 / 2)) * 2 for side in image.shape[:2]]
    again = degrade(np.clip(image, 0, 1), [{"do": "resize", "size": size, "filter": "antialiased"},
                                           random_camera(seed + 77)])
    return again, (landmarks + 0.5) * np.float32(size[::-1]) / np.float32(image.shape[1::-1]) - 0.5


def measure(photos, forged, kinds, conditions=CONDITIONS):
    """Scores and validity of kinds of evidence.

    Args:
        photos: Photographs.
        forged: As `forgeries_of` returns it; a third array of a method is its own landmarks [N, 68, 2].
        kinds: Keys of KINDS.
        conditions: Of CONDITIONS.
    Returns:
        {"scores": ..., "valid": ...}, each condition -> method -> kind -> list [N]; a score is None where nothing could
        be measured. Odd eyes are only looked at by the kinds that look at eyes.
    Lesson 11.
    """
    out = {"scores": {}, "valid": {}}
    for condition in conditions:
        for method, (images, _, *own) in forged.items():
            looked = [k for k in kinds if k in ON_EYES or method not in EYES]
            rows = {kind: [] for kind in looked}
            for k, image in enumerate(images):
                shown, points = under(image, (own or [photos.landmarks])[0][k], condition, int(photos.seed[k]))
                for kind in looked:
                    rows[kind].append(KINDS[kind](shown, points))
            for key, value in (("scores", lambda e: round(float(e.score), 4) if np.isfinite(e.score) else None),
                               ("valid", lambda e: int(e.valid and np.isfinite(e.score)))):
                table = out[key].setdefault(condition, {}).setdefault(method, {})
                table.update({kind: [value(e) for e in found] for kind, found in rows.items()})
    return out


def sample(record, kind, method, condition="raw", abstain=False):
    """One cell of the table: real photographs and those of one method.

    Args:
        record: Of `measure`, with "person".
        kind, method, condition: Which cell.
        abstain: Count what is not valid with the lowest score instead of leaving it out.
    Returns:
        (fake int [M], score f64 [M], person [M], coverage 0 to 1).
    Lesson 11.
    """
    rows = []
    for fake, name in enumerate(("real", method)):
        scores, valid = (record[key][condition][name][kind] for key in ("scores", "valid"))
        rows += [(fake, s if ok else None, who) for s, ok, who in zip(scores, valid, record["person"], strict=True)]
    coverage = float(np.mean([s is not None for _, s, _ in rows]))
    floor = min((s for _, s, _ in rows if s is not None), default=0.0)
    kept = [(f, floor if s is None else s, who) for f, s, who in rows if s is not None or abstain]
    fake, score, person = (np.array(column) for column in zip(*kept, strict=True)) if kept else (np.array([]),) * 3
    return fake.astype(int), score, person, coverage


def table(record, condition="raw", rounds=200):
    """AUC with its interval over people, and coverage, of every kind for every method.

    Args:
        record: Of `measure`, with "person".
        condition: Of CONDITIONS.
        rounds: Of the bootstrap.
    Returns:
        Dict: kind -> method -> (Interval, coverage); only cells with both classes.
    Lesson 11.
    """
    out = {}
    for method, kinds in record["scores"][condition].items():
        for kind in kinds if method != "real" else ():
            fake, score, person, coverage = sample(record, kind, method, condition)
            if len(set(fake.tolist())) == 2 and len(set(person.tolist())) > 2:
                out.setdefault(kind, {})[method] = bootstrap(auc, fake, score, person, rounds), coverage
    return out


def main():
    """Measure what --only names, or everything, and write the record."""
    from course_lib.experiments import (  # they use this
        evidence_clips,
        evidence_networks,
        evidence_truth,
        visual_artifacts,
    )
    from course_lib.forensics import blending, warping

    written = [k for k in KINDS if k not in LEARNED]
    parts = ("written", "blend", "warping", "splices", "residuals", "dose", "flags", "clips", "visual", "clean")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=(*parts, *written), default=parts)
    only, photos, new = set(parser.parse_args().only), gallery(), {}
    new["person"] = photos.person.tolist()
    forged = forgeries_of(photos) if only & {"written", "blend", "warping", *written} else {}
    if kinds := written if "written" in only else [k for k in written if k in only]:
        merge(new, measure(photos, forged, kinds))
    if "blend" in only:
        new["blend"] = {name: evidence_networks.blend_scores(blending.network(name), photos, forged)
                        for name in blending.NETWORKS}
    if "warping" in only:
        new["warping"] = {name: evidence_networks.warping_scores(warping.network(name), photos, forged)
                          for name in warping.NETWORKS}
    if "splices" in only:
        new["splices"] = evidence_networks.spliced(photos)
    if "residuals" in only:
        new["residuals"] = evidence_networks.noise_splices(photos, ("raw",))
    if "dose" in only:
        new["dose"] = evidence_truth.doses(photos[::3])
    if "flags" in only:
        new["flags"] = evidence_truth.flags(photos)
    if "clips" in only:
        stand_in, moved = evidence_clips.moving()
        new["clips"] = {"person": stand_in.person.tolist()} | measure(stand_in, moved, tuple(KINDS), CONDITIONS[:3])
    if "visual" in only:
        new["visual"] = visual_artifacts.measure()
    if "clean" in only:
        new["clean"] = clean()
    record = json.loads(RUNS.read_text(encoding="utf-8")) if RUNS.is_file() else {}
    merge(record, new, ("dose", "flags", "clips", "visual", "clean"))
    RUNS.parent.mkdir(parents=True, exist_ok=True)
    RUNS.write_text(json.dumps(record, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{RUNS} written, checksum {zlib.crc32(RUNS.read_bytes()):08x}")


def merge(old, new, whole=()):
    """Put the numbers of one record into another, table by table.

    Args:
        old: Dict that is changed.
        new: Dict whose values win.
        whole: Keys of `new` whose tables replace the old ones.
    Lesson 11.
    """
    for key, value in new.items():
        if isinstance(value, dict) and key not in whole:
            merge(old.setdefault(key, {}), value)
        else:
            old[key] = value


if __name__ == "__main__":
    main()
