"""Questions and refusals are answered before TensorFlow is imported, and also where it is not installed at all."""
import json
import subprocess
import sys

import pytest

from course_lib import media, provenance

HEAVY = ("tensorflow", "keras", "sklearn", "scipy.stats", "scipy.signal", "matplotlib.pyplot")
# runs commands one after another: for each its exit code, what it said, and which of HEAVY have been imported by then
COMMANDS = f"""
import contextlib, io, json, sys
from course_lib import cli
answers = []
for command in json.loads(sys.argv[1]):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            code = cli.main(command)
        except SystemExit as end:
            code = end.code
    answers.append((code, said.getvalue(), [name for name in {HEAVY} if name in sys.modules]))
print(json.dumps(answers))
"""
# put before other code: there is no TensorFlow, neither to import nor in the list of packages
WITHOUT_TENSORFLOW = """
import importlib.metadata, sys
sys.modules["tensorflow"] = None
known = importlib.metadata.version
def version(name):
    if name == "tensorflow":
        raise importlib.metadata.PackageNotFoundError(name)
    return known(name)
importlib.metadata.version = version
"""


def run(code, *arguments):
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=300)


def answers(commands, before=""):
    done = run(before + COMMANDS, json.dumps(commands))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path):
    """A folder with consent in which nothing is what its name says, and one without consent."""
    for name in ("agreed", "alone"):
        (tmp_path / name).mkdir()
        for file in ("a.mp4", "a.png"):
            (tmp_path / name / file).write_text("no picture")
    consent = provenance.consent.template().replace('""', '"Ada, for a test"')
    (tmp_path / "agreed" / provenance.consent.FILE).write_text(consent)
    return tmp_path


def test_what_is_refused_is_refused_without_tensorflow(folder):
    def swap(name, out="out.mp4", person="kavya"):
        return ["swap", str(folder / name), "--person", person, "-o", str(folder / out)]

    def enhance(name, out):
        return ["enhance", str(folder / name), "-o", str(folder / out)]

    def animate(picture, video, out="out.mp4"):
        return ["animate", str(folder / picture), "--driven-by", str(folder / video), "-o", str(folder / out)]

    expected = {
        "usage: course": ["--help"],
        "usage: course animate": ["animate", "--help"],
        f"no file {folder / 'agreed' / 'none.png'}": animate("agreed/none.png", "agreed/a.mp4"),
        f"{folder / 'alone'} holds no": animate("alone/a.png", "agreed/a.mp4"),
        "alone holds no consent.toml": animate("agreed/a.png", "alone/a.mp4"),
        "ends in '.gif'": animate("agreed/a.png", "agreed/a.mp4", "out.gif"),
        "usage: course swap": ["swap", "--help"],
        "invalid choice: 'fly'": ["fly"],
        "unrecognized arguments: --colour": ["detect", "a.png", "--colour"],
        "--person is 'Nobody'": swap("agreed/a.mp4", person="Nobody"),
        "there is no file": swap("agreed/none.mp4"),
        "holds no consent.toml": swap("alone/a.mp4"),
        "ends in '.txt'": swap("agreed/a.mp4", "out.txt"),
        "agreed/a.mp4 cannot be read": swap("agreed/a.mp4"),
        "none.png": enhance("agreed/none.png", "out.png"),
        f"{folder / 'alone'} holds no consent.toml": enhance("alone/a.png", "out.png"),
        "a.png": enhance("agreed/a.png", "out.png"),
        "agreed/a.mp4": enhance("agreed/a.mp4", "out.mp4"),
        "there is no file none.png": ["detect", "none.png"],
        "no score": ["detect", str(folder / "alone" / "a.mp4")],
        "model is 'resnet'": ["detect", "a.png", "--model", "resnet"],
        "nowhere is not a folder": ["grade", "nowhere"],
        "no recipe builds 'nobody'": ["checkpoints", "build", "nobody"],
        "esrgan_blind": ["checkpoints", "list"],
    }
    for (says, command), (code, said, heavy) in zip(expected.items(), answers(list(expected.values())), strict=True):
        assert says in said, command
        assert bool(code) == ("--help" not in command and "list" not in command), command
        assert heavy == [], command


def test_the_pipelines_wait_with_scipy_until_it_is_needed():
    said = run("import sys; from course_lib import pipelines; print([n for n in sys.modules if n.startswith('scipy')])")
    assert said.stdout.strip() == "[]"


def test_a_lesson_imports_neither_scikit_learn_nor_pyplot_with_keras():
    said = run(f"import course_lib, tensorflow, keras, sys; print([n for n in {HEAVY} if n in sys.modules])\n"
               "import sklearn.base, matplotlib.pyplot; print(keras.wrappers.SKLearnClassifier.__name__)").stdout
    assert said.splitlines() == ["['tensorflow', 'keras']", "SKLearnClassifier"]


def test_without_tensorflow_the_check_says_what_to_do(folder):
    found = answers([["--help"], ["check"], ["detect", str(folder / "none.png")]], WITHOUT_TENSORFLOW)
    (code, said, _), (failed, missing, _), (_, none, _) = found
    assert code == 0 and said.startswith("usage: course") and "there is no file" in none
    assert failed == 1 and missing.count("[FAIL]") == 3  # packages, device, and the line that sums up
    assert "tensorflow>=2.20 is missing" in missing and missing.count("Run `make lab`") == 2


def test_a_command_that_needs_tensorflow_asks_for_it(tmp_path):
    photograph = tmp_path / "a.png"
    media.write_image(photograph, media.grace_hopper(), what="a test", how="this test")
    (code, said, _), = answers([["detect", str(photograph)]], WITHOUT_TENSORFLOW)
    assert code == 1 and "[FAIL]" in said and "tensorflow" in said and "Run `make lab`" in said
