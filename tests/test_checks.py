"""Each check says what is wrong and what to do."""
import pytest

from course_lib import checkpoints, checks
from course_lib.commands.checkpoints import state


@pytest.mark.parametrize(("package", "version", "says"), [
    ("ipykernel", "7.1", "ipykernel is 7.1, not <7,>=6.29 (7 runs widget callbacks on another thread"),
    ("keras", "3.14.1", "keras is 3.14.1, not >=3.15 (models and losses; older versions cannot load the weights"),
    ("av", "17.1.0", "av is 17.1.0, not >=18 (video in and out"),
])
def test_a_package_outside_its_bounds_is_named_with_the_reason(monkeypatch, package, version, says):
    real = checks.importlib.metadata.version
    monkeypatch.setattr(checks.importlib.metadata, "version", lambda name: version if name == package else real(name))
    severity, text = checks.check_packages()
    assert severity == checks.NEED and says in text


@pytest.mark.parametrize(("free_gib", "fails"), [(1.5, True), (20, False)])
def test_a_full_disk_fails(tmp_path, monkeypatch, free_gib, fails):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    usage = type("Usage", (), {"free": free_gib * checks.GIB})
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: usage)
    assert (checks.check_disk()[0] == checks.NEED) == fails


def test_a_damaged_checkpoint_fails_the_check(tmp_path, monkeypatch):
    entry = checkpoints.Checkpoint("mine", "model.keras", 3, "0" * 64, "about", "licence")
    monkeypatch.setattr(checkpoints, "DATASETS", tmp_path)
    monkeypatch.setattr(checkpoints, "list_checkpoints", lambda: [entry])
    assert "is not at" in checks.check_checkpoints()[1]
    entry.path.parent.mkdir(parents=True)
    entry.path.write_bytes(b"abc")
    severity, text = checks.check_checkpoints()
    assert severity == checks.NEED and "sha256" in text
    assert state(entry) == "damaged"


def test_chromium_can_be_named(tmp_path, monkeypatch):
    browser = tmp_path / "browser"
    monkeypatch.setenv("COURSE_CHROMIUM", str(browser))
    assert checks.find_chromium() is None
    browser.touch()
    assert checks.find_chromium() == str(browser)


@pytest.mark.parametrize("fault", [None, "absent", "damaged", "of an older renderer"])
def test_a_renderer_that_is_not_compiled_is_a_wish(monkeypatch, fault):
    monkeypatch.setattr(checks.compiled, "fault", lambda: fault)
    severity, text = checks.check_renderer()
    assert severity == (fault and checks.WISH)
    assert fault is None or (fault in text and "course compile" in text)
