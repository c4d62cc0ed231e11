"""ClickHouse by its HTTP interface: queries with their values apart, and what went wrong in its words."""

from collections.abc import AsyncIterator, Iterable, Mapping
from importlib.resources import files
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

import aiohttp
import msgspec

from gateway import __version__
from gateway.audit.sinks.batch import SinkError
from gateway.audit.sinks.troubles import ODD, why

T = TypeVar("T")
#: Of an entry, a segment or a note; a server may quote what has 64 bits.
Number = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]

#: The version of `clickhouse.sql`.
VERSION: Final = 1
#: Seconds for one query, and for one that has parts merged anew.
PATIENCE: Final = 30.0
LONG: Final = 3600.0
#: Octets of an answer's line, and of what is read of an error.
_LINE: Final = 1 << 24
_SAID: Final = 2000
#: Errors that are about the entries (src/Common/ErrorCodes.cpp): input that cannot be parsed as a column's type.
_REFUSED: Final = frozenset({"6", "26", "27", "72", "117"})
_TOO_MUCH: Final = "241"
_UNKNOWN: Final = frozenset({"60", "81"})
#: What every query is asked with: inserts that are not gathered, times as we write them.
_SETTINGS: Final = {
    "async_insert": "0",
    "date_time_input_format": "best_effort",
    "input_format_null_as_default": "1",
    "mutations_sync": "2",
}
#: The values of a query are read as TabSeparated has them.
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
_json: Final = msgspec.json.Encoder()


class _Version(msgspec.Struct):
    version: int


class Unknown(SinkError):  # noqa: N818 -- as it is said
    """A table or database that is not there."""


class Connected:
    """One server, by ``clickhouse://user@host:8123`` or, with TLS, ``clickhouse+https://…``."""

    def __init__(self, url: str, password: str | None) -> None:
        parts = urlsplit(url)
        scheme = "https" if parts.scheme.endswith("https") else "http"
        self._url = f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path or '/'}"
        self._fields = {
            "User-Agent": f"Izin/{__version__}",
            "X-ClickHouse-User": unquote(parts.username or "default"),
        }
        if password is not None:
            self._fields["X-ClickHouse-Key"] = password
        self._session: aiohttp.ClientSession | None = None
        self._prepared = False

    async def close(self) -> None:
        """Close its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(self, query: str, of: type[T], *, seconds: float | None = None, **values: Any) -> list[T]:
        """The rows that a query gives. SinkError where the server fails, or gives others."""
        return [row async for row in self.stream(query, of, seconds=seconds, **values)]

    async def one(self, query: str, of: type[T], *, seconds: float | None = None, **values: Any) -> T:
        """As `ask`, of a query that gives one row."""
        return _single(await self.ask(query, of, seconds=seconds, **values))

    async def stream(
        self, query: str, of: type[T], *, seconds: float | None = None, **values: Any
    ) -> AsyncIterator[T]:
        """As `ask`, row by row; tables are made first where there are none."""
        if not self._prepared:
            await self._prepare()
        async for row in self._stream(query, of, (), seconds or PATIENCE, values):
            yield row

    async def tell(
        self,
        query: str,
        rows: Iterable[Mapping[str, Any]] = (),
        *,
        seconds: float | None = None,
        **values: Any,
    ) -> None:
        """Have something done; ``rows`` are what is inserted. SinkError where the server fails."""
        if not self._prepared:
            await self._prepare()
        async for _ in self._stream(query, object, rows, seconds or PATIENCE, values):
            pass

    async def _stream(
        self,
        query: str,
        of: type[T],
        rows: Iterable[Mapping[str, Any]],
        seconds: float,
        values: Mapping[str, Any],
    ) -> AsyncIterator[T]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), read_bufsize=_LINE, headers=self._fields
            )
        lines = msgspec.json.Decoder(of, strict=False)
        selects = query.startswith("SELECT")
        asked = {
            **_SETTINGS,
            # An insert is answered when it is done; what is read is not laid by at the server until all of it is there.
            "wait_end_of_query": "0" if selects else "1",
            "query": f"{query} FORMAT JSONEachRow" if selects else query,
            **{f"param_{name}": str(value).translate(_ESCAPED) for name, value in values.items()},
        }
        try:
            async with self._session.post(
                self._url,
                params=asked,
                data=b"".join(_json.encode(row) + b"\n" for row in rows),
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as answer:
                if answer.status != 200:
                    raise _failed(answer.status, answer.headers, await answer.content.read(_SAID))
                async for line in answer.content:
                    yield lines.decode(line)
        except msgspec.ValidationError as error:
            raise SinkError(ODD) from error
        except msgspec.MsgspecError as error:
            raise SinkError("its answer broke off") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise SinkError(why(error)) from error

    async def _prepare(self) -> None:
        """Make the tables where there are none; SinkError where they cannot be used."""
        query = "SELECT max(version) AS version FROM izin.version"
        try:
            found = [row async for row in self._stream(query, _Version, (), PATIENCE, {})]
        except Unknown:
            for statement in schema():
                async for _ in self._stream(statement, object, (), PATIENCE, {}):
                    pass
            found = [row async for row in self._stream(query, _Version, (), PATIENCE, {})]
        if (version := _single(found).version) != VERSION:
            raise SinkError(f"its tables are of version {version}, and only version {VERSION} is known here")
        self._prepared = True


def _single(found: list[T]) -> T:
    if len(found) != 1:
        raise SinkError(ODD)
    return found[0]


def schema() -> list[str]:
    """The statements that make the tables."""
    text = files("gateway.audit.sinks").joinpath("clickhouse.sql").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("--"))
    return [statement.strip() for statement in "\n".join(lines).split(";\n") if statement.strip()]


def _failed(status: int, fields: Mapping[str, str], body: bytes) -> SinkError:
    """What went wrong. Of the server's words only the first few: what follows may quote what was inserted."""
    code = fields.get("X-ClickHouse-Exception-Code", "")
    said = body.decode("utf-8", "replace").partition("DB::Exception: ")[2]
    said = "".join(char if char.isprintable() else "\ufffd" for char in said.partition(":")[0][:100])
    why = f"{said} (code {code})" if code else f"it answers {status}"
    if code in _UNKNOWN:
        return Unknown(why)
    return SinkError(why, refused=code in _REFUSED, smaller=code == _TOO_MUCH)
