"""Who has used how much of which rate: GCRA, in whole microseconds. Pure: time comes in, nothing is waited for.

Theory of operation. The generic cell rate algorithm (ITU-T I.371) keeps one number for each rate and client: *due*, the
instant at which the counter will be as good as new. A request moves it on by one ``step``; it is permitted if due then
lies no further than ``room`` (burst times step) ahead of now. So in any time t at most ``burst + t / step`` requests are
permitted, and a counter whose due has passed is the same as none. Several rates are taken together or not at all: a
refused request costs nothing, on any of them.

What a clock set back may do: due is never believed to lie further ahead than one room, so nobody waits for longer than
one step because of it.

Whoever has many addresses can make many counters. Those that clients choose (addresses, networks) are at most ``most``;
where there is no more room, those go that are as good as new, then those that were idle for longest. That gives a client
a fresh burst only after it has come from tens of thousands of other addresses, each with a burst of its own, which no
rate by address could limit anyway; and no reader is refused for want of room. Counters of agents, operators, licenses and
of everyone stand apart, since there are as many as the policy and the catalogue name: no flood of addresses moves them.

A counter's key is a keyed digest, so that a snapshot holds no address.

A quota is held beside the rates, in a `Ledger`, and taken together with them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from gateway.rates.ledger import Draw, Ledger
from gateway.rates.rate import Rate
from gateway.vocabulary import Reach

#: Counters of addresses and networks that are kept: some 10 MB.
MOST: Final = 65_536


class Take(NamedTuple):
    """One request to be counted: under the rate called ``name`` (a rule's id, or `license.ID`), for ``whose``.

    ``few``: there are only as many of ``whose`` as the policy and the catalogue name. ``ai``: the client is of the audience
    that bears it when nobody can tell how many came elsewhere.
    """

    name: str
    rate: Rate
    whose: str
    few: bool
    ai: bool = False


class Finding(NamedTuple):
    """What one rate or quota says: requests that ``remain`` at once, microseconds to ``wait`` (0: permitted), and
    microseconds until the counter is as good as new. ``reach`` says among how many gateways it was counted."""

    name: str
    remaining: int
    wait: int
    reset: int
    reach: Reach = Reach.TOGETHER


Findings = tuple[Finding, ...]


class Counters:
    """The counters of one lane. Not for several threads at once."""

    def __init__(self, secret: bytes, *, most: int = MOST) -> None:
        """``secret`` keys the digests, at most 64 octets."""
        self.secret = secret
        self._most = most
        self._many: dict[bytes, int] = {}
        self._few: dict[bytes, int] = {}
        self.ledger = Ledger()
        #: Grows with each change: what is to be kept has changed if this has.
        self.changes = 0

    def __len__(self) -> int:
        return len(self._many) + len(self._few)

    def take(self, takes: Sequence[Take | Draw], now: int) -> Findings:
        """Count one request under each of these rates and quotas, or under none if one refuses it; ``now`` in µs."""
        found, draws, refused = [], [], False
        for take in takes:
            if isinstance(take, Draw):
                left = self.ledger.left(take)
                refused = refused or not (left or take.free)
                draws.append((take, left))
                continue
            key, table = self._key(take), self._few if take.few else self._many
            step = take.rate.step
            latest = now + step * take.rate.burst
            due = table.get(key, 0)
            if due > latest:  # the clock was set back
                due = table[key] = latest
                self.changes += 1
            due = max(due, now)
            refused = refused or due + step > latest
            found.append((take.name, step, key, table, due, latest))
        findings = []
        for name, step, key, table, due, latest in found:
            wait = max(0, due + step - latest)
            after = due if refused else due + step
            if after > now:
                table.pop(key, None)  # what was asked for last stands last
                table[key] = after
            findings.append(Finding(name, (latest - after) // step, wait, after - now))
        for draw, left in draws:
            taken = not refused and not draw.free
            if taken:
                self.ledger.book(draw.license, draw.span.day)
            reset = draw.span.ends - now
            findings.append(Finding(draw.name, left - taken, 0 if left or draw.free else reset, reset))
        if found and not refused:
            self.changes += 1
            if len(self._many) > self._most:
                self._many = _living(self._many, now, self._most * 3 // 4)
        return tuple(findings)

    def kept(self) -> tuple[dict[bytes, int], dict[bytes, int]]:
        """A copy of the counters: of addresses and networks, and of the few. It is made fast, for others may wait."""
        return dict(self._many), dict(self._few)

    def restore(self, many: Mapping[bytes, int], few: Mapping[bytes, int], now: int) -> None:
        """Go on from what was kept under the same secret, but for what is as good as new by now."""
        self._many, self._few = _living(many, now, self._most), _living(few, now, len(few))

    def _key(self, take: Take) -> bytes:
        return digest_of(take, self.secret)


def digest_of(take: Take, secret: bytes) -> bytes:
    """The name of a counter: 16 octets that tell nobody whose it is who has not the ``secret``."""
    rate = take.rate
    part = f" /{rate.parts}" if rate.parts > 1 else ""
    text = f"{take.name}\n{rate.count}/{rate.unit}+{rate.burst} {rate.by}{part}\n{take.whose}"
    return hashlib.blake2b(text.encode(), key=secret, digest_size=16).digest()


def _living(table: Mapping[bytes, int], now: int, most: int) -> dict[bytes, int]:
    """The counters that are not as good as new, at most so many of them: those that were asked for last."""
    living = {key: due for key, due in table.items() if due > now}
    return dict(islice(living.items(), len(living) - most, None)) if len(living) > most else living
