"""What of a followed face can be swapped: points without jitter, and the frames that pass unchanged. Lesson 16."""
import numpy as np

from course_lib.blending import masks
from course_lib.faces import align, head_pose
from course_lib.faces.smoothing import smooth_track

PART, MARGIN = 240, 60  # frames that are filtered at a time, and those on both sides that the filter uses
CUTOFF, EYE_CUTOFF = 4.0, 8.0  # Hz: of the head and the mouth, of lids and gaze
EYES = np.r_[36:48, 68:70]
PROFILE = np.deg2rad(45)  # of yaw, beyond which the mesh is wrong about half of the face
LEAST_SEEN = 0.6  # of the skin between brows and chin
COVERED = 96  # side of the crop on which that is measured, pixels
FADE = 4  # frames over which the new face comes and goes where frames pass unchanged


def steady_points(rows, rate):
    """Landmarks and pupils over time without jitter: gaps of a few frames filled, lids and gaze smoothed less.

    Args:
        rows: as for Way.choose.
        rate: frames per second.
    Returns:
        f32 [T, 70, 2], nan where there is no face.
    Lesson 16.
    """
    points = np.concatenate([rows["points"], rows["measured"][:, :4].reshape(-1, 2, 2)], 1)
    steady = np.full(points.shape, np.nan, np.float32)
    for start in range(0, len(points), PART):  # in parts, so that a long video is filtered as it is read
        low = max(start - MARGIN, 0)
        window = slice(low, start + PART + MARGIN)
        calm, quick = (smooth_track(points[window], rate, rows["cut"][window], c) for c in (CUTOFF, EYE_CUTOFF))
        calm[:, EYES] = quick[:, EYES]
        steady[start:start + PART] = calm[start - low:][:PART]
    return steady


def seen_fraction(frame, points):
    """How much of a face is not covered, by the colour of its skin.

    Args:
        frame: f32 RGB [H, W, 3].
        points: [68, 2].
    Returns:
        A float from 0 to 1.
    Lesson 16.
    """
    crop = align(frame, np.asarray(points, np.float32), COVERED)
    inside = masks.hull(crop.landmarks, (COVERED, COVERED), 0.0) > 0.5
    return float(masks.visible_skin(crop.image, crop.landmarks)[inside].mean()) if inside.any() else 0.0


def unchanged(points, seen):
    """Why frames pass unchanged.

    Args:
        points: [T, 70, 2], steady; nan where there is no face.
        seen: [T], of seen_fraction, nan where it was not measured.
    Returns:
        Array of str [T]: "no face", "profile", "occluded", or "" where the face is swapped.
    Lesson 16.
    """
    reasons = np.full(len(points), "", dtype="<U8")
    for t, (row, fraction) in enumerate(zip(points, seen, strict=True)):
        if not np.isfinite(row).all():
            reasons[t] = "no face"
        elif abs(head_pose(row[:68], (2 * np.ptp(row[:68]),) * 2)[0]) > PROFILE:
            reasons[t] = "profile"
        elif fraction < LEAST_SEEN:
            reasons[t] = "occluded"
    return reasons


def opacity(reasons):
    """How strongly the new face shows: it fades in and out beside frames that pass unchanged.

    Args:
        reasons: of `unchanged`.
    Returns:
        f64 [T], 0 where there is a reason.
    Lesson 16.
    """
    good = np.asarray(reasons) == ""
    if good.all():
        return np.ones(len(good))
    from scipy.ndimage import distance_transform_cdt  # here, because its import takes a quarter of a second

    return np.clip(distance_transform_cdt(good) / FADE, 0, 1)
