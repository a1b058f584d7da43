"""`course evidence`: parsing and printing; pipelines.examine and examine_video do the work."""
import json
import sys

from course_lib.checks import NEED
from course_lib.faults import in_words


def add_to(commands):
    """Add `evidence` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser(
        "evidence", help="traces of manipulation in a photograph or a video, and what they do not prove",
        description="For a photograph: every kind of evidence of lesson 11 on the largest face, with its percentile "
        "among clean pictures. For a video: the blinks, the pulse, and the synchrony of sound and mouth of lesson 12, "
        "compared with chance. No output calls anything fake. The file is read on this machine and sent nowhere.")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--draw", metavar="PICTURE", help="for a photograph: write what each kind saw into one "
                        "labelled picture")
    parser.add_argument("--only", nargs="+", metavar="KIND", help="for a photograph: only these kinds, such as "
                        "\"noise\" or \"eye colour\"")
    parser.set_defaults(run=run)


def run(options):
    """Examine a photograph or a video.

    Args:
        options: an argparse.Namespace with file, json, draw and only.
    Returns:
        The exit code: 0, or 1 where nothing was examined or written.
    """
    from course_lib import media
    from course_lib.pipelines import examine

    if media.is_video(options.file):
        return _clip(options)
    try:
        report = examine.examine_file(options.file, options.only)
        print(json.dumps(report.as_dict(), indent=1, ensure_ascii=False) if options.json else
              f"{report}\n{examine.meaning()}")
        if options.draw and not report.problem:
            print(f"[ OK ] {examine.drawn(report, options.draw)}", file=sys.stderr)
    except (OSError, ValueError) as error:  # no weights, an unknown kind, or a full disk
        print(f"{NEED} {in_words(error)}", file=sys.stderr)
        return 1
    return int(bool(report.problem))


def _clip(options):
    """Examine a video."""
    from course_lib.pipelines import examine_video

    if options.draw or options.only:
        print(f"{NEED} --draw and --only are for photographs; a video has one report", file=sys.stderr)
        return 1
    report = examine_video.examine_clip(options.file)
    print(json.dumps(report.as_dict(), indent=1, ensure_ascii=False) if options.json else
          f"{report}\n{examine_video.meaning()}")
    return int(bool(report.problem))
