"""What must not be torn apart by an impatient Ctrl+C. Lesson 02."""
import signal
import threading
from contextlib import contextmanager


@contextmanager
def deferred_interrupts():
    """Within it Ctrl+C (or the notebook's stop button) does nothing: what is written is short, and written whole.

    Outside the main thread, where Python gets no signals, it changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)
