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


class Refused(Exception):
    """A submission, or a part of it, that is not run; the message says why."""


@dataclass(frozen=True)
class Exercise:
    """One exercise in a restored notebook. name: as "01.umeyama". points: what a right answer is worth.

    cells: numbers of the code cells (from 0, as nbval counts) that must all pass for the points: the check is made
    fresh; the restored check; the check refuses a spoiled answer. The second one says what is wrong. doubt: why the
    answer can hardly be right, known without running it, or ''.
    """

    name: str
    points: int
    cells: tuple[int, int, int]
    doubt: str = ""


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


def read(path, notes=None):
    """The notebook in a file that nobody vouches for. notes: a list that takes what was odd about it.

    Raises Refused for anything but a plain file with a notebook.
    """
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
        book = _parsed(json.loads(raw.decode(json.detect_encoding(raw))), [] if notes is None else notes)  # or with BOM
    except RecursionError:
        raise Refused("not a notebook that can be read: it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Refused(f"not a notebook that can be read: it is cut off or no JSON, see line {error.lineno}") from None
    except UnicodeDecodeError:
        raise Refused("not a notebook that can be read: it is not text in UTF-8") from None
    except Exception as error:  # whatever the parser meets in a file made to break it
        raise Refused(f"not a notebook that can be read: its cells are not as they should be ({str(error)[:200]})"
                      ) from None
    return book


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
    raw |= {"metadata": {}, "nbformat_minor": 5}
    book = nbformat.v4.reads_json(json.dumps(raw))
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
    """The exercise notebooks as they were given out, {stem: notebook}. Raises ValueError where there are none."""
    books = {path.stem: nbformat.read(path, as_version=4) for path in sorted(Path(folder).glob("*.ipynb"))}
    if not books:
        raise ValueError(f"no exercise notebooks in {folder}; `make exercises` makes them")
    return books


def belongs_to(book, released, notes=None):
    """The stem of the release that a notebook answers: the one with most of its graded cells, else Refused.

    Where an editor has dropped nbgrader's marks, the cells' ids, or else the texts of checks, tell; notes, a list, is
    told of it.
    """
    for mark, how in (("grade", ""), ("id", "ids"), ("text", "text")):
        mine = {key for cell in book.cells for key in _keys(cell) if key[0] == mark}
        shared = {}
        for stem, other in released.items():
            cells = [cell for cell in other.cells if _grade_id(cell) and (mark != "text" or _is_check(cell))]
            shared[stem] = len(mine & {key for cell in cells for key in _keys(cell)})
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
    """Whether a cell of a restored notebook is one of the three of a check."""
    return bool(CHECK.match(source)) or source.startswith((BEFORE[:30], AFTER[:30]))


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

    Cells are matched by grade id, else by cell id, else by their text. Set-up, text and checks are the release's, in
    its order, whatever became of them; an answer is the student's: of several copies the first that was changed, and
    where all are gone a further cell that defines the same. Further cells stay behind the cell that they stood behind.
    Outputs, tags and other metadata are dropped. Around each check stand two cells of the grader: one makes the check
    fresh, strict and seeded, and one proves that it still refuses a spoiled answer.
    """
    known = {key: number for number, cell in reversed([*enumerate(release.cells)]) for key in _keys(cell)}
    answers, further, behind, met, text = {}, {}, -1, set(), set()
    for cell in book.cells:
        number = next((known[key] for key in _keys(cell) if key in known), None)
        given = None if number is None else release.cells[number]
        mine, same = given is not None and _is_answer(given), given is not None and cell.source == given.source
        if mine and cell.cell_type != "code":
            text.add(number)
        if mine and cell.cell_type == "code" and not same and number not in answers:
            answers[number] = cell.source
        elif given is None or not same and (mine or number in met):
            further.setdefault(behind if number is None else number, []).append(cell)
        if given is not None:
            behind = number
            met.add(number)
    for number, given in enumerate(release.cells):
        if _is_answer(given) and number not in answers and (number not in met or number in text):
            _adopt(number, _defines(given.source), answers, further)
    cells, exercises, code = [], [], 0

    def add(source, kind="code"):
        nonlocal code
        cells.append(_cell(source, len(cells), kind))
        code += kind == "code"
        return code - 1

    doubt = ""
    for number in range(-1, len(release.cells)):
        if number >= 0:
            cell = release.cells[number]
            if _is_check(cell):
                steps = (add(BEFORE.format(seed=int(seed))), add(cell.source), add(AFTER + cell.source))
                points = cell.metadata["nbgrader"]["points"]
                exercises.append(Exercise(CHECK.match(cell.source)[1], points, steps, doubt))
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
