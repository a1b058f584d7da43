"""`course report`: parsing and printing; pipelines.report does the work."""
import json
import sys
from pathlib import Path

from course_lib.checks import NEED
from course_lib.commands.provenance import add_registry, open_registry
from course_lib.faults import in_words


def add_to(commands):
    """Add `report` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser(
        "report", help="an evidence report on one file, which can be repeated from its JSON",
        description="Findings, worded no stronger than the evidence, with everything that is needed to repeat them.")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("-o", "--output", metavar="REPORT.json", help="also write the report into this file")
    add_registry(parser)
    parser.set_defaults(run=run)


def run(options):
    """Print or write the report of a file.

    Args:
        options: an argparse.Namespace with file, output, registry and json.
    Returns:
        The exit code: 0, or 1 where the file cannot be read or the report not written.
    """
    from course_lib.pipelines import evidence

    try:
        body = evidence.report(options.file, open_registry(options.registry))
        text = json.dumps(body, indent=1, ensure_ascii=False)
        if options.output:
            Path(options.output).write_text(text + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}", file=sys.stderr)
        return 1
    print(text if options.json else evidence.in_words(body))
    return int(bool(body["subject"]["problems"]))
