"""Client certificates as they stand at the moment: the clock's part in what `gateway.identify.client_certificate` reads."""

from collections.abc import Callable

from gateway.identify.client_certificate import Handed, examined
from gateway.instants import utc


def certificates_now(wall: Callable[[], int]) -> Callable[[str], Handed]:
    """A source of facts: what is to be said of a Client-Cert field now. ``wall`` gives microseconds since 1970 UTC."""
    return lambda field: examined(field, utc(wall()))
