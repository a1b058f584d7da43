"""`course enhance`: parsing and printing; pipelines.enhance_file does the work. Every `course` command imports this."""
from functools import cache
from pathlib import Path

from course_lib.faults import in_words

NETWORKS = {"both": ("esrgan_blind", "dictionary_restorer"), "picture": ("esrgan_blind", None),
            "faces": (None, "dictionary_restorer")}  # what enlarges, what restores
DOES = {"both": "everything four times as large, faces restored", "picture": "everything four times as large",
        "faces": "faces restored, the size as it was"}


def add_to(commands):
    """Adds `enhance` to the subparsers of the `course` command."""
    one = commands.add_parser("enhance", help="enlarge a picture or video and restore its faces", description="What is "
                              "added was not in the picture: it is invented. Without the consent of who is shown "
                              "(consent.toml beside the file) nothing is opened. The result is labelled and marked. A "
                              "film that was stopped goes on where it was.")
    one.add_argument("file", help="any picture or video")
    one.add_argument("-o", "--output", required=True, help="what to write: .png, .jpg or .webp; or .mp4 or .webm")
    one.add_argument("--what", choices=tuple(DOES), default="both",
                     help="; ".join(f"{name}: {does}" for name, does in DOES.items()) + " (both)")
    one.add_argument("--detector", choices=("haar", "yunet"), default="haar", help="yunet is surer, once fetched")
    one.set_defaults(run=run)


def run(options):
    """Enhances the file that the options name; returns the command's exit code."""
    from course_lib import checkpoints, faces, pipelines

    enlarged, restored = NETWORKS[options.what]
    told = {"faces": 0, "restored": 0}

    @cache
    def enhancer():  # with the first frame: until the file is open nothing needs Keras
        from course_lib.pipelines import enhancers as ours

        key = {name: key for key, name in (ours.ENLARGERS | ours.RESTORERS).items()}
        return ours.enhancer(find, key.get(enlarged), key.get(restored), told)

    def find(frame):
        return [faces.estimate_68(face.points) for face in faces.detect_faces(frame, options.detector, model)]

    try:
        model = checkpoints.verify("yunet") if options.detector == "yunet" else None

        def enhance(frame):
            result = enhancer()(frame)
            if Path(options.output).suffix.lower() not in (".mp4", ".webm") and not enlarged and not told["restored"]:
                raise ValueError(f"{told['faces']} faces were found in {options.file}, none of which can be restored: "
                                 "the network makes faces of 128 pixels, and larger ones would lose by it. Nothing was "
                                 "written; try --what picture")
            return result

        done = pipelines.enhance_file(
            options.file, options.output, enhance, scale=4 if enlarged else 1, how="course enhance",
            parameters={"what": options.what, "detector": options.detector,
                        "weights": _weights(filter(None, NETWORKS[options.what]))})
    except (OSError, ValueError) as error:
        print(f"[FAIL] {in_words(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    counted = f", {told['restored']} of {told['faces']} faces restored" if restored else ""
    print(f"[ OK ] {done}{counted}. What was added is invented: it is no evidence of how anything or anybody looked.")
    return 0


def _weights(names):
    """Which weights are used, for the manifest: name -> sha256. Raises CheckpointError where one is not intact."""
    from course_lib import checkpoints

    return {name: checkpoints.find(name).sha256 for name in names if checkpoints.verify(name)}
