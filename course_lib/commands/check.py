"""`course check`: a line for each thing that a learner's machine needs; course_lib.checks does the work."""
from course_lib.checks import CHECKS, NEED
from course_lib.faults import in_words


def add_to(commands):
    """Add `check` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser("check", help="does this machine have what the course needs? (the default)")
    parser.set_defaults(run=run)


def run(options=None):
    """Print one line for each check.

    Args:
        options: an argparse.Namespace, not read.
    Returns:
        The exit code: 0, or 1 where something is missing that stops the course.
    """
    failed = False
    for check in CHECKS:
        try:
            severity, text = check()
        except ValueError as error:  # an unusable cache folder, a damaged registry: the message says what to do
            severity, text = NEED, in_words(error)
        failed |= severity == NEED
        print(f"{severity or '[ OK ]'} {text}")
    print("Something is missing: see [FAIL] above." if failed else "Everything needed is here. Start with: make lab")
    return int(failed)
