"""Slides of the lessons: nbconvert's reveal.js, one page a lesson in build/slides. `make slides LESSON=02`.

Lessons hold no outputs, so each is run first (in the profile of COURSE_PROFILE, some minutes), and what came out is
kept in build/slides/run until the lesson or the library changes. The pages need no network: reveal.js is copied beside
them, and formulas become MathML, which browsers draw by themselves.
"""
import argparse
import hashlib
import os
import re
import shutil
import sys
from functools import cache
from html import escape
from importlib import resources

from course_lib.profile import from_environment
from course_lib.publishing.lab import ROOT, WIDGET
from course_lib.publishing.present import HIDE, LINK, find_lesson, hidden, read, write

FOLDER = ROOT / "build" / "slides"
REVEAL = "reveal.js"  # the folder beside the pages
MATH = re.compile(r"```.*?```|`[^`\n]*`|\$\$(.+?)\$\$|\$([^$\n]+)\$", re.S)  # code comes first, and is left alone
# The template of nbconvert without the scripts that it would fetch from the network.
TEMPLATE = """{%- extends 'reveal/index.html.j2' -%}
{% block html_head_js %}{% endblock %}
{% block jupyter_widgets %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block footer_js %}
<style>
.reveal .slides { text-align: left } .reveal img { max-height: 480px } .reveal :is(h1, h2, h3) { text-transform: none }
.reveal .jp-RenderedMarkdown { font-size: 20px } .reveal .jp-InputArea pre { white-space: pre-wrap }
.reveal-viewport .slides section:not(.stack) { overflow-y: auto }
</style>
<script src="{{ resources.reveal.url_prefix }}/dist/reveal.js"></script>
<script>
document.querySelector(".reveal").style.height = "100vh";
Reveal.initialize({controls: true, progress: true, hash: true, center: false, slideNumber: "c/t",
                   width: 1040, height: 585, transition: "none"});
function fit() {  // a long cell is drawn smaller, down to half, before it has to be scrolled
  const slide = Reveal.getCurrentSlide();
  for (let zoom = 1; zoom >= 0.5; zoom -= 0.05) {
    slide.style.zoom = zoom;
    slide.style.maxHeight = `${Reveal.getConfig().height / zoom}px`;
    if (slide.scrollHeight <= slide.clientHeight + 2) break;
  }
}
Reveal.on("ready", fit);
Reveal.on("slidechanged", fit);
</script>
{% endblock %}
"""


def kind(cell):
    """Decide a cell's slide type: its own `slideshow` metadata, else by its kind.

    Args:
        cell: of a notebook.
    Returns:
        "slide" (it holds a heading), "subslide", "skip", or what the metadata says.
    """
    chosen = cell.metadata.get("slideshow", {}).get("slide_type")
    if chosen:
        return chosen
    if cell.cell_type == "markdown":
        return "slide" if re.search(r"^#{1,2} ", cell.source, re.M) else "subslide"
    return "skip" if hidden(cell) and not cell.get("outputs") else "subslide"


def static(outputs):
    """Prepare a cell's outputs for a page without a kernel: no controls; pictures keep their alternative text.

    Args:
        outputs: of a cell.
    Returns:
        List of outputs.
    """
    kept = [output for output in outputs if WIDGET not in output.get("data", {})]
    for output in kept:
        about = output.get("metadata", {}).get("image/png", {})
        if "alt" in about and "image/png" in output.data:  # nbconvert and Sphinx would leave the text out
            width = f' width="{about["width"]}"' if "width" in about else ""
            output["data"] = {"text/html": f'<img alt="{escape(about["alt"])}"{width} style="max-width:100%" '
                              f'src="data:image/png;base64,{output.data["image/png"].strip()}">'}
    return kept


def formulas(text):
    """Convert the formulas in a text, between one or two dollars, to MathML.

    Args:
        text: Markdown.
    Returns:
        Markdown.
    """
    from latex2mathml.converter import convert

    def converted(match):
        block, inline = match.groups()
        if block:
            return convert(block.strip(), display="block")
        return convert(inline) if inline else match.group()

    return MATH.sub(converted, text)


def as_slides(book):
    """Give every cell its slide type, and drop what only a kernel can show.

    Args:
        book: nbformat notebook; changed in place.
    Returns:
        The notebook.
    """
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = formulas(LINK.sub(r"\g<1>../../notebooks/\g<2>", cell.source))
        else:
            cell.outputs = static(cell.outputs)
        cell.metadata["slideshow"] = {"slide_type": kind(cell)}
    book.metadata.pop("widgets", None)
    return book


def digest(lesson):
    """Hash a lesson and the library, so that outputs of older ones are not shown.

    Args:
        lesson: Path.
    Returns:
        12 hexadecimal digits.
    """
    files = [lesson, *sorted((ROOT / "course_lib").rglob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def run(lesson, book):
    """Run a lesson, or read the outputs of its last run.

    Args:
        lesson: Path.
        book: its notebook.
    Returns:
        The notebook with its outputs.
    """
    file = FOLDER / "run" / f"{lesson.stem}-{from_environment().name}-{digest(lesson)}.ipynb"
    if not file.is_file():
        from nbclient import NotebookClient

        print(f"Running {lesson.stem}: a few minutes", flush=True)
        client = NotebookClient(book, timeout=None, resources={"metadata": {"path": str(lesson.parent)}})
        client.execute(env=os.environ | {"COURSE_STATIC": "1"})  # instead of a widget there comes its filmstrip
        write(book, file)
    return read(file)


def page(book, title):
    """Make the slides of a notebook, for a folder that holds REVEAL.

    Args:
        book: of as_slides.
        title: of the page.
    Returns:
        HTML.
    """
    return _exporter().from_notebook_node(book, {"metadata": {"name": title}})[0]


@cache
def _exporter():
    """nbconvert's exporter, which reads its templates once."""
    from nbconvert import SlidesExporter
    from traitlets.config import Config

    config = Config({"TagRemovePreprocessor": {"enabled": True, "remove_input_tags": [HIDE]},
                     "SlidesExporter": {"exclude_input_prompt": True, "exclude_output_prompt": True}})
    return SlidesExporter(raw_template=TEMPLATE, reveal_url_prefix=REVEAL, reveal_theme="white", config=config)


def main(argv=None):
    """Make the slides of one lesson or of all.

    Args:
        argv: list of arguments; sys.argv's when left out.
    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="make slides", description="Reveal.js slides of the lessons.")
    parser.add_argument("lesson", nargs="?", help="its number, as 02; all, when left out")
    parser.add_argument("--unexecuted", action="store_true", help="the pages alone, without running anything")
    options = parser.parse_args(argv)
    try:
        lessons = [find_lesson(options.lesson)] if options.lesson else sorted((ROOT / "notebooks").glob("*.ipynb"))
        shutil.copytree(resources.files("sphinx_revealjs") / "_static" / "revealjs" / "dist", FOLDER / REVEAL / "dist",
                        dirs_exist_ok=True)
        for lesson in lessons:
            book = read(lesson) if options.unexecuted else run(lesson, read(lesson))
            part, done = FOLDER / f"{lesson.stem}.part", FOLDER / f"{lesson.stem}.html"
            part.write_text(page(as_slides(book), lesson.stem), encoding="utf-8")
            part.replace(done)
            print(done)
    except (OSError, ValueError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
