"""What a class sees: the right lesson, folded plumbing, links that lead home, a kernel that has run the page."""
import re
import time
import urllib.error
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib.publishing import lab as labs
from course_lib.publishing import present, rehearsed, slides

ROOT = present.ROOT
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)


@pytest.mark.parametrize("name", ["02", "2", "02_autoencoder_swap"])
def test_a_lesson_is_found_by_its_number(name):
    assert present.find_lesson(name).name == "02_autoencoder_swap.ipynb"


@pytest.mark.parametrize("name", ["", "77", "../02", "0"])
def test_a_lesson_that_is_not_there_is_named_with_those_that_are(name, tmp_path):
    for other in ("01_one.ipynb", "02_two.ipynb"):
        (tmp_path / other).touch()
    with pytest.raises(ValueError, match=re.escape(repr(name)) + ".*01, 02"):
        present.find_lesson(name, tmp_path)


def test_a_number_names_the_first_page_of_two_and_b_the_second(tmp_path):
    for other in ("02_one.ipynb", "04_two.ipynb", "04b_three.ipynb"):
        (tmp_path / other).touch()
    assert [present.find_lesson(n, tmp_path).stem for n in ("4", "04", "04b", "04_t")] == ["04_two", "04_two",
                                                                                       "04b_three", "04_two"]


@lesson
def test_tags_are_known_and_leave_something_to_read(path):
    code = [c for c in present.read(path).cells if c.cell_type == "code"]
    assert {t for c in code for t in c.metadata.get("tags", [])} <= {present.HIDE, "raises-exception"}
    assert not present.hidden(code[0])
    assert not [c.source for c in code if present.hidden(c) and "show_source(" in c.source]
    assert sum(map(present.hidden, code)) < 0.6 * len(code)


@lesson
def test_the_copy_for_a_class_differs_in_links_and_folding_alone(path):
    book, copy = present.read(path), present.for_class(present.read(path), "../../notebooks")
    assert [c.source for c in copy.cells if c.cell_type == "code"] == [
        c.source for c in book.cells if c.cell_type == "code"]
    assert all(c.metadata.get("jupyter", {}).get("source_hidden", False) == present.hidden(c) for c in copy.cells)
    there = ROOT / "build" / "present"
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            for link in re.findall(r"\]\(([^)#]+)\)", cell.source):
                assert "://" in link or Path(f"{there}/{link}").resolve().exists(), link
    nbformat.validate(copy)


def test_links_elsewhere_stay_as_they_are():
    book = new_notebook(cells=[new_markdown_cell("[a](x.ipynb) [b](https://c.d/e) [f](#g) [h](mailto:i@j.k)")])
    assert present.for_class(book, "..").cells[0].source == (
        "[a](../x.ipynb) [b](https://c.d/e) [f](#g) [h](mailto:i@j.k)")


def answer(client, source):
    """How a kernel took a cell: (status, the texts of its outputs)."""
    shown = present.Outputs()
    status = client.execute_interactive(source, output_hook=shown)["content"]["status"]
    return status, [output.get("text") or output["data"]["text/plain"] for output in shown.finished(True)]


def one_is_slow(monkeypatch, number):
    """On this clock the code cell of that number takes ten seconds and the others none, whatever the machine does."""
    looks = iter([10 * (k > number) + 10 * (k == number) * end for k in range(9) for end in (0, 1)])
    monkeypatch.setattr(present, "time", SimpleNamespace(monotonic=looks.__next__, sleep=time.sleep))


def test_a_slow_cell_answers_from_the_rehearsal_until_it_is_changed(monkeypatch):
    state = ROOT / "build" / "test_present"
    view = f"display({{'{labs.WIDGET}': {{}}, 'text/plain': 'W'}}, raw=True)"
    slow = ["model, times = [1], globals().get('times', 0) + 1", "print(times)", "from IPython.display import display",
            view]
    book = new_notebook(cells=[new_code_cell(source) for source in ("model = []", "\n".join(slow), "model = [2]")])
    one_is_slow(monkeypatch, 1)
    lab = present.Lab(state)
    try:
        _, client = lab.kernel(present.write(book, state / "slow.ipynb"))
        assert not any(error for _, _, error in present.rehearse(book, client, state, lambda *_, **__: None))
        page = book.cells[1].source
        assert page.startswith(rehearsed.MARK) and page.split("\n", 1)[1] == "\n".join(slow)
        assert len(book.cells[1].outputs) == 1  # without the widget's view, which needs the kernel
        answer(client, "model, mine = [], 7")
        assert answer(client, page) == ("ok", ["1\n", "W"])  # had it run, it would say 2
        assert answer(client, "assert (model, times, mine) == ([1], 1, 7)")[0] == "ok"  # as it was after the cell
        assert answer(client, page.split("\n", 1)[1]) == ("ok", ["2\n", "W"])  # without the line
        assert answer(client, page.replace("[1]", "[3]")) == ("ok", ["3\n", "W"])  # with another change
        assert answer(client, page + "\n") == ("ok", ["1\n", "W"])
        client.stop_channels()
    finally:
        lab.close()


def test_a_kernel_has_run_the_page_and_the_browser_would_find_it(monkeypatch):
    state = ROOT / "build" / "test_present"
    cells = [new_code_cell("x = 6"), new_markdown_cell("# no code"), new_code_cell("1 / 0"), new_code_cell("y = 7 * x")]
    one_is_slow(monkeypatch, 0)
    cells[0].source = "x = 6\nprint(x)\nx"
    page = present.write(new_notebook(cells=cells), state / "page.ipynb")
    lab = present.Lab(state)
    try:
        _, client = lab.kernel(page)
        answer(client, "get_ipython().kernel.stop_on_error_timeout = 3.0")  # a kernel that is slow after an error
        said = []
        book = present.read(page)
        rows = present.rehearse(book, client, state, lambda text, **_: said.append(text))
        assert [(number, error) for number, _, error in rows] == [
            (0, ""), (2, "ZeroDivisionError: division by zero"), (3, "")]
        assert len(said) == 2 and "1 / 0" in said[1] and "FAILED" in said[1]
        assert [len(c.get("outputs", [])) for c in book.cells] == [2, 0, 0, 0]  # the slow one's, folded
        assert book.cells[0].metadata.jupyter["outputs_hidden"]
        nbformat.validate(book)
        assert answer(client, "assert y == 42") == ("ok", [])
        client.stop_channels()
        (session,) = lab.ask("api/sessions")
        assert session["path"] == page.relative_to(ROOT).as_posix() and session["path"] in lab.address(page)
        fonts = lab.ask("lab/api/settings/@jupyterlab/apputils-extension:themes")["schema"]["properties"]["overrides"]
        assert int(fonts["default"]["code-font-size"].removesuffix("px")) >= 18
        assert lab.token not in " ".join(lab.server.args)  # a list of processes must not show it
        lab.token = "wrong"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            lab.ask("api/sessions")
    finally:
        lab.close()
    assert lab.server.poll() is not None


def message(kind, **content):
    return {"msg_type": kind, "header": {"msg_type": kind}, "content": content}


def test_the_outputs_of_a_slow_cell_are_kept_as_the_notebook_shows_them():
    bar = {"transient": {"display_id": "1"}, "metadata": {}}
    kept = present.Outputs()
    for one in (message("stream", name="stdout", text="old"), message("clear_output", wait=True),
                message("stream", name="stdout", text="a"), message("stream", name="stdout", text="b"),
                message("display_data", data={"text/plain": "10 %"}, **bar), message("status", execution_state="busy"),
                message("display_data", data={labs.WIDGET: {}}, metadata={}),
                message("update_display_data", data={"text/plain": "100 %"}, **bar)):
        kept(one)
    text, picture = kept.finished()
    assert text.text == "ab" and picture.data == {"text/plain": "100 %"}
    book = new_notebook(cells=[new_code_cell("slow", outputs=kept.finished())])
    nbformat.validate(book)


def test_slides_are_made_from_headings_tags_and_what_a_cell_says_itself():
    told = new_markdown_cell("## told", metadata={"slideshow": {"slide_type": "notes"}})
    plumbing = new_code_cell("a", metadata={"tags": [present.HIDE]})
    cells = [new_markdown_cell("# t"), new_markdown_cell("## s"), new_markdown_cell("### s"), new_code_cell("a"), told,
             plumbing]
    assert [slides.kind(c) for c in cells] == ["slide", "slide", "subslide", "subslide", "notes", "skip"]
    plumbing.outputs = [nbformat.v4.new_output("stream", text="seen")]
    assert slides.kind(plumbing) == "subslide"


def test_a_page_of_slides_shows_figures_and_hides_plumbing():
    widget = nbformat.v4.new_output("display_data", {labs.WIDGET: {"model_id": "m"}, "text/plain": "Studio()"})
    plumbing = new_code_cell("plumb = 1", metadata={"tags": [present.HIDE]})
    plumbing.outputs = [nbformat.v4.new_output("stream", text="what it printed")]
    controls = new_code_cell("Studio()")
    controls.outputs = [widget]
    book = new_notebook(cells=[new_markdown_cell("# Title"), plumbing, controls])
    html = slides.page(slides.as_slides(book), "a lesson")
    body = html.split("<main>")[1]
    assert "what it printed" in body and "plumb" not in body and "model_id" not in body
    assert 'src="reveal.js/dist/reveal.js"' in body and "<title>a lesson slides</title>" in html
    assert body.count("<section>") == 2 + 2  # one slide to the right, with three below each other: 1 + 3


def test_a_lesson_is_run_once_for_its_slides_and_again_when_it_changes(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(slides, "FOLDER", tmp_path / "slides")
    page = present.write(new_notebook(cells=[new_code_cell("print(6 * 7)")]), tmp_path / "01_page.ipynb")
    for _ in range(2):
        book = slides.run(page, present.read(page))
        assert book.cells[0].outputs[0].text == "42\n"
    assert capsys.readouterr().out.count("Running 01_page") == 1
    before = slides.digest(page)
    present.write(new_notebook(cells=[new_code_cell("print(6 * 8)")]), page)
    assert slides.digest(page) != before and not present.read(page).cells[0].outputs


@lesson
def test_every_lesson_becomes_slides(path):
    book = slides.as_slides(present.read(path))
    kinds = [c.metadata.slideshow.slide_type for c in book.cells]
    assert kinds[0] == "slide" and kinds.count("slide") >= 5
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.source = "pass"  # to colour the code takes longest, and is nbconvert's work
    html = slides.page(book, path.stem)
    assert html.count("<section>") > kinds.count("slide")
    loaded = re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"([^\"]+)", html)
    assert {x for x in loaded if not x.startswith("data:")} == {  # nothing from the network
        f"reveal.js/dist/{x}" for x in ("reveal.css", "theme/white.css", "reveal.js")}
    assert "$$" not in re.sub(r"(?s)<pre.*?</pre>|<style.*?</style>", "", html) and "mermaid" not in html


def test_formulas_become_mathml_and_code_stays():
    text = slides.formulas("a $x_i$ b `$x$`\n```\n$y$\n```\n$$\n\\frac{1}{2}\n$$\nfor $5 alone")
    assert "<msub>" in text and "<mfrac>" in text and "`$x$`" in text and "\n$y$\n" in text and "$5 alone" in text
