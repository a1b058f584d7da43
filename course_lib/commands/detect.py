"""`course detect`: parsing and printing; pipelines.detect does the work."""
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
        "detect", help="score the faces in photographs and videos", description="P(fake) of each face, by a small "
        "network that proves nothing. The files are read here and sent nowhere.")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print one JSON list instead of text")
    parser.add_argument("--annotate", metavar="DIR",
                        help="write a copy of each file with boxes and scores into a folder")
    parser.add_argument("--model", default="meso4_cast", help="or mesoinception4_cast; or, once fetched, the authors' "
                        "meso4 or mesoinception4")
    parser.set_defaults(run=run)


def run(options):
    """Score the faces in files. One file that cannot be read does not stop the others.

    Args:
        options: an argparse.Namespace with files, json, annotate and model.
    Returns:
        The exit code: 0, or 1 where a file gave no score.
    """
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
