"""The mark of a whole clip: what single frames have lost is read from all of them."""
import numpy as np
import pytest

from course_lib.degradation import h264
from course_lib.media import grace_hopper
from course_lib.provenance import clip_mark, payload, spread, watermark

from .conftest import as_bytes, as_float, resize

PAYLOAD, SIDE, COUNT = 0xC0FFEE42, 256, 8


@pytest.fixture(scope="module")
def moving():
    """A picture that moves to the left, without the mark."""
    photo = resize(grace_hopper()[:512], 320, 320)
    return [photo[k // 2:k // 2 + SIDE, 2 * k:2 * k + SIDE] for k in range(COUNT)]


@pytest.fixture(scope="module")
def coded(moving):
    marked = np.stack([as_float(as_bytes(watermark.embed(frame, payload=PAYLOAD))) for frame in moving])
    return h264(marked, 23)


def test_the_payload_agrees_though_most_frames_have_lost_it(coded):
    found = watermark.search(coded)
    singles = [watermark.search(frame).score for frame in coded[1:]]
    print(f"\nclip {found.score:.1f}, agreement {payload.agreement(found.soft, [PAYLOAD])[0]:.1f}; "
          f"single frames {np.round(singles, 1)}")
    assert found.score >= spread.THRESHOLD > np.median(singles)
    assert payload.agreement(found.soft, [PAYLOAD])[0] >= payload.agreeing(1000)
    assert found.payload in (PAYLOAD, None)


def test_a_clip_without_the_mark_has_none(moving):
    found = watermark.search(h264(np.stack(moving), 23))
    assert found.score < spread.THRESHOLD - 1 and found.payload is None
    assert payload.agreement(found.soft, [PAYLOAD])[0] < payload.agreeing(1)


def test_the_first_layer_is_read_from_key_frames_too(coded):
    score, found = watermark.examine(iter(coded), key_frames=[0])
    each = [watermark.score(frame) for frame in coded]
    print(f"\nfirst layer {score:.1f}, single frames {np.round(each, 1)}")
    assert score == pytest.approx(np.sqrt(max(each[0], np.mean(each)) ** 2 - 2 * np.log(clip_mark.MEANS)), abs=0.1)
    assert found.score == pytest.approx(watermark.search(list(coded)).score) and watermark.detect(coded)
    with pytest.raises(ValueError, match="no frames"):
        watermark.examine([])


def test_key_frames_are_searched_first_and_no_more_than_seven():
    assert clip_mark.chosen(1) == [0]
    assert clip_mark.chosen(4) == [0, 1, 2, 3]
    assert clip_mark.chosen(100, [50, 99])[:3] == [0, 50, 99]
    for first in ((), range(0, 600, 12), [599], [700]):
        numbers = clip_mark.chosen(600, first)
        assert len(numbers) == clip_mark.TRIES - 1 == len(set(numbers)) and 0 <= min(numbers) <= max(numbers) < 600


def test_the_score_makes_up_for_the_number_of_searches():
    """At the lowered threshold TRIES times as many false positives are as rare as one search's."""
    z = np.sqrt(spread.THRESHOLD**2 + 2 * np.log(clip_mark.TRIES))
    assert clip_mark._lowered(z) == pytest.approx(spread.THRESHOLD)
    assert clip_mark.TRIES * np.exp(-z**2 / 2) == pytest.approx(np.exp(-spread.THRESHOLD**2 / 2))
    assert clip_mark._lowered(1.0) == 0.0
