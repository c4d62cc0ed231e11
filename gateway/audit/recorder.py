"""The recorder: how the doors speak to the journal, and who bears it when the journal cannot be written.

Theory of operation. Each audience has a level and a posture (`docs/manual/journal.md`). An entry for the `ai` audience must be durable,
and where it cannot be the door answers 503. An entry for people and for everybody welcome must be written; if that takes
longer than `PATIENCE`, or cannot be done, they are let pass: the door is told ``queued``, the entry is written when it
can be, and the gap is counted and recorded itself. So a full disk takes down neither the newspaper nor its place in
search, and the record says what is missing.

Nobody waits with a timer, or even an object, of their own. What one turn of the event loop has for the lane is handed
over together (`gateway.audit.turns`) and answered together. Turns are answered in order, so those with entries of one level stand in a
row, and one timer looks at the row's head.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

from gateway.audit import orders_file
from gateway.audit.cases import Sight
from gateway.audit.gap import Gap
from gateway.audit.holds import Hold
from gateway.audit.lane import Lane
from gateway.audit.open_lane import OpenLane
from gateway.audit.orders_file import Snapshot
from gateway.audit.people import People
from gateway.audit.receipt import LEVELS, Clock, Counts, Event, Item, JournalError, LocalClock, Receipt, State
from gateway.audit.salts import new_salt
from gateway.audit.turns import Accepted, Row, Turn
from gateway.instants import SECOND
from gateway.judgement import Judgement
from gateway.orders import Orders
from gateway.rates.ledger import Booked, Settled, delivered, recounted
from gateway.record import Compact, decision_entry, event_entry, outcome_entry, private
from gateway.vocabulary import End, Level

#: How long people and welcome clients wait for the journal, in seconds.
PATIENCE: Final = 0.020
#: How long an AI client waits before it is refused because nothing can be recorded, in seconds.
AI_PATIENCE: Final = 5.0
#: How long all must have been well before a gap is closed and recorded, in seconds.
QUIET: Final = 1.0

_DURABLE: Final = Level.DURABLE
_WRITTEN: Final = Level.WRITTEN
_QUEUED: Final = Level.QUEUED
_OK: Final = State.OK


class Recorder:
    """The audit log of one process. All methods are called on the event loop that ``open`` was called on."""

    def __init__(
        self,
        lane: OpenLane,
        orders: Snapshot,
        *,
        loop: asyncio.AbstractEventLoop,
        new_id: Callable[[int], str],
        clock: Clock,
        pseudonym: Callable[[str, int], str],
        keep: Callable[[Snapshot], object],
        watch: Callable[[Sight], object] | None = None,
    ) -> None:
        """``keep`` puts the orders where the next start finds them; ``watch`` is that of `People`."""
        self.lane, self.loop, self.counts = lane, loop, Counts()
        self.release: Callable[[Booked], object] = lane.release
        #: Called with the orders whenever one was given, with holds too, and with what the journal has to say of itself.
        self.on_orders: Callable[[Orders], object] | None = None
        self.on_snapshot: Callable[[Snapshot], object] | None = None
        self.on_said: Callable[[str, dict[str, Any]], object] | None = None
        #: False while the texts that entries name cannot be kept: then nothing can be promised, as on a full disk.
        self.promises = True
        self._orders, self._keep = orders, keep
        self._new_id, self._clock, self._pseudonym = new_id, clock, pseudonym
        #: The readers of this process.
        self.people = People(loop, new_id, self.event, watch)
        self._turn = Turn(self.not_accepted)
        self._gap: Gap | None = None
        self._gap_timer: asyncio.TimerHandle | None = None
        self._rows = {
            level: Row(loop, level, patience)
            for level, patience in ((_DURABLE, AI_PATIENCE), (_WRITTEN, PATIENCE))
        }
        lane.on_said = self._said
        lane.on_mark = self._mark

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        site: str,
        new_id: Callable[[int], str],
        pseudonym: Callable[[str, int], str],
        name: str | None = None,
        clock: Clock | None = None,
        **how: Any,
    ) -> "Recorder":
        """Open a journal and its orders, on the running event loop; ``how`` is passed on to `Lane`.

        ``new_id`` makes a ULID for microseconds since 1970; ``pseudonym`` a name for an address at such a time.
        JournalError where the folder cannot be used.
        """
        loop, clock = asyncio.get_running_loop(), clock or LocalClock()
        how |= {"name": name, "clock": clock, "deliver": loop.call_soon_threadsafe}
        lane = Lane(folder, site=site, new_id=new_id, **how)
        orders = orders_file.load(folder, lane.sound)

        def keep(snapshot: Snapshot) -> None:
            lane.aside(partial(orders_file.save, folder, snapshot))

        recorder = cls(lane, orders, loop=loop, new_id=new_id, clock=clock, pseudonym=pseudonym, keep=keep)
        if lane.found:
            recorder.event("quotas", lane.found, lambda *_: recorder._said(Event("quotas", lane.found, 0)))
        return recorder

    async def close(self) -> None:
        """Record what is open, write what waits, say `stop`, let go of the folder. JournalError where the disk does not answer."""
        if self._gap_timer is not None:
            self._gap_timer.cancel()
        if self._gap is not None and self.lane.state is _OK:
            self._record_gap(self._gap)
        self.people.close()
        self._flush()
        try:
            await self.lane.finish()
        except JournalError as error:
            structlog.get_logger().error("the journal is left without its end", why=str(error))
            raise
        await asyncio.sleep(0)  # the last receipts are on the loop by now
        for row in self._rows.values():
            row.clear()
        self._orders = self._orders.upto(self.lane.last)
        self._keep(self._orders)

    # ── the doors' three calls ──────────────────────────────────────────────────────────────────────────────────────

    def decision(self, judgement: Judgement, then: Accepted) -> None:
        """Record a decision; ``then`` is called once, later, on the event loop.

        With the level at which the entry was accepted, or with None where the `ai` audience's could not be written.
        """
        self.counts.decisions += 1
        if self.people.counted(judgement):
            self.loop.call_soon(then, _QUEUED)
            return
        level = LEVELS[judgement.decision.audience]
        lane = self.lane
        # Where it is known that nothing can be promised, the entry does not say that it was.
        fit = lane.state is _OK and self.promises
        stated = level if fit or level is _DURABLE else _QUEUED
        entry = self._entry(judgement, stated)
        if fit:
            booked = None if judgement.booked is None else _booked(judgement)
            self._gather(Item(entry, level, booking=booked, of=judgement.id), then)
            return
        if level is not _DURABLE:
            self._gather(Item(entry, _QUEUED, of=judgement.id), None)
        self.loop.call_soon(self.not_accepted, level, then)

    def learnt(self, judgement: Judgement) -> None:
        """Record a decision about a request that was learnt of afterwards: nobody waits for the entry any more."""
        self.counts.decisions += 1
        if not self.people.counted(judgement):
            self._gather(Item(self._entry(judgement, _QUEUED), _QUEUED, of=judgement.id), None)

    def _entry(self, judgement: Judgement, stated: Level) -> bytes | Compact:
        who = ""
        if private(judgement):
            who = self._pseudonym(judgement.request.client.address, judgement.at)
            self.people.saw(judgement, who)
        return decision_entry(judgement, stated, who, new_salt)

    def outcome(self, judgement: Judgement, status: int | None, octets: int, end: End) -> None:
        """Record how an exchange ended: the status and body octets that the client was sent. Never waits."""
        self.counts.outcomes += 1
        if self.people.ended(judgement, octets):
            return
        entry = outcome_entry(judgement.id, self._clock.wall(), status, octets, end)
        settled = None
        if judgement.booked is not None and (booked := _booked(judgement)) is not None:
            settled = Settled(booked.id, delivered(status))
            if not delivered(status):
                self.release(booked)
        self._gather(Item(entry, _WRITTEN, booking=settled, of=judgement.id, ends=True), None)

    def outcome_of(self, id: str, status: int | None, octets: int, end: End) -> None:
        """As `outcome`, of a decision that an earlier process made: what it took from a quota stays taken."""
        self.counts.outcomes += 1
        entry = outcome_entry(id, self._clock.wall(), status, octets, end)
        self._gather(Item(entry, _WRITTEN, of=id, ends=True), None)

    def event(
        self,
        name: str,
        details: dict[str, Any],
        then: Callable[[str, Receipt | None], object] | None = None,
    ) -> None:
        """Record something that happened, durably, even from the reserve of a full disk.

        An order takes effect when its entry is accepted. ``then`` gets the entry's id, and its receipt or None.
        """
        self.counts.events += 1
        self._flush()
        now = self._clock.wall()
        id = self._new_id(now)

        def accepted(receipt: Receipt | None) -> None:
            try:
                if receipt is not None:
                    self._fold(receipt.seq, {**details, "event": name})
            finally:
                if then is not None:
                    then(id, receipt)

        entry, booking = event_entry(id, now, name, details, new_salt), recounted(name, details, now)
        if not self.lane.append(entry, _DURABLE, accepted, vital=True, booking=booking):
            self.loop.call_soon(accepted, None)

    # ── state ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def orders(self) -> Orders:
        """The operator's orders given and not withdrawn."""
        return self._orders.orders

    @property
    def snapshot(self) -> Snapshot:
        """Orders and holds in force."""
        return self._orders

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The legal holds in force."""
        return self._orders.holds.every

    @property
    def state(self) -> str:
        """``ok``, ``full`` or ``down`` as the lane is, or ``degraded`` while a gap is open."""
        state = self.lane.state
        return "degraded" if state is _OK and self._gap is not None else state.value

    def _gather(self, item: Item, then: Accepted | None) -> None:
        """Keep an entry until this turn of the loop is over.

        The writer's thread wakes at the first entry it gets and then competes for the interpreter; entries handed over
        one by one make batches of one or two. A turn's worth at a time makes batches as large as the load.
        """
        turn = self._turn
        if not turn.items:
            self.loop.call_soon(self._flush)
        turn.items.append(item)
        turn.thens.append(then)
        if then is not None:
            turn.levels.add(item.level)

    def _flush(self) -> None:
        """Hand over what was gathered; what the lane declines is answered as not accepted."""
        turn = self._turn
        if not turn.items:
            return
        self._turn = Turn(self.not_accepted)
        turn.since = self.loop.time()
        if len(turn.levels) > 1:
            self._hand_over(turn.parted(_DURABLE))
        self._hand_over(turn)

    def _hand_over(self, turn: Turn) -> None:
        waited_for = turn.accepted if turn.levels else None  # nobody waits for outcomes
        declined = len(turn.items) - self.lane.extend(turn.items, waited_for)
        for level in turn.levels:
            self._rows[level].add(turn)
        if declined:
            late = Turn(self.not_accepted)
            late.items, late.thens = turn.items[-declined:], turn.thens[-declined:]
            del turn.items[-declined:], turn.thens[-declined:]
            late.accepted([None] * declined)

    def _fold(self, seq: int, event: dict[str, Any]) -> None:
        before, after = self._orders, self._orders.after(seq, event)
        if (after.orders, after.holds) == (before.orders, before.holds):
            return
        self._keep(after)
        self.obey(after)

    def obey(self, orders: Snapshot) -> None:
        """Go by these orders and holds from now on."""
        before, self._orders = self._orders, orders
        if self.on_snapshot is not None and (orders.orders, orders.holds) != (before.orders, before.holds):
            self.on_snapshot(orders)
        if orders.orders != before.orders and self.on_orders is not None:
            self.on_orders(orders.orders)

    def _mark(self, last: int) -> None:
        # Receipts come in order, so every order up to this entry is folded in by now.
        self._orders = self._orders.upto(last)
        self._keep(self._orders)

    def _said(self, event: Event) -> None:
        if self.on_said is not None:
            self.on_said(event.name, event.details)

    # ── gaps ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def not_accepted(self, level: Level, then: Accepted) -> None:
        """An entry was not accepted in time: people and welcome clients pass, AI does not; and it is counted."""
        now = self._clock.wall()
        gap = self._gap
        if gap is None:
            gap = self._gap = Gap(now, self.lane.dropped)
            self._gap_timer = self.loop.call_later(QUIET, self._close_gap)
        gap.until = now
        if level is _DURABLE:
            gap.refused += 1
            self.counts.refused += 1
            then(None)
        else:
            gap.queued += 1
            self.counts.queued += 1
            then(_QUEUED)

    def _close_gap(self) -> None:
        gap = self._gap
        assert gap is not None
        if (
            self.lane.state is not _OK
            or not self.promises
            or self._clock.wall() - gap.until < QUIET * SECOND
            or self.lane.waiting
        ):
            self._gap_timer = self.loop.call_later(QUIET, self._close_gap)
            return
        self._gap = self._gap_timer = None
        self._record_gap(gap)

    def _record_gap(self, gap: Gap) -> None:
        self.event("gap", gap.details(self.lane.dropped))


def _booked(judgement: Judgement) -> Booked | None:
    """What a decision takes from the quota of its license."""
    license, day = judgement.decision.license, judgement.booked
    return None if license is None or day is None else Booked(judgement.id, license, day)
