"""The monthly letter in the console: made beside the pages, since a month may hold many refusals, and kept.

Theory of operation. A letter is made once, in a thread with an index of its own, so that no page waits for it. That of a
month that is over for a day is kept, until entries are removed or erased; another is made anew after ten minutes. A changed
policy asks for another one, since sections, licenses and the time zone are the policy's. All of a letter is sums of the index but the statements of use
of licenses, which read every entry once (`gateway.audit.uses`): these are begun ahead, month by month, with rests.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from gateway.audit.index import Index
from gateway.audit.letter import MOST_PAGES, letter_of
from gateway.audit.reader import Damage, NoJournal, Reader
from gateway.audit.refusals import wanted
from gateway.audit.uses import Sound, Uses
from gateway.instants import DAY, SECOND, utc
from gateway.policy.model import Policy
from gateway.told.letter import Letter, Page
from gateway.told.month import Month

#: How long the letter of a month that is not over is good (µs), how many letters are kept, and how long a page waits (s).
GOOD_FOR: Final = 600 * SECOND
MOST: Final = 24
PATIENCE: Final = 3.0
#: Pages that a letter has here; CSV has them all.
PAGES: Final = 10
#: Months before the one that runs whose letters are made before anybody asks.
AHEAD: Final = 12
#: Seconds of work at a time, and of rest between, where nobody waits.
_SLICE: Final = 0.05
_REST: Final = 0.05


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
        self._uses = Uses()
        self._ahead: threading.Thread | None = None

    def forget(self) -> None:
        """Keep no letter any more: entries were removed or erased."""
        with self._lock:
            self._jobs.clear()

    def begin(self, journal: Path, policy: Policy, now: int) -> bool:
        """Have the letters of the month of ``now`` (µs UTC) and of `AHEAD` before it made, for which nobody waits yet. False while
        they are made already."""
        if self._ahead is not None and self._ahead.is_alive():
            return False
        month = Month.of(utc(now).astimezone(policy.zone).date())
        months = [month.before, month, month.before.before]
        while len(months) <= AHEAD:
            months.append(months[-1].before)

        def begun() -> None:
            for one in months:
                self._job(journal, policy, one, now, _gently)[1].done.wait()

        self._ahead = threading.Thread(target=begun, name="letters", daemon=True)
        self._ahead.start()
        return True

    def letter(self, journal: Path, policy: Policy, month: Month, now: int) -> Letter | None:
        """The letter of a month as of ``now`` (µs UTC); None while it is made. OSError or sqlite3.Error where it cannot be."""
        key, job = self._job(journal, policy, month, now, _sound)
        if not job.done.wait(PATIENCE):
            return None
        if job.error is not None:
            with self._lock:
                self._jobs.pop(key, None)  # the next look tries again
            raise job.error
        return job.letter

    def pages(self, journal: Path, policy: Policy, month: Month) -> tuple[Page, ...]:
        """Every page that was wanted in a month."""
        with closing(Index(Reader(journal))) as index:
            return tuple(wanted(index, *month.span(policy.zone), MOST_PAGES).pages)

    def _job(
        self, journal: Path, policy: Policy, month: Month, now: int, sound: Sound
    ) -> tuple[tuple[Any, ...], _Job]:
        """The job of a letter, and under which key it is known."""
        over = now > month.span(policy.zone)[1] + DAY  # until then something may come late
        key = (month, policy.digest, None if over else now // GOOD_FOR)
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = _Job()
                work = (job, journal, policy, month, now, sound, self._uses)
                threading.Thread(target=_make, args=work, name="letter", daemon=True).start()
            while len(self._jobs) > MOST:
                self._jobs.popitem(last=False)
        return key, job


def _make(job: _Job, journal: Path, policy: Policy, month: Month, now: int, sound: Sound, uses: Uses) -> None:
    try:
        with closing(Index(Reader(journal))) as index:
            job.letter = letter_of(index, policy, month, now, sound=sound, most=PAGES, uses=uses)
    except NoJournal as error:
        job.error = OSError(str(error))
    except Exception as error:  # noqa: BLE001 -- it is raised again where the letter is asked for
        job.error = error
    finally:
        job.done.set()


def _sound(entries: Iterable[dict[str, Any] | Damage]) -> Iterator[dict[str, Any]]:
    """The entries that can be read; that others cannot is said by the page *Today*."""
    return (entry for entry in entries if not isinstance(entry, Damage))


def _gently(entries: Iterable[dict[str, Any] | Damage]) -> Iterator[dict[str, Any]]:
    """The same, with rests, so that pages get on."""
    until = time.monotonic() + _SLICE
    for entry in _sound(entries):
        yield entry
        if time.monotonic() > until:
            time.sleep(_REST)
            until = time.monotonic() + _SLICE
