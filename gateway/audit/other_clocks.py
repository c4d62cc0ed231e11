"""How far this machine's clock is from those of others who tell theirs: hosts that are joined, authorities that stamp.

Nobody is set right by it, and nothing waits for it: where two differ, people are told, for nobody else can say which is wrong.
"""

from collections.abc import Mapping
from typing import Final

from gateway.audit.receipt import Clock, LocalClock
from gateway.instants import SECOND

#: By how much two clocks may differ before that is said, in µs.
APART: Final = 2 * SECOND
#: How long what somebody said of his clock counts, in µs: authorities are asked once an hour.
_COUNTS: Final = 3 * 3600 * SECOND


class OtherClocks:
    """What each said last, by its address. Any thread may tell."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or LocalClock()
        self._ahead: dict[str, tuple[int, int]] = {}

    def now(self) -> int:
        """This machine's time, in µs since 1970."""
        return self._clock.wall()

    def told(self, where: str, said: int, asked: int, grain: int = 0) -> int:
        """Somebody was asked at ``asked`` by this machine's clock, and has answered that it is ``said``, which stands for as much as
        ``grain`` more (all in µs). By how much this machine is ahead of it at least; negative where it is behind."""
        early, late = asked - (said + grain), said - self.now()
        ahead = early if early > 0 else -late if late > 0 else 0
        self._ahead[where] = ahead, self._clock.steady()
        return ahead

    @property
    def ahead(self) -> Mapping[str, int]:
        """By how many µs this machine's clock is ahead of each that was heard of late."""
        since = self._clock.steady() - _COUNTS
        return {where: ahead for where, (ahead, at) in list(self._ahead.items()) if at > since}

    @property
    def apart(self) -> Mapping[str, int]:
        """Those that differ by more than they may."""
        return {where: ahead for where, ahead in self.ahead.items() if abs(ahead) > APART}
