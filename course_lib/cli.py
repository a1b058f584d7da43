"""The `course` command: parsing and printing. Lesson 00."""
import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from . import checkpoints, profile
from .grading import command as grading
from .recipes import BUILDS, enhance_command

ROOT = Path(__file__).resolve().parent.parent
GIB = 1 << 30
NEED, WISH = "[FAIL]", "[ -- ]"  # what stops the course; what it can do without
SHOWN = ("tensorflow", "keras", "opencv-python-headless", "jupyterlab", "ipykernel")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
WHERE_BROWSERS_LIVE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)


def find_chromium():
    """The path of a Chromium, Chrome or Edge, or None. COURSE_CHROMIUM names one. Lesson 00."""
    named = os.environ.get("COURSE_CHROMIUM")
    found = [named] if named else [shutil.which(name) for name in BROWSERS] + list(WHERE_BROWSERS_LIVE)
    return next((path for path in found if path and Path(path).is_file()), None)


# A check returns (severity of its failure, or None where all is well; what was found, or what to do).


def check_python():
    version = platform.python_version()
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        return NEED, f"Python {version}: the course runs on 3.11 to 3.13; install one and run `make clean lab`"
    return None, f"Python {version}"


def check_packages():
    from packaging.requirements import Requirement

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    wrong, found = [], {}
    for wanted in map(Requirement, listed):
        try:
            found[wanted.name] = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{wanted} is missing")
        else:
            if found[wanted.name] not in wanted.specifier:
                wrong.append(f"{wanted.name} is {found[wanted.name]}, not {wanted.specifier}")
    if wrong:
        return NEED, f"packages: {'; '.join(wrong)}. Run `make lab`, or `pip install --editable .` in this environment"
    return None, f"{len(found)} packages, among them " + ", ".join(f"{name} {found[name]}" for name in SHOWN)


def check_device():
    try:
        return None, f"device: {profile.device()}; no GPU is needed"
    except ImportError as error:
        return NEED, f"device: Keras' backend does not import ({error}); run `make lab`"


def check_cores():
    cores = profile.cores()
    if cores < 2:
        return WISH, "1 core: the course is timed on 2; expect twice the time"
    return None, f"{cores} cores"


def check_memory():
    import psutil

    size = psutil.virtual_memory().total / GIB
    if size < 5.5:
        return WISH, f"memory: {size:.1f} GiB; 6 are comfortable; close other programs while a lesson trains"
    return None, f"memory: {size:.1f} GiB"


def check_disk():
    free = shutil.disk_usage(profile.cache_dir()).free / GIB
    if free < 2:
        return NEED, f"disk: {free:.1f} GiB free where the cache lies, 2 are needed; make room, or set COURSE_CACHE"
    return None, f"disk: {free:.0f} GiB free where the cache lies"


def check_bfloat16():
    if profile.bfloat16_fast():
        return None, "bfloat16: this machine computes in it, and training gets faster"
    return WISH, "bfloat16: not known to be fast here; training runs in float32, nothing to do"


def check_cache():
    return None, f"cache: {profile.cache_dir()} (COURSE_CACHE moves it)"


def check_checkpoints():
    shipped = [c for c in checkpoints.list_checkpoints() if not c.url]
    wrong = []
    for entry in shipped:
        try:
            checkpoints.verify(entry.name)
        except checkpoints.CheckpointError as error:
            wrong.append(str(error))
    if wrong:
        return NEED, "checkpoints: " + "; ".join(wrong)
    return None, f"checkpoints: {len(shipped)} shipped, all found and intact"


def check_chromium():
    found = find_chromium()
    if not found:
        return WISH, ("Chromium: none found, so the browser tests are skipped. Any browser shows the lessons; "
                      "COURSE_CHROMIUM names one that is elsewhere")
    return None, f"Chromium: {found}"


CHECKS = (check_python, check_packages, check_device, check_cores, check_memory, check_disk, check_bfloat16,
          check_cache, check_checkpoints, check_chromium)


def check(_=None):
    """Print one line for each thing that a learner needs; 0, or 1 where something is missing that stops the course."""
    failed = False
    for one in CHECKS:
        try:
            severity, text = one()
        except ValueError as error:  # an unusable cache folder, a damaged registry: the message says what to do
            severity, text = NEED, str(error)
        failed |= severity == NEED
        print(f"{severity or '[ OK ]'} {text}")
    print("Something is missing: see [FAIL] above." if failed else "The course can begin: make lab")
    return int(failed)


def state(entry):
    """One word about a Checkpoint's file: intact, absent or damaged. Lesson 00."""
    if not entry.path.is_file():
        return "absent"
    try:
        checkpoints.verify(entry.name)
    except checkpoints.CheckpointError:
        return "damaged"
    return "intact"


def list_all(_):
    for entry in checkpoints.list_checkpoints():
        kind = "download" if entry.url else "shipped"
        print(f"{entry.name:18} {kind:9} {entry.size / 1e6:6.2f} MB  {state(entry):8} {entry.about}")
    return 0


def verify(options):
    # without names: everything shipped, and what has been downloaded
    names = options.names or [c.name for c in checkpoints.list_checkpoints() if not c.url or c.path.is_file()]
    failed = False
    for name in names:
        try:
            print(f"[ OK ] {checkpoints.verify(name)}")
        except checkpoints.CheckpointError as error:
            failed = True
            print(f"{NEED} {error}")
    return int(failed)


def fetch(options):
    for name in options.names:
        try:
            print(f"[ OK ] {checkpoints.fetch(name)}")
        except checkpoints.CheckpointError as error:
            print(f"{NEED} {error}")
            return 1
    return 0


def build(options):
    """Runs the recipe that trains a shipped checkpoint, with further arguments for it; returns its exit code."""
    if options.name not in BUILDS:
        print(f"{NEED} no recipe builds {options.name!r}; there are recipes for {', '.join(BUILDS)}")
        return 1
    module, *arguments = BUILDS[options.name]
    return subprocess.call([sys.executable, "-m", f"course_lib.recipes.{module}", *arguments, *options.arguments])


def swap(options):
    """Swap the face in a video: the consent rules and everything else are blending.swap_video's. Lesson 03."""
    people = [c.name.removeprefix("decoder_") for c in checkpoints.list_checkpoints() if c.name.startswith("decoder_")]
    if options.person.lower() not in people:
        print(f"{NEED} there is no face of {options.person!r} to swap in; there are {', '.join(people).title()}")
        return 1
    from . import blending, faces  # here, so that the other commands stay fast
    from .recipes.film import swapper

    def find(frame):
        return [faces.estimate_68(face.points) for face in faces.detect_faces(frame, options.detector, model)]

    weights = ("shared_encoder", f"decoder_{options.person.lower()}")
    try:
        model = checkpoints.verify("yunet") if options.detector == "yunet" else None
        done = blending.swap_video(
            options.video, options.output, swapper(options.person), align=faces.align, find=find, near=options.near,
            what=f"a film with the face of {options.person.title()}, who does not exist", how="course swap",
            parameters={"person": options.person.lower(), "detector": options.detector,
                        "weights": {name: checkpoints.find(name).sha256 for name in weights}})
    except (OSError, ValueError) as error:
        print(f"{NEED} {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"[ OK ] {done}")
    return 0


def detect(options):
    """Scores the faces in files; 0, or 1 where a file gave no score. One bad file does not stop the others."""
    from . import forgeries  # here, so that the other commands stay fast

    findings = []
    try:
        for number, path in enumerate(options.files, 1):
            findings.append(forgeries.detect(path, options.model, keep=bool(options.annotate)))
            if not options.json:
                print(findings[-1].told(), flush=True)
            if findings[-1].pictures:
                copy = Path(options.annotate) / f"{number:03d}_{Path(path).stem}.png"
                print(f"[ OK ] {forgeries.annotated(findings[-1], copy)}", file=sys.stderr)
    except (OSError, ValueError) as error:  # no weights, or a full disk: it would be the same for every file
        print(f"{NEED} {error}", file=sys.stderr)
        return 1
    print(json.dumps([finding.as_dict() for finding in findings], indent=1, ensure_ascii=False) if options.json else
          forgeries.meaning(max(findings, key=lambda finding: finding.score is not None)))
    return int(any(finding.problem for finding in findings))


def place(text):
    """Two numbers as in "320,200": (x, y)."""
    x, y = text.split(",")
    return float(x), float(y)


def parser():
    """The argument parser of the `course` command; each choice carries the function that it runs. Lesson 00."""
    top = argparse.ArgumentParser(prog="course", description="The deepfake course's own tools.")
    top.set_defaults(run=check)
    commands = top.add_subparsers(metavar="command")
    one = commands.add_parser("check", help="does this machine have what the course needs? (the default)")
    one.set_defaults(run=check)
    one = commands.add_parser("swap", help="swap the face in a video that you have consent for", description="Without "
                              "the person's consent (consent.toml beside the video) nothing is opened. The result is "
                              "labelled and marked. Stopped, the same command goes on where it was.")
    one.add_argument("video", help="any video file")
    one.add_argument("--person", required=True, help="whose face: one of the cast with shipped weights, as Kavya")
    one.add_argument("-o", "--output", required=True, help="the file to write, .mp4 or .webm")
    one.add_argument("--near", type=place, metavar="X,Y", help="of several faces the one here; else the largest")
    one.add_argument("--detector", choices=("haar", "yunet"), default="haar", help="yunet is surer, once fetched")
    one.set_defaults(run=swap)
    one = commands.add_parser("detect", help="score the faces in photographs and videos", description="P(fake) of each "
                              "face, by a small network that proves nothing. The files are read here and sent nowhere.")
    one.add_argument("files", nargs="+", metavar="FILE")
    one.add_argument("--json", action="store_true", help="print one JSON list instead of text")
    one.add_argument("--annotate", metavar="DIR", help="write a copy of each file with boxes and scores into a folder")
    one.add_argument("--model", default="meso4_cast", help="or mesoinception4_cast; or, once fetched, the authors' "
                     "meso4 or mesoinception4")
    one.set_defaults(run=detect)
    enhance_command.add_to(commands)
    grading.add_to(commands)
    one = commands.add_parser("checkpoints", help="list, verify, fetch or build trained weights")
    one.set_defaults(run=list_all)
    actions = one.add_subparsers(metavar="action")
    actions.add_parser("list", help="every checkpoint, and whether it is intact").set_defaults(run=list_all)
    one = actions.add_parser("verify", help="compare sizes and hashes with the registry")
    one.add_argument("names", nargs="*", help="all that are here, when left out")
    one.set_defaults(run=verify)
    one = actions.add_parser("fetch", help="download with checked size and hash")
    one.add_argument("names", nargs="+")
    one.set_defaults(run=fetch)
    one = actions.add_parser("build", help="train a shipped one again, by its recipe; minutes to an hour, resumable")
    one.add_argument("name")
    one.add_argument("arguments", nargs=argparse.REMAINDER, help="for the recipe, as --seconds 60")
    one.set_defaults(run=build)
    return top


def main(argv=None):
    """Run the `course` command. argv: its arguments, sys.argv's when left out. Returns the exit code. Lesson 00."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that cannot show a character still shows the line
    options = parser().parse_args(argv)
    return options.run(options)
