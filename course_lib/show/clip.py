"""A clip or a sound on a page, with captions for those who do not hear it and a name for those who do not see it."""
import base64
import html
import io
import wave

import numpy as np


def webvtt(captions):
    """Write captions in the format of browsers.

    Args:
        captions: [(start, end, text)], seconds.
    Returns:
        The text of a WebVTT file.
    Raises:
        ValueError: When a caption ends before it begins, or says nothing.
    Lesson 08.
    """
    cues = ["WEBVTT"]
    for start, end, text in captions:
        if not 0 <= start < end or not text.strip():
            raise ValueError(f"the caption {text!r} is from {start} to {end} s; expected a text, and 0 <= start < end")
        cues.append(f"{_time(start)} --> {_time(end)}\n{html.escape(' '.join(text.split()), quote=False)}")
    return "\n\n".join(cues) + "\n"


def _time(seconds):
    minutes, thousandths = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{thousandths // 1000:02d}.{thousandths % 1000:03d}"


class Clip:
    """A video or a sound as a notebook's result: played in the page, its captions switched on.

    Args:
        data: The bytes of the file.
        captions: [(start, end, text)] of what is said, seconds; empty where nobody speaks.
        alt: What is to be seen or heard.
        kind: "video/mp4", "video/webm" or "audio/wav".
        width: Pixels.
    Lesson 08.
    """

    def __init__(self, data, captions, alt, kind="video/mp4", width=480):
        self.data, self.vtt, self.alt, self.kind, self.width = data, webvtt(captions), alt, kind, width

    @classmethod
    def sound(cls, samples, rate, captions, alt):
        """Make a Clip of a sound.

        Args:
            samples: f32 [N] in [-1, 1], mono.
            rate: Samples per second.
            captions, alt: As for a Clip.
        Returns:
            A Clip.
        """
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        return cls(file.getvalue(), captions, alt, "audio/wav")

    def __repr__(self):
        return f"[{self.kind.split('/')[0]}: {self.alt}]"

    def _repr_html_(self):  # a sound is a video too, of no picture: browsers show captions in a video alone
        data, captions = (base64.b64encode(part).decode() for part in (self.data, self.vtt.encode()))
        high = "height:90px;background:#1b1f24;" if self.kind.startswith("audio") else ""
        return (f'<video controls aria-label="{html.escape(self.alt, quote=True)}" width="{self.width}" '
                f'style="{high}max-width:100%"><source src="data:{self.kind};base64,{data}" type="{self.kind}">'
                f'<track kind="captions" srclang="en" label="English" default src="data:text/vtt;base64,{captions}">'
                "</video>")
