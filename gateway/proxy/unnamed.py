"""Is there a proxy before us that nobody named? Then every client seems to be that proxy, and no check means anything.

What tells is that most requests come from private addresses, or from delivery networks, and carry forwarding fields; or
that most come from one of these and carry none, for a proxy may also say nothing of its clients. That is said aloud and
changes nothing: a proxy is trusted by name only.
"""

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from gateway.agents.delivery import delivery_networks
from gateway.identify.address import built_in, is_inside
from gateway.proxy.hops import read_address

#: After so many requests it is looked for the first time, and then after so many each.
FIRST: Final = 50
EACH: Final = 1000
#: The share of requests above which there is such a proxy.
MOST: Final = 0.5


_WORDS: Final = "X-Forwarded-For, or a PROXY header (`--proxy-protocol`)"


class Unnamed(NamedTuple):
    """A proxy that is not trusted. ``share`` is that of the requests which come by such proxies, ``name`` what most of them
    come from, as `--trusted-proxies` wants it: a delivery network or an address; ``title`` the same for people. ``silent``:
    it does not say for whom it speaks."""

    share: float
    name: str
    title: str
    silent: bool = False

    @property
    def besides(self) -> str:
        """What there is to do besides naming it, for people."""
        return f", and have it say for whom it speaks: {_WORDS}" if self.silent else ""


class UnnamedProxies:
    """Counts, request by request, what comes by proxies that are not trusted."""

    def __init__(
        self, requests: Callable[[], int], told: Callable[[Unnamed], None] = lambda _found: None
    ) -> None:
        """``requests`` gives how many requests there were, of all kinds; ``told`` is called once for each such proxy."""
        self._requests, self._told = requests, told
        self._begun = requests()
        self._enough = FIRST
        self._seen: Counter[tuple[str, str]] = Counter()
        self._silent: Counter[tuple[str, str]] = Counter()
        self._found: Unnamed | None = None
        self._known: set[str] = set()

    @property
    def found(self) -> Unnamed | None:
        """The proxy by which most requests have come of late, if there is one."""
        self._look()
        return self._found

    def saw(self, peer: str) -> None:
        """A request with forwarding fields has come from a peer that is not trusted."""
        name = proxy_at(peer)
        if name is not None:
            self._seen[name] += 1
            self._look()

    def saw_silent(self, peer: str) -> None:
        """A request without forwarding fields has come from a peer that is not trusted and `may_be_silent`."""
        name = proxy_at(peer)
        if name is not None:
            self._silent[name] += 1
            self._look()

    def _look(self) -> None:
        asked = self._requests() - self._begun
        if asked < self._enough:
            return
        share = min(1.0, self._seen.total() / asked)
        self._found = None
        if share > MOST:
            (name, title), _ = self._seen.most_common(1)[0]
            self._found = Unnamed(share, name, title)
        for (name, title), count in self._silent.most_common(1):
            if self._found is None and count > MOST * asked:
                self._found = Unnamed(min(1.0, count / asked), name, title, silent=True)
        self._begun, self._enough = self._begun + asked, EACH
        self._seen.clear()
        self._silent.clear()
        if self._found is not None and self._found.name not in self._known and len(self._known) < EACH:
            self._known.add(self._found.name)
            self._told(self._found)


@lru_cache(maxsize=4096)
def proxy_at(peer: str) -> tuple[str, str] | None:
    """By which name, and by which title for people, a proxy at this address would be trusted; None where no proxy of a site
    is expected: a stranger, who may send what he likes."""
    address = str(read_address(peer) or "127.0.0.1")
    if is_inside(address):
        return address, f"the private address {address}"
    return next(
        ((one.name, one.title) for one in delivery_networks() if built_in(one).holding(address)), None
    )


@lru_cache(maxsize=4096)
def may_be_silent(peer: str) -> bool:
    """Whether a proxy may be at this address of which nobody hears. Whoever tries us out on his own machine is none."""
    address = read_address(peer)
    return address is not None and not address.is_loopback and proxy_at(peer) is not None
