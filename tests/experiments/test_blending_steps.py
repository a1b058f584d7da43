"""The held-out film: its perfect swap is A around the face, and the steps bring a swap near it."""
import numpy as np
import pytest

from course_lib import pipelines
from course_lib.cast import people
from course_lib.experiments import blending_steps as films
from course_lib.metrics.video import around


@pytest.fixture(scope="module")
def film():
    return films.held_out("Elif", "Kavya", seconds=0.2, size=128)


@pytest.fixture(scope="module")
def swap():
    return pipelines.swapper("Kavya")


def test_a_perfect_swap_changes_the_face_alone(film):
    a, b = (people()[name] for name in ("Elif", "Kavya"))
    who = films.perfect_swap(a, b)
    assert who.skin == a.skin and who.hair_fringe == a.hair_fringe and who.glasses == a.glasses
    assert who.nose_l == b.nose_l and who.eye_size == b.eye_size and films.perfect_swap(a, a) == a
    changed = np.abs(film.truth.rgb - film.frames.rgb).max(-1)
    face = film.truth.face_mask
    assert changed[face].mean() > 20 * changed[~face & ~around(face, 0.1)].mean()


def test_the_face_is_found(film):
    away = np.linalg.norm(film.landmarks - film.frames.landmarks, axis=-1).mean(-1)
    assert film.landmarks.shape == (5, 68, 2) and np.nanmedian(away) < 8
    assert not film.visible[film.frames.labels == 7].any()  # glasses lie in front


def test_every_step_is_in_the_ladder_and_the_whole_is_better_than_nothing(film, swap):
    rows = films.ablation(film, swap)
    assert {f"+ {name}" for name in films.STEPS} < set(rows)
    best, bare = rows[f"+ {list(films.STEPS)[-1]}"], rows["paper mask"]
    assert best["psnr"] > bare["psnr"] + 2 and best["delta_e"] < 0.7 * bare["delta_e"]
    assert best["seam"] < min(1.3, bare["seam"]) and best["psnr_around"] > bare["psnr_around"] + 10


def test_exact_landmarks_reach_the_targets(film, swap):
    row = films.score(film, *films.swap_into(film, swap, landmarks=film.frames.landmarks))
    assert row["seam"] <= 1.3 and row["flicker"] <= 1.5


def test_an_unknown_step_is_refused(film, swap):
    with pytest.raises(ValueError, match="soft edge"):
        films.with_steps(film, swap, ["softedge"])
