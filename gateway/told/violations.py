"""Violation, or refused and not yet a violation: a fold over the entries of a journal, in their order.

Theory of operation. Enforcement is immediate; blame is not. For each refusal of an operator's agent the fold looks back
from that instant over the versions of the host's robots.txt, the one statement that tells each agent of each path what
it may not fetch, for as long as every one of them told this agent to leave this path alone. The refusal is a violation
if the operator was served one of these versions, or if they have been out for 24 hours (RFC 9309 section 2.4: a crawler
should not use a copy older than that). A version that changes nothing for that agent and path thus resets nothing; one
that once allowed the path does.

All is counted against us where it is in doubt. *Served* is a GET answered whole with 200, or with 304, and only as
well borne out as the refused client is: who merely claims to be a crawler cannot take notice for the real one. The 24
hours are hours of service: what no gateway was there to tell does not count, nor does more than an hour of silence at
once, which may be a clock set forward. What was cut from an entry, and a text that is not kept, decide nothing.

The fold holds the versions of the last 24 hours and, for each operator and host, the last time robots.txt was served:
little, so that it can be put away and taken up again (`state`). Entries of readers and of everybody else pass through it.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from gateway.instants import DAY, SECOND
from gateway.record.terms import ROBOTS, Terms, TermsError, read_terms
from gateway.request import fold_host, read_target
from gateway.told.history import first_host
from gateway.told.robots_told import RobotsTold
from gateway.vocabulary import Assurance, End, Kind, Reason, Standing, Verdict

#: Silence between two entries that counts as service, at most.
_LONGEST_SILENCE: Final = 3_600 * SECOND
#: Versions, operators times hosts, and answers under way that are remembered; beyond them the oldest is forgotten.
MOST_VERSIONS: Final = 512
MOST_SERVED: Final = 5_000
_MOST_PENDING: Final = 4_096
_MANIFESTS: Final = 64
#: Hosts, agents and paths for which it is remembered, until the next version, since when robots.txt has forbidden them.
_REMEMBERED: Final = 8_192

#: A parameter that no pattern names: it stands for those that the entry leaves out.
_LEFT_OUT: Final = "_izin_left_out"
_RANKS: Final = {
    one.value: rank
    for rank, one in enumerate(
        (Assurance.ANONYMOUS, Assurance.CLAIMED, Assurance.CORROBORATED, Assurance.SIGNED)
    )
}


class Served(NamedTuple):
    """A robots.txt served to an operator: in which entry, when (µs UTC), after how much service, which version."""

    operator: str
    host: str
    rank: int
    seq: int
    at: int
    up: int
    digest: str


class Version(NamedTuple):
    """Terms, since when (µs UTC) and after how much service they were in force; ``first`` is the policy's first host."""

    up: int
    since: int
    terms: str
    first: str | None


class Finding(NamedTuple):
    """What a refusal is. ``since`` is since when robots.txt has forbidden it without a break, as far as that is remembered:
    24 hours of service at least (µs UTC); ``served`` is the number of the entry in which it was served, where that counts."""

    standing: Standing
    since: int | None = None
    served: int | None = None


class _State(msgspec.Struct):
    """All that the fold remembers: service so far, the last time seen, whether terms are in force."""

    up: int = 0
    now: int = 0
    running: bool = False
    versions: list[Version] = []
    served: list[Served] = []
    pending: list[tuple[str, Served]] = []


class Violations:
    """The fold. ``text`` gives a text by its digest, None where it is not kept; ``state`` is where another one was."""

    def __init__(self, text: Callable[[str], bytes | None], state: bytes = b"") -> None:
        self._robots = RobotsTold(text)
        self._terms = lru_cache(_MANIFESTS)(lambda digest: _manifest(text(digest)))
        self._begun = lru_cache(_REMEMBERED)(self._unbroken)
        self._state = msgspec.json.decode(state, type=_State) if state else _State()
        self._served: dict[tuple[str, str], dict[int, Served]] = {}
        for one in self._state.served:
            self._served.setdefault((one.operator, one.host), {})[one.rank] = one
        self._pending = dict(self._state.pending)

    def state(self) -> bytes:
        """All that it remembers."""
        said = self._state
        said.served = [one for ranks in self._served.values() for one in ranks.values()]
        said.pending = list(self._pending.items())
        return msgspec.json.encode(said)

    def after(self, seq: int, entry: Mapping[str, Any]) -> Finding | None:
        """Take in the next entry (`gateway.record.read`); what it is, if it refuses an operator's agent."""
        if entry["phase"] == "event" and entry["event"] == "start":
            self._state.running = (
                False  # if it still seems to run, it was killed: the time since is not service
            )
        self._clock(entry["at"])
        match entry["phase"]:
            case "decision":
                return self._decision(seq, entry)
            case "outcome" if self._pending:
                self._outcome(entry)
            case "event":
                self._event(entry["event"], entry["details"])
        return None

    def damaged(self) -> None:
        """Entries are missing here: which terms were in force in between is not known, nor who was served what."""
        self._state.running = False
        self._state.versions.clear()
        self._begun.cache_clear()
        self._pending.clear()

    # ── what is in force ────────────────────────────────────────────────────────────────────────────────────────────

    def _clock(self, at: int) -> None:
        state = self._state
        passed = at - state.now
        if state.running:
            state.up += min(max(0, passed), _LONGEST_SILENCE)
        if (
            passed > 0 or passed < -_LONGEST_SILENCE
        ):  # entries overtake each other; a clock that is set back is another matter
            state.now = at

    def _event(self, name: str, details: Mapping[str, Any]) -> None:
        if name in ("start", "stop"):
            self._state.running = False
            self._pending.clear()
        elif name == "policy" and isinstance(details.get("terms"), str):
            self._in_force(details["terms"], first_host(details))

    def _in_force(self, terms: str, first: str | None) -> None:
        state, versions = self._state, self._state.versions
        state.running = True
        if versions and versions[-1].terms == terms:
            if first is not None:
                versions[-1] = versions[-1]._replace(first=first)
            return
        self._begun.cache_clear()
        versions.append(Version(state.up, state.now, terms, first))
        while len(versions) > MOST_VERSIONS or (len(versions) > 1 and versions[1].up <= state.up - DAY):
            del versions[0]

    # ── who was served what ─────────────────────────────────────────────────────────────────────────────────────────

    def _decision(self, seq: int, entry: Mapping[str, Any]) -> Finding | None:
        if not self._state.running:
            # The journal begins here, or goes on behind a gap: what the entry says was in force, was.
            self._in_force(entry["terms"], None)
        refused = entry["verdict"] != Verdict.ALLOW
        if not refused and entry["reasons"][:1] != [Reason.OWN_DOCUMENT]:
            return None
        identity = entry["identity"]
        operator, rank = identity["operator"], _RANKS.get(identity["assurance"])
        if operator is None or rank is None or identity["kind"] == Kind.IMPOSTORS:
            return None
        if refused:
            return self._finding(entry, operator, rank)
        self._serves(seq, entry, operator, rank)
        return None

    def _serves(self, seq: int, entry: Mapping[str, Any], operator: str, rank: int) -> None:
        request = entry["request"]
        if (request["target"] or "").partition("?")[0] != ROBOTS or request["method"] != "GET":
            return
        host = _host(request["host"])
        digest = entry.get("served") or self._robots_of(entry["terms"], host)
        if digest is None:
            return
        self._pending[entry["id"]] = Served(operator, host, rank, seq, entry["at"], self._state.up, digest)
        if len(self._pending) > _MOST_PENDING:
            del self._pending[next(iter(self._pending))]

    def _outcome(self, entry: Mapping[str, Any]) -> None:
        served = self._pending.pop(entry["of"], None)
        if served is None or entry["end"] != End.COMPLETE or entry["status"] not in (200, 304):
            return
        key = (served.operator, served.host)
        ranks = self._served.pop(key, {})
        ranks[served.rank] = served
        self._served[key] = ranks  # at the end: the one that was not seen for longest goes first
        if len(self._served) > MOST_SERVED:
            del self._served[next(iter(self._served))]

    # ── what a refusal is ───────────────────────────────────────────────────────────────────────────────────────────

    def _finding(self, entry: Mapping[str, Any], operator: str, rank: int) -> Finding:
        target, cut = _canonical(entry), entry.get("cut") or ()
        terms = self._terms(entry["terms"])
        if terms is None or target is None or "robots" in cut or "operator" in cut:
            return Finding(Standing.UNKNOWN)
        host, token = _host(entry["request"]["host"]), entry["identity"].get("robots")
        digest = self._robots_of(entry["terms"], host)
        forbidden = False if digest is None else self._robots.forbids(digest, token, target)
        if not forbidden:
            return Finding(Standing.UNKNOWN if forbidden is None else Standing.UNSTATED)
        begun = self._begun(host, token, target)
        if begun is None:
            return Finding(Standing.NOT_YET)
        a_day = self._state.up - begun.up >= DAY
        ranks = self._served.get((operator, host), {})
        served = max((one for r, one in ranks.items() if r >= rank), key=lambda one: one.up, default=None)
        counts = served is not None and (a_day or served.up >= begun.up)
        if served is not None and counts and self._robots.forbids(served.digest, token, target):
            return Finding(Standing.SERVED, begun.since, served.seq)
        return Finding(Standing.IN_FORCE if a_day else Standing.NOT_YET, begun.since)

    def _unbroken(self, host: str, token: str | None, target: str) -> Version | None:
        """The oldest version, of those remembered, since which every robots.txt of a host forbade it; None if the last
        one does not."""
        found = None
        for version in reversed(self._state.versions):
            digest = self._robots_of(version.terms, host)
            if digest is None or not self._robots.forbids(digest, token, target):
                break
            found = version
        return found

    def _robots_of(self, digest: str, host: str) -> str | None:
        """The digest of robots.txt that those terms have for a host; None where they have none, or are not kept."""
        terms = self._terms(digest)
        if terms is None:
            return None
        key = terms.key_for(host) or (self._first(digest) if _is_near(host) else None)
        return terms.hosts.get(key or "", {}).get(ROBOTS)

    def _first(self, terms: str) -> str | None:
        return next((one.first for one in reversed(self._state.versions) if one.terms == terms), None)


def _manifest(octets: bytes | None) -> Terms | None:
    try:
        return None if octets is None else read_terms(octets)
    except TermsError:
        return None


def _host(text: str) -> str:
    return fold_host(text) or ""


def _is_near(host: str) -> bool:
    """Whether it is a name of this machine, which stands for the first host (`Policy.host`)."""
    return host in ("localhost", "[::1]") or host.startswith("127.")


def _canonical(entry: Mapping[str, Any]) -> str | None:
    """The canonical target as far as the entry tells it; None where it does not tell its path whole."""
    text = entry["request"]["target"]
    if text is None or "target" in (entry.get("cut") or ()):
        return None
    if entry.get("patterns") is not None:
        text += f"{'&' if '?' in text else '?'}{_LEFT_OUT}"
    target = read_target(text.encode("ascii", "replace"))
    return None if target is None else target.canonical
