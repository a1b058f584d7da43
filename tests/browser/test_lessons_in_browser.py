"""JupyterLab in a real browser: the first lesson from top to bottom, and every control of every widget moves a picture.

The cells of the other lessons run as tests of their own (nbval); here their widgets stand on one page, in one kernel.
"""
import pytest

from course_lib.widgets import page as pages

from . import driving

FIRST = "00_start_here"
WIDGETS = [view.__name__ for view in pages.views()]


@pytest.fixture(scope="module")
def opened(browser):
    """A function that opens a notebook, runs all its cells and gives the page; its kernel goes when the tests end."""
    width, height = driving.SIZES["laptop"]
    made = []

    def run(address, name):
        made.append(browser.new_page(viewport={"width": width, "height": height}))
        try:
            driving.run_all(made[-1], address)
        except Exception:
            failed(made[-1], name)
            raise
        return made[-1]

    yield run
    for page in made:
        page.evaluate("() => window.jupyterapp?.serviceManager.sessions.shutdownAll()")  # the kernels' memory
        page.close()


@pytest.fixture(scope="module")
def widgets(opened, lab):
    """The page with every widget, and the widgets on it."""
    page = opened(lab("widgets.ipynb"), "widgets")
    return page, driving.views(page)


def failed(page, name):
    driving.SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=driving.SHOTS / f"{name}_failed.png")


def moves(page, view, name):
    """Takes pictures of a widget, and moves everything in it."""
    driving.shoot(page, view, name)
    try:
        assert driving.move_everything(page, view) == [], "these moves changed no picture"
    except Exception:
        failed(page, name)
        raise


def has_text(page):
    bare = page.locator(".jp-OutputArea-output img:not([alt]):not([title])")
    assert bare.count() == 0, "every figure has a text for those who do not see it"


def test_the_first_lesson_runs_whole_and_its_widget_answers(opened, lab):
    page = opened(lab(f"{FIRST}.ipynb"), FIRST)
    has_text(page)
    (view,) = driving.views(page)
    moves(page, view, f"{FIRST}_1")


def test_every_widget_is_on_the_page(widgets):
    page, found = widgets
    has_text(page)
    assert len(found) == len(WIDGETS)


@pytest.mark.parametrize("name", WIDGETS)
def test_every_control_of_a_widget_moves_its_picture(name, widgets):
    page, found = widgets
    moves(page, found[WIDGETS.index(name)], name)


def test_an_untouched_exercise_says_what_is_to_do(opened, lab):
    said = opened(lab("exercises/02_autoencoder_swap.ipynb"), "exercise").locator(
        ".jp-OutputArea-output").all_inner_texts()
    assert said[0].startswith("profile ci")
    assert len(said) == 5 and all(text.startswith("[ to do ] 02.") for text in said[1:])
