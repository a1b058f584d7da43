"""Which of several notebooks in one submission counts: the newest that was attempted."""
import re

MOMENT = 60  # seconds: files that were written closer together were unpacked together, and their times say nothing


def choose(found, release):
    """The notebook that counts, of all that answer one release, and notes on it.

    found: (path, notebook, ...) of each. Those in which nothing was done are left out while there are others. Then the
    one that was changed last counts; where the times are alike, as after unpacking, "final" in a name, else the highest
    number in it, tells the newest.
    """
    if len(found) == 1:
        return found[0], []
    done = [one for one in found if attempted(one[1], release)]
    why = "the newest that was attempted" if len(done) > 1 else "the only one that was attempted"
    if not done:
        done, why = found, "none was attempted"
    latest = max(one[0].stat().st_mtime for one in done)
    best = max((one for one in done if one[0].stat().st_mtime >= latest - MOMENT), key=lambda one: _version(one[0]))
    others = ", ".join(one[0].name for one in found if one is not best)
    return best, [f"{len(found)} copies of one notebook: {best[0].name} counts, {why}; left out: {others}"]


def attempted(book, release):
    """How many code cells of a notebook are not as they were given out."""
    given = {cell.source.strip() for cell in release.cells}
    return sum(cell.cell_type == "code" and cell.source.strip() not in given | {""} for cell in book.cells)


def _version(path):
    """What sorts the names of copies by age: "final", then their numbers as numbers."""
    name = path.stem.lower()
    return "final" in name, [int(number) for number in re.findall(r"\d{1,18}", name)], str(path)
