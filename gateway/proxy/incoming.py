"""The origin's response, octet by octet: interim heads, the head, and the body to its end. It does no I/O itself."""

from gateway.proxy.body import BodyError, Chunks, Counted
from gateway.proxy.head import OriginError, RequestHead, ResponseHead, read_response


class Incoming:
    """A response to ``asked``.

    ``head`` is None until it has come; ``done`` says that the whole response has, ``extra`` that more came than that, or may
    yet come: then the connection cannot serve another request.
    ``until_close`` is a body that only the end of the connection ends, ``plain`` one whose chunks are taken off, for
    an HTTP/1.0 client. ``interims`` are the 1xx heads that came with the last octets.
    """

    __slots__ = (
        "_asked",
        "_body",
        "_max_head",
        "_part",
        "extra",
        "head",
        "interims",
        "plain",
        "tunnel",
        "until_close",
    )

    def __init__(self, asked: RequestHead, max_head: int) -> None:
        self._asked = asked
        self._max_head = max_head
        self._part = b""
        self._body: Counted | Chunks | None = None
        self.head: ResponseHead | None = None
        self.interims: list[ResponseHead] = []
        self.extra = False
        self.plain = False
        self.tunnel = False
        self.until_close = False

    @property
    def begun(self) -> bool:
        """Whether anything has come at all."""
        return self.head is not None or bool(self._part) or bool(self.interims)

    @property
    def status(self) -> int | None:
        """The final status, once it has come."""
        return None if self.head is None else self.head.status

    @property
    def done(self) -> bool:
        """Whether the whole response has come."""
        return self._body is not None and self._body.done

    def close(self) -> None:
        """The origin has closed in order: that is the end of a body that lasts ``until_close``."""
        assert self._body is not None
        self._body.done = True

    @property
    def octets(self) -> int:
        """How many octets of content have come."""
        return 0 if self._body is None else self._body.payload

    def feed(self, data: bytes) -> bytes:
        """Take octets of the origin; gives what of them is body to pass on. Raises OriginError."""
        if self._body is None:
            data = self._heads(self._part + data if self._part else data)
        body = self._body
        if body is None or not data:
            return b""
        if body.done:
            self.extra = True
            return b""
        sink: list[bytes] | None = [] if self.plain else None
        try:
            taken = body.scan(data, sink)
        except BodyError as error:
            raise OriginError(str(error)) from None
        if taken < len(data):
            self.extra = True
            data = data[:taken]
        return data if sink is None else b"".join(sink)

    def _heads(self, data: bytes) -> bytes:
        """Read heads up to the final one; gives what follows it."""
        while True:
            end = data.find(b"\r\n\r\n") + 4
            if end < 4 or end > self._max_head:
                if len(data) > self._max_head:
                    raise OriginError("its head is too large")
                self._part = data
                return b""
            head = read_response(data[:end] if end < len(data) else data)
            data = data[end:]
            if head.status >= 200 or head.status == 101:
                self._part = b""
                self._begin(head)
                return data
            self.interims.append(head)

    def _begin(self, head: ResponseHead) -> None:
        """The final head: where does its body end? (RFC 9112 section 6.3)."""
        asked, length = self._asked, head.length
        self.head = head
        if head.status == 101:
            if not (asked.websocket and head.websocket):
                raise OriginError("an upgrade that nobody asked for")
            self.tunnel = True
            self._body = Counted(-1)
        elif asked.method == b"HEAD" or head.status in (204, 304):
            self._body = Counted(0)
            # An origin that sends a body all the same would answer the next request with it.
            self.extra = asked.method == b"HEAD" or head.chunked or bool(length)
        elif head.chunked:
            self._body = Chunks(padded=True)
            self.plain = asked.minor == 0
        elif length is not None:
            self._body = Counted(length)
        else:
            self._body = Counted(-1)
            self.until_close = True
