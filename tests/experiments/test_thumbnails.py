"""The stored run of lesson 14: fingerprints of thumbnails."""
import numpy as np

from course_lib.degradation import jpeg
from course_lib.experiments import thumbnails
from course_lib.provenance import fingerprints


def test_false_matches_are_counted_without_the_querys_own_entry():
    rng = np.random.default_rng(0)
    hashes = rng.random((50, 256)) < 0.5
    queries = hashes[:5].copy()
    queries[:, :10] ^= True
    hashes[40] = hashes[0]
    within, nearest, own = thumbnails.false_matches(hashes, queries, (5, 10, 256))
    assert own.tolist() == [10] * 5 and within[0].tolist() == [0, 1, 49] and within[1].tolist() == [0, 0, 49]
    far = fingerprints.distance(hashes[None], queries[:, None])
    far[np.arange(5), np.arange(5)] = 999
    assert (nearest == far.min(1)).all()


def test_the_stored_hashes_are_those_of_the_thumbnails():
    stored, images = thumbnails.read(), thumbnails.thumbnails(7, 3)
    assert stored.hashes.shape == (thumbnails.COUNT, 256) and set(stored.queries) == set(thumbnails.EDITS)
    for k, image in enumerate(images, 7):
        assert fingerprints.distance(fingerprints.pdq(image)[0], stored.hashes[k]) <= 8  # other processors round
        assert fingerprints.distance(fingerprints.pdq(jpeg(image, 50))[0], stored.queries["JPEG 50"][k]) <= 12
