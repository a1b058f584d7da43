"""What every widget has from View: one picture for many moves, errors that are seen, a filmstrip, labels."""
import asyncio
import importlib
import io
import pkgutil
import threading

import ipywidgets as w
import numpy as np
import pytest
from PIL import Image

from course_lib import widgets
from course_lib.widgets import page
from course_lib.widgets.drawing import Canvas
from course_lib.widgets.view import NAMES, View, filmstrip, slider

PARTS = ("camera", "drawing", "page", "view")  # not widgets of their own
MODULES = [m.name for m in pkgutil.iter_modules(widgets.__path__) if m.name not in PARTS]


class Grey(View):
    """A grey whose level is the slider's; a level of 13 cannot be drawn."""

    alt = "a grey"

    def __init__(self):
        self.drawn, self.threads = [], set()
        super().__init__(self.render, {"level": slider("level", 0, 0, 100, 1), "kind": w.Dropdown(options=["a", "b"])},
                         notice="soon")

    def render(self, level):
        self.drawn.append(level)
        self.threads.add(threading.current_thread())
        if level == 13:
            raise ValueError("13 is <unlucky>")
        page = Canvas(40, 30)
        page.box(0, 0, 40, 30, (level,) * 3)
        return page.png()

    def state(self):
        return self.controls["level"].value

    def follow(self, change):
        if change.owner is self.controls["kind"]:
            self.controls["level"].value = 50


def test_many_quick_moves_are_one_picture_of_the_last():
    async def drag():
        view = Grey()
        for level in range(1, 40):
            view.controls["level"].value = level
        assert view.drawn == [] and view.status.value == "soon"  # nobody waited
        await asyncio.sleep(0.2)
        first = list(view.drawn)
        for level in range(40, 60):  # as many messages come in one after the other
            view.controls["level"].value = level
            await asyncio.sleep(0)
        await asyncio.sleep(0.2)
        return first, view

    first, view = asyncio.run(drag())
    assert first == [39] and len(view.drawn) <= 3 and view.drawn[-1] == 59
    assert view.image.value == view.render(59) and view.threads == {threading.main_thread()}


def test_without_a_loop_it_draws_at_once_and_followers_ask_for_nothing_more():
    view = Grey()
    view.controls["level"].value = 7
    view.controls["kind"].value = "b"
    assert view.drawn == [7, 50] and "drawn in" in view.status.value


def test_an_error_is_seen_and_the_next_good_state_takes_it_away():
    view = Grey()
    view.controls["level"].value = 5
    good = view.image.value
    view.controls["level"].value = 13
    assert "view-error" in view.status.value and "13 is &lt;unlucky&gt;" in view.status.value
    assert "in render" in view.status.value and view.image.value == good
    view.controls["level"].value = 6
    assert "view-error" not in view.status.value and view.image.value != good


def test_the_filmstrip_shows_states_side_by_side_and_leaves_the_view_alone():
    view = Grey()
    view.controls["level"].value = 20
    drawn = list(view.drawn)
    strip = np.asarray(Image.open(io.BytesIO(view.filmstrip())))
    assert view.drawn[len(drawn):] == [0, 50, 100] and view.controls["level"].value == 20
    assert strip.shape[0] == 54 and [strip[40, x, 0] for x in (10, 62, 114)] == [0, 50, 100]
    view.strip = ("kind", ("a",))
    assert Image.open(io.BytesIO(view.filmstrip())).size == (40, 54)
    view.controls = {"kind": view.controls["kind"]}
    view.strip = None
    with pytest.raises(ValueError, match="give the class its strip"):
        view.filmstrip()
    with pytest.raises(ValueError):
        filmstrip(view.draw, [1, 2], ["one title"])


def test_a_page_without_a_kernel_gets_the_filmstrip_with_its_text(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda thing, **kind: shown.append(thing))
    monkeypatch.setenv("COURSE_STATIC", "1")
    Grey()._ipython_display_()
    assert 'alt="a grey"' in shown[0]._repr_html_() and "data:image/png" in shown[0]._repr_html_()
    monkeypatch.delenv("COURSE_STATIC")
    Grey()._ipython_display_()
    assert shown[1] == {"application/javascript": NAMES}
    assert "application/vnd.jupyter.widget-view+json" in shown[2]


@pytest.mark.parametrize("name", MODULES)
def test_every_widget_is_a_view_with_a_text_for_its_picture(name):
    module = importlib.import_module(f"course_lib.widgets.{name}")
    (view,) = [x for x in vars(module).values() if isinstance(x, type) and issubclass(x, View) and x is not View]
    assert view.alt and "Lesson" in module.__doc__ and callable(module.render)


@pytest.mark.parametrize("name", MODULES)
def test_nobody_draws_behind_the_views_back(name):
    source = importlib.import_module(f"course_lib.widgets.{name}").__loader__.get_data(
        f"{widgets.__path__[0]}/{name}.py").decode()
    drawing = source.replace("self.upload.observe(", "")  # a file arrives: it draws nothing itself
    assert ".observe(" not in drawing and "image.value" not in drawing


def test_the_page_of_all_widgets_holds_each_of_them_once():
    views = page.views()
    assert [v.__name__ for v in views][0] == "Studio" and len(views) == len(MODULES)
    book = page.page(views)
    code = [c.source for c in book.cells if c.cell_type == "code"]
    assert len(set(code)) == len(views) and all(c.endswith(".example()") for c in code)
    assert book.cells[1].source.startswith("## The cast studio\nOne person")


def test_an_unknown_widget_is_named_with_those_that_are(capsys):
    assert page.main(["Wheel"]) == 1
    assert "Wheel" in capsys.readouterr().out
