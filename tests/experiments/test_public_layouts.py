"""Small sets laid out like the public ones are listed as those are, with their habits of splitting."""
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from course_lib.experiments import public_layouts
from course_lib.forgeries import Labelled, listed, people_on_two_sides, split_by_person


@pytest.fixture(scope="module")
def faces():
    """Six people without faces: real and forged crops of 64 px, two frames each, at both compressions."""
    rows, video = [], 0
    for k, split in enumerate(("train", "train", "val", "val", "test", "test")):
        for method in ("real", *public_layouts.SETS.values()):
            for crf in (23, 40):
                person = 10_000 + k
                partner = 10_000 + (k ^ 1) if method in ("swap", "pasted") else person
                rows += [(int(method != "real"), method, person, partner, video, frame, crf, split, k)
                         for frame in range(2)]
                video += 1
    fake, method, source, target, videos, frame, crf, split, seed = (np.array(x) for x in zip(*rows, strict=True))
    images = np.random.default_rng(0).integers(60, 180, (len(rows), 64, 64, 3)).astype(np.uint8)
    return Labelled(images, np.zeros(images.shape[:3], np.uint8), fake, method, source, target, videos, frame, crf,
                    split, np.zeros(len(rows), np.float32), seed)


@pytest.mark.parametrize(("layout", "videos", "leaks"), [("faceforensics++", 24, False), ("celeb-df", 12, True),
                                                         ("dfdc", 12, False), ("deepfakebench", 12, False)])
def test_every_layout_is_listed_as_its_set_would_be(tmp_path, faces, layout, videos, leaks):
    items, skipped = listed(public_layouts.make(tmp_path, layout, faces), layout)
    assert len(items) == videos and skipped == [] and sum(i.fake for i in items) == videos // 2
    assert bool(people_on_two_sides(items)) == leaks
    assert {i.split for i in items} <= {"train", "val", "test"}
    if layout == "faceforensics++":
        assert {i.crf for i in items} == {23, 40} and {i.split for i in items} == {"train", "val", "test"}
    kept, _ = split_by_person(items, {"train": 0.5, "test": 0.5})
    assert kept and people_on_two_sides(kept) == []


def test_all_four_are_split_alike_and_swaps_with_strangers_are_left_out(tmp_path, faces):
    sides = []
    strangers = replace(faces, target=np.where((faces.source == 10_003) & (faces.target != 10_003), 20_777,
                                               faces.target))
    for layout in public_layouts.SETS:
        items, _ = listed(public_layouts.make(tmp_path / layout, layout, strangers), layout)
        kept, _ = split_by_person(items, {"train": 0.5, "test": 0.5})
        everybody = {who for item in items for who in (item.source, item.target)} - {""}
        assert len(everybody) == 6
        sides.append({(item.source.removeprefix("id").removesuffix("r.mp4"), item.split)
                      for item in kept if not item.fake})
    assert sides[0] == sides[1] == sides[2] == sides[3] and len(sides[0]) == 6


def test_another_profile_or_size_has_a_folder_of_its_own(tmp_path, faces, monkeypatch):
    monkeypatch.setattr(public_layouts.forgeries, "build", lambda profile, quiet: faces)
    few = public_layouts.small_sets(tmp_path, SimpleNamespace(name="laptop"), 2, 1)
    many = public_layouts.small_sets(tmp_path, SimpleNamespace(name="ci"), 1, 2)
    assert [len(few["dfdc"][0]), len(many["dfdc"][0])] == [12, 6]
    assert public_layouts.small_sets(tmp_path, SimpleNamespace(name="laptop"), 2, 1) == few


def test_what_is_there_stays_and_another_layout_is_refused(tmp_path, faces):
    public_layouts.make(tmp_path, "dfdc", faces)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.glob("*.mp4")}
    public_layouts.make(tmp_path, "dfdc", faces)
    assert before == {p: p.stat().st_mtime_ns for p in tmp_path.glob("*.mp4")}
    with pytest.raises(ValueError, match="expected one of faceforensics"):
        public_layouts.make(tmp_path, "mesonet", faces)
