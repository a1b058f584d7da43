"""Follows one face through a video by its mesh: the detector works only where the face was lost. Lesson 01."""
from dataclasses import replace

import numpy as np

from .blazeface import detect
from .ibug import landmarks_68
from .mesh import read_mesh, region_of_detection, region_of_mesh
from .shots import FaceCuts, look_of
from .smoothing import OneEuro

MIN_CONFIDENCE = 0.5
MIN_CUTOFF, BETA = 1.5, 6.0  # of the One-Euro filter; beta for a speed of one size of the face per second


class MeshTracker:
    """Tracks one face: call it with one frame after another, f32 RGB [H, W, 3], and whether a shot begins.

    It returns the face's Mesh, smoothed by a One-Euro filter, or None where the face is lost. The region of interest
    comes from the last frame's mesh; the largest face is searched for at the start, after a cut, and after a loss.

    Args:
        rate: Frames per second.
        min_cutoff, beta: See smoothing.OneEuro; beta for a speed of one size of the face per second. min_cutoff None
            leaves the meshes as they are read.
        irises: False for speed, as for mesh.read_mesh.
    Lesson 01.
    """

    def __init__(self, rate=30.0, min_cutoff=MIN_CUTOFF, beta=BETA, irises=True):
        self.rate, self.min_cutoff, self.beta, self.irises = rate, min_cutoff, beta, irises
        self.region, self.filter, self.searches, self.changed = None, None, 0, FaceCuts()

    def __call__(self, frame, cut=False):
        frame = np.asarray(frame, np.float32)
        if cut:
            self.region = None
        mesh = self._read(frame, self.region, looks=1) if self.region else None
        if mesh is None:  # at the start, after a cut, or lost: search
            self.filter, self.searches = None, self.searches + 1
            largest = max(detect(frame), key=lambda d: d.box[2] * d.box[3], default=None)
            mesh = self._read(frame, region_of_detection(largest), looks=2) if largest is not None else None
        if mesh and self.changed(look_of(frame, mesh.landmarks), cut):
            self.filter = None  # another face in the same place: nothing glides to it
        self.region = region_of_mesh(mesh.points) if mesh else None
        return mesh and self._smoothed(mesh)

    def _read(self, frame, region, looks):
        mesh = read_mesh(frame, region, looks, self.irises)
        return mesh if mesh.confidence >= MIN_CONFIDENCE else None

    def _smoothed(self, mesh):
        if self.min_cutoff is None:
            return mesh
        if self.filter is None:
            self.filter = OneEuro(self.rate, self.min_cutoff, self.beta / max(mesh.box[2:]))
        values = np.concatenate([mesh.points, np.pad(mesh.irises.reshape(10, 2), ((0, 0), (0, 1)))])
        values = self.filter(values).astype(np.float32)
        points = values[:468]
        return replace(mesh, points=points, landmarks=landmarks_68(points), irises=values[468:, :2].reshape(2, 5, 2))


def track_meshes(frames, rate=30.0, cuts=None, **options):
    """The mesh of one face in every frame of a video.

    Args:
        frames: Iterable of f32 RGB [H, W, 3].
        rate: Frames per second.
        cuts: bool [T], where a shot begins; found by tracking.Cuts when left out.
        options: As for MeshTracker.
    Returns:
        Yields a Mesh or None for each frame.
    Lesson 01.
    """
    from .tracking import Cuts

    tracker, is_cut = MeshTracker(rate, **options), Cuts()
    for i, frame in enumerate(frames):
        yield tracker(frame, is_cut(frame) if cuts is None else bool(cuts[i]))
