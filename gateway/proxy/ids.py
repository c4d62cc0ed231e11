"""Decision ids: ULIDs, 48 bits of milliseconds and 80 bits of chance in Crockford's base 32.

Twenty-six characters that sort by time; the last eight, all chance, are the short code for the telephone (no I, L, O, U).
Of several workers each has a mark of its own in place of the first ten bits of chance, so that its decisions are known.
"""

import secrets

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: A digit for each octet: eight octets share one, so that chance stays even.
_DIGITS = _CROCKFORD.encode() * 8
_STOCK = 256
_TIME, _CHANCE = 10, 16


def mark_of(worker: int) -> str:
    """What stands behind the time in ids of one of several workers, by its number from 0 on."""
    return _CROCKFORD[worker >> 5] + _CROCKFORD[worker & 31]


def number_of(id: str) -> int:
    """The number of the worker whose mark an id has; one without a mark has any."""
    return _CROCKFORD.index(id[_TIME]) << 5 | _CROCKFORD.index(id[_TIME + 1])


class Ids:
    """Makes ids; draws chance from the system in blocks, so that an id costs no system call of its own."""

    def __init__(self, mark: str = "") -> None:
        """``mark`` is that of one of several workers."""
        self._mark, self._chance = mark, _CHANCE - len(mark)
        self._stock = ""
        self._at = 0
        self._ms = -1
        self._head = ""

    def __call__(self, now: int) -> str:
        """A new id for an instant in microseconds since 1970, UTC."""
        ms = now // 1000
        if ms != self._ms:
            self._ms = ms
            self._head = "".join(_CROCKFORD[(ms >> shift) & 31] for shift in range(45, -1, -5)) + self._mark
        at, end = self._at, self._at + self._chance
        if end > len(self._stock):
            self._stock = secrets.token_bytes(_CHANCE * _STOCK).translate(_DIGITS).decode("ascii")
            at, end = 0, self._chance
        self._at = end
        return self._head + self._stock[at:end]
