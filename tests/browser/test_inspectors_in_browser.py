"""The page of widgets without code, as `make inspectors` serves it: drawn, answering, asking no other machine."""
import socket
from urllib.parse import urlsplit

import nbformat

from course_lib.widgets import page as pages
from course_lib.widgets.loss_explorer import LossExplorer

from . import driving
from .conftest import answers


def test_a_widget_answers_on_a_page_without_code(browser, tmp_path):
    nbformat.write(pages.page([LossExplorer]), tmp_path / "page.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (tmp_path / "log").open("w") as log:
        server = pages.serve(tmp_path / "page.ipynb", port, browser=False, stdout=log, stderr=log)
    width, height = driving.SIZES["laptop"]
    page, asked = browser.new_page(viewport={"width": width, "height": height}), set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).hostname))
    try:
        answers(f"http://127.0.0.1:{port}/static/", server, tmp_path / "log")
        page.goto(f"http://127.0.0.1:{port}", wait_until="domcontentloaded", timeout=driving.RUN)
        page.wait_for_function("() => document.querySelector('.widget-image')?.naturalWidth > 10", timeout=driving.RUN)
        view = page.locator(".jupyter-widgets:has(img.widget-image)").first
        told = page.inner_text("body")
        assert "LossExplorer.example" not in told and "The loss explorer" in told
        adversarial = view.locator(".widget-slider", has_text="adversarial").get_by_role("slider")
        assert any(driving.moved(page, view, lambda key=key: adversarial.press(key)) for key in ("Home", "End"))
        assert asked - {None, ""} == {"127.0.0.1"}, "the page asks other machines"
    finally:
        page.close()
        server.terminate()
        server.wait(30)
