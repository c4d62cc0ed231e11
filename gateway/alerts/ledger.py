"""What one recipient has been told, and what is to be told next. Values in, values out; times are microseconds since 1970.

Theory of operation. What is wrong is looked at again and again; a *standing* is what has been seen of one alert and what was
said of it. It is told once it has held for a while, so that a hiccup wakes nobody; again when it has come to a worse stage, or
when it still holds after a long time; and once when it has been over for a while. What came and went while nothing could be
delivered is told all the same. Standings outlive a restart, so a gateway that is started again says nothing twice.

Nobody can have people written to as often as they like. What happens and is over, which a client may bring about, is told at
most as often as anything is repeated. What comes back has to be over for twice as long as the time before until that is told,
so that something that flickers becomes one alert that lasts.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from gateway.alerts.kinds import KINDS, Alert, Severity
from gateway.instants import SECOND
from gateway.vocabulary import Sentence


class Told(StrEnum):
    """What a notice says of an alert."""

    NEW = "new"
    STILL = "still"
    OVER = "over"


class Standing(Struct, frozen=True):
    """``since`` when it holds, ``over`` since when it does not any more; ``told`` when something was last said of it, at which
    ``told_stage``. One that is ``closed`` is over and all is said, and only remembered; it has come back so many ``times``."""

    kind: str
    about: str
    severity: Severity
    says: Sentence
    since: int
    stage: int = 0
    over: int | None = None
    told: int | None = None
    told_stage: int = 0
    closed: bool = False
    times: int = 0


class Notice(NamedTuple):
    """One thing to tell."""

    told: Told
    key: str
    standing: Standing


Standings = Mapping[str, Standing]


class Pace(NamedTuple):
    """Seconds: how long something holds before it is told of, or is over before that is; and until it is told again."""

    after: int
    repeat: int


def seen(before: Standings, alerts: Iterable[Alert], now: int, pace: Pace) -> Standings:
    """The standings, now that these alerts hold and no others."""
    found: dict[str, Standing] = {}
    for alert in alerts:
        if alert.key in found:
            continue  # the first of several says enough
        severity = KINDS[alert.kind].severity if alert.severity is None else alert.severity
        known = before.get(alert.key)
        if known is None:
            known = Standing(alert.kind, alert.about, severity, alert.says, now)
        elif known.closed:
            known = _back(known, now)
        found[alert.key] = replace(known, severity=severity, says=alert.says, stage=alert.stage, over=None)
    for key, known in before.items():
        if key not in found and known.kind in KINDS:
            ended = _ended(known if known.over is not None else replace(known, over=now), now, pace)
            if ended is not None:
                found[key] = ended
    return found


def _back(known: Standing, now: int) -> Standing:
    """What was over holds again. What happens and is over is the same thing still; all else begins anew."""
    again = replace(known, closed=False, times=known.times + 1)
    return again if KINDS[known.kind].passing else replace(again, since=now, told=None, told_stage=0)


def _ended(known: Standing, now: int, pace: Pace) -> Standing | None:
    """What does not hold any more, closed where nothing is left to say; None where it need not be remembered."""
    over = known.over or now
    if not known.closed:
        passing = KINDS[known.kind].passing
        hiccup = known.told is None and not passing and over - known.since < _patience(known, pace)
        said = known.told is not None and passing
        if hiccup and not known.times:
            return None
        return replace(known, closed=True) if hiccup or said else known
    return known if now - over < pace.repeat * SECOND else None


def due(standings: Standings, now: int, pace: Pace) -> tuple[Notice, ...]:
    """What is to be told now, the most severe first."""
    found = (
        Notice(told, key, one) for key, one in standings.items() if (told := _due(one, now, pace)) is not None
    )
    order = list(Severity)
    return tuple(sorted(found, key=lambda one: (order.index(one.standing.severity), one.standing.since)))


def _due(one: Standing, now: int, pace: Pace) -> Told | None:
    if one.closed:
        return None
    if one.told is None:
        held = (now if one.over is None else one.over) - one.since
        return Told.NEW if KINDS[one.kind].passing or held >= _patience(one, pace) else None
    if one.over is not None:
        wait = min(pace.after << min(one.times, 20), pace.repeat)
        return Told.OVER if now - one.over >= wait * SECOND else None
    if one.stage > one.told_stage:
        return Told.NEW
    return Told.STILL if now - one.told >= pace.repeat * SECOND else None


def told(standings: Standings, notices: Iterable[Notice], now: int) -> Standings:
    """The standings, now that these notices have arrived."""
    found = dict(standings)
    for notice in notices:
        known = found[notice.key]
        # What is over, and was never told of while it held, has been told of as a whole.
        closed = known.over is not None
        found[notice.key] = replace(known, told=now, told_stage=known.stage, closed=closed)
    return found


def _patience(one: Standing, pace: Pace) -> int:
    return KINDS[one.kind].waits * pace.after * SECOND
