"""`izin audit tail`: the newest entries, and each new one as it comes; from the journal's octets alone."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any, Final

import click

from gateway.audit import segment, unindexed
from gateway.audit.reader import Damage, Entry, Places, Position, Reader
from gateway.cli.asked import complain
from gateway.cli.entries import printer
from gateway.cli.filters import AS_JSON, READER
from gateway.cli.options import LANGUAGE
from gateway.record import EntryError
from gateway.record.printed import Shared
from gateway.vocabulary import Language

#: How often new entries are looked for, in seconds; and octets at a segment's end that hold some hundred entries.
_LOOK: Final = 0.2
_PIECE: Final = 1 << 18


@click.command()
@READER
@click.option("-n", "count", type=click.IntRange(0), default=10, show_default=True, help="So many entries.")
@click.option("-f", "--follow", is_flag=True, help="Go on with each new entry until Ctrl-C.")
@LANGUAGE
@AS_JSON
def tail(reader: Reader, count: int, language: Language, *, follow: bool, as_json: bool) -> None:
    """Show the newest entries."""
    with closing(_Shown(reader, printer(language, as_json=as_json))) as shown:
        found = _newest(reader, max(count, 1))
        for entry in found[len(found) - min(count, len(found)) :]:
            shown(entry)
        if follow:
            with suppress(KeyboardInterrupt):
                _follow(reader, found[-1].after if found else None, shown)


class _Shown:
    """Shows entries, those of one segment after the other."""

    def __init__(self, reader: Reader, show: Callable[[dict[str, Any]], None]) -> None:
        self._reader, self._show, self._places = reader, show, Places(reader)
        self._first, self._shared = -1, Shared()

    def close(self) -> None:
        """Give every file back."""
        self._places.close()

    def __call__(self, entry: Entry) -> None:
        first = entry.position.segment
        if first != self._first:
            self._first = first
            self._shared = unindexed.Table(
                self._reader,
                self._places,
                first,
                lambda number: unindexed.definer(self._reader, first, number),
            )
        try:
            self._show(entry.printed(self._shared))
        except EntryError as error:
            complain(self._reader.damage(entry.position, str(error)))


def _newest(reader: Reader, count: int) -> list[Entry]:
    """The last entries, from as many segments as that takes."""
    found: deque[Entry] = deque()
    for first, length in reversed(reader.segments()):
        near = unindexed.entry_from(reader, first, length - _PIECE) if length > _PIECE else None
        last = [] if near is None else _last(reader, near, count)
        if len(last) < count:
            last = _last(reader, Position(first, 0, first), count)
        found.extendleft(reversed(last))
        if len(found) >= count:
            break
    return list(found)[max(0, len(found) - count) :]


def _last(reader: Reader, start: Position, count: int) -> list[Entry]:
    """The last entries of one segment, from a place on."""
    return list(deque(_entries(reader, start), maxlen=count))


def _entries(reader: Reader, start: Position) -> Iterator[Entry]:
    for entry in reader.entries(start):
        if isinstance(entry, Damage):
            if entry.file != segment.name_of(start.segment):
                return
            complain(entry)
            continue
        if entry.position.segment != start.segment:
            return
        yield entry


def _follow(reader: Reader, position: Position | None, shown: _Shown) -> None:
    told: set[Damage] = set()
    while True:
        for entry in reader.entries(position):
            if isinstance(entry, Damage):
                if entry not in told:
                    complain(entry)
                told.add(entry)
                continue
            position = entry.after
            shown(entry)
        sys.stdout.flush()
        time.sleep(_LOOK)
