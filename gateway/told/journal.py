"""An entry of the journal → the request that was decided, as far as the entry says it: exactly, or not at all.

What an entry leaves out (other query parameters, what was cut or erased, the address of people) may have decided, or may decide
under another policy. Such an entry is *unreplayable*: it is counted, and nothing is guessed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from gateway.decision import RobotsRules
from gateway.identify import PROBES
from gateway.identify.identity import Evidence
from gateway.identify.weigh import BEARINGS
from gateway.instants import instant
from gateway.policy.paths import Pattern
from gateway.policy.robots import RobotsFile
from gateway.rates.counters import Finding, Findings
from gateway.record.kept import sensitive
from gateway.request import Client, Request, fold_host, read_target
from gateway.told.trial import Checked, RobotsAnswer, Trial
from gateway.vocabulary import Kind, Reach, Reason, RobotsFrom

#: A parameter that no pattern names: it stands for those that the entry leaves out.
_LEFT_OUT: Final = "_izin_left_out"
_ASKING: Final = frozenset(probe.name for probe in PROBES if probe.asks)
_KNOWN: Final = frozenset(BEARINGS)
#: The reasons by which an entry says that the origin's robots.txt refuses the request.
_ROBOTS_SAY: Final = frozenset({Reason.ROBOTS_REFUSES, Reason.ROBOTS_WOULD_REFUSE})
#: Cut values that decide nothing.
_HARMLESS: Final = frozenset({"evidence", "subjects", "claimed", "rule", "license"})


class Recorded(NamedTuple):
    """A decision as it was recorded: what was asked, when, and the verdict. ``robots`` is the digest of the origin's
    robots.txt that was consulted; ``patterns`` are those that matched the whole target, None where nothing was cut;
    ``rates`` what the rates found that counted it. Of people there is a ``pseudonym`` for the address."""

    request: Request
    at: int
    verdict: str
    policy: str
    robots: str | None
    patterns: frozenset[str] | None
    rates: Findings = ()
    pseudonym: str = ""
    #: What the checks found that ask the world, if any was made.
    checks: Checked = Checked(None, ())
    #: Whether the client was sure to have the address that was seen.
    certain: bool = True
    #: The token by which robots.txt speaks of the client, and whether it is said to refuse the request.
    token: str | None = None
    robots_refuse: bool = False

    @property
    def near(self) -> bool:
        """Whether the client was near, as `Policy.host` has it."""
        return self.request.client.private and self.certain

    @property
    def checked(self) -> Checked | None:
        """The checks, None if none was made."""
        return self.checks if self.checks.evidence else None


def recorded(entry: Mapping[str, Any]) -> Recorded | None:
    """The decision of a printed entry (`gateway.record.printed`), None if too much of it was cut, or it was erased whom it
    is about."""
    if not _HARMLESS.issuperset(entry.get("cut") or ()) or "patterns_folded" in entry or "erased" in entry:
        return None
    told, said = entry["request"], entry["client"]
    fault = Reason(entry["reasons"][0]) if entry["rule"] == "malformed" and entry["reasons"] else None
    text = told["target"]
    patterns = entry.get("patterns")
    if text is not None and patterns is not None:
        text += f"{'&' if '?' in text else '?'}{_LEFT_OUT}"
    target = None if text is None else read_target(text.encode("ascii", "replace"))
    if fault is None and target is None:
        return None
    identity = entry["identity"]
    fields = {} if told["user_agent"] is None else {"user-agent": told["user_agent"]}
    if identity.get("unknown") and identity["kind"] == Kind.AGENTS:
        fields["from"] = ""  # a name was read that may have counted only beside a From field
    address = said.get("address")
    client = Client(
        address or "",
        said["network"],
        certain=address is not None and said.get("certain", True),
        private=said.get("private", False),
    )
    request = Request(
        told["method"], "https", told["host"], fold_host(told["host"]) or "", target, client, fields, fault
    )
    kept = None if patterns is None else frozenset(patterns)
    return Recorded(
        request,
        instant(datetime.fromisoformat(entry["time"])),
        entry["verdict"],
        entry["policy"],
        entry.get("robots_file"),
        kept,
        tuple(
            Finding(
                one["rule"],
                one["remaining"],
                one["wait"],
                one["reset"],
                Reach(one.get("counted", Reach.TOGETHER)),
            )
            for one in entry.get("rates", ())
            if "wait" in one
        ),
        said.get("pseudonym") or "",
        _checks(identity),
        said.get("certain", True),
        identity.get("robots"),
        not _ROBOTS_SAY.isdisjoint(entry["reasons"]),
    )


def _checks(identity: Mapping[str, Any]) -> Checked:
    """What the checks found that ask the world. What this version does not know is left out."""
    found = tuple(
        Evidence(one["probe"], Reason(one["finding"]), one.get("detail", ""))
        for one in identity["evidence"]
        if one["probe"] in _ASKING and one["finding"] in _KNOWN
    )
    return Checked(identity["agent"], found)


def replayable(told: Recorded, trial: Trial) -> bool:
    """Whether everything that this policy would look at is told."""
    request, policy = told.request, trial.policy
    if not request.client.address and trial.address_matters(request):
        return False
    host = policy.host(request.host)
    if told.patterns is None or request.target is None or host is None:
        return True
    host = host.at(told.at)
    path = request.target.path
    if request.target.folded != path:
        return False
    for pattern in sensitive(host, policy):
        if pattern.text in told.patterns:
            matched = True
        elif told.policy == policy.digest or _cannot_match(pattern, path):
            matched = False
        elif _matches_alone(pattern, path):
            matched = True
        else:
            return False
        if matched != pattern.matches(request.target.canonical):
            return False
    return True


def consulted(told: Recorded, trial: Trial, file: RobotsFile | None) -> RobotsRules | None:
    """The origin's robots.txt for a decision made again: the ``file``, or its answer where a part of the target that is
    left out decides it. LookupError where the answer is not known: that of the time is, under the policy of the time."""
    request = told.request
    host = trial.policy.host(request.host)
    if told.patterns is None or host is None or request.target is None:
        return file
    read = file if host.robots_from is RobotsFrom.ORIGIN else host.robots_file
    group = None if read is None or not host.robots_enforced else read.group(told.token)
    path = request.target.path
    lines = () if group is None else group.lines
    if all(_cannot_match(line.pattern, path) or _matches_alone(line.pattern, path) for line in lines):
        return file
    if told.policy != trial.policy.digest:
        raise LookupError("robots.txt decides by what is left out")
    return RobotsAnswer(not told.robots_refuse)


def _matches_alone(pattern: Pattern, path: str) -> bool:
    """Whether a pattern matches that path with any query behind it."""
    return not pattern.anchored and pattern.matches(path)


def _cannot_match(pattern: Pattern, path: str) -> bool:
    """Whether a pattern cannot match that path with any query behind it."""
    begins = pattern.text.partition("*")[0].partition("?")[0].removesuffix("$")
    return not path.startswith(begins) or (
        pattern.anchored and "*" not in pattern.text and "?" not in pattern.text
    )
