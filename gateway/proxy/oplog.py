"""The operational log, for operators: life cycle, errors, refusals. It is no evidence; the journal is.

One line an event: JSON, or coloured text on a terminal. Whatever a client sent reaches it escaped: `repr`-like on a
terminal, as JSON strings otherwise, so that nobody writes a line of their own into it.
"""

import logging
import sys
from typing import Any

import msgspec
import structlog

from gateway.judgement import Judgement

_LONGEST = 300


def configure() -> None:
    """Set structlog up for this process: called once, by `gateway.app`."""
    stamps: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    wrapper = structlog.make_filtering_bound_logger(logging.INFO)
    if sys.stderr.isatty():
        console = structlog.dev.ConsoleRenderer()
        structlog.configure([*stamps, console], wrapper, dict, structlog.PrintLoggerFactory(sys.stderr), True)
    else:
        rendered = structlog.processors.JSONRenderer(serializer=_json)
        factory = structlog.BytesLoggerFactory(sys.stderr.buffer)
        structlog.configure([*stamps, rendered], wrapper, dict, factory, True)
    # Libraries speak through the standard library; only what is wrong with them matters here.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


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
        "verdict": decision.verdict.value,
        "status": decision.status,
        "enforced": decision.enforced,
        "rule": decision.rule,
        "reason": decision.reasons[0].value,
        "kind": identity.kind.value,
        "agent": identity.agent or (identity.name and plain(identity.name)),
    }


def plain(text: str) -> str:
    """Text as printable ASCII, everything else escaped, cut at 300 characters."""
    return text[:_LONGEST].encode("unicode_escape").decode("ascii")
