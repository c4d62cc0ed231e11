"""A rate as a policy writes it: `30/minute`, how many may come at once, and whose requests are counted together."""

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from gateway.instants import DAY, SECOND
from gateway.vocabulary import By, NotMeantError, Sentence

#: Fastest rate, in requests a second: above it a rate limits nothing, and steps of whole microseconds are too coarse.
FASTEST: Final = 10_000
#: Longest time, in days, that a counter may take to become as good as new.
LONGEST: Final = 366
#: Most requests that one rate may name, as its count or its burst.
MOST: Final = 1_000_000

_NO_RATE: Final = Sentence("`{text}` bukan laju", "`{text}` is no rate")
_NOBODY: Final = Sentence("`{text}` tidak mempersilakan siapa pun masuk", "`{text}` lets nobody in")
_TOO_FAST: Final = Sentence(
    "`{text}` lebih cepat dari klien mana pun", "`{text}` is faster than any client comes"
)

_WRITTEN: Final = re.compile(r"([0-9]{1,9})/([a-z]{1,20})", re.ASCII)


class Unit(StrEnum):
    """A length of time that a rate is written in."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> int:
        """Microseconds."""
        return _LENGTHS[self]


_LENGTHS: Final = {
    Unit.SECOND: SECOND,
    Unit.MINUTE: 60 * SECOND,
    Unit.HOUR: 3600 * SECOND,
    Unit.DAY: DAY,
}


@dataclass(frozen=True, slots=True)
class Rate:
    """``count`` requests in each ``unit``, of which ``burst`` may come at once; ``by`` says whose are counted together. Of
    several equal ``parts`` it is one."""

    count: int
    unit: Unit
    burst: int
    by: By
    parts: int = 1
    #: Microseconds after which one more request is permitted, never less than is written.
    step: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "step", -(-self.unit.length * self.parts // self.count))

    @property
    def room(self) -> int:
        """Microseconds in which a counter that was used up is as good as new."""
        return self.step * self.burst

    @property
    def limit(self) -> str:
        """As it is written: `30/minute`."""
        return f"{self.count}/{self.unit}"

    def part_of(self, parts: int) -> "Rate":
        """What each of so many gateways may let in by itself, so that all of them together keep to the rate; never nothing."""
        return self if parts < 2 else _part(self, parts)


@lru_cache(maxsize=1024)
def _part(rate: Rate, parts: int) -> Rate:
    return replace(rate, burst=max(1, rate.burst // parts), parts=parts)


def read_limit(text: str) -> tuple[int, Unit]:
    """The count and unit of `30/minute`. Raises NotMeantError in the writer's words."""
    found = _WRITTEN.fullmatch(text)
    if found is None or found[2] not in list(Unit):
        raise NotMeantError(_NO_RATE.filled(text=text))
    count, unit = int(found[1]), Unit(found[2])
    if count == 0:
        raise NotMeantError(_NOBODY.filled(text=text))
    if count > MOST or count * SECOND > FASTEST * unit.length:
        raise NotMeantError(_TOO_FAST.filled(text=text))
    return count, unit
