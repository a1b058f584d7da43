"""`course dub`: parsing and printing; pipelines.dub_video does the work, the rules of consent included."""
from functools import cache

from course_lib.checks import NEED
from course_lib.commands.parts import add_detector, landmark_finder, verified
from course_lib.faults import in_words

NETWORKS = {"lstm": "audio_to_lips", "wav2lip": "wav2lip"}


def add_to(commands):
    """Add `dub` to the subparsers of the `course` command.

    Args:
        commands: what add_subparsers of an argparse.ArgumentParser gives.
    """
    parser = commands.add_parser(
        "dub", help="give a video new words and matching lips, with consent", description="Without the consent of the "
        "person in the video, and of the speaker if the sound is a file (consent.toml beside each), nothing is opened. "
        "The voice of --say is synthetic and belongs to nobody. The mouth is made from the video's own frames, so the "
        "person has to speak in it; --way wav2lip draws it instead, at 64 pixels. The result is labelled and "
        "watermarked. After an interruption, the same command continues.")
    parser.add_argument("video", help="the video, at least half as long as the sound")
    words = parser.add_mutually_exclusive_group(required=True)
    words.add_argument("--say", metavar="TEXT", help="what a synthetic voice of the cast says")
    words.add_argument("--audio", metavar="FILE", help="a file with the speech, up to two minutes")
    parser.add_argument("--voice", default="Ada", help="for --say: the name of a member of the cast (Ada)")
    parser.add_argument("--language", choices=("en", "es", "de"), default="en", help="for --say (en)")
    parser.add_argument("--way", choices=tuple(NETWORKS), default="lstm", help="lstm takes the mouth from the video "
                        "(sharper), wav2lip draws it (lstm)")
    parser.add_argument("-o", "--output", required=True, help="the file to write, .mp4 or .webm")
    add_detector(parser)
    parser.set_defaults(run=run)


def run(options):
    """Dub a video.

    Args:
        options: an argparse.Namespace with video, say, audio, voice, language, way, output and detector.
    Returns:
        The exit code: 0, 1 where nothing was written, 130 where it was interrupted.
    """
    from course_lib import pipelines

    network = NETWORKS[options.way]

    @cache
    def model():  # loaded once the face is found: until then nothing needs Keras
        from course_lib import checkpoints
        from course_lib.models.wav2lip_inference import shipped_wav2lip

        return shipped_wav2lip() if options.way == "wav2lip" else checkpoints.load(network)

    try:
        find = landmark_finder(options.detector)
        path = pipelines.dub_video(
            options.video, options.output, model, find=find, text=options.say, voice=options.voice,
            language=options.language, sound_path=options.audio, way=options.way, how="course dub",
            parameters={"detector": options.detector, "weights": verified((network,))})
    except (OSError, ValueError) as error:
        print(f"{NEED} {in_words(error)}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"[ OK ] {path}. Nobody in it said this.")
    return 0
