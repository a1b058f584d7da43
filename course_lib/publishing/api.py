"""The reference of the library as pages of the book, made from its docstrings by Sphinx's autodoc and napoleon."""
import ast
import re
from itertools import cycle

from course_lib.publishing.present import ROOT

OPTIONS = {
    "napoleon_google_docstring": True, "napoleon_numpy_docstring": False, "napoleon_use_rtype": False,
    "autodoc_member_order": "bysource", "autodoc_preserve_defaults": True, "add_module_names": False,
    "toc_object_entries_show_parents": "hide",
}
EXTENSIONS = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
LESSON = re.compile(r"^(\s*)(Lessons? \d\d.*)$")
CODE = re.compile(r"(`+[^`]+`+)")


def modules():
    """The modules of the library by package.

    Returns:
        {package: [dotted names of its modules, in the order of their files]}; "course_lib" holds the single files.
    """
    found = {}
    for path in sorted((ROOT / "course_lib").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] in ("__init__", "__main__"):
            continue
        found.setdefault(parts[1] if len(parts) > 2 else "course_lib", []).append(".".join(parts))
    return found


def summary(name):
    """The first line of a module's or package's docstring.

    Args:
        name: dotted name.
    Returns:
        The line, "" where there is none.
    """
    path = ROOT.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]


def pages():
    """Sphinx's sources of the reference.

    Returns:
        {file name: text}: an index in Markdown and a page in reStructuredText for each package.
    """
    texts, rows = {}, []
    for package, names in modules().items():
        dotted = "course_lib" if package == "course_lib" else f"course_lib.{package}"
        lines = [dotted, "=" * len(dotted), "", summary(dotted), ""]
        for name in names:
            short = name.removeprefix("course_lib.")
            lines += [short, "-" * len(short), "", f".. automodule:: {name}", "   :members:",
                      "   :exclude-members: set", ""]
        texts[f"api/{package}.rst"] = "\n".join(lines)
        rows.append(f"- [{dotted}]({package}.rst): {summary(dotted)}")
    tree = "\n".join(modules())
    texts["api/index.md"] = ("# The library\n\nWhat every function takes and returns, from its docstring.\n\n"
                             + "\n".join(rows) + f"\n\n```{{toctree}}\n:hidden:\n\n{tree}\n```\n")
    return texts


def used(book):
    """The packages of the library that a notebook imports.

    Args:
        book: the notebook, nbformat's.
    Returns:
        Names of packages, sorted.
    """
    code = "\n".join(c.source for c in book.cells if c.cell_type == "code")
    names = set(re.findall(r"^\s*from course_lib\.(\w+)", code, re.M))
    for listed in re.findall(r"^\s*from course_lib import ([\w, ]+)", code, re.M):
        names |= {name.strip() for name in listed.split(",")}
    return sorted(names & set(modules()))


def setup(app):
    """Makes this module a Sphinx extension: a docstring's last line, the lesson, stands apart from its last section.

    Args:
        app: the Sphinx application.
    Returns:
        What Sphinx asks of an extension.
    """
    def apart(app, kind, name, thing, options, lines):
        # bars, stars and underscores are arithmetic and names here, not reStructuredText
        for k, line in enumerate(lines):
            lines[k] = "".join(part if inside else re.sub(r"([|*]|_(?!\w))", r"\\\1", part)
                               for part, inside in zip(CODE.split(line), cycle((False, True))))
        for k in range(len(lines) - 1, 0, -1):
            if match := LESSON.match(lines[k]):
                lines[k:k + 1] = ["", match[2]]
                break

    app.connect("autodoc-process-docstring", apart, priority=100)  # before napoleon
    return {"parallel_read_safe": True}
