"""Small folders laid out as the public sets are: everything in them is listed, and what is bad in them is reported."""
import json

import av
import numpy as np
import pytest
from PIL import Image

from course_lib import media
from course_lib.forgeries import layouts
from course_lib.forgeries.layouts import listed, read, summary


def make_video(path, frames=6, side=(120, 96), face=True):
    """A short video of the course's real photograph (or of nothing)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.asarray(Image.fromarray((media.grace_hopper() * 255).astype(np.uint8)).crop((90, 0, 410, 400)))
    image = np.asarray(Image.fromarray(image).resize((320, 400)))
    image = image if face else np.full_like(image, 120)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.height, stream.width, stream.pix_fmt = *image.shape[:2], "yuv420p"
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")))
        container.mux(stream.encode())
    return path


def empty(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not a film")


def test_faceforensics(tmp_path):
    fake, real = "manipulated_sequences", "original_sequences"
    empty(tmp_path, f"{real}/youtube/c23/videos/000.mp4", f"{real}/youtube/c23/videos/003.mp4",
          f"{real}/actors/c40/videos/01__talking.mp4", f"{fake}/Deepfakes/c23/videos/000_003.mp4",
          f"{fake}/FaceSwap/raw/videos/000_003.mp4", f"{fake}/FaceSwap/raw/masks/000_003.mp4",
          f"{fake}/Deepfakes/c23/videos/000_071.mp4", f"{fake}/Magic/c23/videos/000_003.mp4")
    (tmp_path / "train.json").write_text(json.dumps([["000", "003"]]))
    (tmp_path / "test.json").write_text(json.dumps([["071", "054"]]))
    (tmp_path / "val.json").write_text("{ broken")
    items, skipped = listed(tmp_path, "faceforensics++")
    assert len(items) == 6 and [name for name, _ in skipped] == ["val.json", f"{fake}/Magic/c23/videos/000_003.mp4"]
    by = {(i.method, i.path.stem): i for i in items}
    swap, other = by["Deepfakes", "000_003"], by["FaceSwap", "000_003"]
    assert (swap.fake, swap.source, swap.target, swap.split, swap.crf) == (1, "000", "003", "train", 23)
    assert other.crf == 0 and other.path != swap.path  # one name, two methods: two videos
    assert by["Deepfakes", "000_071"].split == ""  # its people stand on both sides
    assert by["real", "000"].fake == 0 and by["real", "000"].split == "train"
    assert by["real", "01__talking"].source == "actors 01__talking" and by["real", "01__talking"].crf == 40


def test_celeb_df(tmp_path):
    empty(tmp_path, "Celeb-real/id0_0001.mp4", "Celeb-real/id1_0000.mp4", "Celeb-synthesis/id0_id1_0001.mp4",
          "YouTube-real/00007.mp4", "Celeb-synthesis/copy of id0.mp4")
    listing = "1 Celeb-real/id1_0000.mp4\n0 Celeb-synthesis/id0_id1_0001.mp4\n\n"
    (tmp_path / "List_of_testing_videos.txt").write_text(listing)
    items, skipped = listed(tmp_path, "celeb-df")
    assert skipped == [("Celeb-synthesis/copy of id0.mp4", "not named as Celeb-synthesis names its files")]
    rows = {i.path.name: (i.fake, i.source, i.target, i.split) for i in items}
    assert rows == {"id0_0001.mp4": (0, "id0", "id0", "train"), "id1_0000.mp4": (0, "id1", "id1", "test"),
                    "00007.mp4": (0, "YouTube 00007", "YouTube 00007", "train"),
                    "id0_id1_0001.mp4": (1, "id0", "id1", "test")}


def test_dfdc(tmp_path):
    part = tmp_path / "dfdc_train_part_0"
    empty(part, "a.mp4", "b.mp4", "e.mp4")
    (part / "metadata.json").write_text(json.dumps({
        "a.mp4": {"label": "FAKE", "split": "train", "original": "b.mp4"}, "b.mp4": {"label": "REAL", "split": "train"},
        "c.mp4": {"label": "REAL", "split": "train"}, "d.mp4": {"label": "MAYBE"}, "e.mp4": "REAL"}))
    (tmp_path / "dfdc_train_part_1").mkdir()
    (tmp_path / "dfdc_train_part_1" / "metadata.json").write_text("[]")
    items, skipped = listed(tmp_path, "dfdc")
    assert [(i.path.name, i.fake, i.source, i.target) for i in items] == [("a.mp4", 1, "b.mp4", ""),
                                                                         ("b.mp4", 0, "b.mp4", "b.mp4")]
    assert len(skipped) == 4 and "not there" in skipped[0][1] and "MAYBE" in skipped[1][1] and "list" in skipped[3][1]


def test_mesonet_and_its_pictures_are_read(tmp_path):
    crop = Image.fromarray((media.grace_hopper() * 255).astype(np.uint8)).crop((150, 30, 390, 270)).resize((256, 256))
    for name in ("train/df/a_1.jpg", "train/real/b_1.jpg", "validation/forged/c.png", "validation/real/d.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        crop.save(tmp_path / name)
    (tmp_path / "validation/real/flat.png").parent.mkdir(exist_ok=True)
    Image.new("RGB", (256, 256), (90, 80, 70)).save(tmp_path / "validation/real/flat.png")
    empty(tmp_path, "train/df/broken.jpg", "notes/readme.jpg")
    items, skipped = listed(tmp_path, "mesonet")
    assert summary(items) == {("df", "train"): 2, ("real", "train"): 1, ("df", "val"): 1, ("real", "val"): 2}
    labelled = read(items, size=64, skipped=skipped)
    assert labelled.images.shape == (5, 64, 64, 3) and labelled.images.dtype == np.uint8
    assert [name for name, _ in labelled.skipped] == ["broken.jpg"] and "unreadable" in labelled.skipped[0][1]
    assert labelled.fake.tolist().count(1) == 2 and (labelled.source == -1).all() and not labelled.masks.any()
    assert len(labelled.where(method="real", split="val")) == 2  # an image without a face found is taken whole


def test_films_are_read_evenly_and_bad_ones_told(tmp_path):
    make_video(tmp_path / "Celeb-real/id0_0000.mp4", frames=9)
    make_video(tmp_path / "Celeb-synthesis/id0_id1_0000.mp4", frames=2)
    make_video(tmp_path / "YouTube-real/00001.mp4", face=False)
    empty(tmp_path, "Celeb-real/id3_0000.mp4")
    labelled = read(*[listed(tmp_path, "celeb-df")[0]], frames=3, size=96)
    assert {name: why.split(":")[0] for name, why in labelled.skipped} == {"id3_0000.mp4": "unreadable",
                                                                      "00001.mp4": "no face found"}
    real, fake = labelled.where(fake=0), labelled.where(fake=1)
    assert real.frame.tolist() == [0, 4, 8] and fake.frame.tolist() == [0, 1]
    assert len(set(real.video)) == 1 and set(real.video).isdisjoint(fake.video)
    assert real.source[0] == fake.source[0] != fake.target[0] and (labelled.crf == -1).all()


def test_what_is_no_such_folder_is_named(tmp_path):
    with pytest.raises(ValueError, match="celeb-df"):
        listed(tmp_path, "celebdf")
    with pytest.raises(ValueError, match="not a folder"):
        listed(tmp_path / "nowhere", "dfdc")
    for layout in layouts.LAYOUTS:
        with pytest.raises(ValueError, match="holds no file of the layout"):
            listed(tmp_path, layout)
    (tmp_path / "real").mkdir()
    Image.new("RGB", (64, 64)).save(tmp_path / "real" / "a.png")
    (tmp_path / "real" / "a.png").write_bytes(b"\x89PNG but cut")
    with pytest.raises(ValueError, match="no face in 1 files"):
        read(listed(tmp_path, "mesonet")[0])


def listing(root, name, *videos):
    """A JSON list as DeepfakeBench writes it. videos: (label, split, compression or None, name, frames)."""
    content = {}
    for label, split, crf, video, frames in videos:
        place = content.setdefault(label, {}).setdefault(split, {})
        place = place if crf is None else place.setdefault(crf, {})
        place[video] = {"label": label, "frames": frames}
    (root / f"{name}.json").write_text(json.dumps({name: content}))


def test_deepfakebench(tmp_path):
    old = "/data/rgb"
    frames = {n: [f"FaceForensics++/{n}/{k:03d}.png" for k in (2, 10, 1)] for n in ("000", "000_003")}
    empty(tmp_path, *(f for n in frames.values() for f in n), "Celeb-DF-v2/id0_0001/000.png", "Celeb-DF-v2/x/000.png")
    listing(tmp_path, "FF-DF", ("FF-real", "train", "c23", "000", [f"{old}/{f}" for f in frames["000"]]),
            ("FF-DF", "train", "c40", "000_003", [f"{old}\\{f}".replace("/", "\\") for f in frames["000_003"]]),
            ("FF-DF", "test", "c40", "071_054", [f"{old}/absent.png"]))
    listing(tmp_path, "Celeb-DF-v2", *[("CelebDFv2_real", split, None, "id0_0001", ["Celeb-DF-v2/id0_0001/000.png"])
                                       for split in ("train", "test")],
            ("CelebDFv2_fake", "train", None, "id0_id1_0001", ["Celeb-DF-v2/x/000.png"]))
    (tmp_path / "broken.json").write_text("[1, 2]")
    items, skipped = listed(tmp_path, "deepfakebench")
    assert [name for name, _ in skipped] == ["FF-DF.json: FF-DF/071_054", "broken.json"]
    by = {(i.method, i.source, i.target): i for i in items}
    assert [p.name for p in by["real", "000", "000"].frames] == ["001.png", "002.png", "010.png"]  # by number
    fake, celeb = by["FF-DF", "000", "003"], by["CelebDFv2_fake", "id0", "id1"]
    assert (fake.fake, fake.split, fake.crf) == (1, "train", 40) and (celeb.fake, celeb.crf) == (1, -1)
    assert [i.split for i in items if i.source == i.target == "id0"] == ["test"]  # listed twice, taken once


def test_frames_of_deepfakebench_are_one_video(tmp_path):
    from PIL import Image

    grey = tmp_path / "frames" / "000"
    grey.mkdir(parents=True)
    for k in range(4):
        Image.new("RGB", (64, 64), (30 * k, 90, 90)).save(grey / f"{k}.png")
    listing(tmp_path, "FF-DF", ("FF-real", "test", "c23", "000", [f"frames/000/{k}.png" for k in range(4)]))
    faces = read(*listed(tmp_path, "deepfakebench")[:1], frames=2, size=32)
    assert faces.video.tolist() == [0, 0] and faces.frame.tolist() == [0, 3]  # cropped already: taken whole
    assert faces.images[:, 0, 0, 0].tolist() == [0, 90]
