"""The "Your turn" cells of the pages, answered: the right answer is accepted, and a plausible mistake is not.

nbval runs the cells as they stand on the page, unanswered. For a cell that judges an answer of answers.toml,
conftest.py then asks `complaint`, which runs it with the wrong and with the right answer in the same kernel.
"""
import ast
import re
import tomllib
from pathlib import Path

ANSWERS = tomllib.loads(Path(__file__).with_name("answers.toml").read_text(encoding="utf-8"))


def placeholder(source):
    """The statement that a learner replaces.

    Args:
        source: Of a cell.
    Returns:
        ast.Assign of nothing but `...` (in a dictionary: of its values), or of an empty list with the comment "your
        turn"; None if there is none.
    """
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            inside = getattr(node.value, "elts", None) or getattr(node.value, "values", None) or [node.value]
            line = source.split("\n")[node.lineno - 1].lower()
            if all(isinstance(v, ast.Constant) and v.value is ... for v in inside) or "= []  # your turn" in line:
                return node
    return None


def is_turn(source):
    """Whether a cell waits for an answer.

    Args:
        source: Of the cell.
    Returns:
        A bool.
    """
    return "your turn" in source.lower() or placeholder(source) is not None


def filled(source, answer):
    """A cell as a learner leaves it.

    Args:
        source: Of the cell.
        answer: Source text that takes the place of the placeholder, and of a comment behind it.
    Returns:
        Source text.
    """
    node, lines = placeholder(source), source.split("\n")
    return "\n".join([*lines[:node.lineno - 1], answer.strip("\n"), *lines[node.end_lineno:]])


def accepted(text, says=None):
    """Whether a cell takes an answer for right.

    Args:
        text: What it wrote.
        says: A regular expression, for a cell that does not simply say "right".
    Returns:
        A bool.
    """
    if says:
        return re.search(says, text, re.M) is not None
    return bool(re.search(r"\bright\b", text, re.I)) and not re.search(r"\bnot yet\b|\bno:", text, re.I)


def run(kernel, code, timeout):
    """Run code as a cell.

    Args:
        kernel: nbval's RunningKernel.
        code: Source text.
        timeout: In seconds.
    Returns:
        (what it wrote, the error that it raised or None).
    """
    wrote = []

    def collect(message):
        if message["msg_type"] in ("stream", "display_data", "execute_result"):
            content = message["content"]
            wrote.append(content.get("text") or content.get("data", {}).get("text/plain", ""))

    try:
        reply = kernel.kc.execute_interactive(code, store_history=False, allow_stdin=False, stop_on_error=False,
                                              timeout=timeout, output_hook=collect)["content"]
    except TimeoutError:
        kernel.interrupt()
        return "".join(wrote), f"it did not end within {timeout:g} s"
    failed = reply["status"] != "ok"
    return "".join(wrote), f"{reply.get('ename')}: {reply.get('evalue')}" if failed else None


def complaint(judge):
    """What is wrong with a cell that judges an answer.

    Args:
        judge: nbval's IPyNbCell, which has just run.
    Returns:
        A text that names page, cell, answer and output; "" if all is well, or if the cell judges nothing.
    """
    page, here, told = judge.path.stem, judge.cell.get("id"), []
    for cell_id, answer in ANSWERS.get(page, {}).items():
        if answer.get("judge", cell_id) != here:
            continue
        (asks,) = (c.source for c in judge.parent.nb.cells if c.get("id") == cell_id)
        after = "" if cell_id == here else judge.cell.source
        for kind in ("wrong", "right"):
            wrote, error = run(judge.parent.kernel, f"{filled(asks, answer[kind])}\n{after}",
                               judge.config.option.nbval_cell_timeout)
            if error or accepted(wrote, answer.get("says")) != (kind == "right"):
                fault = error or ("it is not accepted" if kind == "right" else "it is accepted")
                told.append(f"{page}, cell {cell_id}, {kind} answer: {fault}\n{answer[kind].strip()}\n"
                            f"The cell wrote:\n{wrote}")
    return "\n".join(told)
