"""The `course` command: its parser and its exit code. The subcommands are in course_lib.commands. Lesson 00."""
import argparse
import os
import sys
import warnings

from .checkpoints import CheckpointError
from .checks import INSTALL, NEED, WISH
from .commands import (
    animate,
    arena,
    check,
    checkpoints,
    compile,
    detect,
    dub,
    enhance,
    evidence,
    grade,
    provenance,
    report,
    swap,
    train_swap,
)
from .faults import in_words

COMMANDS = (check, compile, swap, train_swap, animate, dub, detect, evidence, enhance, provenance, report,
            grade, arena, checkpoints)


def parser():
    """Make the parser of the `course` command; each subcommand carries the function that runs it.

    Returns:
        An argparse.ArgumentParser.
    Lesson 00.
    """
    top = argparse.ArgumentParser(prog="course", description="The tools of the deepfake course.")
    top.set_defaults(run=check.run)
    commands = top.add_subparsers(metavar="command")
    for command in COMMANDS:
        command.add_to(commands)
    return top


def main(argv=None):
    """Run the `course` command.

    Args:
        argv: list of arguments; sys.argv's when left out.
    Returns:
        The exit code.
    Raises:
        ModuleNotFoundError: when a module of course_lib itself is missing; a missing package is reported instead.
    Lesson 00.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that cannot show a character still shows the line
    options = parser().parse_args(argv)
    formatted, warnings.formatwarning = warnings.formatwarning, lambda message, *_, **__: f"{WISH} {message}\n"
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader, as `head`, has seen enough; nothing is left to be written at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except CheckpointError as error:
        print(f"{NEED} {in_words(error)}")
        return 1
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("course_lib"):
            raise
        print(f"{NEED} {error}. {INSTALL}", file=sys.stderr)
        return 1
    finally:
        warnings.formatwarning = formatted
