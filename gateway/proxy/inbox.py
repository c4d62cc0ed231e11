"""The octets of a client that nobody has read yet, and the heads among them."""

from typing import Final

from gateway.proxy.limits import Limits
from gateway.vocabulary import Reason

_PREFACE: Final = b"PRI * HTTP/2.0\r\n"


class Inbox(bytearray):
    """Octets in the order in which they came; whoever takes some deletes them. ``forgiven``: before the next head there was an
    empty line, and may be no other."""

    __slots__ = ("_searched", "forgiven")

    def __init__(self) -> None:
        super().__init__()
        self._searched = 0  # so many octets hold no end of a head
        self.forgiven = False

    @property
    def untouched(self) -> bool:
        """Whether no part of the next head was looked at yet."""
        return not self._searched

    def take_head(self, limits: Limits) -> bytes | Reason | None:
        """The next whole head, taken out; why there can be none; or None, if it is not complete yet."""
        if self[:2] == b"\r\n" and not self.forgiven:  # RFC 9112 section 2.2: one empty line before a request
            self.forgiven = True
            del self[:2]
            if not self:
                return None
        end = self.find(b"\r\n\r\n", max(0, self._searched - 3), limits.head + 4) + 4
        if end >= 4:
            head = bytes(self[:end])
            del self[:end]
            self._searched = 0
            self.forgiven = False
            return head
        if self.startswith(_PREFACE) or self._hopeless():
            return Reason.MALFORMED_MESSAGE
        if len(self) > limits.head:
            long_target = self.find(b"\r\n", 0, limits.head) < 0
            return Reason.TARGET_TOO_LONG if long_target else Reason.HEAD_TOO_LARGE
        self._searched = len(self)
        return None

    def _hopeless(self) -> bool:
        """Whether what is new in an incomplete head has a bare line feed, which no later octet can mend."""
        at = self.find(b"\n", self._searched)
        while at >= 0:
            if at == 0 or self[at - 1] != 0x0D:
                return True
            at = self.find(b"\n", at + 1)
        return False
