"""The origin's response, octet by octet: interim heads, the head, and the body to its end. It does no I/O itself."""

from typing import Final

from gateway.proxy.body import BodyError, Chunks
from gateway.proxy.head import read_response
from gateway.proxy.heads import OriginError, RequestHead, ResponseHead

_NOTHING: Final[frozenset[bytes]] = frozenset()
_CHUNK_FIELDS: Final = frozenset({b"transfer-encoding", b"trailer"})


class Incoming:
    """A response to ``asked``.

    ``head`` is None until it has come; ``done`` says that the whole response has, ``extra`` that more came than that, or may
    yet come: then the connection cannot serve another request.
    ``status`` is the final one, once it has come, ``octets`` how many octets of content have come.
    ``until_close`` is a body that only the end of the connection ends, ``plain`` one whose chunks are taken off, for
    an HTTP/1.0 client. ``interims`` are the 1xx heads that came with the last octets.
    """

    __slots__ = (
        "_asked",
        "_chunks",
        "_left",
        "_max_head",
        "_part",
        "done",
        "extra",
        "head",
        "interims",
        "octets",
        "plain",
        "status",
        "tunnel",
        "until_close",
    )

    def __init__(self, asked: RequestHead, max_head: int) -> None:
        self._asked = asked
        self._max_head = max_head
        self._part = b""
        self._left = 0
        self._chunks: Chunks | None = None
        self.head: ResponseHead | None = None
        self.interims: list[ResponseHead] = []
        self.status: int | None = None
        self.octets = 0
        self.done = False
        self.extra = False
        self.plain = False
        self.tunnel = False
        self.until_close = False

    @property
    def begun(self) -> bool:
        """Whether anything has come at all."""
        return self.head is not None or bool(self._part) or bool(self.interims)

    @property
    def ended_here(self) -> frozenset[bytes]:
        """The fields of its head that do not go on, for they speak of chunks that are taken off."""
        return _CHUNK_FIELDS if self.plain else _NOTHING

    def close(self) -> None:
        """The origin has closed in order: that is the end of a body that lasts ``until_close``."""
        self.done = True

    def feed(self, data: bytes) -> bytes | memoryview:
        """Take octets of the origin; gives what of them is body to pass on. Raises OriginError.

        What follows a head is a view of the octets that came: to copy a page costs more than to read its head.
        """
        rest = data if self.head is not None else self._heads(self._part + data if self._part else data)
        if not rest:
            return b""
        if self.done:
            self.extra = True
            return b""
        if self._chunks is not None:
            return self._follow(self._chunks, bytes(rest))
        taken, left = len(rest), self._left
        if left >= 0:
            if taken > left:
                self.extra = True
                taken, rest = left, rest[:left]
            self._left = left - taken
            self.done = taken == left
        self.octets += taken
        return rest

    def _follow(self, chunks: Chunks, data: bytes) -> bytes:
        """Octets of a chunked body; their data alone for a client that cannot read chunks."""
        sink: list[bytes] | None = [] if self.plain else None
        try:
            taken = chunks.scan(data, sink)
        except BodyError as error:
            raise OriginError(str(error)) from None
        self.octets, self.done = chunks.payload, chunks.done
        if taken < len(data):
            self.extra = True
            data = data[:taken]
        return data if sink is None else b"".join(sink)

    def _heads(self, data: bytes) -> bytes | memoryview:
        """Read heads up to the final one; gives what follows it."""
        at = 0
        while True:
            end = data.find(b"\r\n\r\n", at) + 4
            if end < 4 or end - at > self._max_head:
                if len(data) - at > self._max_head:
                    raise OriginError("its head is too large")
                self._part = data[at:]
                return b""
            head = read_response(data[at:end])
            at = end
            if head.status >= 200 or head.status == 101:
                self._part = b""
                self._begin(head)
                return memoryview(data)[at:]
            self.interims.append(head)

    def _begin(self, head: ResponseHead) -> None:
        """The final head: where does its body end? (RFC 9112 section 6.3)."""
        asked = self._asked
        self.head = head
        self.status = head.status
        if head.status == 101:
            if not (asked.websocket and head.websocket):
                raise OriginError("an upgrade that nobody asked for")
            self.tunnel = True
            self._left = -1
        elif asked.method == b"HEAD" or head.status in (204, 304):
            self.done = True
            # An origin that sends a body all the same would answer the next request with it.
            self.extra = asked.method == b"HEAD" or head.chunked or bool(head.length)
        elif head.chunked:
            self._chunks = Chunks(padded=True)
            self.plain = asked.minor == 0
        elif head.length is not None:
            self._left = head.length
            self.done = head.length == 0
        else:
            self._left = -1
            self.until_close = True


#: Stands for the response to a request that nobody passes on.
NO_RESPONSE: Final = Incoming(RequestHead(b"", b"", 1, [], {}), 0)
