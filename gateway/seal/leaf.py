"""What an entry is in the tree, also where it was removed, is missing, or has values beside it that can be erased."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from gateway.seal.erasable import entry_of
from gateway.seal.tree import HASH, leaf_hash

#: Stands for an entry that was numbered and lost before it was sealed. No entry is empty, so it is no entry's leaf.
ABSENT: Final = leaf_hash(b"")

#: First octet of the payload that stands in a removed entry's place; entries are JSON and never begin so.
_REMOVED: Final = b"\0"
#: A hash that has the octet before every leaf already: a copy costs less than to begin anew and to copy the entry.
_BEGUN: Final = sha256(b"\0").copy


def removed(leaf: bytes) -> bytes:
    """The payload that keeps a removed entry's place: its leaf, so that the tree and every proof stay as they were."""
    return _REMOVED + leaf


def is_removed(payload: bytes) -> bool:
    """Whether a payload is no entry but a removed one's leaf."""
    return payload[:1] == _REMOVED


def leaf_of(payload: bytes) -> bytes:
    """The leaf of what a frame holds: of an entry, ``SHA-256(0x00 || entry)``, whatever lies beside it."""
    if payload[:1] == _REMOVED and len(payload) == 1 + HASH:
        return payload[1:]
    return sha256(b"\0" + entry_of(payload)).digest()


def leaves_of(payloads: Iterable[bytes]) -> list[bytes]:
    """The leaves of entries that were just written, so that none of them is a removed one."""
    leaves = []
    for payload in payloads:
        one = _BEGUN()
        one.update(entry_of(payload))
        leaves.append(one.digest())
    return leaves
