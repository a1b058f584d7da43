"""Which of several notebooks in one submission counts: the newest that was attempted."""
import re

MOMENT = 60  # seconds: files that were written closer together were unpacked together, and their times say nothing


def choose(copies, release):
    """Choose the notebook that counts, of all that answer one release.

    Those in which nothing was done are left out while there are others. Then the one that was changed last counts;
    where the times are alike, as after unpacking, "final" in a name, else the highest number in it, tells the newest.

    Args:
        copies: list of (path, notebook, ...).
        release: the notebook as it was given out.
    Returns:
        (element of copies, list of notes).
    """
    if len(copies) == 1:
        return copies[0], []
    done = [one for one in copies if attempted(one[1], release)]
    why = "the newest that was attempted" if len(done) > 1 else "the only one that was attempted"
    if not done:
        done, why = copies, "none was attempted"
    latest = max(one[0].stat().st_mtime for one in done)
    best = max((one for one in done if one[0].stat().st_mtime >= latest - MOMENT), key=lambda one: _version(one[0]))
    others = ", ".join(one[0].name for one in copies if one is not best)
    return best, [f"{len(copies)} copies of one notebook: {best[0].name} counts, {why}; left out: {others}"]


def attempted(book, release):
    """Count the code cells that are not as they were given out.

    Args:
        book: notebook of a student.
        release: the notebook as it was given out.
    Returns:
        int.
    """
    given = {cell.source.strip() for cell in release.cells}
    return sum(cell.cell_type == "code" and cell.source.strip() not in given | {""} for cell in book.cells)


def _version(path):
    """What sorts the names of copies by age: "final", then their numbers as numbers."""
    name = path.stem.lower()
    return "final" in name, [int(number) for number in re.findall(r"\d{1,18}", name)], str(path)
