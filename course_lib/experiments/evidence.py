"""Which evidence for which forgery: every kind, every method, four histories; and what the two networks reach.

`python -m course_lib.experiments.evidence` measures everything and writes datasets/runs/evidence.json. What is finished
waits in the cache, part by part, so that an interrupted run goes on where it was; only the last part writes the file.
With --only, some parts are measured again and put into the file, with --kinds only some kinds of evidence in them; with
--check, nothing is written, and what was measured again is compared with what the file holds. Lesson 11.
"""
import argparse
import json
import sys
import zlib
from functools import cache

import numpy as np

from course_lib.degradation import degrade, h264, random_camera
from course_lib.experiments.stored import differences, merge, write_run
from course_lib.forensics.examine import KINDS, LEARNED
from course_lib.forensics.reference import RUNS
from course_lib.forgeries import SPLITS, forge
from course_lib.forgeries.odd_eyes import KINDS as EYES
from course_lib.forgeries.odd_eyes import odd_eyes
from course_lib.forgeries.photographs import photographs
from course_lib.metrics.detection import auc, bootstrap
from course_lib.profile import cache_dir

CONDITIONS = ("raw", "c23", "c40", "recaptured")
EACH, SEED = 2, 5
CLEAN = 100  # photographs that show what every kind of evidence says of clean pictures
ON_EYES = ("eye colour", "highlights", "gaze")
TOLERANCE, FAR = 0.01, 0.02  # how far a score that is measured again may be; the fraction of them that may be further:
# one pixel that is rounded differently changes what a codec makes of its picture


def gallery():
    """The photographs that everything is measured on, two of each person of the test split.

    Returns:
        Photographs.
    Lesson 11.
    """
    return photographs(SPLITS["test"], EACH, seed=SEED)


def clean(count=CLEAN, conditions=CONDITIONS[:2], kinds=tuple(KINDS)):
    """Every kind of evidence on clean photographs of the test people, others than those of `gallery`.

    Args:
        count: Of photographs.
        conditions: Of CONDITIONS.
        kinds: Keys of KINDS.
    Returns:
        As `measure`, with "person"; the one method is "real".
    Lesson 11.
    """
    people = SPLITS["test"]
    photos = photographs(people, -(-count // len(people)), seed=SEED + 1)[:count]
    return {"person": photos.person.tolist()} | measure(photos, {"real": (photos.rgb, None)}, kinds, conditions)


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


def measure(photos, forged, kinds, conditions=CONDITIONS, tools=KINDS):
    """Scores and validity of kinds of evidence.

    Args:
        photos: Photographs.
        forged: As `forgeries_of` returns it; a third array of a method is its own landmarks [N, 68, 2].
        kinds: Keys of tools.
        conditions: Of CONDITIONS.
        tools: kind -> function of image and landmarks that gives Evidence.
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
                    rows[kind].append(tools[kind](shown, points))
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


WRITTEN = tuple(k for k in KINDS if k not in LEARNED)
PARTS = (*(f"written {c}" for c in CONDITIONS), "blend", "warping", "splices", "residuals", "dose", "flags",
         *(f"clips {m}" for m in ("real", "animated", "reenacted", "lip_synced", "dubbed")),
         "bodies", "visual", "clean")
WHOLE = ("dose", "flags", "bodies", "visual", "clean")  # tables that are replaced and not merged


def part(name, photos, forged, kinds=tuple(KINDS)):
    """One part of the record.

    Args:
        name: One of PARTS.
        photos: Of gallery.
        forged: A function without arguments that returns what forgeries_of does; only some parts need it.
        kinds: Keys of KINDS, measured where a part takes kinds of evidence.
    Returns:
        Dict that `merge` puts into the record.
    Lesson 11.
    """
    from course_lib.experiments import evidence_networks, evidence_truth, visual_artifacts  # they use this
    from course_lib.forensics import blending, warping

    if name.startswith("written "):
        return measure(photos, forged(), [k for k in kinds if k in WRITTEN], (name.removeprefix("written "),))
    if name.startswith("clips "):
        from course_lib.experiments.evidence_clips import moving

        stand_in, moved = moving(methods={method := name.removeprefix("clips ")} - {"real"})
        scores = measure(stand_in, {method: moved[method]}, kinds, CONDITIONS[:3])
        return {"clips": scores | {"person": stand_in.person.tolist()}}
    if name == "bodies":
        from course_lib.experiments.evidence_bodies import TOOLS, dancing

        stand_in, danced = dancing()
        tools = {k: t for k, t in TOOLS.items() if k in kinds or k not in KINDS}
        return {name: {"person": stand_in.person.tolist()} | measure(stand_in, danced, tuple(tools), tools=tools)}
    made = {"blend": lambda: {n: evidence_networks.blend_scores(blending.network(n), photos, forged())
                              for n in blending.NETWORKS},
            "warping": lambda: {n: evidence_networks.warping_scores(warping.network(n), photos, forged())
                                for n in warping.NETWORKS},
            "splices": lambda: evidence_networks.spliced(photos),
            "residuals": lambda: evidence_networks.noise_splices(photos, ("raw",)),
            "dose": lambda: evidence_truth.doses(photos[::3]), "flags": lambda: evidence_truth.flags(photos),
            "visual": visual_artifacts.measure, "clean": lambda: clean(kinds=kinds)}
    return {name: made[name]()}


def run(names=PARTS, file=RUNS, folder=None, kinds=tuple(KINDS)):
    """Measures parts and writes the record: from all of them, or some of them into the record that is there.

    Args:
        names: Some of PARTS.
        file: Path of the record.
        folder: Where finished parts wait until all of them are there; the cache when left out.
        kinds: Keys of KINDS; fewer than all leave the numbers of the others as they are.
    Returns:
        The record.
    Lesson 11.
    """
    folder = cache_dir() / "evidence_run" if folder is None else folder
    photos, everything = gallery(), set(names) == set(PARTS) and set(kinds) == set(KINDS)
    forged = cache(lambda: forgeries_of(photos))
    record = {} if everything else json.loads(file.read_text(encoding="utf-8"))
    merge(record, {"person": photos.person.tolist()})
    for name in names:
        kept = folder / f"{name.replace(' ', '_')}.json"
        if everything and kept.is_file():
            new = json.loads(kept.read_text(encoding="utf-8"))
        else:
            new = part(name, photos, forged, kinds)
            if everything:
                write_run(kept, new)
            print(name, "measured", flush=True)
        merge(record, new, WHOLE if set(kinds) == set(KINDS) else ())
    write_run(file, record, separators=(",", ":"))
    for name in names if everything else ():
        (folder / f"{name.replace(' ', '_')}.json").unlink()
    return record


def check(names, file=RUNS, kinds=tuple(KINDS)):
    """Measures parts again and says how far they are from the record.

    Args:
        names: Some of PARTS.
        file: Path of the record.
        kinds: Keys of KINDS.
    Returns:
        Whether of every part at most the fraction FAR of the values are further than TOLERANCE from the record's.
    Lesson 11.
    """
    photos, record, close = gallery(), json.loads(file.read_text(encoding="utf-8")), True
    forged = cache(lambda: forgeries_of(photos))
    for name in names:
        count, same, far, largest = differences(part(name, photos, forged, kinds), record, TOLERANCE)
        close &= far <= FAR * count
        print(f"{name}: {same} of {count} values as stored, {far} further than {TOLERANCE} from it, "
              f"largest difference {largest:.4f}", flush=True)
    return close


def main():
    """Measure what --only names, or everything, and write the record or compare with it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=tuple(KINDS))
    parser.add_argument("--check", action="store_true", help="write nothing, compare with the stored record")
    options = parser.parse_args()
    if options.check:
        sys.exit(not check(options.only, kinds=options.kinds))
    run(options.only, kinds=options.kinds)
    print(f"{RUNS} written, checksum {zlib.crc32(RUNS.read_bytes()):08x}")


if __name__ == "__main__":
    main()
