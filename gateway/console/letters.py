"""The monthly letter in the console: made beside the pages, since a month may hold many refusals, and kept.

Theory of operation. A letter is made once, in a thread with an index of its own, so that no page waits for it. That of a
month that is over is kept; that of the month that runs is made anew after ten minutes. A changed policy asks for another
one, since sections, licenses and the time zone are the policy's.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from gateway.audit.index import Index
from gateway.audit.letter import letter_of
from gateway.audit.reader import Damage, NoJournal, Reader
from gateway.console.ahead import Ahead
from gateway.instants import SECOND
from gateway.policy.model import Policy
from gateway.told.letter import Letter
from gateway.told.month import Month

#: How long the letter of a month that is not over is good (µs), how many letters are kept, and how long a page waits (s).
GOOD_FOR: Final = 600 * SECOND
MOST: Final = 24
PATIENCE: Final = 3.0


class _Job:
    """A letter that is being made, and then the letter, or why it could not be made."""

    def __init__(self) -> None:
        self.letter: Letter | None = None
        self.error: Exception | None = None
        self.done = threading.Event()


class Letters:
    """The letters of one journal. Calls may come from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: OrderedDict[tuple[Any, ...], _Job] = OrderedDict()
        #: The refusals of the months that are asked for most.
        self.ahead = Ahead()

    def letter(self, journal: Path, policy: Policy, month: Month, now: int) -> Letter | None:
        """The letter of a month as of ``now`` (µs UTC); None while it is made. OSError or sqlite3.Error where it cannot be."""
        over = now >= month.span(policy.zone)[1]
        key = (month, policy.digest, None if over else now // GOOD_FOR)
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = _Job()
                work = (job, journal, policy, month, now, self.ahead)
                threading.Thread(target=_make, args=work, name="letter", daemon=True).start()
            while len(self._jobs) > MOST:
                self._jobs.popitem(last=False)
        if not job.done.wait(PATIENCE):
            return None
        if job.error is not None:
            with self._lock:
                self._jobs.pop(key, None)  # the next look tries again
            raise job.error
        return job.letter


def _make(job: _Job, journal: Path, policy: Policy, month: Month, now: int, ahead: Ahead) -> None:
    try:
        with closing(Index(Reader(journal))) as index:
            folded = ahead.of(month, policy.zone)
            begun = None if folded is None else (folded.fold, folded.last)
            job.letter = letter_of(index, policy, month, now, sound=_sound, begun=begun)
    except NoJournal as error:
        job.error = OSError(str(error))
    except Exception as error:  # noqa: BLE001 -- it is raised again where the letter is asked for
        job.error = error
    finally:
        job.done.set()


def _sound(entries: Iterable[dict[str, Any] | Damage]) -> Iterator[dict[str, Any]]:
    """The entries that can be read; that others cannot is said by the page *Today*."""
    return (entry for entry in entries if not isinstance(entry, Damage))
