"""Who is at the other end: the client's address, by forwarding fields of trusted proxies only.

A proxy that is trusted appends the address it saw to a list; so the list is read from the right, and the first address that
is not a trusted proxy's is the client. Whatever stands left of it was written by the client and is worth nothing. Or it
writes the address into a field of its own; then that is the client, if the field is one in which this proxy's word counts.
"""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from gateway import certificates
from gateway.agents.delivery import DeliveryNetwork
from gateway.certificates import FIELD as CERTIFICATE
from gateway.identify.address import built_in
from gateway.identify.prefixes import Listed, Network, Prefixes
from gateway.proxy.hops import MAX_HOPS, elements_of, hops_of, nodes_of, read_address, read_single
from gateway.proxy.names import CERTIFYING, HOSTING, NAMING
from gateway.proxy.unnamed import proxy_at
from gateway.request import Client
from gateway.settings import NOBODY, TrustedProxies, default_field, parse_client_field, parse_networks

Noted = Sequence[tuple[bytes, bytes]]

_LISTS: Final[dict[bytes, Callable[[bytes], Iterator[str | None]]]] = {
    b"x-forwarded-for": hops_of,
    b"forwarded": nodes_of,
}
#: In which fields besides the lists the word of the site's own proxies counts.
_OWN_WORD: Final = NAMING | {HOSTING}
_CERTIFICATE: Final = CERTIFICATE.encode()
_EMPTY: Final = frozenset({b"", b"::"})


class Peers:
    """The proxies whose word counts, and the field in which they give it."""

    def __init__(
        self,
        trusted: TrustedProxies = NOBODY,
        field: str = "",
        certifying: Iterable[Network] = (),
        *,
        certain: bool = True,
    ) -> None:
        """``field`` is a list or one of `CLIENT_FIELDS`, in lower case; empty for what the proxies write by default.
        ``certifying`` are those of the trusted proxies that hand on clients' certificates. Without ``certain`` it is never
        sure who a client is, not even one that says nothing."""
        self.field = (field or default_field(trusted)).encode("ascii")
        self._networks, self._presets = Prefixes(trusted.networks), trusted.presets
        self._certifying, self._certain = Prefixes(certifying), certain
        if self.certifies:
            certificates.load()  # no request is to wait for that
        self._declared = trusted.declared
        #: The presets whose built-in networks are in use, since their lists are not at hand: for people.
        self.built_in: tuple[DeliveryNetwork, ...] = self._presets
        self._use([(network, built_in(network)) for network in self._presets])

    @classmethod
    def parse(cls, texts: Iterable[str], field: str = "", certifying: Iterable[str] = ()) -> "Peers":
        """From prefixes such as `10.0.0.0/8` and presets such as `cloudflare`; raises ValueError in the writer's words."""
        return cls(
            TrustedProxies.parse(",".join(texts)),
            parse_client_field(field),
            parse_networks(",".join(certifying)),
        )

    def take_up(self, listed: Callable[[str], object]) -> None:
        """Trust the presets by their lists as they are at hand now (``listed``: by address a `Listed`, or something else);
        one whose lists are not all there by its built-in networks."""
        missing, found = [], []
        for network in self._presets:
            lists = [one for one in map(listed, network.lists) if isinstance(one, Listed)]
            if len(lists) == len(network.lists):
                found += [(network, one.prefixes) for one in lists]
            else:
                missing.append(network)
                found.append((network, built_in(network)))
        self.built_in = tuple(missing)
        self._use(found)

    @property
    def certifies(self) -> bool:
        """Whether any proxy may hand on clients' certificates."""
        return len(self._certifying) > 0

    def trusts(self, peer: str) -> bool:
        """Whether a peer is a trusted proxy."""
        return self.word_of(peer) is not None

    def word_of(self, peer: str) -> frozenset[bytes] | None:
        """The fields besides the lists in which a peer's word counts, of NAMING, CERTIFYING and HOSTING; None if it is no
        trusted proxy.

        A proxy that is named by its network is the site's own and may say anything. A delivery network also passes on
        what clients send, so only the fields count that it writes itself.
        """
        return self._word_of(peer)

    def client(self, peer: str, noted: Noted = ()) -> Client:
        """The client behind ``peer``, whose request has these forwarding fields (names lower-case).

        From a peer that is not trusted they leave the peer as the client, with ``certain`` False where it may be a proxy
        that nobody named: else whoever wants no check of his address would only have to send some. So does whatever is no
        plain word of a trusted one. In a list, an entry that is no address stops the walk at the last good one,
        likewise uncertain. A proxy of the site's own that keeps a list and forwards nothing is itself the client.
        """
        word = self._word_of(peer)
        if word is None:
            return self._client(peer, certain=self._certain and not (noted and self._may_be_a_proxy(peer)))
        read = _LISTS.get(self.field)
        values = [value for name, value in noted if name == self.field]
        if read is not None:
            if values:
                return self._last_of(peer, read(b",".join(values)))
            return self._client(peer, certain=word >= _OWN_WORD and not noted, proxied=bool(noted))
        found = read_single(self.field, values[0]) if len(values) == 1 and self.field in word else None
        return self._client(found or peer, certain=found is not None, proxied=True)

    def _may_be_a_proxy(self, peer: str) -> bool:
        """Whether a peer that is not trusted may be a proxy of the site's all the same, which was forgotten."""
        return not self._declared or proxy_at(peer) is not None

    def certified(self, peer: str, noted: Noted, fields: dict[str, str]) -> dict[str, str]:
        """The fields of a request, with Client-Cert as it came if a peer hands its client's certificate on and is one that may
        say so. An empty one, which some proxies send for clients without a certificate, is none."""
        values = [value for name, value in noted if name == _CERTIFICATE and value not in _EMPTY]
        if not values or _CERTIFICATE not in (self._word_of(peer) or ()):
            return fields
        return {**fields, CERTIFICATE: b", ".join(values).decode("latin-1")}

    def _last_of(self, peer: str, hops: Iterator[str | None]) -> Client:
        address = peer
        for count, hop in enumerate(hops):
            if hop is None or count >= MAX_HOPS:
                return self._client(address, certain=False, proxied=True)
            address = hop
            if not self.trusts(address):
                break
        return self._client(address, certain=True, proxied=True)

    def scheme(self, peer: str, noted: Noted, own: str) -> str:
        """The scheme the client used: the nearest trusted proxy's word for it, else the listener's own."""
        if not noted or not self.trusts(peer):
            return own
        if self.field == b"forwarded":
            values = b",".join(value for name, value in noted if name == b"forwarded")
            said = [value for name, value in next(elements_of(values)) if name == b"proto"]
        else:
            values = b",".join(value for name, value in noted if name == b"x-forwarded-proto")
            said = [values.rpartition(b",")[2].strip(b" \t")]
        last = said[-1].lower() if said else b""
        return last.decode("ascii") if last in (b"http", b"https") else own

    def _use(self, presets: list[tuple[DeliveryNetwork, Prefixes]]) -> None:
        self._named = presets
        self._client = lru_cache(maxsize=16_384)(_client)
        self._word_of = lru_cache(maxsize=4096)(self._find_word)

    def _find_word(self, peer: str) -> frozenset[bytes] | None:
        read = read_address(peer)
        if read is None:
            return None
        address = str(read)
        handed = CERTIFYING if self._certifying.holding(address) else frozenset[bytes]()
        if self._networks.holding(address):
            return _OWN_WORD | handed
        for network, prefixes in self._named:
            if prefixes.holding(address):
                own = self.field.decode("ascii")
                return handed.union(map(str.encode, network.sets | (network.can_set & {own})))
        return None


@lru_cache(maxsize=4096)
def one_client(peer: str) -> str:
    """What counts as one client of those that connect: an IPv4 address, or the /64 that an IPv6 address lies in, since
    whoever has one address of it has all."""
    address = read_address(peer)
    if address is None or address.version == 4:
        return peer
    return str(ipaddress.ip_network((address, 64), strict=False))


def _client(peer: str, *, certain: bool, proxied: bool = False) -> Client:
    """The client at an address; one without an address (a Unix socket) counts as loopback."""
    address = read_address(peer) or ipaddress.IPv4Address("127.0.0.1")
    bits = 24 if address.version == 4 else 48
    network = ipaddress.ip_network((address, bits), strict=False)
    return Client(
        str(address),
        str(network),
        certain=certain,
        private=address.is_private or address.is_link_local,
        proxied=proxied,
    )


#: For connections whose other end has nothing to say, and for those whose client nobody knows.
STRANGERS: Final = Peers()
UNKNOWN: Final = Peers(certain=False)
