"""The journal as the console reads it: one index, caught up in the background, used by one page at a time."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import structlog

from gateway.audit.index import Index
from gateway.audit.reader import NoJournal, Reader
from gateway.audit.texts import Texts

#: Seconds that a page waits for the index; between two looks for new entries.
PATIENCE: Final = 5.0
PAUSE: Final = 1.0


class NotReady(Exception):  # noqa: N818 -- as it is said
    """The index is not caught up yet. ``share`` is how much of the journal it holds, 0 to 1."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share


class Review:
    """The index of one journal, from `open` to `close`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.texts = folder, Texts(folder)
        self._index: Index | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._share = 0.0
        #: What is done beside, each time that the index was caught up.
        self.beside: Callable[[Index], None] = lambda _: None
        self._thread = threading.Thread(target=self._follow, name="index", daemon=True)

    def open(self) -> None:
        """Begin to take the journal in."""
        self._thread.start()

    def close(self) -> None:
        """End that, and give the index back."""
        self._closing.set()
        self._thread.join()
        if self._index is not None:
            self._index.close()

    @contextmanager
    def index(self) -> Iterator[Index]:
        """The index for the length of a block, with all that is written by now. NotReady where that would take long."""
        if self._index is None or not self._lock.acquire(timeout=PATIENCE):
            raise NotReady(self._share)
        try:
            self._index.catch_up()
            yield self._index
        except sqlite3.DatabaseError as error:
            if not isinstance(error, sqlite3.OperationalError):  # the file is broken: it is made anew
                self._index.close()
                self._index = None
            raise
        finally:
            self._lock.release()

    def _follow(self) -> None:
        while not self._closing.is_set():
            try:
                with self._lock:
                    if self._index is None:
                        self._index = Index(Reader(self.folder), self._read)
                    else:
                        self._index.catch_up()
                    self.beside(self._index)
                    self._share = 1.0
            except NoJournal:
                self._share = 0.0
            except (sqlite3.Error, OSError) as error:
                structlog.get_logger().warning("the index cannot be used", error=str(error))
                with suppress(sqlite3.Error):
                    if self._index is not None:
                        self._index.close()
                self._index = None
            self._closing.wait(PAUSE)

    def _read(self, done: int, total: int, _: int) -> None:
        self._share = done / max(1, total)
