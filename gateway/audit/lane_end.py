"""The end of a lane's threads, which the medium may keep from ending for good."""

import threading
from collections.abc import Sequence
from queue import SimpleQueue
from time import monotonic
from typing import Final

from gateway.audit.receipt import JournalError

#: Seconds that they have: fewer than a service manager is asked for.
ENDS: Final = 8.0


def end(wakes: Sequence["SimpleQueue[bool]"], threads: Sequence[threading.Thread]) -> None:
    """Have each thread end, one after the other, by what wakes it. JournalError where they do not within `ENDS` seconds."""
    until = monotonic() + ENDS
    for wake, thread in zip(wakes, threads, strict=True):
        wake.put(False)
        thread.join(max(0, until - monotonic()))
    if any(thread.is_alive() for thread in threads):
        raise JournalError(
            f"the journal's disk has not answered for {ENDS:g} s, so its end is not written",
            "what was not promised may be lost; the next start looks through what is there and says what is in doubt",
        )
