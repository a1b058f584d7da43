"""The shipped portrait shows its person, in a clip that was held out."""
import numpy as np

from course_lib.checkpoints import find
from course_lib.data.portrait_footage import HELD_OUT, portrait_footage
from course_lib.metrics.portrait_video import score_portrait
from course_lib.models.deep_video_portraits import translate, video_portrait


def test_it_is_small():
    assert find("video_portrait").size < 1.5e6


def test_it_shows_its_person():
    clip = portrait_footage(1, HELD_OUT + 1, quiet=True)
    truth = clip.images[0].astype(np.float32) / 255
    ours = score_portrait(translate(video_portrait(), clip.conditions[0]), truth, clip.person[0])
    still = score_portrait(np.repeat(truth.mean(0, keepdims=True), len(truth), 0), truth, clip.person[0])
    assert ours["psnr"] > still["psnr"] + 2
