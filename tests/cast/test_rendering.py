"""The truths that the whole course relies on."""

from dataclasses import replace

import numpy as np
import pytest

from course_lib import cast
from course_lib.cast.anatomy import pack
from course_lib.cast.rendering import _landmarks
from course_lib.cast.stages import STAGES, stage

OPEN, SHUT = cast.Expression(), cast.Expression(blink_left=1, blink_right=1)


@pytest.fixture(scope="module")
def crowd():
    persons, scenes = [cast.random_person(i) for i in range(24)], [cast.random_scene(i) for i in range(24)]
    return cast.render(persons, scenes, size=256)


def test_shapes_types_and_ranges(crowd):
    n = len(crowd)
    assert crowd.rgb.shape == (n, 256, 256, 3) and crowd.rgb.dtype == np.float32
    assert 0 <= crowd.rgb.min() and crowd.rgb.max() <= 1 and 0 <= crowd.alpha.min() and crowd.alpha.max() <= 1
    assert crowd.landmarks.shape == (n, 68, 2) and crowd.pupils.shape == (n, 2, 2)
    lengths = np.linalg.norm(crowd.normals, axis=-1)[crowd.labels > 0]
    np.testing.assert_allclose(lengths, 1, atol=5e-3)  # a few lie where two parts meet, and slope nowhere


def test_landmarks_lie_on_the_rendered_surface(crowd):
    """Depth agrees within 3 mm at the 90th percentile, for landmarks that are seen (bilinear depth, 256 px)."""
    q = pack(np.stack([cast.to_vector(p, s) for p, s in zip(crowd.persons, crowd.scenes, strict=True)]), 256)
    pixels, distance = _landmarks(q, 256)
    errors = []
    for k, j in zip(*np.nonzero(crowd.landmarks_visible), strict=True):
        (x, y), (x0, y0) = pixels[k, j], np.clip(np.floor(pixels[k, j]).astype(int), 0, 254)
        d = crowd.depth[k, y0 : y0 + 2, x0 : x0 + 2]
        if np.isfinite(d).all() and np.ptp(d) < 0.06:  # steeper, four depths say too little
            across = np.array([y0 + 1 - y, y - y0]) @ d @ np.array([x0 + 1 - x, x - x0])
            errors.append(abs(across - distance[k, j]) * 100)  # mm
    assert len(errors) > 600 and np.percentile(errors, 90) < 3


def test_which_landmarks_are_seen_hardly_depends_on_the_size_of_the_image():
    """Seen from the front all but the chin's underside, the nostrils and what lies beside the ears; at every size."""
    scenes = [cast.Scene(pose=cast.Pose(yaw=yaw)) for yaw in (0.0, 0.5, 1.0, -1.2)]
    small, large = (cast.render(cast.people()["Ada"], scenes, size).landmarks_visible for size in (64, 384))
    assert (small != large).mean() < 0.1
    open_to_view = np.r_[4:7, 10:13, 17:31, 36:68]
    assert small[0, open_to_view].all() and large[0, open_to_view].all()
    assert not large[2, 11:16].any() and not large[3, 1:6].any(), "turned away: the jaw on the far side"


def test_the_same_input_gives_the_same_picture_whatever_is_rendered_beside_it():
    persons, scenes = [cast.random_person(i) for i in range(3)], [cast.random_scene(i) for i in range(3)]
    together, alone = cast.render(persons, scenes, 64), cast.render(persons[1], scenes[1], 64)
    for name in cast.Frames.ARRAYS:
        np.testing.assert_array_equal(getattr(together, name)[1], getattr(alone, name)[0])


def test_changing_only_the_light_moves_no_landmark():
    scene = cast.random_scene(4)
    other = replace(scene, lighting=cast.Lighting(azimuth=-1.2, intensity=0.7, fill=0.05))
    a, b = cast.render(cast.people()["Leo"], [scene, other], 64)[[0]], cast.render(cast.people()["Leo"], other, 64)
    np.testing.assert_array_equal(a.landmarks, b.landmarks)
    np.testing.assert_array_equal(a.labels, b.labels)
    assert np.abs(a.rgb - b.rgb).mean() > 0.02


def test_blinking_closes_the_eyes():
    f = cast.render(cast.people()["Kavya"], [cast.Scene(expression=e) for e in (OPEN, SHUT)], 128)
    open_, shut = f.mask("eyes").sum((1, 2))
    assert open_ > 60 and shut < 0.1 * open_


def test_one_eye_can_wink_and_left_is_the_persons_own():
    f = cast.render(cast.people()["Kavya"], cast.Scene(expression=cast.Expression(blink_left=1)), 128)
    columns = np.nonzero(f.mask("eyes")[0])[1]
    assert len(columns) > 30 and columns.mean() < 64  # the person's right eye, at the left of the picture, is open


def test_labels_partition_the_picture_and_follow_the_alpha(crowd):
    assert set(np.unique(crowd.labels)) <= set(cast.LABELS.values())
    np.testing.assert_array_equal(crowd.labels > 0, np.isfinite(crowd.depth))
    assert crowd.alpha[crowd.labels > 0].min() >= 0.5


@pytest.mark.parametrize("name, part", [("Ada", "hair"), ("Hiro", "glasses"), ("Jamal", "clothes"), ("Grace", "lips")])
def test_every_part_is_seen_where_it_must_be(name, part):
    assert cast.render(cast.people()[name], cast.Scene(), 128).mask(part).sum() > 40


def test_a_flush_darkens_green_by_about_one_percent_and_touches_only_skin():
    scenes = [cast.Scene(expression=cast.Expression(flush=v)) for v in (-1, 1)]
    f = cast.render(cast.people()["Finn"], scenes, 128)
    pale, flushed = (f.rgb[i] ** 2.2 for i in (0, 1))
    cheek = (f.labels[0] == cast.LABELS["skin"]) & (f.alpha[0] == 1)
    drop = 1 - flushed[cheek].mean(0) / pale[cheek].mean(0)
    assert 0.004 < drop[1] < 0.021 and drop[1] > drop[2] > drop[0]
    np.testing.assert_array_equal(f.rgb[0][f.alpha[0] == 0], f.rgb[1][f.alpha[0] == 0])


def test_every_stage_is_compiled_once_whatever_is_rendered():
    for size, supersample in ((64, 1), (34, 2), (96, 1)):
        cast.render(cast.people()["Ada"], cast.random_scene(size), size, supersample)
    counts = {name: stage(name).experimental_get_tracing_count() for name in STAGES}
    assert set(counts.values()) == {1}, counts


def test_another_person_in_the_same_scene_keeps_the_background():
    a, b = cast.render([cast.people()["Ada"], cast.people()["Jamal"]], cast.random_scene(2), 64)[[0, 1]].rgb
    np.testing.assert_array_equal(a[:4, :6], b[:4, :6])


@pytest.mark.parametrize(
    "given, message",
    [
        (dict(size=31), "even size"),
        (dict(supersample=0), "supersample"),
        (dict(persons=[]), "empty"),
        (dict(persons="Ada"), "Person"),
        (dict(persons=[cast.Person()] * 2, scenes=[cast.Scene()] * 3), "2 persons and 3 scenes"),
    ],
)
def test_bad_requests_say_what_was_expected(given, message):
    with pytest.raises(ValueError, match=message):
        cast.render(**{"persons": cast.Person(), "scenes": cast.Scene(), **given})


def test_frames_can_be_selected_and_refuse_unknown_parts(crowd):
    some = crowd[2:5]
    assert len(some) == 3 and some.persons == crowd.persons[2:5]
    np.testing.assert_array_equal(some.rgb[0], crowd.rgb[2])
    with pytest.raises(ValueError, match="skin"):
        crowd.mask("moustache")
