"""Guards against interrupts while a file is written. Lesson 02."""
import signal
import threading
from contextlib import contextmanager


@contextmanager
def deferred_interrupts():
    """Context manager that ignores Ctrl+C (or the notebook's stop button), for short writes that must be complete.

    Outside the main thread, where Python gets no signals, it changes nothing.

    Returns:
        A context manager.
    Lesson 02.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)
