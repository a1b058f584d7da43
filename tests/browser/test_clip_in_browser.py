"""A browser plays a clip of a page and shows its captions."""
import numpy as np

from course_lib.show import Clip


def test_a_browser_reads_the_sound_and_the_captions(browser, tmp_path):
    tone = np.sin(np.arange(16000) / 10).astype(np.float32)
    clip = Clip.sound(tone, 16000, [(0, 0.5, "Ah"), (0.5, 1, "Oh & so on")], "a tone")
    (tmp_path / "page.html").write_text(f"<html><body>{clip._repr_html_()}</body></html>", encoding="utf-8")
    page = browser.new_page()
    try:
        page.goto((tmp_path / "page.html").as_uri())
        page.wait_for_function("() => document.querySelector('video').readyState > 0")
        page.wait_for_function("() => document.querySelector('track').readyState === 2")
        said = page.evaluate("() => [...document.querySelector('video').textTracks[0].cues].map(cue => cue.text)")
        assert said[0] == "Ah" and len(said) == 2
        assert page.evaluate("() => document.querySelector('video').textTracks[0].mode") == "showing"
        assert page.evaluate("() => document.querySelector('video').duration") == 1
    finally:
        page.close()
