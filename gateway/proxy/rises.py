"""Figures that only grow, and what is warned of where one has grown of late."""

from collections.abc import Iterator, Mapping
from typing import Final

from gateway import warned
from gateway.instants import SECOND
from gateway.names import PURPOSES
from gateway.proxy.figures import Figures
from gateway.vocabulary import Purpose
from gateway.warned import Warned

#: For so long after a figure has grown last it is said to grow, in µs.
WINDOW: Final = 600 * SECOND
#: Clients let pass before their entry was written, as any disk lets some; from so many on it is said.
_MANY: Final = 100


class Rises:
    """Remembers figures from one look to the next. They begin at 0, as does the process that counts them."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._rising: dict[str, tuple[float, int]] = {}

    def of(self, name: str, figure: float, now: int) -> int:
        """By how much it has grown since it began to; 0 if it has not for so long. ``now`` is µs of a steady clock."""
        last = self._last.get(name, 0.0)
        base, _ = self._rising.get(name, (last, 0))
        if figure > last:
            self._rising[name] = (base, now)
        self._last[name] = figure
        if name not in self._rising or now - self._rising[name][1] > WINDOW:
            self._rising.pop(name, None)
            return 0
        return max(0, round(figure - base))

    def warnings(self, figures: Figures, *, dropped: int, clock_steps: int, now: int) -> Iterator[Warned]:
        """What has happened of late, by the figures of all workers, entries dropped, and steps of the clock back."""
        gauges: Mapping[str, float] = figures.gauges
        lost = self.of("lost", dropped, now)
        queued = self.of("queued", gauges.get("izin_journal_queued_total", 0), now)
        refused = self.of("refused", gauges.get("izin_journal_refused_total", 0), now)
        if lost:
            yield warned.ENTRIES_LOST.of(count=lost)
        if queued >= _MANY or refused:
            yield warned.ENTRIES_LATE.of(queued=queued, refused=refused)
        if self.of("clock", clock_steps, now):
            yield warned.CLOCK_STEPPED.of()
        for purpose, count in figures.welcome_refused.items():
            if grown := self.of(purpose, count, now):
                said = PURPOSES[Purpose(purpose)]
                yield warned.WELCOME_REFUSED.of(count=grown, purpose=said, token=purpose)
