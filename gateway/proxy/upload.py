"""The body of a request on its way from the client: where it ends, what of it waits, and whether it comes fast enough."""

from typing import Final

from gateway.proxy.body import Chunks, Counted
from gateway.proxy.limits import Limits


class Upload:
    """See above. ``pieces`` wait for a connection to the origin, ``size`` octets in all; ``until`` is when the body must have
    gone on (`Limits.body_least`). ``done`` says that all of it was read from the client."""

    __slots__ = ("_body", "_brought", "_limits", "done", "pieces", "size", "until")

    def __init__(self, length: int | None, limits: Limits) -> None:
        """``length`` is as in `RequestHead`."""
        self._limits = limits
        self._body: Counted | Chunks = Chunks() if length is None else Counted(length)
        self.done = self._body.done
        self._brought = 0
        self.pieces: list[bytes] = []
        self.size = 0
        self.until = 0.0

    def take(self, data: bytes) -> bytes:
        """The part of these octets that belongs to the body, which may be all of them. Raises BodyError."""
        taken = self._body.scan(data)
        self._brought += taken
        self.done = self._body.done
        return data if taken == len(data) else data[:taken]

    def keep(self, piece: bytes) -> None:
        """Let a piece wait."""
        self.pieces.append(piece)
        self.size += len(piece)

    def release(self) -> list[bytes]:
        """What waited."""
        pieces, self.pieces, self.size = self.pieces, [], 0
        return pieces

    def deadline(self, now: float) -> float:
        """When the client must have sent more. That moves on only with enough octets, lest one octet now and then keep a
        connection for ever."""
        if not self.until or self._brought >= self._limits.body_least:
            self._brought = 0
            self.until = now + self._limits.body_time
        return self.until


#: Of every request without a body: nothing of it ever changes.
NO_UPLOAD: Final = Upload(0, Limits())
