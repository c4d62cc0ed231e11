"""Signatures that were seen: where each may be used once only (RFC 9421 section 7.2.2)."""

import hashlib
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
