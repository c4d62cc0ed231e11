"""The heads of requests and responses as values, read by `gateway.proxy.head`, and what is wrong with one. Nobody changes a head
that is read."""

from gateway.value import Value
from gateway.vocabulary import Reason

Lines = list[bytes]
Noted = list[tuple[bytes, bytes]]


class WireError(Exception):
    """A head or body that is refused for its form. ``head`` has what could be read all the same, for the record."""

    def __init__(self, reason: Reason, head: "RequestHead | None" = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.head = head


class OriginError(Exception):
    """A response of the origin that cannot be passed on without doubt."""


class RequestHead(Value):
    """A request's head. ``lines`` are those to pass on, in order, ``octets`` the same in one piece; ``target`` is in origin
    form where it has one. ``block`` is what the fields were read from, empty if it is not to be remembered.

    ``length`` is the body's length, None if it is chunked, -1 if its end cannot be known. ``authority`` is None where no host was named.
    ``own``: among the fields is one of the client's own, or of this request alone.
    """

    __slots__ = (
        "authority",
        "block",
        "close",
        "expects",
        "fields",
        "length",
        "lines",
        "method",
        "minor",
        "noted",
        "octets",
        "own",
        "target",
        "trailers",
        "websocket",
    )

    def __init__(
        self,
        method: bytes,
        target: bytes,
        minor: int,
        lines: Lines,
        fields: dict[str, str],
        authority: bytes | None = None,
        noted: Noted | None = None,
        length: int | None = 0,
        close: bool = False,
        websocket: bool = False,
        expects: bool = False,
        trailers: bool = False,
        octets: bytes = b"",
        block: bytes = b"",
        own: bool = False,
    ) -> None:
        self.method = method
        self.target = target
        self.minor = minor
        self.lines = lines
        self.fields = fields
        self.authority = authority
        self.noted: Noted = [] if noted is None else noted
        self.length = length
        self.close = close
        self.websocket = websocket
        self.expects = expects
        self.trailers = trailers
        self.octets = octets
        self.block = block
        self.own = own

    def to(self, target: bytes) -> "RequestHead":
        """The same head for another target."""
        return RequestHead(
            self.method,
            target,
            self.minor,
            self.lines,
            self.fields,
            self.authority,
            self.noted,
            self.length,
            self.close,
            self.websocket,
            self.expects,
            self.trailers,
            self.octets,
            self.block,
            self.own,
        )


class ResponseHead(Value):
    """A response's head. ``noted`` are the fields in `DRESSED`, which are in ``lines`` too; ``octets`` are its status line
    and ``lines``. ``length`` is None where no Content-Length was given.
    """

    __slots__ = (
        "chunked",
        "close",
        "length",
        "lines",
        "minor",
        "noted",
        "octets",
        "start",
        "status",
        "websocket",
    )

    def __init__(
        self,
        status: int,
        start: bytes,
        minor: int,
        lines: Lines,
        noted: Noted,
        length: int | None = None,
        chunked: bool = False,
        close: bool = False,
        websocket: bool = False,
        octets: bytes = b"",
    ) -> None:
        self.status = status
        self.start = start
        self.minor = minor
        self.lines = lines
        self.noted = noted
        self.length = length
        self.chunked = chunked
        self.close = close
        self.websocket = websocket
        self.octets = octets
