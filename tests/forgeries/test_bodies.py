"""Dancing bodies as a labelled set: half real, half made, of the same dances."""
import numpy as np
import pytest

from course_lib.forgeries import body


class Painter:
    """A network that paints everything grey."""

    def predict_on_batch(self, inputs):
        """A grey frame."""
        return 0 * inputs[1] + 0.5


@pytest.fixture
def painted(monkeypatch):
    from course_lib.models import everybody_dance_inference

    monkeypatch.setattr(everybody_dance_inference, "dancer", Painter)


def test_every_forged_clip_has_its_real_one(painted):
    rows = body(2, 3)
    assert rows.images.shape == (12, 64, 64, 3) and rows.images.dtype == np.uint8
    assert rows.fake.tolist() == [0, 0, 0, 1, 1, 1] * 2 and set(rows.method) == {"real", "body"}
    assert (rows.masks[rows.fake == 1] == 255).all() and rows.masks[rows.fake == 0].max() == 0
    assert len(set(rows.video)) == 4 and len(set(rows.seed)) == 2 and set(rows.frame) == {0, 1, 2}
    assert (rows.images[rows.fake == 1] == 128).all() and rows.images[rows.fake == 0].std() > 10


def test_splits_have_different_dances_and_compression_changes_the_frames(painted):
    test, val = body(1, 2), body(1, 2, split="val")
    assert not set(test.seed) & set(val.seed) and set(val.split) == {"val"}
    coded = body(1, 2, crf=40)
    assert np.abs(coded.images[:2].astype(int) - test.images[:2]).mean() > 0.5 and set(coded.crf) == {40}


@pytest.mark.parametrize("wrong", [dict(clips=0), dict(frames=0), dict(split="all")])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="expected at least one clip"):
        body(**wrong)
