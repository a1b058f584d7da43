"""Assertions about a network that a page has just trained, with a record of their margins."""
import json
import os


def claim(value, relation, bound, sentence):
    """Assert that value > bound, or value < bound; prints nothing.

    For results of training, which differ a little from processor to processor: state a bound that the worst of several
    seeds meets with a margin. Where COURSE_MARGINS names a file, a line of JSON is appended to it: the sentence and the
    margin, (value - bound) / |bound| for ">", negative where the claim fails (see `make portable`).

    Args:
        value: The measured number.
        relation: ">" or "<".
        bound: What it is compared with, not 0 (the margin is relative to it).
        sentence: The claim, in words that a learner can act on when it fails.
    Raises:
        AssertionError: When the claim fails; the message has the sentence and both numbers.
        ValueError: For another relation, or a bound of 0.
    Lesson 04.
    """
    if relation not in (">", "<") or bound == 0:
        raise ValueError(f"relation={relation!r}, bound={bound!r}: expected '>' or '<', and a bound other than 0")
    value, bound = float(value), float(bound)
    margin = (value - bound) / abs(bound) * (1 if relation == ">" else -1)
    if os.environ.get("COURSE_MARGINS"):
        with open(os.environ["COURSE_MARGINS"], "a", encoding="utf-8") as file:
            file.write(json.dumps({"sentence": sentence, "value": value, "bound": bound, "margin": margin}) + "\n")
    assert margin > 0, (f"Expected here: {sentence}. But {value:.4g} is not {relation} {bound:.4g}. Nothing is broken "
                        "on your machine: training on another processor takes another path, and this one ended here.")
