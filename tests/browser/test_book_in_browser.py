"""Pages of the book: axe-core finds nothing serious in them."""
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib.publishing import book, present

from . import driving

METADATA = {"kernelspec": {"name": "python3", "display_name": "P"}, "language_info": {"name": "python"}}
TEXT = """# One

## Part
The value is $x_1^2$; [back](index.md).

| a | b |
|---|---|
| 1 | 2 |

<details><summary>Answer</summary>

42

</details>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A book of two pages with all that pages hold: a formula, a table, code, text and a figure that came out."""
    home = tmp_path_factory.mktemp("book")
    figure = new_output("display_data", {"text/html": '<img alt="a dot" src="data:image/png;base64,AA==">'})
    cells = [new_markdown_cell(TEXT), new_code_cell("print(6 * 7)  # a comment",
                                                   outputs=[new_output("stream", text="42\n"), figure])]
    cells[1].metadata["tags"] = ["hide-input"]
    (home / "source" / "part").mkdir(parents=True)
    present.write(new_notebook(cells=cells, metadata=METADATA), home / "source" / "one.ipynb")
    (home / "source" / "part" / "index.md").write_text("# Part\n\nWords\n" + book.toctree("Below", ["two"]))
    (home / "source" / "part" / "two.md").write_text("# Two\n\nWords\n")
    (home / "source" / "index.md").write_text("# Front\n\nWords\n" + book.toctree("Lessons", ["one", "part/index"]))
    book.build(home / "source", home / "html")
    return home / "html"


@pytest.mark.parametrize("name", ["index.html", "one.html", "part/two.html", "search.html", "genindex.html"])
def test_a_page_of_the_book_has_no_serious_fault(name, site, browser):
    pytest.importorskip("axe_playwright_python", reason="axe-core comes with the test packages: `make setup`")
    page = browser.new_page()
    try:
        page.goto((site / name).as_uri())
        assert driving.violations(page) == []
    finally:
        page.close()


def test_axe_sees_a_fault(browser, tmp_path):
    pytest.importorskip("axe_playwright_python", reason="axe-core comes with the test packages: `make setup`")
    bad = '<html lang="en"><title>t</title><main><h1>h</h1><select></select></main></html>'
    (tmp_path / "bad.html").write_text(bad)
    page = browser.new_page()
    page.goto((tmp_path / "bad.html").as_uri())
    assert ["select-name" in text for text in driving.violations(page)] == [True]
    page.close()
