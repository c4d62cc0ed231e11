"""Decision ids: ULIDs, 48 bits of milliseconds and 80 bits of chance in Crockford's base 32.

Twenty-six characters that sort by time; the last eight, all chance, are the short code for the telephone (no I, L, O, U).
"""

import secrets

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: A digit for each octet: eight octets share one, so that chance stays even.
_DIGITS = _CROCKFORD.encode() * 8
_STOCK = 256


class Ids:
    """Makes ids; draws chance from the system in blocks, so that an id costs no system call of its own."""

    def __init__(self) -> None:
        self._stock = ""
        self._at = 0
        self._ms = -1
        self._head = ""

    def __call__(self, now: int) -> str:
        """A new id for an instant in microseconds since 1970, UTC."""
        ms = now // 1000
        if ms != self._ms:
            self._ms = ms
            self._head = "".join(_CROCKFORD[(ms >> shift) & 31] for shift in range(45, -1, -5))
        at = self._at
        if at >= len(self._stock):
            self._stock = secrets.token_bytes(16 * _STOCK).translate(_DIGITS).decode("ascii")
            at = 0
        self._at = at + 16
        return self._head + self._stock[at : at + 16]
