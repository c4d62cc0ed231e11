"""The counters of rates on disk, so that a restart gives nobody a fresh burst.

The file is written anew every few seconds while something is counted, and at the end; a process that is killed forgets
what was counted since. It holds keyed digests, no address, the key beside them, and only counters that still matter: it
says less than the memory it is a copy of, and is gone with the next one. Counters are no evidence: what each request was
told by its rates stands in its entry.
"""

import contextlib
import os
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Final

import msgspec

from gateway.audit.folder import put
from gateway.rates.counters import Counters

NAME: Final = "rates.json"
_KEY: Final = 32


class _Kept(msgspec.Struct, frozen=True):
    """``due`` in µs since 1970 by the digest, in base 64."""

    secret: str
    many: dict[str, int]
    few: dict[str, int]


def load(folder: Path, now: int) -> Counters:
    """The counters as they were kept; new ones, under a new key, where nothing that matters can be read."""
    with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError):
        kept = msgspec.json.decode((folder / NAME).read_bytes(), type=_Kept)
        secret = b64decode(kept.secret, validate=True)
        if len(secret) == _KEY:
            counters = Counters(secret)
            counters.restore(_digests(kept.many), _digests(kept.few), now)
            if len(counters):
                return counters
    return Counters(os.urandom(_KEY))


def save(folder: Path, secret: bytes, many: dict[bytes, int], few: dict[bytes, int]) -> None:
    """Keep them. An OSError is no harm: a restart gives a fresh burst."""
    kept = _Kept(b64encode(secret).decode(), _texts(many), _texts(few))
    with contextlib.suppress(OSError):
        put(folder / NAME, msgspec.json.encode(kept) + b"\n", sync=False, mode=0o600)


def _digests(texts: dict[str, int]) -> dict[bytes, int]:
    return {b64decode(text, validate=True): due for text, due in texts.items()}


def _texts(digests: dict[bytes, int]) -> dict[str, int]:
    return {b64encode(digest).decode(): due for digest, due in digests.items()}
