"""The learned and the parametric swap on clips of the cast treated as if they were real. Lesson 16.

Held-out people, clips written as H.264 and read back, no truth used by either way; then both are compared with the
perfect forgery, which the cast can render. `python -m course_lib.experiments.parametric_swap` makes
datasets/runs/parametric_swap.json again (about 10 minutes on 2 cores; stopped, it goes on with the next person).
"""
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from course_lib import cast, media, pipelines
from course_lib.checkpoints import DATASETS
from course_lib.faces import detect_faces, eye_opening, head_pose, mouth_opening
from course_lib.metrics.image import face_psnr
from course_lib.profile import cache_dir
from course_lib.show import encode_sheet, image_sheet

RUNS = DATASETS / "runs" / "parametric_swap.json"
TARGET, SIZE, SECONDS, RATE = "Kavya", 256, 2.0, 12
PEOPLE = range(91_000, 91_008)  # neither the networks nor the mapping of the landmarks have seen them
WAYS = ("learned", "parametric")
KINDS = ("source", *WAYS)
SHOWN = 4  # people of whom a frame is stored
MEASURES = {  # name -> unit
    "psnr": "dB", "pose": "degrees", "mouth": "% of the distance of the eyes", "lids": "% of the eye's width",
    "gaze": "% of the eye's width", "jitter": "px at 256 px"}


def seen(image):
    """What the mesh reads off a face.

    Args:
        image: f32 RGB [H, W, 3].
    Returns:
        f64 [9 + 102]: yaw, pitch and roll in degrees, opening of the mouth and of both lids, gaze to the side and
        upwards, whether the eyes are open, landmarks 17 to 67; nan where there is no face.
    Lesson 16.
    """
    face = max(detect_faces(image), key=lambda f: f.box[2] * f.box[3], default=None)
    if face is None:
        return np.full(9 + 102, np.nan)
    points, lids = face.landmarks.astype(np.float64), eye_opening(face.landmarks)
    corners = points[[36, 39, 42, 45]].reshape(2, 2, 2)
    width = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=-1)
    gaze = ((face.mesh.pupils - corners.mean(1)) / width[:, None]).mean(0)
    pose = np.rad2deg(head_pose(face.landmarks, image.shape))
    return np.r_[pose, mouth_opening(points), lids, gaze, lids.min() > 0.22, points[17:].ravel()]


def compared(read, perfect, source):
    """Errors of one clip against the perfect forgery, both read by the mesh.

    Args:
        read, perfect, source: of `seen`, [T, 111], of the result, the perfect forgery and the source.
    Returns:
        A dict with the names of MEASURES but psnr, means over the frames in which every face was found.
    Lesson 16.
    """
    found = np.isfinite(read[:, 0] + perfect[:, 0] + source[:, 0])
    read, perfect, source = read[found], perfect[found], source[found]
    off = np.abs(read - perfect)
    eyes = (perfect[:, 8] > 0) & (read[:, 8] > 0)
    moved = np.diff(read[:, 9:] - source[:, 9:], axis=0)
    return {"pose": float(off[:, :3].mean()), "mouth": float(100 * off[:, 3].mean()),
            "lids": float(100 * off[:, 4:6].mean()), "gaze": float(100 * off[eyes, 6:8].mean()),
            "jitter": float(moved.std(0).mean()) if len(moved) > 1 else 0.0, "frames": int(found.sum())}


def one_person(number, folder):
    """Both ways on a clip of one person.

    Args:
        number: of the person, see cast.random_person.
        folder: a Path, for the files.
    Returns:
        (dict of the scores of each of KINDS, images f32 [4, 128, 128, 3]: a frame of the source, of both ways and of
        the perfect forgery).
    Lesson 16.
    """
    clip = cast.clip(cast.random_person(number), SECONDS, RATE, seed=number)
    source, true = (cast.render(person, clip.scenes, SIZE) for person in (clip.person, cast.people()[TARGET]))
    path = folder / "source.mp4"
    media.write_video(path, iter(source.rgb), fps=RATE, what="a clip of the cast", how="experiments.parametric_swap")
    images = {"source": np.stack(list(media.read_video(path)))}
    for way in WAYS:
        made = pipelines.swap_video(path, folder / f"{way}.mp4", _learned(), find=pipelines.find_landmarks,
                                    way=pipelines.Way(TARGET, way), quiet=True)
        images[way] = np.stack(list(media.read_video(made)))
    perfect = np.stack([seen(image) for image in true.rgb])
    readings = {kind: np.stack([seen(image) for image in frames]) for kind, frames in images.items()}
    scores, skin = {}, true.face_mask
    for kind, frames in images.items():
        psnr = face_psnr(frames, true.rgb, skin.astype(np.float32))
        scores[kind] = {"psnr": float(np.mean(psnr)), **compared(readings[kind], perfect, readings["source"])}
    middle = len(true) // 2
    return scores, np.stack([*(images[kind][middle] for kind in KINDS), true.rgb[middle]])[:, ::2, ::2]


@cache
def _learned():
    return pipelines.swapper(TARGET)


def summary(rows):
    """Means over people with intervals.

    Args:
        rows: list of the dicts of one_person.
    Returns:
        Dict of kind -> measure -> [mean, low, high], the interval of 95 % by a bootstrap over people.
    Lesson 16.
    """
    out, rng = {}, np.random.default_rng(0)
    drawn = rng.integers(0, len(rows), (2000, len(rows)))
    for kind in KINDS:
        values = {name: np.array([row[kind][name] for row in rows]) for name in MEASURES}
        out[kind] = {name: [round(float(v.mean()), 3), *np.percentile(v[drawn].mean(1), [2.5, 97.5]).round(3).tolist()]
                     for name, v in values.items()}
    return out


def table(record):
    """The stored summary as text, a line for each measure.

    Args:
        record: what is stored.
    Returns:
        The text.
    Lesson 16.
    """
    lines = [f"{'against the perfect forgery':46}" + "".join(f"{kind:>24}" for kind in KINDS)]
    for name, unit in MEASURES.items():
        cells = (record["summary"][kind][name] for kind in KINDS)
        lines.append(f"{name + ', ' + unit:46}" + "".join(f"{m:9.2f} ({a:5.2f} to {b:5.2f})" for m, a, b in cells))
    return "\n".join(lines)


def read():
    """The stored run.

    Returns:
        A dict: people, summary as from `summary`, rows, and the sheet of images.
    Raises:
        FileNotFoundError: when it was not made yet.
    Lesson 16.
    """
    return json.loads(RUNS.read_text(encoding="utf-8"))


def main():
    """Swap, measure and store."""
    kept = cache_dir() / "parametric_swap"
    kept.mkdir(parents=True, exist_ok=True)
    rows, images = [], []
    for number in PEOPLE:
        file = kept / f"{number}.npz"
        if not file.is_file():
            with TemporaryDirectory() as folder:
                scores, shown = one_person(number, Path(folder))
            np.savez(file, scores=json.dumps(scores), shown=shown)
        with np.load(file) as stored:
            rows.append(json.loads(str(stored["scores"])))
            images.append(stored["shown"])
        print(number, {kind: {k: round(v, 2) for k, v in row.items()} for kind, row in rows[-1].items()}, flush=True)
    sheet = image_sheet(np.concatenate(np.stack(images[:SHOWN], 1)), columns=SHOWN)
    record = {"target": TARGET, "people": list(PEOPLE), "frames": round(SECONDS * RATE), "size": SIZE,
              "summary": summary(rows), "rows": rows, "sheet": encode_sheet(sheet.clip(0, 1))}
    RUNS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(table(record))


if __name__ == "__main__":
    main()
