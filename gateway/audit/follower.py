"""A follower: ships the entries of one journal to one sink, in order, at least once, from wherever the sink got to.

Theory of operation. The sink says how far it got, and the journal is read from there: batch by batch, the next only when
the last was taken. So nothing is kept in memory but one batch, a slow sink slows nobody, and a dead one delays and loses
nothing: the same batch is offered again, after waits that grow, until it is taken. Whoever is killed in between starts
from what the sink has. Entries that retention removed before they were shipped are not shipped.
"""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from gateway.audit.committed import read_committed
from gateway.audit.folder import lane_of
from gateway.audit.kept_values import read_aside
from gateway.audit.reader import Damage, Entry, Position, Reader
from gateway.audit.sinks.batch import Batch, Sink, SinkError
from gateway.record import EntryError, definitions
from gateway.record.printed import Shared

#: Entries and octets of a batch, at most.
MOST: Final = 500
MOST_OCTETS: Final = 1 << 20
#: Seconds between two looks at a journal of which everything is shipped.
LOOK: Final = 0.2
#: Seconds after a batch that was not taken: the first wait, and the longest.
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 60.0

_encode = msgspec.json.encode


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


class Tail:
    """Reads a journal on from an entry's number, also while it is written, and where segments are rewritten."""

    def __init__(self, reader: Reader, shipped: int) -> None:
        self._reader = reader
        self.shipped = shipped
        self._at: Position | None = None
        self._segment, self._rewritten = -1, 0
        self._shared: Shared = {}
        #: Places that could not be read.
        self.damaged: list[Damage] = []

    def read(self, most: int) -> list[tuple[int, bytes]]:
        """The next entries with their numbers, as JSON; nothing at the end. Blocks."""
        if self._at is None or read_aside(self._reader.folder, self._segment).rewritten != self._rewritten:
            self._at = self._seek()
        found: list[tuple[int, bytes]] = []
        octets = 0
        for entry in self._reader.entries(self._at):
            if isinstance(entry, Damage):
                if entry not in self.damaged:
                    self.damaged.append(entry)
                continue
            self._into(entry)
            if b",[" in entry.payload:
                self._shared.update(definitions(entry.payload))
            if entry.position.seq > self.shipped:
                found += self._printed(entry)
                octets += len(found[-1][1]) if found else 0
            self._at = entry.after
            if len(found) >= most or octets >= MOST_OCTETS:
                break
        return found

    def _printed(self, entry: Entry) -> list[tuple[int, bytes]]:
        try:
            return [(entry.position.seq, _encode(entry.printed(self._shared)))]
        except EntryError as error:
            self.damaged.append(self._reader.damage(entry.position, str(error)))
            return []

    def _into(self, entry: Entry) -> None:
        first = entry.position.segment
        if first != self._segment:
            self._segment = first
            self._rewritten = read_aside(self._reader.folder, first).rewritten
            self._shared = self._reader.shared(first)

    def _seek(self) -> Position | None:
        """The beginning of the segment with the next entry: the values that its entries share are defined there."""
        self._segment = -1
        firsts = [first for first, _ in self._reader.segments()]
        before = [first for first in firsts if first <= self.shipped + 1]
        first = before[-1] if before else (firsts[0] if firsts else None)
        return None if first is None else Position(first, 0, first)


class Follower:
    """Ships one journal to one sink."""

    def __init__(self, reader: Reader, sink: Sink, told: Told = lambda _: None, *, most: int = MOST) -> None:
        """``told`` hears how far it is after each batch, taken or not; ``most`` entries go into one."""
        self._reader, self._sink, self._told, self._most = reader, sink, told, most
        said = lane_of(reader.folder) or {}
        self._site, self._lane = str(said.get("site", "")), str(said.get("lane", ""))
        self._tail: Tail | None = None
        self._waiting: list[tuple[int, bytes]] = []

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
                wait = FIRST_WAIT
            except SinkError as error:
                if error.smaller and self._most > 1:
                    self._most = max(1, self._most // 2)
                self._tell(str(error))
                await asyncio.sleep(wait if error.wait is None else error.wait)
                wait = min(wait * 2, LONGEST_WAIT)
                continue
            if idle and once:
                return
            if idle:
                await asyncio.sleep(LOOK)

    async def _step(self) -> bool:
        """Ship one batch; False if there was nothing to ship."""
        if self._tail is None:
            self._tail = Tail(self._reader, await self._sink.position(self._lane))
            self._tell(None)
        if not self._waiting:
            self._waiting = await asyncio.to_thread(self._tail.read, self._most)
        if not self._waiting:
            self._tell(None, idle=True)
            return False
        part = self._waiting[: self._most]
        lines = tuple(line for _, line in part)
        await self._sink.append(Batch(self._site, self._lane, part[0][0], part[-1][0], lines))
        self._tail.shipped = part[-1][0]
        del self._waiting[: len(part)]
        self._tell(None)
        return True

    def _tell(self, trouble: str | None, *, idle: bool = False) -> None:
        known = read_committed(self._reader.folder)
        shipped = 0 if self._tail is None else self._tail.shipped
        last = shipped if known is None else known.following - 1
        # Whatever is left then was removed, or cannot be read.
        self._told(Following(last if idle else shipped, last, trouble))
