"""Licensees as clients of the token endpoint: secrets that are kept only as what scrypt makes of them (RFC 7914).

A secret is 32 octets of chance, written in base64url, so it cannot be guessed; scrypt is for the day on which the file is
stolen. All secrets of a license have one salt, so a check takes as long for a client that does not exist, or has several
secrets, as for one with a wrong secret.
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


def new_secret(license: str, chance: bytes, now: int, beside: Iterable[Secret] = ()) -> tuple[str, Secret]:
    """The secret as it is told once, and as it is kept ``beside`` those that the license has; ``chance`` are `SECRET` +
    `SALT` random octets."""
    text = urlsafe_b64encode(chance[:SECRET]).rstrip(b"=").decode("ascii")
    salt = next((one.salt for one in beside), chance[SECRET : SECRET + SALT])
    return text, Secret(license, now, salt, _digest(text, salt))


def knows(secrets: Iterable[Secret], license: str, told: str) -> bool:
    """Whether a license has that secret. Blocks for some 50 ms, whether it has any or not."""
    if len(told) > LONGEST:
        told = ""
    its = [one for one in secrets if one.license == license][:MOST]
    digests = {salt: _digest(told, salt) for salt in {one.salt for one in its} or {_NOBODY}}
    found = False
    for one in its:
        found |= hmac.compare_digest(digests[one.salt], one.digest)
    return found


def _digest(text: str, salt: bytes) -> bytes:
    return hashlib.scrypt(text.encode("utf-8", "replace"), salt=salt, **_COST)
