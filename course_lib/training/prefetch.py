"""Prefetching: the next batches are made while the model trains. Lesson 02."""
import queue
import threading


class Prefetcher:
    """Reads an iterable in a thread, up to `size` items ahead.

    Used as `with Prefetcher(batches) as source: next(source)`.
    An error in the iterable is raised where the item is asked for. Leaving the block stops the thread, so that the
    same generator can be used again afterwards (the items read ahead are lost).

    Args:
        batches: an iterable.
        size: how many items are read ahead.
    Lesson 02.
    """

    def __init__(self, batches, size=4):
        self.batches, self.queue, self.stop = iter(batches), queue.Queue(size), threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def __iter__(self):
        return self

    def __next__(self):
        kind, item = self.queue.get()
        if kind == "item":
            return item
        self.queue.put((kind, item))  # so that asking again ends again
        raise item

    def _read(self):
        try:
            for item in self.batches:
                if not self._put(("item", item)):
                    return
            self._put(("end", StopIteration()))
        except BaseException as error:  # an interrupt too: whoever waits for the next item must hear of it
            self._put(("error", error))

    def _put(self, item):
        while not self.stop.is_set():
            try:
                self.queue.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False
