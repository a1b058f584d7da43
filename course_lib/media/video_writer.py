"""Writes video and sound with PyAV, one frame at a time, every frame labelled and watermarked. Lessons 02 and 03."""

from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np

from course_lib.provenance import stamp

from .video import EXACT

CODECS = {  # for each: the encoder, its settings, the container, the encoder of the sound
    # Without adaptive quantisation and the macroblock tree, x264 spends a few more bits on faint patterns: the
    # watermark survives from 64 px on at CRF 23 (with them only from 128 px on), for about a fifth more bytes.
    "h264": ("libx264", {"aq-mode": "0", "x264-params": "mbtree=0"}, "mp4", "aac"),
    "vp9": ("libvpx-vp9", {"cpu-used": "5", "deadline": "good", "row-mt": "1", "b": "0"}, "webm", "libopus"),
}
SUFFIXES = {".mp4": "h264", ".webm": "vp9"}
CRF = {"h264": 23, "vp9": 32}
CLOCK = Fraction(1, 90_000)  # seconds, the unit of time stamps that the caller gives


def write_video(path, frames, fps=None, *, what, how, times=None, audio=None, crf=None, parameters=None, sources=(),
                consent=None):
    """Write a video, each frame labelled "synthetic" and watermarked, with its manifest beside it.

    Args:
        path: .mp4 (H.264) or .webm (VP9).
        frames: Iterable of f32 RGB [H, W, 3] in [0, 1], one size, at least 64 px on the shorter side, read as a stream;
            an odd side is padded by a copy of its last row or column.
        fps: Frames per second; or
        times: the frames' times in seconds, an increasing iterable as long as frames (variable frame rate).
        audio: (samples f32 [N] or [N, channels] in [-1, 1], rate in Hz); it ends where the frames end.
        crf: Constant rate factor, lower is better and larger; by default 23 (H.264) or 32 (VP9), at which the watermark
            is measured to survive; at most 28 and 40.
        what, how, parameters, sources, consent: For the manifest, see provenance.stamp, also for interrupts.
    Returns:
        Path of the file.
    Raises:
        ValueError: For wrong arguments, before the first frame is made.
        OSError: When the file cannot be written.
    Lesson 03.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{path.name} ends in {path.suffix!r}; expected .mp4 (H.264) or .webm (VP9)")
    codec = SUFFIXES[path.suffix.lower()]
    crf, worst = CRF[codec] if crf is None else crf, {"h264": 28, "vp9": 40}[codec]
    if not 0 <= crf <= worst:
        raise ValueError(f"crf is {crf}; expected 0 to {worst} for {codec}, where the watermark is reliable")
    if (fps is None) == (times is None):
        raise ValueError("give either fps (frames per second) or times (seconds, one for each frame)")
    if fps is not None and not 0 < fps <= 1000:
        raise ValueError(f"fps is {fps}; expected more than 0 and at most 1000 frames per second")
    if audio is not None and not (isinstance(audio, tuple) and len(audio) == 2):
        raise ValueError("audio must be a pair (samples, rate in Hz), as read_audio returns it")
    sound = None if audio is None else _Sound(*audio)
    rate = None if fps is None else Fraction(float(fps)).limit_denominator(1001)
    pace = _Pace(times, rate)

    def encode(file, images):
        try:
            return encode_video(file, images)
        except av.error.FFmpegError as error:
            reason = f"{path} could not be written completely ({error.strerror}); is the disk full?"
            raise OSError(error.errno, reason) from error

    def encode_video(file, images):
        with av.open(file, "w", format=CODECS[codec][2]) as container:
            first = next(images, None)
            if first is None:
                return {}
            stream = _video_stream(container, codec, crf, rate, first.shape)
            if sound is not None:
                sound.begin(container, CODECS[codec][3])
            for i, image in enumerate(chain([first], images)):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG",
                                       interpolation=EXACT)
                frame.pts, frame.time_base = pace.ticks[i], pace.unit
                container.mux(stream.encode(frame))
                if sound is not None:
                    sound.until(pace.end(i))
            container.mux(stream.encode())
            if sound is not None:
                sound.end()
        return {"codec": codec, "crf": crf, "fps": float(rate) if rate else "variable",
                "seconds": round(pace.end(i), 4), **({"sound_hz": sound.rate} if sound is not None else {})}

    return stamp.stamp(path, pace.timed(_even(frame) for frame in frames), encode, what=what, how=how,
                       parameters=parameters, sources=sources, consent=consent)


def _video_stream(container, codec, crf, rate, shape):
    encoder, settings, _, _ = CODECS[codec]
    stream = container.add_stream(encoder, rate=rate or 30, options={"crf": str(crf), **settings})
    stream.height, stream.width = shape[:2]
    stream.pix_fmt = "yuv420p"  # what every browser plays
    stream.thread_type = "AUTO"
    context = stream.codec_context
    context.time_base = CLOCK if rate is None else 1 / rate
    context.colorspace, context.color_range = 1, 1  # BT.709, limited range; a player that guesses shifts the colours
    context.color_primaries = context.color_trc = 1
    return stream


def _even(frame):
    frame = stamp.check_frame(frame)
    height, width = frame.shape[:2]
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), "edge")


class _Pace:
    """When each frame is shown: from a constant rate, or from the caller's times."""

    def __init__(self, times, rate):
        self.times, self.rate = times, rate
        self.unit = CLOCK if rate is None else 1 / rate
        self.ticks = []  # of the frames so far, in units

    def timed(self, frames):
        """The frames, their times noted as they pass."""
        if self.rate is not None:
            for i, frame in enumerate(frames):
                self.ticks.append(i)
                yield frame
            return
        start = None
        times = iter(self.times)
        for frame in frames:
            time = next(times, None)
            if time is None:
                raise ValueError(f"times has {len(self.ticks)} entries, but there are more frames; "
                                 "give one for each frame")
            start = float(time) if start is None else start
            tick = round((float(time) - start) / self.unit)
            if self.ticks and tick <= self.ticks[-1]:
                raise ValueError(f"times[{len(self.ticks)}] is {time} s, not after the time before it; "
                                 "times must increase")
            self.ticks.append(tick)
            yield frame
        if next(times, None) is not None:
            raise ValueError(f"times has more entries than there are frames ({len(self.ticks)}); "
                             "give one for each frame")

    def end(self, i):
        """The second at which frame i ends: as long as the one before it, where the next is not known."""
        last = self.ticks[i] - self.ticks[i - 1] if i else round(1 / 30 / self.unit)
        return float((self.ticks[i] + (1 if self.rate is not None else last)) * self.unit)


class _Sound:
    """Sound that is encoded as far as the frames have come, so that neither has to be held back in memory."""

    def __init__(self, samples, rate):
        samples = np.asarray(samples)
        samples = samples[:, None] if samples.ndim == 1 else samples
        if samples.ndim != 2 or not 1 <= samples.shape[1] <= 2 or samples.dtype.kind != "f":
            raise ValueError(f"audio has the shape {samples.shape} and the type {samples.dtype}; expected float32 "
                             "samples [N] or [N, 1 or 2] in [-1, 1]")
        if not np.abs(samples).max(initial=0) <= 1.001:
            raise ValueError("audio has values beyond [-1, 1] or values that are not finite; scale it first")
        if not 8000 <= rate <= 192_000:
            raise ValueError(f"the audio rate is {rate}; expected 8000 to 192000 samples a second")
        self.samples, self.rate, self.done = np.clip(samples, -1, 1).astype(np.float32), int(rate), 0

    def begin(self, container, encoder):
        self.container = container
        self.layout = "mono" if self.samples.shape[1] == 1 else "stereo"
        possible = av.Codec(encoder, "w").audio_rates or [48_000]
        self.stream = container.add_stream(encoder, rate=self.rate if self.rate in possible else 48_000,
                                           layout=self.layout)

    def until(self, second):
        """Encodes what sounds before `second`."""
        stop = min(round(second * self.rate), len(self.samples))
        if stop > self.done:
            part = np.ascontiguousarray(self.samples[self.done:stop].T)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=self.layout)
            frame.sample_rate, frame.pts, frame.time_base = self.rate, self.done, Fraction(1, self.rate)
            self.container.mux(self.stream.encode(frame))
            self.done = stop

    def end(self):
        self.container.mux(self.stream.encode())
