"""Eyes and lips opened on request, by which keypoints? `python -m course_lib.experiments.retargeting`.

People whom no network has seen close their eyes, open the mouth and close it. The renderer gives the exact picture.
Compared are the best that offsets of the ten keypoints of the checkpoint first_order can do (found for each picture by
gradient descent towards the exact picture, which nobody has in practice), the checkpoint retargeter, and a warp that
is given the exact landmarks. Stored in datasets/runs/retargeting.json. Lesson 07.
"""
import argparse
import json
from dataclasses import replace

import keras
import numpy as np
from keras import ops

from course_lib.cast import from_vector, render
from course_lib.checkpoints import DATASETS, load
from course_lib.data.openness import HELD_OUT, openness_vectors, with_openness
from course_lib.data.portraits import crop
from course_lib.metrics.animation import by_person, identity_vectors
from course_lib.metrics.attributes import predict_attributes
from course_lib.models import first_order  # noqa: F401  (registers the layers)
from course_lib.models.animation_baselines import warp_back
from course_lib.models.first_order_inference import find_keypoints
from course_lib.models.retargeting import open_ratios, piecewise_affine, retarget, shipped_retargeter
from course_lib.training.gradients import compiled, value_and_gradients

FILE = DATASETS / "runs" / "retargeting.json"
SIDE, PEOPLE, STEPS, RATE = 64, 10, 50, 0.01
CHANGES = {"eyes closed": ((0.0, 0.0), (0.0, 1.0)), "mouth opened": ((0.0, 0.0), (0.8, 0.0)),
           "mouth closed": ((0.8, 0.0), (0.0, 0.0))}  # (jaw, blink) before and after
METHODS = ("unchanged", "ten keypoints, at best", "retargeter", "exact landmarks")


def read():
    """Reads the stored measurements.

    Returns:
        {"settings": dict, change: {method: {"error", "identity", "jaw", "blink": list by person}}}: the mean absolute
        difference to the exact picture where that differs from the source, over that of the source; the cosine to the
        exact picture's identity vector; and what opening gives, also for the method "exact picture".
    Lesson 07.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def pictures(change, people=PEOPLE):
    """The pictures before and after a change, of people whom nobody trained on.

    Args:
        change: a key of CHANGES.
        people: how many.
    Returns:
        (cast.Frames before, cast.Frames after).
    Lesson 07.
    """
    vectors, _ = openness_vectors(people, HELD_OUT)
    return tuple(render(*zip(*map(from_vector, with_openness(vectors, *state)), strict=True), SIDE, 2)
                 for state in CHANGES[change])


def best_offsets(model, source, truth, weights, steps=STEPS):
    """The animation of each picture whose keypoint offsets were searched for the exact picture by gradient descent.

    Args:
        model: an animator.
        source, truth: f32 RGB [N, S, S, 3] in [0, 1].
        weights: f32 [N, S, S, 1], how much each pixel counts.
        steps: of Adam.
    Returns:
        f32 RGB [N, S, S, 3]: points and Jacobians of all keypoints are free.
    Lesson 07.
    """
    motion, paint = model.get_layer("dense_motion"), model.get_layer("generator")
    found = find_keypoints(model, source)
    offsets = [keras.Variable(np.zeros_like(a), dtype="float32") for a in (found.points, found.jacobians)]
    optimizer = keras.optimizers.Adam(RATE)
    optimizer.build(offsets)

    def animate(image, points, jacobians):
        flow, occlusion, _ = motion([image, points, jacobians, points + offsets[0], jacobians + offsets[1]],
                                    training=False)
        return paint([image, flow, occlusion], training=False)

    def step(image, points, jacobians, truth, weights):
        def loss():
            return ops.mean(weights * ops.abs(animate(image, points, jacobians) - truth)), ()

        value, _, gradients = value_and_gradients(loss, offsets, [v for v in model.variables])
        optimizer.apply(gradients, offsets)
        return value

    run = compiled(step, [*offsets, *optimizer.variables, *model.variables])
    arrays = [ops.convert_to_tensor(np.asarray(a, np.float32)) for a in
              (source, found.points, found.jacobians, truth, weights)]
    for _ in range(steps):
        run(*arrays)
    return np.array(animate(*arrays[:3]))


def opening(images, frames, regressor):
    """How far mouth and eyes look open to a network that has never seen an animation.

    Args:
        images: f32 RGB [N, S, S, 3].
        frames: cast.Frames of the exact pictures, whose landmarks and outlines cut the portraits out.
        regressor: the checkpoint attribute_regressor.
    Returns:
        {"jaw", "blink": f32 [N]}, how far the jaw is open and the eyes are closed, 0 to 1.
    Lesson 07.
    """
    portraits = crop(replace(frames, rgb=np.asarray(images, np.float32).clip(0, 1)))
    return dict(zip(("jaw", "blink"), predict_attributes(portraits, ("jaw", "blink"), regressor).T, strict=True))


def measure(change, networks, steps=STEPS, people=PEOPLE):
    """All methods at one change.

    Args:
        change: a key of CHANGES.
        networks: the checkpoints first_order, retargeter, identity_evaluator and attribute_regressor.
        steps: of the search for the best offsets.
        people: how many.
    Returns:
        What read gives for a change.
    Lesson 07.
    """
    animator, small, evaluator, regressor = networks
    before, after = pictures(change, people)
    differs = np.abs(after.rgb - before.rgb).max(-1) > 0.05
    wanted = open_ratios(after.landmarks)
    exact = [piecewise_affine(a, b, SIDE) for a, b in zip(before.landmarks, after.landmarks, strict=True)]
    made = {"unchanged": before.rgb,
            "ten keypoints, at best": best_offsets(animator, before.rgb, after.rgb, 1 + 30.0 * differs[..., None],
                                                   steps),
            "retargeter": np.stack([retarget(small, *row)[0] for row in
                                    zip(before.rgb, before.landmarks, wanted, strict=True)]),
            "exact landmarks": np.stack([warp_back(a, move) for a, move in zip(before.rgb, exact, strict=True)])}
    rows = {}
    identity = identity_vectors(after.rgb, after.landmarks, after.face_mask, evaluator)
    for name, images in made.items():
        error = [np.abs(x - y).mean(-1)[where].mean() / np.abs(z - y).mean(-1)[where].mean() for x, y, z, where in
                 zip(images, after.rgb, before.rgb, differs, strict=True)]
        cosine = np.sum(identity * identity_vectors(images, after.landmarks, after.face_mask, evaluator), -1)
        rows[name] = {"error": error, "identity": cosine, **opening(images, after, regressor)}
    rows["exact picture"] = opening(after.rgb, after, regressor)
    return {name: {k: np.round(v, 4).tolist() for k, v in row.items()} for name, row in rows.items()}


def table(record):
    """The measurements as text, each mean with its 95 % interval by person.

    Args:
        record: of read.
    Returns:
        A str.
    Lesson 07.
    """
    wide = max(map(len, METHODS)) + 2
    lines = [" " * wide + "".join(f"{change:>22}" for change in CHANGES)]
    for key, title in (("error", "difference to the exact picture, of the unchanged one's"),
                       ("identity", "cosine of identity"), ("jaw", "jaw open, as a regressor sees it"),
                       ("blink", "eyes closed, as it sees them")):
        lines.append(title)
        for method in (*METHODS, "exact picture")[:-1 if key in ("error", "identity") else None]:
            cells = ["{:.2f} ({:.2f} to {:.2f})".format(*by_person(record[change][method][key], range(PEOPLE)))
                     for change in CHANGES]
            lines.append(f"  {method:{wide - 2}}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)


def main():
    """Measures all changes."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    networks = load("first_order"), shipped_retargeter(), load("identity_evaluator"), load("attribute_regressor")
    record = {"settings": {"people": PEOPLE, "side": SIDE, "steps": STEPS, "rate": RATE}}
    for change in CHANGES:
        record[change] = measure(change, networks)
        print(change, {name: {k: round(float(np.mean(v)), 2) for k, v in row.items()} for name, row in
                       record[change].items()}, flush=True)
    FILE.write_text(json.dumps(record) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
