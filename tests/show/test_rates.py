"""Proportions with their intervals: every value in words, every interval drawn."""
from course_lib.show import proportions

PANELS = {"JPEG": {"mark": {70: (1.0, 0.9, 1.0), 10: (0.25, 0.1, 0.5)},
                   "payload": {70: (0.5, 0.3, 0.7), 10: (0, 0, 0.1)}},
          "crop": {"mark": {"5 %": (0.75, 0.5, 0.9)}}}


def test_every_value_is_in_the_alternative_text_and_every_line_in_the_legend():
    drawn = proportions(PANELS, "Found")
    assert drawn.alt == ("Found. JPEG, mark: 70 100%, 10 25%; JPEG, payload: 70 50%, 10 0%; crop, mark: 5 % 75%")
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["mark", "payload"]
    assert [text.get_text() for text in drawn.axes[0].get_xticklabels()] == ["70", "10"]
    segments = drawn.axes[0].collections[0].get_segments()
    assert [sorted(segment[:, 1]) for segment in segments] == [[0.9, 1.0], [0.1, 0.5]]
    assert len(drawn.png(40)) > 1000
