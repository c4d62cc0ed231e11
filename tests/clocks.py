"""Clocks of other machines, for what takes its clock as an argument; a whole process gets one by `tests/clock`."""

from gateway.audit.receipt import LocalClock
from gateway.instants import SECOND


class Ahead(LocalClock):
    """The clock of a machine that is so many seconds ahead, or behind."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self._ahead = seconds * SECOND

    def wall(self) -> int:
        return super().wall() + self._ahead
