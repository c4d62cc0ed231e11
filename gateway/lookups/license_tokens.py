"""License tokens as facts: what a token says, and whether anything speaks against it now.

A standing source: its keys and the revocations are always at hand, so a token is never waited for. What a sound
signature vouches for is remembered by the token's digest; the clock and the revocations are asked each time.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import structlog

from gateway import warned
from gateway.identify.identity import Facts, Lookup, Unavailable
from gateway.identify.license_token import NAME
from gateway.licenses.token import Keys, Shown, Token, fault, read
from gateway.lookups.license_keys import KeyFolder
from gateway.orders import NO_ORDERS, Orders
from gateway.vocabulary import Reason
from gateway.warned import Warned

#: Seconds between two looks at the keys.
LOOK: Final = 1.0
#: Tokens that are remembered, at most about 1 KB each.
REMEMBERED: Final = 8_192


class LicenseTokens:
    """Answers what a token says. ``clock`` gives microseconds since 1970, UTC."""

    def __init__(self, folder: Path, clock: Callable[[], int], orders: Orders = NO_ORDERS) -> None:
        self._folder, self._clock = KeyFolder(folder), clock
        self._keys: Keys | Unavailable = Unavailable("not read yet")
        self._seen: object = None
        #: What the keys were seen to be, and why they cannot be read; None where they can.
        self._failed: tuple[object, str] | None = None
        self._known: dict[bytes, tuple[Token, int | None]] = {}
        self._revoked = orders.revoked
        self.look()

    def obey(self, orders: Orders) -> None:
        """Heed the revocations among the operator's orders."""
        self._revoked = orders.revoked

    @property
    def standing(self) -> dict[str, Callable[[str], object]]:
        """These tokens as a source of the resolver, by the kind of look-up."""
        return {NAME: self.get}

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What an operator should know."""
        if self._failed is None:
            return ()
        lost = isinstance(self._keys, Unavailable)
        return ((warned.LICENSE_KEYS if lost else warned.LICENSE_KEYS_KEPT).of(why=self._failed[1]),)

    def get(self, text: str) -> Shown | Unavailable:
        """What became of a token."""
        # The memory is taken before the keys, and given up after them: what old keys vouch for is never kept beside new ones.
        memory, keys = self._known, self._keys
        if isinstance(keys, Unavailable):
            return keys
        now = self._clock()
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        known = memory.get(digest)
        if known is None:
            found = read(text, keys, now)
            if isinstance(found, Reason):
                return Shown(None, found)
            known = found
            if len(memory) >= REMEMBERED:
                del memory[next(iter(memory))]
            memory[digest] = known
        token, until = known
        if until is not None and now >= until:
            return Shown(None, Reason.TOKEN_KEY_UNKNOWN)
        if self._revoked.holds(token.license, token.id, token.issued):
            return Shown(token, Reason.TOKEN_REVOKED)
        return Shown(token, fault(token, now))

    def look(self) -> None:
        """Read the public keys if they have changed. Keys in use stay so where the new ones cannot be read."""
        seen = self._folder.fingerprint()
        if seen == self._seen:
            return
        try:
            self._keys = self._folder.public()
            self._known = {}
            self._seen, self._failed = seen, None
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else "the file is damaged"
            failed = seen, (said or "unreadable").lower()
            if isinstance(self._keys, Unavailable):
                self._keys = Unavailable(failed[1])
            if failed != self._failed:
                structlog.get_logger().error("license keys not read", why=failed[1])
            self._failed = failed

    async def run(self) -> None:
        """Look for new keys, for ever."""
        while True:
            await asyncio.sleep(LOOK)
            await asyncio.to_thread(self.look)


def shown_at(folder: Path, orders: Orders, asked: Iterable[Lookup], now: int) -> Facts:
    """What became of the tokens among the look-ups asked for, as a gateway would have it at ``now``. Blocks."""
    lookups = [lookup for lookup in asked if lookup.kind == NAME]
    if not lookups:
        return {}
    tokens = LicenseTokens(folder, lambda: now, orders)
    return {lookup: tokens.get(lookup.key) for lookup in lookups}
