"""Is this commit fit for a release? `make release-check` tries it as a stranger would, in a clean clone.

First what takes seconds: version and date are the same everywhere, every file of weights has a licence (and ours a
card), and every link to the outside answers. Then the clone: both commands of the README, the book, the lowest
versions, the two distributions, and the wheel in an empty environment.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request

from course_lib import checkpoints
from course_lib.faces import tflite
from course_lib.publishing.lab import ROOT

CLONE = ROOT / "build" / "release" / "course"
DISTRIBUTIONS = "from setuptools import build_meta as b; b.build_sdist('build/dist'); b.build_wheel('build/dist')"
STEPS = {  # commands in the clone; `make lab` would stay open, so JupyterLab only says its version
    "lab": [["make", "lab", "ARGS=--version"]],
    "test": [["make", "test"]],
    "book": [["make", "book"]],
    "lowest": [["make", "lowest"]],
    "distributions": [  # and the wheel in an empty environment, with the newest versions, as pip gives them
        ["{python}", "-c", DISTRIBUTIONS],
        ["{python}", "-m", "venv", "--clear", "build/wheel"],
        ["{bin}/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "{wheel}"],
        ["{bin}/course", "check"],
    ],
}
LINK = re.compile(r"https?://[^\s)>\"'`\\\]]+")
EXAMPLE = re.compile(r"https?://(localhost|127\.|10\.|HUB|HOST|[^/]*example)|[A-Z]{4}")


def disagreements(root=ROOT):
    """Compare what the files of a checkout say about the version and its date.

    Args:
        root: Path of the checkout.
    Returns:
        List of sentences, empty where all agree.
    """
    names = ("pyproject.toml", "CITATION.cff", "CHANGELOG.md")
    read = {name: (root / name).read_text(encoding="utf-8") for name in names}
    version = tomllib.loads(read["pyproject.toml"])["project"]["version"]
    wrong = []
    if f"\nversion: {version}\n" not in read["CITATION.cff"]:
        wrong.append(f"CITATION.cff does not name version {version}")
    newest = re.search(r"^## (\S+) - (\S+)$", read["CHANGELOG.md"], re.M)
    if not newest or newest[1] != version:
        begins = newest[1] if newest else "nothing"
        return [*wrong, f"CHANGELOG.md begins with {begins}, expected `## {version} - DATE`"]
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", newest[2]):
        wrong.append(f"CHANGELOG.md has no date for {version}: write it as 2026-12-31")
    elif f"\ndate-released: {newest[2]}\n" not in read["CITATION.cff"]:
        wrong.append(f"CITATION.cff has no `date-released: {newest[2]}`, the date in CHANGELOG.md")
    return wrong


def weights():
    """List every file of weights that is shipped, fetched or brought by a package, with its licence.

    Returns:
        (lines of a Markdown table, list of what is missing).
    """
    lines, wrong = ["| weights | MB | where from | licence |", "|---|---|---|---|"], []
    for entry in checkpoints.list_checkpoints():
        lines.append(f"| {entry.name} | {entry.size / 1e6:.1f} | {entry.url or 'shipped'} | {entry.licence} |")
        if not entry.licence.strip():
            wrong.append(f"{entry.name} has no licence in datasets/registry.toml")
        if not entry.url and not entry.path.with_name("card.md").is_file():
            wrong.append(f"{entry.name} is shipped without a card")
    for name in tflite.SHA256:
        lines.append(f"| {name} | {len(tflite.model_bytes(name)) / 1e6:.1f} | {tflite.PACKAGE} | {tflite.LICENCE} |")
    return lines, wrong


def outside_links(root=ROOT):
    """Collect the links to the outside in a checkout's texts and pages.

    Args:
        root: Path of the checkout.
    Returns:
        {address: the file that names it first}.
    """
    files = [*root.glob("*.md"), root / "CITATION.cff", *root.glob("docs/*.md"), *root.glob("datasets/*.md"),
             root / "datasets" / "registry.toml", *root.glob("notebooks/*.ipynb")]
    found = {}
    for file in sorted(files):
        for link in LINK.findall(file.read_text(encoding="utf-8")):
            if not EXAMPLE.search(link):
                found.setdefault(link.rstrip(".,;:"), file.relative_to(root).as_posix())
    return found


def dead(links, timeout=20):
    """Ask for every address.

    Args:
        links: what outside_links gives.
        timeout: seconds for each.
    Returns:
        List of sentences about those that are not there; a server that refuses programs (401, 403, 429) is there.
    """
    wrong = []
    for link, file in links.items():
        try:
            request = urllib.request.Request(link, headers={"User-Agent": "Mozilla/5.0"})
            urllib.request.urlopen(request, timeout=timeout).close()
        except urllib.error.HTTPError as error:
            if error.code not in (401, 403, 429):
                wrong.append(f"{file} links to {link}: {error.code} {error.reason}")
        except (OSError, ValueError) as error:
            wrong.append(f"{file} links to {link}: {error}")
    return wrong


def clone():
    """Clone what is committed into build/release.

    Raises:
        ValueError: when something is not committed, for it would not be tried.
    """
    status = ["git", "status", "--porcelain"]
    if changed := subprocess.run(status, cwd=ROOT, capture_output=True, text=True, check=True).stdout:
        raise ValueError(f"commit these first, or the release is tried without them:\n{changed}")
    shutil.rmtree(CLONE.parent, ignore_errors=True)
    CLONE.parent.mkdir(parents=True)
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(CLONE)], check=True)


def _filled(parts):
    """A step's command with this interpreter, the folder of build/wheel's programs, and the wheel that was built."""
    places = {"python": sys.executable, "bin": CLONE / "build" / "wheel" / ("Scripts" if os.name == "nt" else "bin"),
              "wheel": next((CLONE / "build" / "dist").glob("*.whl"), "")}
    return [part.format(**places) for part in parts]


def main(argv=None):
    """Check a release.

    Args:
        argv: list of arguments; sys.argv's when left out.
    Returns:
        The exit code: 0, or 1 where something must be put right first.
    """
    parser = argparse.ArgumentParser(prog="make release-check", description="Is this commit fit for a release?")
    parser.add_argument("--only", nargs="+", choices=("facts", "weights", "links", *STEPS), help="these checks alone")
    wanted = parser.parse_args(argv).only or ("facts", "weights", "links", *STEPS)
    wrong = disagreements() if "facts" in wanted else []
    if "weights" in wanted:
        lines, missing = weights()
        print("\n".join(lines))
        wrong += missing
    if "links" in wanted:
        wrong += dead(outside_links())
    print("\n".join(wrong), end="\n" * bool(wrong), flush=True)
    steps = [name for name in STEPS if name in wanted]
    if wrong or not steps:
        return int(bool(wrong))
    try:
        clone()
        for name in steps:
            for parts in STEPS[name]:
                command = _filled(parts)
                print(f"== {name}: {' '.join(command[:3])}", flush=True)
                subprocess.run(command, cwd=CLONE, check=True)
    except (ValueError, subprocess.CalledProcessError) as error:
        print(error)
        return 1
    print("Fit for a release. Tag it, and give the tag to the archive that issues the DOI.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
