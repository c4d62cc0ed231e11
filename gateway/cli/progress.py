"""A line on the terminal for what takes longer than two seconds: how far, how fast, how much longer."""

import sys
import time
from typing import Final

_PATIENCE: Final = 2.0
_PAUSE: Final = 0.25
_BAR: Final = 24


class Progress:
    """Shows nothing where stderr is no terminal. ``total`` is in octets; ``unit`` is what is counted beside them."""

    def __init__(self, total: int, unit: str) -> None:
        self._total = max(1, total)
        self._unit = unit
        self._begun = time.monotonic()
        self._next = self._begun + _PATIENCE if sys.stderr.isatty() else float("inf")
        self._shown = False
        self._octets = 0

    def of(self, total: int) -> "Progress":
        """The same line, where the total is known only now."""
        self._total = max(1, total)
        return self

    def at(self, octets: int, count: int) -> None:
        """Say how far it is, if it is time to."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _PAUSE
        self._shown = True
        print(
            f"\r{line(octets / self._total, count, now - self._begun, self._unit)}\x1b[K",
            end="",
            file=sys.stderr,
            flush=True,
        )

    def more(self, octets: int) -> None:
        """So many octets more, counted as MB."""
        self._octets += octets
        self.at(self._octets, self._octets // 1_000_000)

    def done(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def line(share: float, count: int, seconds: float, unit: str) -> str:
    """The bar, the share done, the count with its rate, and the time left at this rate."""
    share = min(1.0, max(0.0, share))
    full = round(share * _BAR)
    left = round(seconds * (1 - share) / share) if share else 0
    rate = round(count / seconds) if seconds else 0
    return f"[{'=' * full}{' ' * (_BAR - full)}] {share:4.0%}  {count:,} {unit}  {rate:,}/s  {left // 60}:{left % 60:02} left"
