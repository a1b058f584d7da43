"""All widgets on one page without code: `make inspectors` serves it by Voila, to this machine alone. Lesson 00."""
import argparse
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .view import View

ROOT = Path(__file__).resolve().parents[2]
METADATA = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
ABOUT = """# The course's widgets
Each is shown with a small example; the lesson named above it explains what you see."""


def views():
    """Collect the View of every widget, in the order of their lessons.

    Returns:
        List of classes.
    """
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = [importlib.import_module(f"{__package__}.{name}") for name in names]
    classes = [value for module in modules for value in vars(module).values() if isinstance(value, type)
               and issubclass(value, View) and value is not View and value.__module__ == module.__name__]
    return sorted(classes, key=lambda view: (re.findall(r"Lesson (\d+)", _doc(view)), view.__module__))


def _doc(view):
    return sys.modules[view.__module__].__doc__


def page(shown):
    """Make a notebook in which each View makes its example, under its module's first paragraph.

    Args:
        shown: list of View classes.
    Returns:
        nbformat notebook.
    """
    cells = [new_markdown_cell(ABOUT)]
    for view in shown:
        title, text = _doc(view).split("\n\n")[0].replace("\n", " ").split(": ", 1)
        cells += [new_markdown_cell(f"## {title}\n{text[0].upper()}{text[1:]}"),
                  new_code_cell(f"from {view.__module__} import {view.__name__}\n\n{view.__name__}.example()")]
    return new_notebook(cells=cells, metadata=METADATA)


def serve(path, port=None, browser=True, **options):
    """Start a Voila that serves a notebook.

    Args:
        path: of the notebook.
        port: of the server, chosen by Voila when left out.
        browser: whether to open one.
        options: further ones of subprocess.Popen.
    Returns:
        subprocess.Popen.
    """
    command = [sys.executable, "-m", "voila", str(path), "--theme=light", "--template=course",
               *[f"--port={port}"] * (port is not None), *["--no-browser"] * (not browser)]
    # .jupyter holds the template
    jupyter_path = os.pathsep.join(filter(None, [str(ROOT / ".jupyter"), os.environ.get("JUPYTER_PATH")]))
    return subprocess.Popen(command, env=os.environ | {"COURSE_PROFILE": "ci", "JUPYTER_PATH": jupyter_path}, **options)


def main(argv=None):
    """Serve the page until Ctrl+C.

    Args:
        argv: list of arguments; sys.argv's when left out.
    Returns:
        The exit code.
    Lesson 00.
    """
    parser = argparse.ArgumentParser(prog="make inspectors", description="All widgets on one page without code.")
    parser.add_argument("names", nargs="*", help="of widgets, such as Studio; all if omitted")
    parser.add_argument("--port", type=int)
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    options = parser.parse_args(argv)
    known = {view.__name__: view for view in views()}
    if unknown := set(options.names) - set(known):
        print(f"There is no widget {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        return 1
    path = ROOT / "build" / "inspectors" / "inspectors.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(page([known[name] for name in options.names or known]), path)
    print("The page appears once every widget is drawn, in a minute or two.", flush=True)
    server = serve(path, options.port, not options.no_browser)
    try:
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        server.terminate()


if __name__ == "__main__":
    sys.exit(main())
