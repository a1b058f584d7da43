"""Files of lessons 02 to 09, laundered, and looked up in a registry: `python -m course_lib.experiments.recovered`.

The course's pipelines swap, animate, dub, restore and generate, and write files with mark and manifest, which are
registered. Single frames of these are laundered as in lesson 13, saved as JPEG without a manifest, and looked up
(recovered_clips.py launders whole clips). People who were never registered are the control. Then the fingerprints of
products are compared with those of their sources. A few minutes on 2 cores; stored in datasets/runs/recovered.json.
Lesson 14.
"""
import json

import numpy as np

from course_lib import cast, media, models, pipelines
from course_lib.cast import Camera, Expression, Pose, Scene, random_person
from course_lib.checkpoints import DATASETS, load
from course_lib.degradation import crop, jpeg_bytes, launder, resize
from course_lib.metrics.proportions import wilson
from course_lib.pipelines import enhancers
from course_lib.profile import cache_dir
from course_lib.provenance import fingerprints, manifest

from .stored import write_run

FILE = DATASETS / "runs" / "recovered.json"
SIZE, RATE, COUNT = 320, 10, 20  # pixels, frames per second, frames of a clip
FRAMES = 4, 14  # those that are laundered
PAIRS = (("Leo", "Ines"), ("Hiro", "Grace"), ("Ada", "Chidi"))  # who is filmed, and whose picture is animated
STRANGERS, SEED = 6, 4_000_000
HASHES = {"average": fingerprints.average_hash, "difference": fingerprints.difference_hash,
          "DCT": fingerprints.dct_hash, "PDQ": lambda image: fingerprints.pdq(image)[0]}
ROADS = {
    "JPEG": lambda image: image,
    "resize": lambda image: launder(image, "resize"),
    "c40": lambda image: launder(image, "c40"),
    "noise": lambda image: launder(image, "noise"),
    "recapture": lambda image: launder(image, "recapture"),
    "crop of 8 %": lambda image: crop(image, 0.08),
    "mirrored, cropped": lambda image: crop(np.ascontiguousarray(image[:, ::-1]), 0.05),
    "resize, crop, c40": lambda image: launder(crop(image, 0.05), ("resize", "c40")),
}


def read():
    """Read the stored run.

    Returns:
        {"rows": list of {"file", "way", "road", "name", "by", "confidence", "distance", "agreement"}, where file is the
        name under which the laundered picture was registered, None for a stranger, and name the best match's, None
        without one; "distances": way -> name of HASHES -> median distance of products to their sources}.
    Lesson 14.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def write_files(folder, filmed, still):
    """Write what lessons 02 to 09 make of two people, by the course's pipelines.

    Args:
        folder: Path.
        filmed: Name of who is filmed: swapped with Kavya, and dubbed.
        still: Name of whose picture is animated by the clip, and of whose small picture is enlarged and restored.
    Returns:
        (dict, way -> path of its product; dict, way -> path of its source, where both show the same scene).
    Lesson 14.
    """
    about = {"what": "people of the cast, who do not exist", "how": "cast.render"}
    scenes = [Scene(Expression(jaw=0.4 * abs(np.sin(k))), Pose(yaw=0.03 * k), camera=Camera(1.2, 0, 0.1))
              for k in range(COUNT)]
    frames = cast.render(cast.people()[filmed], scenes, SIZE)
    portrait = cast.render(cast.people()[still], scenes[:1], SIZE)
    clip = media.write_video(folder / f"{filmed}.mp4", frames.rgb, RATE, **about)
    picture = media.write_image(folder / f"{still}.png", portrait.rgb[0], **about)
    quarter = resize(portrait.rgb[0], scale=0.25, filter="area")
    small = media.write_image(folder / f"{still}_small.png", quarter, **about)

    def exact():
        rows = iter(frames.landmarks)
        return lambda frame: [next(rows)]

    def enlarge(frame):
        enlarged = enhancers.enlarge(frame[None], "ESRGAN, blind")[0]
        into = [portrait.landmarks[0]]
        return enhancers.enhancer(lambda _: into, enlarged=None)(enlarged)

    made, sources = names_of(folder, filmed, still)
    pipelines.swap_video(clip, made["02-03 swapped"], pipelines.swapper("Kavya"), find=exact(), quiet=True)
    pipelines.animate_video(picture, clip, made["07 animated"], load("first_order"), find=pipelines.find_landmarks,
                            quiet=True)
    pipelines.dub_video(clip, made["08 dubbed"], load("audio_to_lips"), find=exact(), text="Good evening.",
                        candidates=3, quiet=True)
    pipelines.enhance_file(small, made["09 restored"], enlarge, scale=4, quiet=True)
    return made, sources


def names_of(folder, filmed, still):
    """Where `write_files` writes.

    Args:
        folder, filmed, still: As for `write_files`.
    Returns:
        (dict, way -> path of its product; dict, way -> path of its source, where both show the same scene).
    Lesson 14.
    """
    clip, picture = folder / f"{filmed}.mp4", folder / f"{still}.png"
    made = {"02-03 swapped": folder / f"{filmed}_swapped.mp4", "07 animated": folder / f"{still}_animated.mp4",
            "08 dubbed": folder / f"{filmed}_dubbed.mp4", "09 restored": folder / f"{still}_restored.png"}
    return made, {"02-03 swapped": clip, "07 animated": picture, "08 dubbed": clip, "09 restored": picture}


def written_files():
    """The files of all pairs, written into the cache by the first call.

    Returns:
        List of (made, sources) as of `write_files`, one for each of PAIRS.
    Lesson 14.
    """
    out = []
    for filmed, still in PAIRS:
        folder = cache_dir() / "lesson14" / f"recovered{COUNT}" / filmed
        made, sources = names_of(folder, filmed, still)
        if not all(manifest.path_of(path).is_file() for path in (*made.values(), *sources.values())):
            write_files(folder, filmed, still)
        out.append((made, sources))
    return out


def write_generated(folder, seed):
    """Write a face that lesson 04's generator draws.

    Args:
        folder: Path.
        seed: Of the latent vector.
    Returns:
        Path.
    Lesson 14.
    """
    network = load("portrait_generator")
    latent = np.random.default_rng(seed).standard_normal((1, network.input_shape[-1])).astype(np.float32)
    drawn = np.clip(np.asarray(network.predict_on_batch(latent))[0], 0, 1).astype(np.float32)
    return media.write_image(folder / f"generated_{seed}.png", resize(drawn, (SIZE, SIZE)), what="a face of nobody",
                             how="portrait_generator")


def frames_of(path, which=FRAMES):
    """A picture, or some frames of a video.

    Args:
        path: Of a file.
        which: Numbers of the frames.
    Returns:
        List of f32 RGB [H, W, 3] in [0, 1].
    Lesson 14.
    """
    if not media.is_video(path):
        return [media.read_image(path)]
    return [frame for k, frame in enumerate(media.read_video(path)) if k in which]


def look_up(registry, path, image):
    """The best match of a laundered picture.

    Args:
        registry: pipelines.Registry.
        path: Path of the JPEG to be written, without a manifest.
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        Dict as of `best_match`.
    Lesson 14.
    """
    path.write_bytes(jpeg_bytes(image, 85))
    return best_match(registry, path)


def best_match(registry, path):
    """The best match of a laundered file.

    Args:
        registry: pipelines.Registry.
        path: Of a picture or a video.
    Returns:
        Dict: name (None where nothing matches), by, confidence, distance, agreement (of the payload).
    Lesson 14.
    """
    found = registry.find(path)
    if not found:
        return {"name": None, "by": [], "confidence": "", "distance": 256, "agreement": 0.0}
    best = found[0]
    return {"name": best.name, "by": list(best.by), "confidence": best.confidence, "distance": best.distance,
            "agreement": best.agreement}


def counted(rows, roads):
    """What became of files that were looked up, road by road and then by the way that they were made.

    Args:
        rows: Of `read`, or of recovered_clips.
        roads: Names of the roads.
    Returns:
        Dict, road or way -> {"mark" (the right file, by the payload), "print" (the right file, by the fingerprint
        alone), "wrong" (another file comes first), "none", "interval" (Wilson's at 95 %, for the right file)}. A road
        counts registered files only.
    Lesson 14.
    """
    out = {}
    for part in (*roads, *dict.fromkeys(row["way"] for row in rows)):
        own = [row for row in rows if part == row["way"] or part == row["road"] and row["file"]]
        right = [row for row in own if row["name"] and row["name"] == row["file"]]
        mark, none = sum("payload" in row["by"] for row in right), sum(row["name"] is None for row in own)
        out[part] = {"mark": mark, "print": len(right) - mark, "wrong": len(own) - len(right) - none, "none": none,
                     "interval": wilson(len(right), len(own))}
    return out


def far(a, b):
    """How far the fingerprints of a product lie from those of its source, frame by frame.

    Args:
        a, b: Lists of f32 RGB images; a single image of b is compared with every one of a.
    Returns:
        Dict, name of HASHES -> median distance.
    Lesson 14.
    """
    pairs = list(zip(a, b * len(a) if len(b) == 1 else b, strict=False))
    return {name: float(np.median([fingerprints.distance(f(x), f(y)) for x, y in pairs])) for name, f in HASHES.items()}


def main():
    """Write, launder, look up and store."""
    assert models  # registers the layers that load needs
    folder, registry, subjects, distances = cache_dir() / "lesson14", pipelines.Registry(), [], {}
    for k, (made, sources) in enumerate(written_files()):
        for way, source in sources.items():
            distances.setdefault(way, []).append(far(frames_of(made[way]), frames_of(source)))
        made["04 generated"] = write_generated(folder, k)
        for path in sorted({*made.values(), *sources.values()}):
            registry.add(path)
        subjects += [(way, path.name, image) for way, path in made.items() for image in frames_of(path)]
    people = [random_person(SEED + k) for k in range(STRANGERS)]
    subjects += [("never registered", None, image) for image in cast.render(people, Scene(), SIZE).rgb]
    medians = {way: {hash: float(np.median([row[hash] for row in each])) for hash in HASHES}
               for way, each in distances.items()}
    print(medians, flush=True)
    rows = []
    for way, file, image in subjects:
        for road, change in ROADS.items():
            rows.append({"file": file, "way": way, "road": road,
                         **look_up(registry, folder / "found.jpg", change(image))})
        print(rows[-1], flush=True)
    write_run(FILE, {"rows": rows, "distances": medians}, indent=1)


if __name__ == "__main__":
    main()
