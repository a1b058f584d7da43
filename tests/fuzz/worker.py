"""Reads inputs one after another under limits, and says of each how it ended: one line of JSON. Run by the test.

Arguments: a folder to work in, the first case and the number of cases between two.
"""
import contextlib
import io
import json
import os
import signal
import sys
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.fuzz import inputs  # noqa: E402

SECONDS, MEMORY = 30, 8 << 30  # for one input; of the process, which holds TensorFlow


def main(folder, first, step):
    """Works on the cases first, first + step, ... and prints [case, "begins" | "ends", outcome, what was said]."""
    import resource

    folder = Path(folder)
    good, out = folder / "good", os.fdopen(os.dup(1), "w")
    if not good.is_dir():
        (folder / "making").mkdir()
        inputs.good_files(folder / "making")
        (folder / "making").rename(good)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, late)
    for number in range(first, len(inputs.CASES), step):
        print(json.dumps([number, "begins", "", ""]), file=out, flush=True)
        outcome, said = one(inputs.CASES[number], good, folder / f"case{number}")
        print(json.dumps([number, "ends", outcome, said]), file=out, flush=True)


def late(*_):
    raise TimeoutError(f"took more than {SECONDS} s")


def one(case, good, home):
    """(outcome, what was said): "result", "refused", or "broken" with the reason."""
    kind, name, _ = case
    home.mkdir()
    path, said, began = home / name, io.StringIO(), time.monotonic()
    inputs.make(case, good, path)
    before = path.read_bytes()
    signal.alarm(SECONDS)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), warnings.catch_warnings():
            warnings.simplefilter("always")
            outcome, words = READ[kind](path, good)
    except Exception as error:
        outcome, words = ("refused", str(error)) if type(error) in ALLOWED() else ("broken", repr(error))
    finally:
        signal.alarm(0)
    words = words.split("\n\n")[0]  # consent's template comes after an empty line
    left = sorted(p.name for p in home.rglob("*") if p.name.endswith(".part") or ".parts" in p.name)
    if not path.is_file() or path.read_bytes() != before:
        outcome, words = "broken", "the input was changed"
    elif left:
        outcome, words = "broken", f"half-written files are left: {left}"
    elif outcome == "refused" and (not words or "\n" in words.strip() or "[Errno" in words or len(words) > 900
                                   or "object has no attribute" in words or "Traceback" in words):
        outcome, words = "broken", f"not a clear line: {words}"
    elif time.monotonic() - began > SECONDS:
        outcome, words = "broken", f"took more than {SECONDS} s"
    return outcome, words


def ALLOWED():
    from course_lib.checkpoints import CheckpointError
    from course_lib.grading.submissions import Refused
    from course_lib.provenance.consent import ConsentError

    return ValueError, FileNotFoundError, ConsentError, CheckpointError, Refused


def picture(path, good):
    from course_lib import media

    image = media.read_image(path)
    return check(image.ndim == 3 and image.min() >= 0 and image.max() <= 1, image.shape)


def video(path, good):
    from course_lib import media

    read = media.read_video(path)
    frames = sum(frame.shape[2] == 3 for frame in read)
    return check(frames > 0, read.info)


def sound(path, good):
    import numpy as np

    from course_lib import media

    samples, rate = media.read_audio(path)
    return check(samples.ndim == 2 and np.abs(samples).max() <= 1, rate)


def detect(path, good):
    from course_lib import pipelines

    found = pipelines.detect(path)
    return check(bool(found.problem) != (found.score is not None), found.problem)


def enhance(path, good):
    from course_lib import media, pipelines, provenance

    agree(path, good)
    out = path.with_name("out.png")
    try:
        pipelines.enhance_file(path, out, lambda frame: frame, quiet=True)
    except (ValueError, OSError):
        return check(not out.exists(), "refused")
    return check(provenance.manifest.agrees(out) and media.read_image(out) is not None, "made")


def swap(path, good):
    import numpy as np

    from course_lib import media, pipelines, provenance
    from course_lib.faces import MEAN_FACE

    agree(path, good)
    out = path.with_name("out.mp4")
    try:
        pipelines.swap_video(path, out, lambda crops, masks: crops, quiet=True,
                             find=lambda frame: [(MEAN_FACE * 60 + 5).astype(np.float32)])
    except (ValueError, OSError) as error:
        if not out.exists():
            return "refused", str(error)
    told = provenance.manifest.read(out)
    whole = provenance.manifest.agrees(out) and len(list(media.read_video(out))) == told["pictures"]
    return check(whole, told["complete"])


def join(path, good):
    """The file as the sound of a film that is whole."""
    from course_lib import media

    part = good / "part.mp4"
    if not part.exists():
        media.write_video(part, [f for f in media.read_video(good / "a.mp4")], 25, what="a test", how="tests")
    out = media.join_videos(path.with_name("out.mp4"), [part], sound=path, what="a test", how="tests")
    return check(len(list(media.read_video(out))) == 10, "joined")


def agree(path, good):
    path.with_name("consent.toml").write_bytes((good / "consent.toml").read_bytes())


def consent(path, good):
    from course_lib import provenance

    return check(bool(provenance.consent.require(path.parent).subject), "consent")


def manifest(path, good):
    from course_lib import provenance

    return check(isinstance(provenance.manifest.read(path.with_suffix("")), dict), "manifest")


def registry(path, good):
    from course_lib import checkpoints

    before, checkpoints.DATASETS = checkpoints.DATASETS, path.parent
    try:
        for entry in checkpoints.list_checkpoints():
            with contextlib.suppress(checkpoints.CheckpointError):
                checkpoints.verify(entry.name)
    finally:
        checkpoints.DATASETS = before
    return "result", ""


def notebook(path, good):
    from course_lib.grading import submissions

    released = submissions.releases(Path(__file__).parents[2] / "notebooks" / "exercises")
    book = submissions.read(path, notes := [])
    stem = submissions.belongs_to(book, released, notes)
    restored, exercises = submissions.restore(book, released[stem], 1)
    return check(len(exercises) >= 3 and len(restored.cells) >= len(released[stem].cells), stem)


def submission(path, good):
    from course_lib.grading import submissions

    found = submissions.find(path.parent)
    return check(isinstance(found[path.name], submissions.Refused), "an archive is not unpacked")


def faceset(path, good):
    from course_lib.faces import FaceSet

    return check(len(FaceSet.load(path)) >= 0, "faces")


def run(path, good):
    from course_lib.training.history import load_run

    return check(bool(load_run(path, inputs.network()).steps is not None), "run")


def cache(path, good):
    from course_lib.data.cache import cached

    made = cached(path.with_name("copy.npz"), lambda: {"rgb": [1]}) if path.stat().st_size == 0 else read_cached(path)
    return check("rgb" in made, "arrays")


def read_cached(path):
    copy = path.with_name("copy.npz")
    copy.write_bytes(path.read_bytes())
    from course_lib.data.cache import cached

    return cached(copy, lambda: {"rgb": [1]})


def weights(path, good):
    """A shipped model whose file was exchanged, its hash with it: the worst that a registry can name."""
    from course_lib import checkpoints

    entry = checkpoints.Checkpoint("mine", path.name, path.stat().st_size, checkpoints.sha256_of(path), "a", "b")
    real = checkpoints.verify, checkpoints.find
    checkpoints.verify, checkpoints.find = lambda name: path, lambda name: entry
    try:
        return check(checkpoints.load("mine") is not None, "a model")
    except checkpoints.CheckpointError as error:
        return "refused", str(error).split("\n")[0][:400]
    finally:
        checkpoints.verify, checkpoints.find = real


def old(path, good):
    from course_lib import checkpoints

    return check(isinstance(checkpoints.read_h5(path), dict), "weights")


def job(path, good):
    """A note beside the parts of a film that was stopped."""
    from course_lib.pipelines import parts

    folder = path.parent / "film.mp4.parts"
    folder.mkdir()
    (folder / "job.json").write_bytes(path.read_bytes())
    told = json.loads((parts.folder_of(path.parent / "film.mp4", {"how": "another"}) / "job.json").read_text())
    import shutil

    shutil.rmtree(folder)
    return check(told == {"how": "another"}, "")


def check(good, what):
    return ("result", str(what)) if good else ("broken", f"a wrong result: {what}")


READ = {f.__name__: f for f in (picture, video, sound, detect, enhance, swap, join, consent, manifest, registry,
                                notebook, submission, faceset, run, cache, weights, old, job)}

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
