"""A follower: ships the entries of one journal to one sink, in order, at least once, from wherever the sink got to.

Theory of operation. The sink says how far it got, and the journal is read from there: batch by batch, the next only when
the last was taken. So nothing is kept in memory but one batch, a slow sink slows nobody, and a dead one delays and loses
nothing: the same batch is offered again, after waits that grow, until it is taken. Whoever is killed in between starts
from what the sink has. Entries that retention removed before they were shipped are not shipped.

What a sink refuses for good would hold up everything behind it. Such a batch is halved until the entry is found that is the
reason; that one is set aside (`gateway.audit.sinks.set_aside`), the journal says so, and all others arrive in order.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from gateway.audit.committed import read_committed
from gateway.audit.copying import Copying
from gateway.audit.folder import lane_of
from gateway.audit.reader import Damage, Reader
from gateway.audit.sinks.batch import Batch, Copy, Row, Sink, SinkError
from gateway.audit.sinks.set_aside import SetAside
from gateway.audit.tail import Tail

#: Entries of a batch, at most.
MOST: Final = 500
#: Seconds between two looks at a journal of which everything is shipped.
LOOK: Final = 0.2
#: Seconds between two looks at what lies beside the entries.
BESIDE: Final = 2.0
#: Seconds after a batch that was not taken: the first wait, and the longest.
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 60.0


class Following(NamedTuple):
    """How far a follower is: the last entry shipped, the last there is, and why the last batch was not taken, if it was
    not."""

    shipped: int
    last: int
    trouble: str | None

    @property
    def behind(self) -> int:
        """Entries that are not shipped yet."""
        return max(0, self.last - self.shipped)


Told = Callable[[Following], object]
#: Makes it an event of the journal that entries were set aside, with these details; False where that cannot be now.
Record = Callable[[dict[str, Any]], Awaitable[bool]]
#: The name of that event.
EVENT: Final = "set-aside"


async def _unrecorded(_: dict[str, Any]) -> bool:
    """Nobody writes it down."""
    return True


class Follower:
    """Ships one journal to one sink."""

    def __init__(
        self,
        reader: Reader,
        sink: Sink,
        aside: SetAside,
        told: Told = lambda _: None,
        *,
        record: Record = _unrecorded,
        most: int = MOST,
    ) -> None:
        """``told`` hears how far it is after each batch, taken or not; ``most`` entries go into one."""
        self._reader, self._sink, self._aside, self._told, self._record = reader, sink, aside, told, record
        #: Entries of a batch at most, and of the next one: fewer while a refused entry is looked for.
        self._most = self._next = most
        #: What was set aside and is not recorded yet: the numbers, and why the last one.
        self._refused: list[int] = []
        self._why = ""
        #: Nothing was taken since that was recorded last: whatever a record adds would be refused, and recorded again.
        self._said = False
        said = lane_of(reader.folder) or {}
        self._site, self._lane = str(said.get("site", "")), str(said.get("lane", ""))
        self._tail: Tail | None = None
        copy = sink.copy
        self._copying = None if copy is None else Copying(reader, copy, self._site, self._lane, most)
        #: When what lies beside the entries is looked at next, by the monotonic clock.
        self._due = 0.0
        self._waiting: list[Row] = []
        #: The last entry that the sink has taken.
        self._taken = 0
        #: The last look found less than a batch.
        self._few = False

    @property
    def damaged(self) -> list[Damage]:
        """Places of the journal that could not be read, and so not be shipped."""
        return [] if self._tail is None else self._tail.damaged

    async def run(self, *, once: bool = False) -> None:
        """Ship, for ever; or, ``once``, until everything that is there is shipped."""
        wait = FIRST_WAIT
        while True:
            try:
                idle = not await self._step()
                await self._beside(at_once=idle and once)
                wait = FIRST_WAIT
            except SinkError as error:
                if error.smaller:
                    self._most = self._next = max(1, self._next // 2)
                if error.forgot:
                    self._tail, self._waiting, self._due = None, [], 0.0
                    if self._copying is not None:
                        self._copying.forget()
                self._tell(str(error))
                await asyncio.sleep(wait if error.wait is None else error.wait)
                wait = min(wait * 2, LONGEST_WAIT)
                continue
            if idle and once:
                return
            if idle:
                await asyncio.sleep(LOOK)
            elif self._few and not once:
                await asyncio.sleep(self._sink.gathers)

    async def _step(self) -> bool:
        """Ship one batch; False if there was nothing to ship."""
        tail = self._tail
        if tail is None:
            self._taken = await self._position()
            tail = self._tail = Tail(self._reader, self._taken, whole=self._sink.copy is not None)
            self._tell(None)
        if not await self._fill(tail):
            if not self._said:
                await self._say_refused()
            self._tell(None, idle=True)
            return False
        if not self._waiting:
            return True
        part = self._waiting[: self._next]
        try:
            if self._copying is not None:
                await self._copying.begin({row.segment for row in part})
            await self._sink.append(Batch(self._site, self._lane, tuple(part), self._taken))
            self._taken = part[-1].seq
            self._next, self._said = min(self._most, self._next * 2), False
            await self._say_refused()
        except SinkError as error:
            if not error.refused:
                raise
            if len(part) > 1:
                self._next = len(part) // 2
                self._most = self._next if error.smaller else self._most
                return True
            await self._set_aside(part[0], str(error))
        tail.shipped = part[-1].seq
        del self._waiting[: len(part)]
        self._tell(None)
        return True

    async def _fill(self, tail: Tail) -> bool:
        """See what is to be shipped next, but for what was set aside; False at the end of the journal."""
        if self._waiting:
            if await asyncio.to_thread(tail.is_current):
                return True
            self._waiting = []  # what was erased meanwhile is not shipped
            tail.seek()
        read = await asyncio.to_thread(tail.read, self._most)
        aside = self._aside.of(self._lane) if read else {}
        self._few = len(read) < self._most
        self._waiting = [row for row in read if row.seq not in aside]
        if read and not self._waiting:
            tail.shipped = read[-1].seq
        return bool(read)

    async def _beside(self, *, at_once: bool) -> None:
        """Bring what a copy has beside the entries up to date, now and then."""
        if (
            self._copying is not None
            and self._tail is not None
            and (at_once or time.monotonic() >= self._due)
        ):
            await self._copying.round(self._tail.shipped)
            self._due = time.monotonic() + BESIDE

    async def _position(self) -> int:
        """What the sink has; no journal of ours where that is more than the journal has."""
        found = await self._sink.position(self._site, self._lane)
        known = read_committed(self._reader.folder)
        if known is not None and found >= known.following:
            raise SinkError(
                f"it has {found:,} entries of this lane and the journal only {known.following - 1:,}:"
                " the journal was set back, or another one has its name"
            )
        return found

    async def _set_aside(self, row: Row, why: str) -> None:
        if not await asyncio.to_thread(self._aside.add, self._lane, row.seq, why):
            raise SinkError(f"{why}, and no more entries can be set aside")
        if not _is_ours(row.line):  # what the journal says of this is not said of itself, over and over
            self._refused.append(row.seq)
            self._why = why

    async def _say_refused(self) -> None:
        if not self._refused:
            return
        numbers = {"entries": len(self._refused), "first": self._refused[0], "last": self._refused[-1]}
        if await self._record({**numbers, "why": self._why}):
            self._refused, self._said = [], True

    def _tell(self, trouble: str | None, *, idle: bool = False) -> None:
        known = read_committed(self._reader.folder)
        shipped = 0 if self._tail is None else self._tail.shipped
        last = shipped if known is None else known.following - 1
        # Whatever is left then was removed, or cannot be read.
        self._told(Following(last if idle else shipped, last, trouble))


async def ship_again(reader: Reader, copy: Copy, told: Callable[[int, int], object] = lambda *_: None) -> int:
    """Ship to a copy what it had acknowledged of this journal and does not have any more; how many entries these were.

    ``told`` hears how many were compared, of how many. SinkError where it takes nothing now, or has another entry.
    """
    said = lane_of(reader.folder) or {}
    site, lane = str(said.get("site", "")), str(said.get("lane", ""))
    last, before = await copy.position(site, lane), await copy.count(site, lane)
    tail = Tail(reader, 0, whole=True)
    while rows := [row for row in await asyncio.to_thread(tail.read, MOST) if row.seq <= last]:
        await copy.append(Batch(site, lane, tuple(rows)))
        tail.shipped = rows[-1].seq
        told(tail.shipped, last)
    return await copy.count(site, lane) - before


async def offer_again(reader: Reader, sink: Sink, aside: SetAside) -> int:
    """Offer what was set aside of this journal once more, one entry at a time; how many were taken.

    What is refused again stays aside, what is gone from the journal does not. SinkError where nothing is taken at all now.
    """
    said = lane_of(reader.folder) or {}
    site, lane = str(said.get("site", "")), str(said.get("lane", ""))
    numbers = sorted(aside.of(lane))
    rows = await asyncio.to_thread(lambda: list(_rows(reader, numbers, whole=sink.copy is not None)))
    for number in set(numbers) - {row.seq for row in rows}:
        aside.drop(lane, number)
    taken = 0
    for row in rows:
        try:
            await sink.append(Batch(site, lane, (row,)))
        except SinkError as error:
            if not error.refused:
                raise
        else:
            taken += 1
            aside.drop(lane, row.seq)
    return taken


def _rows(reader: Reader, numbers: Iterable[int], *, whole: bool) -> Iterator[Row]:
    """The entries with these numbers, which grow, as far as they are still there."""
    tail: Tail | None = None
    found = Row(0, 0, "", b"", b"")
    for number in numbers:
        tail = tail or Tail(reader, number - 1, whole=whole)
        while found.seq < number:
            tail.shipped = number - 1
            read = tail.read(1)
            if not read:
                return
            found = read[0]
        if found.seq == number:
            yield found


def _is_ours(line: bytes) -> bool:
    """Whether an entry is itself the event that entries were set aside."""
    return b'"' + EVENT.encode() + b'"' in line and msgspec.json.decode(line).get("event") == EVENT
