"""`course compile`: compile the renderer ahead; course_lib.compiled does the work."""
from course_lib import compiled
from course_lib.checks import WISH
from course_lib.faults import in_words


def add_to(commands):
    """Add `compile` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser("compile", help="compile the renderer once for all kernels of this environment")
    parser.set_defaults(run=run)


def run(options):
    """Compile the renderer and print where the programs are.

    Args:
        options: an argparse.Namespace, not read.
    Returns:
        The exit code: 0, or 1 where the renderer could not be compiled.
    """
    try:
        print(f"[ OK ] the renderer is compiled ahead of time, into {compiled.build()}")
        return 0
    except (OSError, RuntimeError) as error:
        print(f"{WISH} the renderer is not compiled ahead of time, so each kernel compiles it: {in_words(error)}")
        return 1
