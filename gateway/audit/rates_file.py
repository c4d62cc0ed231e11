"""The counters of rates on disk, so that a restart gives nobody a fresh burst.

The file is written anew every few seconds while something is counted, and at the end; a process that is killed forgets
what was counted since. It holds keyed digests, no address, the key beside them, and nothing that the memory it is a copy
of does not hold; it is gone with the next one. Counters are no evidence: what its rates told each request stands in its
entry.

A line says what it is, then come 32 octets of key, the two numbers of counters (of addresses and networks, and of the
few; four octets each), all digests, 16 octets each, and in the same order the instants at which each is as good as new,
eight octets each; integers are big-endian. So many thousands are written within milliseconds, while receipts wait.
"""

import contextlib
import os
import struct
from pathlib import Path
from typing import Final

from gateway.audit.folder import put
from gateway.rates.counters import Counters

NAME: Final = "rates"
_LINE: Final = b"izin-rates/1\n"
_KEY: Final = 32
_DIGEST: Final = 16
_SIZES: Final = struct.Struct(">II")
#: A file with more than this is none of ours, in octets.
_MOST: Final = 64 << 20


def load(folder: Path, now: int) -> Counters:
    """The counters as they were kept; new ones, under a new key, where nothing that matters can be read."""
    with contextlib.suppress(OSError, ValueError, struct.error):
        path = folder / NAME
        if path.stat().st_size > _MOST:
            raise ValueError
        counters = _decode(path.read_bytes(), now)
        if len(counters):
            return counters
    return Counters(os.urandom(_KEY))


def save(folder: Path, secret: bytes, many: dict[bytes, int], few: dict[bytes, int]) -> None:
    """Keep them. An OSError is no harm: a restart gives a fresh burst."""
    count = len(many) + len(few)
    octets = [_LINE, secret, _SIZES.pack(len(many), len(few)), *many, *few]
    octets.append(struct.pack(f">{count}Q", *many.values(), *few.values()))
    with contextlib.suppress(OSError):
        put(folder / NAME, b"".join(octets), sync=False, mode=0o600)


def _decode(octets: bytes, now: int) -> Counters:
    begin = len(_LINE) + _KEY + _SIZES.size
    many, few = _SIZES.unpack(octets[begin - _SIZES.size : begin])
    end = begin + _DIGEST * (many + few)
    if not octets.startswith(_LINE):
        raise ValueError
    digests = [octets[at : at + _DIGEST] for at in range(begin, min(end, len(octets)), _DIGEST)]
    rows = list(zip(digests, struct.unpack(f">{many + few}Q", octets[end:]), strict=True))
    counters = Counters(octets[len(_LINE) : len(_LINE) + _KEY])
    counters.restore(dict(rows[:many]), dict(rows[many:]), now)
    return counters
