"""The fields in which the origin is told for whom we ask: what trusted proxies said, then what we saw.

A stranger's own are gone, and so is what a trusted proxy may only have passed on: of the two lists that which it does not
keep, and of the client fields what differs from the address that was found. So whichever of them an origin reads, it
reads the word of somebody who is known, or nothing.
"""

from typing import Final

from gateway.agents.delivery import CLIENT_FIELDS, WITH_PORT
from gateway.proxy.head import Noted
from gateway.proxy.hops import read_address
from gateway.proxy.names import CERTIFYING, FORWARDING, NAMING
from gateway.proxy.peer import Peers
from gateway.request import Client

_SPELLED: Final = {name.encode(): spelled.encode() for name, spelled in CLIENT_FIELDS.items()} | {
    name: name.title() for name in CERTIFYING
}
_WITH_PORT: Final = WITH_PORT.encode()


def forwarding_lines(
    noted: Noted,
    client: Client,
    *,
    peer: str,
    peers: Peers,
    own_scheme: str,
    scheme: str,
    authority: bytes,
) -> tuple[bytes, ...]:
    """The forwarding fields the origin gets for a request with these. ``client`` is who was found by them (`Peers.client`).

    ``scheme`` is the client's, ``own_scheme`` that of the connection we got it by.
    """
    said: dict[bytes, list[bytes]] = {name: [] for name in FORWARDING}
    passed: list[bytes] = []
    behind = False
    word = peers.word_of(peer) if noted else None
    if word is not None:
        behind = client.address != str(read_address(peer))
        passed = _client_fields(noted, client, word, peers.field)
        for name, value in noted:
            if name in said and value:
                said[name].append(value)
    address = peer.encode("ascii", "replace").partition(b"%")[0]
    found = [client.address.encode("ascii")] if behind else []
    listed = said[b"x-forwarded-for"] if peers.field == b"x-forwarded-for" else found
    elements = said[b"forwarded"] if peers.field == b"forwarded" else [b"for=" + _node(one) for one in found]
    own = b'for=%b;host="%b";proto=%b' % (_node(address), authority.replace(b'"', b""), own_scheme.encode())
    return (
        *passed,
        b"X-Forwarded-For: " + b", ".join([*listed, address]),
        b"X-Forwarded-Proto: " + scheme.encode(),
        b"X-Forwarded-Host: " + (said[b"x-forwarded-host"][-1] if said[b"x-forwarded-host"] else authority),
        b"Forwarded: " + b", ".join([*elements, own]),
    )


def _client_fields(noted: Noted, client: Client, word: frozenset[bytes], field: bytes) -> list[bytes]:
    """The further fields in which a peer's word counts, each client field once and with the address that was found."""
    lines = []
    for name, value in noted:
        if name not in word:
            continue
        if name in NAMING:
            if not client.certain or (name == _WITH_PORT and name != field):
                continue
            value = value if name == _WITH_PORT else client.address.encode("ascii")  # noqa: PLW2901
        lines.append(b"%b: %b" % (_SPELLED[name], value))
    return list(dict.fromkeys(lines))


def _node(address: bytes) -> bytes:
    """An address as RFC 7239 section 6 writes it."""
    return b'"[%b]"' % address if b":" in address else address
