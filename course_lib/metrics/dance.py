"""How good a transferred dance is: against the picture that a perfect transfer would have given. Lesson 07."""
import cv2
import numpy as np

from course_lib.cast.body import dance, dancing_joints
from course_lib.data.dances import FRAMES, HELD_OUT, driving_dancer, target_dancer
from course_lib.models.everybody_dance_inference import ankle_range, conditions, detected, normalise, perform, smooth

from .animation import by_person
from .image import psnr

JITTER, WINDOW = 0.5, 3  # of the joints that a detector finds, pixels; of the median, frames (a quarter of a second)
WAYS = ("exact joints", "normalised", "no frame before", "not smoothed", "not normalised")
COLUMNS = {"joints": "joints off, px", "l1": "L1 on the person", "psnr": "PSNR, dB", "flicker": "flicker"}


def skeletons(driver, seed, jitter=JITTER, frames=FRAMES):
    """One dance of a driver, as the target's network could be told of it, and the truth.

    Args:
        driver: number of the driving dancer.
        seed: of the dance.
        jitter: of the detected joints, pixels.
        frames: of the dance, from its beginning.
    Returns:
        (dict of WAYS -> joints f32 [T, 18, 2], the driver's BodyFrames, the target's true BodyFrames).
    Lesson 07.
    """
    who, target = driving_dancer(driver), target_dancer()
    angles = dance(seed, FRAMES)[:frames]
    shown, truth = who.dancing(angles), target.dancing(angles)
    rng = np.random.default_rng([7, driver, seed])
    own, theirs = (ankle_range(np.concatenate([dancing_joints(d.body, d.stage, dance(k, FRAMES)) for k in range(8)]))
                   for d in (who, target))
    seen = detected(shown.joints, rng, jitter)
    steady = smooth(seen, WINDOW)
    fitted = normalise(steady, own, theirs)
    return {"exact joints": truth.joints, "normalised": fitted, "no frame before": fitted,
            "not smoothed": normalise(seen, own, theirs), "not normalised": steady}, shown, truth


def around_person(labels, pixels=3):
    """The person and what is next to it.

    Args:
        labels: uint8 [T, H, W].
        pixels: by how much it is wider.
    Returns:
        bool [T, H, W].
    Lesson 07.
    """
    kernel = np.ones((2 * pixels + 1,) * 2, np.uint8)
    return np.stack([cv2.dilate(np.uint8(row > 0), kernel) > 0 for row in labels])


def flicker(images, truth, mask):
    """How differently a clip changes from frame to frame than it should.

    Args:
        images, truth: f32 [T, H, W, 3] in [0, 1], at least two frames.
        mask: bool [T, H, W], where it is measured.
    Returns:
        A float, the mean absolute difference of the changes, in 1/255.
    Lesson 07.
    """
    change = np.diff(np.asarray(images, np.float64), axis=0) - np.diff(np.asarray(truth, np.float64), axis=0)
    return float(255 * np.abs(change).mean(-1)[mask[1:] | mask[:-1]].mean())


def score_dance(images, joints, truth):
    """The measures of one transferred clip.

    Args:
        images: f32 [T, H, W, 3] in [0, 1].
        joints: f32 [T, 18, 2], of the skeletons that it was made from.
        truth: BodyFrames.
    Returns:
        Dict whose keys COLUMNS names, of floats.
    Lesson 07.
    """
    mask = around_person(truth.labels)
    return {"joints": float(np.linalg.norm(joints - truth.joints, axis=-1).mean()),
            "l1": float(np.abs(images - truth.rgb).mean(-1)[mask].mean()),
            "psnr": float(np.mean([psnr(a, b) for a, b in zip(images, truth.rgb, strict=True)])),
            "flicker": flicker(images, truth.rgb, mask)}


def measure_dances(model, drivers, ways=WAYS, jitter=JITTER, remember=True, frames=FRAMES):
    """A network of the target, driven by dancers whom nobody trained on.

    Args:
        model: from models.everybody_dance.generator.
        drivers: numbers of driving dancers.
        ways: out of WAYS.
        jitter: of the detected joints, pixels.
        remember: False for a network that was trained without the frame before.
        frames: of each dance, from its beginning, at least 2.
    Returns:
        Dict of way -> dict of measure -> f64 [len(drivers)].
    Lesson 07.
    """
    rows = {way: [] for way in ways}
    for driver in drivers:
        joints, _, truth = skeletons(driver, HELD_OUT + driver, jitter, frames)
        for way in ways:
            images = perform(model, conditions(joints[way]), remember=remember and way != "no frame before")
            rows[way].append(score_dance(images, joints[way], truth))
    return {way: {key: np.array([row[key] for row in listed]) for key in COLUMNS} for way, listed in rows.items()}


def dance_table(rows):
    """Rows of measure_dances as text, each mean with its 95 % interval by driver.

    Args:
        rows: Dict of name -> what measure_dances gives for a way.
    Returns:
        A str.
    Lesson 07.
    """
    form = {"joints": "{:.1f}", "l1": "{:.3f}", "psnr": "{:.1f}", "flicker": "{:.1f}"}
    wide = max(map(len, rows)) + 2
    lines = [" " * wide + "".join(f"{title:>25}" for title in COLUMNS.values())]
    for name, row in rows.items():
        people = np.arange(len(row["l1"]))
        cells = ["{} ({} to {})".format(*(form[k].format(v) for v in by_person(row[k], people))) for k in COLUMNS]
        lines.append(f"{name:{wide}}" + "".join(f"{cell:>25}" for cell in cells))
    return "\n".join(lines)
