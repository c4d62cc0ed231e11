"""What the site tells the world of its terms: one policy, many projections, one file a format.

`publish` makes every document and header field of every host, and the manifest whose digest is the ``terms`` of each
audit entry. `FORMATS` is the table of formats; each can say some things and not others, which its ``omits`` lists.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

import msgspec

from gateway.digest import digest_of
from gateway.policy.faults.folder import ROBOTS_TOO_LONG
from gateway.policy.model import Host, Policy
from gateway.policy.place import Place, PolicyError, Problem
from gateway.policy.robots import RobotsFile
from gateway.statements import link, posture, robots, rsl, tdm, usage
from gateway.statements.address import LICENSE_PATH, TDM_POLICY_PATH, TDMREP_PATH
from gateway.statements.ahead import check_ahead
from gateway.statements.layers import next_change, unpublished
from gateway.statements.statement import ROBOTS_PATH, Document, HostStatements, Published, Statement
from gateway.warned import NOT_MERGED

__all__ = [
    "FORMATS",
    "NO_FILES",
    "Format",
    "Made",
    "Statement",
    "check_ahead",
    "host_statements",
    "next_change",
    "publish",
]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to state terms. ``render`` gives its text, empty if it has nothing to say; ``omits`` what it cannot say.

    ``path`` is where a document is served, with its media type; a header field has none. ``place`` says of a text that we
    do not serve where the site should put it.
    """

    name: str
    render: Callable[[Statement], str]
    omits: Callable[[Statement], tuple[str, ...]]
    path: str | None = None
    media_type: str = ""
    place: str = ""


_PLAIN_TEXT: Final = "text/plain; charset=utf-8"

#: Every format: documents, header fields, and what a site puts in place itself.
FORMATS: Final[tuple[Format, ...]] = (
    Format("robots.txt", robots.render, robots.omits, ROBOTS_PATH, _PLAIN_TEXT),
    Format("license.xml", rsl.render, rsl.omits, LICENSE_PATH, "application/rsl+xml"),
    Format("tdmrep.json", tdm.render_file, tdm.file_omits, TDMREP_PATH, "application/json"),
    Format("tdm-policy.json", tdm.render_policy, tdm.policy_omits, TDM_POLICY_PATH, "application/json"),
    Format("Link", link.link, link.link_omits),
    Format("Content-Usage", usage.render_usage, usage.usage_omits),
    Format("tdm-reservation", tdm.reservation, tdm.reservation_omits),
    Format("tdm-policy", tdm.policy_field, tdm.policy_field_omits),
    Format("X-Robots-Tag", posture.robots_tag, posture.robots_tag_omits),
    Format("trust.txt", posture.trust_line, posture.trust_omits, place="a line for your trust.txt"),
    Format("HTML", posture.page_tags, posture.page_omits, place="for the head of your pages"),
)

#: What was rendered for hosts, by pattern and the digest of the origin's robots.txt.
Made = dict[tuple[str, str | None], HostStatements]

NO_FILES: Final[Mapping[str, RobotsFile]] = MappingProxyType({})

#: Seconds for which a document may be kept. A crawler may keep robots.txt for a day (RFC 9309 section 2.4); an hour lets
#: a change be read sooner.
MAX_AGE: Final = 3600


def publish(
    policy: Policy,
    at: datetime,
    robots: Mapping[str, RobotsFile] = NO_FILES,
    made: Made | None = None,
) -> Published:
    """Everything that a policy states at an instant (UTC); it holds until `next_change`.

    ``robots`` has the origin's robots.txt by the name of its host, the names under wildcards among them; a pattern stands
    for those of its names that have none of their own. ``made`` keeps what is rendered, and may be given again for the same
    policy before its next change. Raises PolicyError with all problems where a host's rules cannot be stated; nothing in
    an origin's file is a problem.
    """
    state = _stating(policy, at, {} if made is None else made)
    hosts: dict[str, HostStatements] = {}
    problems: list[Problem] = []
    for host in policy.hosts:
        try:
            hosts[host.pattern] = state(host, robots.get(host.pattern))
        except PolicyError as found:
            problems += found.problems
    if problems:
        raise PolicyError(tuple(sorted(problems, key=lambda problem: problem.place)))
    for name, file in sorted(robots.items()):
        its = policy.host(name, near=False)
        if its is not None and name not in hosts:
            said = state(its, file)
            if said.documents != hosts[its.pattern].documents:
                hosts[name] = said
    return _bound(policy, hosts)


def _stating(policy: Policy, at: datetime, made: Made) -> Callable[[Host, RobotsFile | None], HostStatements]:
    """A function that states a host, and each text once: under a wildcard many names may have one file."""

    def state(host: Host, file: RobotsFile | None) -> HostStatements:
        key = host.pattern, None if file is None else file.digest
        if key not in made:
            made[key] = host_statements(Statement(policy, host, at, file))
        return made[key]

    return state


def host_statements(statement: Statement) -> HostStatements:
    """All that is said for one host."""
    texts = {format_.name: format_.render(statement).encode() for format_ in FORMATS if not format_.place}
    documents = {
        format_.path: _document(format_.path, format_.media_type, texts[format_.name])
        for format_ in FORMATS
        if format_.path is not None and texts[format_.name]
    }
    if len(texts["robots.txt"]) > robots.MOST_OCTETS:
        raise PolicyError((_too_long(statement.host, len(texts["robots.txt"])),))
    return HostStatements(
        documents,
        link=texts["Link"] or None,
        content_usage=texts["Content-Usage"] or None,
        tdm_reservation=texts["tdm-reservation"] or None,
        tdm_policy=texts["tdm-policy"] or None,
        x_robots_tag=texts["X-Robots-Tag"] or None,
        merged=robots.NOT_MERGED.encode() not in texts["robots.txt"].splitlines(),
        apart=_apart(statement),
    )


def _apart(statement: Statement) -> dict[str, Document]:
    """The robots.txt of each license that is not published: of all agents but its own, they say the same."""
    made: robots.Bodies = {}
    texts = {
        one.id: robots.render(replace(statement, told_to=one.id), made) for one in unpublished(statement)
    }
    return {
        name: replace(_document(ROBOTS_PATH, _PLAIN_TEXT, text.encode()), max_age=0)
        for name, text in texts.items()
    }


def _document(path: str, media_type: str, body: bytes) -> Document:
    return Document(path, media_type, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', MAX_AGE)


def _bound(policy: Policy, hosts: Mapping[str, HostStatements]) -> Published:
    """The manifest over all statements, and every text by its digest."""
    texts: dict[str, bytes] = {}

    def keep(octets: bytes | None) -> str | None:
        if octets is None:
            return None
        digest = digest_of(octets)
        texts[digest] = octets
        return digest

    manifest = msgspec.json.encode(
        {
            "v": 1,
            "site": policy.site,
            "notice": {
                "id": keep(policy.rights.notice.id.encode()),
                "en": keep(policy.rights.notice.en.encode()),
            },
            "hosts": {
                pattern: {
                    "documents": {path: keep(document.body) for path, document in said.documents.items()},
                    "fields": {
                        "link": keep(said.link),
                        "content-usage": keep(said.content_usage),
                        "tdm-reservation": keep(said.tdm_reservation),
                        "tdm-policy": keep(said.tdm_policy),
                        "x-robots-tag": keep(said.x_robots_tag),
                    },
                    **({"licenses": _digests(said.apart, keep)} if said.apart else {}),
                }
                for pattern, said in hosts.items()
            },
        },
        order="sorted",
    )
    terms = keep(manifest)
    assert terms is not None
    warnings = tuple(NOT_MERGED.of(host=name) for name, said in hosts.items() if not said.merged)
    return Published(hosts, terms, manifest, texts, warnings)


def _digests(documents: Mapping[str, Document], keep: Callable[[bytes], str | None]) -> dict[str, str | None]:
    return {name: keep(document.body) for name, document in documents.items()}


def _too_long(host: Host, octets: int) -> Problem:
    return ROBOTS_TOO_LONG.at(
        Place("rules.yaml", 1, 1), host=host.pattern, octets=octets, most=robots.MOST_OCTETS
    )
