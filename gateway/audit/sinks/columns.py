"""What a database has of an entry beside its octets: the members that people ask for, each in a column of its own."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from gateway.audit.sinks.batch import Row

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class _Request(Struct):
    method: str | None = None
    host: str | None = None
    target: str | None = None


class _Identity(Struct):
    kind: str | None = None
    agent: str | None = None
    operator: str | None = None
    purpose: str | None = None
    assurance: str | None = None


class _Line(Struct):
    """Members of an entry as it is printed; others are let pass."""

    time: str
    phase: str | None = None
    id: str | None = None
    event: str | None = None
    of: str | None = None
    request: _Request = msgspec.field(default_factory=_Request)
    identity: _Identity = msgspec.field(default_factory=_Identity)
    verdict: str | None = None
    enforced: bool | None = None
    rule: str | None = None
    reasons: list[str] = []
    license: str | None = None
    policy: str | None = None
    status: int | None = None
    bytes: int | None = None
    end: str | None = None


#: The columns in the order of `values`; `time` is never empty, all others are where the entry has no such member.
COLUMNS: Final = (
    *("time", "phase", "id", "event", "decision"),
    *("kind", "agent", "operator", "purpose", "assurance"),
    *("verdict", "enforced", "rule", "reasons", "license", "policy"),
    *("method", "host", "path", "status", "bytes", "outcome"),
)
_lines: Final = msgspec.json.Decoder(_Line)


def values(row: Row) -> tuple[Any, ...]:
    """The values of `COLUMNS`. Of a removed or unreadable entry there is only the time, that of the beginning of its segment."""
    try:
        line = _lines.decode(row.line)
    except msgspec.MsgspecError:
        return moment(row.begun), *([None] * (len(COLUMNS) - 1))
    asked, who = line.request, line.identity
    return (
        *(moment(line.time), line.phase, line.id, line.event, line.of),
        *(who.kind, who.agent, who.operator, who.purpose, who.assurance),
        *(line.verdict, line.enforced, line.rule, line.reasons, line.license, line.policy),
        *(asked.method, asked.host, asked.target, line.status, line.bytes, line.end),
    )


def moment(text: str) -> datetime:
    """A time as entries and headers write it, RFC 3339; the beginning of 1970 where it is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return _EPOCH


def month_of(when: datetime) -> tuple[datetime, datetime]:
    """The beginning of a time's month and of the next one, UTC."""
    begin = when.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return begin, (begin + timedelta(days=32)).replace(day=1)
