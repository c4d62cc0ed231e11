"""The request as the origin gets it: the lines the client sent, and what a gateway adds (pure)."""

from collections.abc import Iterable

from gateway.proxy.head import Lines, RequestHead, name_of


def request_octets(
    head: RequestHead, forwarding: Iterable[bytes], extra: Iterable[bytes], secret_name: bytes
) -> bytes:
    """The head to send. ``extra`` are lines of the gateway's own; a client's copy of ``secret_name`` is left out."""
    lines: Lines = head.lines
    if secret_name:
        lines = [line for line in lines if name_of(line) != secret_name]
    if head.websocket:
        lines = [*lines, b"Connection: Upgrade", b"Upgrade: websocket"]
    elif head.trailers:
        lines = [*lines, b"Connection: TE", b"TE: trailers"]
    start = b"%b %b HTTP/1.1" % (head.method, head.target)
    return b"\r\n".join((start, *lines, *forwarding, *extra, b"\r\n"))
