"""Clips in which nothing but the mouth moves."""
import numpy as np
import pytest

from course_lib.data.still_clips import bank_mouths, dubbed_clips, faces_with, sound_and_mouth, still_clips
from course_lib.metrics.lipsync import lip_error, lips_by_synthesis

NUMBER = 6100


@pytest.fixture(scope="module")
def clips():
    return dubbed_clips(1, NUMBER)


def test_only_the_mouth_moves():
    clip = still_clips(1, NUMBER, quiet=True)
    change = np.abs(np.diff(clip.images[0].astype(int), axis=0)).mean((0, 2, 3))
    assert change[:28].mean() < 0.25 * change[44:54].mean()
    assert np.ptp(clip.landmarks[0, :, 27:48], axis=0).max() < 0.3  # nose and eyes: the mouth moves the crop a little
    assert clip.mel.shape == (1, 128, 40) and clip.mouths.shape == (1, 32, 4)


def test_a_clip_to_be_dubbed_has_its_truth(clips):
    mel, mouth = sound_and_mouth(NUMBER + 1)
    images, _, lips = faces_with(NUMBER, mouth[:4])
    assert np.allclose(clips.mel[0], mel) and np.allclose(clips.lips[0, :4], lips, atol=1e-4)
    assert np.abs(clips.truth[0, :4].astype(int) - images).max() <= 1
    apart = np.abs(clips.old[0].astype(int) - clips.truth[0]).mean((0, 2, 3))
    assert apart[:28].mean() < 0.25 * apart[44:54].mean()  # the same head in the same light


def test_the_bank_is_spread_and_begins_with_silence():
    mouths = bank_mouths(8)
    apart = np.abs(mouths[:, None] - mouths).sum(-1)[~np.eye(8, dtype=bool)]
    assert not mouths[0].any() and apart.min() > 0.1


def test_lips_are_read_from_a_rendered_mouth(clips):
    box = (slice(36, 60), slice(17, 47))
    faces, bank = (x[0][:, *box] / np.float32(255) for x in (clips.truth, clips.bank))
    found = lips_by_synthesis(faces, bank, clips.bank_lips[0])
    still = np.broadcast_to(clips.bank_lips[0, :1], found.shape)
    assert lip_error(found, clips.lips[0]) < 0.4 * lip_error(still, clips.lips[0])
    assert np.allclose(lips_by_synthesis(bank[:3], bank, clips.bank_lips[0]), clips.bank_lips[0, :3], atol=1e-3)
