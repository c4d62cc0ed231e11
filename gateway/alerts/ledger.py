"""What one recipient has been told, and what is to be told next. Values in, values out; times are microseconds since 1970.

Theory of operation. What is wrong is looked at again and again; a *standing* is what has been seen of one alert and what was
said of it. It is told once it has held for a while, so that a hiccup wakes nobody; again when it has come to a worse stage, or
when it still holds after a long time; and once when it has been over for a while. What came and went while nothing could be
delivered is told all the same. Standings outlive a restart, so a gateway that is started again says nothing twice.
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
    ``told_stage``."""

    kind: str
    about: str
    severity: Severity
    says: Sentence
    since: int
    stage: int = 0
    over: int | None = None
    told: int | None = None
    told_stage: int = 0


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
        kind, known = KINDS[alert.kind], before.get(alert.key)
        severity = kind.severity if alert.severity is None else alert.severity
        if known is None:
            found[alert.key] = Standing(alert.kind, alert.about, severity, alert.says, now, alert.stage)
        else:
            found[alert.key] = replace(
                known, severity=severity, says=alert.says, stage=alert.stage, over=None
            )
    for key, known in before.items():
        if key in found or known.kind not in KINDS:
            continue
        ended = replace(known, over=now) if known.over is None else known
        if _worth_telling(ended, pace):
            found[key] = ended
    return found


def _worth_telling(ended: Standing, pace: Pace) -> bool:
    """Whether something is left to say of what is over."""
    kind = KINDS[ended.kind]
    if ended.told is None:
        return kind.passing or (ended.over or 0) - ended.since >= _patience(ended, pace)
    return not kind.passing


def due(standings: Standings, now: int, pace: Pace) -> tuple[Notice, ...]:
    """What is to be told now, the most severe first."""
    found = (
        Notice(told, key, one) for key, one in standings.items() if (told := _due(one, now, pace)) is not None
    )
    order = list(Severity)
    return tuple(sorted(found, key=lambda one: (order.index(one.standing.severity), one.standing.since)))


def _due(one: Standing, now: int, pace: Pace) -> Told | None:
    if one.told is None:
        held = (now if one.over is None else one.over) - one.since
        return Told.NEW if KINDS[one.kind].passing or held >= _patience(one, pace) else None
    if one.over is not None:
        return Told.OVER if now - one.over >= pace.after * SECOND else None
    if one.stage > one.told_stage:
        return Told.NEW
    return Told.STILL if now - one.told >= pace.repeat * SECOND else None


def told(standings: Standings, notices: Iterable[Notice], now: int) -> Standings:
    """The standings, now that these notices have arrived."""
    found = dict(standings)
    for notice in notices:
        known = found.pop(notice.key)
        # What is over, and was never told of while it held, has been told of as a whole.
        if notice.told is not Told.OVER and (known.over is None or KINDS[known.kind].passing):
            found[notice.key] = replace(known, told=now, told_stage=known.stage)
    return found


def _patience(one: Standing, pace: Pace) -> int:
    return KINDS[one.kind].waits * pace.after * SECOND
