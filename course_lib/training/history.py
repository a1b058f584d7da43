"""What a training run leaves behind: its losses, and the file from which it can go on. Lesson 02."""
import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from itertools import islice
from pathlib import Path

import numpy as np

from course_lib.faults import in_words

from .trainer import as_trainer


@dataclass
class History:
    """The record of a training run, in plain lists that a lesson can plot.

    Args:
        losses, steps, times: loss of each step, its number from 1, seconds of training when it ended.
        validation: a list of {"step", "time", and what the validation function returned}.
        seconds: training time in all, resumed parts included.
        waited: seconds spent waiting for batches.
        stopped: "done", "interrupted", "early" or "nan".
        bad_batch: the step whose loss was not finite, or None.
    Lesson 02.
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
        """Moving average of the losses, for plots.

        Args:
            window: how many losses each value averages.
        Returns:
            f64 [steps].
        """
        losses = np.asarray(self.losses, float)
        sums = np.cumsum(np.r_[0.0, losses])
        ends = np.arange(1, len(losses) + 1)
        starts = np.maximum(ends - window, 0)
        return (sums[ends] - sums[starts]) / (ends - starts)


def copy_state(model):
    """Copies the weights of a model and the state of its optimizer.

    Args:
        model: a compiled keras.Model or another Trainer.
    Returns:
        A list of arrays.
    Lesson 02.
    """
    return [np.array(v) for v in as_trainer(model).variables]


def put_state(model, state):
    """Restores what copy_state returned.

    Args:
        model: a compiled keras.Model or another Trainer.
        state: a list of arrays.
    Raises:
        ValueError: when the state is of another model.
    Lesson 02.
    """
    variables = as_trainer(model).variables
    given, wanted = [tuple(s.shape) for s in state], [tuple(v.shape) for v in variables]
    if given != wanted:
        raise ValueError(f"this training state has {len(given)} arrays, the model and its optimizer {len(wanted)}, or "
                         "their shapes differ: build the model as it was when the state was saved")
    for variable, value in zip(variables, state, strict=True):
        variable.assign(value)


def save_run(path, model, history):
    """Writes weights, optimizer state and history into one .npz; a kill half-way leaves the earlier file.

    A failed write leaves no partial file. Two processes that save under one name do not mix.

    Args:
        path: of the file.
        model: a compiled keras.Model.
        history: its History.
    Raises:
        OSError: when the file cannot be written.
    Lesson 02.
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
    """Restores a run that save_run wrote; nothing in the file is ever executed.

    Args:
        path: of the file.
        model: the model as it was built for that run.
    Returns:
        Its History.
    Raises:
        ValueError: when the file is damaged or of another model.
    Lesson 02.
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


def rest_of(batches, path, model):
    """The batches that a stopped run has not seen: resumed, it learns from those that an unbroken run would have had.

    Args:
        batches: iterable, in the run's order from its beginning.
        path: Path of the run's file, which need not exist; its state goes into the model.
        model: the model as it was built for that run.
    Returns:
        Iterator.
    Raises:
        ValueError: as load_run.
    Lesson 07.
    """
    return islice(batches, len(load_run(path, model).steps) if path.is_file() else 0, None)
