"""The camera's script on a page with a button like that of ipywidgets: keys, count-down, pieces, what is said."""
import base64

from course_lib import media
from course_lib.widgets.camera import SCRIPT, Pieces

# as ipywidgets draws them: the upload button keeps its input to itself; a class name of the box is the receipt
PAGE = """<!doctype html><meta charset="utf-8"><body><div class="course-camera" id="box">
<div class="course-camera-panel"><div class="widget-html-content"><p data-longest="2">no scripts</p></div></div>
<button class="course-camera-wire" style="display: none"></button></div><script>
const box = document.getElementById("box"), input = document.createElement("input");
window.got = [];
input.type = "file";
document.querySelector(".course-camera-wire").addEventListener("click", () => input.click());
input.addEventListener("change", () => {
  const file = input.files[0], reader = new FileReader();
  reader.onload = () => {
    window.got.push([file.name, reader.result.split(",")[1]]);
    const [token, number] = file.name.split(".");
    box.className = `course-camera camera-allowed got-${token}-${number}`;
  };
  reader.readAsDataURL(file);
});</script></body>"""
DENIED = "() => {navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))}"
INSECURE = "() => {Object.defineProperty(navigator, 'mediaDevices', {value: undefined})}"


def test_the_camera_is_worked_by_keys_and_says_why_it_cannot(browser, tmp_path):
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    page = browser.new_page()
    try:
        page.goto((tmp_path / "page.html").as_uri())
        page.evaluate(SCRIPT.read_text(encoding="utf-8").replace("PIECE = 4e6", "PIECE = 2e4"))
        power, record, stop = (page.get_by_role("button", name=name, exact=True)
                               for name in ("turn the camera on", "record", "stop"))
        power.press("Enter")
        page.get_by_text("Fill in the consent first").wait_for()
        assert record.is_disabled() and stop.is_disabled()
        page.evaluate("() => box.classList.add('camera-allowed')")
        record.press("Enter")
        page.get_by_text("Recording begins in 3").wait_for()
        page.get_by_text("Recording: 1 of at most 2 seconds").wait_for()
        page.keyboard.press("Enter")  # the focus is on stop; otherwise it would end at 2 seconds
        page.get_by_text("Handed over").wait_for()
        pieces, got = Pieces(), page.evaluate("() => window.got")
        *parts, whole = [pieces.add(name, base64.b64decode(content)) for name, content in got]
        assert parts and set(parts) == {None}
        (tmp_path / "a.webm").write_bytes(whole)
        assert sum(1 for _ in media.read_video(tmp_path / "a.webm")) > 5
        for change, says in ((DENIED, "was not allowed to use"), (INSECURE, "only to pages of this computer")):
            page.evaluate(change)
            page.locator("#box button", has_text="camera o").press("Enter")
            if change == DENIED:  # the first key turned it off
                page.locator("#box button", has_text="camera on").press("Enter")
            page.get_by_text(says).wait_for()
            assert "upload button" in page.inner_text("#box")
    finally:
        page.close()
