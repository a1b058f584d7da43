"""Where a submission runs: limits on what it takes, and a box of Linux namespaces that it cannot reach out of.

In the box a kernel sees the programs, a copy of the course that cannot be written to and an empty folder of limited
size; no network, no other process, no other submission, no result. pytest, which writes the results, stays outside.
Where the system offers no namespaces (macOS, many containers) the kernel runs under the limits alone, and an audit
hook refuses network, processes and writing elsewhere; that stops accidents, not a determined attacker.
"""
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/etc/alternatives", "/etc/ld.so.cache", "/etc/passwd",
          "/etc/group", "/etc/localtime", "/nix/store", "/gnu/store")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
NOBODY = 65534


@dataclass(frozen=True)
class Limits:
    """What one notebook may take.

    Args:
        seconds: of the clock in all.
        cell_seconds: of the clock in one cell.
        memory: bytes of all its processes together.
        disk: bytes that it may write.
        processes: how many may live at once.
        threads: of them all.
    """

    seconds: float = 240
    cell_seconds: float = 60
    memory: int = 4 << 30
    disk: int = 256 << 20
    processes: int = 32
    threads: int = 1024


def _script(course):
    """The shell script that builds the box inside new namespaces, then runs its further arguments in it.

    $1: an empty folder to build in. $2: bytes of disk. $3: the kernel's connection file, copied in.
    """
    lines = ["set -e", "umask 022", 'R="$1"; disk="$2"; file="$3"; shift 3', "trap : INT",
             'mount -t tmpfs -o size=1m,mode=755 tmpfs "$R"; cd "$R"']
    python = sys.base_prefix, sys.prefix
    behind = [real for real in map(os.path.realpath, python) if real not in python]  # where an environment is a link
    shown = {path: path for path in (*SYSTEM, *python, *behind, *DEVICES)} | {"/course": str(course)}
    for inside, outside in shown.items():
        place, source = shlex.quote("." + inside), shlex.quote(outside)
        if os.path.islink(outside):
            lines.append(f"mkdir -p $(dirname {place}); ln -s {shlex.quote(os.path.realpath(outside))} {place}")
        elif os.path.exists(outside):
            make = f"mkdir -p {place}" if os.path.isdir(outside) else f"mkdir -p $(dirname {place}); touch {place}"
            only = "" if outside in DEVICES else f"; mount -o remount,bind,ro {place}"
            lines.append(f"[ -e {place} ] || {{ {make}; }}; mount --bind {source} {place}{only}")
    lines += [
        "mkdir proc scratch; mount -t proc -o ro,nosuid,nodev,noexec proc proc",
        'mount -t tmpfs -o size="$disk",nr_inodes=20k,mode=1777,nosuid,nodev tmpfs scratch',
        '[ -z "$file" ] || install -m 644 "$file" scratch/connection.json; mount -o remount,ro .',
        "drop='--no-new-privs --bounding-set=-all --inh-caps=-all'",
        f"[ -n \"$AS_USER\" ] || drop=\"$drop --reuid={NOBODY} --regid={NOBODY} --clear-groups\"",
        'chroot . /usr/bin/setpriv $drop /usr/bin/env -i -C /scratch HOME=/scratch TMPDIR=/scratch PYTHONPATH=/course '
        'LANG=C.UTF-8 COURSE_PROFILE=ci COURSE_CACHE=/scratch/cache CUDA_VISIBLE_DEVICES=-1 PYTHONDONTWRITEBYTECODE=1 '
        '"$@"',
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


class Box:
    """Runs kernels in isolation; `namespaces` tells whether in namespaces, `about` what is and is not kept out.

    Args:
        course: folder with the course_lib that they import.
        home: folder for the box's own files.
        namespaces: whether to use them; when left out they are tried once.
    """

    def __init__(self, course, home, *, namespaces=None):
        self.course, self.home = Path(course), Path(home)
        self.script = self.home / "box.sh"
        self.script.write_text(_script(self.course), encoding="utf-8")
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        same = [p for p in psutil.process_iter(["uids", "num_threads"]) if not root and p.info["uids"]
                and p.info["uids"].real == os.getuid()]  # fmt: skip
        self._threads = sum(p.info["num_threads"] or 0 for p in same)  # the system counts them with the kernel's
        self._user = [] if root else ["--user", "--map-root-user"]
        why = self._tried() if namespaces is None else "" if namespaces else "not asked for"
        self.namespaces = not why
        self.about = (
            "each kernel in namespaces of its own: no network, read-only course, limited scratch folder"
            if self.namespaces else
            f"NO NAMESPACES ({why}): limits and an audit hook alone; a determined submission can reach the network, "
            "the files and the processes of this user. Grade hostile submissions in a container or a virtual machine"
        )  # fmt: skip

    def _tried(self):
        """'' where a box can be built and run in, else why not."""
        if not shutil.which("unshare") or not Path("/usr/bin/setpriv").exists():
            return "the system has no unshare and setpriv"
        with tempfile.TemporaryDirectory(dir=self.home) as empty:
            inner = [a.format(connection_file="") for a in self._inside(empty, 1 << 20)]
            say = "import course_lib, sys; sys.exit(37)"
            done = subprocess.run([*self.outer(), *inner, sys.executable, "-c", say], capture_output=True, text=True)
        return "" if done.returncode == 37 else (done.stderr.strip().splitlines() or ["unshare failed"])[-1]

    def outer(self):
        """Make the head of pytest's command: a network namespace with nothing but the loopback.

        Returns:
            List of arguments.
        """
        return ["unshare", *self._user, "--net", "--"]

    def _inside(self, root, disk):
        return ["env", f"AS_USER={'1' if self._user else ''}", "unshare", "--mount", "--pid", "--ipc", "--uts",
                "--fork", "--kill-child", "--", "sh", str(self.script), str(root), str(disk), "{connection_file}"]

    def prepare(self, folder, limits):
        """Write what pytest needs to start kernels in this box.

        Args:
            folder: a new one.
            limits: Limits.
        Returns:
            (head of pytest's command, its environment).
        """
        folder = Path(folder)
        spec, scratch = folder / "jupyter" / "kernels" / "boxed", folder / "scratch"
        for new in (spec, scratch, folder / "root", folder / "home", folder / "runtime"):
            new.mkdir(parents=True)
        kernel = [sys.executable, "-m", "course_lib.grading.kernel",
                  json.dumps(asdict(limits) | {"threads": limits.threads + self._threads})]
        if self.namespaces:
            argv = [*self._inside(folder / "root", limits.disk), *kernel, "", "-f", "/scratch/connection.json"]
        else:
            argv = [*kernel, str(scratch), "-f", "{connection_file}"]
        (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "boxed", "language": "python"}))
        env = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": str(folder / "home"),
               "TMPDIR": str(folder / "home"), "JUPYTER_PATH": str(folder / "jupyter"), "PYTHONPATH": str(self.course),
               "JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "JUPYTER_CONFIG_DIR": str(folder / "home"),
               "IPYTHONDIR": str(scratch / "ipython"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COURSE_PROFILE": "ci",
               "COURSE_CACHE": str(scratch / "cache"), "CUDA_VISIBLE_DEVICES": "-1", "PYTHONDONTWRITEBYTECODE": "1"}
        return (self.outer() if self.namespaces else []), env

    def command(self, module, folder, limits):
        """Make the command that runs a module of the course in this box, its standard input and output as given.

        Args:
            module: its dotted name; it gets the limits as JSON and the folder that it may write to, '' in namespaces.
            folder: of this run, with empty folders root and scratch.
            limits: Limits.
        Returns:
            List of arguments.
        """
        numbers = json.dumps(asdict(limits) | {"threads": limits.threads + self._threads})
        if not self.namespaces:
            return [sys.executable, "-m", module, numbers, str(Path(folder) / "scratch")]
        inside = [a.format(connection_file="") for a in self._inside(Path(folder) / "root", limits.disk)]
        return [*self.outer(), *inside, sys.executable, "-m", module, numbers, ""]

    def environment(self, folder):
        """Make the environment of `command`; in namespaces the box sets its own.

        Args:
            folder: as for command.
        Returns:
            Dict.
        """
        scratch = str(Path(folder) / "scratch")
        return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": scratch, "TMPDIR": scratch,
                "PYTHONPATH": str(self.course), "COURSE_PROFILE": "ci", "COURSE_CACHE": f"{scratch}/cache",
                "CUDA_VISIBLE_DEVICES": "-1", "PYTHONDONTWRITEBYTECODE": "1"}
