"""Speed of a face swap in a film, from file to file: 256 px frames, one face at 64 px, the shipped weights.

Two figures each. "as measured" is the clock's, which other programs on the machine slow down. "on one core" is frames
per second of processor time, all threads of the process added up, which they slow down less.
"""
import tempfile
import time
from pathlib import Path

import numpy as np

from course_lib import blending, media, pipelines
from course_lib.experiments.blending_steps import held_out
from course_lib.faces import align, detect_faces, estimate_68
from course_lib.pipelines.swap import swapper

SECONDS, SIZE = 3.0, 256


def timed(work):
    """(seconds of the clock, seconds of processor time) that a function takes."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def find(frame):
    return [estimate_68(face.points) for face in detect_faces(frame)]


def rows():
    """[(name, value, unit, target)] for the benchmark's table."""
    frames = held_out(seconds=SECONDS, size=SIZE).frames
    swap, made, count = swapper("Kavya"), [], len(frames)
    for landmarks in (frames.landmarks[:4], frames.landmarks):  # the first is for the models' warm-up
        list(blending.swap_frames(frames.rgb[:len(landmarks)], landmarks, swap))
    with tempfile.TemporaryDirectory() as folder:
        tone = 0.2 * np.sin(np.arange(int(count / 25 * 48_000)) / 20).astype(np.float32)
        source = media.write_video(Path(folder) / "film.mp4", frames.rgb, 25, audio=(tone, 48_000),
                                   what="a clip of the cast", how="cast.render")
        for name, target, how in (("known landmarks", 12, {"landmarks": frames.landmarks}),
                                  ("with detection", 5, {"find": find})):
            clock, processor = timed(lambda how=how: pipelines.swap_video(
                source, Path(folder) / "swapped.mp4", swap, quiet=True, **how))
            made += [(f"swap_video at 256 px, {name}: as measured", count / clock, "frames/s",
                      f">= {target}"),
                     (f"swap_video at 256 px, {name}: on one core", count / processor, "frames/s", "")]
    crops = [align(frame, points) for frame, points in zip(frames.rgb[:20], frames.landmarks)]
    for blend in ("alpha", "poisson", "pyramid"):
        _, processor = timed(lambda blend=blend: [
            blending.put_back(frame, crop.image, crop.matrix, points, blending.Steps(blend=blend))
            for frame, crop, points in zip(frames.rgb, crops, frames.landmarks)])
        made.append((f"put_back of one face at 256 px, {blend}: processor time", 1000 * processor / len(crops), "ms",
                     "<= 150"))
    return made


if __name__ == "__main__":
    for row in rows():
        print(*row)
