"""Content delivery networks, and the fields in which they and other proxies name the client: facts, looked up by nobody here.

The networks of each stand in ``delivery.yaml``, as they were on a day; where its lists are at hand, these count instead.
"""

from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
import yaml
from msgspec import Struct

from gateway.agents.agent import Source

#: The fields that hold a list to which each proxy adds the address it saw (the first is no standard; RFC 7239).
LIST_FIELDS: Final = ("x-forwarded-for", "forwarded")
#: Fields that hold one address of a client, as they are spelled: by name in lower case.
CLIENT_FIELDS: Final = MappingProxyType(
    {
        field.lower(): field
        for field in (
            *("Ali-CDN-Real-IP", "CDN-Src-IP", "CF-Connecting-IP", "CF-Connecting-IPv6", "CF-Pseudo-IPv4"),
            *("Client-IP", "CloudFront-Viewer-Address", "DO-Connecting-IP", "Fastly-Client-IP"),
            *("Fly-Client-IP", "Forwarded-For", "Incap-Client-IP", "Proxy-Client-IP", "True-Client-IP"),
            *("WL-Proxy-Client-IP", "X-Appengine-User-IP", "X-Azure-ClientIP", "X-Azure-SocketIP"),
            *("X-Client-IP", "X-Cluster-Client-IP", "X-Envoy-External-Address", "X-Forwarded"),
            *("X-NF-Client-Connection-IP", "X-Original-Forwarded-For", "X-Real-IP", "X-Sucuri-ClientIP"),
        )
    }
)
#: The field in which an address is always followed by a port, also one of IPv6 without brackets.
WITH_PORT: Final = "cloudfront-viewer-address"


class DeliveryNetwork(Struct, frozen=True, forbid_unknown_fields=True):
    """A content delivery network. ``name`` is what settings call it, ``lists`` are the addresses of the lists on which it
    publishes the networks from which it reaches origins, ``prefixes`` what they held on the day ``checked``.

    ``field`` is where it names the client by default. It writes the fields that it ``sets`` itself, whatever a client
    sent; those it ``can_set`` only where its customer has arranged so, and else they are the client's own word.
    """

    name: str
    title: str
    field: str
    lists: tuple[str, ...]
    prefixes: tuple[str, ...]
    source: Source
    checked: str
    documented: str
    sets: frozenset[str] = frozenset()
    can_set: frozenset[str] = frozenset()


@cache
def delivery_networks() -> tuple[DeliveryNetwork, ...]:
    """All that are known, read at the first call."""
    text = Path(__file__).with_name("delivery.yaml").read_text("utf-8")
    return msgspec.convert(yaml.load(text, yaml.BaseLoader), tuple[DeliveryNetwork, ...])  # noqa: S506 - text only
