"""Lesson 00 in a real browser: the studio appears, a slider is moved, the picture changes."""
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

LESSON = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-extensions"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a free port with a copy of the lesson that holds its set-up and the studio alone."""
    home = tmp_path_factory.mktemp("lab")
    book = nbformat.read(LESSON, as_version=4)
    wanted = ("from course_lib.profile", "from course_lib import cast", "from IPython.display import Image", "Studio()")
    cells = [c for c in book.cells if c.cell_type == "code" and c.source.startswith(wanted)]
    assert len(cells) == 4, "the cells of lesson 00 that open the studio were not found"
    book.cells = [cells[0], *cells[2:]]
    book.cells[1].source = "from course_lib.widgets.studio import Studio"
    nbformat.write(book, home / "studio.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = "course"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
               f"--IdentityProvider.token={token}", "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={home}",
               "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    folders = {n: str(home / n.lower())
               for n in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR")}
    path = os.pathsep.join(filter(None, [str(LESSON.parents[1]), os.environ.get("PYTHONPATH")]))
    environment = os.environ | folders | {"COURSE_PROFILE": "ci", "PYTHONPATH": path}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/api?token={token}", server)
        yield f"http://127.0.0.1:{port}/doc/tree/studio.ipynb?token={token}"
    finally:
        server.terminate()
        server.wait(20)


def _wait(url, server):
    for _ in range(120):
        assert server.poll() is None, "JupyterLab did not start"
        try:
            return urllib.request.urlopen(url, timeout=2).read()
        except OSError:
            time.sleep(0.5)
    raise AssertionError("JupyterLab did not answer within a minute")


@pytest.fixture(scope="module")
def page():
    if CHROMIUM is None:
        pytest.skip("no Chromium was found: install one to test the widgets in a browser")
    sync = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser.new_page(viewport={"width": 1400, "height": 1000})
        browser.close()


def test_moving_a_slider_changes_the_picture(page, lab):
    page.goto(lab, wait_until="domcontentloaded")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    page.get_by_text("| Idle").first.wait_for(timeout=60_000)  # the kernel stands; before, JupyterLab asks which one
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    picture = page.locator(".widget-image").first
    picture.wait_for(timeout=60_000)
    drawn = "() => document.querySelector('.widget-image')?.naturalWidth > 100"
    page.wait_for_function(drawn, timeout=120_000)
    page.get_by_role("tab", name="pose").or_(page.locator(".lm-TabBar-tabLabel", has_text="pose")).first.click()
    before = picture.get_attribute("src")
    readout = page.locator(".widget-slider:visible .widget-readout").first
    readout.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("0.8")
    page.keyboard.press("Enter")
    page.wait_for_function("s => document.querySelector('.widget-image').src !== s", arg=before, timeout=60_000)
    assert picture.get_attribute("src") != before
