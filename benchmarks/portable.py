"""`make portable`: the pages and tests that train, under other instruction sets, seeds, threads and loads.

A table, page by setting: whether every cell passed, and the smallest margin of what was claimed (course_lib.claims).
Results are kept in build/portable.json, one cell of the table at a time, so a stopped run goes on where it was.
ARGS="--only 04 --setting avx2" runs a part, --again what is there already, --show prints the table and runs nothing.
"""
import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "build" / "portable.json"
TESTS = (*(f"tests/training/test_{name}.py" for name in ("detector", "faceswap", "fit", "gan_trainer", "projection",
                                                         "stylegan", "tune")), "tests/widgets/test_training_monitor.py")
ONE = {name: "1" for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")}
SETTINGS = {  # setting: the variables that make it
    "seed 0": {}, **{f"seed {k}": {"COURSE_SEED_OFFSET": str(k)} for k in range(1, 5)},
    "avx2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "XLA_FLAGS": "--xla_cpu_max_isa=AVX2"},
    "sse41": {"ONEDNN_MAX_CPU_ISA": "SSE41"}, "one thread": ONE,
    "no onednn": {"TF_ENABLE_ONEDNN_OPTS": "0"},  # as on macOS
    "loaded": {},
}


def pages():
    """The notebooks that train, by name, and "tests" for the tests that do."""
    trains = re.compile(r"(?<!def )\b(fit|project|fine_tuned|(?:train|tune)_\w+)\(")
    found = {p.stem: p for p in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    return [name for name, path in found.items() if trains.search(path.read_text(encoding="utf-8"))] + ["tests"]


@contextlib.contextmanager
def busy(loops):
    """Endless loops beside what is measured."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def run(page, setting):
    """One cell of the table: what failed and why, claims with their margins, seconds, those of the slowest cell."""
    with tempfile.TemporaryDirectory() as folder, busy(2 if setting == "loaded" else 0):
        margins, began, before = Path(folder) / "margins", time.monotonic(), cpu()
        env = os.environ | {"COURSE_PROFILE": "ci", "COURSE_MARGINS": str(margins)} | SETTINGS[setting]
        failures, slowest = run_tests(env) if page == "tests" else run_page(page, env)
        lines = margins.read_text(encoding="utf-8").splitlines() if margins.is_file() else []
        return {"failures": failures, "claims": [json.loads(line) for line in lines],
                "seconds": round(time.monotonic() - began, 1), "cpu": round(cpu() - before, 1),
                "slowest": round(slowest, 1)}


def cpu():
    """Processor seconds of the processes that this one has started and that have ended (0 on Windows)."""
    used = os.times()
    return used.children_user + used.children_system


def run_page(page, env):
    """Runs a notebook to its end, past cells that fail: [[cell, error], ...], and the slowest cell's seconds."""
    import nbformat
    from nbclient import NotebookClient

    times, began = [], {}
    book = nbformat.read(ROOT / "notebooks" / f"{page}.ipynb", as_version=4)
    client = NotebookClient(book, timeout=900, allow_errors=True, kernel_name="python3",
                            resources={"metadata": {"path": str(ROOT / "notebooks")}},
                            on_cell_execute=lambda cell_index, **_: began.update({cell_index: time.monotonic()}),
                            on_cell_executed=lambda cell_index, **_: times.append(time.monotonic() - began[cell_index]))
    client.execute(env=env)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    return [[f"cell {number}", f"{output.ename}: {output.evalue}"[:300]] for number, cell in enumerate(code, 1)
            for output in cell.outputs if output.output_type == "error"], max(times)


def run_tests(env):
    """Runs the tests that train: [[test, error], ...], and 0 for the slowest cell.

    Raises:
        FileNotFoundError: Where a file of TESTS is gone: the table would say "passed" of what was not run.
    """
    if gone := [name for name in TESTS if not (ROOT / name).is_file()]:
        raise FileNotFoundError(f"{', '.join(gone)} {'is' if len(gone) == 1 else 'are'} gone; correct TESTS in "
                                "benchmarks/portable.py")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-rf", "-p", "no:randomly", *TESTS], cwd=ROOT, env=env,
                          capture_output=True, text=True)
    lines = [line[7:].partition(" - ") for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    if done.returncode and not lines:
        lines = [("pytest", "", done.stdout[-300:])]
    return [[name, why] for name, _, why in lines], 0.0


def table(results, names, settings):
    """The Markdown table of what was run: passed or failed, the smallest margin, processor seconds."""
    text = f"| page | {' | '.join(settings)} |\n|---|{'---|' * len(settings)}\n"
    for name in names:
        text += f"| {name} | " + " | ".join(cell(results.get(f"{name} · {s}")) for s in settings) + " |\n"
    return text


def cell(result):
    """One result in few words: 'passed, 23 %, 38 s' of the processor; beside other work the clock would say more."""
    if result is None:
        return "not run"
    verdict = f"FAILED ({len(result['failures'])})" if result["failures"] else "passed"
    margins = [claim["margin"] for claim in result["claims"]]
    return f"{verdict}, {f'{min(margins):.0%}' if margins else 'no claims'}, {result['cpu']:.0f} s"


def main(words=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.portable", description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="PAGE", help="the beginning of a page's name, or tests")
    parser.add_argument("--setting", nargs="+", choices=SETTINGS, metavar="SETTING", help=", ".join(SETTINGS))
    parser.add_argument("--again", action="store_true", help="also what is in the table already")
    parser.add_argument("--show", action="store_true", help="print the table and run nothing")
    options = parser.parse_args(words)
    chosen = [p for p in pages() if not options.only or p.startswith(tuple(options.only))]
    if not chosen:
        parser.error(f"no page begins with {', '.join(options.only)}; there are {', '.join(pages())}")
    results = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    for setting in options.setting or SETTINGS:
        for page in chosen:
            key = f"{page} · {setting}"
            if options.show or key in results and not options.again:
                continue
            results[key] = run(page, setting)
            print(f"{key}: {cell(results[key])}", *(": ".join(f) for f in results[key]["failures"]), sep="\n  ",
                  flush=True)
            FILE.parent.mkdir(exist_ok=True)
            part = FILE.with_suffix(".part")
            part.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
            part.replace(FILE)
    print(table(results, chosen if options.only else pages(), options.setting or SETTINGS))
    return any(results.get(f"{page} · {s}", {}).get("failures") for page in chosen for s in options.setting or SETTINGS)


if __name__ == "__main__":
    sys.exit(main())
