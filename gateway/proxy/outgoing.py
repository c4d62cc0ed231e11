"""The heads that the relay writes itself: a request for the origin, an answer of our own (pure)."""

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from gateway.enforce.answer import Reply
from gateway.proxy.head import Lines, RequestHead, name_of

#: Methods whose answer is the request as it came (RFC 9110 section 9.3.8; TRACK is what IIS calls it).
_SENT_BACK: Final = frozenset({b"TRACE", b"TRACK"})


def request_octets(
    head: RequestHead, forwarding: Iterable[bytes], extra: Iterable[bytes], secret_name: bytes
) -> bytes:
    """The head to send. ``extra`` are lines of the gateway's own; a client's copy of ``secret_name`` is left out.

    Where the origin would send the secret back to the client, it does not get it.
    """
    lines: Lines = head.lines
    if secret_name:
        lines = [line for line in lines if name_of(line).replace(b"_", b"-") != secret_name]
        if head.method.upper() in _SENT_BACK:
            extra = [line for line in extra if name_of(line) != secret_name]
    if head.websocket:
        lines = [*lines, b"Connection: Upgrade", b"Upgrade: websocket"]
    elif head.trailers:
        lines = [*lines, b"Connection: TE", b"TE: trailers"]
    start = b"%b %b HTTP/1.1" % (head.method, head.target)
    return b"\r\n".join((start, *lines, *forwarding, *extra, b"\r\n"))


def reply_octets(reply: Reply, date: bytes, *, bodiless: bool, close: bool) -> bytes:
    """An answer of our own. ``date`` is a whole Date line; ``bodiless`` leaves the body out, as for HEAD."""
    lines = [_status_line(reply.status), date]
    lines += [b"%b: %b" % field for field in reply.fields]
    if reply.status not in (204, 304):
        lines.append(b"Content-Length: %d" % len(reply.body))
    if close:
        lines.append(b"Connection: close")
    lines.append(b"\r\n")
    head = b"\r\n".join(lines)
    return head if bodiless else head + reply.body


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    try:
        return b"HTTP/1.1 %d %b" % (status, HTTPStatus(status).phrase.encode("ascii"))
    except ValueError:
        return b"HTTP/1.1 %d " % status
