"""Time stamps (RFC 3161) of checkpoints: made, kept and read. That a stamp's signature leads to an authority one trusts is
for whoever relies on it to check: ``openssl ts -verify -data checkpoint -in stamp -CAfile ca.pem``.

A stamp is over the note of a checkpoint exactly as it was signed, and lies in `seal/time-stamps`, named by the number of
entries and the authority.
"""

import hashlib
import re
from datetime import UTC
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from gateway.audit.folder import put
from gateway.audit.tile_files import FOLDER

STAMPS: Final = "time-stamps"
#: The event by which the journal says that a checkpoint was stamped.
EVENT: Final = "anchor"
_NAME: Final = re.compile(r"[0-9]{20}-[a-z0-9.-]{1,100}\.tsr")
#: Statuses of a reply that holds a stamp (RFC 3161 section 2.4.2).
_GRANTED: Final = frozenset({0, 1})


class StampError(ValueError):
    """A reply that is no stamp of what was asked for; the message says why."""


class Stamp(NamedTuple):
    """A stamp: the digest it is over, the time it gives (RFC 3339), its nonce."""

    digest: bytes
    time: str
    nonce: int | None


def query_for(note: str) -> tuple[bytes, int | None]:
    """The query for a stamp over a checkpoint, and its nonce."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # late: most journals ask for none

    query = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    return query.as_bytes(), query.nonce


def read_stamp(reply: bytes) -> Stamp:
    """What a reply says; StampError if it is none, or holds no stamp."""
    from rfc3161_client import decode_timestamp_response

    try:
        read = decode_timestamp_response(reply)
        status, said = read.status, read.tst_info
        when = said.gen_time if said.gen_time.tzinfo else said.gen_time.replace(tzinfo=UTC)
        digest, nonce = bytes(said.message_imprint.message), said.nonce
    except Exception as error:
        raise StampError("the answer is no time stamp") from error
    if status not in _GRANTED:
        raise StampError(f"the authority refused (status {status})")
    time = when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Stamp(digest, time, nonce)


def check_stamp(reply: bytes, note: str, nonce: int | None = None) -> Stamp:
    """The stamp, if it is over this checkpoint, and answers the query with that nonce; StampError otherwise."""
    found = read_stamp(reply)
    if found.digest != hashlib.sha256(note.encode()).digest():
        raise StampError("the stamp is over something else")
    if nonce is not None and found.nonce != nonce:
        raise StampError("the stamp answers another query")
    return found


def keep_stamp(journal: Path, size: int, authority: str, reply: bytes) -> str:
    """Keep a stamp; its file's name. OSError where that cannot be."""
    host = re.sub(r"[^a-z0-9.-]", "-", (urlsplit(authority).hostname or "unknown").lower())[:80]
    name = f"{size:020}-{host}-{hashlib.sha256(authority.encode()).hexdigest()[:8]}.tsr"
    folder = journal / FOLDER / STAMPS
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    put(folder / name, reply)
    return name


def stamps_of(journal: Path) -> dict[str, int]:
    """The names of the stamps that are kept, each with the size of its checkpoint."""
    folder = journal / FOLDER / STAMPS
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return {name: int(name[:20]) for name in names if _NAME.fullmatch(name)}


def stamp_of(journal: Path, name: str) -> bytes | None:
    """A stamp by its file's name; None where it is not kept."""
    if not _NAME.fullmatch(name):
        return None
    try:
        return (journal / FOLDER / STAMPS / name).read_bytes()
    except OSError:
        return None
