"""The `course` command: parsing and printing. Lesson 00."""
import argparse
import json
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path

from course_lib.commands import enhance as enhance_command
from course_lib.recipes import BUILDS

from . import checkpoints, compiled
from .checks import CHECKS, INSTALL, NEED, WISH
from .grading import command as grading

ROOT = Path(__file__).resolve().parent.parent


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


def compile_ahead(_):
    try:
        print(f"[ OK ] the renderer is compiled ahead, into {compiled.build()}")
        return 0
    except (OSError, RuntimeError) as error:
        print(f"{WISH} the renderer is not compiled ahead, so each kernel does it for itself: {error}")
        return 1


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
    """Swap the face in a video: the consent rules and everything else are pipelines.swap_video's. Lesson 03."""
    people = [c.name.removeprefix("decoder_") for c in checkpoints.list_checkpoints() if c.name.startswith("decoder_")]
    if options.person.lower() not in people:
        print(f"{NEED} there is no face of {options.person!r} to swap in; there are {', '.join(people).title()}")
        return 1
    from . import faces, pipelines  # here, so that the other commands stay fast

    def find(frame):
        return [faces.estimate_68(face.points) for face in faces.detect_faces(frame, options.detector, model)]

    @cache
    def swapper():  # with the first face that is found: until then nothing needs Keras
        return pipelines.swapper(options.person)

    weights = ("shared_encoder", f"decoder_{options.person.lower()}")
    try:
        model = checkpoints.verify("yunet") if options.detector == "yunet" else None
        for name in weights:
            checkpoints.verify(name)
        done = pipelines.swap_video(
            options.video, options.output, lambda *crops: swapper()(*crops), find=find,
            near=options.near, what=f"a film with the face of {options.person.title()}, who does not exist",
            how="course swap", parameters={
                "person": options.person.lower(), "detector": options.detector,
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
    from . import pipelines  # here, so that the other commands stay fast

    findings = []
    try:
        for number, path in enumerate(options.files, 1):
            findings.append(pipelines.detect(path, options.model, keep=bool(options.annotate)))
            if not options.json:
                print(findings[-1].text(), flush=True)
            if findings[-1].pictures:
                copy = Path(options.annotate) / f"{number:03d}_{Path(path).stem}.png"
                print(f"[ OK ] {pipelines.annotated(findings[-1], copy)}", file=sys.stderr)
    except (OSError, ValueError) as error:  # no weights, or a full disk: it would be the same for every file
        print(f"{NEED} {error}", file=sys.stderr)
        return 1
    print(json.dumps([finding.as_dict() for finding in findings], indent=1, ensure_ascii=False) if options.json else
          pipelines.meaning(max(findings, key=lambda finding: finding.score is not None)))
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
    one = commands.add_parser("compile", help="compile the renderer once for all kernels of this environment")
    one.set_defaults(run=compile_ahead)
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
    formatted, warnings.formatwarning = warnings.formatwarning, lambda message, *_, **__: f"{WISH} {message}\n"
    try:
        return options.run(options)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("course_lib"):
            raise
        print(f"{NEED} {error}. {INSTALL}", file=sys.stderr)
        return 1
    finally:
        warnings.formatwarning = formatted
