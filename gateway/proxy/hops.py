"""What a proxy says of its client, entry by entry. Pure; whatever is no plain address is nothing.

The lists are read from the right, where the nearest proxy writes, and no further than the caller asks: what stands to the
left was sent by the client and may be anything, an unfinished quotation too.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from gateway.agents.delivery import WITH_PORT

Address = IPv4Address | IPv6Address

#: How many hops are looked at; more is no honest chain.
MAX_HOPS: Final = 64
#: The longest element of Forwarded that is read, in octets.
_MOST_ELEMENT: Final = 2048

#: The longest writing of an address, with its zone.
_LONGEST_ADDRESS: Final = 64

_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED: Final = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*+"'
_PARAMETER: Final = rb"(%b)=(%b|%b)" % (_TOKEN, _TOKEN, _QUOTED)
_PARAMETERS: Final = re.compile(_PARAMETER)
_ELEMENT: Final = re.compile(rb"[ \t]*(?:%b)?(?:;(?:%b)?)*[ \t]*" % (_PARAMETER, _PARAMETER))
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)


def read_address(text: str) -> Address | None:
    """An address, an IPv4-mapped one as IPv4, without its zone. None for any other writing of one (octal, decimal, hex)."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def read_hop(octets: bytes) -> str | None:
    """One entry of X-Forwarded-For, or a node of Forwarded (RFC 7239 section 6), as canonical text; a port, brackets and a
    zone are cut off. None if it is no address."""
    text = octets.strip(b" \t").decode("latin-1")
    if text.startswith("["):
        text, bracket, port = text[1:].partition("]")
        if not bracket or ":" not in text or (port and not (port[:1] == ":" and _is_port(port[1:]))):
            return None
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not _is_port(port):
            return None
    return _canonical(text)


def read_single(field: bytes, octets: bytes) -> str | None:
    """The address in a field that holds one, as canonical text, None if it is none."""
    if field.decode("ascii") != WITH_PORT:
        return read_hop(octets)
    text, colon, port = octets.strip(b" \t").decode("latin-1").rpartition(":")
    if not colon or not _is_port(port):
        return None
    return _canonical(text[1:-1] if text.startswith("[") and text.endswith("]") else text)


def hops_of(values: bytes) -> Iterator[str | None]:
    """The addresses of X-Forwarded-For from right to left, None for an entry that is none."""
    while True:
        values, comma, hop = values.rpartition(b",")
        yield read_hop(hop)
        if not comma:
            return


def nodes_of(values: bytes) -> Iterator[str | None]:
    """The addresses that `for` has in the elements of Forwarded, from right to left, None where there is none: left out,
    said twice, `unknown` or obfuscated (RFC 7239 sections 4 and 6)."""
    for pairs in elements_of(values):
        found = [value for name, value in pairs if name == b"for"]
        yield read_hop(found[0]) if len(found) == 1 else None


def elements_of(values: bytes) -> Iterator[list[tuple[bytes, bytes]]]:
    """The elements of Forwarded from right to left, each its parameters, names in lower case; ends with an empty one at what
    is none.

    An element ends at the right, and begins after the nearest comma from which it can be read. That it is the right one
    is sure: a suffix that begins within a quotation has an odd number of quotation marks, and cannot be read.
    """
    end = len(values)
    while True:
        begin = end
        for _ in range(MAX_HOPS):
            begin = values.rfind(b",", 0, begin) if begin > 0 else -1
            element = values[begin + 1 : end]
            if _ELEMENT.fullmatch(element) or begin < 0 or len(element) > _MOST_ELEMENT:
                break
        element = values[begin + 1 : end]
        if len(element) > _MOST_ELEMENT or not _ELEMENT.fullmatch(element):
            yield []
            return
        yield [(name.lower(), _plain(value)) for name, value in _PARAMETERS.findall(element)]
        if begin < 0:
            return
        end = begin


def _plain(value: bytes) -> bytes:
    return _ESCAPED.sub(rb"\1", value[1:-1]) if value.startswith(b'"') else value


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _canonical(text: str) -> str | None:
    return _remembered(text) if len(text) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=16_384)
def _remembered(text: str) -> str | None:
    address = read_address(text)
    return None if address is None or _nobodys(address) else str(address)


def _nobodys(address: Address) -> bool:
    """Whether an address can be no client's. Of those reserved (RFC 1112 section 4) Cloudflare makes up some, where it puts
    them in the place of IPv6."""
    return address.is_multicast or address.is_unspecified or (address.version == 4 and address.is_reserved)
