"""The operator's emergency orders: observe or enforce at once, and block an agent (`izin mode`, `izin block`).

Orders are events of the journal; what is in force is a fold over them, so that any worker, a restarted gateway and
an auditor all come to the same state. They outrank the policy's mode, never its refusals.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from gateway.vocabulary import Mode


class ModeOrder(Struct, frozen=True):
    """``mode`` holds on ``host`` (a pattern of the policy, or "*" for all) until ``until`` (µs UTC; None: for good)."""

    mode: Mode
    host: str
    until: int | None


class BlockOrder(Struct, frozen=True):
    """``agent`` (a name, case folded) is refused everywhere until ``until`` (µs UTC; None: for good)."""

    agent: str
    until: int | None


class Orders(Struct, frozen=True):
    """All orders given and not withdrawn; those that have run out are ignored when asked."""

    modes: tuple[ModeOrder, ...] = ()
    blocks: tuple[BlockOrder, ...] = ()

    def after(self, event: Mapping[str, Any]) -> "Orders":
        """The orders after one journal event; events that give no order change nothing.

        Events: ``{"event": "mode", "mode": …, "host": "*", "until": µs|null}`` (``mode`` null withdraws the order for
        that host) and ``{"event": "block", "agent": …, "until": µs|null}`` (``until`` 0 withdraws it).
        """
        if event.get("event") == "mode":
            kept = tuple(order for order in self.modes if order.host != event["host"])
            if event["mode"] is None:
                return Orders(kept, self.blocks)
            return Orders((*kept, ModeOrder(Mode(event["mode"]), event["host"], event["until"])), self.blocks)
        if event.get("event") == "block":
            agent = str(event["agent"]).casefold()
            rest = tuple(order for order in self.blocks if order.agent != agent)
            if event["until"] == 0:
                return Orders(self.modes, rest)
            return Orders(self.modes, (*rest, BlockOrder(agent, event["until"])))
        return self

    def mode(self, host: str, now: int) -> Mode | None:
        """The mode ordered for a host pattern at ``now`` (µs UTC), the order for the host before that for all."""
        for wanted in (host, "*"):
            for order in self.modes:
                if order.host == wanted and (order.until is None or now < order.until):
                    return order.mode
        return None

    def blocks_agent(self, agent: str | None, now: int) -> bool:
        """Whether an agent is blocked at ``now`` (µs UTC)."""
        if agent is None or not self.blocks:
            return False
        folded = agent.casefold()
        return any(
            order.agent == folded and (order.until is None or now < order.until) for order in self.blocks
        )


NO_ORDERS = Orders()
