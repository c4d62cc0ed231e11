"""Tells people what is wrong, beside the requests: one desk for each recipient, which keeps at it until a message arrives.

A recipient that cannot be reached delays its own messages alone, is tried again after waits that grow, and is spoken of to all
others. What each has been told lies in the journal's folder, so that a restart repeats nothing.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import structlog

from gateway import warned
from gateway.alerts.delivery import Bringer, DeliveryError, Means, Message
from gateway.alerts.kinds import Alert
from gateway.alerts.ledger import Notice, Pace, Standing, Standings, due, seen, told
from gateway.alerts.wording import Place, letter, members, subject
from gateway.files import put
from gateway.recipients import Recipient
from gateway.settings import Settings
from gateway.warned import Warned

#: The folder in a journal's of what has been told.
FOLDER: Final = "alerts"
#: Seconds between two looks at what is wrong.
LOOK: Final = 1.0
#: Seconds until a message is tried again: the first wait, and the longest.
_FIRST_WAIT: Final = 2.0
_LONGEST_WAIT: Final = 900.0

_KEPT: Final = msgspec.json.Decoder(dict[str, Standing])


def bringer_of(recipient: Recipient, means: Means) -> Bringer:
    """What brings messages to a recipient. What it sends with is loaded with the first of its kind, for a gateway that tells nobody."""
    if recipient.mail:
        from gateway.alerts.mail import Mail

        return Mail(recipient.address, means)
    from gateway.alerts.webhook import Webhook

    return Webhook(recipient.address, means)


def message_of(place: Place, notices: Sequence[Notice], now: int) -> Message:
    """The message that says these things."""
    said = [(one.told, one.key, one.standing.since, one.standing.stage, one.standing.told) for one in notices]
    id = hashlib.sha256(msgspec.json.encode([place.site, place.machine, said])).hexdigest()[:32]
    return Message(
        f"msg_{id}", now, subject(place, notices), letter(place, notices), members(place, notices, now)
    )


class Desk:
    """One recipient, and what it has been told."""

    def __init__(self, recipient: Recipient, bringer: Bringer, folder: Path, pace: Pace) -> None:
        self.recipient, self._bringer, self._pace = recipient, bringer, pace
        name = hashlib.sha256(recipient.address.encode()).hexdigest()[:16]
        self._path = folder / f"{name}.json"
        self._standings: Standings = {}
        with suppress(OSError, msgspec.MsgspecError):
            self._standings = _KEPT.decode(self._path.read_bytes())
        self._kept = _worth_keeping(self._standings)
        self._wait, self._again = _FIRST_WAIT, 0.0
        #: Why nothing arrives, and messages that have.
        self.failing = ""
        self.arrived = 0
        self._log = structlog.get_logger()

    async def look(self, place: Place, alerts: Iterable[Alert], now: int) -> None:
        """Tell what is to be told of these, at ``now`` (µs UTC)."""
        self._standings = seen(self._standings, alerts, now, self._pace)
        notices = due(self._standings, now, self._pace)
        loop = asyncio.get_running_loop()
        if notices and loop.time() >= self._again:
            await self._bring(message_of(place, notices, now), notices, now)
        elif not notices:
            self.failing = ""
        if (kept := _worth_keeping(self._standings)) != self._kept:
            self._kept = kept
            await asyncio.to_thread(self._keep, msgspec.json.encode(self._standings))

    async def _bring(self, message: Message, notices: Sequence[Notice], now: int) -> None:
        shown = self.recipient.shown
        try:
            answer = await self._bringer.bring(message)
        except DeliveryError as error:
            self.failing = str(error)
            self._again = asyncio.get_running_loop().time() + self._wait
            self._log.error("alert not delivered", to=shown, why=self.failing, again_in=self._wait)
            self._wait = min(2 * self._wait, _LONGEST_WAIT)
            return
        self._standings = told(self._standings, notices, now)
        self.failing, self._wait = "", _FIRST_WAIT
        self.arrived += 1
        kinds = sorted({notice.standing.kind for notice in notices})
        self._log.info("alert delivered", to=shown, kinds=kinds, answer=answer)

    def _keep(self, octets: bytes) -> None:
        try:
            self._path.parent.mkdir(mode=0o750, exist_ok=True)
            put(self._path, octets + b"\n")
        except OSError as error:  # the disk may be what the alert is about
            self._log.warning("what was told of is not kept", error=error.strerror)


def _worth_keeping(standings: Standings) -> object:
    """What of the standings a restart must know; figures that change with each look are not."""
    return {
        key: (one.since, one.told, one.told_stage, one.over, one.closed) for key, one in standings.items()
    }


class Alerting:
    """All desks of a gateway."""

    def __init__(
        self,
        desks: Sequence[Desk],
        *,
        place: Callable[[], Place],
        wall: Callable[[], int],
        holding: Callable[[], Iterable[Alert]],
        without: frozenset[str] = frozenset(),
    ) -> None:
        """``wall`` is the time in µs UTC, ``holding`` gives what is wrong now; kinds in ``without`` are told to nobody."""
        self._desks, self._place, self._wall, self._without = tuple(desks), place, wall, without
        self._holding = holding
        #: Nothing is looked at any more: the gateway is on its way out, and another may have taken its place.
        self.resting = False

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        place: Callable[[], Place],
        wall: Callable[[], int],
        holding: Callable[[], Iterable[Alert]],
    ) -> "Alerting":
        """By the settings of a gateway."""
        means = Means(settings.alerts_secret, settings.smtp, settings.smtp_password, settings.alerts_from)
        pace, folder = Pace(settings.alerts_after, settings.alerts_repeat), settings.journal / FOLDER
        desks = [Desk(one, bringer_of(one, means), folder, pace) for one in settings.alerts_to]
        without = frozenset(settings.alerts_without)
        return cls(desks, place=place, wall=wall, holding=holding, without=without)

    async def run(self) -> None:
        """Keep at it, for ever."""
        await asyncio.gather(*(self._attend(desk) for desk in self._desks))

    async def _attend(self, desk: Desk) -> None:
        while True:
            await asyncio.sleep(LOOK)
            if self.resting:
                return
            try:
                await self._look(desk)
            except Exception as error:  # noqa: BLE001 -- whatever it is, nobody may be left untold of all else for it
                structlog.get_logger().error("alerts cannot be told", exc_info=error)
                await asyncio.sleep(_LONGEST_WAIT)

    async def _look(self, desk: Desk) -> None:
        itself = (warned.ALERTS_UNDELIVERED.code, desk.recipient.shown)
        told = [one for one in self._holding() if one.kind not in self._without]
        alerts = [one for one in told if (one.kind, one.about) != itself]
        await desk.look(self._place(), alerts, self._wall())

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """Recipients that cannot be reached, and why."""
        failing = [(desk.recipient.shown, desk.failing) for desk in self._desks if desk.failing]
        return tuple(warned.ALERTS_UNDELIVERED.of(recipient=name, why=why) for name, why in failing)

    @property
    def gauges(self) -> dict[str, float]:
        """Figures for the metrics."""
        return {
            "izin_alerts_delivered_total": sum(desk.arrived for desk in self._desks),
            "izin_alert_recipients_failing": len(self.warnings),
        }
