"""The sound of a file, packet by packet: damaged packets become silence of the same length. Lesson 08."""

import av
import numpy as np

GAP = 0.05  # seconds: a hole from which on it is filled; less is the rounding of time stamps


class Sound:
    """Iterate over it once for the resampled frames of a sound track; `damaged` then counts its damaged packets.

    Args:
        container: An open av.InputContainer.
        track: Its audio stream.
        rate: Samples per second of the frames, in planar float32.
        layout: "mono", "stereo", or None for the track's own.
        start: Seconds; earlier sound is left out.
        stop: Seconds at which to end, None for all.
    """

    def __init__(self, container, track, rate, layout=None, start=None, stop=None):
        self.container, self.track, self.start, self.stop = container, track, start, stop
        self.resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
        self.damaged = 0

    def __iter__(self):
        expected = previous = None  # seconds at which the next frame should begin: by all frames so far, by the last
        for frame in self._decoded():
            time = frame.time
            if time is not None and self.start is not None and time < self.start - 1e-6:
                continue
            if time is not None and self.stop is not None and time >= self.stop:
                break
            if time is not None:
                missing = 0.0 if previous is None else time - (expected if self.damaged else previous)
                if GAP < missing < 3600:
                    yield from self._silence(frame, missing)
                    expected += missing
                previous = time + frame.samples / frame.sample_rate
                expected = (time if expected is None else expected) + frame.samples / frame.sample_rate
            yield from self.resampler.resample(frame)
        yield from self.resampler.resample(None)

    def _decoded(self):
        packets = self.container.demux(self.track)
        while True:
            packet = None
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                yield from packet.decode()
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                self.damaged += 1
                if packet is None or self.damaged > 10_000:  # the file itself is broken from here on
                    return

    def _silence(self, like, seconds):
        left = round(seconds * like.sample_rate)
        while left > 0:
            count = min(left, like.sample_rate)
            frame = av.AudioFrame(format=like.format.name, layout=like.layout.name, samples=count)
            for plane in frame.planes:
                plane.update(np.zeros(plane.buffer_size, np.uint8).tobytes())
            frame.sample_rate, left = like.sample_rate, left - count
            yield from self.resampler.resample(frame)
