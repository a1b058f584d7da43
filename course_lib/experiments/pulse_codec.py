"""What a codec leaves of the pulse: `python -m course_lib.experiments.pulse_codec`.

The named cast speaks for 12 seconds, once with a pulse and once, frame by frame the same, without: a forgery that drops
the pulse. Both get the same sensor noise and the same H.264. Stored in datasets/runs/pulse.json; finished people in the
file are not repeated. Lesson 12.
"""
import argparse
import json

import numpy as np

from course_lib import cast, degradation
from course_lib.checkpoints import DATASETS
from course_lib.data.talking import SENTENCES, talking
from course_lib.experiments.stored import write_run
from course_lib.forensics import pulse

FILE = DATASETS / "runs" / "pulse.json"
SIZE, SECONDS, FPS, NOISE = 128, 12.0, 25.0, 2 / 255
CRFS = (None, 18, 23, 28, 40)


def read():
    """Reads the stored measurements.

    Returns:
        {"settings": dict, "clips": [{"person", "pulse": bool, "true": bpm, "crf", "method", "rate": bpm, "snr": dB}]};
        snr is taken at the strongest frequency, as whoever does not know the truth has to take it.
    Lesson 12.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def sensor(frames, seed=0, sigma=NOISE):
    """Frames as a camera's sensor would have recorded them: with noise, before any codec.

    Args:
        frames: f32 RGB [T, S, S, 3] in [0, 1].
        seed: Of the noise.
        sigma: Standard deviation.
    Returns:
        f32 [T, S, S, 3].
    Lesson 12.
    """
    rng = np.random.default_rng(seed)
    return np.clip(frames + rng.normal(0, sigma, frames.shape), 0, 1).astype(np.float32)


def measure(frames, skin, crf=None):
    """Heart rate and signal-to-noise ratio of a clip after a codec, by all three methods.

    Args:
        frames: f32 RGB [T, S, S, 3] in [0, 1].
        skin: bool [T, S, S].
        crf: Of H.264; None for no codec.
    Returns:
        {method: (beats per minute, dB at that rate)}.
    Lesson 12.
    """
    colour = pulse.skin_means(frames if crf is None else degradation.h264(frames, crf, round(FPS)), skin)
    signals = {name: method(colour, FPS) for name, method in pulse.METHODS.items()}
    return {name: (pulse.heart_rate(x, FPS), pulse.snr(x, FPS)) for name, x in signals.items()}


def main():
    """Measures who is not in the file yet."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    settings = {"size": SIZE, "seconds": SECONDS, "fps": FPS, "noise": NOISE, "crfs": list(CRFS)}
    record = read() if FILE.is_file() else {}
    record = record if record.get("settings") == settings else {"settings": settings, "clips": []}
    for k, (name, person) in enumerate(cast.people().items()):
        if any(row["person"] == name for row in record["clips"]):
            continue
        true = float(55 + 60 * np.random.default_rng(k).uniform())
        for beats in (true, 0.0):
            made = talking(person, name, SENTENCES[k % len(SENTENCES)], SECONDS, FPS, SIZE, k, beats)
            frames, skin = sensor(made.frames.rgb, k), made.frames.mask("skin")
            for crf in CRFS:
                for method, (rate, ratio) in measure(frames, skin, crf).items():
                    record["clips"].append({"person": name, "pulse": bool(beats), "true": round(true, 2), "crf": crf,
                                            "method": method, "rate": round(rate, 2), "snr": round(ratio, 2)})
        print(name, round(true, 1), {r["crf"]: r["rate"] for r in record["clips"][-30:-15] if r["method"] == "POS"},
              flush=True)
        write_run(FILE, record)


if __name__ == "__main__":
    main()
