"""What a follower and a sink say to each other."""

from typing import NamedTuple, Protocol


class Batch(NamedTuple):
    """Entries of one lane, in order, as `izin audit query --json` shows them, one a line; numbers of the first and the last.

    Between these some may be missing: they were removed, or cannot be read.
    """

    site: str
    lane: str
    first: int
    last: int
    lines: tuple[bytes, ...]

    @property
    def octets(self) -> bytes:
        """The lines, each with its end."""
        return b"".join(line + b"\n" for line in self.lines)


class SinkError(Exception):
    """A batch was not taken. ``wait`` is how many seconds the other side asks for, if it does; ``smaller`` whether less at a
    time may be taken; ``refused`` whether these entries will not be taken however often they are offered: one of them is
    wrong for that place, and the others may be taken without it."""

    def __init__(
        self, why: str, *, wait: float | None = None, smaller: bool = False, refused: bool = False
    ) -> None:
        super().__init__(why)
        self.wait, self.smaller, self.refused = wait, smaller, refused


class Sink(Protocol):
    """One place that entries are shipped to."""

    async def position(self, lane: str) -> int:
        """The number of the last entry of a lane that it has, 0 if none. Asked once, before anything is shipped."""
        ...

    async def append(self, batch: Batch) -> None:
        """Take a batch: it is on the sink's medium when this returns. SinkError if it was not taken, or may not have been."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...
