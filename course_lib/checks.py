"""What a learner's machine needs, one check for each thing. Lesson 00."""
import importlib.metadata
import os
import platform
import re
import shutil
import sys
import tomllib
from pathlib import Path

from . import checkpoints, compiled, profile

ROOT = Path(__file__).resolve().parent.parent
GIB = 1 << 30
NEED, WISH = "[FAIL]", "[ -- ]"  # what stops the course; what it can do without
INSTALL = "Run `make lab`, or `pip install --editable .` in this environment"
SHOWN = ("tensorflow", "keras", "opencv-python-headless", "jupyterlab", "ipykernel")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
BROWSER_PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)


def find_chromium():
    """Find a Chromium, Chrome or Edge; COURSE_CHROMIUM names one.

    Returns:
        Its path, or None.
    Lesson 00.
    """
    named = os.environ.get("COURSE_CHROMIUM")
    candidates = [named] if named else [shutil.which(name) for name in BROWSERS] + list(BROWSER_PATHS)
    return next((path for path in candidates if path and Path(path).is_file()), None)


def check_python():
    """Check that Python is 3.11 to 3.13.

    Returns:
        (severity of the failure or None, what was found or what to do).
    """
    version = platform.python_version()
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        return NEED, f"Python {version}: the course runs on 3.11 to 3.13; install one and run `make clean lab`"
    return None, f"Python {version}"


def check_packages():
    """Check that every package is there, in a version that pyproject.toml allows.

    Returns:
        (severity of the failure or None, what was found or what to do).
    """
    from packaging.requirements import Requirement

    listed, reasons = _listed()
    wrong, versions = [], {}
    for requirement in map(Requirement, listed):
        try:
            versions[requirement.name] = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{requirement} is missing")
        else:
            if versions[requirement.name] not in requirement.specifier:
                wrong.append(f"{requirement.name} is {versions[requirement.name]}, not {requirement.specifier}"
                             + (f" ({reasons[requirement.name]})" if requirement.name in reasons else ""))
    if wrong:
        return NEED, f"packages: {'; '.join(wrong)}. {INSTALL}"
    return None, f"{len(versions)} packages, among them " + ", ".join(f"{name} {versions[name]}" for name in SHOWN)


def _listed():
    """(requirements, {package: why it is needed}), from pyproject.toml, or from the wheel that was installed."""
    file = ROOT / "pyproject.toml"
    if not file.is_file():
        return [line for line in importlib.metadata.requires("deepfake-course") or () if "extra ==" not in line], {}
    text = file.read_text(encoding="utf-8")
    reasons = re.findall(r'^    "([\w-]+)[^"]*", +# (.+)$', text, re.M)  # the comment beside each
    return tomllib.loads(text)["project"]["dependencies"], dict(reasons)


def check_device():
    """Name the device that Keras computes on.

    Returns:
        (severity of the failure or None, what was found or what to do).
    """
    try:
        return None, f"device: {profile.device()}; no GPU is needed"
    except ImportError as error:
        return NEED, f"device: unknown, because Keras cannot be imported ({error}). {INSTALL}"


def check_cores():
    """Check for two processor cores.

    Returns:
        (severity of the failure or None, what was found or what to do).
    """
    cores = profile.cores()
    if cores < 2:
        return WISH, "1 core: the course is timed on 2; expect twice the time"
    return None, f"{cores} cores"


def check_memory():
    """Check for 6 GiB of memory.

    Returns:
        (severity of the failure or None, what was found or what to do).
    """
    import psutil

    size = psutil.virtual_memory().total / GIB
    if size < 5.5:
        return WISH, f"memory: {size:.1f} GiB; 6 GiB are recommended: close other programs while a lesson trains"
    return None, f"memory: {size:.1f} GiB"


def check_disk():
    """Check for 2 GiB of free disk beside the cache.

    Returns:
        (severity of the failure or None, what was found or what to do).
    """
    place = profile.cache_path()
    while not place.is_dir() and place != place.parent:  # check_cache says where it cannot be made
        place = place.parent
    free = shutil.disk_usage(place).free / GIB
    if free < 2:
        return NEED, f"disk: {free:.1f} GiB free where the cache is, 2 are needed: free some space, or set COURSE_CACHE"
    return None, f"disk: {free:.0f} GiB free where the cache is"


def check_bfloat16():
    """Check whether bfloat16 is fast on this machine.

    Returns:
        (severity of the failure or None, what was found or what to do).
    """
    try:
        fast = profile.bfloat16_fast()
    except ImportError:  # check_device says what to do
        return WISH, "bfloat16: unknown, because Keras cannot be imported"
    if fast:
        return None, "bfloat16: supported by this machine; training uses it and is faster"
    return WISH, "bfloat16: not known to be fast here, so training runs in float32; nothing to do"


def check_cache():
    """Name the folder of the cache.

    Returns:
        (severity of the failure or None, what was found or what to do).
    """
    return None, f"cache: {profile.usable_cache()} (COURSE_CACHE moves it)"


def check_renderer():
    """Check that the renderer is compiled ahead.

    Returns:
        (severity of the failure or None, what was found or what to do).
    """
    if fault := compiled.fault():
        return WISH, f"renderer: its compiled programs are {fault}; `course compile` makes first pictures appear sooner"
    return None, "renderer: compiled ahead of time for this machine"


def check_checkpoints():
    """Check that all shipped checkpoints are intact.

    Returns:
        (severity of the failure or None, what was found or what to do).
    """
    shipped = [c for c in checkpoints.list_checkpoints() if not c.url]
    wrong = []
    for entry in shipped:
        try:
            checkpoints.verify(entry.name)
        except checkpoints.CheckpointError as error:
            wrong.append(str(error))
    if wrong:
        return NEED, "checkpoints: " + "; ".join(wrong)
    return None, f"checkpoints: {len(shipped)} shipped, all found and intact"


def check_chromium():
    """Check for a browser for the browser tests.

    Returns:
        (severity of the failure or None, what was found or what to do).
    """
    path = find_chromium()
    if not path:
        return WISH, ("Chromium: none found, so the browser tests are skipped. Any browser shows the lessons; "
                      "set COURSE_CHROMIUM to the path of one that is elsewhere")
    return None, f"Chromium: {path}"


CHECKS = (check_python, check_packages, check_device, check_cores, check_memory, check_disk, check_bfloat16,
          check_cache, check_renderer, check_checkpoints, check_chromium)
