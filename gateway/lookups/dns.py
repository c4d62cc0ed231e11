"""Reverse DNS, asked so that it proves something: every name of the address that is under the operator's suffixes, and
whether one of them leads back to the address.

What DNS answers is a fact; what it fails to answer (a time-out, SERVFAIL, a refusal) is `Unavailable`. Only "there is no
such name" and "there is no such record" count as answers without names. Of hostile answers only a few names are looked at,
and no name is asked for that is not under a suffix of the catalogue, so that nobody makes us ask about names of his choice.
"""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, Final

import aiodns
import pycares

from gateway.identify.identity import Unavailable
from gateway.identify.reverse_dns import Reverse, belongs, host_name
from gateway.lookups.resolver import Answer

#: Seconds for which answers are kept.
CONFIRMED: Final = 86_400.0
NOT_CONFIRMED: Final = 3_600.0
UNKNOWN: Final = 60.0
#: Seconds for both steps together; the request itself waits no longer than the resolver's deadline.
TIMEOUT: Final = 3.0
#: Names of an address that are looked at, names that are led back, addresses of a name. Crawlers have one name, or two.
MOST_NAMES: Final = 32
MOST_FORWARD: Final = 5
MOST_ADDRESSES: Final = 256
#: Addresses looked up in one second.
RATE: Final = 200
#: Look-ups after which the library forgets the answers that it keeps by itself: they are as large, and would stay as long, as
#: whoever holds a zone has made them, and what is worth keeping is kept by the resolver.
FORGET: Final = 100
_NOTHING: Final = frozenset({aiodns.error.ARES_ENODATA, aiodns.error.ARES_ENOTFOUND})


class Dns:
    """Looks up the names of addresses. A source of the resolver."""

    def __init__(self, servers: Sequence[str] = (), *, rate: int = RATE) -> None:
        """``servers`` are addresses, with a port where it is not 53; the system's if none are given. Belongs to the loop
        that first asks."""
        self._servers = servers
        self._rate = rate
        self._second, self._count = 0, 0
        self._since = 0
        self._resolver: aiodns.DNSResolver | None = None

    async def __call__(self, key: str) -> Answer:
        """What is known of ``"<address> <suffix> …"`` (`gateway.identify.reverse_dns.dns_key`)."""
        address, *suffixes = key.split()
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        if self._count > self._rate:
            return Answer(Unavailable("too many look-ups at once"), 1.0)
        self._forget()
        try:
            found = await asyncio.wait_for(self._names(address, tuple(suffixes)), TIMEOUT)
        except aiodns.error.DNSError as error:
            code = pycares.errno.errorcode.get(error.args[0], "unknown") if error.args else "unknown"
            return Answer(Unavailable(f"DNS: {code}"), UNKNOWN)
        except TimeoutError:
            return Answer(Unavailable("DNS: too slow"), UNKNOWN)
        if isinstance(found, Unavailable):
            return Answer(found, NOT_CONFIRMED)
        return Answer(found, CONFIRMED if found.confirmed else NOT_CONFIRMED)

    async def close(self) -> None:
        """Ask nothing any more."""
        if self._resolver is not None:
            await self._resolver.close()

    def _forget(self) -> None:
        self._since += 1
        if self._since >= FORGET and self._resolver is not None:
            self._since = 0
            self._resolver._channel.reinit()  # noqa: SLF001 - the only way; it also reads the system's servers anew

    async def _names(self, address: str, suffixes: tuple[str, ...]) -> Reverse | Unavailable:
        client = ip_address(address)
        told = [str(record.data.dname) for record in await self._ask(client.reverse_pointer, "PTR")]
        names = [name for name in map(host_name, told[:MOST_NAMES]) if name is not None]
        own = [name for name in names if belongs(name, suffixes)]
        if not own:
            return Reverse(foreign=next(iter(names), ""))
        failure: aiodns.error.DNSError | None = None
        led_away = False  # by an alias into a zone that is another's, whose word is not the operator's
        for name in dict.fromkeys(own[:MOST_FORWARD]):
            try:
                records = await self._ask(name, "A" if client.version == 4 else "AAAA")
            except aiodns.error.DNSError as error:
                failure = error
                continue
            back = [record for record in records[:MOST_ADDRESSES] if _same(str(record.data.addr), client)]
            if any(belongs(host_name(str(record.name)) or "", suffixes) for record in back):
                return Reverse(confirmed=name)
            led_away = led_away or bool(back)
        if failure is not None:
            raise failure  # that name might have led back: nobody knows
        if led_away:
            return Unavailable("DNS: an alias leads elsewhere")
        return Reverse(unconfirmed=own[0])

    async def _ask(self, name: str, kind: str) -> list[Any]:
        """The records of one kind; none if DNS says that there are none. DNSError where it says nothing."""
        if self._resolver is None:
            servers = list(self._servers) or None
            self._resolver = aiodns.DNSResolver(nameservers=servers, timeout=1.0, tries=2)
        try:
            answer = await self._resolver.query_dns(name, kind)
        except aiodns.error.DNSError as error:
            if error.args and error.args[0] in _NOTHING:
                return []
            raise
        return [
            record for record in answer.answer if hasattr(record.data, "dname" if kind == "PTR" else "addr")
        ]


def _same(text: str, client: Any) -> bool:
    try:
        return bool(ip_address(text) == client)
    except ValueError:
        return False
