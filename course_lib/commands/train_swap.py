"""`course train-swap`: parsing and printing; pipelines.train_swap does the work."""
from pathlib import Path

from course_lib.checks import NEED, WISH
from course_lib.commands.parts import add_detector
from course_lib.faults import in_words


def add_to(commands):
    """Add `train-swap` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser(
        "train-swap", help="train a swap of two people whose consent you have", description="A and B are videos or "
        "folders of photographs, each with its own consent.toml. The folder keeps everything: the same command trains "
        "further, Ctrl-C keeps the weights, preview.png shows the progress, and `course swap CLIP --person FOLDER` "
        "uses the result.")
    parser.add_argument("a", metavar="A", help="video or folder of photographs of the person whose clip is changed")
    parser.add_argument("b", metavar="B", help="the same for the person whose face is put in")
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER", help="where the swap is kept")
    parser.add_argument("--minutes", type=_positive(float), default=60.0, help="how long this call trains (60)")
    parser.add_argument("--steps", type=_positive(int), help="train this many steps instead, however long they take")
    parser.add_argument("--every", type=_positive(float), default=0.2, metavar="SECONDS", help="interval between "
                        "the frames that are used of a video (0.2)")
    parser.add_argument("--from-scratch", action="store_true", help="start from random weights instead of those "
                        "trained on the cast")
    parser.add_argument("--no-alignment", action="store_true", help="train without a discriminator on the code")
    parser.add_argument("--everyone", action="store_true", help="use the faces of all shots of a video; otherwise "
                        "shots that show another person than the longest one are left out")
    add_detector(parser)
    parser.set_defaults(run=run)


def _positive(kind):
    def number(text):
        value = kind(text)
        if not 0 < value < 1e7:
            raise ValueError(text)
        return value

    number.__name__ = "positive number"  # argparse: invalid positive number value
    return number


def run(options):
    """Train a swap on two people's footage.

    Args:
        options: an argparse.Namespace with a, b, output, minutes, steps, every, from_scratch, no_alignment,
            everyone, detector.
    Returns:
        The exit code: 0, 1 where nothing was trained, 130 where it was interrupted before the training.
    """
    from course_lib import checkpoints, faces
    from course_lib.pipelines import footage

    folder = Path(options.output)
    try:
        model = checkpoints.verify("yunet") if options.detector == "yunet" else None
        faces.require_method(options.detector, model)
        for path in (options.a, options.b):  # before any work: both are there, and both have consented
            footage.require(path)
        people = []
        for name, path in (("A", options.a), ("B", options.b)):
            people.append(footage.collect(path, options.every, method=options.detector, model=model,
                                          one_person=not options.everyone))
            print(f"{name}: {path}\n{people[-1].report}")
            if len(people[-1].train) < footage.FEW:
                print(f"{WISH} {len(people[-1].train)} faces of {name} are few; {footage.FEW} or more are usual")
        from course_lib.pipelines.train_swap import train_swap

        seconds = None if options.steps else 60 * options.minutes
        history = train_swap(*people, folder, seconds=seconds, steps=options.steps,
                             pretrained=not options.from_scratch, aligned=not options.no_alignment)
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    last = history.validation[-1] if history.validation else None
    scores = f"; held-out faces: A {last['a']:.1f} dB, B {last['b']:.1f} dB" if last else ""
    print(f"[ OK ] {folder}: {len(history.steps)} steps in {history.seconds / 60:.0f} min{scores}\n"
          f"       Look at {folder / 'preview.png'}. The same command trains further.\n"
          f"       course swap CLIP --person {folder} -o RESULT.mp4   puts B's face into a clip of A")
    return 0
