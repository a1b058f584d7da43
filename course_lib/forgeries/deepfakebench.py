"""Reads the JSON lists in which DeepfakeBench describes every set alike. Lesson 16.

A list is {set: {label: {split: {video: {"label", "frames": [...]}}}}}, with one more level (c23, c40) below the split
for the sets of FaceForensics++. The frames are images that were cropped and aligned once for all detectors.
"""
import re
from pathlib import Path

from .items import CRFS, Item, read_json

SPLITS = ("test", "val", "train")  # a video that is listed in several of them belongs to the first
CELEB = re.compile(r"(id\d+)_(?:(id\d+)_)?\d+")
FORENSICS = re.compile(r"(\d+)(?:_(\d+))?")


def deepfakebench(root):
    """DeepfakeBench: JSON files such as FF-DF.json or Celeb-DF-v2.json beside, or above, the folders of frames that
    they list. Whatever ends in "real" is real. A list may name a video under train and test alike, as that of Celeb-DF
    does; here it is in the test set alone.

    Args:
        root: Path of the folder with the JSON files.
    Returns:
        (items, skipped).
    References:
        Yan et al., "DeepfakeBench", NeurIPS 2023, and its preprocessing/rearrange.py.
    """
    items, skipped, seen = [], [], set()
    for listing in sorted(root.glob("*.json")):
        content = read_json(listing, dict, skipped) or {}
        for split in SPLITS:
            for label, crf, name, video in _videos(content, split):
                key = (label, crf, name)
                if key in seen:
                    continue
                seen.add(key)
                frames = _found(root, video.get("frames") if isinstance(video, dict) else None)
                if not frames:
                    skipped.append((f"{listing.name}: {label}/{name}", "none of its frames is there"))
                    continue
                who = _people(name, label)
                real = label.lower().endswith("real")
                items.append(Item(frames[0].parent, int(not real), "real" if real else label, who[0], who[-1], split,
                                  CRFS.get(crf, -1), tuple(frames)))
    return items, skipped


def _videos(content, split):
    """(label, compression or "", name, entry) of every video of a split."""
    for labels in content.values():
        for label, splits in (labels.items() if isinstance(labels, dict) else ()):
            below = splits.get(split) if isinstance(splits, dict) else None
            for name, entry in (below.items() if isinstance(below, dict) else ()):
                if name in CRFS and isinstance(entry, dict):
                    yield from ((label, name, video, of) for video, of in entry.items())
                else:
                    yield label, "", name, entry


def _people(name, label):
    """(whose video, whose face): both the same for a real one, and ("", "") where the name does not say."""
    for rule in (CELEB, FORENSICS):
        if found := rule.fullmatch(name):
            ids = [i for i in found.groups() if i]
            prefix = "" if rule is CELEB or label.startswith("FF") else f"{label} "
            return tuple(f"{prefix}{i}" for i in ids)
    return "", ""


def _found(root, frames):
    """The frames that exist, in order. Their paths hold whatever the machine was called on which they were listed."""
    texts = [str(f).replace("\\", "/") for f in frames] if isinstance(frames, list) else []
    parts = [[part for part in text.split("/") if part not in ("", ".", "..")] for text in texts]
    for skip in range(max(map(len, parts), default=0)):
        there = [root.joinpath(*p[skip:]) for p in parts if len(p) > skip]
        there = [path for path in there if path.is_file()]
        if there:
            return sorted(there, key=_number)
    return []


def _number(path: Path):
    digits = re.findall(r"\d+", path.stem)
    return int(digits[-1]) if digits else -1, path.name
