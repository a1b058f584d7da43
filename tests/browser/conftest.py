"""One JupyterLab and one Chromium for the tests of a file."""
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

from course_lib import media
from course_lib.checks import find_chromium
from course_lib.faces import warp
from course_lib.widgets import page as pages
from tests.media import making

ROOT = Path(__file__).parents[2]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-extensions"]
TOKEN = "course"
SETTINGS = '{"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}'  # every cell stands on the page


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Chromium, driven by Playwright, with a camera before which a portrait moves a little."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium was found: the README's line installs one, COURSE_CHROMIUM names one elsewhere")
    sync = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
    photo = media.grace_hopper()
    seen = [warp(photo, [[0.5, 0, k - 40.0], [0, 0.5, -10.0]], 240) for k in range(4)]
    film = making.film(tmp_path_factory.mktemp("camera") / "portrait.y4m", seen, "rawvideo", 15, "yuv4mpegpipe")
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
              f"--use-file-for-fake-video-capture={film}"]
    with sync.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=[*QUIET, *camera])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The folder that JupyterLab shows."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def lab(browser, home):
    """JupyterLab over a copy of the lessons, with a page of all widgets: the address of a notebook, given its name."""
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    nbformat.write(pages.page(pages.views()), home / "notebooks" / "widgets.ipynb")
    settings = home / "config" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
               f"--IdentityProvider.token={TOKEN}", "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={home}",
               "--LabApp.expose_app_in_browser=True", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    folders = {n: str(home / n.lower())
               for n in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR")}
    search = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    config = os.pathsep.join([str(home / "config"), str(ROOT / ".jupyter")])
    environment = os.environ | folders | {"COURSE_PROFILE": "ci", "PYTHONPATH": search, "JUPYTER_CONFIG_PATH": config}
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        answers(f"{address}/api?token={TOKEN}", server, home / "log")
        yield lambda name: f"{address}/doc/tree/notebooks/{name}?token={TOKEN}&reset"
    finally:
        server.terminate()
        server.wait(30)


def answers(url, server, log):
    """Waits until a server answers at an address; any answer will do."""
    for _ in range(240):
        assert server.poll() is None, f"the server did not start: {log.read_text()[-2000:]}"
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except urllib.error.HTTPError:
            return None
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"the server did not answer within two minutes: {log.read_text()[-2000:]}")
