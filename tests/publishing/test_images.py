"""What builds images and runs elsewhere (a hub, Codespaces, GitHub) names files and commands that are there."""
import json
import os
import re
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from course_lib import cli

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = SpecifierSet(PROJECT["requires-python"])
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def test_the_hub_s_image_installs_what_the_lock_says_and_fails_with_its_commands():
    script = ROOT / ".binder" / "postBuild"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash" and "set -euo pipefail" in lines
    mode = subprocess.run(["git", "ls-files", "-s", script], cwd=ROOT, capture_output=True, text=True).stdout[:6]
    assert mode in ("100755", "") and (os.name == "nt" or script.stat().st_mode & stat.S_IXUSR)
    assert (ROOT / re.search(r"--require-hashes -r (\S+)", script.read_text(encoding="utf-8"))[1]).is_file()
    commands = [line.split()[-1] for line in lines if "-m course_lib" in line]
    assert commands == ["compile", "check"]
    for command in commands:
        assert cli.parser().parse_args([command]).run
    wanted = yaml.safe_load((ROOT / ".binder" / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (python,) = [entry.split("=")[1] for entry in wanted if entry.startswith("python=")]
    assert python in PYTHONS


def test_the_dev_container_makes_the_environment_that_its_editor_opens():
    about = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert about["image"].rsplit(":", 1)[1] in PYTHONS
    make, target = about["postCreateCommand"].split()
    assert make == "make" and target in TARGETS
    assert set(about["portsAttributes"]) == {str(port) for port in about["forwardPorts"]}
    where = about["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert where == "${containerWorkspaceFolder}/.venv/bin/python"


@pytest.mark.parametrize("name", ["book", "test"])
def test_a_workflow_runs_what_is_there(name):
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    runs = [step["run"].split() for step in steps if "run" in step]
    assert runs and all((words[0] == "make" and words[1] in TARGETS) or (ROOT / words[0]).is_file() for words in runs)
    versions = [step["with"]["python-version"] for step in steps if "python-version" in step.get("with", {})]
    tried = {row["python"] for row in jobs.get("test", {}).get("strategy", {}).get("matrix", {}).get("include", [])}
    assert tried | {v for v in versions if "$" not in v} <= {str(v) for v in ("3.11", "3.12", "3.13") if v in PYTHONS}
    assert name != "test" or tried == {"3.11", "3.12", "3.13"}
