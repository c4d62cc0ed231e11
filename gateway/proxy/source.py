"""Where a connection really comes from, by the PROXY protocol of the load balancer before us. Pure.

Versions 1 and 2 of the specification "The PROXY protocol" (HAProxy, 2020/03/05). The header is read once, before the first
octet of HTTP; what it says holds for the whole connection.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple

from gateway.proxy.hops import read_address

#: The longest header that is taken, in octets: version 1 has 107 at most, version 2 may carry extensions (TLV).
MOST_OCTETS: Final = 4096
_MOST_LINE: Final = 107
_SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
_LINE: Final = re.compile(
    rb"PROXY (?:UNKNOWN(?: [^\r\n]*)?|TCP(?P<version>[46]) (?P<source>[0-9A-Fa-f.:]{2,45}) (?P<to>[0-9A-Fa-f.:]{2,45})"
    rb" (?P<from_port>0|[1-9][0-9]{0,4}) (?P<to_port>0|[1-9][0-9]{0,4}))\r\n"
)
#: By the octet of family and protocol (section 2.2): how many octets an address has.
_SIZES: Final = {0x11: 4, 0x21: 16}
_WITHOUT_ADDRESS: Final = frozenset({0x00, 0x31})  # unspecified; a Unix socket
_LOCAL, _PROXY = 0x20, 0x21


class SourceError(ValueError):
    """Octets that are no header of the PROXY protocol; the message says why, and holds nothing of what was sent."""


class Source(NamedTuple):
    """What a header says. ``address`` is the client's in canonical text, empty if it is not told. ``local``: the balancer
    speaks for itself, as when it looks whether we are well. ``octets`` is the header's length."""

    address: str
    local: bool
    octets: int


def read_source(data: bytes) -> Source | None:
    """The header at the beginning of what came, None as long as it is not complete. Raises SourceError."""
    if data.startswith(_SIGNATURE[: len(data)]) and data:
        return _read_second(data)
    if not data.startswith(b"PROXY "[: len(data)]):
        raise SourceError("the connection does not begin with a PROXY header")
    end = data.find(b"\n", 0, _MOST_LINE) + 1
    if end == 0:
        if len(data) >= _MOST_LINE:
            raise SourceError(f"a PROXY line of more than {_MOST_LINE} octets")
        return None
    return _read_first(data[:end])


def _read_first(line: bytes) -> Source:
    found = _LINE.fullmatch(line)
    if found is None:
        raise SourceError("a malformed PROXY line")
    if found["version"] is None:
        return Source("", local=False, octets=len(line))
    if int(found["from_port"]) > 65_535 or int(found["to_port"]) > 65_535:
        raise SourceError("a malformed PROXY line")
    family = IPv4Address if found["version"] == b"4" else IPv6Address
    try:
        source, _ = family(found["source"].decode("ascii")), family(found["to"].decode("ascii"))
    except ValueError:
        raise SourceError("a malformed PROXY line") from None
    return Source(_text(source), local=False, octets=len(line))


def _read_second(data: bytes) -> Source | None:
    if len(data) < 16:
        return None
    command, family = data[12], data[13]
    length = int.from_bytes(data[14:16], "big")
    if command not in (_LOCAL, _PROXY):
        raise SourceError("a PROXY header of an unknown version or command")
    if 16 + length > MOST_OCTETS:
        raise SourceError(f"a PROXY header of more than {MOST_OCTETS} octets")
    size = _SIZES.get(family, 0)
    if command == _PROXY and not size and family not in _WITHOUT_ADDRESS:
        raise SourceError("a PROXY header for another protocol than TCP")
    if command == _PROXY and length < (2 * size + 4 if size else 0):
        raise SourceError("a PROXY header that is too short for its addresses")
    if len(data) < 16 + length:
        return None
    if command == _LOCAL or not size:
        return Source("", local=command == _LOCAL, octets=16 + length)
    return Source(_text(ip_address(data[16 : 16 + size])), local=False, octets=16 + length)


def _text(address: IPv4Address | IPv6Address) -> str:
    return str(read_address(str(address)))
