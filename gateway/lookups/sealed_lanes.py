"""What another host's gateway shows of the seal of its lane, over HTTP. What it is worth is looked at elsewhere."""

from ssl import SSLContext

from gateway.identify.identity import Unavailable
from gateway.lookups.outside import Limits, fetch

SECONDS = 10.0


async def shown(
    url: str, most: int, token: bytes | None, tls: SSLContext | None = None
) -> bytes | Unavailable:
    """What is at an address that an operator named, wherever that is, in so many octets at most; or why not.

    No redirect is followed: the token would be shown to somebody else. ``tls`` says who vouches for the host, the system's
    authorities if nothing is said.
    """
    fields = {} if token is None else {"Authorization": f"Bearer {token.decode('ascii')}"}
    found = await fetch(url, Limits(SECONDS, most, redirects=0), fields, anywhere=True, tls=tls)
    if isinstance(found, Unavailable):
        return found
    if found.status != 200:
        return Unavailable(f"it answers {found.status}")
    return found.body if found.whole else Unavailable("its answer is too long")
