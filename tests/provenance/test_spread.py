"""The watermark's second layer: found in crops, turned and mirrored copies, with its payload, and nowhere else."""
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.provenance import chance, spread, tile, watermark

from .conftest import as_bytes, as_float, jpeg, resize

PAYLOAD = 0xC0FFEE42


def turned(image, degrees, inner=False):
    height, width = image.shape[:2]
    t = np.radians(abs(degrees))
    grow = 1 if not inner else max(np.cos(t) + width / height * np.sin(t), np.cos(t) + height / width * np.sin(t))
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, grow)
    return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR)


def cropped(image, seed, part=0.9):
    rng, (height, width) = np.random.default_rng(seed), image.shape[:2]
    h, w = round(height * part), round(width * part)
    y, x = rng.integers(height - h + 1), rng.integers(width - w + 1)
    return image[y:y + h, x:x + w]


ROADS = {"crop of 10 %": lambda p: cropped(p, 3), "turned by 3 degrees": lambda p: turned(p, 2.9),
         "turned and cut": lambda p: turned(p, -2.8, True), "mirrored": lambda p: np.ascontiguousarray(p[:, ::-1])}


@pytest.fixture(scope="module")
def large(photographs, cast_pictures):
    """Six photographs and two portraits at 448 px on the shorter side."""
    chosen = [p for p in photographs if min(p.shape[:2]) >= 200][:6] + cast_pictures[:2]
    return [resize(p, *(round(n * 448 / min(p.shape[:2])) for n in p.shape[1::-1])) for p in chosen]


@pytest.fixture(scope="module")
def marked(large):
    return [as_float(as_bytes(watermark.embed(p, payload=PAYLOAD))) for p in large]


@pytest.mark.parametrize("road", ROADS)
def test_the_mark_survives_geometry_and_jpeg_70(marked, road):
    found = [watermark.search(jpeg(ROADS[road](p), 70)) for p in marked]
    print(f"\n{road}: scores {min(f.score for f in found):.1f} to {max(f.score for f in found):.1f}, payload in "
          f"{sum(f.payload == PAYLOAD for f in found)} of {len(found)}")
    assert np.mean([f.score >= spread.THRESHOLD for f in found]) == 1
    assert np.mean([f.payload == PAYLOAD for f in found]) >= 0.7
    assert {f.payload for f in found} <= {PAYLOAD, None}


def test_marks_of_the_first_version_are_found(large, monkeypatch):
    """Which were embedded for the whole image alone, and never without a payload."""
    monkeypatch.setattr(spread, "_windows", lambda height, width: [np.s_[:, :]])
    monkeypatch.setattr(spread, "SURE", 0.0)
    marked = [as_float(as_bytes(watermark.embed(p, payload=PAYLOAD))) for p in large[-2:]]
    assert all(watermark.search(jpeg(p, 70)).payload == PAYLOAD for p in marked)


def test_strong_texture_keeps_the_yes_or_no():
    """Grass, whose own detail is stronger than the mark, gets no payload and is found in a crop all the same."""
    rng = np.random.default_rng(0)
    grass = np.clip(0.45 + 0.22 * rng.standard_normal((300, 300, 1)) * np.ones(3), 0, 1).astype(np.float32)
    grass = cv2.GaussianBlur(grass, (0, 0), 0.8)
    found = watermark.search(jpeg(cropped(as_float(as_bytes(watermark.embed(grass, payload=PAYLOAD))), 1), 70))
    assert found.score >= spread.THRESHOLD and found.payload in (None, PAYLOAD)


def test_the_search_says_what_was_done(marked):
    for degrees in (2.0, -2.0):
        assert abs(np.degrees(watermark.search(turned(marked[0], degrees)).angle)) == pytest.approx(2, abs=0.2)
    found = watermark.search(np.ascontiguousarray(cropped(marked[0], 5)[:, ::-1]))
    assert found.mirrored and found.scale == pytest.approx(0.9, abs=0.01)


def test_nothing_is_found_where_nothing_is(large, marked):
    scores = [watermark.search(p).score for p in large] + [watermark.search(p, "another key").score for p in marked]
    assert max(scores) < spread.THRESHOLD - 1
    assert not watermark.detect(large[0])


def test_the_bound_on_false_positives_holds_for_100_000_pairs_of_picture_and_key(photographs, cast_pictures):
    """P(z >= t) <= exp(-t^2 / 2) for one geometry, and 48^2 times that for the best shift, whatever the image."""
    rng, pictures = np.random.default_rng(0), (photographs + cast_pictures)[:20]
    first, single, best = np.concatenate(
        [chance.by_chance(image, 1000, rng) for image in pictures for _ in range(100_000 // 1000 // len(pictures))], 1)
    assert len(single) == 100_000
    for t in (1, 2, 3, 4):
        assert np.mean(single >= t) <= np.exp(-t**2 / 2)
        assert np.mean(first >= t) <= len(watermark.STEPS) * np.exp(-t**2 / 2)
    for t in (4.5, 5, 5.5, 6):
        assert np.mean(best >= t) <= tile.TILE**2 * np.exp(-t**2 / 2)
    assert first.max() < watermark.THRESHOLD
    assert best.max() < spread.THRESHOLD
    assert spread.HYPOTHESES * np.exp(-spread.THRESHOLD**2 / 2) == pytest.approx(5e-7)
    assert 2 * np.exp(-watermark.THRESHOLD**2 / 2) + 5e-7 <= 1e-6


def test_the_refinement_stays_within_the_geometries_that_are_counted():
    turns, grows = (np.array([r[k] for r in spread.ROUNDS]) for k in (0, 1))
    per_axis = [3 ** len(spread.ROUNDS) * len(axis) for axis in (spread.ANGLES, spread.SCALES)]
    assert (turns > 0).all() and (grows > 0).all()
    assert spread.HYPOTHESES >= per_axis[0] * per_axis[1] * (tile.TILE * spread.FINE) ** 2 * 2 * 2  # KEYED and ALL


@settings(max_examples=20, deadline=None)
@given(payload=st.integers(0, 2**32 - 1), wrong=st.lists(st.integers(0, 9), max_size=3, unique=True))
def test_three_wrong_bytes_are_corrected(payload, wrong):
    from reedsolo import RSCodec

    code = bytearray(np.packbits(spread.encode(payload)).tobytes())
    for at in wrong:
        code[at] ^= 0x5A
    assert int.from_bytes(RSCodec(spread.PARITY).decode(bytes(code))[0], "big") == payload


def test_a_payload_of_more_bits_is_refused(large):
    with pytest.raises(ValueError, match="32 bits"):
        watermark.embed(large[0], payload=2**32)
    assert watermark.search(watermark.embed(large[-1], payload=0)).payload is None
    assert watermark.search(watermark.embed(large[-1], payload=1)).payload == 1
