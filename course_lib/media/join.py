"""Puts films of write_video one behind the other, without decoding them, and adds a sound track. Lesson 03."""

import contextlib
import warnings
from fractions import Fraction
from heapq import merge
from pathlib import Path

import av

from course_lib.provenance import manifest, stamp

from .sound import Sound
from .video_writer import CODECS, ENDINGS

COPIED = {"mp4": {"aac", "mp3", "ac3", "eac3", "alac"}, "webm": {"opus", "vorbis"}}  # sound that a container can hold


def join_videos(path, parts, starts=None, *, sound=None, what, how, parameters=None, sources=(), consent=None,
                stopped_by=None):
    """Writes one film of several, and a manifest beside it; returns the Path.

    path: .mp4 or .webm. parts: paths of films of that kind, as write_video made them, of one size; each must be the
    one that its manifest describes, so that what is joined is labelled and marked. starts: the second at which each
    begins; one behind the other when left out. sound: a file whose sound is taken along, from its first picture on and
    as long as the film: copied as it is where the container allows, else encoded anew, and broken packets are silence,
    which a warning and the manifest tell; without a sound track there, it stays silent. what, how, parameters, sources,
    consent: see provenance.stamp. stopped_by: why the film is not complete, for the manifest; None when it is. Pictures
    and sound are read and written as a stream.
    Raises ValueError when there are no parts, a part is not the course's or does not fit. Lesson 03.
    """
    path, parts = Path(path), [Path(part) for part in parts]
    kind = CODECS[ENDINGS[path.suffix.lower()]][2] if path.suffix.lower() in ENDINGS else None
    if kind is None or not parts or any(part.suffix.lower() != path.suffix.lower() for part in parts):
        raise ValueError(f"{path.name} cannot be joined from {[part.name for part in parts]}; expected at least one "
                         "part, and .mp4 or .webm for all")
    made = [manifest.read(part) for part in parts]
    for part, record in zip(parts, made):
        if not manifest.agrees(part):
            raise ValueError(f"{part} is not the file that its manifest describes: make it again")
        if record["size"] != made[0]["size"] or record["codec"] != made[0]["codec"]:
            raise ValueError(f"{part} is {record['size']} in {record['codec']}, the first part {made[0]['size']} in "
                             f"{made[0]['codec']}; parts must be alike")
    if starts is None:
        starts = [sum(record["seconds"] for record in made[:i]) for i in range(len(made))]
    seconds = starts[-1] + made[-1]["seconds"]
    record = stamp.described(path, what, how, parameters, sources, consent)
    with stamp.published(path) as (whole, describe):
        try:
            how_sound = _write(whole, kind, parts, starts, sound, seconds)
        except av.error.FFmpegError as error:
            raise OSError(error.errno, f"{path} could not be joined to its end ({error.strerror})") from error
        describe({
            **record, **{k: made[0][k] for k in ("codec", "crf", "fps", "size", "label")},
            "seconds": round(seconds, 4), **({"sound": how_sound} if how_sound else {}),
            "complete": stopped_by is None, **({"stopped_by": stopped_by} if stopped_by else {}),
            "pictures": sum(r["pictures"] for r in made),
            "mark": {"method": "course_lib.provenance.watermark",
                     "score_before_encoding": min(r["mark"]["score_before_encoding"] for r in made)},
        })
    return path


def _write(whole, kind, parts, starts, sound, seconds):
    with contextlib.ExitStack() as open_:
        film = open_.enter_context(av.open(str(whole), "w", format=kind))
        first = open_.enter_context(av.open(str(parts[0])))
        stream = film.add_stream_from_template(first.streams.video[0])
        flows, how = [_pictures(stream, parts, starts)], None
        broken, sounds = (0, None) if sound is None else _looked_through(sound)
        if sounds is not None:
            source = open_.enter_context(av.open(str(sound), metadata_errors="replace")) if sounds else None
            track = source.streams.audio[0] if sounds else None
            if not sounds:
                how = "left out, because it cannot be decoded"
            elif not broken and track.codec_context.name in COPIED[kind]:
                how = "copied"
                flows.append(_copied(film, source, track, seconds))
            else:
                how = "encoded anew" + (f", {broken} broken packets of it silent" if broken else "")
                flows.append(_encoded(film, source, track, seconds))
            if broken or not sounds:
                warnings.warn(f"the sound of {sound} is damaged; it was {how}", stacklevel=3)
        for _, packet in merge(*flows, key=lambda item: item[0]):  # by time, so that neither waits in memory
            film.mux(packet)
    return how


def _pictures(stream, parts, starts):
    """(second, packet) of all parts, one behind the other."""
    for part, start in zip(parts, starts):
        with av.open(str(part)) as container:
            for packet in container.demux(video=0):
                if packet.dts is None:
                    continue
                shift = round(Fraction(start).limit_denominator(10**6) / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, stream
                yield float(packet.dts * packet.time_base), packet


def _beginning(source):
    """The second at which the first picture of a file is shown; sound counts from there."""
    if not source.streams.video or source.streams.video[0].start_time is None:
        return 0.0
    stream = source.streams.video[0]
    return float(stream.start_time * stream.time_base)


def _copied(film, source, track, seconds):
    """(second, packet) of a sound track as it is, from the first picture on."""
    stream, began = film.add_stream_from_template(track), _beginning(source)

    def packets():
        for packet in source.demux(track):
            if packet.dts is None:
                continue
            time = float(packet.pts * packet.time_base) - began
            if time >= seconds:
                return
            if time >= -1e-6:
                shift = round(began / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, stream
                yield time, packet

    return packets()


def _looked_through(path):
    """(broken packets, whether there is any sound that can be decoded, None without a track) of a file."""
    try:
        with av.open(str(path), metadata_errors="replace") as source:
            if not source.streams.audio:
                return 0, None
            track = source.streams.audio[0]
            if track.codec_context is None or not track.rate:
                return 0, False
            sound = Sound(source, track, track.rate)
            sounds = sum(1 for _ in sound) > 0
            return sound.damaged, sounds
    except av.error.FFmpegError:
        return 0, False


def _encoded(film, source, track, seconds):
    """(second, packet) of a sound track in the container's own codec."""
    encoder = next(c[3] for c in CODECS.values() if c[2] == film.format.name)
    possible = av.Codec(encoder, "w").audio_rates or [48_000]
    rate = track.rate if track.rate in possible else 48_000
    layout = "mono" if track.channels == 1 else "stereo"
    stream, began = film.add_stream(encoder, rate=rate, layout=layout), _beginning(source)
    frames = Sound(source, track, rate, layout, start=began, stop=began + seconds)

    def packets():
        done = 0
        for frame in frames:
            frame.pts, frame.time_base = done, Fraction(1, rate)
            done += frame.samples
            for packet in stream.encode(frame):
                yield float(packet.pts * packet.time_base), packet
        for packet in stream.encode():
            yield float(packet.pts * packet.time_base), packet

    return packets()
