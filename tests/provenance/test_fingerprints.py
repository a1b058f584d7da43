"""Perceptual hashes: equal to the reference's distances, exact symmetries, a lookup that misses nothing, attacks."""
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.provenance import fingerprints as f
from course_lib.provenance import lookup, samples, steering

from .conftest import jpeg, resize, scale


@pytest.fixture(scope="module")
def faces(cast_pictures):
    return cast_pictures[:12]


def median_pdq(faces, change):
    return np.median([f.distance(f.pdq(p)[0], f.pdq(change(p))[0]) for p in faces])


def test_pdq_changes_as_the_reference_does(faces):
    """Medians of pdqhash 0.2.8 over twelve portraits of the cast were 4, 0, 5, 128 and 127 for these changes."""
    assert median_pdq(faces, lambda p: jpeg(p, 30)) <= 12
    assert median_pdq(faces, lambda p: np.repeat(p @ np.float32([[.299], [.587], [.114]]), 3, -1)) <= 2
    assert median_pdq(faces, lambda p: np.clip(1.3 * p, 0, 1)) <= 14
    assert 110 <= median_pdq(faces, lambda p: p[:, ::-1]) <= 146
    assert 100 <= median_pdq(faces, lambda p: p[13:-13, 13:-13]) <= 146


def test_pdq_has_as_many_ones_as_zeros_and_knows_where_nothing_is(faces):
    bits, quality = f.pdq(faces[0])
    assert bits.shape == (256,) and 120 <= bits.sum() <= 128 and quality > f.PDQ_QUALITY
    assert f.pdq(np.full((80, 80, 3), 0.5, np.float32))[1] == 0


def test_the_symmetries_are_those_of_the_turned_image(faces):
    small = resize(faces[3], 64, 64)  # of a larger image PDQ's own sampling is not symmetric
    known = f.pdq_symmetries(small)
    turned = {"mirrored": small[:, ::-1], "upside down": small[::-1], "both": small[::-1, ::-1],
              "as it is, transposed": small.transpose(1, 0, 2)}
    for name, image in turned.items():
        assert f.distance(known[name], f.pdq(np.ascontiguousarray(image))[0]) <= 4, name


@pytest.mark.parametrize("hash", [f.average_hash, f.difference_hash, f.dct_hash])
def test_small_hashes_survive_compression_and_tell_people_apart(faces, hash):
    own = [f.distance(hash(p), hash(jpeg(p, 30))) for p in faces]
    other = [f.distance(hash(a), hash(b)) for a in faces for b in faces if a is not b]
    assert np.median(own) <= 4 and np.median(other) >= 12 and hash(faces[0]).shape == (64,)


def test_tiles_say_where_a_face_was_changed(faces):
    mixed = faces[0].copy()
    mixed[32:96, 32:96] = faces[1][32:96, 32:96]
    far = f.distance(f.tiled(faces[0], 4), f.tiled(jpeg(mixed, 80), 4))
    assert far[1:3, 1:3].min() > far[0].max() and far.shape == (4, 4)


def test_a_video_is_found_in_a_part_of_it(faces):
    clip = [scale(p, 2) for p in faces]
    whole, part = f.video_fingerprint(clip, 1), f.video_fingerprint([jpeg(p, 60) for p in clip[3:7]], 1)
    assert f.match_videos(part, whole)[0] == 1 and f.match_videos(part, whole)[1] == pytest.approx(4 / 12)
    assert f.match_videos(part, whole[8:]) == (0, 0) and f.match_videos(part, whole[:0]) == (0, 0)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), flips=st.integers(0, 40), n=st.sampled_from([64, 256]))
def test_the_lookup_finds_what_a_full_search_finds(seed, flips, n):
    rng = np.random.default_rng(seed)
    hashes = rng.random((300, n)) < 0.5
    radius = 31 if n == 256 else 10
    query = hashes[7].copy()
    query[rng.permutation(n)[:flips]] ^= True
    rows, far = lookup.Lookup(hashes, radius).find(query)
    every = f.distance(hashes, query)
    assert set(rows) == set(np.flatnonzero(every <= radius)) and (far == every[rows]).all()


def test_neighbours_are_all_of_them():
    assert [len(lookup.neighbours(r)) for r in range(3)] == [1, 17, 137]
    with pytest.raises(ValueError, match="60 bits"):
        lookup.bands(np.zeros((1, 60), bool))


def test_a_hash_is_evaded_and_collided(cast_pictures):
    image, other = (resize(p, 256, 256) for p in cast_pictures[:2])
    moved, far = steering.evade(image)
    assert far > 10 and np.sqrt(np.mean((moved - image) ** 2)) < 0.02
    wanted = f.dct_hash(other)
    collided, far = steering.steer(image, wanted, stop=4)
    assert far <= 8 < f.distance(f.dct_hash(image), wanted)
    assert np.sqrt(np.mean((collided - image) ** 2)) < 0.15


def test_keyed_samples_hold_after_compression_and_show_what_changed(cast_pictures):
    image = cast_pictures[4]
    record = samples.take(image, "key")
    assert record.dtype == np.uint8 and len(record) == samples.COUNT
    assert samples.compare(jpeg(scale(image, 2), 70), "key", record).agree.mean() > 0.95
    assert all(samples.compare(scale(image, by), "key", record).agree.mean() > 0.99 for by in (0.5, 0.75))
    changed = image.copy()
    changed[40:80, 40:80] = cv2.GaussianBlur(cast_pictures[5], (0, 0), 1)[40:80, 40:80]
    found = samples.compare(changed, "key", record)
    inside = ((found.places > 0.3) & (found.places < 0.63)).all(1)
    assert found.agree[~inside].mean() > 0.95 > found.agree[inside].mean()
    assert samples.compare(image, "another key", record).agree.mean() < 0.6
