"""A time in which entries could not be accepted as promised, as the journal tells it."""

from typing import Any

from gateway.instants import rfc3339


class Gap:
    """What was let pass or refused meanwhile; ``since`` and ``until`` are in microseconds since 1970, UTC."""

    def __init__(self, since: int, dropped: int) -> None:
        """``dropped``: how many entries the lane had lost before."""
        self.since = self.until = since
        self._dropped = dropped
        self.queued = self.refused = 0

    def details(self, dropped: int) -> dict[str, Any]:
        """What the event `gap` says of it, ``dropped`` entries having been lost by now."""
        return {
            "since": rfc3339(self.since),
            "until": rfc3339(self.until),
            "queued": self.queued,
            "refused": self.refused,
            "dropped": dropped - self._dropped,
        }
