"""The course as a book: `make book` runs the lessons and builds a static site in build/book/html, good offline.

What the lessons showed is kept together with that of the slides, until a lesson or the library changes. A cell that
fails, a warning of Sphinx and a link that leads nowhere each fail the build.
"""
import argparse
import html.parser
import io
import re
import shutil
import sys
import zipfile
from urllib.parse import unquote, urlsplit

from nbformat.v4 import new_markdown_cell

from course_lib.publishing import api, timings
from course_lib.publishing.present import ROOT, find_lesson, read, write
from course_lib.publishing.slides import run, static

FOLDER = ROOT / "build" / "book"
ARCHIVE = "deepfakes-by-hand.zip"  # the site in one file, beside its first page
TOGGLE = '<summary><span class="toctree-toggle"'
LAB = "http://localhost:8888/lab/tree/notebooks"  # where `make lab` serves, when nothing else does
OPTIONS = {
    "project": "Deepfakes by hand", "html_title": "Deepfakes by hand", "author": "the authors of the course",
    "extensions": ["myst_nb", *api.EXTENSIONS, "course_lib.publishing.book", "course_lib.publishing.api"],
    "html_math_renderer": "mathml", "language": "en", **api.OPTIONS,
    "nb_execution_mode": "off", "myst_enable_extensions": ["dollarmath"], "myst_heading_anchors": 4,
    "html_theme": "sphinx_book_theme", "html_copy_source": False, "html_show_copyright": False,
    "html_theme_options": {"use_download_button": False, "home_page_in_toc": True, "show_toc_level": 2},
}


def setup(app):
    """Make this module a Sphinx extension: formulas become MathML, which browsers draw without a script.

    Args:
        app: sphinx.application.Sphinx.
    Returns:
        A dict of metadata.
    """
    from latex2mathml.converter import convert

    def inline(writer, node):
        writer.body.append(convert(node.astext()))
        raise SkipNode

    def block(writer, node):
        writer.body.append(convert(node.astext(), display="block"))
        raise SkipNode

    from docutils.nodes import SkipNode

    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))
    return {"parallel_read_safe": True}


def as_page(book, name):
    """Make a page of a notebook: drop what only a kernel can show, and say where it can be run.

    Args:
        book: nbformat notebook; changed in place.
        name: of its file below notebooks/.
    Returns:
        The notebook.
    """
    cells = [c for c in book.cells if c.source.strip()]
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs = static(cell.outputs)
        else:
            cell.source = _inside(cell.source.replace("](exercises)", "](exercises/index.md)"), name)
    cells[0].source += f"\n\n*[Open this page in JupyterLab]({LAB}/{name}) while `make lab` runs, and change it there.*"
    if packages := api.used(book):
        up = "../" * name.count("/")
        links = ", ".join(f"[{package}]({up}api/{package}.rst)" for package in packages)
        cells.append(new_markdown_cell(f"*The library behind this page: {links}.*"))
    book.cells = cells
    book.metadata.pop("widgets", None)  # their state, for which Sphinx would fetch scripts
    return book


def _inside(text, name):
    """Text of a page whose links to files that the book leaves out, such as INSTRUCTOR.md, are only their names."""
    home = ROOT / "notebooks"

    def named(link):
        target = (home / name).parent.joinpath(link[2]).resolve()
        if target.is_relative_to(home):
            return link[0]
        where = target.relative_to(ROOT).as_posix()
        return f"`{where}`" if link[1] in (where, target.name) else f"{link[1]} (`{where}`)"

    return re.sub(r"(?<!!)\[([^\]]+)\]\((\.\./[^)#\s]+)\)", named, text)


def front():
    """Make the first page: the beginning of the README, its pictures and its table of lessons.

    Returns:
        Markdown.
    """
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    begin, lessons = readme.split("\n## ")[0], readme.split("## The lessons\n")[1].split("\n## ")[0]
    offline = f'For a room without a network: <a href="{ARCHIVE}">the whole book in one file</a>, to be unpacked.'
    return re.sub(r"\]\(notebooks/", "](", f"{begin}\n\n{offline}\n\n## The lessons\n{lessons}")


def toctree(caption, names):
    """Write a hidden table of contents.

    Args:
        caption: its title.
        names: pages, without their endings.
    Returns:
        Markdown for MyST.
    """
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(names) + "\n```\n"


def sources(executed, folder):
    """Write Sphinx's sources: the first page, all lessons and exercises, the timings.

    Args:
        executed: paths of the lessons that are run; the others show no outputs.
        folder: Path, made anew.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "docs", folder / "docs")
    lessons, exercises = (sorted((ROOT / "notebooks" / where).glob("*.ipynb")) for where in ("", "exercises"))
    for path in lessons + exercises:
        name = path.relative_to(ROOT / "notebooks").as_posix()
        write(as_page(run(path, read(path)) if path in executed else read(path), name), folder / name)
    glossary = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    listed = "".join(f"- [{p.stem}]({p.name})\n" for p in exercises)
    pages = {"index.md": front() + toctree("Lessons", [p.stem for p in lessons])
             + toctree("Practice", ["exercises/index", "timings"])
             + toctree("Many learners, many files", [f"docs/{p.stem}" for p in sorted((ROOT / "docs").glob("*.md"))])
             + toctree("Reference", ["glossary", "api/index"]), "glossary.md": glossary, **api.pages(),
             "exercises/index.md": "# Exercises\n\nThey are worked on in JupyterLab; a check says at once what is "
             f"wrong.\n\n{listed}" + toctree("Exercises", [p.stem for p in exercises]), "timings.md": timings.page()}
    (folder / "api").mkdir()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


class _Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.targets, self.anchors, self.loaded = [], set(), []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors |= {values[k] for k in ("id", "name") if values.get(k)}
        target = values.get("href") or values.get("src")
        if target and urlsplit(target).scheme not in ("", "data"):
            self.loaded += [target] * (tag in ("script", "img") or tag == "link" and values.get("rel") == "stylesheet")
        elif target and not target.startswith("data:"):
            self.targets.append(target)


def broken(site):
    """Find broken links of a built site: files or anchors that are missing, and loads from the network.

    Args:
        site: Path of the site.
    Returns:
        List of messages.
    """
    pages = {}
    for path in sorted(set(site.rglob("*.html")) - set(site.glob("_static/**/*"))):
        pages[path.resolve()] = parser = _Links()
        parser.feed(path.read_text(encoding="utf-8"))
    wrong = []
    for path, page in pages.items():
        wrong += [f"{path.name} loads {target} from the network" for target in page.loaded]
        for target in page.targets:
            parts = urlsplit(target)
            linked = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not linked.exists():
                wrong.append(f"{path.name} links to {target}, which is not there")
            elif parts.fragment and linked in pages and unquote(parts.fragment) not in pages[linked].anchors:
                wrong.append(f"{path.name} links to {target}, and the page has no such place")
    return wrong


def pack(site):
    """Put a site into one file in its own folder, for readers without a network.

    Args:
        site: Path of the site.
    Returns:
        Path of the zip file; its one folder has the site's files.
    """
    archive = site / ARCHIVE
    archive.unlink(missing_ok=True)
    with zipfile.ZipFile(archive.with_suffix(".part"), "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(site.rglob("*")):
            if path.is_file() and path.suffix != ".part":
                packed.write(path, f"{archive.stem}/{path.relative_to(site).as_posix()}")
    return archive.with_suffix(".part").rename(archive)


def build(source, site):
    """Build the site, with itself as one file.

    Args:
        source: Path of the sources.
        site: Path, made anew.
    Raises:
        ValueError: when Sphinx warns of anything, or a link is broken.
    """
    from sphinx.application import Sphinx
    from sphinx.util.console import nocolor
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    nocolor()
    shutil.rmtree(site, ignore_errors=True)
    warnings = io.StringIO()
    with patch_docutils(), docutils_namespace():  # or a second site in one process would be warned of the first
        Sphinx(source, None, site, source.parent / "doctrees", "html", OPTIONS, status=None, warning=warnings,
               freshenv=True).build()
    for path in site.rglob("*.html"):  # the theme's arrows have no name, by which a screen reader could announce them
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(TOGGLE, TOGGLE.replace("<summary", '<summary aria-label="pages below"')), "utf-8")
    pack(site)
    if wrong := warnings.getvalue().splitlines() + broken(site):
        raise ValueError("the book is not whole:\n" + "\n".join(wrong))


def main(argv=None):
    """Make the book of all lessons or of some.

    Args:
        argv: list of arguments; sys.argv's when left out.
    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="make book", description="The lessons as a static site.")
    parser.add_argument("lessons", nargs="*", help="which are run, as 00 02; all, when left out")
    parser.add_argument("--unexecuted", action="store_true", help="the pages alone, without running anything")
    options = parser.parse_args(argv)
    from nbclient.exceptions import CellExecutionError

    try:
        lessons = [find_lesson(n) for n in options.lessons] or sorted((ROOT / "notebooks").glob("*.ipynb"))
        sources([] if options.unexecuted else lessons, FOLDER / "source")
        build(FOLDER / "source", FOLDER / "html")
    except (CellExecutionError, OSError, ValueError) as error:
        print(error)
        return 1
    print(FOLDER / "html" / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
