"""Keeping a copy of a journal as the journal is: what lies beside the entries, and what is taken out of them.

Theory of operation. A sink that is a copy gets the entries as every other, and now and then a round: files that it does not
have as they are here, and notes that fit the entries it has. When retention or erasure rewrote a segment, the file beside it
(its `.aside`) says so; then what was taken out here is taken out there first, and that file follows. Whoever is killed in
between finds the file still different, and does it again: nothing is remembered but what the copy itself has.
"""

import asyncio
import hashlib
import os
from collections.abc import Set as AbstractSet

from gateway.audit import segment
from gateway.audit.beside import Watched
from gateway.audit.reader import Reader, read_head
from gateway.audit.sinks.batch import Batch, Copy, Kept
from gateway.audit.tail import Tail


class Copying:
    """The rounds of one lane and one copy."""

    def __init__(self, reader: Reader, copy: Copy, site: str, lane: str, most: int) -> None:
        """``most`` entries are rewritten at once."""
        self._reader, self._copy, self._site, self._lane, self._most = reader, copy, site, lane, most
        self._watched = Watched(reader)
        self._kept: Kept | None = None
        self._begun: set[int] = set()

    async def begin(self, segments: AbstractSet[int]) -> None:
        """See that it has the beginnings of these segments, before their entries come. SinkError where it takes nothing."""
        if new := segments - self._begun:
            heads = await asyncio.to_thread(lambda: {segment.name_of(one): self._head(one) for one in new})
            await self._copy.keep(self._site, self._lane, heads, (), ())
            self._begun |= new

    def _head(self, first: int) -> bytes:
        with self._reader.path(first).open("rb") as file:
            return os.pread(file.fileno(), read_head(file)[1], 0)

    def forget(self) -> None:
        """It may have less than it had: the next round looks at everything."""
        self._kept = None
        self._begun.clear()

    async def round(self, shipped: int) -> None:
        """Bring it up to date, as far as entries up to ``shipped`` go. SinkError where it takes nothing."""
        kept, self._kept = self._kept, None
        if kept is None:
            kept, self._watched = await self._copy.kept(self._site, self._lane), Watched(self._reader)
        lanes = await self._copy.lanes()
        marks = {lane: last for site, lane, last in lanes if site == self._site} | {self._lane: shipped}
        lacks = await asyncio.to_thread(self._watched.look, kept, shipped, marks)
        for first in lacks.rewritten:
            await self._rewrite(first)
        if lacks.files or lacks.notes or lacks.gone:
            await self._copy.keep(self._site, self._lane, lacks.files, lacks.notes, lacks.gone)
        files = kept.files | {name: hashlib.sha256(octets).digest() for name, octets in lacks.files.items()}
        self._kept = Kept(
            {name: digest for name, digest in files.items() if name not in lacks.gone},
            kept.notes | {note.file: note.number for note in lacks.notes},
        )

    async def _rewrite(self, first: int) -> None:
        """Take out of the copy what was taken out of a segment here."""
        tail = Tail(self._reader, first - 1, whole=True)
        while rows := [row for row in await asyncio.to_thread(tail.read, self._most) if row.segment == first]:
            await self._copy.rewrite(Batch(self._site, self._lane, tuple(rows)))
            tail.shipped = rows[-1].seq
