"""Lip-synced clips: labelled, changed in the lower face alone, other people in every split."""
import numpy as np
import pytest

from course_lib import cast
from course_lib.data.spoken import speech_of
from course_lib.forgeries import dubbed, join, leaks, lip_synced
from course_lib.forgeries.build import close_clip
from course_lib.forgeries.dubbed import FRAME, SOURCE, spoken, with_speech


def test_only_the_lower_face_changes_and_rows_say_what_they_are():
    clip = close_clip(10_048, 5, SOURCE)
    frames, weights, points, untouched = spoken(clip, np.array([3, 9]), 1)
    assert frames.shape == (2, FRAME, FRAME, 3) and points.shape == (2, 68, 2) and 0 < weights.mean() < 0.3
    assert untouched.shape == frames.shape and np.abs(untouched - frames)[weights == 0].max() < 1e-6
    above = int(points[0, 30, 1]) - 2
    assert weights[0, :above].max() == 0
    rows = lip_synced(1, 2)
    assert rows.images.shape == (2, 128, 128, 3) and rows.fake.all() and set(rows.method) == {"lip_synced"}
    assert (rows.masks.max((1, 2)) > 200).all() and leaks(join([rows, lip_synced(1, 2, split="val")])) == []


def test_the_number_of_people_is_checked():
    with pytest.raises(ValueError, match="expected one of"):
        dubbed(None, 0)


def test_a_clip_of_any_rate_takes_the_exact_lips_of_a_speech():
    clip = close_clip(10_048, 5, 10, 12.5)
    frames = cast.render(clip.person, clip.scenes, 96)
    talk = speech_of(3, 0.8)
    out = with_speech(frames.rgb, frames.landmarks, 12.5, None, talk, clip.person)
    assert out.shape == frames.rgb.shape and np.abs(out - frames.rgb).max() > 0.02
    above = int(frames.landmarks[:, 30, 1].min()) - 2
    np.testing.assert_allclose(out[:, :above], frames.rgb[:, :above], atol=1e-6)
    np.testing.assert_allclose(with_speech(frames.rgb, frames.landmarks, 12.5, None, talk, clip.person, [2, 7]),
                               out[[2, 7]], atol=1e-6)
