"""Entries that gathered during a sync wait for the event loop's next turn, unless they are more than that sync was for.

Theory of operation. Whoever got receipts sends answers, and their clients the next requests: within a turn of the loop, as
many entries as were synced before. What came while the medium was busy is seldom more than that, and synced at once it would
have the medium to itself while the others gather: two syncs a round, where one is all that is needed. So what is no more than was
just given waits until the loop has read what came. That is no timer: a loop with nothing to do comes round at once.
"""

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

#: Seconds that are waited for a loop that does not come round: it is closed, or held up, and delivers nothing either. It is not
#: `Final`, and so not compiled in: tests wait longer.
LONGEST = 0.02


class NextTurn:
    """What a thread that is woken by ``wakes`` waits for. ``deliver`` has something called on the loop."""

    def __init__(self, wakes: "SimpleQueue[bool]", deliver: Callable[[Callable[[], None]], object]) -> None:
        self._wakes, self._deliver = wakes, deliver
        self._waits = False

    def wait(self) -> bool:
        """Return once the loop has been through a turn that began after what it was given so far; whether nothing said
        meanwhile that the thread is to end. It is left awake, for whatever else it was woken for."""
        self._waits = True
        self._deliver(self._begun)
        with suppress(Empty):
            while self._waits:
                if not self._wakes.get(timeout=LONGEST):
                    return False
        self._waits = False
        self._wakes.put(True)
        return True

    def _begun(self) -> None:
        # The receipts were called on this turn; on the next one this is called before what that reads is handed over, but no
        # thread runs before the loop lets it.
        self._deliver(self._over)

    def _over(self) -> None:
        if self._waits:
            self._waits = False
            self._wakes.put(True)
