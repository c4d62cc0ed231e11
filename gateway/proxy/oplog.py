"""The operational log, for operators: life cycle, errors, refusals. It is no evidence; the journal is.

One line an event: JSON, or coloured text on a terminal. Whatever a client sent reaches it escaped: `repr`-like on a
terminal, as JSON strings otherwise, so that nobody writes a line of their own into it.

To write is a system call, and a site under a ban refuses thousands of requests a second: so lines of JSON below a
warning are gathered until this turn of the event loop is over. A warning or an error goes out at once, after them.

What cannot be written, since the disk is full or whoever read it is gone, is lost: no request and no entry fails for it.
"""

import asyncio
import atexit
import logging
import sys
import time
from contextlib import suppress
from functools import lru_cache
from typing import IO, Any, BinaryIO, TextIO, cast

import msgspec
import structlog

from gateway.instants import rfc3339
from gateway.judgement import Alike, Judgement
from gateway.proxy.unnamed import Unnamed
from gateway.trace import TRACEPARENT, trace_id
from gateway.vocabulary import End

_LONGEST = 300
#: What a line says of each request by itself; the rest follows from what was decided.
_OF_EACH = frozenset({"id", "method", "host", "path", "trace_id"})
_LINE = (
    b'{"id":"%b",%b%b,"trace_id":%b%b"answered":%b,"octets":%d,"end":"%b",'
    b'"event":"%b","level":"info","timestamp":"%b"}'
)
_DECIDED = Alike[tuple[bytes, bytes]]()
#: What the journal says when all is as it should be.
_FINE = frozenset({"start", "stop", "segment", "heartbeat", "disk-room"})


class _Unfailing:
    """A stream of which nobody hears that it cannot be written."""

    def __init__(self, stream: IO[Any]) -> None:
        self._stream = stream

    def write(self, what: Any) -> None:
        """As far as it can be."""
        with suppress(OSError):
            self._stream.write(what)

    def flush(self) -> None:
        """Likewise."""
        with suppress(OSError):
            self._stream.flush()


class Lines:
    """Where structlog's rendered lines go, in the order in which they were said."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = _Unfailing(file)
        self._gathered: list[bytes] = []

    def info(self, line: bytes) -> None:
        """Soon; at once where no event loop runs."""
        if not self._gathered:
            try:
                asyncio.get_running_loop().call_soon(self.flush)
            except RuntimeError:
                self._file.write(line + b"\n")
                self._file.flush()
                return
        self._gathered.append(line)

    def warning(self, line: bytes) -> None:
        """Now."""
        self._gathered.append(line)
        self.flush()

    # Each by itself: mypyc does not read several names at once.
    def error(self, line: bytes) -> None:
        """Now."""
        self.warning(line)

    def critical(self, line: bytes) -> None:
        """Now."""
        self.warning(line)

    def exception(self, line: bytes) -> None:
        """Now."""
        self.warning(line)

    def flush(self) -> None:
        """Write what was gathered."""
        gathered, self._gathered = self._gathered, []
        if gathered:
            gathered.append(b"")
            self._file.write(b"\n".join(gathered))
            self._file.flush()


_lines: Lines | None = None


def configure(process: str = "") -> None:
    """Set structlog up for this process, whose name stands in each line if it has one: called once."""
    stamps: list[structlog.typing.Processor] = [
        lambda _log, _method, event: {**event, "process": process} if process else event,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    wrapper = structlog.make_filtering_bound_logger(logging.INFO)
    if sys.stderr.isatty():
        console = structlog.dev.ConsoleRenderer()
        terminal = structlog.PrintLoggerFactory(cast("TextIO", _Unfailing(sys.stderr)))
        structlog.configure([*stamps, console], wrapper, dict, terminal, True)
    else:
        rendered = structlog.processors.JSONRenderer(serializer=_json)
        global _lines  # noqa: PLW0603 -- structlog's configuration is the process's, and so is this part of it
        lines = _lines = Lines(sys.stderr.buffer)
        atexit.register(lines.flush)
        structlog.configure([*stamps, rendered], wrapper, dict, lambda *_: lines, True)
    # Libraries speak through the standard library; only what is wrong with them matters here.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def tell(what: str, judgement: Judgement, status: int | None, octets: int, end: End) -> None:
    """One line about a request that has ended: as structlog renders it, without the way there where it is JSON."""
    if _lines is None:
        ended = {"answered": status, "octets": octets, "end": end.value}
        structlog.get_logger().info(what, **request_fields(judgement), **ended)
        return
    _lines.info(line_of(what, judgement, status, octets, end, time.time_ns() // 1000))


def line_of(what: str, judgement: Judgement, status: int | None, octets: int, end: End, now: int) -> bytes:
    """The line as JSON, at ``now`` (µs UTC). What it says of the decision is rendered once."""
    request = judgement.request
    asked = (request.method, request.host)
    decided = _DECIDED.get(judgement, asked) or _DECIDED.keep(judgement, asked, _decided(judgement))
    trace = request.trace if TRACEPARENT in request.fields else None
    return _LINE % (
        judgement.id.encode("ascii"),
        decided[0],
        _text(request.target.path if request.target else ""),
        b"null" if trace is None else b'"%b"' % trace_id(trace).encode("ascii"),
        decided[1],
        b"null" if status is None else b"%d" % status,
        octets,
        end.encode("ascii"),
        what.encode("ascii"),
        rfc3339(now).encode("ascii"),
    )


def _decided(judgement: Judgement) -> tuple[bytes, bytes]:
    """What a line says before the path, and between the trace and how it ended."""
    fields = request_fields(judgement)
    standing = {name: value for name, value in fields.items() if name not in _OF_EACH}
    asked = {"method": fields["method"], "host": fields["host"]}
    return msgspec.json.encode(asked)[1:-1] + b',"path":', b",%b," % msgspec.json.encode(standing)[1:-1]


def _text(text: str) -> bytes:
    """A client's text as a JSON string; a long one is not remembered."""
    return _remembered_text(text) if len(text) <= _LONGEST else msgspec.json.encode(plain(text))


def tell_said(name: str, details: dict[str, Any]) -> None:
    """What the journal has to say of itself."""
    log = structlog.get_logger()
    say = log.info if name in _FINE else log.error
    say("journal", said=name, **{key: value for key, value in details.items() if key != "event"})


def tell_apart(lane: str) -> None:
    """Quotas are agreed, and this process of several counts them for itself."""
    structlog.get_logger().warning(
        "quotas are counted by each process",
        lane=lane,
        hint="a license gets as many times its quota as there are processes: run one, or `izin serve` in front",
    )


def tell_unnamed(found: Unnamed) -> None:
    """A proxy stands before us that nobody named."""
    structlog.get_logger().warning(
        "proxy not trusted",
        network=found.title,
        share=round(found.share, 2),
        hint=f"--trusted-proxies {found.name}{found.besides}",
    )


def _json(event: dict[str, Any], default: Any = None, **_: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=default or str)


def request_fields(judgement: Judgement) -> dict[str, object]:
    """What a log line says of one decision; untrusted text is cut and printable."""
    request, decision, identity = judgement.request, judgement.decision, judgement.identity
    target = request.target.path if request.target else ""
    return {
        "id": judgement.id,
        "method": plain(request.method),
        "host": plain(request.host),
        "path": plain(target),
        "trace_id": None if request.trace is None else trace_id(request.trace),
        "verdict": decision.verdict.value,
        "status": decision.status,
        "enforced": decision.enforced,
        "rule": decision.rule and plain(decision.rule),
        "reason": decision.reasons[0].value,
        "kind": identity.kind.value,
        "agent": plain(identity.agent or identity.name or "") or None,
    }


@lru_cache(maxsize=512)
def _remembered_text(text: str) -> bytes:
    return msgspec.json.encode(plain(text))


def plain(text: str) -> str:
    """Text as printable ASCII, everything else escaped, cut at 300 characters."""
    if len(text) <= _LONGEST and text.isascii() and text.isprintable() and "\\" not in text:
        return text  # nearly every time
    return text[:_LONGEST].encode("unicode_escape").decode("ascii")
