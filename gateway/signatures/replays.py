"""Signatures that were seen: where each may be used once only (RFC 9421 section 7.2.2)."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

#: How many are kept; the oldest is forgotten before its time where there are more.
MOST: Final = 100_000


class Replays:
    """What has been used, until it expires. Ask only of signatures that hold, or a forger would use up honest nonces."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._until: dict[bytes, int] = {}

    def seen(self, used: tuple[str, str, str], until: int, now: int) -> bool:
        """Whether this was used before; from now on it is, up to ``until``. Both are in seconds since 1970.

        ``used`` names the directory, the key and the nonce.
        """
        digest = hashlib.sha256("\n".join(used).encode()).digest()
        last = self._until.pop(digest, None)
        self._until[digest] = until if last is None else max(last, until)
        if last is not None and last >= now:
            return True
        while len(self._until) > self._most:
            del self._until[next(iter(self._until))]
        return False

    def __len__(self) -> int:
        return len(self._until)


#: What is used of a signature, until when, and now (seconds since 1970).
Use = tuple[tuple[str, str, str], int, int]
#: Asks whether it was used before; None where nobody can tell.
Ask = Callable[[tuple[str, str, str], int, int], Awaitable[bool | None]]


class FarReplays(Replays):
    """The same where another process knows what has been used, for it is one of several that are asked: a signature is noted
    here when it holds, and whether it was used before is to be asked (``used``) before it counts."""

    def __init__(self, used: Ask) -> None:
        super().__init__(0)
        self.used = used
        self._noted: Use | None = None

    def seen(self, used: tuple[str, str, str], until: int, now: int) -> bool:
        """Note it; whether it was used before is not known here."""
        self._noted = used, until, now
        return False

    def noted(self) -> Use | None:
        """The use of the signature that was verified last, once."""
        noted, self._noted = self._noted, None
        return noted
