"""Entries in PostgreSQL: a row each, in partitions by month, with the octets that prove it (`postgres.sql` is the schema).

Theory of operation. A lane's mark, the number of its last entry, changes in the transaction that takes the entries, so what
the mark says is what is there: whoever is killed at any point goes on from it, and nothing stands there twice. The mark's row
is locked meanwhile, so two followers of one lane wait for each other. What is there of a batch already is compared by its
leaves: an entry that is missing is put in, another one under the same number is an error. A mark that is behind what the follower
was told before is a database that forgot, after it was put back from a backup perhaps: then the follower begins there anew.

Where the password is, libpq's rules say: PGPASSFILE, ~/.pgpass, PGPASSWORD. It never stands in the address.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg  # type: ignore[import-untyped]

from gateway.audit.sinks import columns, memory
from gateway.audit.sinks.batch import Batch, Row, SinkError
from gateway.seal.leaf import leaf_of

T = TypeVar("T")
Connection = Any

#: The version of `postgres.sql`.
VERSION: Final = 1
#: Seconds for a connection, and for one statement.
_CONNECT: Final = 10.0
PATIENCE: Final = 30.0
#: Held by whoever makes tables or partitions (any number that nobody else takes).
_MAKING: Final = 0x697A696E
#: Errors that are about the entries: data that a column does not take, and program limits (PostgreSQL, appendix A).
_REFUSED: Final = ("22", "54")
#: The month's partition is there, or covered by one that somebody made by hand.
_MADE: Final = (asyncpg.DuplicateTableError, asyncpg.InvalidObjectDefinitionError)
_FAILURES: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    OverflowError,
)
_COLUMNS: Final = ("site", "lane", "seq", "segment", *columns.COLUMNS, "entry", "payload", "leaf")
#: A zero character in JSON, which no text of PostgreSQL holds, behind an even number of backslashes.
_ZERO: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class PostgresSink:
    """One database."""

    copies = True

    def __init__(self, url: str, folder: Path, _token: str | None = None) -> None:
        self._url = url
        self._remembered = memory.path_of(folder, url)
        self._memory = memory.load(self._remembered, url)
        self._connection: Connection = None
        self._months: set[datetime] = set()

    async def position(self, site: str, lane: str) -> int:
        """The lane's mark."""
        query = "SELECT last FROM izin.lane WHERE site = $1 AND lane = $2"
        found = await self.within(lambda connection: connection.fetchval(query, site, lane)) or 0
        self._memory.trouble, self._memory.lanes[lane] = None, found
        with suppress(OSError):
            memory.save(self._remembered, self._memory, sync=False)
        return int(found)

    async def append(self, batch: Batch) -> None:
        """Take a batch and move the mark, in one transaction."""
        await self.within(lambda connection: self._append(connection, batch))
        with suppress(OSError):  # the database knows it better
            memory.took(self._remembered, self._memory, batch.lane, batch.last, sync=False)

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def within(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What ``work`` gives with a connection; SinkError where the database fails, and then the connection is closed."""
        try:
            if self._connection is None:
                self._connection = await self._connect()
            return await work(self._connection)
        except _FAILURES as error:
            await self.close()
            raise _failed(error) from error
        except BaseException:
            await self.close()
            raise

    async def _connect(self) -> Connection:
        connection = await asyncpg.connect(
            self._url,
            timeout=_CONNECT,
            command_timeout=PATIENCE,
            server_settings={"application_name": "izin", "search_path": "pg_catalog"},
        )
        try:
            await _prepare(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _append(self, connection: Connection, batch: Batch) -> None:
        records = [_record(batch, row) for row in batch.rows]
        await self._partitions(connection, [record[_COLUMNS.index("time")] for record in records])
        async with connection.transaction():
            mark = await connection.fetchval(
                "INSERT INTO izin.lane AS l (site, lane) VALUES ($1, $2)"
                " ON CONFLICT (site, lane) DO UPDATE SET last = l.last RETURNING last",
                batch.site,
                batch.lane,
            )
            if mark < batch.after:
                why = f"it had {batch.after:,} entries of this lane and has only {mark:,} now: they are shipped again"
                raise SinkError(why, forgot=True)
            have = await self._leaves(connection, batch)
            for row in batch.rows:
                if have.get(row.seq, leaf := leaf_of(row.payload)) != leaf:
                    raise SinkError(f"it has another entry under the number {row.seq:,} of this lane")
            await connection.copy_records_to_table(
                "entry",
                schema_name="izin",
                columns=_COLUMNS,
                records=[
                    record for record, row in zip(records, batch.rows, strict=True) if row.seq not in have
                ],
            )
            await connection.execute(
                "UPDATE izin.lane SET last = greatest(last, $3), shipped = now() WHERE site = $1 AND lane = $2",
                batch.site,
                batch.lane,
                batch.last,
            )

    async def _leaves(self, connection: Connection, batch: Batch) -> dict[int, bytes]:
        """The leaves that are there already, by number."""
        found = await connection.fetch(
            "SELECT seq, leaf FROM izin.entry WHERE site = $1 AND lane = $2 AND seq BETWEEN $3 AND $4",
            *(batch.site, batch.lane, batch.first, batch.last),
        )
        return {row["seq"]: row["leaf"] for row in found}

    async def _partitions(self, connection: Connection, moments: Sequence[datetime]) -> None:
        """See that there is a partition for each of the times, and for the month behind the last."""
        if columns.month_of(max(moments))[1] in self._months and len(self._months) > 1:
            wanted = {columns.month_of(one)[0] for one in moments} - self._months
        else:
            wanted = {columns.month_of(one)[0] for one in moments} | {columns.month_of(max(moments))[1]}
        for begin in sorted(wanted):
            with suppress(*_MADE):
                async with connection.transaction():
                    await connection.execute(f"SELECT pg_advisory_xact_lock({_MAKING})")
                    await _make_partition(connection, begin)
            self._months.add(begin)


async def _prepare(connection: Connection) -> None:
    """Make the schema where there is none; SinkError where the database cannot be used."""
    if await connection.fetchval("SHOW server_encoding") != "UTF8":
        raise SinkError("the database must have the encoding UTF8")
    if await connection.fetchval("SHOW synchronous_commit") == "off":
        await connection.execute("SET synchronous_commit = on")  # what is acknowledged is on its disk
    there = "SELECT to_regclass('izin.version') IS NOT NULL"
    if not await connection.fetchval(there):
        async with connection.transaction():
            await connection.execute(f"SELECT pg_advisory_xact_lock({_MAKING})")
            if not await connection.fetchval(there):
                await connection.execute(schema())
    version = await connection.fetchval("SELECT max(version) FROM izin.version")
    if version != VERSION:
        raise SinkError(f"its tables are of version {version}, and only version {VERSION} is known here")


async def _make_partition(connection: Connection, begin: datetime) -> None:
    # Attached, so that nobody who reads the table has to wait for it, as `CREATE TABLE … PARTITION OF` would have them.
    name = f"izin.entry_{begin:%Y_%m}"
    if not await connection.fetchval(f"SELECT to_regclass('{name}') IS NOT NULL"):
        end = columns.month_of(begin)[1]
        await connection.execute(
            f"CREATE TABLE {name} (LIKE izin.entry INCLUDING ALL);"
            f"ALTER TABLE izin.entry ATTACH PARTITION {name} FOR VALUES FROM ('{begin:%Y-%m-%d} 00:00+00')"
            f" TO ('{end:%Y-%m-%d} 00:00+00')"
        )


def schema() -> str:
    """The statements that make the tables."""
    return files("gateway.audit.sinks").joinpath("postgres.sql").read_text("utf-8")


def _record(batch: Batch, row: Row) -> tuple[Any, ...]:
    told = [_text(value) for value in columns.values(row)]
    entry = _ZERO.sub(r"\1\\ufffd", row.line.decode()) if row.line else None
    return (batch.site, batch.lane, row.seq, row.segment, *told, entry, row.payload, leaf_of(row.payload))


def _text(value: Any) -> Any:
    """A value without the one character that no text of PostgreSQL holds."""
    if isinstance(value, list):
        return [_text(one) for one in value]
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _failed(error: Exception) -> SinkError:
    """What went wrong, in the database's words, which hold no secret and none of the values."""
    if isinstance(error, TimeoutError):
        return SinkError("no answer in time")
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        said = "".join(char if char.isprintable() else "\ufffd" for char in str(error).partition("\n")[0])
        return SinkError(f"{said[:200]} ({state})", refused=state[:2] in _REFUSED)
    if isinstance(error, OSError):
        return SinkError((error.strerror or type(error).__name__).lower())
    return SinkError(type(error).__name__, refused=isinstance(error, asyncpg.DataError | OverflowError))
