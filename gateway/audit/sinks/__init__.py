"""Where entries can be shipped to: one file a sink, and `SINKS` says which address is whose.

A sink takes batches of one lane in order and says how far it got. What it has said to have is on its medium; what it is
given twice, since somebody was killed in between, is the same entry under the same lane and number, and must not count
twice. `tests/audit/sinks.py` holds every sink to that.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from gateway.audit.sinks.batch import Batch, Copy, Kept, Note, Row, Sink, SinkError, Source
from gateway.audit.sinks.file import FileSink


class Target(NamedTuple):
    """Where to: an address without a secret, the folder in which a sink may remember how far it got, and the secret that is
    shown there, if any."""

    url: str
    memory: Path
    token: str | None = None


def _file(url: str, memory: Path, token: str | None) -> Sink:
    if url.endswith("/"):
        from gateway.audit.sinks.folder import FolderSink

        return FolderSink(url, memory, token)
    return FileSink(url, memory, token)


def _http(url: str, memory: Path, token: str | None) -> Sink:
    # Late: its HTTP client is a third of what `izin audit` would load.
    from gateway.audit.sinks.http import HttpSink

    return HttpSink(url, memory, token)


def _clickhouse(url: str, memory: Path, token: str | None) -> Sink:
    from gateway.audit.sinks.clickhouse import ClickHouseSink

    return ClickHouseSink(url, memory, token)


def _postgres(url: str, memory: Path, token: str | None) -> Sink:
    from gateway.audit.sinks.postgres import PostgresSink  # late: asyncpg is an extra

    return PostgresSink(url, memory, token)


#: The sink of each scheme.
SINKS: Final[Mapping[str, Callable[[str, Path, str | None], Sink]]] = {
    "file": _file,
    "http": _http,
    "https": _http,
    "postgresql": _postgres,
    "clickhouse": _clickhouse,
    "clickhouse+https": _clickhouse,
}


def sink_to(target: Target) -> Sink:
    """The sink of an address that `check_target` takes."""
    return SINKS[target.url.partition("://")[0]](target.url, target.memory, target.token)


__all__ = [
    "SINKS",
    "Batch",
    "Copy",
    "Kept",
    "Note",
    "Row",
    "Sink",
    "SinkError",
    "Source",
    "Target",
    "sink_to",
]
