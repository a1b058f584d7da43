"""`course detect`: parsing and printing; pipelines.detect does the work."""
import contextlib
import json
import sys
from pathlib import Path

from course_lib.checks import NEED
from course_lib.faults import in_words


def add_to(commands):
    """Add `detect` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser(
        "detect", help="score the faces in photographs and videos", description="P(fake) of each face, from a small "
        "network. A score proves nothing. The files are read on this machine and sent nowhere.")
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print one JSON list instead of text")
    parser.add_argument("--annotate", metavar="DIR",
                        help="write a copy of each file with boxes and scores into a folder")
    parser.add_argument("--model", default="meso4_cast", help="meso4_cast (default) or mesoinception4_cast; once "
                        "fetched, also the authors' meso4 or mesoinception4")
    many = parser.add_argument_group("a whole folder", "Writes a row for each file. After an interruption, the "
                                     "same command continues. docs/scale.md: how to share the work among machines.")
    many.add_argument("--many", metavar="FOLDER", help="score every picture and video in a folder and its subfolders")
    many.add_argument("-o", "--output", metavar="CSV", help="the table of --many")
    many.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask scheduler whose workers do the scoring, such "
                      "as tcp://10.0.0.1:8786, or its scheduler file; needs `make extras`")
    many.add_argument("--frames", type=int, default=8, help="to examine in each video of --many (8)")
    parser.set_defaults(run=run, parser=parser)


def run(options):
    """Score the faces in files. One file that cannot be read does not stop the others.

    Args:
        options: an argparse.Namespace with files, json, annotate and model, or with many, output, scheduler, frames.
    Returns:
        The exit code: 0, or 1 where a file gave no score; with many 1 where none did.
    """
    if bool(options.many) == bool(options.files) or bool(options.many) != bool(options.output):
        options.parser.error("give either files, or --many FOLDER with -o scores.csv")
    if options.many:
        return _many(options)
    from course_lib import pipelines

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
        print(f"{NEED} {in_words(error)}", file=sys.stderr)
        return 1
    print(json.dumps([finding.as_dict() for finding in findings], indent=1, ensure_ascii=False) if options.json else
          pipelines.meaning(max(findings, key=lambda finding: finding.score is not None)))
    return int(any(finding.problem for finding in findings))


def _many(options):
    """Score a folder, here or on a Dask cluster that somebody else started and ends."""
    from course_lib import pipelines

    try:
        paths = pipelines.files_in(options.many)
        if not paths:
            raise ValueError(f"there is no picture and no video in {options.many}: give a folder that holds some")
        with _client(options.scheduler) as client:
            rows = pipelines.score(paths, client, model=options.model, frames=options.frames, output=options.output)
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}", file=sys.stderr)
        return 1
    scored = sum(row.score is not None for row in rows)
    print(f"{options.output}: {len(rows):,} files, {scored:,} with a score, {len(rows) - scored:,} without: the column "
          "`problem` says why. Each score is a small network's answer, not a proof.")
    return int(not scored)


def _client(scheduler):
    """A context with a Client of a running scheduler, or with None."""
    if scheduler is None:
        return contextlib.nullcontext()
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise ValueError("--scheduler needs Dask, which is not installed: run `make extras`") from error
    named = {"scheduler_file": scheduler} if Path(scheduler).is_file() else {"address": scheduler}
    return Client(**named, timeout=30)
