"""A lesson opened for a class: large type, tagged code collapsed, and a kernel that has run the page once already.

`make present LESSON=02` starts JupyterLab on a copy of the lesson. What is slow the first time in a kernel (the
renderer's compilation, TensorFlow's graphs) cannot be kept in a file, so the page is run from top to bottom in the very
kernel that the browser then finds; rendered sets go into the usual cache on the way, and what takes long even so
answers from that run (publishing.rehearsed).
"""
import argparse
import json
import re
import sys
import time
import webbrowser
from pathlib import Path

from course_lib.publishing.lab import ROOT, Lab, Outputs
from course_lib.publishing.rehearsed import marked

HIDE = "hide-input"  # the tag of cells whose code is plumbing: collapsed here, left out of the slides
SLOW = 3  # seconds; a class should not wait for more than five, and the machine may be busier then
LINK = re.compile(r"(\]\()(?!\w+:|#)([^)]+\))")


def find_lesson(name, home=ROOT / "notebooks"):
    """Find the lesson whose file name begins with a name.

    Args:
        name: '02', '2', '04b' for a second page, or '02_autoencoder_swap'.
        home: folder of the lessons.
    Returns:
        Path.
    Raises:
        ValueError: when none or several do; the message lists the lessons.
    """
    lessons = {path.stem.split("_")[0]: path for path in sorted(Path(home).glob("[0-9][0-9]*_*.ipynb"))}
    start = name.zfill(2) if name.isdigit() else name
    matches = [path for path in lessons.values() if start and path.stem.startswith(start)]
    if start in lessons:  # the first page of two, which the second's name begins with too
        matches = [lessons[start]]
    if len(matches) != 1:
        raise ValueError(f"LESSON is {name!r}, but must name one of {', '.join(lessons)}")
    return matches[0]


def read(path):
    """Read a notebook.

    Args:
        path: of its file.
    Returns:
        nbformat notebook.
    """
    import nbformat

    return nbformat.read(path, as_version=4)


def write(book, path):
    """Write a notebook whole or not at all; folders are made.

    Args:
        book: nbformat notebook.
        path: Path.
    Returns:
        The path.
    """
    import nbformat

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    nbformat.write(book, part)
    part.replace(path)
    return path


def hidden(cell):
    """Test whether a cell is tagged as plumbing.

    Args:
        cell: of a notebook.
    Returns:
        bool.
    """
    return HIDE in cell.metadata.get("tags", [])


def for_class(book, home):
    """Collapse the tagged cells of a notebook, and adapt its links.

    Args:
        book: nbformat notebook; changed in place.
        home: relative path from the copy to the lesson's folder.
    Returns:
        The notebook.
    """
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(rf"\g<1>{home}/\g<2>", cell.source)
        elif hidden(cell):
            cell.metadata.setdefault("jupyter", {})["source_hidden"] = True
    return book


def rehearse(book, client, folder, say=print):
    """Run the code cells in order, and print which were slow and which failed.

    A slow cell gets a first line with which it later answers from this run, and its outputs are stored in the book,
    collapsed. A cell that fails does not stop the others: all failures should be known before class.

    Args:
        book: nbformat notebook; changed in place.
        client: of Lab.kernel.
        folder: Path for the outputs on their way to the kernel.
        say: prints.
    Returns:
        List of (number, seconds, error or "").
    """
    rows, file = [], folder / "kept.json"
    client.execute_interactive("%load_ext course_lib.publishing.rehearsed", silent=True)
    for number, cell in enumerate(book.cells):
        if cell.cell_type != "code":
            continue
        began, outputs = time.monotonic(), Outputs()
        reply = client.execute_interactive(cell.source, output_hook=outputs, allow_stdin=False,
                                           stop_on_error=False)["content"]  # else the next cell may be skipped
        seconds, first = time.monotonic() - began, cell.source.strip().split("\n")[0][:60]
        error = f"{reply['ename']}: {reply['evalue']}" if reply["status"] == "error" else ""
        if error or seconds > SLOW:
            say(f"  {seconds:5.1f} s  {first}{f'   FAILED: {error[:200]}' if error else ''}", flush=True)
        if not error and seconds > SLOW:
            cell.outputs = outputs.finished()
            cell.metadata.setdefault("jupyter", {})["outputs_hidden"] = True
            file.write_text(json.dumps({"source": cell.source, "outputs": outputs.finished(True)}), encoding="utf-8")
            client.execute_interactive(f"get_ipython().rehearsal.keep({str(file)!r})", silent=True)
            cell.source = marked(cell.source, seconds)
        rows.append((number, seconds, error))
    file.unlink(missing_ok=True)
    return rows


def main(argv=None):
    """Open a lesson for a class.

    Args:
        argv: list of arguments; sys.argv's when left out.
    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="make present", description="Open a lesson ready for a projector.")
    parser.add_argument("lesson", help="its number, as 02")
    parser.add_argument("--port", type=int, help="a free one, when left out")
    parser.add_argument("--cold", action="store_true", help="do not run the page beforehand")
    parser.add_argument("--no-browser", action="store_true", help="print the address alone")
    options = parser.parse_args(argv)
    state = ROOT / "build" / "present"
    try:
        lesson = find_lesson(options.lesson)
        copy = write(for_class(read(lesson), "../../notebooks"), state / lesson.name)
        lab = Lab(state / "lab", options.port)
    except (OSError, ValueError, RuntimeError) as error:
        print(error)
        return 1
    try:
        if not options.cold:
            print(f"Running {lesson.stem} once, so that nothing is slow in class: a few minutes. Ctrl+C opens it as it "
                  "is.\nThe first run's slow cells:", flush=True)
            number, client = lab.kernel(copy)
            try:
                book = read(copy)
                failed = [row for row in rehearse(book, client, state) if row[2]]
                write(book, copy)
                print(f"{len(failed)} cells failed: see above" if failed else "Every cell ran.",
                      "The slow ones answer from this run at once; without their first line they run again.")
            except KeyboardInterrupt:
                lab.ask(f"api/kernels/{number}/interrupt", now=True)
                print("Stopped: the cells below are as slow as the first time.")
            finally:
                client.stop_channels()
        address = lab.address(copy)
        print(f"Open: {address}\nA copy of the lesson, made anew each time. Do not restart its kernel: it is warm. "
              "Ctrl+C here ends it.", flush=True)
        if not options.no_browser:
            webbrowser.open(address)
        lab.server.wait()
    except KeyboardInterrupt:
        pass
    except RuntimeError as error:
        print(f"The kernel did not start ({error}). Close other programs and try again.")
        return 1
    finally:
        lab.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
