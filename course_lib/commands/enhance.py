"""`course enhance`: parsing and printing; pipelines.enhance_file does the work."""
from functools import cache
from pathlib import Path

from course_lib.checks import NEED
from course_lib.commands.parts import add_detector, landmark_finder, verified
from course_lib.faults import in_words

NETWORKS = {"both": ("esrgan_blind", "dictionary_restorer"), "picture": ("esrgan_blind", None),
            "faces": (None, "dictionary_restorer")}  # the network that enlarges, the one that restores
EFFECTS = {"both": "everything four times as large, faces restored", "picture": "everything four times as large",
           "faces": "faces restored, size unchanged"}


def add_to(commands):
    """Add `enhance` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser(
        "enhance", help="enlarge a picture or video and restore its faces", description="What is added was not in the "
        "picture: it is invented. Without the consent of the person shown (consent.toml beside the file), nothing is "
        "opened. The result is labelled and watermarked. After an interruption, the same command continues a video.")
    parser.add_argument("file", help="any picture or video")
    parser.add_argument("-o", "--output", required=True, help="what to write: .png, .jpg or .webp; or .mp4 or .webm")
    parser.add_argument("--what", choices=tuple(EFFECTS), default="both",
                        help="; ".join(f"{name}: {effect}" for name, effect in EFFECTS.items()) + " (both)")
    add_detector(parser)
    parser.set_defaults(run=run)


def run(options):
    """Enhance a picture or a video.

    Args:
        options: an argparse.Namespace with file, output, what and detector.
    Returns:
        The exit code: 0, 1 where nothing was written, 130 where it was interrupted.
    """
    from course_lib import pipelines

    enlarger, restorer = NETWORKS[options.what]
    counts = {"faces": 0, "restored": 0}

    @cache
    def enhancer():  # loaded for the first frame: until the file is open nothing needs Keras
        from course_lib.pipelines import enhancers

        key = {name: key for key, name in (enhancers.ENLARGERS | enhancers.RESTORERS).items()}
        return enhancers.enhancer(find, key.get(enlarger), key.get(restorer), counts)

    def enhance(frame):
        result = enhancer()(frame)
        if Path(options.output).suffix.lower() not in (".mp4", ".webm") and not enlarger and not counts["restored"]:
            raise ValueError(f"{counts['faces']} faces were found in {options.file}, and none was restored: the "
                             "network makes faces of 128 pixels, and larger ones would lose detail. Nothing was "
                             "written; try --what picture")
        return result

    try:
        find = landmark_finder(options.detector)
        path = pipelines.enhance_file(
            options.file, options.output, enhance, scale=4 if enlarger else 1, how="course enhance",
            parameters={"what": options.what, "detector": options.detector,
                        "weights": verified(filter(None, NETWORKS[options.what]))})
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    counted = f", {counts['restored']} of {counts['faces']} faces restored" if restorer else ""
    print(f"[ OK ] {path}{counted}. What was added is invented: it is no evidence of how anything or anybody looked.")
    return 0
