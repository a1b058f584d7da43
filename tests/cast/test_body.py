"""Bodies: joints on their limbs, feet on the floor, and the same dance for the same seed."""
import numpy as np
import pytest

from course_lib.cast.body import (
    ANGLES,
    JOINTS,
    Body,
    Stage,
    dance,
    dancing_joints,
    place,
    project,
    random_body,
    random_stage,
    skeleton,
)
from course_lib.cast.body_rendering import BODY_LABELS, render_body
from course_lib.cast.people import people

AT = {name: k for k, name in enumerate(JOINTS)}


@pytest.fixture(scope="module")
def clip():
    body, stage, angles = random_body(3), random_stage(3), dance(3, 6)
    return body, stage, angles, render_body(body, stage, angles)


def test_a_dance_is_its_seed_s_and_stays_in_range():
    low, high = np.array(list(ANGLES.values()))[:, 2:].T
    one = dance(5, 48)
    assert one.shape == (48, len(ANGLES)) and np.array_equal(one, dance(5, 48))
    assert np.abs(one - dance(6, 48)).max() > 0.3 and (one >= low - 1e-6).all() and (one <= high + 1e-6).all()
    assert np.abs(np.diff(one, axis=0)).max() < 1.0, "a joint does not jump from frame to frame"
    assert dance(5, 1).shape == (1, len(ANGLES))


@pytest.mark.parametrize("seed", range(4))
def test_limbs_keep_their_length_and_the_lower_foot_is_on_the_floor(seed):
    body, stage = random_body(seed), random_stage(seed)
    for row in dance(seed, 12):
        joints, head = skeleton(body, stage, row)
        arm = np.linalg.norm(joints[AT["right_elbow"]] - joints[AT["right_shoulder"]])
        shin = np.linalg.norm(joints[AT["left_ankle"]] - joints[AT["left_knee"]])
        assert arm == pytest.approx(0.52 * body.arms * body.height)
        assert shin == pytest.approx(0.51 * (body.legs - 0.045) * body.height)
        lowest = min(joints[AT[f"{side}_ankle"], 1] for side in ("left", "right"))
        assert lowest >= 0.045 * body.height - 1e-9 and lowest < 0.35
        assert [np.linalg.norm(v) for v in head.values()] == pytest.approx([1, 1, 1], abs=0.05)


def test_joints_lie_on_their_limbs(clip):
    _, _, _, frames = clip
    on = {"right_elbow": "arms", "left_knee": "legs", "right_knee": "legs", "left_elbow": "arms", "pelvis": "torso"}
    at = np.rint(frames.joints).astype(int)
    person = np.stack([row[p[:, 1].clip(0, 95), p[:, 0].clip(0, 63)] for row, p in zip(frames.labels, at, strict=True)])
    assert (person > 0).mean() > 0.95, "joints are inside the silhouette"
    hit = [person[:, AT[joint]] == BODY_LABELS[part] for joint, part in on.items()]
    assert np.mean(hit) > 0.6, "unless something is in front of them"


def test_rendering_is_sharp_coloured_and_labelled(clip):
    body, stage, angles, frames = clip
    assert frames.rgb.shape == (6, 96, 64, 3) and frames.rgb.min() >= 0 and frames.rgb.max() <= 1
    assert set(np.unique(frames.labels)) == set(BODY_LABELS.values())
    shirt = frames.rgb[frames.labels == BODY_LABELS["torso"]].mean(0)
    assert np.argmax(shirt) == np.argmax(body.shirt)
    assert np.array_equal(frames.joints, dancing_joints(body, stage, angles))


def test_what_is_nearer_hides_what_is_behind():
    row = np.zeros(len(ANGLES), np.float32)
    names = list(ANGLES)
    row[names.index("right_arm_forward")], row[names.index("right_arm_out")] = 1.3, 0.1
    frames = render_body(Body(), Stage(), row[None])
    x, y = np.rint(frames.joints[0, AT["right_wrist"]]).astype(int)
    assert frames.labels[0, y, x] in (BODY_LABELS["hands"], BODY_LABELS["arms"])
    assert frames.depth[0, AT["right_wrist"]] < frames.depth[0, AT["pelvis"]]


def test_rows_of_the_feet_are_linear_in_v():
    stage = random_stage(2)
    rows = [project(stage, place(stage, 0, v))[1] for v in (0, 0.5, 1)]
    assert rows[1] == pytest.approx((rows[0] + rows[2]) / 2) and rows[2] > rows[0]


def test_a_named_person_s_body_has_the_person_s_colours():
    ada, chidi = (random_body(1, people()[name]) for name in ("Ada", "Chidi"))
    assert ada.skin[0] > 2 * chidi.skin[0] and ada.shirt == tuple(getattr(people()["Ada"], f"cloth_{c}") for c in "rgb")
