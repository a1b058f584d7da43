"""The inside of a submission's process: limits on itself, then a kernel. Run by box.py, never by hand.

Arguments: the Limits as JSON; the folder that may be written to where there are no namespaces ('' where there are);
then those of ipykernel.
"""
import json
import os
import sys

WRITES = {"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink",
          "os.truncate", "os.utime", "sqlite3.connect", "shutil.rmtree"}  # fmt: skip
STARTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn"}
CHANGING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
HERE = ("127.", "localhost", "::1")


def limit(limits):
    """Limit this process and its children, for good.

    Args:
        limits: dict of box.Limits' fields.
    """
    import resource

    seconds = int(limits["seconds"] * (os.cpu_count() or 1)) + 1
    maxima = {"RLIMIT_CORE": 0, "RLIMIT_CPU": seconds, "RLIMIT_DATA": limits["memory"], "RLIMIT_FSIZE": limits["disk"],
              "RLIMIT_NOFILE": 512, "RLIMIT_NPROC": limits["threads"]}  # fmt: skip
    for name, most in maxima.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):  # macOS knows the name but not the limit; the watch outside remains
            pass


def fence(folder):
    """Refuse, from Python, to write outside a folder, to leave this machine and to start a program; for good.

    Args:
        folder: that may be written to.
    """
    inside = (os.path.realpath(folder), "/dev/")

    def refuse(what):
        raise PermissionError(f"a submission may not {what}")

    def at_home(path):
        return isinstance(path, int) or os.path.realpath(os.fsdecode(path)).startswith(inside)

    def watch(event, args):
        if event == "open":
            if isinstance(args[2], int) and args[2] & CHANGING and not at_home(args[0]):
                refuse(f"write to {args[0]}")
        elif event in WRITES and not all(at_home(a) for a in args if isinstance(a, (str, bytes, os.PathLike))):
            refuse(f"change {args[0]}")
        elif event in STARTS:
            refuse("start a process")
        elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
            if not str(args[1][0]).startswith(HERE):
                refuse(f"connect to {args[1][0]}")
        elif event == "socket.getaddrinfo" and args[0] and not str(args[0]).startswith(HERE):
            refuse(f"look up {args[0]}")

    sys.addaudithook(watch)


if __name__ == "__main__":
    limit(json.loads(sys.argv[1]))
    folder = sys.argv[2]
    del sys.argv[1:3]
    if folder:
        os.chdir(folder)
        os.environ.update(HOME=folder, TMPDIR=folder)
    from ipykernel import kernelapp

    if folder:
        fence(folder)
    kernelapp.launch_new_instance()
