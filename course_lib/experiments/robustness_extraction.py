"""The swap trained from what a face extractor leaves: `python -m course_lib.experiments.robustness_extraction`.

Footage of a person is changed so that the course's face detector misses faces (attacks.extraction), saved, compressed,
and collected by that detector alone, or by the course's extractor, which asks a second one where the first finds
nothing. Lesson 02's swapper learns from the faces that are left, and, at equal steps and seeds, from the faces of the
unchanged footage; the swap is compared with the exact image.
Stored in datasets/runs/robustness_extraction.json after every training: a stopped run goes on. Lesson 13.
"""
import argparse
import json

import numpy as np

from course_lib import cast
from course_lib.attacks.extraction import hide_faces
from course_lib.attacks.success import stored
from course_lib.checkpoints import DATASETS, load
from course_lib.data.cache import cached
from course_lib.data.pairs import faces_of
from course_lib.degradation import h264
from course_lib.experiments.stored import write_run
from course_lib.faces import blazeface, faceset_from_images
from course_lib.metrics.swap import evaluate
from course_lib.models.autoencoder import cut_out, swap_faces
from course_lib.profile import cache_dir
from course_lib.training import tune_decoder

FILE = DATASETS / "runs" / "robustness_extraction.json"
SOURCE, TARGETS = "Ada", ("Bruno", "Kavya")
SHOTS, LENGTH, FPS, SIDE = 5, 8, 5, 192  # shots of the footage, frames of each, frames per second, pixels
FIRST, HELD_OUT = 450_000, range(210_000, 210_032)  # seeds of the footage and of the test's scenes
STEPS, SEEDS, LEAST = 80, (0, 1), 8  # of tune_decoder, and the faces that it wants
CODECS = {"8 bits": 0, "c23": 23, "c40": 40}
KINDS = {  # training set -> codecs for which it is trained
    "all": tuple(CODECS), "left": tuple(CODECS), "one detector": ("8 bits",), "as many": ("8 bits",),
    "quarter": ("8 bits",)}


def read():
    """Read the stored results.

    Returns:
        {"steps", "frames", "queries" of the detector for each frame, "targets": name -> {"found": codec -> kind ->
        number of faces, "no swap": scores, "swaps": codec -> kind -> [scores of each seed]}}; kinds are those of
        `training_sets`, scores are {"psnr", "identity"}.
    Lesson 13.
    """
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def footage(name, shots=SHOTS):
    """Footage of a person: several shots, unchanged and changed so that faces are missed; made once, then cached.

    Args:
        name: Of the cast.
        shots: How many.
    Returns:
        (f32 RGB [T, SIDE, SIDE, 3], the same changed, queries of the detector for each frame).
    Lesson 13.
    """
    def make():
        person = cast.people()[name]
        scenes = [scene for k in range(shots) for scene in cast.clip(person, LENGTH / FPS, FPS, FIRST + k).scenes]
        clean = stored(cast.render([person] * len(scenes), scenes, size=SIDE).rgb)
        hidden, queries = hide_faces(clean)
        return {"clean": clean, "hidden": stored(hidden), "queries": np.array(queries)}

    found = cached(cache_dir() / "hidden_faces" / f"{name}_{shots}_{LENGTH}.npz", make)
    return found["clean"], found["hidden"], int(found["queries"])


def extracted(images, crf):
    """What the course's extractor collects from footage after the codec.

    Args:
        images: f32 RGB [T, H, W, 3] in [0, 1].
        crf: Constant rate factor; 0 leaves the frames as they are.
    Returns:
        FaceSet, whose sources are the numbers of the frames; None without a face.
    Lesson 13.
    """
    shown = h264(images, crf, FPS) if crf else images
    try:
        return faceset_from_images((str(k), image) for k, image in enumerate(shown))
    except ValueError:
        return None


def training_sets(clean, hidden, crf):
    """The training sets of one codec.

    Args:
        clean, hidden: f32 RGB [T, H, W, 3], of `footage`.
        crf: As for `extracted`.
    Returns:
        Dict: each of KINDS -> FaceSet, None without a face: "all" and "left", what the extractor collects from the
        unchanged and from the changed footage; "one detector", those of "left" that the attacked detector sees;
        "as many", the same frames unchanged; "quarter", every fourth frame unchanged.
    Lesson 13.
    """
    every, left = extracted(clean, crf), extracted(hidden, crf)
    shown = h264(hidden, crf, FPS) if crf else hidden
    seen = [str(k) for k, image in enumerate(shown) if blazeface.detect(image)]

    def chosen(faces, names):
        kept = np.isin(faces.sources if faces else [], names)
        return faces[kept] if kept.any() else None

    return {"all": every, "left": left, "one detector": chosen(left, seen), "as many": chosen(every, seen),
            "quarter": chosen(every, [str(k) for k in range(0, len(clean), 4)])}


def scores(swapped, source, truth, target):
    """How good a swap is.

    Args:
        swapped: f32 [N, 64, 64, 3].
        source, truth: FaceSets of both people in the test's scenes.
        target: Name of the person who is swapped in.
    Returns:
        {"psnr": face PSNR against the exact image, dB, "identity": fraction identified as the target}.
    Lesson 13.
    """
    row = evaluate(swapped, source, truth, truth, person=target, baselines=False).rows["swap"]
    return {key: round(row[key], 4) for key in ("psnr", "identity")}


def trained(known, source, truth, target, seed, steps=STEPS):
    """Train lesson 02's swapper on a set of faces, and measure it.

    Args:
        known: FaceSet to learn from, or None.
        source, truth, target: As for `scores`.
        seed, steps: Of the training.
    Returns:
        As `scores`; None where there are fewer faces than the training wants.
    Lesson 13.
    """
    if known is None or len(known) < LEAST:
        return None
    decoder, _ = tune_decoder(known, steps=steps, seed=seed, quiet=True)
    return scores(swap_faces(load("shared_encoder"), decoder, source.images, source.masks), source, truth, target)


def difference(record, codec, kind="left", other="all", key="psnr"):
    """By how much the swaps from one set differ from those from another, target by target and seed by seed.

    Args:
        record: Of `read`.
        codec, kind, other: Which.
        key: "psnr" or "identity".
    Returns:
        List of differences; those without a swap are left out.
    Lesson 13.
    """
    tables = [target["swaps"].get(codec, {}) for target in record["targets"].values()]
    pairs = [pair for table in tables for pair in zip(table.get(kind, ()), table.get(other, ()), strict=False)]
    return [round(a[key] - b[key], 4) for a, b in pairs if a and b]


def main():
    """Collect, train and measure what is not in the file yet."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    record = {"targets": {}} | read() | {"steps": STEPS, "frames": SHOTS * LENGTH}
    source = faces_of(cast.people()[SOURCE], HELD_OUT)
    for target in TARGETS:
        clean, hidden, record["queries"] = footage(target)
        print(target, "footage made", flush=True)
        truth = faces_of(cast.people()[target], HELD_OUT)
        found = record["targets"].setdefault(target, {"found": {}, "swaps": {}})
        found["no swap"] = scores(cut_out(source.images, source.masks), source, truth, target)
        for codec, crf in CODECS.items():
            sets = training_sets(clean, hidden, crf)
            found["found"][codec] = {kind: len(faces or ()) for kind, faces in sets.items()}
            swaps = found["swaps"].setdefault(codec, {})
            for k, seed in enumerate(SEEDS):
                for kind in (kind for kind, where in KINDS.items() if codec in where):
                    row = swaps.setdefault(kind, [])
                    if len(row) == k:
                        row.append(trained(sets[kind], source, truth, target, seed))
                        write_run(FILE, record, indent=1)
                        print(target, codec, kind, len(sets[kind] or ()), row[-1], flush=True)
    write_run(FILE, record, indent=1)


if __name__ == "__main__":
    main()
