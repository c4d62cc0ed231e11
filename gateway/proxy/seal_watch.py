"""Whether a lane that is written is sealed too, as `/ready` tells it."""

from typing import Final

from gateway.instants import SECOND
from gateway.seal.checkpoint import read_checkpoint
from gateway.seal.note import split_note

#: Entries are sealed within ten seconds; so long they may wait, on a busy machine, before that is said, in µs.
PATIENCE: Final = 120 * SECOND


class SealWatch:
    """Looks at a lane's newest checkpoint now and then."""

    def __init__(self) -> None:
        self._size, self._since = -1, 0

    def late(self, note: str, last: int, now: int) -> int | None:
        """The first entry that no checkpoint covers, if none came for so long: by the newest checkpoint, the number of the last
        entry, and the time in µs of a steady clock."""
        size = read_checkpoint(split_note(note)[0]).size if note else 0
        if size >= last or size != self._size:
            self._size, self._since = size, now
        return size + 1 if now - self._since > PATIENCE else None
