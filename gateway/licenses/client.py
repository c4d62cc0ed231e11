"""Licensees as clients of the token endpoint: secrets that are kept only as what scrypt makes of them (RFC 7914).

A secret is 32 octets of chance, written in base64url, so it cannot be guessed; scrypt is for the day on which the file is
stolen. A check takes as long for a client that does not exist as for a wrong secret.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

#: Octets of a secret before it is written, and of a salt.
SECRET: Final = 32
SALT: Final = 16
#: Secrets that one license may have at once, so that one can be replaced before the other is withdrawn.
MOST: Final = 4
#: Longest secret that is looked at, in octets.
LONGEST: Final = 256

#: 16 MiB and some 50 ms on one core.
_COST: Final = {"n": 1 << 14, "r": 8, "p": 1, "maxmem": 64 << 20, "dklen": 32}
_NOBODY: Final = bytes(SALT)


class Secret(Struct, frozen=True):
    """A secret of a license, as it is kept: ``since`` in microseconds since 1970, UTC."""

    license: str
    since: int
    salt: bytes
    digest: bytes


def new_secret(license: str, chance: bytes, now: int) -> tuple[str, Secret]:
    """The secret as it is told once, and as it is kept; ``chance`` are `SECRET` + `SALT` random octets."""
    text = urlsafe_b64encode(chance[:SECRET]).rstrip(b"=").decode("ascii")
    salt = chance[SECRET : SECRET + SALT]
    return text, Secret(license, now, salt, _digest(text, salt))


def knows(secrets: Iterable[Secret], license: str, told: str) -> bool:
    """Whether a license has that secret. Blocks for some 50 ms for each that it has, and once where it has none."""
    if len(told) > LONGEST:
        told = ""
    its = [one for one in secrets if one.license == license][:MOST]
    found = False
    for one in its:
        found |= hmac.compare_digest(_digest(told, one.salt), one.digest)
    if not its:
        _digest(told, _NOBODY)
    return found


def _digest(text: str, salt: bytes) -> bytes:
    return hashlib.scrypt(text.encode("utf-8", "replace"), salt=salt, **_COST)
