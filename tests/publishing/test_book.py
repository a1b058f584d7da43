"""The book: pages from notebooks, formulas without a script, links that are all checked."""
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib.publishing import book, lab, present, timings

METADATA = {"kernelspec": {"name": "python3", "display_name": "P"}, "language_info": {"name": "python"}}


def test_a_page_keeps_figures_and_says_where_it_runs():
    widget = new_output("display_data", {lab.WIDGET: {"model_id": "m"}})
    figure = new_output("display_data", {"text/html": '<img alt="a" src="data:image/png;base64,AA=="/>'})
    told = new_output("display_data", {"image/png": "AA==\n"}, metadata={"image/png": {"alt": 'a "b"', "width": 9}})
    cells = [new_markdown_cell("# Title"), new_code_cell("Studio()", outputs=[widget, figure, told]), new_code_cell(""),
             new_markdown_cell("[practice](exercises), [INSTRUCTOR.md](../INSTRUCTOR.md), a [card](../datasets/a.md)")]
    page = book.as_page(new_notebook(cells=cells, metadata={"widgets": {"state": {}}}), "01_page.ipynb")
    nbformat.validate(page)
    assert len(page.cells) == 3 and not page.metadata and page.cells[1].outputs[0] == figure
    assert '<img alt="a &quot;b&quot;" width="9"' in page.cells[1].outputs[1].data["text/html"]
    assert "lab/tree/notebooks/01_page.ipynb" in page.cells[0].source
    assert page.cells[2].source == "[practice](exercises/index.md), `INSTRUCTOR.md`, a card (`datasets/a.md`)"


@pytest.fixture
def pages(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    words = "# One\n\n## Part\nThe value is $x_1^2$; [back](index.md) and [here](#part).\n\n$$\\frac{1}{2}$$"
    cells = [new_markdown_cell(words),
             new_code_cell("print(6 * 7)", outputs=[new_output("stream", text="42\n")])]
    present.write(new_notebook(cells=cells, metadata=METADATA),
                  source / "one.ipynb")
    (source / "index.md").write_text("# Front\n\n[one](one.ipynb)\n" + book.toctree("Lessons", ["one"]))
    return tmp_path


def test_the_site_is_whole_offline_and_searched(pages):
    book.build(pages / "source", pages / "html")
    one = (pages / "html" / "one.html").read_text()
    assert "<msubsup>" in one and '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in one
    assert "42" in one and "MathJax" not in one
    assert (pages / "html" / "searchindex.js").is_file() and book.broken(pages / "html") == []
    front = pages / "html" / "index.html"
    front.write_text(front.read_text() + '<a href="nowhere.html"></a><a href="one.html#no"></a><img src="https://a.b/c">')
    assert [line.split(" ", 1)[1] for line in book.broken(pages / "html")] == [
        "loads https://a.b/c from the network", "links to nowhere.html, which is not there",
        "links to one.html#no, and the page has no such place"]


def test_the_site_is_also_one_file_that_can_be_read_without_a_network(pages, tmp_path):
    book.build(pages / "source", pages / "html")
    with zipfile.ZipFile(pages / "html" / book.ARCHIVE) as packed:
        assert packed.testzip() is None
        packed.extractall(tmp_path / "hall")
    unpacked = tmp_path / "hall" / "deepfakes-by-hand"
    assert (unpacked / "one.html").read_bytes() == (pages / "html" / "one.html").read_bytes()
    assert (unpacked / "_static").is_dir() and book.broken(unpacked) == []
    assert f'<a href="{book.ARCHIVE}">' in book.front()


def test_a_link_that_leads_nowhere_fails_the_build(pages):
    (pages / "source" / "index.md").write_text("# Front\n\n[two](two.ipynb)\n" + book.toctree("Lessons", ["one"]))
    with pytest.raises(ValueError, match="two.ipynb"):
        book.build(pages / "source", pages / "html")


def test_a_failed_cell_fails_the_build(tmp_path, monkeypatch, capsys):
    cells = [new_markdown_cell("# t"), new_code_cell("1 / 0")]
    lesson = present.write(new_notebook(cells=cells), tmp_path / "01_x.ipynb")
    monkeypatch.setattr(book, "find_lesson", lambda name: lesson)
    monkeypatch.setattr(book, "sources", lambda executed, folder: [book.run(p, present.read(p)) for p in executed])
    monkeypatch.setattr("course_lib.publishing.slides.FOLDER", tmp_path)
    assert book.main(["01"]) == 1 and "ZeroDivisionError" in capsys.readouterr().out


def test_the_first_page_and_the_times_come_from_what_there_is(tmp_path):
    front = book.front()
    assert "](00_start_here.ipynb)" in front and "docs/cast.png" in front and "make lab" not in front
    assert "Nothing was measured" in timings.page(tmp_path / "none.json")
    timings.keep({"01_x.ipynb": [(2.0, "slow"), (1.0, "x")]}, tmp_path / "t.json")
    assert "| 01_x.ipynb | " in timings.page(tmp_path / "t.json")


def test_what_is_slower_than_the_profile_allows_is_named(monkeypatch):
    cells = {"01_x.ipynb": [(21.0, "slow"), (20.0, "x"), (5.0, "y")], "02_x.ipynb": [(20.0, "x"), (25.0, "z")]}
    monkeypatch.setenv("COURSE_PROFILE", "ci")
    told = [line.split(" s,")[0] for line in timings.slow(cells)]
    assert told == ["01_x.ipynb: 46", "01_x.ipynb: 21", "02_x.ipynb: 25"]
    monkeypatch.setenv("COURSE_PROFILE", "laptop")
    assert timings.slow(cells) == []
