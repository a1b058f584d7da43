"""From a student's file to a notebook that is safe to run: found without following links, check cells restored."""
import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import nbformat

LARGEST = 5 << 20  # bytes of one notebook; the exercises have about ten thousand
MOST_FILES = 500  # in one student's folder
CHECK = re.compile(r'check\("([\w.]+)"')
BEFORE = """def _renew_the_check():
    import os, sys
    os.environ.update(COURSE_STRICT="1", COURSE_SEED="{seed}")
    for name in [n for n in sys.modules if n.startswith("course_lib.exercises")]:
        del sys.modules[name]
_renew_the_check()
from course_lib.exercises import check"""
AFTER = "from course_lib.exercises.guard import still_check\nstill_"


class Refused(Exception):
    """A submission, or a part of it, that is not run; the message says why."""


@dataclass(frozen=True)
class Exercise:
    """One exercise in a restored notebook.

    Args:
        name, points: as "01.umeyama", and what a right answer is worth.
        cells: numbers (from 0, as nbval counts) of three cells that must pass; the message of the second counts.
        doubt: why the answer can hardly be right, known without running it, or ''.
    """

    name: str
    points: int
    cells: tuple[int, int, int]
    doubt: str = ""


def find(folder):
    """List the submissions in a folder: a notebook or a folder of notebooks each; hidden entries are left out.

    Args:
        folder: of a class.
    Returns:
        A dict, name -> Path, or Refused for links, devices and other files; sorted by name.
    Raises:
        ValueError: when it is not a folder.
    """
    if not Path(folder).is_dir():
        raise ValueError(f"{folder} is not a folder; expected one with a notebook, or a folder of them, per student")
    submitted = {}
    with os.scandir(folder) as entries:
        for entry in sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name):
            if entry.is_symlink():
                submitted[entry.name] = Refused("a link: hand in the file itself")
            elif entry.is_dir(follow_symlinks=False) or entry.name.endswith(".ipynb"):
                submitted[entry.name] = Path(entry.path)
            else:
                submitted[entry.name] = Refused("neither a notebook (.ipynb) nor a folder; was it to be unpacked?")
    return submitted


def notebooks(path):
    """List the notebooks of one submission.

    Args:
        path: Path of the notebook or the folder.
    Returns:
        (list of Path, notes on what was left out).
    Raises:
        Refused: when there is none, or too many files.
    """
    if not path.is_dir():
        return [path], []
    paths, notes, seen = [], [], 0
    for folder, folders, files in os.walk(path, followlinks=False):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in [*folders, *sorted(files)]:
            seen += 1
            if seen > MOST_FILES:
                raise Refused(f"more than {MOST_FILES} files in the folder")
            whole = Path(folder, name)
            if whole.is_symlink():
                notes.append(f"{whole.relative_to(path)}: a link, left out")
            elif name.endswith(".ipynb") and name in files and not name.startswith("."):
                paths.append(whole)
        folders[:] = [f for f in folders if not Path(folder, f).is_symlink()]
    if not paths:
        raise Refused("there is no notebook in the folder" + "".join(f"; {note}" for note in notes))
    return paths, notes


def read(path, notes=None):
    """Read a notebook from a file that nobody vouches for.

    Args:
        path: of the file.
        notes: list to which what was odd about it is added.
    Returns:
        nbformat notebook.
    Raises:
        Refused: when it is anything but a plain file with a notebook.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Refused("not a plain file")
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise Refused(f"cannot be read ({error.strerror}); links are not followed") from None
    if len(raw) > LARGEST:
        raise Refused(f"larger than {LARGEST >> 20} MB; clear its outputs")
    try:
        return _parsed(json.loads(raw.decode(json.detect_encoding(raw))), [] if notes is None else notes)  # or with BOM
    except RecursionError:
        raise Refused("not a notebook that can be read: it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Refused(f"not a notebook that can be read: it is cut off or no JSON, see line {error.lineno}") from None
    except UnicodeDecodeError:
        raise Refused("not a notebook that can be read: it is not text in UTF-8") from None
    except Exception as error:  # whatever the parser meets in a file made to break it
        raise Refused(f"not a notebook that can be read: a wrong cell ({str(error)[:200]})") from None


def _parsed(raw, notes):
    """The notebook of a JSON value. Each cell gets an id of its own, and metadata, before nbformat could object."""
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise ValueError("it names no version of the format")
    if raw["nbformat"] != 4:
        return nbformat.reads(json.dumps(raw), as_version=4)
    seen, lost, twice = set(), 0, set()
    for number, cell in enumerate(raw["cells"]):
        name = cell.get("id")
        lost += not isinstance(name, str) and raw.get("nbformat_minor", 0) >= 5
        if not isinstance(name, str) or name in seen:
            twice |= {name} & seen if isinstance(name, str) else set()
            cell["id"] = f"unnamed-{number}"
        seen.add(cell["id"])
        cell["metadata"] = cell["metadata"] if isinstance(cell.get("metadata"), dict) else {}
    if lost:
        notes.append(f"{lost} of its cells have lost their ids; they were found by their other marks")
    if twice:
        notes.append(f"several cells have the id {', '.join(sorted(twice)[:5])}; the first was taken for the given one")
    book = nbformat.v4.reads_json(json.dumps(raw | {"metadata": {}, "nbformat_minor": 5}))
    if not all(isinstance(cell.source, str) and isinstance(cell.cell_type, str) for cell in book.cells):
        raise TypeError("a cell without text")
    return book


def _grade_id(cell):
    marks = cell.metadata.get("nbgrader", {}) if isinstance(cell.get("metadata"), dict) else {}
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return name if isinstance(name, str) else None


def _keys(cell):
    """What a cell is known by, the surest first: its grade id, its id, its text."""
    name, number = _grade_id(cell), cell.get("id")
    return [*([("grade", name)] if name else []), *([("id", number)] if isinstance(number, str) else []),
            ("text", cell.source.strip())]


def _defines(source):
    return {name for name in re.findall(r"^(?:def|class) +(\w+)|^(\w+) *=", source, re.M) for name in name if name}


def releases(folder):
    """Read the exercise notebooks as they were given out.

    Args:
        folder: of the exercises.
    Returns:
        A dict, stem -> notebook.
    Raises:
        ValueError: when there are none.
    """
    books = {path.stem: nbformat.read(path, as_version=4) for path in sorted(Path(folder).glob("*.ipynb"))}
    if not books:
        raise ValueError(f"no exercise notebooks in {folder}; `make exercises` makes them")
    return books


def belongs_to(book, released, notes=None):
    """Find the release that a notebook answers: by nbgrader's marks, else by the cells' ids, else by the checks' texts.

    Args:
        book: notebook of a student.
        released: dict, stem -> notebook.
        notes: list to which it is added that nbgrader's marks were lost.
    Returns:
        The stem.
    Raises:
        Refused: when it has none of the cells.
    """
    for mark, how in (("grade", ""), ("id", "ids"), ("text", "text")):
        keys = {key for cell in book.cells for key in _keys(cell) if key[0] == mark}
        shared = {}
        for stem, other in released.items():
            cells = [cell for cell in other.cells if _grade_id(cell) and (mark != "text" or _is_check(cell))]
            shared[stem] = len(keys & {key for cell in cells for key in _keys(cell)})
        best = max(shared, key=shared.get)
        if shared[best]:
            if how and notes is not None:
                notes.append(f"its cells have lost nbgrader's marks and were found by their {how}")
            return best
    raise Refused("has none of the exercises' cells; hand in the exercise notebook that was given out")


def _is_check(cell):
    marks = cell.metadata.get("nbgrader", {})
    return marks.get("grade") and not marks.get("solution")


def of_a_check(source):
    """Test whether a cell of a restored notebook is one of the three of a check.

    Args:
        source: of the cell.
    Returns:
        bool.
    """
    return bool(CHECK.match(source)) or source.startswith((BEFORE[:30], AFTER[:30]))


def restore(book, release, seed):
    """Restore the release, with the student's answers and further cells, as the notebook to be run.

    Cells are matched by grade id, else cell id, else text. Set-up, text and checks are the release's, in its order; an
    answer is the student's: of several copies the first that was changed, where all are gone a further cell that
    defines the same. Further cells keep their places; outputs and metadata are dropped. Around each check stand two
    cells: one makes it fresh, strict and seeded, and one proves that it still refuses a corrupted answer.

    Args:
        book, release: the notebook of a student, and as it was given out.
        seed: of the checks' inputs.
    Returns:
        (notebook, list of Exercise).
    """
    known = {key: number for number, cell in reversed([*enumerate(release.cells)]) for key in _keys(cell)}
    answers, further, behind, met, text = {}, {}, -1, set(), set()
    for cell in book.cells:
        number = next((known[key] for key in _keys(cell) if key in known), None)
        given = None if number is None else release.cells[number]
        answer, same = given is not None and _is_answer(given), given is not None and cell.source == given.source
        if answer and cell.cell_type != "code":
            text.add(number)
        if answer and cell.cell_type == "code" and not same and number not in answers:
            answers[number] = cell.source
        elif given is None or not same and (answer or number in met):
            further.setdefault(behind if number is None else number, []).append(cell)
        if given is not None:
            behind = number
            met.add(number)
    for number, given in enumerate(release.cells):
        if _is_answer(given) and number not in answers and (number not in met or number in text):
            _adopt(number, _defines(given.source), answers, further)
    cells, exercises, code, doubt = [], [], 0, ""

    def add(source, kind="code"):
        nonlocal code
        make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        cells.append(make(source, id=f"cell-{len(cells)}"))
        code += kind == "code"
        return code - 1

    for number in range(-1, len(release.cells)):
        if number >= 0:
            cell = release.cells[number]
            if _is_check(cell):
                steps = (add(BEFORE.format(seed=int(seed))), add(cell.source), add(AFTER + cell.source))
                name, points = CHECK.match(cell.source)[1], cell.metadata["nbgrader"]["points"]
                exercises.append(Exercise(name, points, steps, doubt))
                doubt = ""
            else:
                if number in text and number not in answers:
                    doubt = "the answer's cell is no longer code: change it back and hand it in again"
                add(answers.get(number, cell.source), cell.cell_type)
        for cell in further.get(number, []):
            add(cell.source, cell.cell_type)
    return nbformat.v4.new_notebook(cells=cells, metadata=dict(release.metadata)), exercises


def _is_answer(cell):
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def _adopt(number, names, answers, further):
    """Takes a further cell that defines `names` for the answer, whose own cell is not there."""
    for behind, cells in further.items():
        for cell in cells:
            if cell.cell_type == "code" and names and names <= _defines(cell.source):
                answers[number] = cell.source
                further[behind] = [other for other in cells if other is not cell]
                return
