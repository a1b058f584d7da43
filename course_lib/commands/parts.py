"""What the commands that work on faces have in common: the choice of a detector, and the record of the weights used."""
from course_lib import checkpoints


def add_detector(parser):
    """Add the option --detector.

    Args:
        parser: an argparse.ArgumentParser.
    """
    parser.add_argument("--detector", choices=("mesh", "haar", "yunet"), default="mesh",
                        help="mesh measures the face's shape and expression (default); haar and yunet only locate it")


def landmark_finder(detector):
    """Make the function that finds the landmarks of all faces in a frame.

    Args:
        detector: "mesh", "haar" or "yunet".
    Returns:
        A function: frame f32 RGB [H, W, 3] in [0, 1] -> list of landmarks f32 [68, 2].
    Raises:
        CheckpointError: when YuNet has not been fetched or is damaged.
        FileNotFoundError: when the package with the mesh's networks is missing.
    """
    from course_lib import faces

    model = checkpoints.verify("yunet") if detector == "yunet" else None
    faces.require_method(detector, model)
    return lambda frame: [face.landmarks for face in faces.detect_faces(frame, detector, model)]


def verified(names):
    """Verify checkpoints, and give their hashes for a manifest.

    Args:
        names: names of checkpoints.
    Returns:
        A dict, name -> sha256.
    Raises:
        CheckpointError: when one is absent or damaged.
    """
    return {name: checkpoints.find(name).sha256 for name in names if checkpoints.verify(name)}


def how_it_went(parameters):
    """What `course swap` says about how the frames were made.

    Args:
        parameters: of the result's manifest: way, why, unchanged and cuts.
    Returns:
        A str of up to four lines.
    """
    kept = ", ".join(f"{count} {reason}" for reason, count in parameters["unchanged"].items() if count)
    cuts = [f"{time:.2f} s" for time in parameters["cuts"]]
    lines = [f"the {parameters['way']} way: {parameters['why']}"] if "way" in parameters else []
    lines += [f"cuts: {len(cuts)}, at {', '.join(cuts[:6])}{' ...' if len(cuts) > 6 else ''}"] if cuts else []
    lines += [f"frames left unchanged: {kept}"] if kept else []
    if parameters["unchanged"].get("another person"):
        lines.append("if that is the same person, --everyone swaps the face in every shot")
    return "\n".join("       " + line for line in lines)
