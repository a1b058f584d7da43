"""Reads the folders of the public sets of deepfakes, for those who have them: FaceForensics++, Celeb-DF, DFDC, the
MesoNet authors' own, and whatever DeepfakeBench has listed. Lessons 10 and 16.

Nothing is downloaded: each set is given to those who accept its terms. `listed` says what a folder holds, by the rules
of its layout; `read` crops the faces. A file that cannot be used is listed in `skipped` and never stops the others.
"""
import re
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from course_lib import media
from course_lib.faces import align_five, detect_faces

from .build import COVERAGE, SIZE
from .deepfakebench import deepfakebench
from .items import CRFS, IMAGES, VIDEOS, Item, read_json
from .labelled import Labelled

METHODS = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter", "DeepFakeDetection")


def faceforensics(root):
    """FaceForensics++: original_sequences/youtube/c23/videos/033.mp4 and
    manipulated_sequences/Deepfakes/c23/videos/033_097.mp4 (033's video with 097's face), splits in train.json,
    val.json and test.json. A video's name is only unique within its method.

    Args:
        root: Path of the set.
    Returns:
        (items, skipped).
    References:
        Roessler et al., ICCV 2019.
    """
    splits, items, skipped = {}, [], []
    for split in ("train", "val", "test"):
        path = next((p for p in (root / f"{split}.json", root / "splits" / f"{split}.json") if p.is_file()), None)
        if path is not None:
            pairs = read_json(path, list, skipped) or []
            splits |= {str(name): split for pair in pairs for name in pair}
    for path in _files(root / "original_sequences", VIDEOS):
        kind, quality = path.parts[-4], path.parts[-3]
        who = path.stem if kind == "youtube" else f"{kind} {path.stem}"
        items.append(Item(path, 0, "real", who, who, splits.get(path.stem, ""), CRFS.get(quality, -1)))
    for path in _files(root / "manipulated_sequences", VIDEOS):
        method, quality, folder = path.parts[-4], path.parts[-3], path.parts[-2]
        ids = re.fullmatch(r"(\d+)_(\d+)(?:__.*)?", path.stem)
        if folder != "videos":
            continue  # the masks
        if method not in METHODS or ids is None:
            skipped.append((str(path.relative_to(root)), "not named METHOD/QUALITY/videos/TARGET_SOURCE.mp4"))
            continue
        sides = {splits.get(name, "") for name in ids.groups()}
        items.append(Item(path, 1, method, *ids.groups(), sides.pop() if len(sides) == 1 else "",
                          CRFS.get(quality, -1)))
    return items, skipped


def celeb_df(root):
    """Celeb-DF: Celeb-real/id0_0001.mp4, YouTube-real/00001.mp4, Celeb-synthesis/id0_id1_0001.mp4 (id0's video with
    id1's face); List_of_testing_videos.txt names the test videos. Its labels say 1 for real; ours are 1 for fake, and
    the folder decides.

    Args:
        root: Path of the set.
    Returns:
        (items, skipped).
    References:
        Li et al., CVPR 2020.
    """
    items, skipped, test = [], [], set()
    listing = root / "List_of_testing_videos.txt"
    if listing.is_file():
        lines = listing.read_text(encoding="utf-8", errors="replace").split("\n")
        test = {line.split(maxsplit=1)[1].strip() for line in lines if len(line.split(maxsplit=1)) == 2}
    rules = {"Celeb-real": r"(id\d+)_\d+", "YouTube-real": r"\d+", "Celeb-synthesis": r"(id\d+)_(id\d+)_\d+"}
    for folder, rule in rules.items():
        for path in _files(root / folder, VIDEOS):
            name, ids = f"{folder}/{path.name}", re.fullmatch(rule, path.stem)
            if ids is None:
                skipped.append((name, f"not named as {folder} names its files"))
                continue
            who = ids.groups() or (f"YouTube {path.stem}",)
            fake = int(folder == "Celeb-synthesis")
            split = ("test" if name in test else "train") if test else ""
            items.append(Item(path, fake, "Celeb-DF" if fake else "real", who[0], who[-1], split))
    return items, skipped


def dfdc(root):
    """The Deepfake Detection Challenge: dfdc_train_part_0/metadata.json names each file with its label and, for a
    fake, its original. It names nobody: the original stands for whose video it was.

    Args:
        root: Path of the set.
    Returns:
        (items, skipped).
    References:
        Dolhansky et al. 2020.
    """
    items, skipped = [], []
    for listing in sorted([*root.glob("metadata.json"), *root.glob("*/metadata.json")]):
        for name, entry in (read_json(listing, dict, skipped) or {}).items():
            path, place = listing.parent / name, f"{listing.parent.name}/{name}"
            entry = entry if isinstance(entry, dict) else {}
            if entry.get("label") not in ("REAL", "FAKE") or not path.is_file():
                why = "not there" if entry.get("label") in ("REAL", "FAKE") else f"label {entry.get('label')!r}"
                skipped.append((place, f"named in metadata.json, but {why}"))
                continue
            fake = int(entry["label"] == "FAKE")
            source = str(entry.get("original") or "") if fake else name
            items.append(Item(path, fake, "DFDC" if fake else "real", source, "" if fake else name,
                              str(entry.get("split", ""))))
    return items, skipped


def mesonet(root):
    """The MesoNet authors' set: folders df (f2f, forged) and real with images of aligned faces, alone or inside train
    and validation. Nobody is named in it.

    Args:
        root: Path of the set.
    Returns:
        (items, skipped).
    References:
        Afchar et al. 2018.
    """
    splits = {"train": "train", "train_test": "train", "training": "train", "validation": "val", "test": "test"}
    items = []
    for path in _files(root, IMAGES):
        kind, above = path.parent.name.lower(), path.parent.parent.name.lower()
        if kind not in ("df", "f2f", "forged", "real"):
            continue
        fake = int(kind != "real")
        items.append(Item(path, fake, {"forged": "df"}.get(kind, kind), "", "", splits.get(above, "")))
    return items, []


LAYOUTS = {"faceforensics++": faceforensics, "celeb-df": celeb_df, "dfdc": dfdc, "mesonet": mesonet,
           "deepfakebench": deepfakebench}


def listed(root, layout):
    """What a folder holds, by the rules of its layout.

    Args:
        root: the folder.
        layout: a key of LAYOUTS.
    Returns:
        (list of Item, list of (file, reason) that fit no rule).
    Raises:
        ValueError: for another layout, for a folder that is none, and for one without a single file of that layout.
    Lesson 10.
    """
    root = Path(root)
    if layout not in LAYOUTS:
        raise ValueError(f"layout is {layout!r}; expected one of {', '.join(LAYOUTS)}")
    if not root.is_dir():
        raise ValueError(f"{root} is not a folder; give the one that holds the set")
    items, skipped = LAYOUTS[layout](root)
    if not items:
        reasons = "; ".join(f"{name}: {why}" for name, why in skipped[:3])
        rule = " ".join(LAYOUTS[layout].__doc__.split(". ")[0].split())
        raise ValueError(f"{root} holds no file of the layout {layout!r}{f' ({reasons})' if reasons else ''}. "
                         f"Its layout is {rule}")
    return items, skipped


def read(items, frames=32, size=SIZE, *, method="mesh", model=None, skipped=()):
    """The largest face of each of `frames` frames, evenly spread over each video, as a labelled set.

    Images of the MesoNet layout, and frames that DeepfakeBench has cropped, are aligned already: where no face is
    detected in one, it is taken whole. Masks are not
    known: all 0. People are numbered in the order of their sorted names. A file without a face, or that cannot be read,
    is listed in `skipped`.

    Args:
        items: of `listed`.
        frames: number of frames of a video.
        size: side of the crops, pixels.
        method, model: as for faces.detect_faces.
        skipped: second result of `listed`, handed on.
    Returns:
        Labelled.
    Raises:
        ValueError: when no file gives a face.
    Lesson 10.
    """
    names = sorted({n for item in items for n in (item.source, item.target)} - {""})
    number = {name: k for k, name in enumerate(names)} | {"": -1}
    rows, skipped = [], list(skipped)
    for video, item in enumerate(items):
        crops, why = [], "no face found"
        try:
            for place, image in _frames(item, frames):
                whole = bool(item.frames) or item.path.suffix.lower() in IMAGES
                crop = _face(image, size, method, model, whole)
                crops += [(place, crop)] if crop is not None else []
        except (OSError, ValueError, MemoryError) as error:
            why = f"unreadable: {error}"
        if not crops or why != "no face found":
            skipped.append((item.path.name, why))
        rows += [dict(images=crop, masks=np.zeros((size, size), np.uint8), fake=item.fake, method=item.method,
                      source=number[item.source], target=number[item.target], video=video, frame=place, crf=item.crf,
                      split=item.split, yaw=np.float32(np.nan), seed=0) for place, crop in crops]
    if not rows:
        raise ValueError(f"no face in {len(items)} files ({'; '.join(f'{n}: {w}' for n, w in skipped[:3])})")
    return Labelled(**{name: np.array([row[name] for row in rows]) for name in rows[0]}, skipped=tuple(skipped))


def summary(items):
    """How many files there are of each method and split.

    Args:
        items: of `listed`.
    Returns:
        Counter of (method, split).
    Lesson 10.
    """
    return Counter((item.method, item.split) for item in items)


def _frames(item, frames):
    path = item.path
    if item.frames:
        for place in np.unique(np.linspace(0, len(item.frames) - 1, frames).round().astype(int)).tolist():
            yield place, media.read_image(item.frames[place])
        return
    if path.suffix.lower() in IMAGES:
        yield 0, media.read_image(path)
        return
    video = media.read_video(path)
    total = video.info.frames or max(1, round(video.info.duration * video.info.fps))
    wanted = set(np.linspace(0, total - 1, min(frames, total)).round().astype(int).tolist())
    for place, image in enumerate(video):
        if place in wanted:
            yield place, image


def _face(image, size, method, model, whole):
    faces = detect_faces(image, method, model)
    if faces:
        face = max(faces, key=lambda f: f.box[2] * f.box[3])
        image = align_five(image, face.points, size, COVERAGE).image
    elif not whole:
        return None
    else:
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


def _files(folder, endings):
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in endings and p.is_file())
