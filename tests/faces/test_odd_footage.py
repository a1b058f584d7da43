"""Footage as people have it, from the file to the face set: every kind has one clear outcome."""
import warnings
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from course_lib import faces, provenance
from course_lib.faces.extract import faceset_from_images


@pytest.fixture
def folder(tmp_path):
    text = provenance.consent.template().replace('subject = ""', 'subject = "public domain"')
    (tmp_path / "consent.toml").write_text(text.replace('purpose = ""', 'purpose = "tests"'), encoding="utf-8")
    return tmp_path


def picture(hopper):
    return Image.fromarray((hopper * 255 + 0.5).astype(np.uint8))


def save_turned(p, path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter to the right
    p.rotate(90, expand=True).save(path, exif=exif, quality=95)


def save_sixteen_bits(p, path):
    Image.fromarray(np.asarray(p.convert("L")).astype(np.uint16) * 257).save(path)


def save_animated(p, path):
    p.convert("P", palette=Image.Palette.ADAPTIVE).save(path, save_all=True, append_images=[p.rotate(180).convert("P")])


KINDS = {
    "exif.jpg": save_turned,
    "grey.png": lambda p, path: p.convert("L").save(path),
    "alpha.png": lambda p, path: p.convert("RGBA").save(path),
    "sixteen.png": save_sixteen_bits,
    "cmyk.jpg": lambda p, path: p.convert("CMYK").save(path, quality=95),
    "moving.gif": save_animated,
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_picture_gives_the_same_face(folder, hopper, name):
    KINDS[name](picture(hopper), folder / name)
    with warnings.catch_warnings():
        warnings.simplefilter("error" if name != "moving.gif" else "ignore")
        found = faces.faceset_from_folder(folder)
    plain = faceset_from_images([("plain", hopper)])
    assert found.sources == [name] and found.skipped == []
    assert np.abs(found.landmarks - plain.landmarks).max() < 2.5
    assert np.abs(found.images.mean(-1) - plain.images.mean(-1)).mean() < 0.06


def test_a_face_cut_by_the_border_has_no_mask_outside_and_is_dropped_when_half_is_missing(hopper):
    images = [("whole", hopper), ("a little", hopper[:, 190:]), ("half", hopper[:, 260:])]
    found = faceset_from_images(images)
    covered = found.masks.mean((1, 2)) / found.masks[0].mean()
    assert covered[1] > 0.8 > covered[2]
    outside = faces.transform(np.array([[-20.0, 250.0]]), found.matrices[2])[0].round().astype(int)
    assert found.masks[2][outside[1].clip(0, 63), outside[0].clip(0, 63)] == 0
    _, report = faces.clean(found, {k: v for k, v in faces.RULES.items() if k != "novelty"})
    assert report.dropped_by == [None, None, "visible_skin"]


def test_an_upside_down_face_is_told_and_not_guessed(hopper):
    turned = np.ascontiguousarray(hopper[::-1, ::-1])
    found = faceset_from_images([("whole", hopper), ("upside down", turned)])
    assert found.skipped == [("upside down", "no face found")]


def test_a_tiny_face_is_found_and_dropped_and_forty_are_too_many(hopper):
    scale = 20 / 190
    tiny = np.full((240, 320, 3), 0.4, np.float32)
    small = cv2.resize(hopper, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tiny[60:60 + len(small), 100:100 + small.shape[1]] = small
    crowd = np.tile(cv2.resize(hopper[40:340, 120:420], (90, 90), interpolation=cv2.INTER_AREA), (5, 8, 1))
    found = faceset_from_images([("whole", hopper), ("tiny", tiny), ("crowd", crowd)])
    assert found.people.tolist() == [1, 1, 40]
    _, report = faces.clean(found)
    assert report.dropped_by == [None, "enlargement", "people"]


def video(path, frames, rotation=0, times=None, kind="yuv420p", options=None):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options=options or {})
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], kind
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        if rotation:
            stream.set_display_rotation(rotation)
        for i, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray((image * 255 + 0.5).astype(np.uint8), "rgb24").reformat(format=kind)
            frame.pts, frame.time_base = round(1000 * times[i]) if times else 40 * i, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture
def frames(hopper):
    return [np.ascontiguousarray(hopper[40:440, 60 + 2 * k:460 + 2 * k]) for k in range(8)]


def test_a_video_filmed_sideways_gives_upright_faces(folder, frames):
    turned = [np.ascontiguousarray(np.rot90(f)) for f in frames]
    found = faces.faceset_from_video(video(folder / "a.mp4", turned, rotation=-90), every=0.04)
    assert len(found) == 8 and np.abs(np.degrees(found.pose[:, 2])).max() < 10


def test_a_variable_rate_is_sampled_by_its_times(folder, frames):
    times = [0, 0.01, 0.02, 0.5, 0.51, 1.0, 1.01, 1.5]
    found = faces.faceset_from_video(video(folder / "a.mp4", frames, times=times), every=0.5)
    assert [s.split(" at ")[1] for s in found.sources] == ["0.00 s", "0.50 s", "1.00 s", "1.50 s"]


def test_ten_bits_and_interlaced_lines_give_the_same_faces(folder, frames):
    plain = faces.faceset_from_video(video(folder / "a.mp4", frames), every=0.04)
    ten = faces.faceset_from_video(video(folder / "b.mp4", frames, kind="yuv420p10le"), every=0.04)
    woven = [f.copy() for f in frames[:-1]]
    for frame, after in zip(woven, frames[1:]):
        frame[1::2] = after[1::2]
    with pytest.warns(UserWarning, match="interlaced"):
        lines = faces.faceset_from_video(video(folder / "c.mp4", woven, options={"x264-params": "tff=1"}), every=0.04)
    assert np.abs(ten.landmarks - plain.landmarks).max() < 2
    assert len(lines) == 7 and np.abs(lines.landmarks - plain.landmarks[:7]).mean() < 1
