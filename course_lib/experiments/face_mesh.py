"""How well Face Mesh reads rendered people, whose landmarks, pupils, pose and lids are known. Lesson 01.

`python -m course_lib.experiments.face_mesh` makes datasets/runs/face_mesh.json again (about 5 minutes on 2 cores).
"""
import json
from dataclasses import replace

import numpy as np

from course_lib import cast
from course_lib.checkpoints import DATASETS
from course_lib.faces import detect_faces, estimate_68, eye_opening, head_pose, mouth_opening
from course_lib.faces.blazeface import overlap
from course_lib.faces.ibug import NEAREST
from course_lib.faces.measure import eye_distance

RUNS = DATASETS / "runs" / "face_mesh.json"
SIZE, CHUNK = 256, 40
HELD_OUT = range(1000, 1160)  # people and scenes that the weights of faces.ibug were not fitted on: those are 0 to 319
TURNED = range(2000, 2080)  # of which the yaw is drawn evenly up to 69 degrees
METHODS = ("haar", "plain mapping", "refined mapping")


def scenes_of(seeds):
    """People and scenes of the test.

    Args:
        seeds: int.
    Returns:
        (list of Person, list of Scene).
    """
    people, scenes = [], []
    for seed in seeds:
        scene = cast.random_scene(80_000 + seed)
        if seed in TURNED:
            yaw = float(np.random.default_rng(seed).uniform(-1.2, 1.2))
            scene = replace(scene, pose=replace(scene.pose, yaw=yaw))
        people.append(cast.random_person(70_000 + seed))
        scenes.append(scene)
    return people, scenes


def measured(image, landmarks, pupils, person, scene):
    """One rendered face, as the detectors see it and as it is.

    Args:
        image: f32 RGB [SIZE, SIZE, 3].
        landmarks: [68, 2], the truth.
        pupils: [2, 2], the truth.
        person, scene: its parameters.
    Returns:
        A dict of plain numbers: error of each of METHODS (mean distance of points 17 to 67 over the distance of the
            eyes), None where the face was not found; pose errors in degrees, openings of eyes and mouth, pupils.
    """
    apart = max(float(eye_distance(landmarks)), 8.0)
    box = (*landmarks.min(0), *np.ptp(landmarks, 0))

    def nearest(method):
        found = [f for f in detect_faces(image, method) if overlap(f.box, box) > 0.2]
        return max(found, key=lambda f: f.box[2] * f.box[3], default=None), len(found)

    def error(points):
        return float(np.linalg.norm(points - landmarks, axis=1)[17:].mean() / apart)

    e = scene.expression
    row = {"yaw": scene.pose.yaw, "skin": person.skin, "glasses": person.glasses, "fill": scene.lighting.fill,
           "jaw": e.jaw, "smile": e.smile, "blink": [e.blink_right, e.blink_left]}
    row |= {name: None for name in METHODS}
    haar, _ = nearest("haar")
    if haar is not None:
        row["haar"] = error(estimate_68(haar.points))
    face, row["faces"] = nearest("mesh")
    if face is not None:
        pose = head_pose(face.landmarks, image.shape)
        true = (scene.pose.yaw, scene.pose.pitch, scene.pose.roll)
        row |= {"plain mapping": error(face.mesh.points[list(NEAREST), :2]), "refined mapping": error(face.landmarks),
                "pose": np.rad2deg(pose - true).tolist(),
                "exact pose": np.rad2deg(head_pose(landmarks, image.shape) - true).tolist(),
                "eyes": eye_opening(face.landmarks).tolist(),
                "mouth": [float(mouth_opening(p)) for p in (face.landmarks, landmarks)],
                "pupils": (np.linalg.norm(face.mesh.pupils - pupils, axis=1) / apart).tolist()}
    return row


def groups(rows):
    """The rows by pose, and those within 30 degrees by skin, light, expression, glasses, and glasses with skin.

    Args:
        rows: of `measured`.
    Returns:
        Dict of name -> list of rows.
    """
    def where(test, among=rows):
        return [row for row in among if test(row)]

    turn = [(0, 15), (15, 30), (30, 45), (45, 70)]
    by = {f"yaw {a} to {b} degrees": where(lambda r, a=a, b=b: a <= abs(np.rad2deg(r["yaw"])) < b) for a, b in turn}
    ahead = where(lambda r: abs(r["yaw"]) < np.deg2rad(30))
    by |= {"skin, lightest third": where(lambda r: r["skin"] < 1 / 3, ahead),
           "skin, middle third": where(lambda r: 1 / 3 <= r["skin"] < 2 / 3, ahead),
           "skin, darkest third": where(lambda r: r["skin"] >= 2 / 3, ahead),
           "soft light": where(lambda r: r["fill"] >= 0.1, ahead),
           "hard light": where(lambda r: r["fill"] < 0.1, ahead),
           "at rest": where(lambda r: max(r["jaw"], r["smile"], *r["blink"]) < 0.2, ahead),
           "smile": where(lambda r: r["smile"] > 0.4, ahead), "mouth open": where(lambda r: r["jaw"] > 0.4, ahead),
           "eyes closed": where(lambda r: min(r["blink"]) > 0.9, ahead),
           "glasses": where(lambda r: r["glasses"] > 0.5, ahead),
           "no glasses": where(lambda r: r["glasses"] <= 0.5, ahead)}
    for name in ("glasses", "no glasses"):  # glasses and skin at once: alone, each hides what the other does
        by |= {f"{name}, lightest third": where(lambda r: r["skin"] < 1 / 3, by[name]),
               f"{name}, darkest third": where(lambda r: r["skin"] >= 2 / 3, by[name])}
    return by


def summary(rows):
    """What the rows come to.

    Args:
        rows: of `measured`.
    Returns:
        A dict: by group the number, the share found and the median error of each of METHODS; and over all rows within
            45 degrees the pose errors, the AUC of closed against open eyes, the mouth's correlation, the pupils' error.
    """
    out = {"groups": {}}
    for name, some in groups(rows).items():
        entry = {"n": len(some)}
        for method in METHODS:
            errors = [row[method] for row in some if row[method] is not None]
            entry[method] = {"found": round(len(errors) / max(len(some), 1), 4),
                             "error": round(float(np.median(errors)), 4) if errors else None}
        out["groups"][name] = entry
    near = [row for row in rows if abs(row["yaw"]) < np.pi / 4]
    read = [row for row in near if "pose" in row]
    eyes, blink = (np.array([row[k] for row in read]) for k in ("eyes", "blink"))
    shut, wide = eyes[blink > 0.95], eyes[blink < 0.05]
    mouth, pupils = (np.array([row[k] for row in read]) for k in ("mouth", "pupils"))
    pose, exact = (np.abs([row[k] for row in read]) for k in ("pose", "exact pose"))
    out |= {"within 45 degrees": len(near), "found": round(len(read) / len(near), 4),
            "found twice": sum(row["faces"] > 1 for row in near),
            "pose, median degrees": np.median(pose, 0).round(2).tolist(),
            "pose, within 5 degrees": (pose <= 5).mean(0).round(3).tolist(),
            "of exact landmarks, within 5 degrees": (exact <= 5).mean(0).round(3).tolist(),
            "pose, 95th percentile": np.percentile(pose, 95, axis=0).round(2).tolist(),
            "blink AUC": round(float((shut[:, None] < wide[None]).mean()), 4), "closed eyes": len(shut),
            "mouth correlation": round(float(np.corrcoef(mouth.T)[0, 1]), 4),
            "pupils, median": round(float(np.median(pupils[blink < 0.3])), 4)}
    return out


def table(record):
    """The stored summary as text, one line for each group.

    Args:
        record: of `summary`.
    Returns:
        The text.
    Lesson 01.
    """
    lines = [f"{'error in % of the distance of the eyes':40}{'n':>5}" + "".join(f"{name:>17}" for name in METHODS)]
    for name, entry in record["groups"].items():
        cells = "".join(f"{100 * entry[m]['error']:10.1f} ({100 * entry[m]['found']:3.0f} %)" if entry[m]["error"] else
                        f"{'-':>17}" for m in METHODS)
        lines.append(f"{name:40}{entry['n']:5}{cells}")
    return "\n".join(lines)


def read():
    """The stored summary.

    Returns:
        As from `summary`.
    Raises:
        FileNotFoundError: When it was not made yet.
    Lesson 01.
    """
    return json.loads(RUNS.read_text(encoding="utf-8"))


def main():
    """Render, measure and store."""
    rows = []
    for seeds in (HELD_OUT, TURNED):
        for first in range(0, len(seeds), CHUNK):
            people, scenes = scenes_of(seeds[first:first + CHUNK])
            frames = cast.render(people, scenes, size=SIZE)
            images = np.round(frames.rgb * 255).astype(np.float32) / 255  # as a picture's file holds them
            rows += [measured(*one) for one in zip(images, frames.landmarks, frames.pupils, people, scenes)]
            print(f"{len(rows)} faces")
    RUNS.write_text(json.dumps(summary(rows), indent=1) + "\n", encoding="utf-8")
    print(table(read()))


if __name__ == "__main__":
    main()
