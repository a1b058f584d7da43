"""`course checkpoints`: list, verify, fetch and build trained weights; checkpoints and recipes do the work."""
import argparse
import subprocess
import sys

from course_lib import checkpoints
from course_lib.checks import NEED
from course_lib.faults import in_words
from course_lib.recipes import BUILDS


def add_to(commands):
    """Add `checkpoints` and its actions to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser("checkpoints", help="list, verify, fetch or build trained weights")
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(metavar="action")
    actions.add_parser("list", help="every checkpoint, and whether it is intact").set_defaults(run=run)
    parser = actions.add_parser("verify", help="compare sizes and hashes with the registry")
    parser.add_argument("names", nargs="*", help="of checkpoints; all that are present if omitted")
    parser.set_defaults(run=_verify)
    parser = actions.add_parser("fetch", help="download, and check size and hash")
    parser.add_argument("names", nargs="+")
    parser.set_defaults(run=_fetch)
    parser = actions.add_parser("build", help="train one again with its recipe; minutes to an hour, resumable")
    parser.add_argument("name")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="for the recipe, such as --seconds 60")
    parser.set_defaults(run=_build)


def run(options):
    """List every checkpoint with its size and state; the other actions have functions of their own.

    Args:
        options: an argparse.Namespace, not read.
    Returns:
        The exit code, 0.
    """
    for entry in checkpoints.list_checkpoints():
        kind = "download" if entry.url else "shipped"
        print(f"{entry.name:18} {kind:9} {entry.size / 1e6:6.2f} MB  {state(entry):8} {entry.about}")
    return 0


def state(entry):
    """Say in one word how a checkpoint's file is.

    Args:
        entry: a checkpoints.Checkpoint.
    Returns:
        "intact", "absent" or "damaged".
    """
    if not entry.path.is_file():
        return "absent"
    try:
        checkpoints.verify(entry.name)
    except checkpoints.CheckpointError:
        return "damaged"
    return "intact"


def _verify(options):
    # without names: everything shipped, and what has been downloaded
    names = options.names or [c.name for c in checkpoints.list_checkpoints() if not c.url or c.path.is_file()]
    failed = False
    for name in names:
        try:
            print(f"[ OK ] {checkpoints.verify(name)}")
        except checkpoints.CheckpointError as error:
            failed = True
            print(f"{NEED} {in_words(error)}")
    return int(failed)


def _fetch(options):
    for name in options.names:
        try:
            print(f"[ OK ] {checkpoints.fetch(name)}")
        except checkpoints.CheckpointError as error:
            print(f"{NEED} {in_words(error)}")
            return 1
    return 0


def _build(options):
    """Run the recipe that trains a shipped checkpoint, with further arguments for it."""
    if options.name not in BUILDS:
        print(f"{NEED} no recipe builds {options.name!r}; there are recipes for {', '.join(BUILDS)}")
        return 1
    module, *arguments = BUILDS[options.name]
    return subprocess.call([sys.executable, "-m", f"course_lib.recipes.{module}", *arguments, *options.arguments])
