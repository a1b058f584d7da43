"""pytest over one restored notebook, under limits of its own. Run by batch.py, never by hand.

Arguments: 'box' where it stands in a network namespace of its own, else 'open'; then those of pytest.
"""
import queue
import socket
import struct
import sys
import time
from pathlib import Path

import pytest

from course_lib.grading import submissions
from course_lib.grading.marking import DIED, STOPPED

SIOCSIFFLAGS, IFF_UP = 0x8914, 1
MEMORY, OUTPUT = 3 << 30, 64 << 20  # of pytest itself, which holds the outputs and writes the results
MOST_DEATHS = 5


def raise_loopback():
    """Switches on the one network device of a new network namespace (Linux)."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def mortal(kernel_class):
    """Make nbval's kernel notice that its process has died, instead of waiting for the cell's time to be over.

    Args:
        kernel_class: nbval.plugin.RunningKernel.
    Returns:
        A subclass of it.
    """
    class Mortal(kernel_class):
        def get_message(self, stream, timeout=None):
            end = time.monotonic() + (timeout or 60)
            while True:
                remaining = end - time.monotonic()
                try:
                    return super().get_message(stream, timeout=min(max(remaining, 0.01), 1))
                except queue.Empty:
                    if not self.is_alive():
                        raise RuntimeError(DIED) from None
                    if remaining <= 1:
                        raise

    return Mortal


class Revival:
    """A pytest plugin: after a cell in which the kernel died, the next ones run in a new kernel.

    In it the cells that had passed are run again first, but not the checks, whose results stand.
    """

    def __init__(self):
        self.passed, self.deaths = [], 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        """Run a cell, in a new kernel where the last one died.

        Args:
            item: of pytest.
        Returns:
            What the other hooks return.
        """
        if not item.parent.kernel.is_alive() and not Path(STOPPED).exists() and self.deaths < MOST_DEATHS:
            self.deaths += 1
            self.revive(item.parent, item.config.option.nbval_cell_timeout)
        result = yield
        if not submissions.of_a_check(item.cell.source):
            self.passed.append(item.cell.source)
        return result

    def revive(self, book, timeout):
        """Start a new kernel and run the cells that had passed.

        Args:
            book: nbval's notebook.
            timeout: of a cell, seconds.
        """
        if hasattr(book.kernel, "km"):
            book.kernel.stop()
        book.timed_out = False
        book.setup()
        for source in self.passed:
            book.kernel.await_reply(book.kernel.execute_cell_input(source, allow_stdin=False), timeout)


if __name__ == "__main__":
    import resource

    import nbval.plugin

    if sys.argv[1] == "box":
        raise_loopback()
    for name, most in (("RLIMIT_DATA", MEMORY), ("RLIMIT_FSIZE", OUTPUT)):
        hard = resource.getrlimit(getattr(resource, name))[1]
        resource.setrlimit(getattr(resource, name), (most, hard))  # the hard one stays, or the kernel would inherit it
    nbval.plugin.RunningKernel = mortal(nbval.plugin.RunningKernel)
    sys.exit(pytest.main(sys.argv[2:], [Revival()]))
