"""Bodies that dance as somebody else does, as a labelled set. Lesson 07."""
import numpy as np

from course_lib.degradation import h264

from .labelled import Labelled

SIDE, TARGET = 64, -1  # of the crops around the person, pixels; the target dancer is not one of the numbered people
RATE = 12  # frames a second
DANCES = {"train": 1000, "val": 2000, "test": 3000}  # first dance of each split
FIRST_VIDEO = -30_000_000


def body(clips=4, frames=8, *, split="test", crf=0, seed=0):
    """Dancing clips of one person: half of them real, half made by lesson 07's Everybody Dance Now from others' dances.

    Every forged clip has a real one of the same dance: the picture that a perfect transfer would have given.

    Args:
        clips: how many dances, each once real and once forged.
        frames: of each clip.
        split: "train", "val" or "test"; the dances differ, the person and the network do not.
        crf: 0 for raw, or H.264's.
        seed: of the dances and of the drivers.
    Returns:
        Labelled with squares of 64 pixels around the person; masks are 255 in the forged ones, where every pixel is
        painted.
    Raises:
        ValueError: for another split, or no clip or frame.
    Lesson 07.
    """
    if split not in DANCES or clips < 1 or frames < 1:
        raise ValueError(f"clips={clips}, frames={frames}, split={split!r}: expected at least one clip of one frame "
                         f"and one of {', '.join(DANCES)}")
    from course_lib.models.everybody_dance_inference import dancer  # here, because TensorFlow comes with it

    model, parts = dancer(), []
    for k in range(clips):
        number = DANCES[split] + 100 * seed + k
        truth, forged = transfer(number, frames, model)
        for fake, images in enumerate((truth.rgb, forged)):
            shown = h264(images, crf, RATE) if crf else images
            crops = np.stack([_square(x, p) for x, p in zip(shown, truth.joints, strict=True)])
            parts.append((crops, fake, FIRST_VIDEO - 2 * number - fake, number))
    count = frames * len(parts)
    each = lambda values: np.repeat(np.array(values), frames)  # noqa: E731
    fake = each([p[1] for p in parts])
    return Labelled(images=np.concatenate([p[0] for p in parts]),
                    masks=np.broadcast_to(np.uint8(255 * fake)[:, None, None], (count, SIDE, SIDE)).copy(), fake=fake,
                    method=np.where(fake == 1, "body", "real"), source=np.full(count, TARGET),
                    target=np.full(count, TARGET), video=each([p[2] for p in parts]),
                    frame=np.tile(np.arange(frames), len(parts)), crf=np.full(count, crf), split=np.full(count, split),
                    yaw=np.full(count, np.nan, np.float32), seed=each([p[3] for p in parts]))


def transfer(number, frames, model):
    """One dance of the target, as it is and as Everybody Dance Now paints it from another dancer's joints.

    Args:
        number: of the dance and of its driver.
        frames: of the clip.
        model: of models.everybody_dance_inference.dancer.
    Returns:
        (cast.body_rendering.BodyFrames, the target dancing; f32 [T, H, W, 3], the forged clip).
    Lessons 07 and 11.
    """
    from course_lib.cast.body import dance  # here, because TensorFlow comes with it
    from course_lib.data.dances import target_dancer
    from course_lib.models.everybody_dance_inference import conditions, normalise, perform, smooth

    target, angles = target_dancer(), dance(number, frames)
    joints, own, theirs = _driven(number, angles, target)
    return target.dancing(angles), perform(model, conditions(normalise(smooth(joints, 3), own, theirs)))


def _driven(number, angles, target):
    """The joints that a detector finds in the driver's clip, and both ranges of the ankles."""
    from course_lib.cast.body import dance, dancing_joints
    from course_lib.data.dances import driving_dancer
    from course_lib.models.everybody_dance_inference import ankle_range, detected

    driver = driving_dancer(number)
    ranges = [ankle_range(np.concatenate([dancing_joints(d.body, d.stage, dance(k, 48)) for k in range(8)]))
              for d in (driver, target)]
    seen = detected(dancing_joints(driver.body, driver.stage, angles), np.random.default_rng([7, number]))
    return seen, *ranges


def _square(image, joints):
    """uint8 [64, 64, 3] around the middle of the body; at the image's edge the square is moved inside."""
    from course_lib.cast.body import JOINTS

    trunk = [JOINTS.index(name) for name in ("neck", "pelvis")]
    top = int(np.clip(round(float(joints[trunk, 1].mean())) - SIDE // 2 + 6, 0, image.shape[0] - SIDE))
    return (np.clip(image[top:top + SIDE], 0, 1) * 255 + 0.5).astype(np.uint8)
