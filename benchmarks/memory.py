"""Peak memory of every page: `python -m benchmarks.memory [LESSON ...]`, for docs/hub.md. Not part of `make bench`,
since it runs the pages, one after another, in the profile of COURSE_PROFILE."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from course_lib.profile import from_environment

HOME = Path(__file__).resolve().parent.parent / "notebooks"
OUT = Path("build") / "memory.json"
# The kernel is a child of nbconvert, and its peak reaches here when both have ended.
PEAK = """
import resource, subprocess, sys
command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--log-level=ERROR",
           "--ExecutePreprocessor.timeout=-1", "--output-dir", sys.argv[2], sys.argv[1]]
done = subprocess.run(command)
scale = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * scale)
sys.exit(done.returncode)
"""


def peak(page):
    """The largest resident memory of a page's kernel, in bytes; the page runs from top to bottom.

    Args:
        page: Path of a notebook.
    Returns:
        int.
    Raises:
        CalledProcessError: when a cell fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-c", PEAK, page.name, folder], cwd=page.parent, check=True,
                              stdout=subprocess.PIPE, text=True)
    return int(done.stdout.split()[-1])


def main(names):
    pages = [page for page in sorted(HOME.glob("*.ipynb")) if not names or page.stem.split("_")[0] in names]
    profile = from_environment().name
    kept = json.loads(OUT.read_text(encoding="utf-8")) if OUT.is_file() else {}
    for page in pages:
        kept[page.stem] = {"profile": profile, "GiB": round(peak(page) / 2**30, 2)}
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        print(f"| {page.stem} | {kept[page.stem]['GiB']:.2f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
