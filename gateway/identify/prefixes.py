"""A set of address prefixes that answers at once whether one of them holds an address.

Two prefixes are either apart or one lies in the other. So only the outermost ones are kept, in the order of their first
address: then an address lies in the last one that begins at or before it, or in none. That is one binary search, well
under a microsecond for thousands of prefixes.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    summarize_address_range,
)

from msgspec import Struct

Network = IPv4Network | IPv6Network


class Prefixes:
    """An unchangeable set of IPv4 and IPv6 prefixes."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        of_each: dict[int, list[Network]] = {4: [], 6: []}
        for network in sorted(
            set(networks), key=lambda one: (one.version, one.network_address, one.prefixlen)
        ):
            kept = of_each[network.version]
            if not kept or network.network_address > kept[-1].broadcast_address:  # type: ignore[operator]
                kept.append(network)
        #: First addresses, last addresses and texts, by IP version.
        self._tables = {
            version: (
                [int(one.network_address) for one in kept],
                [int(one.broadcast_address) for one in kept],
                tuple(map(str, kept)),
            )
            for version, kept in of_each.items()
        }
        #: How many addresses the prefixes hold, those of IPv6 counted by their /64.
        self.size = sum(one.num_addresses for one in of_each[4]) + sum(
            max(1, one.num_addresses >> 64) for one in of_each[6]
        )

    def holding(self, address: str) -> str | None:
        """The prefix that an address in canonical text lies in, None if it lies in none."""
        version, number = _number(address)
        if version == 0:
            return None
        begins, ends, texts = self._tables[version]
        place = bisect_right(begins, number) - 1
        return texts[place] if place >= 0 and number <= ends[place] else None

    @property
    def text(self) -> str:
        """Every prefix on a line of its own, in their order; equal sets have equal texts."""
        return "".join(f"{text}\n" for _, _, texts in self._tables.values() for text in texts)

    def __len__(self) -> int:
        return sum(len(texts) for _, _, texts in self._tables.values())


class Listed(Struct, frozen=True):
    """A published list as it is at hand. ``date`` is the day on which the operator was last seen to publish it so.

    What stands on it is its operator's. What does not stand on it is not, if the list is ``fresh``; on an older one a
    new prefix may be missing.
    """

    name: str
    prefixes: Prefixes
    date: str
    fresh: bool


def without(own: Iterable[Network], others: Iterable[Network]) -> Iterator[Network]:
    """What is left of some prefixes where others lie in them: an address belongs to the longest prefix that holds it, and to
    its own where both have the same.

    The prefixes are walked in the order of their first addresses, those that are open on a stack; a stretch of addresses
    belongs to whoever opened last.
    """
    marked = [(one, True) for one in set(own)] + [(one, False) for one in set(others) - set(own)]
    marked.sort(key=lambda one: (one[0].version, int(one[0].network_address), one[0].prefixlen))
    for version in (4, 6):
        open_: list[tuple[int, bool]] = []
        at = 0
        for network, mine in [one for one in marked if one[0].version == version]:
            begin = int(network.network_address)
            while open_ and open_[-1][0] < begin:
                end, was = open_.pop()
                yield from _stretch(version, at, end) if was else ()
                at = max(at, end + 1)
            yield from _stretch(version, at, begin - 1) if open_ and open_[-1][1] else ()
            at = begin
            open_.append((int(network.broadcast_address), mine))
        while open_:
            end, was = open_.pop()
            yield from _stretch(version, at, end) if was else ()
            at = max(at, end + 1)


def _stretch(version: int, begin: int, end: int) -> Iterator[Network]:
    """The prefixes of which consecutive addresses are made up."""
    if begin <= end:
        of = IPv4Address if version == 4 else IPv6Address
        yield from summarize_address_range(of(begin), of(end))


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    return _number(text)[0] != 0


@lru_cache(maxsize=16_384)
def _number(address: str) -> tuple[int, int]:
    """The IP version and the address as a number; version 0 if it is no address."""
    try:
        read = ip_address(address)
    except ValueError:
        return 0, 0
    return read.version, int(read)
