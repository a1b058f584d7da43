"""`course swap`: parsing and printing; pipelines.swap_video does the work, the rules of consent included."""
from functools import cache
from pathlib import Path

from course_lib import cast, checkpoints
from course_lib.checks import NEED
from course_lib.commands import trained
from course_lib.commands.parts import add_detector, how_it_went, landmark_finder, verified
from course_lib.faults import in_words
from course_lib.provenance import manifest


def add_to(commands):
    """Add `swap` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser(
        "swap", help="swap the face in a video that you have consent for", description="Without the person's consent "
        "(consent.toml beside the video), nothing is opened. The result is labelled and watermarked. After an "
        "interruption, the same command continues.")
    parser.add_argument("video", help="any video file")
    parser.add_argument("--person", required=True, help="whose face: one of the cast, such as Kavya, or the folder "
                        "of a swap that `course train-swap` made")
    parser.add_argument("--way", choices=("auto", "learned", "parametric"), default="auto",
                        help="learned: with an encoder trained on rendered people only; parametric: the motion is "
                        "measured and the person rendered with it; auto: parametric for faces unlike rendered ones")
    parser.add_argument("--face", choices=("a", "b"), default="b", help="with such a folder: whose face is put into a "
                        "clip of the other person (b)")
    parser.add_argument("-o", "--output", required=True, help="the file to write, .mp4 or .webm")
    parser.add_argument("--near", type=_position, metavar="X,Y", help="with several faces: the one nearest to this "
                        "point; otherwise the largest")
    parser.add_argument("--everyone", action="store_true", help="swap the face in every shot; otherwise shots in which "
                        "it looks like another person's than in the longest one pass unchanged")
    add_detector(parser)
    parser.set_defaults(run=run)


def _position(text):
    """Two numbers as in "320,200": (x, y)."""
    x, y = text.split(",")
    return float(x), float(y)


_position.__name__ = "position X,Y"  # argparse: invalid position X,Y value


def run(options):
    """Swap the face in a video.

    Args:
        options: an argparse.Namespace with video, person, way, face, output, near, everyone and detector.
    Returns:
        The exit code: 0, 1 where nothing was written, 130 where it was interrupted.
    """
    if Path(options.person).is_dir():
        return trained.run(options)
    decoder = f"decoder_{options.person.lower()}"
    learned = any(checkpoint.name == decoder for checkpoint in checkpoints.list_checkpoints())
    if options.person.title() not in cast.people():
        print(f"{NEED} --person is {options.person!r}; expected a folder that `course train-swap` made, or one of "
              f"{', '.join(cast.people())}")
        return 1
    from course_lib import pipelines

    @cache
    def swapper():  # loaded for the first face that is found: until then nothing needs Keras
        return pipelines.swapper(options.person)

    try:
        find = landmark_finder(options.detector)
        way = pipelines.Way(options.person.title(), options.way, learned)
        weights = verified(("shared_encoder", decoder)) if learned else {}
        path = pipelines.swap_video(
            options.video, options.output, lambda *crops: swapper()(*crops), find=find,
            near=options.near, way=way, one_person=not options.everyone,
            what=f"a video with the face of {options.person.title()}, who does not exist",
            how="course swap", parameters={
                "person": options.person.lower(), "detector": options.detector, "way": options.way,
                "weights": weights})
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"[ OK ] {path}\n{how_it_went(manifest.read(path)['parameters'])}".rstrip())
    return 0
