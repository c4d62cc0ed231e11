"""site.yaml: whose site it is, where it is, and what it says about uses."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from gateway.policy.addresses import is_placeholder, read_contact, read_host, read_origin, read_url
from gateway.policy.article_dates import read_articles
from gateway.policy.articles import Articles
from gateway.policy.audit import read_audit
from gateway.policy.faults import site as faults
from gateway.policy.faults.values import DID_YOU_MEAN, USE
from gateway.policy.model import Audit, Origin, Rights
from gateway.policy.paths import Pattern
from gateway.policy.place import Place
from gateway.policy.price import Prices, read_prices
from gateway.policy.reader import Reader
from gateway.policy.sections import NO_SECTION, Said, Section, check_sections, read_sections, read_uses
from gateway.policy.source import Many, Node, Table, Text, shown
from gateway.policy.token_endpoint import read_tokens
from gateway.vocabulary import HeadlinesFrom, Mode, RobotsFrom, Sentence, Use, Verdict

DEFAULT_ZONE: Final = "Asia/Jakarta"

#: Keys of the format whose enforcement comes with a later version.
LATER: Final = frozenset({"rate", "record", "threshold", "legal-orders", "token"})

#: Keys that may stand in site.yaml, and again under one host, where they then win.
_PER_HOST: Final = (
    "origin",
    "mode",
    "uses",
    "sections",
    "query",
    "passed",
    "robots",
    "articles",
    "headlines",
)

_EVERYTHING: Final = Pattern("/")
_PARAMETER = re.compile(r"[A-Za-z0-9_.~\[\]-]{1,64}")
_ROBOTS_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.txt")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")
_LOCAL_ZONES: Final = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}


@dataclass(frozen=True, slots=True)
class RobotsSource:
    """Which robots.txt is consulted; ``file`` is the name of one in the policy's folder, and ``place`` where it is named."""

    source: RobotsFrom
    file: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What may differ from host to host. None is: nothing was written."""

    origin: Origin | None = None
    mode: Mode | None = None
    robots: bool | None = None
    query: frozenset[str] | None = None
    uses: Mapping[Use, Said] = field(default_factory=dict)
    sections: Mapping[str, Section] = field(default_factory=dict)
    passed: tuple[Pattern, ...] = ()
    robots_source: RobotsSource | None = None
    passed_at: Mapping[Pattern, Place] = field(default_factory=dict)
    articles: Articles | None = None
    headlines: HeadlinesFrom | None = None

    def over(self, other: "Terms") -> "Terms":
        """These terms, and where they say nothing, the other ones. Passed paths add up."""
        return Terms(
            self.origin or other.origin,
            self.mode or other.mode,
            other.robots if self.robots is None else self.robots,
            other.query if self.query is None else self.query,
            {**other.uses, **self.uses},
            {
                name: self.sections.get(name, NO_SECTION).over(other.sections.get(name, NO_SECTION))
                for name in dict.fromkeys((*other.sections, *self.sections))
            },
            tuple(dict.fromkeys((*other.passed, *self.passed))),
            self.robots_source or other.robots_source,
            {**self.passed_at, **other.passed_at},
            self.articles or other.articles,
            self.headlines or other.headlines,
        )

    @property
    def paths(self) -> dict[str, tuple[Pattern, ...]]:
        """The paths of each section."""
        return {name: section.paths for name, section in self.sections.items()}


@dataclass(frozen=True, slots=True)
class Site:
    """site.yaml, as far as it could be read: what is None or empty there was complained about."""

    name: str | None
    rights: Rights | None
    zone: ZoneInfo
    grants: Mapping[Use, Place]
    hosts: Mapping[str, Terms]
    sections: frozenset[str]
    audit: Audit = field(default_factory=Audit)
    tokens: int | None = None
    prices: Prices = field(default_factory=dict)


def read_site(reader: Reader, node: Node) -> Site:
    """Read the document of site.yaml."""
    fields = reader.fields(
        node,
        "site.yaml",
        required=("site", "hosts", "rights", "uses"),
        optional=(
            "grant",
            "timezone",
            "audit",
            "tokens",
            "prices",
            *(key for key in _PER_HOST if key != "uses"),
        ),
        later=LATER,
    )
    terms = _read_terms(reader, fields)
    hosts: dict[str, Terms] = {}
    if "hosts" in fields:
        hosts = _read_hosts(reader, fields["hosts"], terms)
    if hosts and "origin" not in fields and any(one.origin is None for one in hosts.values()):
        reader.wrong(node.place, faults.ORIGIN_MISSING)
    check_sections(reader, terms.sections, {pattern: one.sections for pattern, one in hosts.items()})
    grants = _read_uses_list(reader, fields["grant"]) if "grant" in fields else {}
    for use, place in grants.items():
        for pattern, one in hosts.items():
            said = one.uses.get(use)
            if said is not None and said.verdict is not Verdict.ALLOW:
                reader.wrong(place, faults.GRANT_DENIED, use=use, pattern=pattern, place=said.place)
                break
    return Site(
        reader.name(fields["site"], "`site`") if "site" in fields else None,
        _read_rights(reader, fields["rights"]) if "rights" in fields else None,
        _read_zone(reader, fields.get("timezone")),
        grants,
        hosts,
        frozenset(name for one in (terms, *hosts.values()) for name in one.sections),
        read_audit(reader, fields["audit"]) if "audit" in fields else Audit(),
        read_tokens(reader, fields["tokens"]) if "tokens" in fields else None,
        _read_prices(reader, fields["prices"], hosts.values()) if "prices" in fields else {},
    )


def _read_prices(reader: Reader, node: Node, hosts: Iterable[Terms]) -> Prices:
    """The prices; one of a use that is offered nowhere is warned of."""
    prices, every = read_prices(reader, node), list(hosts)
    for use in sorted(prices):
        said = [one.uses.get(use) for one in every]
        said += [section.uses.get(use) for one in every for section in one.sections.values()]
        if not any(one is not None and one.verdict is Verdict.LICENSE for one in said):
            reader.warn(node.place, faults.PRICE_UNUSED, use=use)
    return prices


def _read_hosts(reader: Reader, node: Node, terms: Terms) -> dict[str, Terms]:
    """Host patterns with their terms, from a list, or from a mapping that says what differs."""
    rows: Iterable[tuple[Node, Node | None]]
    rows = (
        ((item, None) for item in reader.many(node, "`hosts`"))
        if isinstance(node, Many | Text)
        else reader.rows(node, "`hosts`")
    )
    hosts: dict[str, Terms] = {}
    for key, value in rows:
        pattern = read_host(reader, key)
        own = Terms()
        # A host with nothing after the colon is one where nothing differs.
        if value is not None and not (isinstance(value, Text) and value.text == "" and value.plain):
            own = _read_terms(
                reader,
                reader.fields(
                    value, faults.HOST.filled(pattern=pattern or "…"), optional=_PER_HOST, later=LATER
                ),
            )
        if pattern is None:
            continue
        if pattern in hosts:
            reader.wrong(key.place, faults.HOST_TWICE, pattern=pattern)
            continue
        hosts[pattern] = own.over(terms)
    return hosts


def _read_terms(reader: Reader, fields: Mapping[str, Node]) -> Terms:
    passed = _read_passed(reader, fields["passed"]) if "passed" in fields else {}
    robots, source = _read_robots(reader, fields["robots"]) if "robots" in fields else (None, None)
    return Terms(
        read_origin(reader, fields["origin"]) if "origin" in fields else None,
        reader.one_of(fields["mode"], Mode, faults.MODE) if "mode" in fields else None,
        robots,
        _read_query(reader, fields["query"]) if "query" in fields else None,
        read_uses(reader, fields["uses"]) if "uses" in fields else {},
        read_sections(reader, fields["sections"]) if "sections" in fields else {},
        tuple(passed),
        source,
        passed,
        read_articles(reader, fields["articles"]) if "articles" in fields else None,
        reader.one_of(fields["headlines"], HeadlinesFrom, faults.HEADLINES)
        if "headlines" in fields
        else None,
    )


def _read_robots(reader: Reader, node: Node) -> tuple[bool | None, RobotsSource | None]:
    """Whether a robots.txt is enforced, and which one; None for what is not said."""
    fields = reader.fields(node, "`robots`", optional=("from", "file", "enforce"))
    if isinstance(node, Table) and not node.rows:
        reader.wrong(node.place, faults.ROBOTS_EMPTY)
    enforced = reader.truth(fields["enforce"], "`enforce`") if "enforce" in fields else None
    source = reader.one_of(fields["from"], RobotsFrom, faults.ROBOTS_SOURCE) if "from" in fields else None
    name = reader.text(fields["file"], "`file`") if "file" in fields else None
    if "file" in fields and "from" not in fields:
        source = RobotsFrom.FILE
    if name is not None and not _ROBOTS_FILE.fullmatch(name):
        reader.wrong(fields["file"].place, faults.NO_ROBOTS_FILE, text=shown(name))
        return enforced, None
    if source is RobotsFrom.FILE and "file" not in fields:
        reader.wrong(fields["from"].place, faults.ROBOTS_FILE_UNNAMED)
        return enforced, None
    if source not in (None, RobotsFrom.FILE) and "file" in fields:
        reader.wrong(
            fields["file"].place, faults.ROBOTS_TWO_SOURCES, source=source, place=fields["from"].place
        )
        return enforced, None
    if source is RobotsFrom.NONE and enforced:
        reader.wrong(fields["enforce"].place, faults.ROBOTS_NOTHING_TO_ENFORCE, place=fields["from"].place)
    if source is None or (source is RobotsFrom.FILE and name is None):
        return enforced, None
    return enforced, RobotsSource(source, name, fields["file"].place if name is not None else None)


def _read_uses_list(reader: Reader, node: Node) -> dict[Use, Place]:
    uses: dict[Use, Place] = {}
    for item in reader.many(node, "`grant`"):
        use = reader.one_of(item, Use, USE)
        if use is not None:
            uses |= dict.fromkeys(sorted(use.single), item.place)
    return uses


def _read_query(reader: Reader, node: Node) -> frozenset[str]:
    if isinstance(node, Many) and not node.items:
        return frozenset()
    names = set()
    for item in reader.many(node, "`query`"):
        name = reader.text(item, faults.PARAMETER)
        if name is not None and not _PARAMETER.fullmatch(name):
            reader.wrong(item.place, faults.NO_PARAMETER, text=shown(name))
        elif name is not None:
            names.add(name)
    return frozenset(names)


def _read_passed(reader: Reader, node: Node) -> dict[Pattern, Place]:
    found: dict[Pattern, Place] = {}
    for item in reader.many(node, "`passed`"):
        pattern = reader.pattern(item)
        if pattern is not None and pattern.covers(_EVERYTHING):
            reader.wrong(item.place, faults.PASSES_ALL, text=shown(pattern.text))
        elif pattern is not None:
            found.setdefault(pattern, item.place)
    return found


def _read_rights(reader: Reader, node: Node) -> Rights | None:
    fields = reader.fields(
        node, "`rights`", required=("holder", "notice", "contact"), optional=("terms", "publication")
    )
    holder = reader.text(fields["holder"], "`holder`") if "holder" in fields else None
    if holder is not None and is_placeholder(holder):
        reader.wrong(fields["holder"].place, faults.PLACEHOLDER_HOLDER, text=shown(holder))
    notice = read_sentence(reader, fields["notice"], "`notice`") if "notice" in fields else None
    contact = read_contact(reader, fields["contact"]) if "contact" in fields else None
    terms = read_url(reader, fields["terms"], "`terms`") if "terms" in fields else None
    publication = reader.text(fields["publication"], "`publication`") if "publication" in fields else None
    if holder is None or notice is None or contact is None:
        return None
    return Rights(holder, notice, contact, terms, publication)


def read_sentence(reader: Reader, node: Node, what: str) -> Sentence | None:
    """Something said in both languages."""
    fields = reader.fields(node, what, required=("id", "en"))
    texts = [reader.text(fields[key], f"`{key}`", 2000) if key in fields else None for key in ("id", "en")]
    return None if texts[0] is None or texts[1] is None else Sentence(texts[0], texts[1])


def _read_zone(reader: Reader, node: Node | None) -> ZoneInfo:
    default = ZoneInfo(DEFAULT_ZONE)
    name = None if node is None else reader.text(node, "`timezone`")
    if node is None or name is None:
        return default
    try:
        if name not in _LOCAL_ZONES and _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no table of a zone; a folder of zones, such as `Asia`
        pass
    meant = _LOCAL_ZONES.get(name.upper())
    hint = DID_YOU_MEAN.filled(word=meant) if meant else None
    reader.wrong(node.place, faults.NO_ZONE, hint, text=shown(name))
    return default
