"""`course grade`: parsing and printing; batch.grade does the work. Every `course` command imports this."""
from pathlib import Path

from course_lib.faults import in_words


def add_to(commands):
    """Adds `grade` to the subparsers of the `course` command."""
    one = commands.add_parser("grade", help="run submissions, each on its own, and write points and messages")
    one.add_argument("submissions", help="a folder with a notebook, or a folder of notebooks, for each student")
    one.add_argument("-o", "--output", default="build/grades", help="folder for JSON, CSV, JUnit XML (build/grades)")
    one.add_argument("--seed", type=int, help="of the checks' inputs; drawn when left out, and written down")
    one.add_argument("--jobs", type=int, default=2, help="submissions at once (2)")
    one.add_argument("--seconds", type=float, default=240, help="for one notebook, of the clock (240)")
    one.set_defaults(run=run)


def run(options):
    """Grades the folder that the options name; returns the command's exit code."""
    from .batch import grade
    from .box import Limits

    try:
        results = grade(options.submissions, options.output, seed=options.seed, workers=options.jobs,
                        limits=Limits(seconds=options.seconds))
    except (OSError, ValueError) as error:
        print(f"[FAIL] {in_words(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"[ OK ] {len(results)} submissions: {Path(options.output) / 'results.csv'}, results.json, and JUnit XML")
    return 0
