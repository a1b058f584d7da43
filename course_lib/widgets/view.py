"""What every widget shares: a thin view around a pure `render(state) -> bytes`. Lesson 00.

    class Explorer(View):
        alt, strip = "a face", ("age", (-2.0, 0.0, 2.0))       # the alternative text; shown where no kernel is

        def __init__(self, model):
            self.model = model
            super().__init__(render, {"age": slider("age", 0.0, -3, 3, 0.1, "older to the right")})

        def state(self):
            return State(self.model, **self.values())

A control that moves asks for a picture and does not wait for it: while one is drawn or waited for, further moves cost
nothing, and the newest state is drawn. All of it happens in the kernel's own thread.
"""
import asyncio
import html
import io
import os
import time
import traceback

import ipywidgets as w
from PIL import Image
from traitlets import Unicode

from course_lib import show

from .drawing import GREY, Canvas

# ipywidgets gives a slider's handle and the number beside it no name, so that a screen reader says "slider, 3". This
# script names both after the label, once for a page, also in what is drawn later.
NAMES = """(() => {
  if (window.courseNames) return;
  const name = (e, to) => to && e.getAttribute("aria-label") !== to && e.setAttribute("aria-label", to);
  window.courseNames = () => document.querySelectorAll(".widget-slider").forEach(slider => {
    const label = slider.querySelector(".widget-label")?.textContent.trim();
    slider.querySelectorAll("[role=slider]").forEach(handle => name(handle, label));
    slider.querySelectorAll(".widget-readout[contenteditable=true]").forEach(number => {
      number.setAttribute("role", "textbox");
      name(number, label && label + ", value");
    });
  });
  new MutationObserver(window.courseNames).observe(document.body, {childList: true, subtree: true});
  window.courseNames();
})()"""
WAIT = 0.015  # seconds from a move to its picture, in which the kernel reads the other moves that have come in


def slider(name, value, low, high, step, tooltip="", **options):
    """Make a labelled slider.

    Args:
        name: its label.
        value, low, high: its value and range.
        step: an int makes it a slider of whole numbers.
        tooltip: what it does.
        options: further ones of ipywidgets.
    Returns:
        ipywidgets.IntSlider or FloatSlider.
    """
    kind = w.IntSlider if isinstance(step, int) else w.FloatSlider
    return kind(value=value, min=low, max=high, step=step, description=name, description_tooltip=tooltip or name,
                **options)


class _Picture(w.Image):
    """An image whose tooltip is its text for screen readers. ipywidgets 8's has no description, and its view in the
    browser fails on a tooltip without one."""

    description = Unicode("").tag(sync=True)


class View(w.VBox):
    """Controls beside a picture: `controls` by name, `image` the picture, `status` the line below it.

    A subclass defines `state()` and may define `arrange()`, `caption(state)`, `follow(change)` and `example()`. Its
    `alt` is the picture's text for screen readers; its `strip` is (name of a control, its values) for `filmstrip()`,
    without it the first slider's ends and middle.

    Args:
        draw: the pure function render(state) -> bytes of a PNG.
        controls: dict, name -> ipywidget.
        notice: HTML below the picture until the first one is drawn.
        width: of the picture on the page, pixels.
    """

    alt, strip = "", None

    def __init__(self, draw, controls, notice="", width=None):
        self.draw, self.controls, self._timer, self._held = draw, controls, None, False
        size = {} if width is None else {"width": f"{width}px"}
        self.image = _Picture(format="png", tooltip=self.alt or type(self).__name__,
                              layout=w.Layout(border="1px solid #6e7781", max_width="100%", **size))
        self.status = w.HTML(notice)
        super().__init__(self.arrange())
        for control in controls.values():
            control.observe(self._moved, "value")

    @classmethod
    def example(cls):
        """Make one that needs nothing: for the page of all widgets, the benchmark and the tests.

        Returns:
            A View.
        """
        return cls()

    def arrange(self):
        """Lay out controls and picture.

        Returns:
            List of ipywidgets.
        """
        return [w.HBox([w.VBox([self.image, self.status]), w.VBox(list(self.controls.values()))])]

    def values(self):
        """Read all controls.

        Returns:
            A dict, name -> value.
        """
        return {name: control.value for name, control in self.controls.items()}

    def state(self):
        """Read the controls as what `draw` takes; a subclass defines it."""
        raise NotImplementedError

    def caption(self, state):
        """Write what stands below the picture before the time.

        Args:
            state: what `state()` returned.
        Returns:
            HTML.
        """
        return ""

    def follow(self, change):
        """Move other controls after one, before a picture is asked for.

        Args:
            change: what ipywidgets gives to observers.
        """

    def _moved(self, change):
        if self._held:
            return
        self._held = True
        try:
            self.follow(change)
        finally:
            self._held = False
        self.ask()

    def ask(self):
        """Have the newest state drawn soon, once however often it is asked; at once where no kernel's loop runs."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.refresh()
            return
        if self._timer is None:
            self._timer = loop.call_later(WAIT, self.refresh)

    def refresh(self):
        """Draw the present state now. An error is shown below the last good picture."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        start = time.perf_counter()
        try:
            state = self.state()
            self.image.value = self.draw(state)
            self.status.value = f"{self.caption(state)}drawn in {1000 * (time.perf_counter() - start):.0f} ms"
        except Exception as error:  # raised in a callback, it would end in a log that nobody reads
            self.fail(error)

    def fail(self, error, what="Not drawn; the picture is the last one that could be drawn."):
        """Show an error below the picture, with its traceback behind a click.

        Args:
            error: the exception.
            what: what happened.
        """
        message = html.escape(f"{type(error).__name__}: {error}")
        where = html.escape("".join(traceback.format_exception(error)[-6:]))
        self.status.value = (f'<div role="alert" class="view-error"><b>{what}</b> {message}'
                           f"<details><summary>where</summary><pre>{where}</pre></details></div>")

    def filmstrip(self):
        """Draw a few states side by side, for pages without a kernel.

        Returns:
            The bytes of a PNG.
        """
        name, values = self.strip or _ends(self.controls)
        control, states = self.controls[name], []
        before, self._held = control.value, True
        try:
            for value in values:
                control.value = value
                states.append(self.state())
        finally:
            control.value, self._held = before, False
        return filmstrip(self.draw, states, [f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
                                             for value in values])

    def _ipython_display_(self):
        from IPython.display import display

        if os.environ.get("COURSE_STATIC"):  # nobody can move anything: a book, slides
            display(show.Png(self.filmstrip(), self.alt))
            return
        display({"application/javascript": NAMES}, raw=True)
        display(self._repr_mimebundle_(), raw=True)  # first the controls and the notice, then a slow first picture
        self.refresh()


def _ends(controls):
    for name, control in controls.items():
        if hasattr(control, "min"):
            middle = (control.min + control.max) / 2
            return name, (control.min, type(control.value)(middle), control.max)
    raise ValueError(f"none of {', '.join(controls)} is a slider; give the class its strip = (control's name, values)")


def filmstrip(draw, states, titles):
    """Draw states side by side, each under its title.

    Args:
        draw: function render(state) -> bytes of a PNG.
        states, titles: lists of one length.
    Returns:
        The bytes of a PNG.
    """
    pictures = [Image.open(io.BytesIO(draw(state))).convert("RGB") for state in states]
    height = max(p.height for p in pictures)
    page = Canvas(sum(p.width for p in pictures) + 12 * (len(pictures) - 1), height + 24)
    x = 0
    for picture, title in zip(pictures, titles, strict=True):
        page.text((x + 2, 4), title, 14, GREY, bold=True)
        page.image.paste(picture, (x, 24))
        x += picture.width + 12
    return page.png()
