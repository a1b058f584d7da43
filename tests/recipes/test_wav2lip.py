"""The shipped generator, on people, voices and words that its recipe neither trained on nor measured."""
import numpy as np

from course_lib.data.still_clips import dubbed_clips
from course_lib.experiments import dubbing
from course_lib.metrics.lipsync import lip_error, lips_by_synthesis, lse
from course_lib.models.wav2lip_inference import shipped_expert, shipped_wav2lip
from course_lib.show import decode_sheet

FIRST, COUNT = 6200, 4


def test_wav2lip_follows_the_sound_and_not_the_reference():
    clips, expert = dubbed_clips(COUNT, FIRST), shipped_expert()
    made = dubbing.dub(clips, {"Wav2Lip": shipped_wav2lip()})
    errors, confidence = {}, {}
    for name, faces in made.items():
        errors[name] = np.mean([lip_error(lips_by_synthesis(
            faces[k][:, *dubbing.MOUTH], clips.bank[k][:, *dubbing.MOUTH] / np.float32(255), clips.bank_lips[k]),
            clips.lips[k]) for k in range(COUNT)])
        confidence[name] = np.mean([lse(expert, faces[k], clips.mel[k])["confidence"] for k in range(COUNT)])
    assert errors["truth"] < errors["Wav2Lip"] < min(errors["old clip"], errors["wrong sound"])
    assert min(confidence["truth"], confidence["Wav2Lip"]) > confidence["old clip"], "by an expert that it never met"


def test_the_stored_comparison_is_whole():
    stored = dubbing.read()
    rows = stored["rows"]
    assert set(rows) == {"truth", "Wav2Lip", "pixels alone", dubbing.CLOSED_REFERENCE, "wrong sound", "old clip",
                         "silent mouth", "LSTM, own frames", "viseme lookup", "another sentence"}
    for row in rows.values():
        assert all(len(row[key]) == stored["clips"] for key in dubbing.KEYS)
        assert all(len(row[name][score]) == stored["clips"] for name in dubbing.EXPERTS for score in dubbing.SCORES)
    assert decode_sheet(stored["sheet"]).shape == (64 * len(rows), 7 * 64, 3) and "Wav2Lip" in dubbing.table(rows)
    closed = {name: np.nanmean(np.array(row["closed"], float)) for name, row in rows.items()}
    assert closed["truth"] == 0 and closed[dubbing.CLOSED_REFERENCE] < 0.5 * closed["Wav2Lip"]
