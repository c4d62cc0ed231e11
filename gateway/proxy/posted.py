"""A request to the token endpoint under way: its body is read, the entry written, and then it is answered by us.

Until then it goes as any exchange: the same deadlines, the same posture where the entry cannot be written.
"""

import asyncio
from typing import Final

from gateway.enforce.answer import Reply
from gateway.judgement import Judgement, asks_for_token
from gateway.licenses.grant import MOST
from gateway.proxy.connection import Connection
from gateway.proxy.exchange import Exchange
from gateway.proxy.head import name_of
from gateway.proxy.heads import RequestHead
from gateway.proxy.limits import FOREVER
from gateway.vocabulary import End, Level

_NO_LENGTH: Final = Reply(411, ())
_TOO_LARGE: Final = Reply(413, ())
_FAILED: Final = Reply(500, ())


def exchange_for(relay: Connection, head: RequestHead, judgement: Judgement) -> Exchange:
    """The exchange that carries a judgement out."""
    if (
        judgement.decision.document is not None
        and relay.front.tokens is not None
        and asks_for_token(judgement)
    ):
        return Posted(relay, head, judgement)
    return Exchange(relay, head, judgement)


class Posted(Exchange):
    """See above."""

    __slots__ = ("_asking",)

    def begin(self) -> None:
        """Ask for the entry; what cannot be a token request is answered at once."""
        self._asking: asyncio.Future[Reply] | None = None
        length = self._head.length
        if length is None or length < 0:
            self._reply = _NO_LENGTH
        elif length > MOST:
            self._reply = _TOO_LARGE
        self._relay.front.decided(self._judgement)
        self._relay.front.recorder.decision(self._judgement, self.recorded)
        self._rest()

    def recorded(self, level: Level | None) -> None:
        """The entry is accepted, or could not be written."""
        super().recorded(level)
        if level is not None and self._head.expects and not self._ended and not self.uploaded:
            self._relay.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._try()

    def feed(self, data: bytes) -> int:
        """Octets of the body."""
        taken = super().feed(data)
        self._try()
        return taken

    def _try(self) -> None:
        """Ask for the answer, once body and entry are there."""
        if self._ended or self._reply is not None or self._asking is not None:
            return
        if not (self._accepted and self.uploaded):
            return
        desk, head = self._relay.front.tokens, self._head
        assert desk is not None
        media = ", ".join(_values(head, b"content-type"))
        asked = desk.answer(
            self._judgement, _values(head, b"authorization"), media, b"".join(self._upload.pieces)
        )
        self._relay.deadline = FOREVER  # it is us who are waited for
        self._asking = asyncio.ensure_future(asked)
        self._asking.add_done_callback(self._answered_by)

    def _answered_by(self, asking: asyncio.Future[Reply]) -> None:
        if self._ended:
            return
        failed = asking.cancelled() or asking.exception() is not None
        self._answer(_FAILED if failed else asking.result(), End.COMPLETE)
        asking.result()  # where it failed, the loop reports it


def _values(head: RequestHead, name: bytes) -> list[str]:
    """The values of a field, one for each line."""
    return [line.partition(b":")[2].strip().decode("latin-1") for line in head.lines if name_of(line) == name]
