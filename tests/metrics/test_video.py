"""Colour, seam and flicker: golden values, exact truths, what makes each of them rise, and what is refused."""
from dataclasses import replace

import cv2
import numpy as np
import pytest

from course_lib import cast
from course_lib.cast.optical_flow import optical_flow
from course_lib.metrics import video
from course_lib.metrics.video import around, ciede2000, colour_error, flicker, measure, seam

# the 34 pairs of Sharma, Wu & Dalal 2005, table 1: L a b, L a b, Delta E
SHARMA = np.array("""
50 2.6772 -79.7751 50 0 -82.7485 2.0425        50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412        50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000       50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669                          50 -1 2 50 0 0 2.3669
50 2.49 -0.001 50 -2.49 0.0009 7.1792          50 2.49 -0.001 50 -2.49 0.0010 7.1792
50 2.49 -0.001 50 -2.49 0.0011 7.2195          50 2.49 -0.001 50 -2.49 0.0012 7.2195
50 -0.001 2.49 50 0.0009 -2.49 4.8045          50 -0.001 2.49 50 0.0010 -2.49 4.8045
50 -0.001 2.49 50 0.0011 -2.49 4.7461          50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492                     50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030                     50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000               50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000               50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
""".split(), float).reshape(34, 7)


def test_delta_e_gives_the_published_values():
    assert np.allclose(ciede2000(SHARMA[:, :3], SHARMA[:, 3:6]), SHARMA[:, 6], atol=5e-5)
    assert np.allclose(ciede2000(SHARMA[:, 3:6], SHARMA[:, :3]), SHARMA[:, 6], atol=5e-5)


def test_delta_e_agrees_with_scikit_image():
    color = pytest.importorskip("skimage.color")
    one, other = np.random.default_rng(0).uniform((0, -90, -90), (100, 90, 90), (2, 500, 3))
    assert np.allclose(ciede2000(one, other), color.deltaE_ciede2000(one, other), atol=1e-8)
    assert np.all(ciede2000(one, one) == 0)


def sliding_video(seed=0, n=4, side=48):
    """(video, mask, motion): a smooth image that slides by (1, 2) pixels a frame, and a square face on it."""
    rng = np.random.default_rng(seed)
    import cv2

    wide = cv2.GaussianBlur(rng.random((side + 16, side + 16, 3)).astype(np.float32), (0, 0), 2)
    wide = (wide - wide.min()) / np.ptp(wide)
    frames = np.stack([wide[8 - 2 * t:8 - 2 * t + side, 8 - t:8 - t + side] for t in range(n)])
    mask = np.zeros((n, side, side), np.float32)
    mask[:, 14:34, 14:34] = 1
    return frames, mask, np.full((n - 1, side, side, 2), (1, 2), np.float32)


def test_the_truth_is_perfect():
    truth, mask, motion = sliding_video()
    noisy = np.clip(truth + np.random.default_rng(1).normal(0, 0.01, truth.shape), 0, 1).astype(np.float32)
    for x in (truth, noisy):
        row = measure(x, x, mask, mask, motion)
        assert row["delta_e"] == 0 and row["seam"] == row["flicker"] == 1
        assert row["psnr"] == row["psnr_around"] == np.inf and row["ssim"] == pytest.approx(1)
    assert set(row) == set(video.COLUMNS) and "flicker" in video.table({"truth": row})


def test_a_step_at_the_edge_is_a_seam_and_a_blur_does_not_pay_for_it():
    import cv2

    truth, mask, _ = sliding_video()
    shifted = np.clip(truth + 0.2 * mask[..., None], 0, 1)
    soft = np.clip(2 * cv2.GaussianBlur(mask[0], (0, 0), 3) - 1, 0, 1)
    gentle = np.clip(truth + 0.2 * soft[None, ..., None], 0, 1)
    assert seam(shifted, truth, mask).min() > 1.5 > seam(gentle, truth, np.repeat(soft[None], 4, 0)).max()
    blurred = np.stack([cv2.GaussianBlur(x, (0, 0), 2) for x in truth])
    assert np.all(seam(blurred, truth, mask) < 1.2)
    assert np.all(seam(np.where(mask[..., None] > 0, np.clip(blurred + 0.2, 0, 1), truth), truth, mask) > 1.4)
    inside = truth.copy()
    inside[:, 20:28, 20:28] = 0  # far from the edge: no seam
    assert np.all(seam(inside, truth, mask) == 1)


def test_flicker_is_what_moves_otherwise_than_the_truth():
    truth, mask, motion = sliding_video()
    noise = np.random.default_rng(0).normal(0, 0.02, truth.shape) * mask[..., None]
    tone = np.array([0, 0.03, 0, 0.03])[:, None, None, None] * mask[..., None]
    still = np.where(mask[..., None] > 0, truth[:1], truth)  # a face that does not go along
    steady = np.clip(truth + 0.1 * mask[..., None], 0, 1)  # a wrong tone, but always the same
    clean = np.clip(truth + 1e-3 * np.random.default_rng(2).normal(size=truth.shape), 0, 1)  # its own grain
    score = {name: flicker(np.clip(x, 0, 1), clean, mask, motion)
             for name, x in {"noise": clean + noise, "tone": clean + tone, "still": still, "clean": clean}.items()}
    assert score["clean"] == 1 and min(score["noise"], score["tone"], score["still"]) > 5
    inside = np.zeros_like(mask)
    inside[:, 20:28, 20:28] = 1
    assert flicker(steady, steady * 0.999, inside, motion) < 1.1
    assert flicker(truth, truth, mask, motion) == 1 and flicker(still, truth, mask, motion) > 1e3


def test_delta_e_counts_inside_the_mask_alone():
    truth, mask, _ = sliding_video()
    degraded = np.where(mask[..., None] > 0, truth, 1 - truth)
    assert np.all(colour_error(degraded, truth, mask) == 0) and np.all(colour_error(1 - truth, truth, mask) > 5)


def test_the_ring_lies_outside_and_near():
    _, mask, _ = sliding_video()
    ring = around(mask, 0.15)
    assert not (ring & (mask > 0.5)).any() and ring[0, 13, 20] and ring[0, 11, 20] and not ring[0, 9, 20]


@pytest.fixture(scope="module")
def rendered():
    clip = cast.clip(cast.people()["Ada"], 0.32, seed=41, speaking=True)
    scenes = [replace(s, camera=cast.Camera(scale=1.1, x=0.02 * i, y=-0.01 * i)) for i, s in enumerate(clip.scenes)]
    return cast.render(clip.person, scenes, size=96)


def test_true_motion_takes_every_landmark_to_its_place(rendered):
    motion = optical_flow(rendered)
    assert motion.shape == (7, 96, 96, 2) and motion.dtype == np.float32
    for t in range(7):
        seen = rendered.landmarks_visible[t] & rendered.landmarks_visible[t + 1]
        at = np.rint(rendered.landmarks[t, seen]).astype(int)
        away = rendered.landmarks[t, seen] + motion[t, at[:, 1], at[:, 0]] - rendered.landmarks[t + 1, seen]
        assert np.median(np.hypot(*away.T)) < 0.05 and np.nanmax(np.hypot(*away.T)) < 0.6
        assert not np.isfinite(motion[t][rendered.labels[t] == 0]).any()
    following = np.isfinite(motion).all(-1)[rendered.face_mask[:-1]].mean()
    assert following > 0.95


def test_following_the_motion_leaves_less_change_than_standing_still(rendered):
    motion = optical_flow(rendered)
    moved, still = (np.nanmean(video.changes(rendered.rgb, m)) for m in (motion, motion * 0))
    assert moved < 0.7 * still


def test_inside_sees_the_new_face_and_not_what_stays_around_it(rendered):
    weights = np.float32([cv2.erode(np.float32(mask), np.ones((5, 5))) for mask in rendered.face_mask])
    around_it = np.where(weights[..., None] > 0, rendered.rgb, 0.5)
    new_face = np.where(weights[..., None] > 0, 0.5, rendered.rgb)
    exact, outside, wrong = (video.inside(np.float32(x), rendered, weights)
                             for x in (rendered.rgb, around_it, new_face))
    assert exact > 100 and outside > wrong + 10


def test_what_does_not_fit_is_refused():
    truth, mask, motion = sliding_video()
    with pytest.raises(ValueError, match="of one shape"):
        seam(truth, truth[:2], mask)
    with pytest.raises(ValueError, match="of one shape"):
        colour_error(truth, truth, mask[0])
    with pytest.raises(ValueError, match="frame 2 is empty"):
        flicker(truth, truth, mask * np.array([1, 1, 0, 1])[:, None, None], motion)
    with pytest.raises(ValueError, match="covers everything"):
        seam(truth, truth, np.ones_like(mask))
    with pytest.raises(ValueError, match="motion is"):
        flicker(truth, truth, mask, motion[:2])
    with pytest.raises(ValueError, match="could be followed"):
        flicker(truth, truth, mask, motion * np.nan)
    with pytest.raises(ValueError, match="in \\[0, 1\\]"):
        seam(truth * 255, truth, mask)
