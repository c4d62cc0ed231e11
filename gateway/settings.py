"""Process settings: where the gateway listens and keeps its journal. What it decides stands in the policy, never here.

A setting comes from a flag, else from the environment (`IZIN_…`), else from the file named by `--settings`, else from
the default given here. Secrets come from files or the environment only, so that no process list shows them.
"""

import os
import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from gateway.agents.delivery import CLIENT_FIELDS, LIST_FIELDS, DeliveryNetwork, delivery_networks
from gateway.licenses.proof import Network
from gateway.policy.model import Origin
from gateway.recipients import MailServer, Recipient
from gateway.seal.note import Verifier
from gateway.shared.address import RedisAddress
from gateway.targets import check_target
from gateway.vocabulary import Mode

DEFAULT_LISTEN: Final = "127.0.0.1:8080"
DEFAULT_ADMIN: Final = "127.0.0.1:8081"
DEFAULT_CONSOLE: Final = "127.0.0.1:8082"
DEFAULT_JOURNAL: Final = "izin-journal"
DEFAULT_DRAIN: Final = 20.0
#: Seconds for which something is wrong before people are told, and until they are told again.
DEFAULT_ALERTS_AFTER: Final = 60
DEFAULT_ALERTS_REPEAT: Final = 43_200
#: Requests that origins are asked at once before machines make way.
DEFAULT_ORIGIN_REQUESTS: Final = 256
#: Processes that serve clients, at most.
MOST_WORKERS: Final = 64
#: The header field in which the origin's secret is sent.
ORIGIN_FIELD: Final = "Izin-Origin-Secret"

_PORT: Final = re.compile("[0-9]{1,5}")
#: What a Unix socket's address has room for on Linux, with its final NUL (unix(7)).
_LONGEST_SOCKET: Final = 107
#: A name or an address as an origin may have it; what else there is in a URL is a slip of the pen.
_HOST: Final = re.compile(r"[a-z0-9._:-]+")


class Address(NamedTuple):
    """A host (name or address, without brackets) and a port to listen on; port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies whose word about a client counts: ``networks`` of the site's own, and delivery networks, whose prefixes
    are those of their published lists. They are ``declared`` if somebody said which there are, even that there are none: then
    a client elsewhere that sends forwarding fields is no proxy that was forgotten."""

    networks: tuple[Network, ...] = ()
    presets: tuple[DeliveryNetwork, ...] = ()
    declared: bool = False

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.networks or self.presets)

    @classmethod
    def parse(cls, text: str) -> "TrustedProxies":
        """Prefixes and names of delivery networks, separated by commas or spaces; `none` says that there are none. Raises
        ValueError in the writer's words."""
        known = {network.name: network for network in delivery_networks()}
        networks, presets = [], {}
        if text.strip().lower() == "none":
            return cls(declared=True)
        for word in text.replace(",", " ").split():
            if word.lower() in known:
                presets[word.lower()] = known[word.lower()]
                continue
            networks.append(_network(word, f", nor one of {', '.join(f'`{name}`' for name in known)}"))
        return cls(tuple(networks), tuple(presets.values()), declared=bool(networks or presets))


NOBODY: Final = TrustedProxies()
#: Where proxies beside us ask: a loopback address, or the path of a Unix socket.
Near = Address | Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `izin serve` is told.

    ``origin`` and ``mode`` override the policy's for every host. ``client_field`` is where the trusted proxies name the client,
    empty for what they write by default, ``certificate_proxies`` those of them that hand on clients' certificates; with ``proxy_protocol`` each connection must begin with a PROXY header of one of
    them. With ``tls_cert`` and ``tls_key`` (PEM) the listener speaks TLS. ``origin_ca`` are the authorities (PEM) that vouch for
    an `https` origin, the system's if there is none, ``origin_name`` is the name that it must show.
    Of ``origin_requests`` at once, machines may have a share only. ``drain`` is in seconds. ``origin_secret`` is sent to
    the origin in the header `Izin-Origin-Secret`, so that it can refuse whoever goes round the gateway. Without ``fetch``
    nothing is fetched from operators of crawlers. ``dns`` are name servers (`ADDRESS[:PORT]`), the system's if there are
    none. ``license_keys`` is the folder of the keys of license tokens, by default ``.keys`` in the policy's.
    ``follow`` are addresses to which entries are shipped, ``follow_token_file`` has the token that is shown there.
    ``redis`` are addresses of the state that gateways share, of the same data the first that is no replica; ``redis_password_file``
    has its password, ``redis_ca`` the authorities (PEM) that vouch for it.
    With ``directories_inside`` key directories may lie on private addresses; with ``signatures_once`` a signature counts
    once only.
    ``check`` is where proxies that carry the requests themselves ask whether to, None where there are none;
    ``access_log`` is the file in which they say how requests ended.
    ``alerts_to`` are told when something is wrong, after it has been so for ``alerts_after`` seconds and again every
    ``alerts_repeat``, of all kinds but ``alerts_without``; ``alerts_secret`` signs webhooks. ``smtp`` takes mail, which is from
    ``alerts_from``.
    With ``seal_site`` the lanes that lie together are sealed by one checkpoint, and those of the hosts that show their seal at
    the addresses ``join``; ``join_token`` is shown there, and asked for where this host shows its own, ``join_ca`` are the
    authorities (PEM) that vouch for them, the system's if there are none.
    ``workers`` are the processes that serve clients; one is the process itself. ``console`` is where the review console
    listens, None where there is none.
    ``catalogue_key`` are the keys of which one must have signed a catalogue that is taken up apart from a release.
    """

    policy: Path
    listen: Address
    admin: Address
    journal: Path
    console: Address | None = None
    check: Near | None = None
    access_log: Path | None = None
    origin: Origin | None = None
    mode: Mode | None = None
    seal_site: bool = True
    join: tuple[str, ...] = ()
    join_token: bytes | None = None
    join_ca: Path | None = None
    catalogue_key: tuple[Verifier, ...] = ()
    trusted_proxies: TrustedProxies = NOBODY
    client_field: str = ""
    certificate_proxies: tuple[Network, ...] = ()
    proxy_protocol: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    origin_ca: Path | None = None
    origin_name: str = ""
    origin_requests: int = DEFAULT_ORIGIN_REQUESTS
    origin_secret: bytes | None = None
    log_requests: bool = False
    fetch: bool = True
    dns: tuple[str, ...] = ()
    license_keys: Path | None = None
    directories_inside: bool = False
    signatures_once: bool = False
    follow: tuple[str, ...] = ()
    follow_token_file: Path | None = None
    alerts_to: tuple[Recipient, ...] = ()
    alerts_from: str = ""
    alerts_after: int = DEFAULT_ALERTS_AFTER
    alerts_repeat: int = DEFAULT_ALERTS_REPEAT
    alerts_without: tuple[str, ...] = ()
    alerts_secret: bytes | None = None
    smtp: MailServer | None = None
    smtp_password: bytes | None = None
    redis: tuple[RedisAddress, ...] = ()
    redis_password_file: Path | None = None
    redis_ca: Path | None = None
    drain: float = DEFAULT_DRAIN
    workers: int = 1


def parse_address(text: str) -> Address:
    """``HOST:PORT``, ``[IPv6]:PORT`` or ``:PORT`` (every interface). Raises ValueError in the writer's words."""
    host, colon, port = text.rpartition(":")
    if not colon or not _PORT.fullmatch(port) or int(port) > 65_535:
        raise ValueError(f"`{text}` is not HOST:PORT, such as `{DEFAULT_LISTEN}`")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"`{text}`: an IPv6 address stands in brackets, such as `[::1]:{port}`")
    return Address(host or "0.0.0.0", int(port))  # noqa: S104 - asked for by writing no host


def parse_near(text: str) -> Near:
    """The path of a Unix socket, ``/run/izin/check.sock`` or ``unix:…``, or ``HOST:PORT`` on this machine alone. Raises
    ValueError in the writer's words."""
    path = text.removeprefix("unix:")
    if path != text or path.startswith(("/", "./")):
        if not 0 < len(os.fsencode(path)) <= _LONGEST_SOCKET:
            raise ValueError(
                f"`{text}`: the path of a socket has {_LONGEST_SOCKET} octets at most, and one at least"
            )
        return Path(path)
    address = parse_address(text)
    try:
        near = address.host == "localhost" or ip_address(address.host).is_loopback
    except ValueError:
        near = False
    if not near:
        raise ValueError(
            f"`{text}`: whoever reaches it may speak for any client; only a Unix socket or a loopback address"
        )
    return address


def parse_origin(text: str) -> Origin:
    """``http://HOST[:PORT]`` or ``https://…``, without a path. Raises ValueError in the writer's words."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"`{text}` is not an address of an origin: {error}") from None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        raise ValueError(f"`{text}` is not an origin such as `http://127.0.0.1:8000`")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"`{text}`: an origin has a host and a port, and nothing else")
    return Origin(parts.scheme, host, port or (443 if parts.scheme == "https" else 80))


def parse_name(text: str) -> str:
    """The name of a host, in lower case. Raises ValueError in the writer's words."""
    name = text.strip().lower()
    if name and (not _HOST.fullmatch(name) or ":" in name):
        raise ValueError(f"`{text}` is not the name of a host, such as `origin.koran.example`")
    return name


def parse_targets(text: str) -> tuple[str, ...]:
    """Addresses that entries are shipped to, separated by blanks. Raises ValueError in the writer's words."""
    return tuple(dict.fromkeys(map(check_target, text.split())))


def parse_hosts(text: str) -> tuple[str, ...]:
    """Addresses at which other hosts show the seal of their lanes, separated by blanks. Raises ValueError in the writer's words."""
    for url in (words := text.split()):
        parts = urlsplit(url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.query
            or not url.isprintable()
        ):
            raise ValueError(f"`{url}` is no address such as `https://b.example:9180/seal`")
        if "@" in parts.netloc:
            raise ValueError("a password in an address stands in the list of processes: use a token file")
    return tuple(dict.fromkeys(url.rstrip("/") for url in words))


def parse_servers(text: str) -> tuple[str, ...]:
    """Name servers, `ADDRESS` or `ADDRESS:PORT`, separated by commas or spaces. Raises ValueError in the writer's words."""
    found = []
    for word in text.replace(",", " ").split():
        host, port = word, "53"
        if word.startswith("[") or word.count(":") == 1:
            host, port = word.removeprefix("[").rpartition(":")[::2]
            host = host.removesuffix("]")
        try:
            address = ip_address(host)
        except ValueError:
            address = None
        if address is None or not _PORT.fullmatch(port) or not 0 < int(port) < 65_536:
            raise ValueError(
                f"`{word}` is not the address of a name server, such as `192.0.2.53` or `127.0.0.1:5353`"
            )
        found.append(f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}")
    return tuple(found)


def parse_networks(text: str) -> tuple[Network, ...]:
    """Prefixes separated by commas or spaces. Raises ValueError in the writer's words."""
    return tuple(_network(word) for word in text.replace(",", " ").split())


def _network(word: str, otherwise: str = "") -> Network:
    try:
        network = ip_network(word)
    except ValueError:
        raise ValueError(f"`{word}` is not an address prefix such as `10.0.0.0/8`{otherwise}") from None
    if network.prefixlen == 0:
        raise ValueError(f"`{word}`: then everybody could say who they are; name the proxies alone")
    return network


def parse_vkeys(text: str) -> tuple[Verifier, ...]:
    """Public keys (C2SP vkeys), separated by commas or spaces. Raises ValueError in the writer's words."""
    found = []
    for word in text.replace(",", " ").split():
        try:
            found.append(Verifier.read(word))
        except ValueError as error:
            raise ValueError(f"`{word}`: {error}; `izin agents keygen` prints one") from None
    return tuple(found)


def parse_client_field(text: str) -> str:
    """The name of a field in which proxies name the client, in lower case. Raises ValueError in the writer's words."""
    name = text.strip().lower()
    if name and name not in LIST_FIELDS and name not in CLIENT_FIELDS:
        from difflib import get_close_matches  # late: nearly always all is spelt right

        near = get_close_matches(name, [*LIST_FIELDS, *CLIENT_FIELDS], 1)
        hint = f"; did you mean `{near[0]}`?" if near else ", such as `X-Forwarded-For` or `CF-Connecting-IP`"
        raise ValueError(f"`{text}` is not a field in which proxies name the client{hint}")
    return name


def default_field(trusted: TrustedProxies) -> str:
    """The field in which trusted proxies name the client if nothing else is said: the one on which all of them agree, where
    they are delivery networks, else the list that every proxy adds to."""
    fields = {network.field for network in trusted.presets}
    return fields.pop() if len(fields) == 1 and not trusted.networks else LIST_FIELDS[0]
