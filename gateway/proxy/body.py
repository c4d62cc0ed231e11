"""Follow a message body to its end (RFC 9112 sections 6 and 7.1) without taking it apart.

The relay passes a message's octets on as they come and only has to know where the message ends. `Chunks` walks over
chunk sizes, data and trailers, and refuses what two readers may read differently; `tests/proxy/test_body.py` holds it
against h11. For HTTP/1.0 clients the same walk hands out the data alone.
"""

import re
from typing import Final

_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_PADDED: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_TRAILER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t\x20-\x7e\x80-\xff]*\r\n")
#: Fields that may not come after the body, for the message was routed and framed without them.
_NOT_AFTER: Final = frozenset({b"content-length", b"transfer-encoding", b"host", b"connection", b"upgrade"})

MAX_LINE: Final = 1024
MAX_TRAILERS: Final = 16_384
#: How many octets of chunk extensions a body may have beyond one for each octet of data.
MAX_EXTENSIONS: Final = 16_384


class BodyError(Exception):
    """A body whose framing is broken or in doubt."""


class Counted:
    """Where a body of known length ends; ``length`` -1 is one that lasts until the connection closes."""

    __slots__ = ("_left", "done", "payload")

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = length == 0
        self.payload = 0

    def scan(self, data: bytes, sink: list[bytes] | None = None) -> int:
        """As `Chunks.scan`; nothing of a counted body can be wrong."""
        taken = len(data)
        if self._left >= 0:
            taken = min(taken, self._left)
            self._left -= taken
            self.done = self._left == 0
        self.payload += taken
        if sink is not None:
            sink.append(data[:taken])
        return taken


class Chunks:
    """Where a chunked body ends. ``payload`` counts its data octets so far; ``done`` says that the end was seen."""

    __slots__ = ("_extensions", "_left", "_most", "_part", "_size", "_state", "_trailers", "done", "payload")

    def __init__(self, *, padded: bool = False) -> None:
        """``padded`` accepts blanks after a chunk's size, as some old origins write them; a client has no reason to."""
        self.done = False
        self.payload = 0
        self._size = _PADDED if padded else _SIZE
        self._state = self._read_size
        self._most = MAX_LINE
        self._left = 0
        self._part = b""
        self._trailers = 0
        self._extensions = 0

    def scan(self, data: bytes, sink: list[bytes] | None = None) -> int:
        """Take what belongs to the body from the front of ``data``; gives how many octets those were.

        The body's data is appended to ``sink``, if there is one. Raises BodyError.
        """
        at, end = 0, len(data)
        while at < end and not self.done:
            if self._left:
                step = min(self._left, end - at)
                if sink is not None:
                    sink.append(data[at : at + step])
                self._left -= step
                self.payload += step
                at += step
                continue
            feed = data.find(b"\n", at) + 1
            line = self._part + data[at : feed or end]
            if len(line) > self._most:
                raise BodyError("a line of the chunked framing is too long")
            if not feed:
                self._part = line
                return end
            self._part = b""
            at = feed
            self._state(line)
        return at

    def _read_size(self, line: bytes) -> None:
        match = self._size.fullmatch(line)
        if match is None:
            raise BodyError("not a chunk size")
        digits = match[1]
        self._extensions += len(line) - len(digits) - 2
        if self._extensions > MAX_EXTENSIONS + self.payload:
            raise BodyError("too much in chunk extensions")
        self._left = int(digits, 16)
        if self._left:
            self._state = self._read_end
        else:
            self._state, self._most = self._read_trailer, MAX_TRAILERS

    def _read_end(self, line: bytes) -> None:
        if line != b"\r\n":
            raise BodyError("a chunk is longer than its size")
        self._state = self._read_size

    def _read_trailer(self, line: bytes) -> None:
        if line == b"\r\n":
            self.done = True
            return
        match = _TRAILER.fullmatch(line)
        if match is None or match[1].lower() in _NOT_AFTER:
            raise BodyError("not a trailer field")
        self._trailers += len(line)
        if self._trailers > MAX_TRAILERS:
            raise BodyError("too much in trailers")
