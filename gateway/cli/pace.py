"""How fast entries were read: said at the end of a verification."""

import time
from typing import Final

from gateway.vocabulary import Language, Sentence

_RATE: Final = Sentence(
    "{} entri, {} s, {} entri per detik untuk tiap inti", "{} entries, {} s, {} entries/s per core"
)


class Pace:
    """Measures from when it is made until it is `stop`ped."""

    def __init__(self) -> None:
        self._began = (time.monotonic(), time.process_time())
        self._entries, self._seconds, self._cpu = 0, 0.0, 1e-6

    def stop(self, entries: int) -> None:
        """So many entries were read."""
        self._entries, self._seconds = entries, time.monotonic() - self._began[0]
        self._cpu = max(1e-6, time.process_time() - self._began[1])

    @property
    def figures(self) -> dict[str, float]:
        """For a JSON report."""
        return {
            "seconds": round(self._seconds, 3),
            "entries_per_cpu_second": round(self._entries / self._cpu),
        }

    def said(self, language: Language) -> str:
        """In a line for people."""
        rate = language.number(round(self._entries / self._cpu))
        return _RATE.said(language).format(language.number(self._entries), f"{self._seconds:.1f}", rate)
