"""pytest over one restored notebook, under limits of its own. Run by batch.py, never by hand.

Arguments: 'box' where it stands in a network namespace of its own, else 'open'; then those of pytest.
"""
import socket
import struct
import sys

SIOCSIFFLAGS, IFF_UP = 0x8914, 1
MEMORY, OUTPUT = 3 << 30, 64 << 20  # of pytest itself, which holds the outputs and writes the results


def raise_loopback():
    """Switches on the one network device of a new network namespace (Linux)."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


if __name__ == "__main__":
    import resource

    import pytest

    if sys.argv[1] == "box":
        raise_loopback()
    for name, most in (("RLIMIT_DATA", MEMORY), ("RLIMIT_FSIZE", OUTPUT)):
        hard = resource.getrlimit(getattr(resource, name))[1]
        resource.setrlimit(getattr(resource, name), (most, hard))  # the hard one stays, or the kernel would inherit it
    sys.exit(pytest.main(sys.argv[2:]))
