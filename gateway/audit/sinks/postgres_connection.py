"""A connection to PostgreSQL for a sink: made when it is needed, with the tables there, closed where anything fails."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from importlib.resources import files
from typing import Any, Final, TypeVar

import asyncpg  # type: ignore[import-untyped]
import msgspec

from gateway.audit.sinks import columns
from gateway.audit.sinks.batch import SinkError
from gateway.audit.sinks.troubles import ODD, why

T = TypeVar("T")
Connection = Any

#: The version of `postgres.sql`.
VERSION: Final = 1
#: Seconds for a connection, and for one statement.
_CONNECT: Final = 10.0
PATIENCE: Final = 30.0
#: And for one that counts everything.
LONG: Final = 3600.0
#: Rows that are fetched at once when all are read.
_FETCHED: Final = 2000
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


class Connected:
    """One database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Connection = None
        self._months: set[datetime] = set()

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        self._months.clear()  # somebody may have dropped one
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

    async def rows(self, query: str, of: type[T], *values: Any) -> AsyncIterator[T]:
        """The rows of a query, a bounded number at a time; SinkError as `within`, and as `checked`."""
        reading = await self.within(lambda connection: self._cursor(connection, query, values))
        while found := await self.within(lambda _: reading.fetch(_FETCHED)):
            for row in found:
                yield checked(tuple(row), of)

    async def _cursor(self, connection: Connection, query: str, values: tuple[Any, ...]) -> Any:
        """A cursor in a transaction that lasts as long as the connection: all that is read is of one moment."""
        if not connection.is_in_transaction():
            await connection.transaction(isolation="repeatable_read", readonly=True).start()
        return await connection.cursor(query, *values)

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

    async def partitions(self, connection: Connection, moments: Sequence[datetime]) -> None:
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


def checked(found: Any, of: type[T]) -> T:
    """What the database gives, as our columns have it; SinkError where somebody made others of them."""
    try:
        return msgspec.convert(found, of)
    except msgspec.ValidationError:
        raise SinkError(ODD) from None


def schema() -> str:
    """The statements that make the tables."""
    return files("gateway.audit.sinks").joinpath("postgres.sql").read_text("utf-8")


def _failed(error: Exception) -> SinkError:
    """What went wrong, in the database's words, which hold no secret and none of the values."""
    if isinstance(error, asyncpg.DataError | OverflowError) and getattr(error, "severity", None) is None:
        # It never came to the database, and asyncpg's words have the value.
        return SinkError("a value that its column does not take", refused=True)
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        said = "".join(char if char.isprintable() else "\ufffd" for char in str(error).partition("\n")[0])
        return SinkError(f"{said[:200]} ({state})", refused=state[:2] in _REFUSED)
    if isinstance(error, asyncpg.ClientConfigurationError):
        return SinkError("its address or the password file cannot be used")
    return SinkError("the connection was closed" if isinstance(error, asyncpg.InterfaceError) else why(error))
