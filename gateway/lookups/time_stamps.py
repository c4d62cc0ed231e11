"""Time stamps (RFC 3161) over HTTP: a query out, a reply in. What the reply is worth is looked at elsewhere."""

from typing import Final

from gateway.identify.identity import Unavailable
from gateway.lookups.outside import Limits, fetch

LIMITS: Final = Limits(seconds=20, octets=65_536, redirects=0)
_FIELDS: Final = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


async def stamped(url: str, query: bytes) -> bytes | Unavailable:
    """The reply of the authority at an address that the policy names, wherever that is; or why there is none."""
    found = await fetch(url, LIMITS, _FIELDS, body=query, anywhere=True)
    if isinstance(found, Unavailable):
        return found
    if found.status != 200 or not found.whole:
        return Unavailable(f"it answered {found.status}" if found.status != 200 else "its answer is too long")
    return found.body
