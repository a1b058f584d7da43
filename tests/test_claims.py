"""Claims about training: asserted with a readable message, and their margins kept where somebody asks for them."""
import json

import pytest

from course_lib.claims import claim


def test_what_holds_passes_and_leaves_its_margin(tmp_path, monkeypatch):
    file = tmp_path / "margins"
    claim(3, ">", 2, "no file is named: nothing is written")
    monkeypatch.setenv("COURSE_MARGINS", str(file))
    claim(3, ">", 2, "three is more than two")
    claim(-3.0, "<", -2, "and minus three is less than minus two")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [row["margin"] for row in rows] == [0.5, 0.5]
    assert rows[0] == {"sentence": "three is more than two", "value": 3.0, "bound": 2.0, "margin": 0.5}


@pytest.mark.parametrize(("value", "relation", "bound"), [(1, ">", 2), (2, ">", 2), (3, "<", 2),
                                                            (float("nan"), ">", 2)])
def test_what_does_not_hold_fails_and_is_kept_too(tmp_path, monkeypatch, value, relation, bound):
    monkeypatch.setenv("COURSE_MARGINS", str(tmp_path / "margins"))
    with pytest.raises(AssertionError, match=r"Expected here: the discriminator knows its own\. But .* is not [<>] 2"):
        claim(value, relation, bound, "the discriminator knows its own")
    assert not json.loads((tmp_path / "margins").read_text(encoding="utf-8"))["margin"] > 0


@pytest.mark.parametrize(("relation", "bound"), [("=", 1), (">", 0)])
def test_claims_that_say_nothing_are_refused(relation, bound):
    with pytest.raises(ValueError, match="expected '>' or '<', and a bound other than 0"):
        claim(1, relation, bound, "nothing")
