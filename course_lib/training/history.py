"""What a training run leaves behind: its losses, and the file from which it can go on. Lesson 02."""
import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np

from course_lib.faults import in_words

from .trainer import as_trainer


@dataclass
class History:
    """The course of a run, in plain lists that a lesson can plot.

    losses, steps, times: loss of each step, its number from 1, seconds of training when it ended. validation: a list of
    {"step", "time", and what the validation function returned}. seconds: training time in all, resumed parts included.
    waited: seconds spent waiting for batches. stopped: "done", "interrupted", "early" or "nan"; bad_batch: the step
    whose loss was not finite, or None.
    """

    losses: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    times: list = field(default_factory=list)
    validation: list = field(default_factory=list)
    seconds: float = 0.0
    waited: float = 0.0
    stopped: str = "done"
    bad_batch: int | None = None

    @property
    def steps_per_second(self):
        """Mean steps per second of training; 0 before the first step."""
        return len(self.steps) / self.seconds if self.seconds else 0.0

    def smooth(self, window=50):
        """The losses, each the mean of the last `window` ones: what to plot. f64 [steps]."""
        losses = np.asarray(self.losses, float)
        sums = np.cumsum(np.r_[0.0, losses])
        ends = np.arange(1, len(losses) + 1)
        starts = np.maximum(ends - window, 0)
        return (sums[ends] - sums[starts]) / (ends - starts)


def copy_state(model):
    """Copies of all weights of a model and of its optimizer, a list of arrays."""
    return [np.array(v) for v in as_trainer(model).variables]


def put_state(model, state):
    """Puts back what copy_state returned. Raises ValueError when it is of another model."""
    variables = as_trainer(model).variables
    given, wanted = [tuple(s.shape) for s in state], [tuple(v.shape) for v in variables]
    if given != wanted:
        raise ValueError(f"this training state has {len(given)} arrays, the model and its optimizer {len(wanted)}, or "
                         "their shapes differ: build the model as it was when the state was saved")
    for variable, value in zip(variables, state, strict=True):
        variable.assign(value)


def save_run(path, model, history):
    """Writes weights, optimizer and history into one .npz; a kill half-way leaves the file that was there before.

    Raises OSError where the disk refuses; then nothing of it is left. Two kernels that save under one name do not mix.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("wb") as file:
            np.savez(file, history=np.array(json.dumps(asdict(history))), *copy_state(model))  # noqa: B026
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def load_run(path, model):
    """Puts a run that save_run wrote back into the model and returns its History.

    Raises ValueError when the file is damaged or of another model; nothing in it is ever executed.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            record = json.loads(str(file["history"]))
            state = [file[f"arr_{i}"] for i in range(len(file.files) - 1)]
    except Exception as error:
        raise ValueError(f"{path} cannot be resumed ({in_words(error)}); delete it to start anew") from error
    if not isinstance(record, dict) or any(not np.isfinite(a).all() for a in state if a.dtype.kind == "f"):
        raise ValueError(f"{path} cannot be resumed (it holds no history, or numbers that are not finite); delete it "
                         "to start anew")
    put_state(model, state)
    return History(**{f.name: record[f.name] for f in fields(History) if f.name in record})
