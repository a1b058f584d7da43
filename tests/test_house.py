"""The plan of the house, held: rooms and floors, length of files, one list of dependencies, no address of a machine."""
import ast
import importlib
import inspect
import io
import re
import subprocess
import tokenize
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = (
    {"profile", "claims", "show", "compiled", "faults", "values", "cluster"},
    {"provenance", "audio"},
    {"media", "cast"},
    {"faces", "degradation", "checkpoints"},
    {"blending", "models", "data"},
    {"metrics", "forensics"},
    {"attacks"},
    {"training", "forgeries"},
    {"pipelines"},
    {"arena"},
    {"experiments"},
    {"recipes"},
    {"widgets", "exercises", "grading", "publishing", "checks"},
    {"commands"},
    {"cli"},
)
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
LONGEST = 300
SOURCES = sorted((ROOT / "course_lib").rglob("*.py"))


def room_of(path):
    first = path.relative_to(ROOT / "course_lib").parts[0]
    return "cli" if first == "__main__.py" else first.removesuffix(".py")


def rooms_used(source, package):
    """The rooms of course_lib that a module's text imports, wherever in it; package: the dotted name it lies in."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join(base + ([node.module] if node.module else []))
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "course_lib" and len(parts) > 1 and not parts[1].startswith("__"):
                yield parts[1]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_knows_only_the_rooms_below(path):
    room = room_of(path)
    if room == "__init__":
        assert list(rooms_used(path.read_text(encoding="utf-8"), "course_lib")) == ["compiled"]
        return
    assert room in FLOOR, f"{room} is not a room of the house; the table of rooms is in this test"
    package = ".".join(path.relative_to(ROOT).parent.parts)
    for used in rooms_used(path.read_text(encoding="utf-8"), package):
        assert used == room or FLOOR[used] < FLOOR[room], f"{room} (floor {FLOOR[room]}) imports {used}"


@pytest.mark.parametrize(("source", "package", "used"), [
    ("import course_lib.models.blocks", "course_lib.cast", ["models"]),
    ("from course_lib import cast, faces", "course_lib", ["cast", "faces"]),
    ("from . import profile", "course_lib", ["profile"]),
    ("from .frames import Frames", "course_lib.cast", ["cast"]),
    ("from ..models.blocks import x", "course_lib.cast", ["models"]),
    ("def f():\n    from ..training import fit", "course_lib.cast", ["training"]),
    ("from course_lib import __version__\nimport numpy", "course_lib", []),
])
def test_imports_are_read_in_every_form(source, package, used):
    assert list(rooms_used(source, package)) == used


def remarks(source):
    """(line, text) of every comment and docstring of a module's text."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
            text = node.body[0].value
            yield from enumerate(text.value.split("\n"), text.lineno)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_does_not_speak_of_the_rooms_above(path):
    room = room_of(path)
    if room == "__init__":
        return
    above = [other for other, floor in FLOOR.items() if floor > FLOOR[room]]
    name = re.compile(rf"(?<![\w./])(?:course_lib[./])?({'|'.join(above) or 'nothing above'})(?:\.[a-z_]\w+|/\w+\.py)")
    spoken = [f"line {line}: {match[0]}" for line, text in remarks(path.read_text(encoding="utf-8"))
              for match in name.finditer(text)]
    assert not spoken, f"{room} (floor {FLOOR[room]}) names what is built on it: {'; '.join(spoken)}"


def test_files_are_read_in_one_sitting():
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    lengths = {p.relative_to(ROOT): len(p.read_text(encoding="utf-8").splitlines()) for p in files}
    assert {p: n for p, n in lengths.items() if n > LONGEST} == {}


@pytest.mark.parametrize("room", [p.parent.name for p in SOURCES if p.match("course_lib/*/__init__.py")])
def test_what_a_room_offers_is_explained(room):
    package = importlib.import_module(f"course_lib.{room}")
    offered = [getattr(package, name) for name in getattr(package, "__all__", [])]
    bare = [o.__name__ for o in offered if inspect.isroutine(o) or inspect.isclass(o) if not inspect.getdoc(o)]
    assert not bare, f"course_lib.{room} offers {', '.join(bare)} without a docstring"


def tracked():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout, so there is no list of files")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_nothing_names_a_machine_or_a_registry():
    odd = re.compile(r"(?<![\w./])/(?:work|farm|root|home/[a-z]+)/|--(?:extra-)?index-" + "url|--find-" + "links")
    found = []
    for path in tracked():
        if path.suffix in (".keras", ".npz", ".png", ".jpg", ".ico", ".webm"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if odd.search(line) and path != Path(__file__).resolve():
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert not found, "\n".join(found)


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


EXTRAS = {"c2pa", "cluster", "voices"}  # optional: installed by `make extras` from a lock of their own


def everything(listed):
    extras = {name: wanted for name, wanted in listed["optional-dependencies"].items() if name not in EXTRAS}
    return sorted(listed["dependencies"] + sum(extras.values(), []))


def only_extras(listed):
    return sorted(sum((listed["optional-dependencies"][name] for name in EXTRAS), []))


@pytest.mark.parametrize(("lock", "chosen"), [("requirements.lock", everything), ("extras.lock", only_extras)])
def test_the_lock_pins_with_hashes_and_nothing_else(lock, chosen):
    pins, hashed = {}, True
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if re.match(r"\s*#|\s*$", line):
            continue
        if match := re.match(r"([a-z0-9._-]+)==(\S+)(?: ; .+?)? \\$", line):
            assert hashed, f"the pin before {line!r} has no hash"
            pins[match[1]], hashed = match[2], False
        else:
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?", line), f"neither a pin nor a hash: {line!r}"
            hashed = True
    from packaging.requirements import Requirement

    for wanted in map(Requirement, chosen(project())):
        assert pins.get(wanted.name) in wanted.specifier, f"{wanted}, locked {pins.get(wanted.name)}: run `make lock`"


def test_the_group_that_is_locked_holds_all_extras():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    assert groups == {"extras": only_extras(project())}


def test_conda_builds_the_same_environment():
    import yaml

    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    assert sorted(next(d["pip"] for d in conda if isinstance(d, dict))) == everything(project())
    assert f"python{project()['requires-python']}" in conda


def test_the_readme_and_ci_name_only_targets_that_exist():
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.* ## ", make, re.M))
    phony = set(re.search(r"^\.PHONY: (.+)$", make, re.M)[1].split())
    assert targets == phony, "every target says in make help what it is for"
    for name in ("README.md", ".ci/run"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "make test" in text and "apt-get install --yes chromium" in text
        assert set(re.findall(r"\bmake ([a-z]+)\b(?=[`\s\"]*(?:$|[`\[]|[A-Z]+=))", text, re.M)) <= targets


def test_the_test_that_takes_the_readme_s_screenshot_is_there():
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    ((file, name),) = re.findall(r"(tests/\S+\.py)::(\w+)", make)
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_grades_are_not_among_what_clean_deletes():
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    deleted = re.search(r"^clean:.*\n\trm -rf (.+)$", make, re.M)[1].split()
    grades = re.search(r"^OUT = (\w+)$", make, re.M)[1]
    assert "build" in deleted and grades not in deleted and "$(OUT)" not in deleted
    assert f"/{grades}/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert set(re.findall(r"\$\((\w+)\)", " ".join(deleted))) == {"VENV"}


@pytest.mark.parametrize("page", ["README.md", "INSTRUCTOR.md", "CONTRIBUTING.md", "datasets/README.md",
                                  "CHANGELOG.md", "docs/hub.md", "docs/scale.md"])
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (ROOT / page).parent.joinpath(link).exists()] == []


def test_version_and_licence_are_said_once_and_alike():
    import course_lib

    assert project()["version"] == course_lib.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {course_lib.__version__}\n" in citation and f"license: {project()['license']}\n" in citation
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
