"""What the traffic of the last days would have met under another catalogue of agents: who would be taken for somebody else,
and whose verdict would be another."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from gateway.agents import Registry
from gateway.audit.reader import Damage, Position, Reader
from gateway.audit.texts import Texts
from gateway.cli.progress import Progress
from gateway.cli.replay import kept_robots
from gateway.decision import Decision, Question
from gateway.instants import rfc3339
from gateway.policy.kept import policy_of, policy_with
from gateway.policy.robots import RobotsFile
from gateway.told.journal import consulted, recorded, replayable
from gateway.told.trial import Trial
from gateway.vocabulary import Kind, Purpose, Verdict

#: How many entries pass between two looks at the clock, and how many differences are told apart.
_STRIDE: Final = 2048
_MOST: Final = 5000


class Met(NamedTuple):
    """Whom a client was taken for, and what it met. ``agent`` is the name that an unknown crawler gives itself, too."""

    kind: Kind
    agent: str | None
    operator: str | None
    purpose: Purpose | None
    verdict: Verdict


@dataclass
class Difference:
    """``requests`` were looked at, ``unreplayable`` could not be; ``changes`` counts those that would meet something else."""

    policy: str
    requests: int = 0
    unreplayable: int = 0
    changes: Counter[tuple[Met, Met]] = field(default_factory=Counter)

    def count(self, met: tuple[Met, Met] | None) -> None:
        """Count what one request would have met, before and after; None where that cannot be said."""
        if met is None:
            self.unreplayable += 1
            return
        self.requests += 1
        if met[0] != met[1] and (len(self.changes) < _MOST or met in self.changes):
            self.changes[met] += 1

    def as_object(self) -> dict[str, Any]:
        """Everything, for programs."""
        rows = [
            {"before": before._asdict(), "after": after._asdict(), "requests": requests}
            for (before, after), requests in self.changes.most_common()
        ]
        counted = {"policy": self.policy, "requests": self.requests, "unreplayable": self.unreplayable}
        return {**counted, "changed": self.changes.total(), "changes": rows}


def last_policy(reader: Reader) -> str | None:
    """The digest of the policy that was in force last, None if the journal names none."""
    for first, _ in reversed(reader.segments()):
        found = None
        for one in reader.printed(Position(first, 0, first)):
            if isinstance(one, Damage):
                continue
            if one[0].position.segment != first:
                break
            entry = one[1]
            if entry["phase"] == "decision":
                found = entry["policy"]
            elif entry["phase"] == "event" and entry["event"] == "policy":
                found = entry["details"]["policy"]
        if found is not None:
            return str(found)
    return None


def difference(reader: Reader, policy: str, catalogue: Registry, since: int) -> Difference:
    """What the requests since then (µs since 1970) would have met under the policy with another catalogue.

    PolicyError where the two do not go together, NotKept where the policy cannot be read again.
    """
    texts = Texts(reader.folder)
    trials = Trial(policy_of(policy, texts.read)), Trial(policy_with(policy, catalogue, texts.read))
    asking, found, begins = _Asking(trials, kept_robots(texts)), Difference(policy), rfc3339(since)
    start, sizes = _first_since(reader, begins), reader.segments()
    passed = {
        first: sum(size for other, size in sizes if start.segment <= other < first) for first, _ in sizes
    }
    progress = Progress(sum(size for first, size in sizes if first >= start.segment), "entries")
    for count, one in enumerate(reader.printed(start)):
        if isinstance(one, Damage):
            continue
        position, entry = one[0].position, one[1]
        if not count % _STRIDE:
            progress.at(passed.get(position.segment, 0) + position.offset, count)
        if entry["phase"] == "event":
            asking.event(entry)
        elif entry["phase"] == "decision" and entry["time"] >= begins:
            found.count(asking.ask(entry))
    progress.done()
    return found


class _Asking:
    """Two policies that are asked about the same requests."""

    def __init__(self, trials: tuple[Trial, Trial], robots: Callable[[str], RobotsFile | None]) -> None:
        self._trials, self._robots = trials, robots

    def event(self, entry: dict[str, Any]) -> None:
        """Orders hold for both."""
        for trial in self._trials:
            trial.orders = trial.orders.after({**entry["details"], "event": entry["event"]})

    def ask(self, entry: dict[str, Any]) -> tuple[Met, Met] | None:
        """What the request of a decision would have met, None where the entry does not tell enough."""
        told = recorded(entry)
        if told is None or not all(replayable(told, trial) for trial in self._trials):
            return None
        file = None if told.robots is None else self._robots(told.robots)
        met = []
        for trial in self._trials:
            try:
                trial.robots = consulted(told, trial, file)
            except LookupError:
                return None
            met.append(
                _met(*trial.ask(told.request, told.at, None, told.pseudonym, told.checked, near=told.near))
            )
        return met[0], met[1]


def _met(question: Question, decision: Decision) -> Met:
    who = question.identity
    agent = None if who.kind is Kind.PEOPLE else who.agent or who.name
    return Met(who.kind, agent, who.operator, who.purpose, decision.verdict)


def _first_since(reader: Reader, begins: str) -> Position:
    """The beginning of the latest segment whose first entry is no later, else of the first one."""
    segments = reader.segments()
    for first, _ in reversed(segments):
        place = Position(first, 0, first)
        one = next((one for one in reader.printed(place) if not isinstance(one, Damage)), None)
        if one is not None and one[1]["time"] <= begins:
            return place
    return Position(segments[0][0], 0, segments[0][0]) if segments else Position(1, 0, 1)
