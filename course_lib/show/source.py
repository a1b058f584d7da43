"""The source code behind a lesson, shown on its page."""

import html
import inspect
from pathlib import Path


class Source:
    """Source code, coloured in a notebook and plain elsewhere.

    Args:
        thing: A function or class.
    """

    def __init__(self, thing):
        thing = inspect.unwrap(getattr(thing, "python_function", thing))
        self.text = inspect.getsource(thing)
        path, line = Path(inspect.getsourcefile(thing)), inspect.getsourcelines(thing)[1]
        parts = path.parts
        parts = parts[parts.index("course_lib") :] if "course_lib" in parts else parts[-1:]
        self.where = f"{'/'.join(parts)}, line {line}"

    def __repr__(self):
        return f"# {self.where}\n{self.text}"

    def _repr_html_(self):
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer

        box = "border-left:4px solid #0072B2;padding:.4em .8em;background:#f6f8fa;color:#1b1f24;overflow:auto"
        code = highlight(self.text, PythonLexer(), HtmlFormatter(noclasses=True, nobackground=True, style="friendly"))
        return f'<div style="{box}"><small>{html.escape(self.where)}</small>{code}</div>'


def show_source(thing):
    """Show how a function or class of the library is written, and where it is.

    Args:
        thing: The function or class.
    Returns:
        A Source, which the notebook displays.
    """
    return Source(thing)
