"""HDR pictures and videos say so; interlaced video is read without combs."""
import struct
import warnings
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from course_lib import media
from course_lib.media.interlace import without_combs
from tests.media import making


def with_cicp(path, transfer):
    """Adds to a PNG the chunk that says by which curve its values are to be read."""
    data = path.read_bytes()
    chunk = b"cICP" + bytes((9, transfer, 0, 1))
    at = 8 + 25  # after the signature and the header
    path.write_bytes(data[:at] + struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[at:])


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_an_hdr_png_is_read_and_named(tmp_path, transfer, name):
    Image.new("RGB", (64, 48), (90, 60, 30)).save(tmp_path / "a.png")
    with_cicp(tmp_path / "a.png", transfer)
    with pytest.warns(UserWarning, match=rf"a.png is an HDR picture \({name}\)"):
        assert media.read_image(tmp_path / "a.png").shape == (48, 64, 3)


def test_a_standard_png_with_the_same_chunk_is_not_hdr(tmp_path):
    Image.new("RGB", (64, 48), (90, 60, 30)).save(tmp_path / "a.png")
    with_cicp(tmp_path / "a.png", 13)  # sRGB
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.allclose(media.read_image(tmp_path / "a.png")[0, 0] * 255, (90, 60, 30))


def test_a_radiance_file_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "a.hdr").write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 8 +X 8\n" + bytes(256))
    with pytest.raises(ValueError, match="convert HEIC, camera raw and HDR files"):
        media.read_image(tmp_path / "a.hdr")


def test_float_values_beyond_one_are_refused(tmp_path):
    Image.fromarray(np.full((16, 16), 4.0, np.float32)).save(tmp_path / "a.tiff")
    with pytest.raises(ValueError, match="values reach from 4 to 4"):
        media.read_image(tmp_path / "a.tiff")


def moving_bar(frames=6, side=64, step=6):
    """A white bar on grey that moves to the right: f32 [2 frames, side, side, 3], one for each field."""
    out = np.full((2 * frames, side, side, 3), 0.3, np.float32)
    for t in range(2 * frames):
        out[t, :, 4 + step // 2 * t:16 + step // 2 * t] = 0.9
    return out


def woven(fields):
    """Interlaced frames: the even lines of one field, the odd lines of the next."""
    frames = fields[::2].copy()
    frames[:, 1::2] = fields[1::2, 1::2]
    return frames


def interlaced(path, frames):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"x264-params": "tff=1", "crf": "10"})
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuv420p"
        for i, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray((picture * 255 + 0.5).astype(np.uint8), "rgb24").reformat(
                format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def combs(frame):
    """How far odd lines stand out from their neighbours, on average."""
    return float(np.abs(frame[1:-1:2] - (frame[:-2:2] + frame[2::2]) / 2).mean())


def test_interlaced_video_is_read_without_combs_and_named(tmp_path):
    fields = moving_bar()
    path = interlaced(tmp_path / "a.mp4", woven(fields))
    with pytest.warns(UserWarning, match="a.mp4 is interlaced: .* 6 of its 6 frames"):
        read = np.stack(list(media.read_video(path)))
    assert combs(read[3]) < 0.2 * combs(woven(fields)[3])
    assert np.abs(read - fields[::2]).mean() < 0.02  # the moment of the even lines


def test_where_nothing_moves_every_line_stays():
    still = (np.random.default_rng(0).random((33, 40, 1)) * 20 + 100).repeat(3, -1).astype(np.uint8)
    assert np.array_equal(without_combs(still), still)
    assert without_combs(still[:2]).shape == (2, 40, 3)


def test_a_progressive_video_is_left_alone(tmp_path):
    frames = moving_bar()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = list(media.read_video(making.film(tmp_path / "a.mp4", frames)))
    assert len(read) == len(frames)


@pytest.mark.parametrize(("codec", "kind"), [("libx264", "yuv420p10le"), ("libx265", "yuv420p10le"),
                                             ("libx264", "yuv422p10le")])
def test_ten_bits_are_read(tmp_path, codec, kind):
    frames = moving_bar(3)
    read = np.stack(list(media.read_video(making.film(tmp_path / "a.mkv", frames, codec, pix_fmt=kind))))
    assert read.shape == frames.shape and np.abs(read - frames).mean() < 0.03


def test_an_hdr_video_is_read_and_named(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 64, 64, "yuv420p10le"
        stream.codec_context.color_trc = 16
        for picture in moving_bar(2):
            frame = av.VideoFrame.from_ndarray((picture * 255).astype(np.uint8), "rgb24").reformat(format="yuv420p10le")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.warns(UserWarning, match=r"an HDR video \(PQ\)"):
        assert len(list(media.read_video(tmp_path / "a.mp4"))) == 4
