"""`course animate`: parsing and printing; pipelines.animate_video does the work, the rules of consent included."""
from functools import cache

from course_lib.checks import NEED
from course_lib.commands.parts import add_detector, landmark_finder, verified
from course_lib.faults import in_words

NETWORK = "first_order"


def add_to(commands):
    """Add `animate` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser(
        "animate", help="animate a picture with the motion of a video, with everybody's consent", description="Without "
        "the consent of the person in the picture and of the person in the video (consent.toml beside each), nothing "
        "is opened. The network works at 64 x 64 pixels and was trained on the cast only. The result is labelled and "
        "watermarked, and keeps the video's sound. After an interruption, the same command continues.")
    parser.add_argument("picture", help="any picture with a face")
    parser.add_argument("--driven-by", required=True, metavar="VIDEO", help="the video whose motion is taken")
    parser.add_argument("-o", "--output", required=True, help="the file to write, .mp4 or .webm")
    parser.add_argument("--absolute", action="store_true", help="take over the driver's shape as well as the motion")
    add_detector(parser)
    parser.set_defaults(run=run)


def run(options):
    """Animate a picture.

    Args:
        options: an argparse.Namespace with picture, driven_by, output, absolute and detector.
    Returns:
        The exit code: 0, 1 where nothing was written, 130 where it was interrupted.
    """
    from course_lib import pipelines

    @cache
    def model():  # loaded once the faces are found: until then nothing needs Keras
        from course_lib import checkpoints
        from course_lib.models import first_order  # noqa: F401  (registers its layers)

        return checkpoints.load(NETWORK)

    try:
        find = landmark_finder(options.detector)
        path = pipelines.animate_video(
            options.picture, options.driven_by, options.output, model, find=find, relative=not options.absolute,
            how="course animate", parameters={"detector": options.detector, "weights": verified((NETWORK,))})
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"[ OK ] {path}. Nobody in it moved like this.")
    return 0
