"""From a student's file to a notebook that is safe to run: found without following links, check cells restored."""
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import nbformat

LARGEST = 5 << 20  # bytes of one notebook; the exercises have about ten thousand
MOST_FILES = 500  # in one student's folder
CHECK = re.compile(r'check\("([\w.]+)"')


class Refused(Exception):
    """A submission, or a part of it, that is not run; the message says why."""


@dataclass(frozen=True)
class Exercise:
    """One exercise in a restored notebook. name: as "01.umeyama". points: what a right answer is worth.

    cells: numbers of the code cells (from 0, as nbval counts) that must all pass for the points: the check is made
    fresh; the restored check; the check refuses a spoiled answer. The second one says what is wrong.
    """

    name: str
    points: int
    cells: tuple[int, int, int]


def find(folder):
    """The submissions in a folder, sorted by name: {name: path or Refused}, a notebook or a folder of them each.

    Hidden entries are left out. Links, devices and other files are refused, one by one. Raises ValueError for a folder
    that is none.
    """
    if not Path(folder).is_dir():
        raise ValueError(f"{folder} is not a folder; expected one with a notebook, or a folder of them, per student")
    found = {}
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                found[entry.name] = Refused("a link: hand in the file itself")
            elif entry.is_dir(follow_symlinks=False) or entry.name.endswith(".ipynb"):
                found[entry.name] = Path(entry.path)
            else:
                found[entry.name] = Refused("neither a notebook (.ipynb) nor a folder; was it to be unpacked?")
    return found


def notebooks(path):
    """The notebooks of one submission: (paths, notes on what was left out). Raises Refused if odd."""
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


def read(path):
    """The notebook in a file that nobody vouches for. Raises Refused for anything but a plain file with a notebook."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            kind = os.fstat(file.fileno())
            if not stat.S_ISREG(kind.st_mode):
                raise Refused("not a plain file")
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise Refused(f"cannot be read ({error.strerror}); links are not followed") from None
    if len(raw) > LARGEST:
        raise Refused(f"larger than {LARGEST >> 20} MB; clear its outputs")
    try:
        book = nbformat.reads(raw.decode("utf-8"), as_version=4)
        for cell in book.cells:
            if not isinstance(cell.source, str) or not isinstance(cell.cell_type, str):
                raise TypeError("a cell without text")
    except Exception as error:  # whatever the parser meets in a file made to break it; also RecursionError
        raise Refused(f"not a notebook that can be read ({type(error).__name__}: {str(error)[:200]})") from None
    return book


def _grade_id(cell):
    marks = cell.metadata.get("nbgrader", {}) if isinstance(cell.get("metadata"), dict) else {}
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return name if isinstance(name, str) else None


def _keys(cell):
    """What a cell is known by, the surest first: its grade id, then its id."""
    name, number = _grade_id(cell), cell.get("id")
    return [*([("grade", name)] if name else []), *([("id", number)] if isinstance(number, str) else [])]


def releases(folder):
    """The exercise notebooks as they were given out, {stem: notebook}. Raises ValueError where there are none."""
    books = {path.stem: nbformat.read(path, as_version=4) for path in sorted(Path(folder).glob("*.ipynb"))}
    if not books:
        raise ValueError(f"no exercise notebooks in {folder}; `make exercises` makes them")
    return books


def belongs_to(book, released):
    """The stem of the release that a notebook answers: the one with most of its graded cells, else Refused."""
    marks = {_grade_id(cell) for cell in book.cells} - {None}
    shared = {stem: len(marks & {_grade_id(c) for c in other.cells}) for stem, other in released.items()}
    best = max(shared, key=shared.get)
    if not shared[best]:
        raise Refused("has none of the exercises' cells; hand in the exercise notebook that was given out")
    return best


def _cell(source, number, kind="code"):
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    return make(source, id=f"cell-{number}")


BEFORE = """def _renew_the_check():
    import os
    import sys
    os.environ.update(COURSE_STRICT="1", COURSE_SEED="{seed}")
    for name in [n for n in sys.modules if n.startswith("course_lib.exercises")]:
        del sys.modules[name]
_renew_the_check()
from course_lib.exercises import check"""
AFTER = "from course_lib.exercises.guard import still_check\nstill_"


def restore(book, release, seed):
    """The notebook to be run: the release, with the student's answers and further cells. -> (notebook, [Exercise]).

    Cells are matched by grade id, else by cell id. Set-up, text and checks are the release's, in its order, whatever
    became of them; an answer is the student's. Further cells stay behind the cell that they stood behind. Outputs,
    tags and other metadata are dropped. Around each check stand two cells of the grader: one makes the check fresh,
    strict and seeded, and one proves that it still refuses a spoiled answer.
    """
    known = {key: number for number, cell in enumerate(release.cells) for key in _keys(cell)}
    answers, further, behind = {}, {}, -1
    for cell in book.cells:
        number = next((known[key] for key in _keys(cell) if key in known), None)
        mine = number is not None and release.cells[number].metadata.get("nbgrader", {}).get("solution")
        if mine and number not in answers and cell.cell_type == "code":
            answers[number] = cell.source
        elif number is None or mine:
            further.setdefault(behind, []).append(cell)
        behind = behind if number is None else number
    cells, exercises, code = [], [], 0

    def add(source, kind="code"):
        nonlocal code
        cells.append(_cell(source, len(cells), kind))
        code += kind == "code"
        return code - 1

    for number in range(-1, len(release.cells)):
        if number >= 0:
            cell = release.cells[number]
            marks = cell.metadata.get("nbgrader", {})
            if marks.get("grade") and not marks.get("solution"):
                steps = (add(BEFORE.format(seed=int(seed))), add(cell.source), add(AFTER + cell.source))
                exercises.append(Exercise(CHECK.match(cell.source)[1], marks["points"], steps))
            else:
                add(answers.get(number, cell.source), cell.cell_type)
        for cell in further.get(number, []):
            add(cell.source, cell.cell_type)
    return nbformat.v4.new_notebook(cells=cells, metadata=dict(release.metadata)), exercises
