"""The stored run of lesson 16, and the clips of the cast that stand for a learner's footage."""
import numpy as np

from course_lib import cast
from course_lib.experiments import own_faces
from course_lib.metrics.video import inside
from course_lib.provenance import consent, manifest


def test_the_stored_run_is_whole_and_says_what_the_page_says():
    run = own_faces.read()
    stages = [(s["variant"], s["steps"]) for s in run["stages"]]
    assert sorted(stages) == sorted(own_faces.STAGES) and run["who"] == ["Ines", "Kavya"]
    for stage in run["stages"]:
        assert own_faces.frames_of(stage["sheet"]).shape == (5, 128, 128, 3)
        assert np.isfinite([*stage["truth"].values(), *stage["blind"].values()]).all()
    first, last = run["stages"][0], [s for s in run["stages"] if s["variant"] == "pretrained"][-1]
    assert last["b"] - first["b"] > 1.5 and last["truth"]["psnr"] - first["truth"]["psnr"] < 1
    assert max(s["truth"]["psnr"] for s in run["stages"]) < run["unchanged"]["truth"]["psnr"]
    assert max(s["truth"]["identity"] for s in run["stages"]) < 0


def test_nothing_swapped_is_best_by_the_clip_and_the_perfect_swap_by_the_truth():
    run = own_faces.read()
    unchanged, perfect = run["unchanged"], run["perfect"]
    assert unchanged["blind"]["pose"] == unchanged["blind"]["points"] == 0
    assert abs(unchanged["blind"]["seam"] - 1) < 1e-6
    assert perfect["truth"]["pose"] == 0 and abs(perfect["truth"]["seam"] - 1) < 1e-6
    assert perfect["truth"]["identity"] > 0 > unchanged["truth"]["identity"]
    assert perfect["blind"]["pose"] > 0 and perfect["blind"]["flicker"] > 1  # another face, not a worse swap


def test_a_person_of_the_cast_becomes_a_video_with_a_consent(tmp_path):
    scenes = own_faces.shots("Kavya", 7, count=2, seconds=0.4)
    assert len(scenes) == 4 and scenes[0].lighting != scenes[2].lighting
    path = own_faces.record(tmp_path / "b", "Kavya", scenes[:2])
    assert manifest.agrees(path) and "who does not exist" in consent.require(path.parent).subject


def test_a_face_is_put_in_where_the_mesh_found_one():
    frames = cast.render(cast.people()["Kavya"], own_faces.shots("Kavya", 7, 1, 0.4), size=96).rgb
    landmarks = own_faces.mesh_landmarks(frames)
    grey = own_faces.put_in(frames, landmarks, lambda crops, masks: np.full_like(crops, 0.3), rate=5.0)
    none = own_faces.put_in(frames, np.full_like(landmarks, np.nan), None, rate=5.0)
    assert np.abs(grey[0] - frames)[grey[1] > 0.9].mean() > 0.02 > np.abs(grey[0] - frames)[grey[1] == 0].max()
    assert np.array_equal(none[0], frames) and not none[1].any()


def test_a_true_face_that_is_blended_in_bounds_what_a_network_can_reach():
    run = own_faces.read()
    best = run["blended"]["truth"]
    assert own_faces.frames_of(run["blended"]["sheet"]).shape == (5, 128, 128, 3)
    assert max(s["truth"]["psnr"] for s in run["stages"]) < best["psnr"] < 21 < 30 < best["inside"]
    assert max(s["truth"]["inside"] for s in run["stages"]) < run["unchanged"]["truth"]["inside"] < best["inside"]
    assert best["identity"] < 0 and run["blended"]["blind"]["like b"] < 0.5  # neither knows B in the head of A
    scenes = own_faces.shots("Kavya", 7, 1, 0.4)
    clip, truth = (cast.render(cast.people()[name], scenes, size=96) for name in ("Ines", "Kavya"))
    frames, weights = own_faces.blended_truth(clip, truth, clip.landmarks)
    assert np.array_equal(frames[weights == 0], clip.rgb[weights == 0]) and weights.max() > 0.95
    assert inside(frames, truth, weights) > inside(clip.rgb, truth, weights) + 3
