"""What a site publishes about its terms, as values: documents by path, header fields, and the digest of it all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gateway.instants import instant
from gateway.policy.model import Host, Policy
from gateway.policy.robots import RobotsFile
from gateway.vocabulary import RobotsFrom
from gateway.warned import Warned

#: Where robots.txt is (RFC 9309 section 2.3).
ROBOTS_PATH: Final = "/robots.txt"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a format is asked to say: the terms of one host of a policy as they stand at an instant (UTC), for a license
    is published while it runs, and a rule while it is in force: ``host`` has no other rules. ``robots`` is the origin's own
    robots.txt, None where it is not known. ``told_to`` is the license whose holder alone is told, None for everybody: of
    licenses that are not published, only that one is spoken of."""

    policy: Policy
    host: Host
    at: datetime
    robots: RobotsFile | None = None
    told_to: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", self.host.at(instant(self.at)))
        if self.host.robots_from is not RobotsFrom.ORIGIN:  # the policy brings its own, or none is consulted
            object.__setattr__(self, "robots", self.host.robots_file)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of ours: served at its path with 200 to everybody, or 304 to a conditional request.

    ``etag`` is a strong entity tag with its quotes; ``max_age`` is in seconds, 0 where no cache may keep it.
    """

    path: str
    media_type: str
    body: bytes
    etag: str
    max_age: int


@dataclass(frozen=True, slots=True)
class HostStatements:
    """All that is said for one host of the policy: documents by path, and the header fields of every page.

    ``link`` is one whole Link value, ``content_usage`` a value by draft-ietf-aipref-attach-05 section 4,
    ``tdm_reservation`` ``1`` or ``0`` and ``tdm_policy`` an address (TDMRep 2024-05-10 section 5). ``merged`` is False
    where the origin's robots.txt had to be left out. ``apart`` are the robots.txt of licenses that are not published, by
    their ids: each is for its holder alone.
    """

    documents: Mapping[str, Document]
    link: bytes | None
    content_usage: bytes | None
    tdm_reservation: bytes | None
    tdm_policy: bytes | None = None
    x_robots_tag: bytes | None = None
    merged: bool = True
    apart: Mapping[str, Document] = field(default_factory=dict)

    def document(self, path: str, proved: Iterable[str] = ()) -> Document | None:
        """The document at a path, as whoever proved these licenses is given it."""
        own = (self.apart[name] for name in proved if name in self.apart) if path == ROBOTS_PATH else iter(())
        return next(own, self.documents.get(path))


@dataclass(frozen=True, slots=True)
class Published:
    """Everything in force at once. ``hosts`` has what is said by host pattern, and by name for names under a wildcard
    whose origin says something of its own. ``terms`` is ``sha256:<hex>`` of ``manifest``, which names each statement of
    each host and the notice by digest; ``texts`` maps every such digest (the manifest's too) to its bytes. ``warnings``
    say what an operator should know of it."""

    hosts: Mapping[str, HostStatements]
    terms: str
    manifest: bytes
    texts: Mapping[str, bytes]
    warnings: tuple[Warned, ...] = ()

    def said(self, host: Host, name: str) -> HostStatements:
        """What is said on host ``name``, which falls under ``host``."""
        found = self.hosts.get(name)
        return self.hosts[host.pattern] if found is None else found
