"""`course arena`: parsing and printing; grading.tournament and grading.entry_kit do the work."""
from pathlib import Path

from course_lib.checks import NEED
from course_lib.faults import in_words


def add_to(commands):
    """Add `arena` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser("arena", help="a class's tournament of creators against detectors (lesson 15)")
    parts = parser.add_subparsers(metavar="what", required=True)
    new = parts.add_parser("new", help="make the folder that a class gets: sources, donors, an example detector")
    new.add_argument("entries", metavar="ENTRIES")
    new.add_argument("--clips", type=int, default=12, help="number of sources, five seconds each (12)")
    new.add_argument("--seed", type=int, default=3, help="of the round; choose another for each round (3)")
    new.set_defaults(run=run_new)
    run = parts.add_parser("run", help="play the entries of a folder against each other, each detector in its own box")
    run.add_argument("entries", metavar="ENTRIES")
    run.add_argument("-o", "--output", default="arena", help="folder for leaderboard.jsonl and index.html (arena)")
    run.add_argument("--secret", type=int, help="the organiser's seed of real-only and house sets; random if omitted")
    run.add_argument("--seconds", type=float, default=120, help="processor time for each detector (120)")
    run.set_defaults(run=run_run)


def run_new(options):
    """Make a round's folder.

    Args:
        options: an argparse.Namespace with entries, clips and seed.
    Returns:
        The exit code.
    """
    from course_lib.grading.entry_kit import new

    try:
        new(options.entries, clips=options.clips, seed=options.seed)
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}")
        return 1
    return 0


def run_run(options):
    """Play a tournament.

    Args:
        options: an argparse.Namespace with entries, output, secret and seconds.
    Returns:
        The exit code: 0, 1 where nothing was played, 130 where it was interrupted.
    """
    from course_lib.arena.rules import Rules
    from course_lib.grading.box import Limits
    from course_lib.grading.tournament import run

    try:
        limits = Limits(seconds=options.seconds, memory=Rules().memory)
        round_, _ = run(options.entries, options.output, secret=options.secret, limits=limits)
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"[ OK ] {len(round_.detectors)} detectors, {len(round_.creators)} creators: "
          f"{Path(options.output) / 'index.html'}")
    return 0
