"""BlazeFace: the grid of anchors, decoding and suppression by numbers worked out by hand, and faces where they are."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.faces import blazeface, tflite
from course_lib.faces.blazeface import Detection


@pytest.mark.parametrize(("network", "count", "some"), [
    # 48 x 48 cells of 4 pixels, one anchor each: cell (row 1, column 2) is the 50th
    ("face_detection_full_range", 2304, {0: (0.5 / 48, 0.5 / 48), 50: (2.5 / 48, 1.5 / 48),
                                         2303: (47.5 / 48, 47.5 / 48)}),
    # 16 x 16 cells of 8 pixels with two anchors each, then 8 x 8 cells of 16 pixels with six each: 512 + 384
    ("face_detection_short_range", 896, {0: (1 / 32, 1 / 32), 1: (1 / 32, 1 / 32), 2: (3 / 32, 1 / 32),
                                         511: (31 / 32, 31 / 32), 512: (1 / 16, 1 / 16), 518: (3 / 16, 1 / 16),
                                         895: (15 / 16, 15 / 16)}),
])
def test_the_anchors_are_the_centres_of_the_cells(network, count, some):
    centres = blazeface.anchors(network)
    assert centres.shape == (count, 2)
    for k, centre in some.items():
        np.testing.assert_allclose(centres[k], centre, atol=1e-12)


def test_an_answer_is_decoded_relative_to_its_anchor():
    """An anchor in the middle of 192 pixels; the box's centre 9.6 right of it and 19.2 above, 48 wide and 96 high."""
    raw = np.zeros((1, 16))
    raw[0, :6] = 9.6, -19.2, 48, 96, -19.2, 38.4  # ... and the first point at (-19.2, 38.4) from the anchor
    boxes, points, scores = blazeface.decode(raw, [[np.log(3)]], np.array([[0.5, 0.5]]), 192)
    np.testing.assert_allclose(boxes, [[0.5 + 0.05 - 0.125, 0.5 - 0.1 - 0.25, 0.25, 0.5]], atol=1e-12)
    np.testing.assert_allclose(points[0, 0], (0.4, 0.7), atol=1e-12)
    np.testing.assert_allclose(points[0, 1:], 0.5)
    np.testing.assert_allclose(scores, 0.75)  # 1 / (1 + 1/3)
    assert blazeface.decode(raw, [[-1e9]], np.array([[0.5, 0.5]]), 192)[2][0] < 1e-30


def found(x, score, side=100.0):
    return Detection(np.array([x, 0, side, 100.0]), np.full((6, 2), x), score)


def test_overlapping_answers_become_their_weighted_mean():
    merged = blazeface.weighted_suppression([found(20, 0.6), found(0, 0.9), found(300, 0.8), found(290, 0.2)])
    assert [d.score for d in merged] == [0.9, 0.8]
    np.testing.assert_allclose(merged[0].box, [(0 * 0.9 + 20 * 0.6) / 1.5, 0, 100, 100])
    np.testing.assert_allclose(merged[0].points, 8)
    np.testing.assert_allclose(merged[1].box[0], (300 * 0.8 + 290 * 0.2) / 1.0)
    assert blazeface.weighted_suppression([]) == []


def test_overlap_is_intersection_over_union():
    assert blazeface.overlap((0, 0, 10, 10), (5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert blazeface.overlap((0, 0, 10, 10), (10, 0, 10, 10)) == 0
    assert blazeface.overlap((3, 4, 10, 20), (3, 4, 10, 20)) == 1


@given(st.integers(8, 400), st.integers(8, 400))
def test_a_letterbox_holds_the_whole_image_centred(height, width):
    square, scale, (left, top) = blazeface.letterbox(np.ones((height, width, 3), np.float32), 192)
    rows, columns = np.flatnonzero(square.any((1, 2))), np.flatnonzero(square.any((0, 2)))
    assert max(len(rows), len(columns)) == 192
    assert (rows[0], columns[0]) == (top, left)
    assert abs(len(rows) - height * scale) <= 1 and abs(len(columns) - width * scale) <= 1
    assert abs(191 - rows[-1] - top) <= 1 and abs(191 - columns[-1] - left) <= 1


@given(st.integers(64, 3000), st.integers(64, 3000))
def test_the_tiles_of_a_large_image_cover_it_and_overlap(height, width):
    whole, *parts = blazeface.tiles(height, width)
    assert whole == (0, 0, width, height)
    assert bool(parts) == (max(height, width) >= blazeface.TILED)
    if parts:
        for k, length in ((0, width), (1, height)):
            spans = sorted({(p[k], p[k] + p[k + 2]) for p in parts})
            assert spans[0][0] == 0 and spans[-1][1] == length
            assert all(b[0] < a[1] for a, b in zip(spans, spans[1:]))


def test_a_face_cut_by_a_tile_is_left_to_another_one():
    cut = blazeface._cut
    assert cut(np.array([80, 10, 30, 30.0]), (0, 0, 100, 100), (300, 100))
    assert not cut(np.array([80, 10, 30, 30.0]), (0, 0, 100, 100), (100, 100))  # at the image's own edge it stays
    assert not cut(np.array([50, 10, 30, 30.0]), (0, 0, 100, 100), (300, 100))


def test_grace_hopper_is_detected_with_her_eyes_in_place(hopper):
    face, = blazeface.detect(hopper)
    assert face.score > 0.7
    np.testing.assert_allclose(face.points[:2], [(223, 190), (306, 188)], atol=14)
    assert blazeface.detect(hopper * 0) == []


def test_another_file_than_the_expected_one_is_refused(monkeypatch):
    monkeypatch.setitem(tflite.SHA256, "iris_landmark", "0" * 64)
    with pytest.raises(ValueError, match="not the expected file"):
        tflite.model_bytes("iris_landmark")
    monkeypatch.setattr(tflite, "PACKAGE", "no-such-package-here")
    with pytest.raises(FileNotFoundError, match='method="haar"'):
        tflite.model_bytes("face_landmark")


def test_the_networks_are_read_without_a_word(capfd):
    tflite._interpreter.cache_clear()
    assert tflite.input_side("face_detection_short_range") == 128
    assert capfd.readouterr().err == ""
