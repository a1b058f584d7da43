"""Every lesson in a real JupyterLab in a real browser: all cells run, every control of every widget moves a picture."""
import pytest

from . import driving

LESSONS = sorted((driving.SHOTS.parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_a_lesson_runs_and_its_widgets_answer(path, browser, lab):
    width, height = driving.SIZES["laptop"]
    page = browser.new_page(viewport={"width": width, "height": height})
    try:
        driving.run_all(page, lab(path.name))
        bare = page.locator(".jp-OutputArea-output img:not([alt]):not([title])")
        assert bare.count() == 0, "every figure has a text for those who do not see it"
        views = driving.views(page)
        assert len(views) == path.read_text(encoding="utf-8").count("course_lib.widgets.")
        for number, view in enumerate(views, 1):
            driving.shoot(page, view, f"{path.stem}_{number}")
            assert driving.move_everything(page, view) == [], "these moves changed no picture"
    except Exception:
        driving.SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=driving.SHOTS / f"{path.stem}_failed.png")
        raise
    finally:
        page.evaluate("() => window.jupyterapp?.serviceManager.sessions.shutdownAll()")  # its kernel's memory
        page.close()


def test_an_untouched_exercise_says_what_is_to_do(browser, lab):
    page = browser.new_page(viewport=dict(zip(("width", "height"), driving.SIZES["laptop"], strict=True)))
    try:
        driving.run_all(page, lab("exercises/02_autoencoder_swap.ipynb"))
        said = page.locator(".jp-OutputArea-output").all_inner_texts()
        assert said[0].startswith("profile ci")
        assert len(said) == 5 and all(text.startswith("[ to do ] 02.") for text in said[1:])
    finally:
        page.evaluate("() => window.jupyterapp?.serviceManager.sessions.shutdownAll()")
        page.close()
