"""Makes a decision of a journal again: what `gateway.told.repeat` needs of the entries around it, by the index."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.audit.index import Index
from gateway.audit.texts import Texts
from gateway.instants import SECOND, moment
from gateway.orders import NO_ORDERS, Orders
from gateway.record import EntryError
from gateway.told.repeat import Difference, Modes, Repeater
from gateway.vocabulary import Mode

#: How long an order may have been in the journal before it took effect, in microseconds: its entry has to be durable first.
_TAKES_EFFECT: Final = 10 * SECOND


#: The events that a decision depends on: orders, and what came into force.
_MATTER: Final = ("mode", "block", "revoke", "policy")


class Repeating:
    """The decisions of one journal, made again one at a time. Events are read once, when this is made."""

    def __init__(self, index: Index) -> None:
        self._repeater = Repeater(Texts(index.reader.folder).read)
        self._orders: list[tuple[int, int, Orders]] = []
        self._policies: list[tuple[int, str, str, Modes]] = []
        orders = NO_ORDERS
        for seq, at, event in _events(index):
            details = event["details"]
            after = orders.after({**details, "event": event["event"]})
            if after is not orders:
                orders = after
                self._orders.append((seq, at, orders))
            elif event["event"] == "policy":
                self._policies.append((seq, details.get("policy"), details.get("terms"), _modes(details)))

    def differences(self, entry: Mapping[str, Any], at: int) -> tuple[Difference, ...]:
        """What differs between a printed decision, made ``at`` (µs UTC), and the same made again; NotKept where it cannot be.

        An order is an entry before it takes effect, so a decision just behind one may still have been made without it.
        """
        before = [(its_at, orders) for seq, its_at, orders in self._orders if seq < entry["seq"]]
        fresh = [one for one in before if one[0] > at - _TAKES_EFFECT]
        known = [NO_ORDERS, *(orders for _, orders in before)]
        modes = self._in_force(entry)
        found: tuple[Difference, ...] = ()
        for back in range(len(fresh) + 1):
            found = self._repeater.differences(entry, known[-1 - back], modes)
            if not found:
                break
        return found

    def _in_force(self, entry: Mapping[str, Any]) -> Modes:
        """The modes that the entry's policy came into force with."""
        wanted = (entry["policy"], entry["terms"])
        for seq, policy, terms, modes in reversed(self._policies):
            if seq < entry["seq"] and (policy, terms) == wanted:
                return modes
        return {}


def _events(index: Index) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Every event that a decision depends on, with its number and time, oldest first."""
    for place in index.events(_MATTER):
        try:
            event = index.printed(place)
        except EntryError:
            continue
        yield place.seq, moment(event["time"], 0), event


def _modes(details: Mapping[str, Any]) -> Modes:
    hosts = details.get("hosts")
    if not isinstance(hosts, list):
        return {}
    known = set(Mode)
    return {
        str(one["host"]): Mode(one["mode"])
        for one in hosts
        if isinstance(one, dict) and "host" in one and one.get("mode") in known
    }
