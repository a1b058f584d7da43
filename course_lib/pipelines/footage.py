"""A person's own footage as faces for a swap: consent, extraction, cleaning, and a split in time. Lesson 16."""
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from course_lib import faces, provenance
from course_lib.provenance import manifest

WIDE, COVERAGE = 128, 1.6  # side and coverage of the crops that are warped in training
CLOSE = 64  # side of the crops that a network gets, coverage 1
HELD_OUT = 0.15  # the last part of the footage, which is never trained on
FEW = 500  # faces of each person, below which users of the original software are advised to film more


@dataclass(frozen=True)
class Footage:
    """The faces of one person, in the order of the footage.

    Args:
        train: FaceSet of crops of 128 px with coverage 1.6, cleaned.
        test: FaceSet of the same kind: the last part of the footage, cleaned by itself.
        report: faces.Report of the cleaning of `train`.
        consent: provenance.consent.Consent.
        sha256: of the video, or of the photographs' hashes in the order of their names.
    """

    train: faces.FaceSet
    test: faces.FaceSet
    report: faces.Report = field(repr=False)
    consent: provenance.consent.Consent
    sha256: str


def collect(path, every=0.2, max_frames=3000, held_out=HELD_OUT, method="mesh", model=None, one_person=True):
    """The faces in a video or a folder of photographs, cleaned by lesson 01's rules and split in time.

    Neighbouring frames are almost equal, so a random split would test on what was trained on; the last part is cut off
    instead.

    Args:
        path: a video, or a folder of photographs; a valid consent.toml lies beside the one or in the other.
        every: seconds between the frames of a video that are examined.
        max_frames: of a video, at most.
        held_out: the part of the faces that is kept for testing, above 0 and at most 0.5.
        method, model: as for faces.detect_faces.
        one_person: as for faces.faceset_from_video.
    Returns:
        Footage.
    Raises:
        ConsentError: without a valid consent.
        FileNotFoundError: where there is no such file or folder.
        ValueError: when there are fewer than 8 faces, or the cleaning leaves none.
    Lesson 16.
    """
    path = Path(path)
    if not 0 < held_out <= 0.5:
        raise ValueError(f"held_out is {held_out}; expected a fraction of the faces, above 0 and at most 0.5")
    consent, sha256 = require(path), hash_of(path)
    if path.is_dir():
        found = faces.faceset_from_folder(path, WIDE, COVERAGE, method, model)
    else:
        found = faces.faceset_from_video(path, every, max_frames, WIDE, COVERAGE, method, model, one_person)
    if len(found) < 8:
        raise ValueError(f"{path.name} gave {len(found)} faces; a swap needs at least 8, and is only worth looking at "
                         "with a few hundred: record a minute, with the head and the mouth moving")
    cut = len(found) - max(2, round(held_out * len(found)))
    train, report = kept(found[:cut])
    return Footage(train, kept(found[cut:])[0], report, consent, sha256)


def kept(wide):
    """The faces that pass lesson 01's rules, which look at the crop that a network gets.

    Args:
        wide: FaceSet of crops of 128 px with coverage 1.6.
    Returns:
        (FaceSet of the same kind, faces.Report).
    Raises:
        ValueError: when no face is left.
    Lesson 16.
    """
    _, report = faces.clean(close(wide))
    return wide[report.kept], report


def close(wide, size=CLOSE, coverage=COVERAGE):
    """The inner part of wide crops as crops of coverage 1, without looking at the frames again.

    Args:
        wide: FaceSet.
        size: side of the new crops.
        coverage: of `wide`.
    Returns:
        FaceSet of coverage 1.
    Lesson 16.
    """
    scale = size / wide.size * coverage
    shift = (size - 1) / 2 - scale * (wide.size - 1) / 2  # the centres of both crops are one point
    inner = np.array([[scale, 0, shift], [0, scale, shift]])
    down = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR

    def cut(image):
        return np.clip(cv2.warpAffine(np.asarray(image, np.float32), inner, (size, size), flags=down,
                                      borderMode=cv2.BORDER_REPLICATE), 0, 1)

    matrices = inner[:, :2] @ wide.matrices + np.array([[0, 0, shift]])
    return faces.FaceSet(
        images=np.stack([cut(x) for x in wide.images]), masks=np.stack([cut(x) for x in wide.masks]),
        landmarks=(wide.landmarks * scale + shift).astype(np.float32), matrices=matrices, sources=list(wide.sources),
        people=wide.people, points=list(wide.points), pose=wide.pose, expression=wide.expression,
        shots=wide.shots, skipped=list(wide.skipped))


def require(path):
    """The consent for a video or a folder of photographs, before anything of it is opened.

    Args:
        path: of either.
    Returns:
        provenance.consent.Consent.
    Raises:
        ConsentError: without a valid consent.
        FileNotFoundError: where there is neither.
    Lesson 16.
    """
    return provenance.consent.require(folder_of(path))


def folder_of(path):
    """Where the consent for a video or a folder of photographs lies.

    Args:
        path: of either.
    Returns:
        Path of the folder.
    Raises:
        FileNotFoundError: where there is neither.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no video or folder {path}")
    return path if path.is_dir() else path.parent


def hash_of(path):
    """What identifies a video or a folder of photographs.

    Args:
        path: of either.
    Returns:
        64 hexadecimal digits: the SHA-256 of the file, or of the lines "hash name" of a folder's files.
    """
    path = Path(path)
    if not path.is_dir():
        return manifest.sha256(path)
    files = sorted(f for f in path.iterdir() if f.is_file() and f.name != provenance.consent.FILE)
    lines = "\n".join(f"{manifest.sha256(f)} {f.name}" for f in files)
    return hashlib.sha256(lines.encode()).hexdigest()
