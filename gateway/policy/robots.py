"""The origin's robots.txt, read as RFC 9309 means it: one reading, by which the gate judges and robots.txt is written.

Theory of operation. Lines end at CR and LF only, records that are not of the RFC neither open nor close a group (section
2.2.4), groups of one product token are merged (2.2.1) and chosen by the exact token. A path pattern is brought into the
normal form of section 2.2.2 and matched by the table that also matches the policy's rules. No library stands between:
Protego counts a `?` as three octets and reads `$` as a letter too, so what a file says and what is published of it would
differ by a little, and declared would not be enforced. It judges this module in the tests instead.

Where the RFC is silent, Google's reading holds: a missing colon, words behind a token, `Allow: /a/index.html` for `/a/`.
What is written outside ASCII or against the rules of percent-encoding stands percent-encoded, octet by octet, so that a
pattern is printable text whatever the file was.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field
from functools import lru_cache
from itertools import chain, islice
from typing import Final, NamedTuple

from gateway.digest import digest_of
from gateway.policy.paths import PathTable, Pattern
from gateway.request import MOST_REMEMBERED

#: Octets that are read (RFC 9309 section 2.5 asks for at least 500 KiB), and octets of one line, as Google cuts it.
MOST_OCTETS: Final = 512_000
LONGEST_LINE: Final = 16_664
#: Rules of agents that are named in several groups: each has a list of its own, and ten thousand may share as many lines.
MOST_JOINED: Final = 200_000
#: Characters of the longest token, as long as the longest name of an unlisted crawler, and of a sitemap's address.
LONGEST_TOKEN: Final = 64
LONGEST_ADDRESS: Final = 2_048

_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_NOT_LINE_ENDS = re.compile("[\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
#: What stands before a value. That is cut out apart: an expression that looks for its end would try each blank in it.
_RECORD = re.compile(r"\s*(user-agent|allow|disallow|crawl-delay|sitemap)\s*(?::|\s)", re.IGNORECASE)
_OTHER = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]{0,39})\s*:")
_DELAY = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})?")
_ADDRESS = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNPRINTABLE = re.compile(r"[^!-~]")
_STARS = re.compile(r"\*{2,}")
_INDEX: Final = "/index.html"

Rules = list[tuple[str, str]]


class Line(NamedTuple):
    """One rule of a group: its pattern, and whether it allows."""

    pattern: Pattern
    allow: bool


@dataclass(frozen=True, slots=True)
class Group:
    """What one product token is told. ``token`` is spelt as the file first spells it; ``delay`` the seconds of its
    `Crawl-delay`, as they stand there."""

    token: str
    lines: tuple[Line, ...]
    delay: str | None = None
    table: PathTable[bool] = field(init=False, repr=False, compare=False)
    alike: InitVar["Group | None"] = None

    def __post_init__(self, alike: "Group | None") -> None:
        """``alike`` is one with the same lines, whose table this one shares."""
        # Of equally long patterns the first wins, and allow wins a tie (RFC 9309 section 2.2.2).
        ranked = sorted(self.lines, key=lambda line: not line.allow) if alike is None else ()
        object.__setattr__(self, "table", PathTable(ranked) if alike is None else alike.table)


class RobotsFile:
    """One robots.txt as it was read. ``digest`` is ``sha256:<hex>`` of ``body``, the octets that were read.

    ``groups`` has each group by its product token, case folded, in the order of the file; ``sitemaps`` are absolute
    addresses; ``unread`` the names of other records, as many as there are kinds.
    """

    __slots__ = ("_allows", "body", "digest", "groups", "sitemaps", "unread")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.digest = digest_of(body)
        found = _scan(body)
        # Agents that share their rules share lines and table: lists of crawlers name hundreds above one rule.
        first: dict[int, Group] = {}
        groups: dict[str, Group] = {}
        for token, rules in found.rules().items():
            raw, alike = found.groups[token], first.get(id(rules))
            lines = tuple(_lines_of(rules)) if alike is None else alike.lines
            groups[token] = Group(raw.token, lines, raw.delay, alike)
            first.setdefault(id(rules), groups[token])
        self.groups: Mapping[str, Group] = groups
        self.sitemaps = tuple(dict.fromkeys(found.sitemaps))
        self.unread = tuple(dict.fromkeys(found.unread))
        # One file is asked the same few questions by each crawler; the cache dies with the file.
        self._allows = lru_cache(maxsize=4096)(self._ask)

    def __reduce__(self) -> tuple[type["RobotsFile"], tuple[bytes]]:
        return RobotsFile, (self.body,)

    def group(self, token: str | None) -> Group | None:
        """The group that speaks to a product token (None: no token): its own, else that for `*`, else none."""
        found = self.groups.get(token.casefold()) if token else None
        return self.groups.get("*") if found is None else found

    @property
    def patterns(self) -> list[Pattern]:
        """Every path pattern that decides what it allows."""
        several = {id(group.lines): group.lines for group in self.groups.values()}
        return [line.pattern for lines in several.values() for line in lines]

    def allows(self, token: str | None, target: str) -> bool:
        """Whether the group for a product token (None: no token, so `*`) may fetch a canonical path and query.

        `/robots.txt` itself is always allowed (RFC 9309 section 2.2.2).
        """
        return (self._allows if len(target) <= MOST_REMEMBERED else self._ask)(token, target)

    def _ask(self, token: str | None, target: str) -> bool:
        group = self.group(token)
        if group is None or target.partition("?")[0] == "/robots.txt":
            return True
        found = group.table.best(target)
        return found is None or found[1]


@dataclass(slots=True)
class _Raw:
    """What one agent is told; ``groups`` are the rules of each that names it, which it shares with whoever is named beside it."""

    token: str
    groups: list[Rules] = field(default_factory=list)
    delay: str | None = None


class _Scan:
    """A file, read line by line."""

    def __init__(self) -> None:
        self.groups: dict[str, _Raw] = {}
        self.sitemaps: list[str] = []
        self.unread: list[str] = []
        self._group: Rules = []
        self._named: set[str] = set()
        self._hasty: list[_Raw] = []
        self._naming = False

    def take(self, line: str) -> None:
        """The next line."""
        record = _RECORD.match(line)
        if record is None:
            other = _OTHER.match(line)
            self.unread += [other[1].lower()] if other is not None else []
            return
        key, value = record[1].lower(), line[record.end() :].strip()
        if key == "user-agent":
            self._name(value)
        elif key == "sitemap":
            fits = _ADDRESS.fullmatch(value) and len(value) <= LONGEST_ADDRESS
            self.sitemaps += [value] if fits else []
        elif key == "crawl-delay":
            if _DELAY.fullmatch(value):
                self._slow_down(value)
        else:
            self._naming = False
            self._group.append((key, value))

    def _slow_down(self, delay: str) -> None:
        for raw in self._hasty:
            raw.delay = delay
        self._hasty = []

    def _name(self, value: str) -> None:
        if not self._naming:
            self._group, self._named, self._hasty = [], set(), []
        self._naming = True
        token = _token(value)
        if token is None or token.casefold() in self._named:
            return
        self._named.add(token.casefold())
        raw = self.groups.setdefault(token.casefold(), _Raw(token))
        raw.groups.append(self._group)
        if raw.delay is None:
            self._hasty.append(raw)

    def rules(self) -> dict[str, Rules]:
        """All rules of each agent: the same list for those that are named in the same groups."""
        known: dict[tuple[int, ...], Rules] = {}
        found, room = {}, MOST_JOINED
        for token, raw in self.groups.items():
            key = tuple(map(id, raw.groups))
            if key not in known and len(raw.groups) == 1:
                known[key] = raw.groups[0]
            elif key not in known:
                known[key] = list(islice(chain.from_iterable(raw.groups), room))
                room -= len(known[key])
            found[token] = known[key]
        return found


def read_groups(body: bytes) -> dict[str, Rules]:
    """The rules of each product token, case folded (`*` among them), as (``allow`` or ``disallow``, pattern) pairs."""
    return _scan(body).rules()


def _scan(body: bytes) -> _Scan:
    scan = _Scan()
    for line in _lines(body):
        scan.take(line)
    return scan


def _lines(body: bytes) -> list[str]:
    """The lines without comments; a file cut for its size loses the line that the cut went through. An octet that is
    no UTF-8 is kept as a surrogate, as Python does for file names."""
    if len(body) > MOST_OCTETS:
        body = re.split(rb"[\r\n]", body[:MOST_OCTETS][::-1], maxsplit=1)[-1][::-1]
    text = body.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    lines = _LINE_ENDS.split(_NOT_LINE_ENDS.sub(" ", text))
    return [line[:LONGEST_LINE].partition("#")[0] for line in lines]


def _token(value: str) -> str | None:
    """The product token that a User-agent value begins with; a version or words behind it do not count."""
    if value.startswith("*"):
        return "*"
    found = _TOKEN.match(value)
    # No crawler is known by a longer name than that.
    return None if found is None or len(found[0]) > LONGEST_TOKEN else found[0]


def _lines_of(rules: Rules) -> Iterable[Line]:
    for key, value in dict.fromkeys(rules):
        if not value.startswith(("/", "*")):
            continue  # an empty value matches nothing, and no path begins with anything else
        line = Line(Pattern(_written(value)), key == "allow")
        yield line
        if line.allow and line.pattern.text.endswith(_INDEX):
            yield Line(Pattern(line.pattern.text.removesuffix(_INDEX[1:]) + "$"), True)


def _written(value: str) -> str:
    """A pattern in printable ASCII. Several stars say what one says, and only a reader would suffer from them."""
    value = _LONE_PERCENT.sub("%25", value)
    value = _UNPRINTABLE.sub(lambda found: _encoded(found[0]), value)
    return _STARS.sub("*", value)


def _encoded(letter: str) -> str:
    return "".join(f"%{octet:02X}" for octet in letter.encode("utf-8", "surrogateescape"))
