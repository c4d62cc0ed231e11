"""Whether all is well, as far as the journal's folder, the policy's and the gateway itself tell."""

from typing import Any, Final, NamedTuple

import msgspec

from gateway import warned
from gateway.audit import folder
from gateway.audit.sealer import CHECKPOINTS
from gateway.console.visit import Visit
from gateway.instants import SECOND, utc
from gateway.orders import Orders
from gateway.policy.endings import ending
from gateway.vocabulary import Sentence
from gateway.warned import Warned

#: A running gateway seals within ten seconds; entries that wait longer than this (µs) for a checkpoint are worth a word.
_OLD_SEAL: Final = 120 * SECOND


class Point(NamedTuple):
    """One matter: its key among the words, whether it is well, and what there is to say of it."""

    key: str
    well: bool
    detail: str = ""


class State(NamedTuple):
    """What the gateway says of itself: the journal's state, orders in force, warnings. ``running`` tells whether it answers."""

    running: bool
    journal: str
    orders: dict[str, Any]
    warnings: tuple[Warned, ...]


def state(visit: Visit) -> State:
    """What the process that writes the journal says."""
    try:
        said = folder.call(visit.console.folder, {"state": {}}, 2.0)
    except OSError:
        return State(running=False, journal="", orders={}, warnings=())
    try:
        warnings = msgspec.convert(said.get("warnings"), tuple[Warned, ...])
    except msgspec.ValidationError:  # a gateway of another version
        warnings = ()
    return State(
        running=True,
        journal=str(said.get("state", "")),
        orders=said.get("orders") or {},
        warnings=warnings,
    )


def health(visit: Visit, newest: int) -> list[Point]:
    """Every matter, those that are not well first. ``newest`` is when the last entry was written (µs UTC)."""
    said, policy = state(visit), visit.policy
    problems = visit.console.policy_problems()
    ends = ending(policy, utc(visit.now))
    found = [
        Point("health gateway", said.running),
        Point(
            "health journal",
            not said.running or said.journal == "ok",
            "" if said.journal == "ok" else _state(said.journal).said(visit.language),
        ),
        _seal(visit, newest),
        Point(
            "health policy",
            not problems,
            "; ".join(" ".join(one.told(visit.language).split()) for one in problems[:2]),
        ),
        Point("health licenses", not ends, ", ".join(one.id for one in ends)),
        *(
            Point("health warning", well=False, detail=one.sentence.said(visit.language))
            for one in said.warnings
            if one.code != warned.JOURNAL.code  # it is said above
        ),
    ]
    return sorted(found, key=lambda point: point.well)


def _state(state: str) -> Sentence:
    return warned.JOURNAL_STATES.get(state, Sentence(state, state))


def _seal(visit: Visit, newest: int) -> Point:
    try:
        sealed = (visit.console.folder / CHECKPOINTS).stat().st_mtime_ns // 1000
    except OSError:
        return Point("health seal", well=False)
    return Point("health seal", newest - sealed < _OLD_SEAL, visit.clock.full(sealed))


def mode_orders(orders: dict[str, Any]) -> Orders:
    """The orders as the gateway tells them."""
    return msgspec.convert(orders, Orders) if orders else Orders()
