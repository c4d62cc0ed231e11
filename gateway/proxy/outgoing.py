"""The heads that the relay writes itself: a request for the origin, an answer of our own (pure)."""

from functools import lru_cache
from http import HTTPStatus
from typing import Final, NamedTuple

from gateway.enforce.answer import Reply
from gateway.proxy.head import joined, name_of
from gateway.proxy.heads import RequestHead

#: Methods whose answer is the request as it came (RFC 9110 section 9.3.8; TRACK is what IIS calls it).
_SENT_BACK: Final = frozenset({b"TRACE", b"TRACK"})


class Secret(NamedTuple):
    """What proves to the origin that a request came through here: a field's lower-case name, and its line."""

    name: bytes
    line: bytes


def request_octets(head: RequestHead, forwarding: bytes, secret: Secret | None) -> bytes:
    """The head to send. ``forwarding`` are lines of the gateway's own; a client's copy of the secret is left out.

    Where the origin would send the secret back to the client, it does not get it.
    """
    fields = head.octets
    if secret is not None:
        lines = [line for line in head.lines if name_of(line).replace(b"_", b"-") != secret.name]
        fields = joined(lines) if len(lines) < len(head.lines) else fields
        if head.method.upper() not in _SENT_BACK:
            forwarding += secret.line
    if head.websocket:
        fields += b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    elif head.trailers:
        fields += b"Connection: TE\r\nTE: trailers\r\n"
    return b"%b %b HTTP/1.1\r\n%b%b\r\n" % (head.method, head.target, fields, forwarding)


def reply_octets(reply: Reply, date: bytes, *, bodiless: bool, close: bool) -> bytes:
    """An answer of our own. ``date`` is a whole Date line; ``bodiless`` leaves the body out, as for HEAD."""
    status, body = reply.status, b"" if bodiless else reply.body
    lines = reply.lines or joined([b"%b: %b" % field for field in reply.fields])
    length = b"" if status in (204, 304) else b"Content-Length: %d\r\n" % len(reply.body)
    end = b"Connection: close\r\n\r\n" if close else b"\r\n"
    return b"%b\r\n%b\r\n%b%b%b%b" % (_status_line(status), date, lines, length, end, body)


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    try:
        return b"HTTP/1.1 %d %b" % (status, HTTPStatus(status).phrase.encode("ascii"))
    except ValueError:
        return b"HTTP/1.1 %d " % status
