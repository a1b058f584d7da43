"""Docstrings that tools can read: Google sections, in which every argument, result and error of a function is named."""
import ast
from pathlib import Path

import pytest
from docstring_parser import Style, parse

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "course_lib").rglob("*.py"))
# methods that a framework calls; what they do is the framework's to say
INHERITED = {"build", "call", "compute_output_shape", "get_config", "from_config", "convolution_op",
             "save_own_variables", "load_own_variables", "train_step", "test_step"}


def public(tree):
    """(name, function or class, whether it is a method) of everything public at the top of a module and its classes."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node.name, node, False
            for method in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
                    setter = any("setter" in ast.unparse(d) for d in method.decorator_list)
                    if method.name not in INHERITED and not setter:
                        yield f"{node.name}.{method.name}", method, True


def own(node, kinds):
    """The nodes of these kinds in a function's own body, not in those that it defines."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            if isinstance(child, kinds):
                yield child
            yield from own(child, kinds)


def arguments(node, method):
    """The names of the arguments that a caller gives: a function's, or those of a class's __init__ or of its fields."""
    if isinstance(node, ast.ClassDef):
        if any("dataclass" in ast.unparse(d) for d in node.decorator_list):
            return [n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and not n.target.id.startswith("_")]
        init = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
        return arguments(init, True) if init else []
    listed = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    listed += [a.arg for a in (node.args.vararg,) if a]  # what **options takes is said where it goes
    static = any("staticmethod" in ast.unparse(d) for d in node.decorator_list)
    return [a for a in listed[method and not static:] if not a.startswith("_")]


def faults(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not ast.get_docstring(tree):
        yield "the module has no docstring"
    for name, node, method in public(tree):
        text = ast.get_docstring(node)
        if not text:
            yield f"{name} has no docstring"
            continue
        doc = parse(text, style=Style.GOOGLE)
        told = {name.strip().lstrip("*") for p in doc.params for name in p.arg_name.split(",")}
        if missing := [a for a in arguments(node, method) if a not in told]:
            yield f"{name} does not describe {', '.join(missing)}"
        if extra := told - set(arguments(node, method)) - {getattr(getattr(node, "args", None), "kwarg", None)
                                                          and node.args.kwarg.arg}:
            if not isinstance(node, ast.ClassDef):
                yield f"{name} describes {', '.join(sorted(extra))}, which it does not take"
        if isinstance(node, ast.ClassDef) or any("property" in ast.unparse(d) for d in node.decorator_list):
            continue
        gives = any(r.value is not None and not (isinstance(r.value, ast.Constant) and r.value.value is None)
                    for r in own(node, ast.Return)) or any(own(node, (ast.Yield, ast.YieldFrom)))
        if gives and not doc.returns:
            yield f"{name} does not say what it returns"
        if not gives and doc.returns:
            yield f"{name} says what it returns, but returns nothing"
        if any(r.exc is not None and isinstance(r.exc, ast.Call) for r in own(node, ast.Raise)) and not doc.raises:
            yield f"{name} does not say what it raises"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_everything_public_says_what_it_takes_returns_and_raises(path):
    assert list(faults(path)) == []
