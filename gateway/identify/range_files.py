"""The address lists that operators publish → prefixes, whatever their format. Hostile input ends in `RangesError`.

Theory of operation. There is no standard yet (draft-illyes-webbotauth-jafar-03 proposes one), and operators change
formats without a word. So a file is read by what it looks like, not by where it came from: JSON of the shape that Google
began and the draft fixes (`prefixes` of `ipv4Prefix` and `ipv6Prefix`), that of Amazon Web Services (`ip_prefix`, with
services), any other JSON (each string in it that is an address), lines of text (also those of a geofeed, RFC 8805, whose
first column counts), and a page that carries one of the first in it.

What no honest list has makes the whole list unusable rather than smaller: a prefix wider than any operator's, one that is
private or reserved, nothing at all, or absurdly much. The last good copy then stays in force (`gateway.lookups.ranges`).
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

import msgspec

from gateway.identify.prefixes import Network, Prefixes, without

#: Octets of a list, and prefixes in it, at most. The largest that is published has 2 MB and some 10,000.
MOST_OCTETS: Final = 4 * 1024 * 1024
MOST_PREFIXES: Final = 50_000
#: The shortest prefixes that an operator may have, by IP version.
SHORTEST: Final = {4: 8, 6: 16}
_DEEPEST: Final = 12

_ADDRESS = re.compile(r"[0-9A-Fa-f.:]{2,45}(?:/[0-9]{1,3})?")
_EMBEDDED = re.compile(r'\{[^{}<>]{0,400}"prefixes"\s*:')
#: Of IPv6 only what is given out as global unicast (RFC 4291 section 2.4) can be a client's.
_GLOBAL_6: Final = IPv6Network("2000::/3")
#: Nobody's addresses, for examples (RFC 5737, RFC 3849): in a list they harm nobody, and trials are made with them.
_EXAMPLES: Final = tuple(map(IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))


class RangesError(ValueError):
    """A file that is no list of prefixes which anybody should rely on; the message says why."""


def unreadable_version(content_type: str) -> bool:
    """Whether a `Content-Type` says that a list is in a form of the draft which is newer than what is read here, and so
    must not be read (draft-illyes-webbotauth-jafar-03: a higher major version)."""
    media_type, *parameters = content_type.lower().split(";")
    if media_type.strip() != "application/jafar+json":
        return False
    versions = [one.partition("=")[2].strip(' "') for one in parameters if one.strip().startswith("version=")]
    return any(one.partition(".")[0] not in ("0", "1") for one in versions)


def read_ranges(body: bytes, service: str = "") -> Prefixes:
    """The prefixes in a published list; ``service`` picks those of one service where a list has several.

    RangesError with the reason where it is none.
    """
    if len(body) > MOST_OCTETS:
        raise RangesError(f"it has more than {MOST_OCTETS} octets")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RangesError("it is no text") from None
    found: list[Network] = []
    for written in _format_of(text)(text, service):
        network = _network(written)
        if network is not None:
            found.append(network)
        if len(found) > MOST_PREFIXES:
            raise RangesError(f"it has more than {MOST_PREFIXES} prefixes")
    if not found:
        raise RangesError(f"it has no prefix of the service `{service}`" if service else "it has no prefix")
    return Prefixes(found)


def _format_of(text: str) -> Callable[[str, str], Iterator[str]]:
    begin = text[:512].lstrip().lower()
    if begin.startswith(("{", "[")):
        return _json
    if begin.startswith("<"):
        return _page
    return _lines


def _json(text: str, service: str) -> Iterator[str]:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RangesError(f"its JSON cannot be read: {error}"[:200]) from None
    rows = _rows(document)
    if any("ip_prefix" in row or "ipv6_prefix" in row for row in rows):
        yield from _amazon(rows, service)
    elif any("ipv4Prefix" in row or "ipv6Prefix" in row for row in rows):
        yield from _jafar(rows, service)
    else:
        yield from _strings(document, 0)


def _rows(document: Any) -> list[dict[str, Any]]:
    """The objects in `prefixes`, and in Amazon's `ipv6_prefixes`."""
    if not isinstance(document, dict):
        return []
    lists = (document.get("prefixes"), document.get("ipv6_prefixes"))
    return [row for rows in lists if isinstance(rows, list) for row in rows if isinstance(row, dict)]


def _jafar(rows: list[dict[str, Any]], service: str) -> Iterator[str]:
    """Entries have exactly one of two members, and may name services; others are passed over (section 3). Where prefixes
    lie in each other, the longest says whose the addresses are."""
    own: list[str] = []
    others: list[str] = []
    for row in rows:
        written = [row[name] for name in ("ipv4Prefix", "ipv6Prefix") if name in row]
        if len(written) != 1 or not isinstance(written[0], str):
            continue
        services = row.get("services")
        other = service and isinstance(services, list) and service not in services
        (others if other else own).append(written[0])
    if not others:
        return iter(own)
    return map(str, without(_networks(own), _networks(others)))


def _amazon(rows: list[dict[str, Any]], service: str) -> Iterator[str]:
    for row in rows:
        if not service or row.get("service") == service:
            yield from (row[name] for name in ("ip_prefix", "ipv6_prefix") if isinstance(row.get(name), str))


def _strings(value: Any, depth: int) -> Iterator[str]:
    """Each string anywhere in a document, keys left out."""
    if depth > _DEEPEST:
        raise RangesError("it is nested too deeply")
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item, depth + 1)


def _lines(text: str, _: str) -> Iterator[str]:
    """One prefix a line; `#` begins a comment, what follows a comma or a blank is about it."""
    for line in text.splitlines():
        words = line.partition("#")[0].replace(",", " ").replace(";", " ").split()
        if words:
            yield words[0]


def _page(text: str, service: str) -> Iterator[str]:
    """The list that a page carries, as it stands there or escaped for HTML."""
    plain = html.unescape(text)
    for found in _EMBEDDED.finditer(plain):
        end = plain.find("]", found.end())
        close = plain.find("}", end)
        if 0 < end < close:
            yield from _json(plain[found.start() : close + 1], service)
            return
    raise RangesError("it is a page without a list in it")


def _networks(texts: Iterable[str]) -> list[Network]:
    return [network for network in map(_network, texts) if network is not None]


def _network(text: str) -> Network | None:
    """The prefix in a text, None if there is none in it. RangesError for one that no operator has."""
    if not _ADDRESS.fullmatch(text) or not (text.count(".") == 3 or ":" in text):
        return None
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if network.prefixlen < SHORTEST[network.version]:
        raise RangesError(f"`{network}` is wider than what any operator has")
    if not _may_be_a_client(network):
        raise RangesError(f"`{network}` is private or reserved")
    return network


def _may_be_a_client(network: Network) -> bool:
    if isinstance(network, IPv4Network):
        return (network.is_global and not network.is_multicast) or any(
            network.subnet_of(example) for example in _EXAMPLES
        )
    return network.subnet_of(_GLOBAL_6)
