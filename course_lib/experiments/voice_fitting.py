"""How well a synthetic voice is fitted from 5, 20 and 60 s of it: `python -m course_lib.experiments.voice_fitting`.

Random voices of the course's synthesiser say random sentences; audio.fitting finds three of their five numbers again.
No recording of a person is used or could be. A minute on two idle cores. Lesson 08.
"""
import argparse
import json

import numpy as np

from course_lib import audio
from course_lib.audio.fitting import fit_voice
from course_lib.checkpoints import DATASETS
from course_lib.data.sentences import sentence

from .stored import write_run

FILE = DATASETS / "runs" / "voice_fitting.json"
SECONDS, VOICES, FIRST, KEYS = (5, 20, 60), 8, 300, ("pitch", "formants", "tempo")


def read():
    """Reads the stored run.

    Returns:
        {"voices": int, "rows": {seconds of sound, as text; "0" for the plain voice: {"heard": mean seconds, each of
        KEYS: list of relative errors, one for each voice}}}.
    Lesson 08.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def phones_for(seconds, voice, seed):
    """Random sentences that last at least so long in a voice.

    Args:
        seconds: of sound.
        voice: audio.Voice.
        seed: of the sentences.
    Returns:
        List of ARPAbet phones.
    Lesson 08.
    """
    rng, names = np.random.default_rng(seed), []
    while not names or audio.timing(names, voice)[-1][2] < seconds:
        names += audio.text_to_phones(sentence(rng))[0]
    return names


def errors(fitted, true):
    """Relative errors of a fitted voice.

    Args:
        fitted, true: audio.Voice.
    Returns:
        Dict of KEYS -> found over true, minus 1.
    Lesson 08.
    """
    return {key: round(float(getattr(fitted, key) / getattr(true, key) - 1), 5) for key in KEYS}


def run(lengths=SECONDS, voices=VOICES, first=FIRST):
    """Fits every voice from every length of sound.

    Args:
        lengths: seconds of sound.
        voices, first: random voices and the number of the first one.
    Returns:
        What read returns.
    Lesson 08.
    """
    rows = {str(seconds): {"heard": [], **{key: [] for key in KEYS}} for seconds in (0, *lengths)}
    for number in range(first, first + voices):
        voice = audio.random_voice(number)
        for seconds in (0, *lengths):
            length, fitted = 0.0, audio.Voice()
            if seconds:
                names = phones_for(seconds, voice, number)
                heard = audio.say_phones(names, voice, number)
                length, fitted = len(heard.samples) / heard.rate, fit_voice(heard.samples, heard.rate, names)
            row = rows[str(seconds)]
            row["heard"].append(length)
            for key, value in errors(fitted, voice).items():
                row[key].append(value)
    for row in rows.values():
        row["heard"] = round(float(np.mean(row["heard"])), 2)
    return {"voices": voices, "rows": rows}


def table(record):
    """The mean absolute errors as text.

    Args:
        record: what read returns.
    Returns:
        Lines of a table.
    Lesson 08.
    """
    lines = [f"{'mean absolute error of':26}" + "".join(f"{key:>10}" for key in KEYS)]
    for seconds, row in record["rows"].items():
        what = f"{row['heard']:.0f} s of the voice" if int(seconds) else "the plain voice, unfitted"
        lines.append(f"{what:26}" + "".join(f"{np.mean(np.abs(row[key])):10.1%}" for key in KEYS))
    return "\n".join(lines)


def main():
    """Fits, stores and prints."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    record = run()
    write_run(FILE, record)
    print(table(record))


if __name__ == "__main__":
    main()
