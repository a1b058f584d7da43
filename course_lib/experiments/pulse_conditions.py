"""What the pulse can bear, one condition at a time: `python -m course_lib.experiments.pulse_conditions`.

A patch of textured skin is filmed for 12 seconds. Its pulse, the noise of the sensor, the sway of the head and a lamp
that flickers within the band of heart rates are changed one by one, each without a codec and after H.264. The true rate
is known, so the error and the signal-to-noise ratio at the true rate are too. Stored in
datasets/runs/pulse_conditions.json. About 2 minutes on 2 cores. Lesson 12.
"""
import argparse
import json

import cv2
import numpy as np

from course_lib import degradation
from course_lib.checkpoints import DATASETS
from course_lib.experiments.pulse_codec import sensor
from course_lib.experiments.stored import write_run
from course_lib.forensics import pulse
from course_lib.forgeries.pulses import ABSORPTION, wave

FILE = DATASETS / "runs" / "pulse_conditions.json"
SIZE, SECONDS, FPS, CLIPS, CRFS = 64, 12.0, 25.0, 12, (None, 23, 28, 40)
SKIN = np.float32([0.75, 0.55, 0.45])
USUAL = {"pulse": 0.5, "noise": 2.0, "sway": 0.0, "lamp": 0.0}  # grey levels, grey levels, pixels, part of the light
CHANGES = ({}, {"pulse": 0.25}, {"pulse": 1.0}, {"noise": 0.0}, {"noise": 4.0}, {"sway": 1.5}, {"lamp": 0.01})


def read():
    """Reads the stored measurement.

    Returns:
        {"settings", "rows": [{"change": {condition: value}, "crf", "method", "error": bpm of each clip, "snr": dB at
        the true rate of each clip}]}.
    Lesson 12.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def patch(beats, seed, pulse, noise, sway, lamp):
    """A clip of skin, as a camera without a codec stores it.

    Args:
        beats: Of the heart, per minute.
        seed: Of texture, noise and phases.
        pulse: Amplitude in green, grey levels.
        noise: Standard deviation of the sensor's noise, grey levels.
        sway: Amplitude of a horizontal sway with a period of 4 seconds, pixels.
        lamp: Amplitude of the flicker as a part of the light; its rate is at least 20 a minute away from the heart's.
    Returns:
        f32 RGB [T, SIZE, SIZE, 3] in [0, 1], multiples of 1/255.
    Lesson 12.
    """
    rng = np.random.default_rng(seed)
    texture = cv2.GaussianBlur(rng.normal(size=(SIZE, 2 * SIZE)).astype(np.float32), (0, 0), 1.5)
    skin = SKIN * (1 + 0.04 * texture / texture.std())[..., None]
    at, phases = np.arange(round(SECONDS * FPS)) / FPS, rng.uniform(0, 1, 3)
    beat = pulse / 255 / SKIN[1] * wave(beats / 60 * at + phases[0])
    flicker = beats + rng.choice((-1, 1)) * rng.uniform(20, 35)
    light = 1 + lamp * np.sin(2 * np.pi * (flicker / 60 * at + phases[1]))
    shifts = SIZE / 2 + sway * np.sin(2 * np.pi * (at / 4 + phases[2]))
    frames = np.stack([
        cv2.warpAffine(skin, np.float32([[1, 0, -x], [0, 1, 0]]), (SIZE, SIZE)) * (1 - b * ABSORPTION) * level
        for x, b, level in zip(shifts, beat, light)])
    return np.round(255 * sensor(frames, seed, noise / 255)).astype(np.float32) / 255


def main():
    """Measures and stores everything."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    everywhere, rows = np.ones((round(SECONDS * FPS), SIZE, SIZE), bool), []
    for change in CHANGES:
        found = {}
        for seed in range(CLIPS):
            beats = np.random.default_rng((7, seed)).uniform(65, 110)
            frames = patch(beats, seed, **USUAL | change)
            for crf in CRFS:
                seen = frames if crf is None else degradation.h264(frames, crf, round(FPS))
                colour = pulse.skin_means(seen, everywhere)
                for name, method in pulse.METHODS.items():
                    signal = method(colour, FPS)
                    found.setdefault((crf, name), []).append((abs(pulse.heart_rate(signal, FPS) - beats),
                                                              pulse.snr(signal, FPS, beats)))
        for (crf, name), values in found.items():
            error, ratio = np.round(np.transpose(values), 2).tolist()
            rows.append({"change": change, "crf": crf, "method": name, "error": error, "snr": ratio})
            print(change, crf, name, f"{np.mean(error):.1f} bpm, {np.mean(ratio):.1f} dB", flush=True)
    settings = {"command": "python -m course_lib.experiments.pulse_conditions", "size": SIZE, "seconds": SECONDS,
                "fps": FPS, "clips": CLIPS, "crfs": CRFS, "usual": USUAL}
    write_run(FILE, {"settings": settings, "rows": rows})


if __name__ == "__main__":
    main()
