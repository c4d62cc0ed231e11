"""Rates, quotas and signatures counted by all gateways of a site together, and who bears it when that cannot be.

Theory of operation. One script counts a request under all its rates and quotas, in one round trip and by the server's clock.
What it permitted is counted here too: of a quota the lane's own `Ledger` and journal stay the truth, the server only adds up
what lanes took; of a rate the lane keeps a shadow, so that nobody gets a fresh burst when the server goes.

When it is gone, slow, full, or says what cannot be true, a request is answered at once all the same:

- people and everybody welcome are counted by this gateway alone, under the whole rate: no reader waits for a counter;
- the `ai` audience too, but under an equal share of the rate, so that all gateways together let in no more;
- what a license's quota counts is not let in (503): nobody can say how much is left, and a contract is a number;
- a signature that counts once only counts as not verified.

Each such finding says so (`Reach`), and so do the entry, its reasons, the metrics, and an event when the state was lost and
when it is back.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, Final

from gateway.audit.lane import Lane
from gateway.audit.open_lane import Left
from gateway.instants import SECOND
from gateway.rates.counters import Finding, Findings, Take, digest_of
from gateway.rates.ledger import Booked, Days, Draw
from gateway.shared.address import RedisAddress
from gateway.shared.answers import found_in
from gateway.shared.line import Line, LostError, Script, Why
from gateway.shared.link import GONE, Keys, Link, within
from gateway.vocabulary import Reach

#: Microseconds by which this machine's clock may differ from the server's where a quota's period begins or ends.
TOLERANCE: Final = 60 * SECOND
#: When to come again, in microseconds, where nobody can say how much of a quota is left.
AGAIN: Final = 5 * SECOND
#: Seconds that a used signature is remembered beyond its end, for gateways whose clocks are late.
_LONGER: Final = 300


class SharedCounters:
    """The counters of one lane and of all others. All methods are called on one event loop."""

    def __init__(
        self,
        lane: Lane,
        name: str,
        addresses: Sequence[RedisAddress],
        *,
        password: str = "",  # most servers have none
        tls: ssl.SSLContext | None = None,
        wall: Callable[[], int],
    ) -> None:
        """``name`` is this lane's among all; ``wall`` gives microseconds since 1970 UTC."""
        self._lane, self._name = lane, name
        self._keys = Keys(lane.site)
        #: Names of counters tell nobody whose they are who has not the password.
        self.secret = blake2b(password.encode(), key=lane.site.encode()[:64], digest_size=32).digest()
        self._unsent = 0
        self.link = Link(
            addresses, self._keys, name, password=password, tls=tls, wall=wall, taken=self._taken
        )
        #: Requests that were counted by this gateway alone, and that were refused since nobody could count them.
        self.alone = self.closed = 0
        self.nonsense = 0

    # ── what counters are asked ─────────────────────────────────────────────────────────────────────────────────────

    def take(self, takes: Sequence[Take | Draw], now: int) -> Findings | Awaitable[Findings]:
        """Count a request under each of these rates and quotas, or under none if one refuses it; ``now`` in µs UTC."""
        line = self.link.line
        if not takes or self._closes(takes):
            return self._lane.take(takes, now)
        if line is None:
            return self._alone(takes, now)
        keys: list[str] = [self._keys.state]
        arguments: list[str | int] = []
        for take in takes:
            if isinstance(take, Take):
                keys.append(f"{self._keys.prefix}r:{digest_of(take, self.secret).hex()}")
                arguments += ["r", take.rate.step, take.rate.burst]
                continue
            span = take.span
            arguments += ["q", take.license, *(day.isoformat() for day in (span.day, span.first, span.last))]
            arguments += [span.begins, span.ends, take.limit, "1" if take.free else "0"]
        answer: asyncio.Future[Findings] = asyncio.get_running_loop().create_future()
        line.run(
            partial(self._counted, line, takes, now, answer),
            Script.named("take"),
            tuple(keys),
            *(self._name, self.link.generation, GONE * SECOND, TOLERANCE, *arguments),
        )
        return answer

    def release(self, booked: Booked) -> None:
        """Give back to a license's quota what was taken; what is not given back is kept."""
        self._lane.release(booked)
        self._give_back(booked.license, booked.day.isoformat())

    def left(self, draws: Sequence[Draw]) -> tuple[Left, ...]:
        """What is left of quotas, in the same order, as far as it is known here."""
        return tuple(
            Left(max(0, own.requests - self._elsewhere(draw)), own.closed)
            for draw, own in zip(draws, self._lane.left(draws), strict=True)
        )

    async def use(self, used: tuple[str, str, str], until: int, now: int) -> bool | None:
        """Whether a signature was used before, at any gateway; from now on it is, up to ``until``. Times are in seconds since
        1970. None where nobody can tell."""
        line = self.link.line
        if line is None:
            return None
        digest = blake2b("\n".join(used).encode(), key=self.secret, digest_size=16).hexdigest()
        milliseconds = 1000 * (max(0, until - now) + _LONGER)
        try:
            reply = await line.asked("SET", f"{self._keys.prefix}n:{digest}", 1, "NX", "PX", milliseconds)
        except LostError:
            return None
        if reply not in (b"OK", None):
            self._lies(line, "no SET")
            return None
        return reply is None

    # ── how it is answered ──────────────────────────────────────────────────────────────────────────────────────────

    def _counted(
        self,
        line: Line,
        takes: Sequence[Take | Draw],
        now: int,
        answer: "asyncio.Future[Findings]",
        reply: Any,
    ) -> None:
        """The server has counted a request, or has not."""
        found: Findings | str = ""
        if not isinstance(reply, LostError):
            try:
                found = self._possible(takes, found_in(reply, takes, now))
            except (ValueError, UnicodeDecodeError) as error:
                self._lies(line, str(error)[:80])
        if isinstance(found, str):
            if found == "garbage":
                self.nonsense += 1
            elif found == "stale":
                line.close(Why.EMPTIED)
            if not answer.done():
                answer.set_result(self._alone(takes, now))
            return
        if not any(one.wait for one in found):
            self._note(takes, now, gone=answer.done())
        if not answer.done():
            answer.set_result(found)

    def _possible(self, takes: Sequence[Take | Draw], found: Findings | str) -> Findings | str:
        """What was found; ValueError where more of a quota is left than this lane by itself has left of it."""
        if isinstance(found, tuple):
            taken = not any(one.wait for one in found)
            for take, one in zip(takes, found, strict=True):
                if not isinstance(take, Draw):
                    continue
                if one.remaining + (taken and not take.free) > self._lane.left([take])[0].requests:
                    raise ValueError("more is left of a quota than there can be")
        return found

    def _note(self, takes: Sequence[Take | Draw], now: int, *, gone: bool) -> None:
        """A request was let in: it counts here too. Of whoever has gone meanwhile nothing will be delivered."""
        for take in takes:
            if isinstance(take, Take):
                self._lane.take([self._share(take)], now)
            elif take.free:
                continue
            elif gone:
                self._give_back(take.license, take.span.day.isoformat())
            else:
                self._lane.book(take.license, take.span.day)

    def _alone(self, takes: Sequence[Take | Draw], now: int) -> Findings:
        """Count a request at this gateway alone, as far as that may be."""
        if any(isinstance(take, Draw) and not take.free for take in takes):
            self.closed += 1
            waits = [AGAIN if isinstance(take, Draw) else 0 for take in takes]
            return tuple(
                Finding(take.name, 0, wait, wait, Reach.NOWHERE)
                for take, wait in zip(takes, waits, strict=True)
            )
        self.alone += 1
        shares = [take if isinstance(take, Draw) else self._share(take) for take in takes]
        found = [one._replace(reach=Reach.HERE) for one in self._lane.take(shares, now)]
        for at, take in enumerate(takes):
            if isinstance(take, Draw):  # it only asks: what others took is known as of a moment ago
                found[at] = found[at]._replace(remaining=self.left([take])[0].requests)
        return tuple(found)

    def _share(self, take: Take) -> Take:
        return take._replace(rate=take.rate.part_of(self.link.lanes)) if take.ai else take

    def _closes(self, takes: Sequence[Take | Draw]) -> bool:
        """Whether this lane's own journal has lost what a quota was counted by: then it is closed, whatever others say."""
        draws = [take for take in takes if isinstance(take, Draw) and not take.free]
        return bool(draws) and any(one.closed for one in self._lane.left(draws))

    def _elsewhere(self, draw: Draw) -> int:
        views = self.link.views.values()
        return sum(within(view.get(draw.license, {}), draw.span.first, draw.span.last) for view in views)

    def _give_back(self, license: str, day: str) -> None:
        line = self.link.line
        if line is None:
            self._unsent += 1  # it is said with all others when the state is back
            return
        arguments = (self._name, self.link.generation, license, day)
        line.run(partial(self._given_back, line), Script.named("release"), (self._keys.state,), *arguments)

    def _given_back(self, line: Line, reply: Any) -> None:
        if not isinstance(reply, LostError) and reply not in ([b"ok"], [b"stale"]):
            self._lies(line, "no release")

    def _lies(self, line: Line, said: str) -> None:
        self.nonsense += 1
        line.close(Why.NONSENSE, said)

    def _taken(self) -> tuple[Days, int]:
        days, corrections = self._lane.taken()
        return days, corrections + self._unsent
