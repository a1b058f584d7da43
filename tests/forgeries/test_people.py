"""Anybody as one of the 64 people, by 64 numbers: much nearer to that person's true picture than doing nothing."""
import numpy as np
import pytest

from course_lib import cast
from course_lib.checkpoints import verify
from course_lib.faces import faceset_from_frames
from course_lib.forgeries.people import EVERYBODY, as_person
from course_lib.metrics.image import face_psnr
from course_lib.models.autoencoder import cut_out


def test_a_face_becomes_the_wanted_person_in_the_same_scene():
    scenes = [cast.random_scene(seed, wild=0.6) for seed in range(700, 704)]
    a, b = (faceset_from_frames(cast.render(cast.random_person(EVERYBODY[k]), scenes, size=128)) for k in (50, 3))
    aim, source = (cut_out(s.images, s.masks) for s in (b, a))
    swapped, again = (as_person(s.images, s.masks, EVERYBODY[3]) for s in (a, b))
    none, swap, own = (face_psnr(x, aim, b.masks).mean() for x in (source, swapped, again))
    assert swapped.shape == (4, 64, 64, 3) and swap > none + 3 and own > none + 3 and swap > 22


def test_a_person_without_a_vector_is_named():
    with pytest.raises(ValueError, match="10063"):
        as_person(np.zeros((1, 64, 64, 3), np.float32), np.ones((1, 64, 64), np.float32), 7)


def test_the_card_says_how_it_scored():
    card = verify("people_vectors").with_name("card.md").read_text(encoding="utf-8")
    assert "course_lib.recipes.people_vectors" in card and "swap:" in card
