"""The stored run of lesson 08: complete, and what the page says about it holds."""
from course_lib.experiments import mouth_texture
from course_lib.show import decode_sheet


def test_a_found_mouth_and_a_drawn_one():
    stored = mouth_texture.read()
    rows = stored["rows"]
    assert stored["settings"]["steps"] == mouth_texture.STEPS
    assert rows["decoder"]["psnr"] > rows["nearest frame"]["psnr"]
    assert rows["nearest frame"]["sharpness"] > rows["median of 25"]["sharpness"] > rows["mean of 25"]["sharpness"]
    assert rows["decoder"]["flicker"] < rows["median of 6"]["flicker"] < rows["nearest frame"]["flicker"]
    assert decode_sheet(stored["sheet"]).shape == (64 * (1 + len(rows)), 8 * 64, 3)
