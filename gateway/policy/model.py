"""What a policy is, once it was read and found sound. `gateway.policy.compile` makes these values."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from gateway.agents import Registry
from gateway.instants import NEVER
from gateway.licenses.license import License
from gateway.policy.articles import BY_DEFAULT, Articles
from gateway.policy.paths import PathTable, Pattern
from gateway.policy.place import Place, Problem
from gateway.policy.price import Prices
from gateway.policy.robots import RobotsFile
from gateway.policy.term import ALWAYS, Term
from gateway.rates.rate import Rate
from gateway.vocabulary import Audience, Kind, Mode, Purpose, RobotsFrom, Sentence, Use, Verdict

#: Ids that a rule may not take, for the gateway gives them itself.
RESERVED_IDS: Final = frozenset(
    {
        *("impostors", "origin-robots", "malformed", "host", "journal", "load", "block"),
        *("whoami", "license", "tokens"),
    }
)
RESERVED_PREFIXES: Final = ("uses.", "license.", "block.")

#: Paths of our own documents: always 200, for everybody, from memory.
OWN_PATHS: Final = frozenset({"/robots.txt", "/license.xml", "/.well-known/tdmrep.json", "/tdm-policy.json"})

#: Path of the page that tells a client what it is taken for: open to everybody, made anew for each request.
WHOAMI: Final = "/_izin/whoami"
#: Path at which a licensee that proves its license is told what it holds and how much of it is left.
HOLDING: Final = "/_izin/license"
#: Where RSL's Open License Protocol begins on each host of a site that runs a token endpoint, and the endpoint itself.
PROTOCOL: Final = "/_izin/olp"
TOKENS: Final = f"{PROTOCOL}/token"
#: Path of the newest checkpoint of the audit log, so that anybody can keep it.
CHECKPOINT: Final = "/_izin/checkpoint"
#: And of the newest over all lanes of the site.
SITE_CHECKPOINT: Final = f"{CHECKPOINT}/site"
#: Pages of our own.
OWN_PAGES: Final = frozenset({WHOAMI, HOLDING, TOKENS, CHECKPOINT, SITE_CHECKPOINT})

#: Paths that are always passed to the origin and never refused.
ALWAYS_PASSED: Final = (
    "/.well-known/",
    "/ads.txt$",
    "/app-ads.txt$",
    "/sellers.json$",
    "/trust.txt$",
    "/security.txt$",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a rule is about: ``key`` is looked up at judgement, ``rank`` says how specific it is.

    Ranks: 0 everyone, 1 a kind, 2 a purpose or what nobody knows, 3 an operator, 4 an agent, 5 the holder of a license.
    Keys fold case, as RFC 9309 does for product tokens.
    """

    rank: int
    key: str

    @classmethod
    def everyone(cls) -> "Subject":
        """All clients."""
        return cls(0, "everyone")

    @classmethod
    def kind(cls, kind: Kind) -> "Subject":
        """All clients of a kind."""
        return cls(1, f"kind:{kind.value}")

    @classmethod
    def unknown(cls) -> "Subject":
        """All crawlers that name themselves and that the catalogue does not know."""
        return cls(2, "unknown")

    @classmethod
    def purpose(cls, purpose: Purpose) -> "Subject":
        """All agents whose enforced purpose it is."""
        return cls(2, f"purpose:{purpose.value}")

    @classmethod
    def operator(cls, name: str) -> "Subject":
        """All agents of an operator."""
        return cls(3, f"operator:{name.casefold()}")

    @classmethod
    def agent(cls, name: str) -> "Subject":
        """One agent, by its name in the catalogue or by what it calls itself."""
        return cls(4, f"agent:{name.casefold()}")

    @classmethod
    def license(cls, name: str) -> "Subject":
        """Whoever proved that license, while it runs."""
        return cls(5, f"license:{name}")


@dataclass(frozen=True, slots=True)
class LegalOrder:
    """The order of an authority by which a page is closed (451, RFC 7725): who gave it, under which number, when.

    ``url`` is the address at which the order can be read.
    """

    by: str
    number: str
    date: date
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of the policy, in force during its ``term``.

    For a line of ``uses`` the id is ``uses.<use>`` and ``use`` is set; for one of a section, ``uses.<section>.<use>``, and
    ``section`` too. A rule with an ``order`` outranks all others, licenses and readers.
    """

    id: str
    subjects: tuple[Subject, ...]
    patterns: tuple[Pattern, ...]
    verdict: Verdict
    place: Place
    because: Sentence | None = None
    use: Use | None = None
    section: str | None = None
    term: Term = ALWAYS
    order: LegalOrder | None = None
    rate: Rate | None = None


def tables_of(rules: Iterable[Rule], *, ordered: bool = False) -> dict[str, PathTable[Rule]]:
    """The key of each subject with its rules by path, as a `Host` has them: those without a legal order, or those with."""
    rows: dict[str, list[tuple[Pattern, Rule]]] = {}
    chosen = (rule for rule in rules if (rule.order is not None) is ordered)
    # Of equally long patterns the first wins, and allow wins a tie (RFC 9309 section 2.2.2).
    for rule in sorted(chosen, key=lambda rule: rule.verdict.strictness):
        for subject in rule.subjects:
            rows.setdefault(subject.key, []).extend((pattern, rule) for pattern in rule.patterns)
    return {key: PathTable(found) for key, found in rows.items()}


def paces_of(rules: Iterable[Rule]) -> dict[str, PathTable[tuple[Rule, ...]]]:
    """The key of each subject with its rules that have a rate, by path, as a `Host` has them."""
    rows: dict[str, dict[Pattern, list[Rule]]] = {}
    for rule in rules:
        if rule.rate is not None:
            for subject in rule.subjects:
                for pattern in rule.patterns:
                    rows.setdefault(subject.key, {}).setdefault(pattern, []).append(rule)
    return {
        key: PathTable((pattern, tuple(several)) for pattern, several in found.items())
        for key, found in rows.items()
    }


def _lookups(rules: tuple[Rule, ...]) -> dict[str, Mapping[str, object]]:
    """What a `Host` on which these rules stand finds by itself: legal orders and rates."""
    return {
        "legal": tables_of(rules, ordered=True),
        "paces": paces_of(rules),
        "rates": {rule.id: rule.rate for rule in rules if rule.rate is not None},
    }


@dataclass(frozen=True, slots=True)
class Rights:
    """Who holds the rights and how they are asked for permission. ``contact`` is a mailto: or https: address."""

    holder: str
    notice: Sentence
    contact: str
    terms: str | None = None
    publication: str | None = None


class Origin(Struct, frozen=True, cache_hash=True):
    """Where the site itself listens. ``host`` is a name or an address, an IPv6 one without brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Host:
    """All that holds for one entry of ``hosts``: everything that is per host is found here.

    ``pattern`` is a host name or ``*.name``. ``tables`` maps the key of a subject to its rules by path; of rules
    equally long, the less strict stands first (RFC 9309 section 2.2.2). ``legal`` has those of legal orders likewise,
    which stand in no other table. ``passed`` are the paths that are always passed on. ``query`` names the query parameters
    that identify content. ``robots_file`` is the policy's own robots.txt, where ``robots_from`` says so. ``articles`` says how an article's date is known, ``headlines`` whether those of its sitemaps may be shown. ``paces`` maps the
    key of a subject to its rules that have a rate, and ``rates`` the id of such a rule to that rate; both are empty where no
    rule has one.

    ``rules`` holds every rule, whatever its term; ``changes`` are the instants (microseconds since 1970, UTC) at which one
    begins or ends, and `at` gives the host as it stands between two of them. Until then ``tables``, ``legal``, ``paces`` and
    ``rates`` hold the rules without a term alone. A host without dated rules has no changes and costs nothing.
    """

    pattern: str
    origin: Origin
    mode: Mode
    uses: Mapping[Use, Verdict]
    sections: Mapping[str, tuple[Pattern, ...]]
    rules: tuple[Rule, ...]
    tables: Mapping[str, PathTable[Rule]]
    passed: PathTable[None]
    query: frozenset[str] = frozenset()
    robots_enforced: bool = True
    robots_from: RobotsFrom = RobotsFrom.ORIGIN
    robots_file: RobotsFile | None = None
    articles: Articles = BY_DEFAULT
    headlines: bool = False
    legal: Mapping[str, PathTable[Rule]] = field(init=False, repr=False, compare=False)
    paces: Mapping[str, PathTable[tuple[Rule, ...]]] = field(init=False, repr=False, compare=False)
    rates: Mapping[str, Rate] = field(init=False, repr=False, compare=False)
    changes: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _periods: dict[int, "Host"] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        terms = {rule.term for rule in self.rules} - {ALWAYS}
        changes = {instant for term in terms for instant in (term.begins, term.ends) if instant is not None}
        always = tuple(rule for rule in self.rules if rule.term == ALWAYS) if terms else self.rules
        if terms:
            object.__setattr__(self, "tables", tables_of(always))
        for name, found in _lookups(always).items():
            object.__setattr__(self, name, found)
        object.__setattr__(self, "changes", tuple(sorted(changes)))
        object.__setattr__(self, "_periods", {})

    def period(self, now: int) -> tuple[int, int]:
        """From when on, and up to when, `at` gives the same as at an instant, all in microseconds since 1970."""
        number = bisect_right(self.changes, now)
        bounds = (0, *self.changes, NEVER)
        return bounds[number], bounds[number + 1]

    def at(self, now: int) -> "Host":
        """This entry with the rules in force at an instant, and no others."""
        if not self.changes:
            return self
        number = bisect_right(self.changes, now)
        found = self._periods.get(number)
        if found is None:
            standing = tuple(rule for rule in self.rules if rule.term.holds(now))
            found = replace(self, rules=standing)
            for name, value in {"tables": tables_of(standing), **_lookups(standing), "changes": ()}.items():
                object.__setattr__(found, name, value)
            self._periods[number] = found
        return found

    def periods(self) -> "tuple[Host, ...]":
        """The host as it stands before, between and after its changes, the earliest first."""
        if not self.changes:
            return (self,)
        return tuple(self.at(now) for now in (self.changes[0] - 1, *self.changes))


#: How site.yaml says that something is kept for ever.
FOREVER: Final = "forever"
#: For how many days entries are kept where nobody says otherwise: longer, where they may be evidence.
_KEPT: Final[Mapping[Audience, int | None]] = {Audience.PEOPLE: 30, Audience.WELCOME: 180, Audience.AI: 1826}


@dataclass(frozen=True, slots=True)
class Keep:
    """For how many days the journal keeps the entries of each audience; None is for ever. Events always stay.

    ``clients`` is for how many days it keeps whom full entries are about; None is as long as the entry.
    """

    days: Mapping[Audience, int | None] = field(default_factory=lambda: dict(_KEPT))
    clients: int | None = None

    @property
    def said(self) -> Mapping[str, str]:
        """As site.yaml has it."""
        days = {
            audience.value: FOREVER if n is None else f"{n}d" for audience, n in sorted(self.days.items())
        }
        return days if self.clients is None else {**days, "clients": f"{self.clients}d"}


class Anchor(NamedTuple):
    """Where checkpoints go that others keep: a ``file`` elsewhere, by its path, or a ``tsa`` (RFC 3161), by its address."""

    kind: str
    where: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What the journal keeps and for how long. With ``counts_static`` readers' requests for static files are counted and not
    entered; a reader who takes more different articles in a day than ``threshold`` opens a case, nobody if it is None.
    ``budget`` is how many octets the journal is meant to take; close to it an alarm is raised, and readers' entries go
    before their time.
    """

    keep: Keep = field(default_factory=Keep)
    counts_static: bool = False
    threshold: int | None = None
    anchors: tuple[Anchor, ...] = ()
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy folder, compiled.

    ``digest`` is ``sha256:<hex>`` of ``manifest``, which names every file by its own digest, and the catalogue's;
    ``tokens`` is for how many seconds a token from the site's token endpoint holds, None where it runs none. ``prices`` are those of uses on offer.
    ``texts`` maps those digests to the bytes. ``warnings`` are what `check` also says.
    """

    site: str
    digest: str
    manifest: bytes
    texts: Mapping[str, bytes]
    zone: ZoneInfo
    rights: Rights
    grants: frozenset[Use]
    hosts: tuple[Host, ...]
    agents: Registry
    licenses: tuple[License, ...] = ()
    warnings: tuple[Problem, ...] = ()
    audit: Audit = field(default_factory=Audit)
    tokens: int | None = None
    prices: Prices = field(default_factory=dict)
    _exact: Mapping[str, Host] = field(init=False, repr=False)
    _licenses: Mapping[str, License] = field(init=False, repr=False, compare=False)
    _held: Mapping[str, tuple[License, ...]] = field(init=False, repr=False, compare=False)
    _signed: Mapping[str, tuple[License, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        held: dict[str, list[License]] = {}
        signed: dict[str, list[License]] = {}
        for license_ in self.licenses:
            for signer in license_.proof.signers:
                signed.setdefault(signer, []).append(license_)
            for agent in {name.casefold() for name in license_.agents}:
                held.setdefault(agent, []).append(license_)
        object.__setattr__(self, "_exact", {host.pattern: host for host in self.hosts})
        object.__setattr__(self, "_licenses", {one.id: one for one in self.licenses})
        object.__setattr__(self, "_held", {agent: tuple(several) for agent, several in held.items()})
        object.__setattr__(self, "_signed", {signer: tuple(several) for signer, several in signed.items()})

    def host(self, name: str, *, near: bool = True) -> Host | None:
        """The entry for a host name: itself, else the longest ``*.`` pattern above it, else None.

        Loopback addresses and ``localhost`` stand for the first host, for a client that is ``near``: from outside they
        would choose whose rules hold.
        """
        found = self._exact.get(name)
        if found is not None:
            return found
        rest = name
        while "." in rest:
            _, _, rest = rest.partition(".")
            found = self._exact.get(f"*.{rest}")
            if found is not None:
                return found
        if near and (name in {"localhost", "[::1]"} or _is_loopback(name)):
            return self.hosts[0]
        return None

    def license(self, name: str) -> License | None:
        """The license with that id."""
        return self._licenses.get(name)

    def licenses_of(self, agent: str | None) -> tuple[License, ...]:
        """The licenses that name an agent, whether they run or not."""
        return () if agent is None else self._held.get(agent.casefold(), ())

    def licenses_signed_by(self, address: str, thumbprint: str) -> tuple[License, ...]:
        """The licenses that name a key directory or a key, as `Proof.names_signer` has it."""
        by_directory = self._signed.get(address, ())
        by_key = (one for one in self._signed.get(thumbprint, ()) if one not in by_directory)
        return (*by_directory, *by_key)


@lru_cache(maxsize=256)
def _is_loopback(name: str) -> bool:
    parts = name.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(p.isdigit() and int(p) < 256 for p in parts)
