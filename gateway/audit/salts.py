"""Salts for what entries commit to: octets that nobody can guess, others for each entry."""

import os
from typing import Final

from gateway.seal.erasable import SALT

#: Salts are drawn so many at a time, so that an entry costs no system call of its own.
_STOCK: Final = 256
_drawn: list[bytes] = []


def new_salt() -> bytes:
    """`SALT` octets from the system's generator."""
    try:
        return _drawn.pop()  # one step, whatever thread asks
    except IndexError:
        octets = os.urandom(SALT * _STOCK)
        _drawn.extend([octets[at : at + SALT] for at in range(SALT, len(octets), SALT)])
        return octets[:SALT]


# A process that is parted from this one must not give the same.
os.register_at_fork(after_in_child=_drawn.clear)
