"""Odd files for the tests: pictures with colour profiles, films of every container, sound with damaged packets."""
import struct
from fractions import Fraction

import av
import numpy as np

# chromaticities of the primaries (x, y), adapted to D50 with Bradford as ICC profiles hold them: XYZ of R, G, B
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))


def profile(primaries, gamma=2.2):
    """A colour profile (ICC, version 2) of three primaries and a gamma, as bytes."""
    def xyz(values):
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(gamma * 256))
    text = b"a test"
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + bytes(79 + 12),
            b"cprt": b"text\0\0\0\0none\0\0\0\0", b"wtpt": xyz((0.9642, 1.0, 0.82491)),
            **{k: xyz(v) for k, v in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries)},
            b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, at + len(body), len(data))
        body += data
    head = bytes(8) + struct.pack(">I", 0x02400000) + b"mntrRGB XYZ " + struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    head += b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    whole = head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def decoded(pictures, primaries, gamma=2.2):
    """What values in a space of these primaries are in sRGB: f64, by the matrices and curves of the standards."""
    linear = np.asarray(pictures, np.float64) ** gamma @ np.array(primaries) @ np.linalg.inv(np.array(SRGB))
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)


def film(path, frames, codec="libx264", fps=25, kind=None, shape=None, sound=None, pix_fmt="yuv420p", size=None):
    """A video of f32 frames. kind: the container, where the ending does not tell. shape: Fraction, a pixel's width by
    its height. sound: (encoder, rate)."""
    with av.open(str(path), "w", format=kind) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.codec_context.max_b_frames = 0  # or the first packets of some containers would have no time
        if shape:
            stream.codec_context.sample_aspect_ratio = shape
        track = container.add_stream(*sound, layout="mono") if sound else None
        if track:
            track.bit_rate = 128_000
        for i, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray((picture * 255 + 0.5).astype(np.uint8), "rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = i, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if track:
            rate = track.rate
            wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(len(frames) / fps * rate)) / rate)
            for start in range(0, len(wave), 1024):
                part = av.AudioFrame.from_ndarray(wave[None, start:start + 1024].astype(np.float32), "fltp", "mono")
                part.sample_rate, part.pts, part.time_base = rate, start, Fraction(1, rate)
                container.mux(track.encode(part))
            container.mux(track.encode())
    return path


def with_broken_sound(source, path, which=lambda number: number % 3 == 1):
    """A copy of a film in which the sound's packets of these numbers are rubbish."""
    rng = np.random.default_rng(3)
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        streams = {s.index: new.add_stream_from_template(s) for s in (old.streams.video[0], old.streams.audio[0])}
        number = 0
        for packet in old.demux():
            if packet.dts is None:
                continue
            target = streams[packet.stream_index]
            if packet.stream.type == "audio":
                number += 1
                if which(number):
                    broken = av.Packet(rng.integers(0, 256, max(packet.size, 40), np.uint8).tobytes())
                    broken.pts, broken.dts, broken.duration = packet.pts, packet.dts, packet.duration
                    broken.time_base, packet = packet.time_base, broken
            packet.stream = target
            new.mux(packet)
    return path


def tone(path, codec, rate=48_000):
    """A sound file of half a second."""
    with av.open(str(path), "w") as container:
        track = container.add_stream(codec, rate=rate, layout="mono")
        wave = (0.5 * np.sin(2 * np.pi * 440 * np.arange(rate // 2) / rate)).astype(np.float32)
        resampler = av.AudioResampler(track.format, "mono", rate, frame_size=track.frame_size or 1024)
        frame = av.AudioFrame.from_ndarray(wave[None], "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(track.encode(part))
        container.mux(track.encode())
    return path


def as_bytes(image):
    """f32 in [0, 1] -> uint8."""
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
