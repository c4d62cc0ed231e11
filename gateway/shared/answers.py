"""What the server answers, read as what nobody is obliged to have written: ValueError for all that cannot be true."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec

from gateway.instants import SECOND
from gateway.rates.counters import Finding, Findings, Take
from gateway.rates.ledger import Draw

#: Microseconds since 1970 that an honest clock can say: the years 2020 to 2200.
_EARLIEST: Final = 1_577_836_800 * SECOND
_LATEST: Final = 7_258_118_400 * SECOND
_MOST: Final = 1 << 53
_DAYS: Final = msgspec.msgpack.Decoder(dict[date, int])
#: By lane and license, what was taken on each day.
Views = dict[str, dict[str, dict[date, int]]]
#: Why a script did not count.
UNCOUNTED: Final = frozenset({"stale", "settling", "clock", "garbage"})


class Beat(NamedTuple):
    """What a lane hears when it says that it is there. ``views`` and ``orders`` are None where nothing is new."""

    generation: str
    now: int
    lanes: int
    contested: bool
    version: str
    changes: str
    views: Views | None
    orders: dict[str, tuple[int, str]] | None


def found_in(reply: Any, takes: Sequence[Take | Draw], now: int) -> Findings | str:
    """The findings of a request that was counted, or the word that says why it was not; ``now`` in µs UTC."""
    if not isinstance(reply, list) or not reply:
        raise ValueError("no list")
    word = _text(reply[0])
    if word in UNCOUNTED:
        return word
    if word != "ok" or len(reply) != len(takes) + 2:
        raise ValueError("not as many findings as were asked for")
    _instant(reply[1])
    findings = []
    # Rates and quotas are answered in the order in which they were asked about.
    for take, one in zip(takes, reply[2:], strict=True):
        if not isinstance(one, list) or len(one) != 3:
            raise ValueError("no finding")
        remaining, wait, reset = (_whole(figure) for figure in one)
        if isinstance(take, Draw):
            if remaining > take.limit or wait > 1:
                raise ValueError("more than the quota")
            until = max(0, take.span.ends - now)
            findings.append(Finding(take.name, remaining, until if wait else 0, until))
            continue
        rate = take.rate
        if remaining > rate.burst or wait > rate.step or reset > rate.room + rate.step:
            raise ValueError("more than the rate")
        findings.append(Finding(take.name, remaining, wait, reset))
    return tuple(findings)


def beat_in(reply: Any, lane: str) -> Beat | str:
    """What a lane heard."""
    if not isinstance(reply, list) or not reply:
        raise ValueError("no list")
    word = _text(reply[0])
    if word in UNCOUNTED:
        return word
    if word != "ok" or len(reply) != 9:
        raise ValueError("no beat")
    _, generation, now, lanes, contested, version, changes, views, orders = reply
    told = orders_in(orders) if _pairs(orders) else None
    return Beat(
        str(_number(generation)),
        _instant(now),
        min(_whole(lanes), 4096),
        contested == 1,
        str(_number(version)),
        str(_number(changes)),
        views_in(views, lane) if _pairs(views) else None,
        told,
    )


def views_in(flat: list[Any], lane: str) -> Views:
    """What is known of all lanes but this one, the higher of what each said and others knew."""
    views: Views = {}
    for field, packed in zip(flat[::2], flat[1::2], strict=True):
        parts = _text(field).split(":")
        if len(parts) != 3 or parts[0] not in ("q", "v") or not isinstance(packed, bytes):
            raise ValueError("no counts")
        _, license, whose = parts
        if whose == lane:
            continue
        try:
            days = _DAYS.decode(packed)
        except msgspec.MsgspecError:
            raise ValueError("no counts") from None
        if any(not 0 <= count < _MOST for count in days.values()):
            raise ValueError("no counts")
        known = views.setdefault(whose, {}).setdefault(license, {})
        for day, count in days.items():
            known[day] = max(known.get(day, 0), count)
    return views


def orders_in(flat: list[Any]) -> dict[str, tuple[int, str]]:
    """Orders by what they are about: when each was given (µs UTC), and its text. What is none is left out: it orders nothing."""
    orders = {}
    for name, value in zip(flat[::2], flat[1::2], strict=True):
        key = _text(name)
        if key == "#":
            continue
        given, blank, text = _text(value).partition(" ")
        if blank and given.isascii() and given.isdigit() and len(given) <= 16:
            orders[key] = int(given), text
    return orders


def packed(days: Mapping[date, int]) -> bytes:
    """Counts by day as the scripts read them; what is not above zero is none."""
    return msgspec.msgpack.encode({day.isoformat(): count for day, count in days.items() if count > 0})


def _pairs(flat: Any) -> bool:
    """Whether there are any."""
    if not isinstance(flat, list) or len(flat) % 2:
        raise ValueError("no pairs")
    return bool(flat)


def _text(value: Any) -> str:
    if not isinstance(value, bytes):
        raise ValueError("no text")  # noqa: TRY004 -- one error for all that cannot be true
    return value.decode()


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _MOST:
        raise ValueError("no whole number")
    return value


def _number(value: Any) -> int:
    text = _text(value)
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise ValueError("no whole number")
    return int(text)


def _instant(value: Any) -> int:
    at = _number(value)
    if not _EARLIEST <= at < _LATEST:
        raise ValueError("no instant of our time")
    return at
