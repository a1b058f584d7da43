"""`course swap --person FOLDER`: the swap that `course train-swap` left in a folder."""
from functools import cache

from course_lib.checks import NEED
from course_lib.commands.parts import how_it_went, landmark_finder
from course_lib.faults import in_words
from course_lib.provenance import manifest


def run(options):
    """Swap the face in a video by what `course train-swap` made.

    Args:
        options: an argparse.Namespace with video, person (the folder), face, output, near, everyone and detector.
    Returns:
        The exit code: 0, 1 where nothing was written, 130 where it was interrupted.
    """
    from course_lib import pipelines
    from course_lib.pipelines.trained_swap import load_swap, read_note

    @cache
    def swapper():
        return load_swap(options.person, options.face)

    try:
        note = read_note(options.person)
        find = landmark_finder(options.detector)
        people = {f"person {who}": {k: note[who][k] for k in ("purpose", "expiry", "consent_sha256")} for who in "ab"}
        path = pipelines.swap_video(
            options.video, options.output, lambda *crops: swapper()(*crops), find=find, near=options.near,
            one_person=not options.everyone,
            what="a video in which a real person's face was replaced by another's, both with their consent",
            how="course swap", parameters={"face": options.face, "detector": options.detector, **people,
                                           "weights": note["weights_sha256"], "steps": note["steps"]})
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"[ OK ] {path}\n{how_it_went(manifest.read(path)['parameters'])}".rstrip())
    return 0
