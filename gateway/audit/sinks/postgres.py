"""Entries in PostgreSQL: a row each, in partitions by month, with the octets that prove it (`postgres.sql` is the schema).

Theory of operation. A lane's mark, the number of its last entry, changes in the transaction that takes the entries, so what
the mark says is what is there: whoever is killed at any point goes on from it, and nothing stands there twice. The mark's row
is locked meanwhile, so two followers of one lane wait for each other. What is there of a batch already is compared by its
leaves: an entry that is missing is put in, another one under the same number is an error. A mark that is behind what the
follower was told before is a database that forgot, after it was put back from a backup perhaps: then the follower begins there
anew.

COPY would take a sixth less time, but asyncpg leaves a future of it behind, with an error that nobody asks for, where the server
said goodbye just before.

Where the password is, libpq's rules say: PGPASSFILE, ~/.pgpass, PGPASSWORD. It never stands in the address.
"""

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gateway.audit.sinks import columns
from gateway.audit.sinks.batch import Batch, Copy, Kept, Note, Row, SinkError, Source
from gateway.audit.sinks.memory import Remembered
from gateway.audit.sinks.postgres_connection import LONG, Connected, Connection, checked
from gateway.seal.leaf import leaf_of

_COLUMNS: Final = ("site", "lane", "seq", "segment", *columns.COLUMNS, "entry", "payload", "leaf")
_TIME: Final = _COLUMNS.index("time")
_INSERT: Final = (
    f"INSERT INTO izin.entry ({', '.join(_COLUMNS)})"  # noqa: S608 -- of constants
    f" VALUES ({', '.join(f'${number + 1}' for number in range(len(_COLUMNS)))})"
)
#: A zero character in JSON, which no text of PostgreSQL holds, behind an even number of backslashes.
_ZERO: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class PostgresSink(Connected):
    """One database."""

    gathers = 0.0

    def __init__(self, url: str, folder: Path, _token: str | None = None) -> None:
        super().__init__(url)
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
        query = "SELECT last FROM izin.lane WHERE site = $1 AND lane = $2"
        found = await self.within(lambda connection: connection.fetchval(query, site, lane))
        last = 0 if found is None else checked(found, int)
        self._remembered.stands(lane, last)
        return last

    async def append(self, batch: Batch) -> None:
        """Take a batch and move the mark, in one transaction."""
        await self.within(lambda connection: self._append(connection, batch))
        with suppress(OSError):  # the database knows it better
            self._remembered.took(batch.lane, batch.last, sync=False)

    async def kept(self, site: str, lane: str) -> Kept:
        """What it has beside the entries of a lane."""

        async def ask(connection: Connection) -> Kept:
            files = "SELECT name, sha256 FROM izin.file WHERE site = $1 AND lane = $2"
            notes = "SELECT file, max(number) FROM izin.note WHERE site = $1 AND lane = $2 GROUP BY file"
            found = [dict(await connection.fetch(query, site, lane)) for query in (files, notes)]
            return Kept(checked(found[0], dict[str, bytes]), checked(found[1], dict[str, int]))

        return await self.within(ask)

    async def keep(
        self, site: str, lane: str, files: Mapping[str, bytes], notes: Iterable[Note], gone: Iterable[str]
    ) -> None:
        """Take files and notes, and let go of the files ``gone``, in one transaction."""

        async def put(connection: Connection) -> None:
            async with connection.transaction():
                await connection.executemany(
                    "INSERT INTO izin.file (site, lane, name, octets) VALUES ($1, $2, $3, $4)"
                    " ON CONFLICT (site, lane, name) DO UPDATE SET octets = excluded.octets, kept = now()",
                    [(site, lane, name, octets) for name, octets in files.items()],
                )
                await connection.executemany(
                    "INSERT INTO izin.note (site, lane, file, number, note) VALUES ($1, $2, $3, $4, $5)"
                    " ON CONFLICT DO NOTHING",
                    [(site, lane, *note) for note in notes],
                )
                delete = "DELETE FROM izin.file WHERE site = $1 AND lane = $2 AND name = ANY($3::text[])"
                await connection.execute(delete, site, lane, list(gone))

        await self.within(put)

    async def rewrite(self, batch: Batch) -> None:
        """Put entries in the place of others, each at the time at which it stood there."""

        async def put(connection: Connection) -> None:
            async with connection.transaction():
                times = dict(
                    await connection.fetch(
                        "DELETE FROM izin.entry e USING unnest($3::bigint[], $4::bytea[]) AS r (seq, digest)"
                        " WHERE e.site = $1 AND e.lane = $2 AND e.seq BETWEEN $5 AND $6"
                        " AND e.seq = r.seq AND sha256(e.payload) <> r.digest RETURNING e.seq, e.time",
                        *(batch.site, batch.lane, [row.seq for row in batch.rows]),
                        *([sha256(row.payload).digest() for row in batch.rows], batch.first, batch.last),
                    )
                )
                records = [
                    (*record[:_TIME], times[row.seq], *record[_TIME + 1 :])
                    for row in batch.rows
                    if row.seq in times
                    for record in [_record(batch, row)]
                ]
                await connection.executemany(_INSERT, records)

        await self.within(put)

    async def count(self, site: str, lane: str) -> int:
        """How many entries of a lane it has."""
        query = "SELECT count(*) FROM izin.entry WHERE site = $1 AND lane = $2"
        return checked(
            await self.within(lambda connection: connection.fetchval(query, site, lane, timeout=LONG)), int
        )

    async def lanes(self) -> list[tuple[str, str, int]]:
        """Site, name and last entry of each lane."""
        query = "SELECT site, lane, last FROM izin.lane ORDER BY site, lane"
        found = await self.within(lambda connection: connection.fetch(query))
        return checked([tuple(row) for row in found], list[tuple[str, str, int]])

    async def read_notes(self, site: str, lane: str) -> AsyncIterator[Note]:
        """The notes of a lane, by file and number."""
        query = "SELECT file, number, note FROM izin.note WHERE site = $1 AND lane = $2 ORDER BY file, number"
        async for row in self.rows(query, Note, site, lane):
            yield row

    async def read_files(self, site: str, lane: str) -> AsyncIterator[tuple[str, bytes]]:
        """The files of a lane by name."""
        query = "SELECT name, octets FROM izin.file WHERE site = $1 AND lane = $2 ORDER BY name"
        async for row in self.rows(query, tuple[str, bytes], site, lane):
            yield row

    async def read_entries(self, site: str, lane: str) -> AsyncIterator[tuple[int, int, bytes]]:
        """Segment, number and octets of each entry of a lane, in order."""
        query = "SELECT segment, seq, payload FROM izin.entry WHERE site = $1 AND lane = $2 ORDER BY seq"
        async for row in self.rows(query, tuple[int, int, bytes], site, lane):
            yield row

    async def _append(self, connection: Connection, batch: Batch) -> None:
        records = [_record(batch, row) for row in batch.rows]
        await self.partitions(connection, [record[_TIME] for record in records])
        whose = batch.site, batch.lane
        async with connection.transaction():
            mark = await connection.fetchval(
                "INSERT INTO izin.lane AS l (site, lane) VALUES ($1, $2)"
                " ON CONFLICT (site, lane) DO UPDATE SET last = l.last RETURNING last",
                *whose,
            )
            if checked(mark, int) < batch.after:
                why = f"it had {batch.after:,} entries of this lane and has only {mark:,} now: they are shipped again"
                raise SinkError(why, forgot=True)
            query = "SELECT seq, leaf FROM izin.entry WHERE site = $1 AND lane = $2 AND seq BETWEEN $3 AND $4"
            have = dict(await connection.fetch(query, *whose, batch.first, batch.last))
            for row in batch.rows:
                if have.get(row.seq, leaf := leaf_of(row.payload)) != leaf:
                    raise SinkError(f"it has another entry under the number {row.seq:,} of this lane")
            await connection.executemany(
                _INSERT, [one for one, row in zip(records, batch.rows, strict=True) if row.seq not in have]
            )
            move = "UPDATE izin.lane SET last = greatest(last, $3), shipped = now() WHERE site = $1 AND lane = $2"
            await connection.execute(move, *whose, batch.last)


def _record(batch: Batch, row: Row) -> tuple[Any, ...]:
    told = [_text(value) for value in columns.values(row)]
    entry = _ZERO.sub(r"\1\\ufffd", row.line.decode()) if row.line else None
    return (batch.site, batch.lane, row.seq, row.segment, *told, entry, row.payload, leaf_of(row.payload))


def _text(value: Any) -> Any:
    """A value without the one character that no text of PostgreSQL holds."""
    if isinstance(value, list):
        return [_text(one) for one in value]
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
