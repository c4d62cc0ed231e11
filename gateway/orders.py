"""The operator's orders at once: observe or enforce, block an agent, revoke license tokens (`izin mode`, `izin block`,
`izin license revoke`).

Orders are events of the journal; what is in force is a fold over them, so that any worker, a restarted gateway and
an auditor all come to the same state. They outrank the policy's mode, never its refusals.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

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


class Revocation(Struct, frozen=True):
    """One token of a license by its id, or, with None, all tokens of it that were issued until ``at``, prove nothing any
    more. ``until`` is when the last of them has ended anyway, None where that is not known. All in µs UTC."""

    license: str
    token: str | None
    at: int
    until: int | None


class Orders(Struct, frozen=True):
    """All orders given and not withdrawn; those that have run out are ignored when asked."""

    modes: tuple[ModeOrder, ...] = ()
    blocks: tuple[BlockOrder, ...] = ()
    revocations: tuple[Revocation, ...] = ()

    @property
    def any_for_all(self) -> bool:
        """Whether there is any order that speaks of others than holders of license tokens."""
        return bool(self.modes or self.blocks)

    def after(self, event: Mapping[str, Any]) -> "Orders":
        """The orders after one journal event; events that give no order change nothing.

        Events: ``{"event": "mode", "mode": …, "host": "*", "until": µs|null}`` (``mode`` null withdraws the order for
        that host), ``{"event": "block", "agent": …, "until": µs|null}`` (``until`` 0 withdraws it), and ``{"event":
        "revoke", "license": …, "token": …|null, "at": µs, "until": µs|null}``, which is never withdrawn.
        """
        if event.get("event") == "mode":
            kept = tuple(order for order in self.modes if order.host != event["host"])
            if event["mode"] is None:
                return replace(self, modes=kept)
            return replace(self, modes=(*kept, ModeOrder(Mode(event["mode"]), event["host"], event["until"])))
        if event.get("event") == "block":
            agent = str(event["agent"]).casefold()
            rest = tuple(order for order in self.blocks if order.agent != agent)
            if event["until"] == 0:
                return replace(self, blocks=rest)
            return replace(self, blocks=(*rest, BlockOrder(agent, event["until"])))
        if event.get("event") == "revoke":
            given = Revocation(event["license"], event["token"], event["at"], event["until"])
            still = tuple(one for one in self.revocations if one.until is None or one.until > given.at)
            return replace(self, revocations=(*still, given))
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

    @property
    def revoked(self) -> "Revoked":
        """The revocations as they are asked for."""
        licenses: dict[str, int] = {}
        for one in self.revocations:
            if one.token is None:
                licenses[one.license] = max(one.at, licenses.get(one.license, 0))
        return Revoked(frozenset(one.token for one in self.revocations if one.token is not None), licenses)


class Revoked(NamedTuple):
    """The ids of single tokens that were revoked, and for licenses until when (µs UTC) a token must have been issued to be
    revoked with them."""

    tokens: frozenset[str]
    licenses: Mapping[str, int]

    def holds(self, license: str, token: str, issued: int) -> bool:
        """Whether a token of a license, issued then, was revoked."""
        return token in self.tokens or issued <= self.licenses.get(license, -1)


NO_ORDERS = Orders()
