"""The training monitor: the log of a GAN, entry by entry, and a switch to train on. Lesson 04.

`render(State(...))` gives the picture as the bytes of a PNG and needs no notebook; `TrainingMonitor(...)` puts it
behind a scrubber, and lets a GANTrainer train on and stop.
"""
import asyncio
import threading
from dataclasses import dataclass

import ipywidgets as w
import matplotlib
import numpy as np
from matplotlib.ticker import MaxNLocator, NullLocator

from course_lib import profile, show
from course_lib.data.portraits import portraits
from course_lib.models import gan
from course_lib.show import decode_sheet
from course_lib.training.gan_trainer import noise_batches, train_gan
from course_lib.training.portrait_gan import new_trainer

from .view import View, slider

BURST = 3.0  # seconds of training between two entries, where it is counted in seconds; stopping waits for its end
BURST_STEPS = 10  # and where it is counted in steps
LINES = {"discriminator": ("blue", "-"), "generator": ("red", "--")}  # the same colour and dash in every panel


@dataclass(frozen=True)
class State:
    """What the monitor shows.

    Args:
        log: a History's validation as train_gan leaves it, a list of dicts.
        at: the entry whose samples and histograms are shown, 0 to len - 1.
    Raises:
        ValueError: for an empty log or an entry outside it.
    """

    log: tuple | list
    at: int = 0

    def __post_init__(self):
        if not self.log:
            raise ValueError("there is no log to show: train first, train_gan(...).validation is the log")
        if not 0 <= self.at < len(self.log):
            raise ValueError(f"at={self.at}: expected an entry from 0 to {len(self.log) - 1}")


def render(state):
    """The monitor's picture: samples above; losses, gradient norms and the discriminator's scores below.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG; the same for the same state.
    """
    entry, sheet = state.log[state.at], decode_sheet(state.log[state.at].get("sample"))
    tall = 9.0 * sheet.shape[0] / sheet.shape[1] if sheet is not None else 0.0
    with matplotlib.rc_context():
        show.use_style()
        figure = show.Picture(figsize=(9.0, tall + 3.0))

        def axes(x, y, width, height):
            return figure.add_axes((x / 9, 1 - (y + height) / (tall + 3), width / 9, height / (tall + 3)))

        when = f"step {entry['step']}, {entry['time']:.0f} s"
        figure.text(0.01, 1 - 0.06 / (tall + 3), f"Generator and discriminator at {when}", size=12.5,
                    weight="bold", va="top")
        if sheet is not None:
            picture = axes(0, 0.35, 9, tall)
            picture.imshow(sheet, aspect="auto")
            picture.axis("off")
        top = tall + 0.65
        _lines(axes(0.5, top, 2.4, 1.75), state, "", "losses")
        _lines(axes(3.5, top, 2.4, 1.75), state, "_norm", "gradient norms")
        _scores(axes(6.5, top, 2.4, 1.75), entry)
        return figure.png(100)


def _lines(ax, state, ending, title):
    steps = [m["step"] for m in state.log]
    for name, (colour, dash) in LINES.items():
        values = [np.nan if m.get(name + ending) is None else m[name + ending] for m in state.log]
        ax.plot(steps, values, color=show.PALETTE[colour], linestyle=dash, label=name, linewidth=1.8,
                marker="o" if len(steps) < 3 else None)
    ax.axvline(steps[state.at], color=show.GREY, linewidth=1)
    ax.set_title(title, loc="left")
    ax.set_xlabel("step", labelpad=1)
    ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    if ending:
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_locator(NullLocator())
    ax.legend(fontsize=8, handlelength=2.2)


def _scores(ax, entry):
    values = np.array([*entry["real"], *entry["fake"]], float)
    values = values if values.size else np.zeros(1)
    bins = np.linspace(values.min() - 0.1, values.max() + 0.1, 17)
    for name, hatch, colour in (("real", "", "green"), ("fake", "///", "orange")):
        ax.stairs(np.histogram(entry[name], bins)[0], bins, fill=True, facecolor=show.PALETTE[colour], alpha=0.6,
                  hatch=hatch, edgecolor=show.INK, linewidth=0.5, label=name)
    ax.axvline(0, color=show.INK, linewidth=1)
    ax.set_title("the discriminator's scores", loc="left")
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.set_xlabel("below 0: called fake", labelpad=1)
    ax.legend(fontsize=8)


class TrainingMonitor(View):
    """The view: `scrubber`, `go` and `stop`, `image`; `entries`, the log, grows while `trainer` learns.

    A press on `go` trains in the background; `stop` ends it within three seconds or ten steps; `go` again goes on
    where it stood. `learn(seconds)` and `learn(steps=...)` do the same and wait.

    Args:
        trainer: a training.gan_trainer.GANTrainer.
        batches: as for train_gan.
        samples: the inputs whose images are shown.
        log: what there is already (a History's validation).
        seconds, steps: how long one press on `go` trains; steps if they are given.
    Lesson 04.
    """

    alt = "samples, losses, gradient norms and the discriminator's scores at the chosen entry of the log"

    def __init__(self, trainer, batches, samples, log=(), seconds=30.0, steps=None):
        self.trainer, self.batches, self.samples = trainer, iter(batches), samples
        self.budget = {"seconds": seconds} if steps is None else {"steps": steps}
        self.entries, self.asked, self.thread = [dict(m) for m in log], threading.Event(), None
        self.scrubber = slider("moment", 0, 0, 0, 1, "entry of the log that is shown", layout=w.Layout(width="430px"))
        self.go = w.Button(description=f"train {seconds:.0f} s more" if steps is None else f"train {steps} steps more",
                           button_style="primary")
        self.stop = w.Button(description="stop", disabled=True)
        self.go.on_click(lambda _: self._start())
        self.stop.on_click(lambda _: self.asked.set())
        super().__init__(render, {"moment": self.scrubber}, width=864)
        self._last()

    @classmethod
    def example(cls):
        """The monitor of a short run on the cast.

        Returns:
            A TrainingMonitor.
        """
        rng = np.random.default_rng(0)
        batches = noise_batches(portraits(250).images, gan.LATENT, rng)
        view = cls(new_trainer(), batches, rng.standard_normal((16, gan.LATENT), np.float32))
        view.learn(**profile.current().budget(ci_steps=10, fraction=0.1))
        return view

    def arrange(self):
        """The parts of the view, from top to bottom.

        Returns:
            A list of widgets.
        """
        return [self.image, w.HBox([self.scrubber, self.go, self.stop]), self.status]

    def state(self):
        """What the scrubber describes.

        Returns:
            A State.
        """
        return State(self.entries, self.scrubber.value)

    def refresh(self):
        """Draws the picture of the present state, once there is an entry to show."""
        if self.entries:
            super().refresh()

    def learn(self, seconds=None, steps=None, quiet=True, shown=lambda do: do()):
        """Trains, with an entry of the log every three seconds or ten steps, until the budget is used up or stop is
        pressed.

        Args:
            seconds, steps: the budget, one of the two.
            quiet: prints nothing.
            shown: what calls the functions that change the view.
        """
        self.asked.clear()
        kind, left, burst = ("seconds", seconds, BURST) if steps is None else ("steps", steps, BURST_STEPS)
        while left > 0 and not self.asked.is_set():
            history = train_gan(self.trainer, self.batches, **{kind: min(burst, left)}, samples=self.samples,
                                every=1e9, quiet=quiet, preview=False)
            before = self.entries[-1] if self.entries else {"step": 0, "time": 0.0}
            self.entries += [entry | {name: before[name] + entry[name] for name in ("step", "time")}
                             for entry in history.validation]
            shown(self._last)
            left -= burst
            if history.stopped == "nan":
                shown(lambda: self._say("Stopped: a number was not finite. The last good weights were restored."))
                return
        ending = "Stopped; the weights are kept." if self.asked.is_set() else "Done."
        shown(lambda: self._say(f"{ending} Drag the scrubber to go back in time."))

    def _start(self):
        if self.thread is None or not self.thread.is_alive():
            try:  # the view is changed in the kernel's own thread alone
                shown = asyncio.get_running_loop().call_soon_threadsafe
            except RuntimeError:
                shown = lambda do: do()  # noqa: E731
            self.go.disabled, self.stop.disabled, self.status.value = True, False, "training ..."
            self.thread = threading.Thread(target=self._learn_behind, args=[shown], daemon=True)
            self.thread.start()

    def _learn_behind(self, shown):
        try:
            self.learn(**self.budget, shown=shown)
        except Exception as error:  # in a thread nobody would hear it
            shown(lambda error=error: self.fail(error, "Stopped."))
        finally:
            shown(self._rest)

    def _rest(self):
        self.go.disabled, self.stop.disabled = False, True

    def _say(self, text):
        self.status.value = text

    def _last(self):
        if self.entries:
            self.scrubber.max = len(self.entries) - 1
            self.scrubber.value = self.scrubber.max
        self.refresh()
