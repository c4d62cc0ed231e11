"""Names of fields that mean something to a door, in lower case: one table for both doors."""

from typing import Final

from gateway.agents.delivery import CLIENT_FIELDS

#: The field in which a proxy says which host was asked of it: delivery networks write none, and pass on a client's.
HOSTING: Final = b"x-forwarded-host"
#: Fields by which proxies say for whom they speak. A client's own are never passed on as they are.
FORWARDING: Final = frozenset({b"x-forwarded-for", b"x-forwarded-proto", HOSTING, b"forwarded"})
#: Fields in which proxies name the client's address: the same holds.
NAMING: Final = frozenset(map(str.encode, CLIENT_FIELDS))
#: Fields in which proxies that end TLS hand on a client's certificate (RFC 9440): the same holds.
CERTIFYING: Final = frozenset({b"client-cert", b"client-cert-chain"})
#: What only trusted proxies may say of a client.
TOLD: Final = FORWARDING | NAMING | CERTIFYING
#: Fields that some frameworks take for the target in place of the one that was judged (CVE-2018-14773): never passed on.
REROUTING: Final = frozenset({b"x-original-url", b"x-rewrite-url"})
#: Response fields that `gateway.proxy.dress` reads, or may take out.
DRESSED: Final = frozenset(
    {
        *(b"content-usage", b"tdm-reservation", b"tdm-policy", b"izin-decision"),
        *(b"cache-control", b"cdn-cache-control", b"surrogate-control", b"expires"),
    }
)
