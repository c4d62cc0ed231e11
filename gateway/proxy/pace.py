"""How often something may be done that a stranger can bring about: a few times at once, then at intervals."""

import time
from collections.abc import Callable
from typing import Final

#: Seconds in which changes are gathered; how many restatements may follow each other so; seconds until one more may.
GATHER: Final = 2.0
BURST: Final = 8
EVERY: Final = 300.0


class Pace:
    """A bucket of turns: ``burst`` of them, one more every ``every`` seconds, and ``gather`` seconds before each."""

    def __init__(
        self,
        gather: float = GATHER,
        burst: int = BURST,
        every: float = EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gather, self._burst, self._every, self._clock = gather, burst, every, clock
        self._turns, self._since = float(burst), clock()

    def wait(self) -> float:
        """Seconds until the next turn."""
        self._fill()
        return max(self._gather, (1 - self._turns) * self._every)

    def spend(self) -> None:
        """Take a turn."""
        self._fill()
        self._turns -= 1

    def _fill(self) -> None:
        now = self._clock()
        self._turns = min(self._burst, self._turns + (now - self._since) / self._every)
        self._since = now
