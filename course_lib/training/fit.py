"""The training loop of the course: a budget, a preview, checkpoints, and interrupts that lose nothing. Lesson 02."""
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from tqdm import tqdm

from course_lib import profile
from course_lib.training.prefetch import Prefetcher

from .guards import deferred_interrupts
from .history import History, copy_state, load_run, put_state, save_run
from .preview import Screen
from .trainer import as_trainer

SNAPSHOT_SECONDS = 3.0  # how often the last good state is copied
LARGEST = 16  # in an array of images; beyond it they are in 0 to 255


def fit(model, batches, seconds=None, steps=None, *, learning_rate=None, preview=None, validation=None,
        validate_every=10.0, validations=None, stop=None, checkpoint=None, save_every=60.0, resume=False, quiet=False):
    """Trains a compiled model until its budget of time or steps is used up.

    An interrupt (the stop button, Ctrl+C) keeps what was learned, says so and returns; a second one also skips the last
    validation. A loss that is not finite stops the run and restores the last good weights. Where the checkpoint cannot
    be written, a warning says so once and training goes on.

    Args:
        model: a compiled keras.Model (jit_compile=False for convolutions on a CPU), or another trainer.Trainer.
        batches: yields (x, y); read ahead in a thread.
        seconds, steps: the budget: wall-clock time, number of steps, or both; resumed parts count.
        learning_rate: function of the fraction of the budget used, 0 to 1 (see cosine).
        preview: model -> image f32 [H, W, 3]; shown in a notebook, at most once a second.
        validation: model -> dict of numbers, stored in the history.
        validate_every: seconds between validations; the last is at the end.
        validations: instead, their number, evenly over the budget: with steps= after the same steps on every machine.
        stop: function of the History, called after each validation; True ends the run ("early" in history.stopped).
        checkpoint: a file, written every save_every seconds and at the end.
        save_every: seconds between two checkpoints.
        resume: continues from the checkpoint if there is one.
        quiet: prints nothing.
    Returns:
        History.
    Raises:
        ValueError: when there is no budget or an empty one, the model is not compiled, the batches run out at once, or
            images in them have values in 0 to 255.
    Lesson 02.
    """
    if seconds is None and steps is None:
        raise ValueError("fit needs a budget: give seconds=, steps= or both")
    for name, value in (("seconds", seconds), ("steps", steps)):
        if value is not None and not value > 0:
            raise ValueError(f"fit needs a budget above 0, got {name}={value}")
    trainer = as_trainer(model)
    history = History()
    if resume and checkpoint and Path(checkpoint).is_file():
        history = load_run(checkpoint, trainer)
        history.stopped = "done"
    loop = _Loop(model, trainer, history, seconds, steps, quiet)
    screen = Screen()
    jobs = [_Every(1.0, lambda: screen.show(preview(model)))] if preview and screen.notebook else []
    if validation:
        look = lambda: loop.validate(validation)  # noqa: E731
        jobs.append(_Evenly(validations, loop.used, look) if validations else _Every(validate_every, look))
    jobs += [_Every(save_every, lambda: loop.save(checkpoint))] if checkpoint else []
    with Prefetcher(batches) as source, loop:
        try:
            while loop.used() < 1 and not loop.enough(stop):
                if learning_rate is not None:
                    trainer.learning_rate = learning_rate(loop.used())
                if not loop.step(source):
                    break
                for job in jobs:
                    job()
        except KeyboardInterrupt:
            history.stopped = "interrupted"
            loop.say(f"Stopped by you after {len(history.steps)} steps; what was learned so far is kept.")
        history.seconds = loop.seconds()
        try:
            if preview and screen.notebook:
                screen.show(preview(model))
            if validation and history.steps and (not history.validation or history.validation[-1]["step"] < loop.at):
                loop.validate(validation)
        except KeyboardInterrupt:  # a second one, or one too many at the end: the training is done all the same
            loop.say("The last validation was left out.")
    if checkpoint:
        with deferred_interrupts():
            loop.save(checkpoint)
    return history


def cosine(peak, last=0.03, warm=0.02):
    """Cosine schedule with warm-up: the learning rate rises to peak, then falls along a cosine to last * peak.

    Args:
        peak: the highest learning rate.
        last: the final one, as a fraction of peak.
        warm: fraction of the budget for warm-up.
    Returns:
        Function of the fraction of the budget used.
    References:
        Loshchilov & Hutter 2017, SGDR, equation 5.
    Lesson 02.
    """

    def learning_rate(used):
        fall = min(max((used - warm) / (1 - warm), 0), 1)
        return peak * min(1.0, (used + 1e-3) / warm) * (last + (1 - last) * 0.5 * (1 + np.cos(np.pi * fall)))

    return learning_rate


class _Loop:
    """One run: counters, clocks, the last good state, and messages."""

    def __init__(self, model, trainer, history, budget, most, quiet):
        self.model, self.trainer = model, trainer
        self.history, self.budget, self.most, self.quiet = history, budget, most, quiet
        self.before = history.seconds
        self.at = self.first = history.steps[-1] if history.steps else 0
        self.started = time.monotonic()
        self.good = copy_state(trainer)
        self.next_good, self.disk_refused = 0.0, False

    def __enter__(self):
        if not self.quiet:
            left = f"{self.budget - self.before:.0f} s" if self.budget else f"{self.most - self.at} steps"
            going = f", going on from step {self.at}" if self.at else ""
            seed = profile.current().seed
            print(f"Training on {profile.device()}, seed {seed}, for {left}{going}. Interrupt to stop early: "
                  "what was learned is kept.")
        self.bar = tqdm(total=100, disable=self.quiet, file=sys.stdout, mininterval=0.5, ncols=100,
                        bar_format="{l_bar}{bar}|{postfix}")
        return self

    def __exit__(self, *_):
        self.bar.close()

    def seconds(self):
        return self.before + time.monotonic() - self.started

    def used(self):
        """The fraction of the budget that is used, 0 to 1 and over."""
        parts = [self.seconds() / self.budget if self.budget else 0.0, self.at / self.most if self.most else 0.0]
        return max(parts)

    def step(self, source):
        """One step; False when the run must end."""
        asked = time.monotonic()
        batch = next(source, None)
        self.history.waited += time.monotonic() - asked
        if batch is None:
            if self.history.steps:
                self.say("The batches ran out.")
                return False
            raise ValueError("the batches gave nothing: fit needs an iterable of (x, y) that does not end at once")
        _check_range(batch, self.at + 1)
        loss = self.trainer.step(batch)
        self.at += 1
        if not np.isfinite(loss):
            put_state(self.trainer, self.good)
            self.history.stopped, self.history.bad_batch = "nan", self.at
            self.say(f"Stopped: the loss of batch {self.at} is {loss}. The weights from before it are back. Look at "
                     "that batch (values outside 0 to 1, an empty mask?) or lower the learning rate.")
            return False
        h, now = self.history, self.seconds()
        h.losses.append(loss)
        h.steps.append(self.at)
        h.times.append(now)
        h.seconds = now
        self.keep_good()
        self.tell()
        return True

    def keep_good(self):
        """Copies the state every few seconds (less often where that takes long), unless it is already broken."""
        if time.monotonic() < self.next_good:
            return
        began = time.monotonic()
        state = copy_state(self.trainer)
        if all(np.isfinite(a).all() for a in state if a.dtype.kind == "f"):
            self.good = state
        self.next_good = time.monotonic() + max(SNAPSHOT_SECONDS, 50 * (time.monotonic() - began))

    def tell(self):
        if self.quiet:
            return
        loss = np.mean(self.history.losses[-50:])
        speed = (self.at - self.first) / (self.seconds() - self.before)
        left = min(self.budget - self.seconds() if self.budget else np.inf,
                   (self.most - self.at) / speed if self.most else np.inf)
        self.bar.set_postfix_str(f"loss {loss:.4f} · {speed:.1f} steps/s · {max(left, 0):.0f} s left", refresh=False)
        self.bar.update(100 * min(self.used(), 1.0) - self.bar.n)

    def say(self, text):
        if not self.quiet:
            tqdm.write(text, file=sys.stdout)

    def validate(self, validation):
        numbers = validation(self.model)
        self.history.validation.append({"step": self.at, "time": self.seconds(), **numbers})

    def enough(self, stop):
        """Whether the caller, asked once after each validation, wants no more."""
        h = self.history
        if stop is None or not h.validation or h.validation[-1]["step"] != self.at or not stop(h):
            return False
        h.stopped = "early"
        self.say(f"Stopped early, after {self.at} steps: validation has stopped improving.")
        return True

    def save(self, checkpoint):
        try:
            save_run(checkpoint, self.trainer, self.history)
        except OSError as error:
            if not self.disk_refused:
                warnings.warn(f"the checkpoint {checkpoint} could not be written ({error.strerror or error}); training "
                              "goes on without. Free some disk, or give another path", stacklevel=3)
            self.disk_refused = True


def _check_range(batch, number):
    """Images, the arrays with four axes, are in [0, 1]. Noise and features stay far below the limit, 0 to 255 does not.

    Training on 0 to 255 does not fail; it only learns next to nothing, which is hard to see."""
    for part in batch:
        if isinstance(part, (list, tuple)):
            _check_range(part, number)
        elif isinstance(part, np.ndarray) and part.ndim == 4 and part.size and part.max() > LARGEST:
            raise ValueError(f"batch {number} has images {part.shape} with values up to {part.max():.4g}; expected "
                             "[0, 1]: divide 0 to 255 by 255")


class _Evenly:
    """Does a job `count` times, each time another part of the budget is used up."""

    def __init__(self, count, used, job):
        self.count, self.used, self.job, self.part = count, used, job, int(used() * count)

    def __call__(self):
        if int(self.used() * self.count + 1e-9) > self.part:
            self.part = int(self.used() * self.count + 1e-9)
            self.job()


class _Every:
    """Does a job when at least `seconds` have passed since it last did, and 20 times as long as the job takes."""

    def __init__(self, seconds, job):
        self.seconds, self.job, self.due = seconds, job, time.monotonic() + seconds

    def __call__(self):
        began = time.monotonic()
        if began >= self.due:
            self.job()
            now = time.monotonic()
            self.due = now + max(self.seconds, 20 * (now - began))
