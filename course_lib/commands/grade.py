"""`course grade`: parsing and printing; grading.batch.grade does the work."""
from pathlib import Path

from course_lib.checks import NEED
from course_lib.faults import in_words


def add_to(commands):
    """Add `grade` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser("grade", help="run submissions, each in isolation, and write points and messages")
    parser.add_argument("submissions", help="a folder with a notebook, or a folder of notebooks, for each student")
    parser.add_argument("-o", "--output", default="grades", help="folder for JSON, CSV, JUnit XML (grades)")
    parser.add_argument("--seed", type=int, help="of the checks' inputs; random if omitted, and recorded")
    parser.add_argument("--jobs", type=int, default=2, help="submissions at once (2)")
    parser.add_argument("--seconds", type=float, default=240, help="wall-clock time for one notebook (240)")
    parser.set_defaults(run=run)


def run(options):
    """Grade a folder of submissions.

    Args:
        options: an argparse.Namespace with submissions, output, seed, jobs and seconds.
    Returns:
        The exit code: 0, 1 where nothing was graded, 130 where it was interrupted.
    """
    from course_lib.grading.batch import grade
    from course_lib.grading.box import Limits

    try:
        results = grade(options.submissions, options.output, seed=options.seed, workers=options.jobs,
                        limits=Limits(seconds=options.seconds))
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"[ OK ] {len(results)} submissions: {Path(options.output) / 'results.csv'}, results.json, and JUnit XML")
    return 0
