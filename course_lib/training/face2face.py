"""Face2Face: find the parameters of a rendered face that look like a frame, and render it with others. Lesson 07.

Thies et al. 2016, "Face2Face: Real-time Face Capture and Reenactment of RGB Videos". The published method fits a
statistical face model; here the model is the cast's renderer, its person is known, and the truth too.
"""
from dataclasses import dataclass, fields, replace

import cv2
import numpy as np

from course_lib.cast import Expression, Lighting, Pose, render

COLOUR, LANDMARKS, PRIOR = 1.0, 200.0, 2e-3  # weights of the energy's terms
BLUR = (2.5, 1.5, 0.8)  # standard deviations of the first iterations: coarse to fine
SPREAD = {  # what is fitted, with the standard deviation of its prior
    "pose.yaw": 0.4, "pose.pitch": 0.2, "pose.roll": 0.15, "expression.jaw": 0.3, "expression.smile": 0.35,
    "expression.pucker": 0.3, "expression.teeth": 0.3, "expression.brow": 0.35, "expression.frown": 0.3,
    "expression.blink": 0.4, "expression.gaze_x": 0.4, "expression.gaze_y": 0.3, "lighting.azimuth": 0.7,
    "lighting.elevation": 0.4, "lighting.intensity": 0.3,
}
STEP = {"pose": 0.02, "expression": 0.06, "lighting": 0.05}  # of the finite differences
_KINDS = {"pose": Pose, "expression": Expression, "lighting": Lighting}
_BOTH = {"blink": ("blink_left", "blink_right")}  # one parameter for two fields


@dataclass(frozen=True)
class Fit:
    """The parameters that were found for one frame.

    Args:
        scene: the fitted Scene.
        energies: the energy before the first iteration and after each.
        image: f32 RGB [S, S, 3], the fitted scene rendered.
        landmarks: f32 [68, 2], its landmarks.
    """

    scene: object
    energies: tuple
    image: np.ndarray
    landmarks: np.ndarray


def parameters_of(scene):
    """The fitted parameters of a scene as a vector, in the order of SPREAD.

    Args:
        scene: a Scene.
    Returns:
        f64 [P].
    Lesson 07.
    """
    values = []
    for name in SPREAD:
        record, field = name.split(".")
        values.append(np.mean([getattr(getattr(scene, record), f) for f in _BOTH.get(field, (field,))]))
    return np.array(values)


def with_parameters(scene, values, only=None):
    """A scene with other parameters, each clipped to its range.

    Args:
        scene: a Scene.
        values: [P], in the order of SPREAD.
        only: names of records to change ("pose", "expression", "lighting"); all when left out.
    Returns:
        A Scene.
    Lesson 07.
    """
    changes = {record: {} for record in only or _KINDS}
    for name, value in zip(SPREAD, values, strict=True):
        record, field = name.split(".")
        for f in _BOTH.get(field, (field,)) if record in changes else ():
            limits = next(x.metadata for x in fields(_KINDS[record]) if x.name == f)
            changes[record][f] = float(np.clip(value, limits["low"], limits["high"]))
    return replace(scene, **{record: replace(getattr(scene, record), **new) for record, new in changes.items()})


def fit_frame(person, scene, frame, landmarks=None, iterations=6, coarse=True):
    """Gauss-Newton on the energy E = w_col E_col + w_lan E_lan + w_reg E_reg, Jacobians by finite differences.

    E_col is the mean length of the colour difference over the face (l2,1 by iteratively reweighted least squares),
    E_lan the mean squared distance of the landmarks in units of the image's side, E_reg the squared parameters in
    units of their spread.

    Args:
        person: the known Person.
        scene: the Scene to start from; its camera and background are known.
        frame: f32 RGB [S, S, 3] in [0, 1].
        landmarks: [68, 2] found in the frame, pixels; none when left out.
        iterations: of Gauss-Newton.
        coarse: whether the first iterations compare blurred images; not needed close to the solution.
    Returns:
        Fit.
    References:
        Thies et al. 2016, equations 4 to 8 and section 4.1.
    Lesson 07.
    """
    size, names = frame.shape[0], list(SPREAD)
    prior = np.array([1 / SPREAD[name] for name in names])
    steps = np.array([STEP[name.split(".")[0]] for name in names])
    centre, energies = parameters_of(_neutral(scene)), []
    values = parameters_of(scene)

    def residuals(rendered, k, theta, mask, sigma=0.0):
        difference = rendered.rgb[k] - frame
        if sigma:
            difference = cv2.GaussianBlur(difference, (0, 0), sigma)
        colour = difference[mask] / np.sqrt(mask.sum())
        parts = [colour.ravel()]
        if landmarks is not None:
            parts.append(np.sqrt(LANDMARKS / 68) * (rendered.landmarks[k] - landmarks).ravel() / size)
        return parts + [np.sqrt(PRIOR / len(names)) * prior * (theta - centre)]

    def energy(rendered, k, theta, mask, sigma):
        colour, *rest = residuals(rendered, k, theta, mask, sigma)
        lengths = np.linalg.norm(colour.reshape(-1, 3), axis=1)
        return COLOUR * lengths.mean() * np.sqrt(mask.sum()) + sum(float(r @ r) for r in rest)

    for sigma in ((*BLUR, *[0.0] * iterations) if coarse else [0.0] * iterations)[:iterations]:
        # towards the middle of the range, so that a parameter at its limit has a derivative too
        signs = np.where(parameters_of(with_parameters(scene, values + steps)) > values + 0.5 * steps, 1.0, -1.0)
        trials = [values, *(values + np.eye(len(names))[i] * signs[i] * steps[i] for i in range(len(names)))]
        rendered = render(person, [with_parameters(scene, t) for t in trials], size)
        mask = rendered.face_mask[0]
        current = residuals(rendered, 0, values, mask, sigma)
        length = np.linalg.norm(current[0].reshape(-1, 3), axis=1) * np.sqrt(mask.sum())
        weight = np.repeat(np.sqrt(COLOUR / np.maximum(length, 0.02)), 3)  # l2,1: squares over the old lengths
        scaled = [np.concatenate([weight * c, *rest]) for c, *rest in
                  (residuals(rendered, k, t, mask, sigma) for k, t in enumerate(trials))]
        jacobian = np.stack([(r - scaled[0]) / (s * d) for r, s, d in zip(scaled[1:], signs, steps, strict=True)], 1)
        normal = jacobian.T @ jacobian
        update = np.linalg.solve(normal + 1e-4 * np.diag(np.diag(normal)), -jacobian.T @ scaled[0])
        before = energy(rendered, 0, values, mask, sigma)
        energies = energies or [energy(rendered, 0, values, mask, 0.0)]
        tries = [parameters_of(with_parameters(scene, values + share * update)) for share in (1.0, 0.5, 0.25, 0.1)]
        tried = render(person, [with_parameters(scene, t) for t in tries], size)
        scores = [energy(tried, k, t, mask, sigma) for k, t in enumerate(tries)]
        best = int(np.argmin(scores))
        if scores[best] < before:
            values = tries[best]
            energies.append(energy(tried, best, values, mask, 0.0))
        elif not sigma:
            break
    found = with_parameters(scene, values)
    last = render(person, found, size)
    return Fit(found, tuple(energies), last.rgb[0], last.landmarks[0])


def fit_clip(person, scene, frames, landmarks=None, first=10, later=4):
    """Fits frame after frame, each beginning with what was found in the one before.

    Args:
        person: the known Person.
        scene: the Scene to start from.
        frames: f32 RGB [T, S, S, 3] in [0, 1].
        landmarks: [T, 68, 2], pixels, or None.
        first, later: iterations in the first frame and in each of the others.
    Returns:
        List of Fit.
    Lesson 07.
    """
    fits = []
    for t, frame in enumerate(frames):
        points = None if landmarks is None else landmarks[t]
        fits.append(fit_frame(person, scene, frame, points, later if t else first, coarse=not t))
        scene = fits[-1].scene
    return fits


def reenact(target_person, target_scene, fits, rest):
    """The target rendered with the driver's expressions: transfer in parameter space.

    Args:
        target_person, target_scene: who is shown, and in which pose, light and place.
        fits: list of Fit of the driver.
        rest: the driver's Scene at rest; the change from it is added to the target's own expression.
    Returns:
        List of Scenes to render.
    References:
        Thies et al. 2016, section 5, there by deformation transfer between two face models.
    Lesson 07.
    """
    own, base = parameters_of(target_scene), parameters_of(rest)
    return [with_parameters(target_scene, own + parameters_of(fit.scene) - base, only=("expression",)) for fit in fits]


def _neutral(scene):
    """What the prior prefers: a frontal neutral face in the light of the scene that the fit starts from."""
    return replace(scene, pose=Pose(), expression=Expression(flush=scene.expression.flush))
