"""Entries in ClickHouse: a row each, in partitions by month, with the octets that prove it (`clickhouse.sql` is the schema).

Theory of operation. ClickHouse knows no transactions. A batch is inserted, then the lane's mark; whoever is killed in between
finds the entries there, by their leaves, and inserts the others. What an insert whose answer got lost put there twice all the
same is one row when parts are merged, and at once where a query says FINAL; the daily counts take each number once. What was
erased is inserted anew with a later version, and then its month is merged, so that the old row is gone.

The password is the first line of the token file, and never stands in the address.
"""

import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from gateway.audit import kept_values
from gateway.audit.sinks import columns
from gateway.audit.sinks.batch import Batch, Copy, Kept, Note, Row, SinkError, Source
from gateway.audit.sinks.clickhouse_connection import LONG, Connected, Number, T
from gateway.audit.sinks.memory import Remembered
from gateway.audit.sinks.troubles import ODD
from gateway.seal.leaf import leaf_of

_WHOSE: Final = "site = {site:String} AND lane = {lane:String}"
_RANGE: Final = f"{_WHOSE} AND seq BETWEEN {{first:UInt64}} AND {{last:UInt64}}"
_COLUMNS: Final = ("site", "lane", "seq", "segment", *columns.COLUMNS, "entry", "version", "octets", "hash")
_INSERT: Final = f"INSERT INTO izin.entry ({', '.join(_COLUMNS)}) FORMAT JSONEachRow"


class _Last(Struct):
    last: Number


class _Lane(_Last):
    site: str
    lane: str


class _Noted(_Last):
    file: str


class _Note(Struct):
    file: str
    number: Number
    note: str


class _Digest(Struct):
    name: str
    digest: str


class _File(Struct):
    name: str
    octets: bytes


class _Leaf(Struct):
    seq: Number
    leaf: str


class _Stood(Struct):
    seq: Number
    at: str
    digest: str


class _Entry(Struct):
    segment: Number
    seq: Number
    octets: bytes


class _Count(Struct):
    entries: Number


class _Partition(Struct):
    id: str


class ClickHouseSink(Connected):
    """One server."""

    #: Each insert makes a part of its own, and these have to be merged.
    gathers = 1.0

    def __init__(self, url: str, folder: Path, token: str | None = None) -> None:
        super().__init__(url, token)
        self._remembered = Remembered(folder, url)

    @property
    def copy(self) -> Copy:
        """It has all that a journal has."""
        return self

    @property
    def source(self) -> Source:
        """And can be asked for it."""
        return self

    async def position(self, site: str, lane: str) -> int:
        """The lane's mark."""
        found = await self._mark(site, lane)
        self._remembered.stands(lane, found)
        return found

    async def append(self, batch: Batch) -> None:
        """Take what is not there of a batch, then move the mark."""
        mark = await self._mark(batch.site, batch.lane)
        if mark < batch.after:
            why = f"it had {batch.after:,} entries of this lane and has only {mark:,} now: they are shipped again"
            raise SinkError(why, forgot=True)
        have = {
            row.seq: row.leaf.lower()
            for row in await self._range("SELECT seq, hex(leaf) AS leaf FROM izin.entry FINAL", _Leaf, batch)
        }
        for row in batch.rows:
            if have.get(row.seq, leaf := leaf_of(row.payload).hex()) != leaf:
                raise SinkError(f"it has another entry under the number {row.seq:,} of this lane")
        lacking = [_record(batch, row) for row in batch.rows if row.seq not in have]
        if lacking:
            await self.tell(_INSERT, lacking)
        if batch.last > mark:
            moved = {"site": batch.site, "lane": batch.lane, "last": batch.last}
            await self.tell("INSERT INTO izin.lane (site, lane, last) FORMAT JSONEachRow", [moved])
        with suppress(OSError):  # the database knows it better
            self._remembered.took(batch.lane, batch.last, sync=False)

    async def kept(self, site: str, lane: str) -> Kept:
        """What it has beside the entries of a lane."""
        files = f"SELECT name, hex(SHA256(content)) AS digest FROM izin.file FINAL WHERE {_WHOSE}"
        notes = f"SELECT file, max(number) AS last FROM izin.note WHERE {_WHOSE} GROUP BY file"
        return Kept(
            {row.name: _octets(row.digest) for row in await self.ask(files, _Digest, site=site, lane=lane)},
            {row.file: row.last for row in await self.ask(notes, _Noted, site=site, lane=lane)},
        )

    async def keep(
        self, site: str, lane: str, files: Mapping[str, bytes], notes: Iterable[Note], gone: Iterable[str]
    ) -> None:
        """Take files and notes, and let go of the files ``gone``. What fails halfway is found lacking again."""
        for first in (int(name[:20]) for name in files if name.endswith(kept_values.SUFFIX)):
            await self._merge(site, lane, first)
        whose = {"site": site, "lane": lane}
        if files:
            rows = [{**whose, "name": name, "octets": _base64(octets)} for name, octets in files.items()]
            await self.tell("INSERT INTO izin.file (site, lane, name, octets) FORMAT JSONEachRow", rows)
        lines = [{**whose, "file": note.file, "number": note.number, "note": note.text} for note in notes]
        if lines:
            await self.tell(
                "INSERT INTO izin.note (site, lane, file, number, note) FORMAT JSONEachRow", lines
            )
        for name in gone:
            delete = f"ALTER TABLE izin.file DELETE WHERE {_WHOSE} AND name = {{name:String}}"
            await self.tell(delete, seconds=LONG, site=site, lane=lane, name=name)

    async def rewrite(self, batch: Batch) -> None:
        """Insert later versions of entries, each at the time at which it stood there; `keep` lets the old ones go."""
        query = "SELECT seq, toString(time) AS at, hex(SHA256(payload)) AS digest FROM izin.entry FINAL"
        stood = {row.seq: row for row in await self._range(query, _Stood, batch)}
        version = time.time_ns() // 1000
        rows = [
            {**_record(batch, row), "time": f"{there.at}Z", "version": version}
            for row in batch.rows
            if (there := stood.get(row.seq)) is not None
            and there.digest != sha256(row.payload).hexdigest().upper()
        ]
        if rows:
            await self.tell(_INSERT, rows)

    async def count(self, site: str, lane: str) -> int:
        """How many entries of a lane it has."""
        query = f"SELECT count() AS entries FROM izin.entry FINAL WHERE {_WHOSE}"
        return (await self.one(query, _Count, seconds=LONG, site=site, lane=lane)).entries

    async def lanes(self) -> list[tuple[str, str, int]]:
        """Site, name and last entry of each lane."""
        query = "SELECT site, lane, max(last) AS last FROM izin.lane GROUP BY site, lane ORDER BY site, lane"
        return [(row.site, row.lane, row.last) for row in await self.ask(query, _Lane)]

    async def read_notes(self, site: str, lane: str) -> AsyncIterator[Note]:
        """The notes of a lane, by file and number."""
        query = f"SELECT file, number, note FROM izin.note FINAL WHERE {_WHOSE} ORDER BY file, number"
        async for row in self.stream(query, _Note, seconds=LONG, site=site, lane=lane):
            yield Note(row.file, row.number, row.note)

    async def read_files(self, site: str, lane: str) -> AsyncIterator[tuple[str, bytes]]:
        """The files of a lane by name."""
        query = (
            f"SELECT name, base64Encode(content) AS octets FROM izin.file FINAL WHERE {_WHOSE} ORDER BY name"
        )
        async for row in self.stream(query, _File, seconds=LONG, site=site, lane=lane):
            yield row.name, row.octets

    async def read_entries(self, site: str, lane: str) -> AsyncIterator[tuple[int, int, bytes]]:
        """Segment, number and octets of each entry of a lane, in order."""
        query = (
            "SELECT segment, seq, base64Encode(payload) AS octets FROM izin.entry FINAL"
            f" WHERE {_WHOSE} ORDER BY seq"
        )
        async for row in self.stream(query, _Entry, seconds=LONG, site=site, lane=lane):
            yield row.segment, row.seq, row.octets

    async def _mark(self, site: str, lane: str) -> int:
        query = f"SELECT max(last) AS last FROM izin.lane WHERE {_WHOSE}"
        return (await self.one(query, _Last, site=site, lane=lane)).last

    async def _range(self, query: str, of: type[T], batch: Batch) -> list[T]:
        """What a query gives of the entries between a batch's first and last."""
        return await self.ask(
            f"{query} WHERE {_RANGE}",
            of,
            site=batch.site,
            lane=batch.lane,
            first=batch.first,
            last=batch.last,
        )

    async def _merge(self, site: str, lane: str, segment: int) -> None:
        """Have the months of a segment merged, so that of each entry only the last version is there."""
        query = f"SELECT DISTINCT _partition_id AS id FROM izin.entry WHERE {_WHOSE} AND segment = {{first:UInt64}}"
        for row in await self.ask(query, _Partition, site=site, lane=lane, first=segment):
            if row.id.isdigit():
                await self.tell(f"OPTIMIZE TABLE izin.entry PARTITION ID '{row.id}' FINAL", seconds=LONG)


def _record(batch: Batch, row: Row) -> dict[str, Any]:
    told = dict(zip(columns.COLUMNS, columns.values(row), strict=True))
    told["time"] = f"{told['time']:%Y-%m-%dT%H:%M:%S.%f}Z"
    return {
        "site": batch.site,
        "lane": batch.lane,
        "seq": row.seq,
        "segment": row.segment,
        **told,
        "entry": row.line.decode(),
        "version": 0,
        "octets": _base64(row.payload),
        "hash": leaf_of(row.payload).hex(),
    }


def _octets(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise SinkError(ODD) from None


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")
