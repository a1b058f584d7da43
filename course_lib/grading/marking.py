"""From pytest's results to points: what each exercise of one notebook earned, and the message to it."""
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

DIED = "The kernel died in this cell."
STOPPED = "stopped"  # the file by which the watch says that no kernel is to be started any more
LONGEST = 1500  # characters of a message


@dataclass
class Answer:
    """The answer to one exercise.

    Args:
        exercise: its name.
        points: earned.
        of: points that can be earned.
        says: the check's message, '' for a right answer.
    """

    exercise: str
    points: int
    of: int
    says: str


def clean(text):
    """Make one line of a text that a submission can influence: no control characters, not too long.

    Args:
        text: str.
    Returns:
        str.
    """
    text = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r"\s+", " ", text).strip()[:LONGEST]


def _message(case, name):
    """The message of a failed test case: the check's, or the last exception's."""
    text = "".join(part.text or part.get("message") or "" for part in case)
    text = re.sub(r"(?:\x1b|#x1B)\[[0-9;]*m", "", text)
    _, separator, tail = text.rpartition(f"\nWrong: {name}: ")
    if not separator:
        _, separator, tail = text.rpartition(f"\nNotAttempted: {name}: ")
    if separator:
        return tail
    errors = [*re.finditer(r"^\w+(?:Error|Exception|Exit|Interrupt): ", text, re.M)]
    return text[errors[-1].start():] if errors else text


def _cases(path):
    """pytest's test cases by name, from its JUnit XML, which may be absent; None where it was cut off."""
    try:
        return {case.get("name"): case for case in ElementTree.parse(path).iter("testcase")} if path.is_file() else {}
    except ElementTree.ParseError:
        return None


def _deaths(cases):
    """Numbers of the code cells in which the kernel died."""
    return [int(name.removeprefix("Cell ")) for name, case in (cases or {}).items()
            if any(DIED in (part.text or "") for part in case)]


def marked(exercises, path, why):
    """Mark one run.

    Args:
        exercises: list of submissions.Exercise.
        path: Path of pytest's JUnit XML.
        why: what stopped the run, or ''.
    Returns:
        (list of Answer, list of notes).
    """
    cases = _cases(path)
    if cases is None:
        cases, why = {}, why or "the results were cut off: the notebook prints too much"
    answers, notes, began, deaths = [], [], 0, _deaths(cases) if not why else []
    for exercise in exercises:
        steps = [cases.get(f"Cell {number}") for number in exercise.cells]
        bad = [s is None or any(part.tag in ("failure", "error", "skipped") for part in s) for s in steps]
        died = [number for number in deaths if began <= number <= exercise.cells[-1]]
        says, began = "", exercise.cells[-1] + 1
        if died:
            where = "the cells of" if died[0] < exercise.cells[0] else "the check of"
            notes.append(f"the kernel died in {where} {exercise.name}; what came after it ran in a new kernel")
        if any(bad):
            first = steps[1] if bad[1] else steps[bad.index(True)]
            says = _message(first, exercise.name) if first is not None else ""
            if died or not says or any(words in says for words in (DIED, "Kernel dead", "Failed to interrupt")):
                says = f"the notebook was stopped before or in this check: {why or 'its kernel died'}"
            says = exercise.doubt or says
        answers.append(Answer(exercise.name, 0 if any(bad) else exercise.points, exercise.points, clean(says)))
    return answers, notes
