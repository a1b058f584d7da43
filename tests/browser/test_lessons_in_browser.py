"""JupyterLab in a real browser: the first lesson from top to bottom, and every control of every widget moves a picture.

The cells of the other lessons run as tests of their own (nbval); here their widgets stand on one page, in one kernel.
"""
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course_lib import provenance
from course_lib.pipelines import footage
from course_lib.widgets import page as pages

from . import driving

FIRST = "00_start_here"
RECORDING = "from course_lib.widgets.recording_box import RecordingBox\n\nRecordingBox('recordings')"
WIDGETS = [view.__name__ for view in pages.views()]


@pytest.fixture(scope="module")
def opened(browser, lab):
    """A function that opens a notebook, runs all its cells and gives the page; its kernel goes when the tests end."""
    width, height = driving.SIZES["laptop"]
    made = []

    def run(name):
        made.append(browser.new_page(viewport={"width": width, "height": height}))
        try:
            driving.run_all(made[-1], lab(f"{name}.ipynb"))
        except Exception:
            failed(made[-1], Path(name).stem)
            raise
        return made[-1]

    yield run
    for page in made:
        page.evaluate("() => window.jupyterapp?.serviceManager.sessions.shutdownAll()")  # the kernels' memory
        page.close()


@pytest.fixture(scope="module")
def widgets(opened):
    """The page with every widget, and the widgets on it."""
    page = opened("widgets")
    return page, driving.views(page)


def failed(page, name):
    driving.SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=driving.SHOTS / f"{name}_failed.png")


def has_text(page):
    bare = page.locator(".jp-OutputArea-output img:not([alt]):not([title])")
    assert bare.count() == 0, "every figure has a text for those who do not see it"


def test_the_first_lesson_runs_whole_and_its_widget_answers(opened):
    page = opened(FIRST)
    has_text(page)
    (view,) = driving.views(page)
    driving.shoot(page, view, f"{FIRST}_1")
    age = view.get_by_role("slider").nth(1)  # the first is the seed, which only a random person has
    assert any(driving.moved(page, view, lambda key=key: age.press(key)) for key in ("End", "Home"))


def test_every_widget_is_on_the_page(widgets):
    page, found = widgets
    has_text(page)
    assert len(found) == len(WIDGETS)


@pytest.mark.parametrize("name", WIDGETS)
def test_every_control_of_a_widget_moves_its_picture(name, widgets):
    page, found = widgets
    view = found[WIDGETS.index(name)]
    try:
        assert driving.move_everything(page, view) == [], "these moves changed no picture"
    except Exception:
        failed(page, name)
        raise


def test_screen_readers_are_told_what_the_widgets_are(widgets):
    pytest.importorskip("axe_playwright_python", reason="axe-core comes with the test packages: `make setup`")
    page, _ = widgets
    assert driving.violations(page, ".jp-OutputArea-output > .jupyter-widgets") == []


@pytest.mark.parametrize("name", WIDGETS)
def test_the_keyboard_reaches_every_control_and_each_slider_has_a_name(name, widgets):
    page, found = widgets
    view = found[WIDGETS.index(name)]
    assert driving.unreached(page, view) == 0
    for handle in view.get_by_role("slider").all():
        label = handle.get_attribute("aria-label")
        assert label and label in view.inner_text(), "the name is the label that others see"


def test_an_untouched_exercise_says_what_is_to_do(opened):
    said = opened("exercises/02_autoencoder_swap").locator(".jp-OutputArea-output").all_inner_texts()
    assert said[0].startswith("profile ci")
    assert len(said) == 6 and all(text.startswith("[ to do ] 02.") for text in said[1:])


def test_a_recording_in_jupyterlab_becomes_a_video_with_its_consent(opened, home):
    notebook = new_notebook(cells=[new_code_cell(RECORDING)], metadata=pages.METADATA)
    nbformat.write(notebook, home / "notebooks" / "recording.ipynb")
    page = opened("recording")
    page.set_default_timeout(driving.STEP)
    (view,) = driving.views(page)
    power, record, stop = (view.get_by_role("button", name=name, exact=True)
                           for name in ("turn the camera on", "record", "stop"))
    power.click()
    view.get_by_text("Fill in the consent first").wait_for()
    assert record.is_disabled(), "the camera sees, but nothing is recorded without consent"
    view.get_by_label("subject").fill("Rear Admiral")
    view.get_by_label("purpose").fill("a test of the recorder")
    view.get_by_role("checkbox").check()
    record.click()  # waits until the kernel has allowed it
    view.get_by_text("Recording: 3 of at most").wait_for()
    stop.click()
    view.get_by_text("Handed over").wait_for()
    view.get_by_text("stored: ").wait_for()
    driving.sound(view)
    (folder,) = (home / "notebooks" / "recordings").iterdir()
    assert folder.name == "rear_admiral"
    assert sorted(path.name for path in folder.iterdir()) == ["consent.toml", "recording.webm"]
    consent = provenance.consent.require(folder)
    assert (consent.subject, consent.purpose) == ("Rear Admiral", "a test of the recorder")
    person = footage.collect(folder / "recording.webm")
    assert len(person.train) and len(person.report.faces) >= 8 and person.consent == consent
