"""The fields in which the origin is told for whom we ask: what trusted proxies said, then what we saw.

A stranger's own are gone: an origin that reads one of them reads the word of somebody who is known, or nothing.
"""

from typing import Final

from gateway.agents.delivery import CLIENT_FIELDS
from gateway.proxy.head import Noted
from gateway.proxy.names import CERTIFYING, FORWARDING

_SPELLED: Final = {name.encode(): spelled.encode() for name, spelled in CLIENT_FIELDS.items()} | {
    name: name.title() for name in CERTIFYING
}


def forwarding_lines(
    noted: Noted,
    *,
    peer: str,
    word: frozenset[bytes] | None,
    own_scheme: str,
    scheme: str,
    authority: bytes,
) -> tuple[bytes, ...]:
    """The forwarding fields the origin gets. ``word`` are the further fields in which the peer's word counts, None if it is
    not trusted at all (`Peers.word_of`).

    ``scheme`` is the client's, ``own_scheme`` that of the connection we got it by.
    """
    said: dict[bytes, list[bytes]] = {name: [] for name in FORWARDING}
    passed = []
    if word is not None:
        for name, value in noted:
            if name in word:
                passed.append(b"%b: %b" % (_SPELLED[name], value))
            elif name in said and value:
                said[name].append(value)
    address = peer.encode("ascii", "replace").partition(b"%")[0]
    node = b'"[%b]"' % address if b":" in address else address
    element = b'for=%b;host="%b";proto=%b' % (node, authority.replace(b'"', b""), own_scheme.encode())
    return (
        *passed,
        b"X-Forwarded-For: " + b", ".join([*said[b"x-forwarded-for"], address]),
        b"X-Forwarded-Proto: " + scheme.encode(),
        b"X-Forwarded-Host: " + (said[b"x-forwarded-host"][-1] if said[b"x-forwarded-host"] else authority),
        b"Forwarded: " + b", ".join([*said[b"forwarded"], element]),
    )
