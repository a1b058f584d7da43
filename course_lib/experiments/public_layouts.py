"""Small folders laid out like the public sets, made from the cast, for those who have none of them. Lesson 16.

Each has its own method of forgery, as the public sets do: FaceForensics++ swaps that are blended, Celeb-DF swaps that
are pasted, DFDC faces that were scaled and blurred, DeepfakeBench self-blended ones.
"""
import json

import numpy as np

from course_lib import forgeries, media
from course_lib.forgeries import listed

SETS = {"faceforensics++": "swap", "celeb-df": "pasted", "dfdc": "warped", "deepfakebench": "self_blended"}
MARGIN = 40  # pixels around a crop, so that a detector finds the face, and the label lies beside it
ABOUT = {"what": "a clip of the cast", "how": "experiments.public_layouts"}


def make(root, layout, faces, people=10, frames=2):
    """Writes a small set: a real and a forged video of each person, and for FaceForensics++ also its c40 versions.

    A swap with the face of somebody else is left out, so all layouts hold the same people, and `split_by_person` puts
    each of them on the same side in all.

    Args:
        root: Path of the folder, made where it is absent; what is there already is kept.
        layout: a key of SETS.
        faces: Labelled of forgeries.build.
        people: how many of each split, at most.
        frames: of each video.
    Returns:
        root.
    Raises:
        ValueError: for another layout.
    Lesson 16.
    """
    if layout not in SETS:
        raise ValueError(f"layout is {layout!r}; expected one of {', '.join(SETS)}")
    chosen = {split: np.unique(faces.where(split=split).source)[:people].tolist() for split in ("train", "val", "test")}
    notes, everybody = {}, sum(chosen.values(), [])
    for split, those in chosen.items():
        of_split = faces.where(split=split)
        for person in those:
            of_person = of_split.where(source=person)
            of_person = of_person.where(seed=int(of_person.seed[0]))
            for method in ("real", SETS[layout]):
                for crf in (23, 40) if layout == "faceforensics++" else (23,):
                    clip = of_person.where(method=method, crf=crf)[:frames]
                    if clip.target[0] in everybody:
                        WRITERS[layout](root, split, clip, crf, notes)
    for name, content in notes.items():
        (root / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return root


def _names(clip):
    """(whose video, whose face) as three digits; the same where the face is the person's own."""
    return f"{clip.source[0] % 1000:03d}", f"{clip.target[0] % 1000:03d}"


def _padded(clip):
    return np.pad(clip.pictures(), [(0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)], "edge")


def _video(path, clip):
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        media.write_video(path, _padded(clip), 5, crf=18, **ABOUT)


def _faceforensics(root, split, clip, crf, notes):
    a, b = _names(clip)
    folder, name = (("manipulated_sequences/Deepfakes", f"{a}_{b}") if clip.fake[0]
                    else ("original_sequences/youtube", a))
    _video(root / folder / f"c{crf}" / "videos" / f"{name}.mp4", clip)
    notes.setdefault(f"{split}.json", [])
    if clip.fake[0] and [a, b] not in notes[f"{split}.json"]:
        notes[f"{split}.json"].append([a, b])


def _celeb(root, split, clip, crf, notes):
    a, b = _names(clip)
    name = f"Celeb-synthesis/id{a}_id{b}_0000.mp4" if clip.fake[0] else f"Celeb-real/id{a}_0000.mp4"
    _video(root / name, clip)
    listing = notes.setdefault("List_of_testing_videos.txt", "")
    if int(a) % 2 == clip.fake[0]:  # the real video of one person, the forged one of the next: of videos, not people
        notes["List_of_testing_videos.txt"] = listing + f"{1 - clip.fake[0]} {name}\n"


def _dfdc(root, split, clip, crf, notes):
    a, _ = _names(clip)
    name = f"{a}{'f' if clip.fake[0] else 'r'}.mp4"
    _video(root / name, clip)
    entry = {"label": "FAKE", "original": f"{a}r.mp4"} if clip.fake[0] else {"label": "REAL"}
    notes.setdefault("metadata.json", {})[name] = {**entry, "split": "train"}


def _benchmark(root, split, clip, crf, notes):
    a, _ = _names(clip)
    label = "FF-FS" if clip.fake[0] else "FF-real"
    name = f"{a}_{a}" if clip.fake[0] else a
    paths = [f"FaceForensics++/{label}/c{crf}/frames/{name}/{k:03d}.png" for k in range(len(clip))]
    for path, image in zip(paths, _padded(clip), strict=True):
        if not (root / path).exists():
            media.write_image(root / path, image, **ABOUT)
    place = notes.setdefault("FF-FS.json", {"FF-FS": {}})["FF-FS"].setdefault(label, {}).setdefault(split, {})
    place.setdefault(f"c{crf}", {})[name] = {"label": label, "frames": [f"/datasets/rgb/{path}" for path in paths]}


WRITERS = {"faceforensics++": _faceforensics, "celeb-df": _celeb, "dfdc": _dfdc, "deepfakebench": _benchmark}


def small_sets(root, profile, people=10, frames=2):
    """All four sets from the cast.

    Args:
        root: Path of a cache folder; a folder in it is of one profile and one size.
        profile: a Profile.
        people: of each split, at most.
        frames: of each video.
    Returns:
        {layout: (items, skipped)} as of forgeries.listed.
    Lesson 16.
    """
    faces, root = forgeries.build(profile, quiet=True), root / f"{profile.name}_{people}_{frames}"
    return {layout: listed(make(root / layout, layout, faces, people, frames), layout) for layout in SETS}
