"""Speed of finding faces: the mesh against the cascades on a photograph, and the mesh following a face at 640 px."""
import time

import cv2
import numpy as np

from course_lib import media
from course_lib.faces import MeshTracker, detect_faces

ROUNDS = 5


def seconds(function, times=1):
    """Median seconds of one call."""
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(times):
            function()
        found.append((time.perf_counter() - began) / times)
    return float(np.median(found))


def rows():
    """[(name, value, unit, target)] for the benchmark's table."""
    photo = media.grace_hopper()
    frame = np.pad(cv2.resize(photo, (410, 480), interpolation=cv2.INTER_AREA), [(0, 0), (115, 115), (0, 0)])
    detect_faces(frame)  # loads the networks
    mesh, haar = (seconds(lambda m=m: detect_faces(frame, m)) for m in ("mesh", "haar"))
    paces = {}
    for name, irises in (("with irises", True), ("without irises", False)):
        tracker = MeshTracker(30, irises=irises)
        tracker(frame)
        paces[name] = 1 / seconds(lambda t=tracker: t(frame), times=20)
        assert tracker.searches == 1
    return [("640 x 480: detect_faces, mesh", 1000 * mesh, "ms", ""),
            ("640 x 480: detect_faces, haar", 1000 * haar, "ms", ""),
            ("640 x 480: haar over mesh", haar / mesh, "", ">= 1"),
            *((f"640 x 480: following one face, {name}", pace, "frames/s", ">= 30") for name, pace in paces.items())]


if __name__ == "__main__":
    for row in rows():
        print(*row)
