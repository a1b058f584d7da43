"""Driving a picture with a trained animator: relative and absolute transfer, the best frame to start at. Lesson 07."""
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import ConvexHull

from course_lib.models.first_order_layers import coordinate_grid

BATCH = 4  # images in one pass of a network


@dataclass(frozen=True)
class Keypoints:
    """What the keypoint detector found in N images.

    Args:
        points: f32 [N, K, 2], (x, y) in [-1, 1].
        jacobians: f32 [N, K, 2, 2].
    """

    points: np.ndarray
    jacobians: np.ndarray

    def __len__(self):
        return len(self.points)

    def __getitem__(self, index):
        return Keypoints(self.points[index], self.jacobians[index])


@dataclass(frozen=True)
class Animation:
    """N animated images, and how they came about; s is the side of the motion maps.

    Args:
        images: f32 RGB [N, S, S, 3] in [0, 1].
        flow: f32 [N, s, s, 2], backward, coordinates in [-1, 1].
        occlusion: f32 [N, s, s], 1 where the source shows it.
        masks: f32 [N, s, s, K + 1], which candidate motion each pixel follows, the background first.
    """

    images: np.ndarray
    flow: np.ndarray
    occlusion: np.ndarray
    masks: np.ndarray


def find_keypoints(model, images):
    """The keypoints of images.

    Args:
        model: an animator.
        images: f32 RGB [N, S, S, 3] in [0, 1].
    Returns:
        Keypoints.
    Lesson 07.
    """
    return Keypoints(*_predict(model.get_layer("keypoint_detector"), [np.asarray(images, np.float32)]))


def hull_area(points):
    """The area of the convex hull of keypoints.

    Args:
        points: [K, 2].
    Returns:
        A float.
    Lesson 07.
    """
    return float(ConvexHull(points).volume)  # in two dimensions, "volume" is the area


def relative_motion(source, driving, first, adapt=True):
    """The source's keypoints, moved as the driver's have moved since a first frame: shape stays the source's.

    p = p_S + s (p_D,t - p_D,0) and J = J_D,t J_D,0^-1 J_S.

    Args:
        source: Keypoints of the source, one image.
        driving: Keypoints of N driving frames.
        first: Keypoints of the driving frame in which the driver's pose is the source's, one image.
        adapt: whether the motion is scaled by s, the root of the ratio of the hulls' areas; otherwise s = 1.
    Returns:
        Keypoints of N frames.
    References:
        Siarohin et al. 2019, section 3.5, and animate.py of the code published with it.
    Lesson 07.
    """
    scale = np.sqrt(hull_area(source.points[0]) / hull_area(first.points[0])) if adapt else 1.0
    points = source.points + scale * (driving.points - first.points)
    jacobians = driving.jacobians @ np.linalg.inv(first.jacobians) @ source.jacobians
    return Keypoints(points.astype(np.float32), jacobians.astype(np.float32))


def best_frame(source_landmarks, driving_landmarks):
    """The driving frame whose face is most like the source's in pose and expression.

    Landmarks are centred and divided by the root of their hull's area; the smallest squared distance wins.

    Args:
        source_landmarks: [68, 2], pixels.
        driving_landmarks: [T, 68, 2], pixels; nan where there is no face.
    Returns:
        Index of the frame, int.
    Raises:
        ValueError: when no driving frame has landmarks.
    References:
        Siarohin et al. 2019, demo.py of the code published with it.
    Lesson 07.
    """
    known = np.isfinite(driving_landmarks).all((1, 2))
    if not known.any():
        raise ValueError("best_frame got no driving frame with landmarks; is there a face in the video?")

    def normalised(points):
        points = np.asarray(points, np.float64) - np.mean(points, 0)
        return points / np.sqrt(hull_area(points))

    target = normalised(source_landmarks)
    return int(min(np.flatnonzero(known), key=lambda t: np.sum((normalised(driving_landmarks[t]) - target) ** 2)))


def drive(model, image, source, motion):
    """Animates an image.

    Args:
        model: an animator.
        image: f32 RGB [S, S, 3] in [0, 1], the source; or one for each frame, [N, S, S, 3].
        source: its Keypoints, one image or N.
        motion: Keypoints of N frames: the driver's for absolute transfer, what relative_motion gives for relative.
    Returns:
        Animation.
    Lesson 07.
    """
    flow, occlusion, masks = move(model, image, source, motion)
    return Animation(paint(model.get_layer("generator"), image, flow, occlusion), flow, occlusion, masks)


def move(model, image, source, motion):
    """The dense motion alone: where each pixel comes from.

    Args:
        model, image, source, motion: as for drive.
    Returns:
        (flow, occlusion, masks), as in Animation.
    Lesson 07.
    """
    count = len(motion)
    fixed = [np.broadcast_to(a, (count, *a.shape[1:])) for a in (source.points, source.jacobians)]
    flow, occlusion, masks = _predict(model.get_layer("dense_motion"), [_repeated(image, count), *fixed, motion.points,
                                                                        motion.jacobians])
    return flow, occlusion[..., 0], masks


def paint(generator, image, flow, occlusion):
    """The generator alone: what it makes of a source whose features a flow has moved.

    Args:
        generator: an animator's network of this name.
        image: f32 RGB [S, S, 3] in [0, 1], the source; or one for each frame, [N, S, S, 3].
        flow, occlusion: of N frames, as in Animation.
    Returns:
        f32 RGB [N, S, S, 3] in [0, 1].
    Lesson 07.
    """
    return _predict(generator, [_repeated(image, len(flow)), flow, np.asarray(occlusion)[..., None]])[0]


def _repeated(image, count):
    return np.broadcast_to(image, (count, *np.shape(image)[-3:])).astype(np.float32)


def _predict(network, arrays):
    """The network's outputs, in batches of BATCH; Keras compiles once for that size and once for all smaller ones."""
    parts = []
    for k in range(0, len(arrays[0]), BATCH):
        batch = [np.asarray(a[k:k + BATCH], np.float32) for a in arrays]
        result = network.predict_on_batch(batch if len(batch) > 1 else batch[0])
        parts.append([np.asarray(a, np.float32) for a in (result if isinstance(result, list) else [result])])
    return [np.concatenate(a) for a in zip(*parts, strict=True)]


def to_pixels(points, side):
    """Coordinates in [-1, 1] as pixels.

    Args:
        points: [..., 2].
        side: of the image, pixels.
    Returns:
        [..., 2].
    Lesson 07.
    """
    return (np.asarray(points) + 1) * (side - 1) / 2


def jacobian_ellipses(found, side, radius=0.08):
    """Jacobians as curves to draw: what each makes of a small circle and of its two radii along x and y.

    Args:
        found: Keypoints of N images.
        side: of the images, pixels.
        radius: of the circle, in coordinates from -1 to 1.
    Returns:
        [N, K, M, 2], pixels: from the keypoint along the first radius, round the ellipse, and back along the second.
    Lesson 07.
    """
    angle = np.linspace(0, 2.5 * np.pi, 61)
    circle = radius * np.concatenate([np.zeros((1, 2)), np.stack([np.cos(angle), np.sin(angle)], -1), np.zeros((1, 2))])
    return to_pixels(found.points[:, :, None] + np.einsum("nkij,mj->nkmi", found.jacobians, circle), side)


def displacement(flow, side):
    """A flow in coordinates as displacements in pixels of a larger image.

    Args:
        flow: f32 [s, s, 2], backward, in [-1, 1].
        side: of the image, pixels.
    Returns:
        f32 [side, side, 2], (x, y): pixel z of the result is taken from z + displacement.
    Lesson 07.
    """
    small = flow.shape[0]
    at = (coordinate_grid(side, side) + 1) * (small - 1) / 2  # corner on corner, as in the networks
    moved = np.float32(flow) - coordinate_grid(small, small)
    large = cv2.remap(moved, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return large * (side - 1) / 2


def as_flow(displaced, small):
    """Displacements in pixels as a flow for the networks: what displacement does, the other way round.

    Args:
        displaced: f32 [S, S, 2], (x, y), pixels.
        small: side of the flow.
    Returns:
        f32 [small, small, 2], backward, in [-1, 1] inside the image.
    Lesson 07.
    """
    side = displaced.shape[0]
    at = to_pixels(coordinate_grid(small, small), side).astype(np.float32)
    moved = cv2.remap(np.float32(displaced), at[..., 0], at[..., 1], cv2.INTER_LINEAR)
    return coordinate_grid(small, small) + moved * 2 / (side - 1)


def enlarge(image, fine, flow, visible):
    """A network's image at the source's resolution, with the source's detail carried by the flow where it is visible.

    Args:
        image: f32 RGB [s, s, 3] in [0, 1], from the generator.
        fine: f32 RGB [S, S, 3], the source, larger.
        flow: f32 [S, S, 2], what displacement gives for S.
        visible: f32 [m, m], the occlusion map.
    Returns:
        f32 [S, S, 3] in [0, 1].
    Lesson 07.
    """
    side, small = fine.shape[0], image.shape[0]
    enlarged = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
    if side < 1.5 * small:
        return np.clip(enlarged, 0, 1)
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    moved = cv2.remap(np.float32(fine), columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_REPLICATE)
    coarse = cv2.resize(cv2.resize(moved, (small, small), interpolation=cv2.INTER_AREA), (side, side),
                        interpolation=cv2.INTER_CUBIC)
    return np.clip(enlarged + cv2.resize(np.float32(visible), (side, side))[..., None] * (moved - coarse), 0, 1)
