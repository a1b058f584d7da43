"""Every model card is written by a recipe, and every recipe gives a card just the numbers that it names."""
import ast
import importlib.util
from pathlib import Path
from string import Formatter

import pytest

from course_lib import recipes

FOLDER = Path(recipes.__file__).parent
TEMPLATES = {path.stem: path.read_text(encoding="utf-8") for path in (FOLDER / "cards").glob("*.md")}
PARTS = {"swap_scores", "mesonet_scores", "portrait_stylegan_discriminator"}  # they are no whole cards


def calls():
    """(file, template, names of the values, whether further ones come in a dict) of each call of model_card."""
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "model_card":
                names = {k.arg for k in node.keywords}
                yield path.stem, node.args[0].value, names - {None}, None in names


def test_every_card_has_a_recipe_and_every_recipe_a_card():
    assert {template for _, template, *_ in calls()} == set(TEMPLATES)
    assert {file for file, *_ in calls()} == {module for module, *_ in recipes.BUILDS.values()}


@pytest.mark.parametrize(("file", "template", "values", "more"), list(calls()))
def test_a_card_gets_the_numbers_that_it_names(file, template, values, more):
    named = {name.split(".")[0] for _, name, *_ in Formatter().parse(TEMPLATES[template]) if name}
    assert named >= values if more else named == values


@pytest.mark.parametrize("template", sorted(set(TEMPLATES) - PARTS))
def test_a_card_says_what_a_model_card_says(template):
    for word in ("Training:", "Rebuild: `", "Limits", "Data:")[: 3 if template == "named_decoder" else 4]:
        assert word in TEMPLATES[template]


def test_a_card_is_filled_in():
    assert recipes.model_card("portrait_stylegan_discriminator", steps=12).count("after 12 steps") == 1
    with pytest.raises(KeyError, match="steps"):
        recipes.model_card("portrait_stylegan_discriminator")


def test_recipes_hold_nothing_but_recipes():
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert files == {module for module, *_ in recipes.BUILDS.values()}
    assert all(importlib.util.find_spec(f"course_lib.recipes.{file}") for file in files)
