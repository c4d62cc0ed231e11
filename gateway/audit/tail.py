"""A journal read on from an entry's number, also while it is written, and where segments are rewritten."""

import msgspec

from gateway.audit.kept_values import read_aside
from gateway.audit.reader import Damage, Entry, Position, Reader
from gateway.audit.sinks.batch import Row
from gateway.record import EntryError, definitions
from gateway.record.printed import Shared
from gateway.seal.leaf import is_removed

#: Octets that are read at once, at most, but for one entry more.
MOST_OCTETS = 1 << 20

_encode = msgspec.json.encode


class Tail:
    """Gives the entries behind ``shipped``, in order."""

    def __init__(self, reader: Reader, shipped: int, *, whole: bool = False) -> None:
        """``whole`` asks for what stands in place of removed entries too, and for those that cannot be read as entries."""
        self._reader, self._whole = reader, whole
        self.shipped = shipped
        self._at: Position | None = None
        self._segment, self._rewritten = -1, 0
        self._shared: Shared = {}
        #: How often the segments that were last read from had been rewritten, by first number.
        self._read: dict[int, int] = {}
        #: Places that could not be read.
        self.damaged: list[Damage] = []

    def read(self, most: int) -> list[Row]:
        """The next entries; nothing at the end. Blocks."""
        if self._at is None or read_aside(self._reader.folder, self._segment).rewritten != self._rewritten:
            self._at = self._seek()
        found: list[Row] = []
        octets, self._read = 0, {self._segment: self._rewritten}
        for entry in self._reader.entries(self._at, whole=self._whole):
            if isinstance(entry, Damage):
                if entry not in self.damaged:
                    self.damaged.append(entry)
                continue
            self._into(entry)
            if b",[" in entry.payload:
                self._shared.update(definitions(entry.payload))
            if entry.position.seq > self.shipped:
                found += self._row(entry)
                octets += len(found[-1].line) + len(found[-1].payload) if found else 0
            self._at = entry.after
            if len(found) >= most or octets >= MOST_OCTETS:
                break
        return found

    def seek(self) -> None:
        """Read on behind ``shipped``, wherever that lies now."""
        self._at = None

    def is_current(self) -> bool:
        """Whether the entries that were last read are still as they were. Blocks."""
        return all(
            read_aside(self._reader.folder, first).rewritten == rewritten
            for first, rewritten in self._read.items()
        )

    def _row(self, entry: Entry) -> list[Row]:
        seq, segment, begun = entry.position.seq, entry.position.segment, entry.header.created
        try:
            line = b"" if is_removed(entry.payload) else _encode(entry.printed(self._shared))
        except EntryError as error:
            self.damaged.append(self._reader.damage(entry.position, str(error)))
            if not self._whole:
                return []
            line = b""
        return [Row(seq, segment, begun, line, entry.payload)]

    def _into(self, entry: Entry) -> None:
        first = entry.position.segment
        if first != self._segment:
            self._segment = first
            self._rewritten = self._read[first] = read_aside(self._reader.folder, first).rewritten
            self._shared = self._reader.shared(first)

    def _seek(self) -> Position | None:
        """The beginning of the segment with the next entry: the values that its entries share are defined there."""
        self._segment = -1
        firsts = [first for first, _ in self._reader.segments()]
        before = [first for first in firsts if first <= self.shipped + 1]
        first = before[-1] if before else (firsts[0] if firsts else None)
        return None if first is None else Position(first, 0, first)
