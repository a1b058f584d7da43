"""A learner's hands on a page of JupyterLab: runs a notebook, finds its widgets, moves every control of them."""
import importlib.resources
import re
from pathlib import Path

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
SIZES = {"laptop": (1366, 768), "projector": (1920, 1080)}
RUN, STEP = 600_000, 60_000  # milliseconds at most for a notebook and for one answer: machines can be busy
CHANGE, BACK = 8000, 800  # at most until a picture changes: after a move that must change it, and after others
IDLE = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
CELLS = """() => [...jupyterapp.shell.currentWidget.content.model.cells].filter(c => c.type === 'code').map(c =>
           [c.executionCount, c.outputs.toJSON().filter(o => o.output_type === 'error').map(o => o.evalue)])"""
OVER = f"() => {{const cells = ({CELLS})(); return cells.every(c => c[0]) || cells.some(c => c[1].length)}}"
# the picture, the lines and clips below it, and which buttons can be pressed
LOOK = """e => [e.querySelector('.widget-image').src,
          [...e.querySelectorAll('.widget-html-content, video')].map(x => x.src || x.innerHTML).join(),
          [...e.querySelectorAll('button')].map(b => b.disabled).join()]"""


def run_all(page, address):
    """Opens a notebook and runs all its cells by the menu; fails with the first error of a cell."""
    page.goto(address, wait_until="domcontentloaded")
    page.wait_for_function(IDLE, timeout=RUN)
    page.get_by_role("menuitem", name="Run", exact=True).click(timeout=STEP)
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click(timeout=STEP)
    page.wait_for_function(OVER, timeout=RUN)
    errors = [errors for _, errors in page.evaluate(CELLS) if errors]
    assert not errors, f"a cell failed: {errors[0][0]}"
    page.wait_for_function(IDLE, timeout=RUN)


def views(page):
    """The course's widgets on the page, each the outermost box around a picture, drawn and without an error."""
    found = page.locator(".jp-OutputArea-output > .jupyter-widgets:has(img.widget-image)")
    for view in found.all():
        view.scroll_into_view_if_needed(timeout=STEP)
        image = view.locator("img.widget-image").element_handle()
        page.wait_for_function("e => e.naturalWidth > 10", arg=image, timeout=STEP)
        assert image.get_attribute("title"), "the picture has no text for screen readers"
        sound(view)
    return found.all()


def sound(view):
    """No error stands in the widget, neither the course's nor that of a control that the browser could not draw."""
    assert view.locator(".view-error, .jupyter-widgets-error-widget").all_inner_texts() == []


def moved(page, view, move, whole=False, wait=CHANGE):
    """Makes a move and says whether the picture changed within `wait` ms; whole: or anything else of the view."""
    before, handle = view.evaluate(LOOK), view.element_handle()
    move()
    same = f"([e, b]) => {{const now = ({LOOK})(e); return now[0] !== b[0] || ({str(whole).lower()} && "\
           "(now[1] !== b[1] || now[2] !== b[2]))}"
    try:
        page.wait_for_function(same, arg=[handle, before], timeout=STEP if whole else wait)
    except Exception as error:
        if "Timeout" not in type(error).__name__:
            raise
        return False
    sound(view)
    return True


def move_everything(page, view):
    """Moves each control of a widget by keyboard and by mouse: (name, how) of the moves that changed no picture.

    Of the sliders, which are alike, only the first is moved by mouse too.
    """
    idle, by_mouse = [], True
    for tab in view.get_by_role("tab").all() or [None]:
        if tab is not None:
            tab.click()
        for control in view.locator(".widget-slider:visible").all():
            if not control.locator("[disabled]").count():  # a move of another may have enabled or disabled it
                idle += _slide(page, view, control, by_mouse)
                by_mouse = False
        # Before the lists: a choice there may disable a box, and a busy kernel does so late.
        for control in view.locator(".widget-checkbox:visible:has(input:enabled)").all():
            box = control.locator("input")
            idle += _both(page, view, control, lambda box=box: box.press("Space"), box.click)
        for control in view.locator(".widget-dropdown:visible").all():
            idle += _choose(page, view, control)
        for control in view.locator(".widget-toggle-buttons:visible").all():
            buttons = control.get_by_role("button").all()
            idle += _both(page, view, control, lambda b=buttons: b[1].press("Enter"), buttons[0].click)
    for button in view.locator(".widget-button:enabled").all():
        if button.is_enabled() and not moved(page, view, button.click, whole=True):
            idle.append((button.inner_text(), "click"))
    return idle


def name_of(control):
    """The label of a control, without its value."""
    return re.sub(r"[\W\d]+$", "", control.inner_text().strip().split("\n")[0])


def _both(page, view, control, keys, mouse):
    return [(name_of(control), how) for how, move in (("keys", keys), ("mouse", mouse)) if not moved(page, view, move)]


def _slide(page, view, control, by_mouse):
    """To an end by keys, far along the track by mouse if asked, and back: by typing, or by keys in a list."""
    handle = control.get_by_role("slider")
    low, high, now = (float(handle.get_attribute(f"aria-value{x}")) for x in ("min", "max", "now"))
    if low == high:
        return []
    typed = control.locator(".widget-readout").inner_text().replace("−", "-")
    track = control.locator(".noUi-target")
    ends = [key for key, end in (("End", high), ("Home", low)) if end != now]  # the second if the first shows nothing
    keys = any(moved(page, view, lambda key=key: handle.press(key)) for key in ends)
    share = 0.2 if float(handle.get_attribute("aria-valuenow")) > (low + high) / 2 else 0.8
    there = {"x": track.bounding_box()["width"] * share, "y": 2}
    mouse = not by_mouse or moved(page, view, lambda: track.click(position=there, force=True))
    readout = control.locator(".widget-readout")
    if readout.get_attribute("contenteditable") == "true":
        readout.click()
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.type(typed)
        moved(page, view, lambda: page.keyboard.press("Enter"), wait=BACK)
    else:
        moved(page, view, lambda: [handle.press(key) for key in ("Home", *["ArrowRight"] * int(now - low))], wait=BACK)
    return [(name_of(control), how) for how, seen in (("keys", keys), ("mouse", mouse)) if not seen]


def _choose(page, view, control):
    """The next choice of a list and back by mouse; by keys as in JupyterLab: Space opens, an arrow, Enter takes."""
    box = control.get_by_role("combobox")
    options = box.locator("option").count()
    if options < 2:
        return []
    begin = box.evaluate("e => e.selectedIndex")
    other = (begin + 1) % options
    mouse = moved(page, view, lambda: box.select_option(index=other))
    mouse |= moved(page, view, lambda: box.select_option(index=begin), wait=BACK if mouse else CHANGE)
    arrow = "ArrowDown" if begin < options - 1 else "ArrowUp"
    keys = moved(page, view, lambda: [box.press("Space"), page.keyboard.press(arrow), page.keyboard.press("Enter")])
    moved(page, view, lambda: box.select_option(index=begin), wait=BACK)
    return [(name_of(control), how) for how, ok in (("keys", keys), ("mouse", mouse)) if not ok]


def shoot(page, view, name):
    """Pictures of the page with the widget in view, at each of SIZES, into build/screenshots."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        view.locator("img.widget-image").evaluate("e => e.scrollIntoView({block: 'center'})")
        page.screenshot(path=SHOTS / f"{name}_{size}.png")
    width, height = SIZES["laptop"]
    page.set_viewport_size({"width": width, "height": height})


def violations(page, within="document"):
    """What axe-core finds serious or critical on a page, or in the elements that a CSS selector names, as sentences."""
    script = importlib.resources.files("axe_playwright_python") / "axe.min.js"  # the file alone; its code is not used
    page.evaluate(script.read_text(encoding="utf-8"))
    where = within if within == "document" else f"{{include: {[[within]]}}}"
    found = page.evaluate(f"() => axe.run({where}, {{resultTypes: ['violations']}})")["violations"]
    return [f"{rule['help']} ({rule['id']}): {node['html'][:120]}" for rule in found for node in rule["nodes"]
            if rule["impact"] in ("serious", "critical")]


def unreached(page, view):
    """How many enabled controls of a widget the Tab key does not reach from its picture on."""
    reach = "[role=slider], .widget-readout[contenteditable=true], select, input, button"
    enabled = f"""e => [...e.querySelectorAll("{reach}")].filter(x => x.offsetParent && !x.disabled
                  && !x.closest("[disabled]"))"""
    count = view.evaluate(f"e => ({enabled})(e).length")
    view.evaluate("e => {e.tabIndex = -1; e.focus()}")
    seen = set()
    for _ in range(2 * count + 2):
        page.keyboard.press("Tab")
        seen.add(view.evaluate(f"e => ({enabled})(e).indexOf(document.activeElement)"))
    return count - len(seen - {-1})
