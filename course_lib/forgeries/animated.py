"""Faces that another person moved, as labelled sets: animated pictures and reenacted clips. Lesson 07.

They are sets of their own beside `build`, whose methods change what a clip shows while these change how it moves.
"""
from dataclasses import replace

import cv2
import numpy as np

from course_lib import cast
from course_lib.blending import paste
from course_lib.checkpoints import load
from course_lib.degradation import h264
from course_lib.faces import align_five, five_points, warp
from course_lib.faces.square import head_square

from .build import COVERAGE, FPS, FRAME, SIZE, close_clip
from .labelled import Labelled
from .people import SPLITS

SIDE = 64  # of what the animator and the rendered face of a reenactment have, pixels


def animated(people=6, frames=4, *, split="test", crf=0, seed=0):
    """Pictures driven by other people's clips with lesson 07's First Order Motion Model; all are fake.

    Each person's first frame is animated by the clip of the next person of the split, by relative transfer, and laid
    back into the picture.

    Args:
        people: how many of the split's people are animated, at least 2.
        frames: of each clip.
        split: "train", "val" or "test".
        crf: 0 for raw, or H.264's.
        seed: of the clips.
    Returns:
        Labelled; source and target are the person shown, masks the animated square.
    Raises:
        ValueError: for another split or fewer than two people.
    Lesson 07.
    """
    return _labelled("animated", animate, people, frames, split, crf, seed)


def reenacted(people=6, frames=4, *, split="test", crf=0, seed=0):
    """Clips in which the face has another person's expressions, as by Face2Face; all are fake.

    The face is rendered with the expression of the next person of the split at 64 pixels, and blended into the frame.

    Args:
        people, frames, split, crf, seed: as for animated.
    Returns:
        Labelled; masks are the replaced face.
    Raises:
        ValueError: as animated.
    Lesson 07.
    """
    return _labelled("reenacted", lambda *clips: reenact(*clips)[:3], people, frames, split, crf, seed)


def _labelled(method, make, people, count, split, crf, seed):
    if split not in SPLITS or not 2 <= people <= len(SPLITS[split]):
        raise ValueError(f"people={people}, split={split!r}: expected one of {', '.join(SPLITS)} and from 2 people to "
                         "as many as it has")
    numbers, rows = list(SPLITS[split][:people]), []
    for k, number in enumerate(numbers):
        clips = [close_clip(n, n * 100_000 + seed, count) for n in (number, numbers[(k + 1) % people])]
        images, weights, points = make(*clips)
        shown = h264(images, crf, int(FPS)) if crf else images
        matrices = [align_five(image, five_points(p), SIZE, COVERAGE).matrix
                    for image, p in zip(images, points, strict=True)]
        rows.append({
            "images": np.stack([_byte(warp(x, m, SIZE)) for x, m in zip(shown, matrices, strict=True)]),
            "masks": np.stack([_byte(warp(x, m, SIZE)) for x, m in zip(weights, matrices, strict=True)]),
            "frame": np.arange(count), "source": np.full(count, number), "target": np.full(count, number),
            "video": np.full(count, -10_000_000 - number - (10 ** 6) * (method == "reenacted")),
            "yaw": np.array([s.pose.yaw for s in clips[0].scenes], np.float32)})
    total = people * count
    joined = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    return Labelled(fake=np.ones(total, int), method=np.full(total, method), crf=np.full(total, crf),
                    split=np.full(total, split), seed=np.full(total, seed), **joined)


def animate(own, driver, size=FRAME, taken=None, amounts=1.0):
    """The first frame of one clip, driven by another clip through the First Order Motion Model.

    Args:
        own: cast.Clip whose first frame is animated.
        driver: cast.Clip whose motion is taken over, by relative transfer.
        size: side of the frames, pixels.
        taken: image -> image, what happens to the first frame before it is animated: a camera; None for nothing.
        amounts: how much of the driver's motion is taken over, 0 to 1: one number, or one for each frame.
    Returns:
        (frames f32 [T, size, size, 3], weights f32 [T, size, size], landmarks [T, 68, 2], about where the face is).
    Lessons 07, 11 and 15.
    """
    from course_lib.models import first_order  # noqa: F401  (registers the layers; here, because Keras comes with it)
    from course_lib.models.first_order_inference import (
        Keypoints,
        displacement,
        drive,
        enlarge,
        find_keypoints,
        relative_motion,
    )

    model = load("first_order")
    still, driving = cast.render(own.person, own.scenes[:1], size), cast.render(driver.person, driver.scenes, size)
    picture = taken(still.rgb[0]) if taken else still.rgb[0]
    large = round(SIDE / head_square(still.landmarks[0])[0, 0])
    box, fine_box = (head_square(still.landmarks[0], side) for side in (SIDE, large))
    seen = head_square(driving.landmarks[0])
    source, fine = (np.clip(warp(picture, m, s), 0, 1) for m, s in ((box, SIDE), (fine_box, large)))
    keypoints = find_keypoints(model, source[None])
    found = find_keypoints(model, np.stack([np.clip(warp(image, seen, SIDE), 0, 1) for image in driving.rgb]))
    share = np.broadcast_to(np.float32(amounts), len(driver.scenes))[:, None, None]
    found = Keypoints(found.points[:1] + share * (found.points - found.points[:1]),
                      found.jacobians[:1] + share[..., None] * (found.jacobians - found.jacobians[:1]))
    animation = drive(model, source, keypoints, relative_motion(keypoints, found, found[:1]))
    ones, frames = np.ones((large, large), np.float32), []
    for image, flow, visible in zip(animation.images, animation.flow, animation.occlusion, strict=True):
        frames.append(paste(picture, enlarge(image, fine, displacement(flow, large), visible), fine_box, ones,
                            0.06))
    weight = paste(np.zeros_like(picture), np.ones((large, large, 3), np.float32), fine_box, ones, 0.06)[..., 0]
    moved = share * (driving.landmarks - driving.landmarks[0]) + still.landmarks[0]  # about where the face has gone
    return np.stack(frames), np.stack([weight] * len(frames)), moved


def reenact(own, driver, size=FRAME, taken=None):
    """A clip in which the face has the expressions of another clip.

    Args:
        own: cast.Clip that is changed.
        driver: cast.Clip of as many frames, whose expressions are taken over; the gaze stays.
        size: side of the frames, pixels.
        taken: image -> image, what happens to every frame before the forgery: a camera; None for nothing.
    Returns:
        (frames f32 [T, size, size, 3], weights f32 [T, size, size], landmarks [T, 68, 2], the frames untouched).
    Lessons 07 and 11.
    """
    truth = cast.render(own.person, own.scenes, size)
    rgb = np.stack([taken(image) for image in truth.rgb]) if taken else truth.rgb
    changed = [replace(mine, expression=replace(theirs.expression, gaze_x=mine.expression.gaze_x,
                                                gaze_y=mine.expression.gaze_y))
               for mine, theirs in zip(own.scenes, driver.scenes, strict=True)]
    face = cast.render(own.person, changed, SIDE)
    frames, weights = [], []
    for image, small, mask in zip(rgb, face.rgb, face.face_mask, strict=True):
        weight = cv2.GaussianBlur(cv2.resize(np.float32(mask), (size, size)), (0, 0), size / 72)
        large = cv2.resize(small, (size, size), interpolation=cv2.INTER_CUBIC)
        frames.append(np.clip(image + weight[..., None] * (large - image), 0, 1))
        weights.append(weight)
    return np.stack(frames), np.stack(weights), truth.landmarks, rgb


def _byte(image):
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
