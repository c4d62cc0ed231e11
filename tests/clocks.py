"""Clocks of other machines, for what takes its clock as an argument; a whole process gets one by `tests/clock`."""

from gateway.audit.receipt import LocalClock
from gateway.instants import SECOND


class Ahead:
    """The clock of a machine that is so many seconds ahead, or behind."""

    def __init__(self, seconds: int) -> None:
        self._here, self._ahead = LocalClock(), seconds * SECOND
        self.boot, self.steady = self._here.boot, self._here.steady

    def wall(self) -> int:
        return self._here.wall() + self._ahead
