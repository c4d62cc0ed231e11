"""Values that can be erased: an entry only commits to them, and they lie beside it, under no seal.

Theory of operation. What is personal in an entry stands not in it but as a *commitment*, a SHA-256 over a salt of the
entry's own and the values. Salt and values, which are what opens the commitment, follow the entry in the same frame of
the journal, behind a zero octet, which canonical JSON never holds. The leaf is taken over the entry alone.

So values reach the disk with their entry, by one write and one sync, and no crash leaves one without the other. To erase
them the frame is written anew without them: the entry, its leaf and every proof stay octet for octet. Without the salt
nobody can tell by trying what was committed to, though there are only 2^32 addresses of IPv4. And values that were
exchanged do not open the commitment.
"""

import re
from hashlib import sha256
from typing import Final, NamedTuple

#: A hash that has what goes before salt and values; to copy it costs less than to begin anew.
_BEGUN: Final = sha256(b"izin/pii/v1\0").copy
#: Octets of a salt.
SALT: Final = 16
#: Between an entry and what lies beside it.
_BESIDE: Final = b"\0"
_HEX: Final = 2 * SALT
_SALT: Final = re.compile(rb"[0-9a-f]{%d}" % _HEX)
#: How an entry begins that commits to something, in canonical JSON.
_COMMITTED: Final = re.compile(
    rb'\{"at":[0-9]{1,16},(?:"booked":"[0-9-]{10}",)?"committed":"(salted-sha256:[0-9a-f]{64})"'
)


class NotOpened(ValueError):  # noqa: N818 -- as it is said
    """What lies beside an entry is not what the entry commits to."""


class Opening(NamedTuple):
    """A salt, and the values in canonical JSON (RFC 8785)."""

    salt: bytes
    values: bytes


def commitment(salt: bytes, values: bytes) -> str:
    """What an entry says, ``salted-sha256:<hex>``, in place of values that may have to be erased.

    It is the SHA-256 of ``izin/pii/v1``, a zero octet, the salt and the values, which are canonical JSON (RFC 8785).
    """
    if len(salt) != SALT:
        raise ValueError(f"a salt has {SALT} octets")
    one = _BEGUN()
    one.update(salt + values)
    return f"salted-sha256:{one.hexdigest()}"


def with_opening(entry: bytes, salt: bytes, values: bytes) -> bytes:
    """The payload of an entry with its values beside it: the entry, a zero octet, the salt in hex, the values."""
    return b"%b\0%b%b" % (entry, salt.hex().encode("ascii"), values)


def entry_of(payload: bytes) -> bytes:
    """The entry of a payload, which is what its leaf is made of; a removed entry's payload as it is."""
    at = payload.find(_BESIDE)
    return payload if at < 1 else payload[:at]


def committed_by(payload: bytes) -> str | None:
    """The commitment that an entry holds, None where it holds none."""
    found = _COMMITTED.match(payload)
    return None if found is None else found[1].decode("ascii")


def is_opened(payload: bytes) -> bool:
    """Whether something lies beside an entry."""
    return payload.find(_BESIDE) > 0


def is_erased(payload: bytes) -> bool:
    """Whether an entry commits to values that do not lie beside it."""
    return committed_by(payload) is not None and not is_opened(payload)


def opening_of(payload: bytes) -> Opening | None:
    """What opens an entry's commitment; None where there is none, or it was erased. NotOpened where it does not fit."""
    at = payload.find(_BESIDE)
    if at < 1:
        return None
    salt, values = payload[at + 1 : at + 1 + _HEX], payload[at + 1 + _HEX :]
    if _SALT.fullmatch(salt):
        opening = Opening(bytes.fromhex(salt.decode("ascii")), values)
        if commitment(*opening) == committed_by(payload):
            return opening
    raise NotOpened("the values beside the entry are not those that it commits to")
