"""The inside of a detector's process in a tournament: limits, then batches of clips in and scores out.

Run by tournament.py in a box, never by hand. Arguments: the Limits as JSON; the folder that may be written to where
there are no namespaces ('' where there are). On standard input come messages, each an 8-byte length and the bytes of a
.npz: first the entry's files, then batches of clips. On standard output goes one line of JSON for each.
"""
import io
import json
import os
import sys
from pathlib import Path

import numpy as np

from course_lib.grading.kernel import fence, limit


def message(stream):
    """The next message.

    Args:
        stream: Binary file.
    Returns:
        Dict of arrays; None at the end.
    """
    head = stream.read(8)
    if len(head) < 8:
        return None
    with np.load(io.BytesIO(stream.read(int.from_bytes(head, "big"))), allow_pickle=False) as arrays:
        return dict(arrays)


def packed(arrays):
    """A message's bytes.

    Args:
        arrays: Dict: name -> array.
    Returns:
        Bytes.
    """
    file = io.BytesIO()
    np.savez(file, **arrays)
    return len(file.getvalue()).to_bytes(8, "big") + file.getvalue()


def unpacked(files, folder):
    """Write an entry's files.

    Args:
        files: Dict: relative name -> uint8 array.
        folder: Path.
    Returns:
        Path of the detector's module.
    Raises:
        ValueError: When a name leads out of the folder.
    """
    for name, data in files.items():
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise ValueError(f"{name} does not lie in the entry")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.tobytes())
    return folder / "detector.py"


def main(stream, answer):
    """Load the entry and score batches until there are no more.

    Args:
        stream: Binary file of messages.
        answer: Function that sends one JSON value.
    """
    import importlib.util

    from course_lib.arena.entries import Clip, checked_scores

    try:
        folder = Path.cwd() / "entry"
        spec = importlib.util.spec_from_file_location("detector", unpacked(message(stream), folder))
        module = importlib.util.module_from_spec(spec)
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        spec.loader.exec_module(module)
        detector = module.Detector()
        answer({"ready": True})
        while (arrays := message(stream)) is not None:
            count = len(arrays["fps"])
            clips = [Clip(arrays[f"frames{k}"], arrays[f"landmarks{k}"], float(arrays["fps"][k])) for k in range(count)]
            answer({"scores": checked_scores(detector.predict(clips), count).tolist()})
    except Exception as error:  # whatever an entry raises is its own result
        answer({"error": f"{type(error).__name__}: {error}"[:300]})


if __name__ == "__main__":
    limit(json.loads(sys.argv[1]))
    place = sys.argv[2]
    out = os.fdopen(os.dup(1), "w", buffering=1)  # the entry's prints go elsewhere
    os.dup2(2, 1)
    if place:
        os.chdir(place)
        os.environ.update(HOME=place, TMPDIR=place)
        fence(place)

    def send(value):
        out.write(json.dumps(value) + "\n")
        out.flush()

    main(sys.stdin.buffer, send)
