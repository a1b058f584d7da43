"""The guard over notebooks run as tests: what nbval would let pass falsely, fails."""
import nbformat

pytest_plugins = ["pytester"]
SWALLOWS = "import time\ntry:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    pass"
CELLS = [
    ("1 + 1", [], "PASSED"),
    ("1 / 0", [], "FAILED"),
    ("1 / 0", ["raises-exception"], "PASSED"),
    ("1 + 1", ["raises-exception"], "FAILED"),
    (SWALLOWS, [], "FAILED"),
]


def test_what_passes_falsely_fails(pytester, request):
    pytester.makeconftest((request.config.rootpath / "conftest.py").read_text(encoding="utf-8"))
    cells = [nbformat.v4.new_code_cell(source, metadata={"tags": tags}) for source, tags, _ in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), pytester.path / "page.ipynb")
    result = pytester.runpytest_subprocess("-v", "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=3",
                                           "-p", "no:cacheprovider", "page.ipynb")
    result.stdout.fnmatch_lines([f"*::Cell {i} {outcome}*" for i, (_, _, outcome) in enumerate(CELLS)])
