"""What the organiser of a tournament gives out and takes in: sources, folders, and the checks of handed-in clips."""
import json
from pathlib import Path

import numpy as np

from course_lib import media
from course_lib.arena.creators import CREATORS
from course_lib.arena.entries import InvalidEntry, Made, digest
from course_lib.arena.floors import broken, measure
from course_lib.arena.material import SIZE, references, sources
from course_lib.arena.matrix import publish
from course_lib.arena.rules import published
from course_lib.provenance import manifest, watermark

HOUSE = ("swap, sheer", "faceswap-GAN")  # the organiser's own creators, which nobody is told about
TEMPLATE = '''"""An example detector: the blurrier the face beside its surroundings, the more it looks like a fake."""
import cv2
import numpy as np


class Detector:
    """What the arena calls: no file names, no labels, and no network."""

    def predict(self, clips):
        """clips: a list with frames uint8 [T, H, W, 3], landmarks [T, 68, 2] and fps. Returns P(fake) for each."""
        return [self.score(clip.frames[len(clip.frames) // 2], clip.landmarks[len(clip.frames) // 2]) for clip in clips]

    def score(self, frame, points):
        (left, top), (right, bottom) = points.min(0).astype(int), points.max(0).astype(int)
        detail = np.abs(cv2.Laplacian(frame.astype(np.float32).mean(-1), cv2.CV_32F))
        inside = detail[max(top, 0):bottom, max(left, 0):right].mean()
        return float(1 / (1 + inside / max(detail.mean(), 1e-6)))
'''


def new(folder, *, clips=12, seed=3, say=print):
    """Make the folder that a class gets: `course arena new`.

    Args:
        folder: New or empty.
        clips: How many sources there are, 1 to 100.
        seed: Of the round: people, poses and light. Another one each time.
        say: Prints a line.
    Returns:
        Its Path.
    Raises:
        ValueError: When the folder is not empty, or for other numbers.
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty; name a new folder for the round")
    if not 1 <= clips <= 100 or not 0 <= seed < 900:
        raise ValueError(f"clips={clips}, seed={seed}: expected 1 to 100 clips and a seed from 0 to 899")
    for name in ("sources", "donors", "detectors", "creators"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "round.json").write_text(json.dumps({"seed": seed, "clips": clips}) + "\n")
    (folder / "detectors" / "example.py").write_text(TEMPLATE, encoding="utf-8")
    for k, source in enumerate(sources(seed, clips)):
        write(folder / "sources" / f"clip{k:02}.mp4", source.rgb, source.fps, "a rendered person who does not exist")
        media.write_image(folder / "donors" / f"clip{k:02}.png", np.concatenate(_large(references(source.donor)), 1),
                          what="pictures of the person to be swapped in", how="rendered; nobody real")
    say(f"{folder}: {clips} sources of {SIZE} x {SIZE} pixels, the faces to swap in, and an example detector")
    return folder


def _large(faces):
    import cv2

    return [cv2.resize(f, (128, 128), interpolation=cv2.INTER_CUBIC).clip(0, 1) for f in faces]


def write(path, frames, fps, what):
    """Write a clip as every creator has to hand it in: labelled, marked, with a manifest.

    Args:
        path: .mp4.
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        fps: Frames per second.
        what: What it shows.
    Returns:
        Path.
    """
    return media.write_video(path, list(frames), fps, what=what, how="for the arena", crf=18)


def round_of(folder):
    """Seed and number of clips of a round.

    Args:
        folder: Path.
    Returns:
        (seed, clips).
    Raises:
        ValueError: When there is no round.json, or it holds something else.
    """
    try:
        record = json.loads((Path(folder) / "round.json").read_text(encoding="utf-8"))
        return int(record["seed"]), int(record["clips"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder} holds no round ({error}); `course arena new FOLDER` makes one") from None


def taken_in(path, source):
    """A handed-in clip, checked.

    Args:
        path: Of the .mp4.
        source: The Source that it was made from.
    Returns:
        (Made, list of broken floors).
    Raises:
        InvalidEntry: When there is no clip, or it has another size or length.
    """
    if not path.is_file() or path.is_symlink():
        raise InvalidEntry(f"{path.name} is missing")
    video = media.read_video(path)
    frames = np.stack([frame for frame, _ in zip(video, range(len(source.rgb) + 1), strict=False)])
    if frames.shape != source.rgb.shape:
        raise InvalidEntry(f"{path.name} has the shape {frames.shape}; expected {source.rgb.shape}, as its source")
    try:
        declared = manifest.agrees(path) and watermark.detect(frames[::8])
    except (OSError, ValueError):
        declared = False
    made = Made(frames, references(source.donor), label=declared)
    return made, broken(measure(made, source))


def creators_clips(folder, seed, count, round_, say):
    """The clips of every creator of a folder, as the detectors get them.

    Args:
        folder: Path of the tournament.
        seed, count: Of the round.
        round_: Round: people, floors and problems are entered.
        say: Prints a line.
    Returns:
        (dict creator -> list of Clip, dict creator -> SHA-256).
    """
    fakes, digests, people = {}, {}, sources(seed, count)
    for number, path in enumerate(sorted(p for p in (Path(folder) / "creators").glob("*") if p.is_dir())):
        try:
            digests[path.name] = digest(path)
            made = [taken_in(path / f"clip{k:02}.mp4", s) for k, s in enumerate(people)]
        except (InvalidEntry, OSError, ValueError) as error:
            round_.problems[path.name] = str(error)
            say(f"{path.name}: refused, {error}")
            continue
        fakes[path.name] = [published(m.frames, s.landmarks, s.fps, [seed, s.person, number], marked=False)
                            for (m, _), s in zip(made, people, strict=True)]
        round_.floors[path.name], round_.people[path.name] = [f for _, f in made], [s.person for s in people]
        say(f"{path.name}: {sum(not f for _, f in made)} of {count} clips reach the floors")
    return fakes, digests


def house_and_real(secret, count, round_, say):
    """The secret part of a tournament: clips of the organiser's creators, and real clips, of people nobody has seen.

    Real and house clips are written to a file and read again as the creators' clips were, so that label, mark and
    codec say nothing.

    Args:
        secret: Seed.
        count: Clips of each creator of HOUSE; twice as many real ones.
        round_: Round, people and floors are entered.
        say: Prints a line.
    Returns:
        (dict creator -> list of Clip, list of real Clip).
    """
    import tempfile

    people, real = sources(secret, count), sources(secret, 2 * count, first=500)
    made = {f"house: {name}": [CREATORS[name].make(s, secret) for s in people] for name in HOUSE}
    with tempfile.TemporaryDirectory() as folder:
        again = lambda frames, s: np.stack(list(media.read_video(write(  # noqa: E731
            Path(folder) / "clip.mp4", frames, s.fps, "a clip of the arena"))))
        house = {name: publish([Made(again(m.frames, s), m.claimed) for m, s in zip(row, people, strict=True)], people,
                               secret, k, marked=False) for k, (name, row) in enumerate(made.items(), 1)}
        genuine = publish([Made(again(s.rgb, s), np.zeros(0)) for s in real], real, secret, 0, marked=False)
    for name, row in made.items():
        round_.floors[name], round_.people[name] = [[] for _ in row], [s.person for s in people]
    round_.people["real"] = [s.person for s in real]
    say(f"secret: {len(genuine)} real clips, {sum(map(len, house.values()))} clips of the house")
    return house, genuine
