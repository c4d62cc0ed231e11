"""The operator's orders, known to all gateways: observe, block, revoke, each given at one of them.

Theory of operation. What is in force at a gateway is a fold over its own journal, and stays so: an order that another one was
given becomes an event of this journal too, with ``from`` whom it comes and when it was ``given``. About each thing (a host's
mode, an agent, a token) the order that was given last holds everywhere, by the server's clock; one that is given where another
is known is later than that, whatever the clocks say. What was given while the server was away is told when it is back. An
order is signed with what only gateways of the site know, the password: whoever can write to the server without knowing that
gives no orders.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
import structlog

from gateway.audit.order import read_order
from gateway.audit.receipt import Receipt
from gateway.audit.recorder import Recorder
from gateway.instants import DAY
from gateway.orders import NO_ORDERS, Orders, Revocation
from gateway.shared.memory import Memory

#: Orders that were given later than this from now are of no clock of ours, in microseconds.
_AHEAD: Final = DAY
_KINDS: Final = frozenset({"mode", "block", "revoke"})


def about(name: str, details: Mapping[str, Any]) -> str:
    """What an order is about: of two orders about the same thing the later holds."""
    match name:
        case "mode":
            return f"mode:{details['host']}"
        case "block":
            return f"block:{str(details['agent']).casefold()}"
        case _:
            return f"revoke:{details['license']}:{details['token'] or '*'}"


def given_between(before: Orders, after: Orders) -> Iterator[tuple[str, dict[str, Any]]]:
    """The orders that lead from one state to another."""
    old = {order.host: order for order in before.modes}
    new = {order.host: order for order in after.modes}
    for host, order in new.items():
        if old.get(host) != order:
            yield "mode", {"mode": order.mode.value, "host": host, "until": order.until}
    yield from (("mode", {"mode": None, "host": host, "until": None}) for host in old if host not in new)
    blocks = {order.agent for order in after.blocks}
    for block in after.blocks:
        if block not in before.blocks:
            yield "block", {"agent": block.agent, "until": block.until}
    yield from (
        ("block", {"agent": one.agent, "until": 0}) for one in before.blocks if one.agent not in blocks
    )
    for one in after.revocations:
        if one not in before.revocations:
            yield "revoke", {"license": one.license, "token": one.token, "at": one.at, "until": one.until}


class SharedOrders:
    """The orders of one lane, and those of all others. All methods are called on the recorder's event loop."""

    def __init__(
        self,
        recorder: Recorder,
        memory: Memory,
        secret: bytes,
        *,
        wall: Callable[[], int],
        keep: Callable[[Memory], object],
        wake: Callable[[], object],
    ) -> None:
        """``wall`` gives microseconds since 1970 UTC, by the server's clock where that is known; ``keep`` what must outlast this process; ``wake`` is called when there is
        something to tell."""
        self._recorder, self._memory, self._secret = recorder, memory, secret
        self._wall, self._keep, self._wake = wall, keep, wake
        #: What the server is known to have, and what is being written here.
        self._there: dict[str, int] = {}
        self._applying: dict[str, tuple[int, str]] = {}
        #: Orders that were not signed, or are none.
        self.refused = 0
        self._orders = NO_ORDERS
        for name, details in given_between(NO_ORDERS, recorder.orders):
            key = about(name, details)
            if key not in memory.orders:
                memory.orders[key] = (int(details.get("at", 1)), self._text(key, name, details))
        self.ordered(recorder.orders, quietly=True)

    def ordered(self, orders: Orders, *, quietly: bool = False) -> None:
        """These are in force from now on."""
        before, self._orders = self._orders, orders
        if quietly:
            return
        for name, details in given_between(before, orders):
            key = about(name, details)
            known = self._applying.pop(key, None)
            self._memory.orders[key] = known or (self._now(key), self._text(key, name, details))
        self._keep(self._memory)
        self._wake()

    def _now(self, key: str) -> int:
        """When an order about this is given that is given now: later than the one that is known, whatever the clock of whoever gave
        that one."""
        return max(self._wall(), self._memory.orders.get(key, (0, ""))[0] + 1)

    def to_tell(self) -> Sequence[tuple[str, int, str]]:
        """Orders that are newer than what the server has."""
        return [
            (key, given, f"{self._proof(key, given, text)} {text}")
            for key, (given, text) in self._memory.orders.items()
            if given > self._there.get(key, 0)
        ]

    def told(self, orders: Sequence[tuple[str, int, str]]) -> None:
        """The server was told these."""
        self._there.update((key, given) for key, given, _ in orders)

    def heard(self, orders: Mapping[str, tuple[int, str]]) -> bool:
        """All that the server has. Whether there is nothing of it left to do."""
        self._there = {key: given for key, (given, _) in orders.items()}
        done = True
        for key, (given, text) in orders.items():
            known, order = self._memory.orders.get(key, (0, ""))[0], self._read(key, given, text)
            if order is None:
                del self._there[key]  # what we know of it is told once more
                continue
            if known >= given or key in self._applying:
                continue
            name, details, source, plain = order
            if self._holds(name, details):
                self._memory.orders[key] = given, plain
                self._keep(self._memory)
                continue
            done = False
            self._applying[key] = given, plain
            said = {**details, "from": source, "given": given}
            self._recorder.event(name, said, partial(self._written, key))
        return done

    def _written(self, key: str, _id: str, receipt: Receipt | None) -> None:
        """An order of another gateway is in this journal, or could not be written: then it is tried again."""
        self._applying.pop(key, None)
        if receipt is None:
            structlog.get_logger().error("an order of another gateway could not be recorded")

    def _holds(self, name: str, details: dict[str, Any]) -> bool:
        """Whether an order changes nothing here."""
        orders = self._recorder.orders
        if name == "revoke":
            return Revocation(**details) in orders.revocations
        return orders.after({**details, "event": name}) == orders

    def _text(self, key: str, name: str, details: Mapping[str, Any]) -> str:
        body = {"event": name, **details, "from": self._recorder.lane.name}
        return msgspec.json.encode(body, order="sorted").decode()

    def _proof(self, key: str, given: int, text: str) -> str:
        return hmac.digest(self._secret, f"{key}\n{given}\n{text}".encode(), "sha256").hex()

    def _read(self, key: str, given: int, signed: str) -> tuple[str, dict[str, Any], str, str] | None:
        """What an order says, who gave it, and its text without the proof; None if it is none."""
        proof, _, text = signed.partition(" ")
        # What nobody vouches for is not even read.
        if hmac.compare_digest(proof.encode(), self._proof(key, given, text).encode()):
            try:
                said = msgspec.json.decode(text, type=dict[str, Any])
                source = str(said.pop("from", ""))[:129]
                name, details = read_order(said)
                fits = name in _KINDS and about(name, details) == key and source.isprintable()
                if fits and given <= self._wall() + _AHEAD:
                    return name, details, source, text
            except (ValueError, RecursionError, msgspec.MsgspecError):
                pass  # as one that is not signed
        self.refused += 1
        return None
