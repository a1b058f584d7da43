"""`course provenance`: parsing and printing; pipelines.provenance does the work."""
import json
import sys

from course_lib.checks import NEED
from course_lib.faults import in_words


def add_to(commands):
    """Add `provenance` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser(
        "provenance", help="what a file says about its origin: manifest, signature, watermark, registry",
        description="Manifest, signature, watermark and fingerprint of a file, which is read here and sent nowhere.")
    parser.add_argument("file", metavar="FILE")
    add_registry(parser)
    parser.set_defaults(run=run)


def add_registry(parser):
    """Add the option --registry.

    Args:
        parser: an argparse.ArgumentParser.
    """
    parser.add_argument("--registry", metavar="DB", help="a registry (SQLite) in which the file is looked up")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options):
    """Print what is known of a file.

    Args:
        options: an argparse.Namespace with file, registry and json.
    Returns:
        The exit code: 0, or 1 where the file cannot be read.
    """
    from course_lib.pipelines import evidence

    try:
        facts = evidence.provenance(options.file, open_registry(options.registry))
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(facts, indent=1, ensure_ascii=False))
    else:
        print(f"{options.file}: SHA-256 {facts['file']['sha256']}")
        print(*(f"  {line}" for line in evidence.findings(facts)), sep="\n")
    return int(bool(facts["problems"]))


def open_registry(path):
    """The registry in a file that must exist.

    Args:
        path: of the SQLite file, or None.
    Returns:
        A Registry, or None.
    Raises:
        FileNotFoundError: when there is none.
        ValueError: when the file is none.
    """
    import sqlite3
    from pathlib import Path

    from course_lib.pipelines import Registry

    if path is None:
        return None
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no registry {path}: give an existing one, or leave --registry out")
    try:
        return Registry(path)
    except sqlite3.DatabaseError as error:
        raise ValueError(f"{path} is no registry, a SQLite file of pipelines.Registry: {error}") from error
