"""Reads video and sound with PyAV, one frame at a time: a long video never has to fit in memory. Lesson 01."""

import contextlib
import warnings
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation as Mode

from .interlace import without_combs
from .sound import Sound

MAX_PIXELS = 64_000_000
HDR = {16: "PQ", 18: "HLG"}  # transfer characteristics of ITU-T H.273
EXACT = int(Mode.BICUBIC | Mode.FULL_CHR_H_INT | Mode.FULL_CHR_H_INP | Mode.ACCURATE_RND)  # the default: 1/255 too dark


@dataclass(frozen=True)
class Info:
    """Properties of a video, known before it is decoded.

    Args:
        width, height: Pixels, as shown (square, and after rotation).
        fps: Mean frames per second.
        duration: Seconds, 0 when the file does not say.
        frames: Their number, 0 when the file does not say.
        rotation: Degrees counterclockwise by which the stored frames are rotated to be shown (0, 90, 180 or 270);
            read_video has done that.
        codec: For instance "h264".
        has_audio: Whether there is a sound track.
    """

    width: int
    height: int
    fps: float
    duration: float
    frames: int
    rotation: int
    codec: str
    has_audio: bool


class Video:
    """A video file: `info`, and its frames as often as they are iterated over. read_video makes it.

    Args:
        path: The file.
    """

    def __init__(self, path):
        self.path = Path(path)
        with _opened(self.path, "video") as container:
            stream = container.streams.video[0]
            frame = next(container.decode(stream), None)
            if frame is None:
                raise ValueError(f"{self.path} has a video track without a single frame that can be read; "
                                 "it was probably cut short: fetch or save it again")
            rotation = round(frame.rotation / 90) * 90 % 360
            width, height = _square(stream, frame)
            if width * height > MAX_PIXELS:
                raise ValueError(f"{self.path} cannot be read: its frames are shown with {width} x {height} pixels, at "
                                 f"most {MAX_PIXELS:,} are read: shrink it")
            if rotation % 180:
                width, height = height, width
            self.info = Info(width, height, float(stream.average_rate or stream.guessed_rate or 0),
                             _seconds(container, stream), stream.frames, rotation, stream.codec_context.name,
                             bool(container.streams.audio))

    def __iter__(self):
        """The frames, f32 RGB [H, W, 3] in [0, 1]. Raises ValueError where the file turns out to be damaged."""
        for _, frame in self.timed():
            yield frame

    def timed(self, wanted=None):
        """The frames with their times; those of a variable frame rate are the file's.

        Args:
            wanted: function of a frame's time; where it says no, the frame is left out before its colours are
                converted, which takes longer than decoding it.
        Returns:
            Yields (seconds since the first frame, f32 RGB [H, W, 3] in [0, 1]).
        """
        quarter_turns = self.info.rotation // 90
        first = None
        with _opened(self.path, "video") as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            damaged = interlaced = 0
            for i, frame in enumerate(container.decode(stream)):
                damaged += frame.is_corrupt
                interlaced += frame.interlaced_frame
                time = frame.time if frame.time is not None else i / (self.info.fps or 25)
                first = time if first is None else first
                if wanted and not wanted(time - first):
                    continue
                width, height = _square(stream, frame)
                plain = frame.reformat(width, height, format="rgb24", interpolation=EXACT)
                stored = plain.to_ndarray()
                rgb = np.rot90(without_combs(stored) if frame.interlaced_frame else stored, quarter_turns)
                yield time - first, rgb.astype(np.float32) / np.float32(255)
            length = _seconds(container, stream)
        missing = length - (time - first)
        if missing > max(0.05 * length, 3 / (self.info.fps or 25)):
            warnings.warn(f"{self.path} ends {missing:.1f} s before the {length:.1f} s that it should last: "
                          "it was probably cut short", stacklevel=2)
        if interlaced:
            warnings.warn(f"{self.path} is interlaced: of what moves in {interlaced} of its {i + 1} frames, every "
                          "second line was used", stacklevel=2)
        if (transfer := getattr(frame, "color_trc", None)) in HDR:
            warnings.warn(f"{self.path} is an HDR video ({HDR[transfer]}): its colours were interpreted as standard "
                          "range and look pale; convert it to SDR (BT.709) first", stacklevel=2)
        if damaged:
            warnings.warn(f"{self.path} is damaged: {damaged} of its {i + 1} frames are wrong in part", stacklevel=2)


    def key_times(self):
        """When the key frames are shown: those that the codec has coded by themselves, without decoding any.

        Returns:
            Set of float, seconds since the first frame, rounded to milliseconds.
        """
        with _opened(self.path, "video") as container:
            stream = container.streams.video[0]
            times = [(float(p.pts * p.time_base), p.is_keyframe) for p in container.demux(stream) if p.pts is not None]
        first = min((time for time, _ in times), default=0.0)
        return {round(time - first, 3) for time, key in times if key}


def _square(stream, frame):
    """(width, height) of a stored frame with square pixels, in which it is shown: players stretch its width."""
    shape = stream.sample_aspect_ratio
    if not shape or not Fraction(1, 8) <= shape <= 8:
        return frame.width, frame.height
    return max(1, round(frame.width * shape)), frame.height


def _seconds(container, stream):
    """How long the video track should last, 0 when the file does not say."""
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / av.time_base


def read_video(path):
    """A video: iterate over it for its frames, f32 RGB [H, W, 3] in [0, 1], upright; `.info` describes it, `.timed()`
    yields (seconds, frame).

    Only one frame is in memory, and every iteration reads the file again. FileNotFoundError when there is no file;
    ValueError for a file that is empty, no video, without a video track, of more than 64 million pixels a frame, or
    damaged so that its first frame, or a later one, cannot be read. Frames that the decoder could conceal, and a file
    that ends too early, are reported by a warning at the end.

    Args:
        path: Anything that FFmpeg reads (MP4, WebM, MOV, AVI, MKV ...).
    Returns:
        Video.
    Lesson 01.
    """
    return Video(path)


def read_audio(path, rate=None, longest=None):
    """The sound of a video or sound file; the whole track is held in memory.

    Damaged packets become silence, with a warning.

    Args:
        path: The file.
        rate: Resample to this many samples per second; as stored when left out.
        longest: Seconds beyond which reading stops with an error.
    Returns:
        Samples f32 [N, channels] in [-1, 1], and their rate in Hz.
    Raises:
        FileNotFoundError: When there is no file.
        ValueError: When there is no sound track, it cannot be read, or it is longer than allowed.
    Lesson 08.
    """
    with _opened(Path(path), "audio") as container:
        stream = container.streams.audio[0]
        if stream.codec_context is None or not (rate or stream.rate):
            raise ValueError(f"{path} has a sound track whose codec is unknown: convert it to AAC or WAV")
        rate = rate or stream.rate
        sound = Sound(container, stream, rate)
        parts, count = [], 0
        for part in sound:
            parts.append(part.to_ndarray())
            count += parts[-1].shape[1]
            if longest is not None and count > longest * rate:
                raise ValueError(f"{path} has more than {longest:.0f} s of sound: cut it")
        if not parts:
            raise ValueError(f"{path} has a sound track without a sample that can be read: fetch or save it again")
        if sound.damaged:
            warnings.warn(f"{path} has damaged sound: {sound.damaged} packets of it are silent", stacklevel=3)
        samples = np.concatenate(parts, 1).T
        return np.ascontiguousarray(np.clip(np.nan_to_num(samples), -1, 1), np.float32), int(rate)


@contextlib.contextmanager
def _opened(path, kind):
    """The open container of a file that has a track of that kind; FFmpeg's errors become ValueErrors for people."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder, not a file")
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty (0 bytes): fetch or save it again")
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            if not getattr(container.streams, kind):
                raise ValueError(f"{path} has no {'video' if kind == 'video' else 'sound'} track")
            if kind == "video":
                codec = container.streams.video[0].codec_context
                if codec is None or (codec.width or 0) * (codec.height or 0) > MAX_PIXELS:
                    raise ValueError(f"{path} cannot be read: " + (
                        "its codec is unknown: convert it to MP4 (H.264)" if codec is None else
                        f"its frames have {codec.width} x {codec.height} pixels, at most {MAX_PIXELS:,} are read: "
                        "shrink it"))
            yield container
    except av.error.FFmpegError as error:
        raise ValueError(f"{path} cannot be read completely as video or sound ({error.strerror}); it is damaged, cut "
                         "short or of another kind: fetch or save it again, or convert it to MP4 (H.264)") from error
