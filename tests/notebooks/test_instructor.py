"""INSTRUCTOR.md says of every lesson what is true of its page."""
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "INSTRUCTOR.md").read_text(encoding="utf-8")
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)


PLANS = {part.split(" ")[0]: part for part in re.split(r"^## ", TEXT, flags=re.M)}


def plan_of(path):
    """The number of a page's plan: a second page without a plan of its own shares that of the first."""
    own = path.stem.split("_")[0]
    return own if own in PLANS else own[:2]


def plan(path):
    assert plan_of(path) in PLANS, f"INSTRUCTOR.md has no plan for {path.stem}"
    return PLANS[plan_of(path)]


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()
            if re.match(r"\| ?\d+ \|", line)]


@lesson
def test_a_lesson_has_a_plan_of_90_minutes(path):
    text = plan(path)
    assert f"(notebooks/{path.name})" in text
    assert sum(int(row[0]) for row in rows(text)) == 85  # five to arrive
    for wanted in ("*Usually goes wrong:*", "*Ask:*", "*Give:*"):
        assert wanted in text
    asked = text.split("*Ask:*")[1].split("*Give:*")[0]
    assert len(re.findall(r"\?\s\(", asked)) >= 3, "three questions, each with its answer in brackets"


@lesson
def test_the_plan_names_sections_and_widgets_of_the_page(path):
    cells = [c for p in LESSONS if plan_of(p) == plan_of(path) for c in nbformat.read(p, as_version=4).cells]
    words = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
    code = "\n\n".join(c.source for c in cells if c.cell_type == "code")
    headings = re.findall(r"^## (.+)$", words, re.M)
    names = sorted({name for h in headings for name in (h, h.split(":")[0])}, key=len, reverse=True)
    for _, section, *_ in rows(plan(path)):
        left = re.sub(r"\(.*?\)", "", section)
        for name in names:
            left = left.replace(name, "")
        assert not re.search(r"\w", left), f"{left.strip(' ,')!r} of {section!r} is no section of {path.name}"
    shown = set(re.findall(r"widget: `(\w+)`", plan(path)))
    made = set(re.findall(r"from course_lib\.widgets\.\w+ import (.+)", code))
    made = {name for line in made for name in line.split(", ") if name[0].isupper()} - {"State", "Evidence"}
    assert shown == made, "every widget of the page has its place in the plan"


def test_the_points_are_those_of_the_checks():
    from course_lib.exercises import EXERCISES

    part = TEXT.split("## Exercises and grading")[1].split("\n## ")[0]
    table = {row[0]: [int(points) for points in re.findall(r"\((\d)\)", row[1])] for row in rows(part)}
    for number in {name[:2] for name in EXERCISES}:
        assert table.get(number) == [e.points for name, e in EXERCISES.items() if name[:2] == number], number


def test_links_and_targets_are_there():
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert "://" in link or (ROOT / link).exists(), link
    targets = set(re.findall(r"^([a-z]+):.* ## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"`(?:\w+=\w+ )?make ([a-z]+)", TEXT)) <= targets
