"""Whole clips, laundered and looked up in a registry: `python -m course_lib.experiments.recovered_clips`.

First the clips that lessons 02 to 08 make (see recovered.py), with their sources and clips that were never registered;
then photographs through which a camera pans, at several sizes and lengths: from where on is a clip found, and by what?
Each is encoded again, without a manifest, and all its frames are read. Stored row by row in
datasets/runs/recovered_clips.json: a run that was stopped goes on. Some 10 minutes on 2 cores. Lesson 14.
"""
import argparse
import json
import time
from importlib.resources import files

import numpy as np

from course_lib import cast, media, models, pipelines
from course_lib.checkpoints import DATASETS
from course_lib.degradation import crop, frame_rate, h264_bytes, resize
from course_lib.pipelines.registry import look
from course_lib.profile import cache_dir
from course_lib.provenance import manifest, payload, spread, watermark

from .recovered import COUNT, RATE, SEED, SIZE, best_match, written_files
from .stored import write_run

FILE = DATASETS / "runs" / "recovered_clips.json"
STRANGERS = 3  # clips that are not registered
SIZES, LENGTHS, FPS = (64, 128, 224, 320, 448), (5, 50), 25  # pixels, frames, frames per second
PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png")
ROADS = {  # frames and their rate -> frames, their rate, and the CRF at which they are encoded
    "CRF 23": lambda frames, fps: (frames, fps, 23),
    "CRF 33": lambda frames, fps: (frames, fps, 33),
    "60 % of the size": lambda frames, fps: (_resized(frames), fps, 23),
    "crop of 8 %": lambda frames, fps: ([crop(f, 0.08) for f in frames], fps, 23),
    "half the frames": lambda frames, fps: (frames[::2], fps / 2, 23),
    "3/4 of the frame rate": lambda frames, fps: (frame_rate(np.stack(frames), 0.75), fps, 23),
    "second half": lambda frames, fps: (frames[len(frames) // 2:], fps, 23),
    "crop, 60 %, CRF 33": lambda frames, fps: (_resized([crop(f, 0.08) for f in frames]), fps, 33),
}
SOME = ("CRF 23", "CRF 33", "60 % of the size", "crop of 8 %")  # for each size and length


def read():
    """Read the stored run.

    Returns:
        {"rows": list of {"file" (None for a clip that was never registered), "clip", "way", "road", and of the best
        match "name" (None without one), "by", "confidence", "distance", "agreement"}, "grid": list of {"photograph",
        "size", "frames", "road", "score" (first layer), "second", "decoded" (whether the code yields the payload),
        "agreement" (of its payload), "distance" (PDQ, to itself), "nearest" (to another entry)}}.
    Lesson 14.
    """
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {"rows": [], "grid": []}


def laundered(path, road, out):
    """A clip on one of the ROADS.

    Args:
        path: Of a video.
        road: Key of ROADS.
        out: Path of the new file, which gets neither label, mark nor manifest.
    Returns:
        out.
    Lesson 14.
    """
    video = media.read_video(path)
    frames, fps, crf = ROADS[road](list(video), video.info.fps)
    height, width = (n - n % 2 for n in frames[0].shape[:2])
    out.write_bytes(h264_bytes(np.stack([f[:height, :width] for f in frames]), crf, round(fps)))
    return out


def _resized(frames):
    return [resize(f, scale=0.6, filter="area") for f in frames]


def course_clips():
    """The clips of lessons 02 to 08 and what they were made from.

    Returns:
        Dict, way -> list of paths; "source" for those that they were made from.
    Lesson 14.
    """
    out = {}
    for made, sources in written_files():
        for way, path in (made | {"source": sources["08 dubbed"]}).items():
            if media.is_video(path):
                out.setdefault(way, []).append(path)
    return out


def strangers(folder):
    """Clips of people who are in no registry, written by the same code.

    Args:
        folder: Path.
    Returns:
        List of paths.
    Lesson 14.
    """
    paths = [folder / f"stranger{k}.mp4" for k in range(STRANGERS)]
    for k, path in enumerate(paths):
        if not path.is_file():
            clip = cast.clip(cast.random_person(SEED + k), COUNT / RATE, RATE, SEED + k)
            frames = cast.render([clip.person] * len(clip), list(clip.scenes), SIZE).rgb
            media.write_video(path, frames, RATE, what="a person of the cast", how="cast.render")
    return paths


def panned(photograph, size, count):
    """A camera that pans through a photograph.

    Args:
        photograph: Name of a picture of scikit-image.
        size: Pixels, height and width.
        count: Frames.
    Returns:
        List of f32 RGB [size, size, 3] in [0, 1].
    Lesson 14.
    """
    image = media.read_image(files("skimage.data") / photograph)
    large = resize(image, scale=1.3 * size / min(image.shape[:2]), filter="area")
    path = np.linspace(0, 0.25 * size * min(1, count / 50), count)
    return [large[int(s / 2):int(s / 2) + size, int(s):int(s) + size] for s in path]


def marked(row):
    """Whether the watermark was detected in a clip, by either layer.

    Args:
        row: Of the grid.
    Returns:
        bool.
    Lesson 14.
    """
    return row["score"] >= watermark.THRESHOLD or row["second"] >= spread.THRESHOLD


def main():
    """Write, launder, look up and store; what is stored already is not done again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600, help="stop after this time; the same command goes on")
    end, run = time.monotonic() + parser.parse_args().seconds, read()
    assert models  # registers the layers that load needs
    folder = cache_dir() / "lesson14" / "clips"
    folder.mkdir(parents=True, exist_ok=True)
    for part in (_course, _grid):
        for row in part(run, folder):
            write_run(FILE, run)
            print(row, flush=True)
            if time.monotonic() > end:
                print("stopped; the same command goes on there")
                return


def _course(run, folder):
    done = {(row["way"], row["file"] or row["clip"], row["road"]) for row in run["rows"]}
    clips, registry = course_clips(), pipelines.Registry()
    known = [path for paths in clips.values() for path in paths]
    for path in known:
        registry.add(path)
    for way, paths in (clips | {"never registered": strangers(folder)}).items():
        for path in paths:
            for road in ROADS:
                if (way, path.name, road) in done:
                    continue
                row = {"file": path.name if path in known else None, "clip": path.name, "way": way, "road": road}
                run["rows"].append(row | best_match(registry, laundered(path, road, folder / "found.mp4")))
                yield run["rows"][-1]


def _grid(run, folder):
    done = {(row["photograph"], row["size"], row["frames"], row["road"]) for row in run["grid"]}
    for size in SIZES:
        for count in LENGTHS:
            if all((name, size, count, road) in done for name in PHOTOGRAPHS for road in SOME):
                continue
            paths = [media.write_video(folder / f"{name[:-4]}_{size}_{count}.mp4", panned(name, size, count), FPS,
                                       what="a photograph, panned through", how="experiments.recovered_clips")
                     for name in PHOTOGRAPHS]
            registries = [_with(path) for path in paths]
            for k, name in enumerate(PHOTOGRAPHS):
                own = manifest.read(paths[k])["mark"].get("payload")
                for road in SOME:
                    if (name, size, count, road) in done:
                        continue
                    seen = look(laundered(paths[k], road, folder / "found.mp4"))
                    far = [min(registry.distances(seen).values()) for registry in registries]
                    agrees = payload.agreement(seen.found.soft, [] if own is None else [own])
                    run["grid"].append({
                        "photograph": name, "size": size, "frames": count, "road": road, "score": round(seen.score, 2),
                        "second": round(seen.found.score, 2), "decoded": own is not None and seen.found.payload == own,
                        "agreement": round(float(agrees.max(initial=0)), 2), "distance": far[k],
                        "nearest": min(far[:k] + far[k + 1:])})
                    yield run["grid"][-1]


def _with(path):
    registry = pipelines.Registry()
    registry.add(path)
    return registry


if __name__ == "__main__":
    main()
