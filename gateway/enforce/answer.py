"""What a door is told to do: answer by itself, or pass the request on."""

from msgspec import Struct

from gateway.policy.model import Origin

Fields = tuple[tuple[bytes, bytes], ...]


class Reply(Struct, frozen=True):
    """An answer of our own. ``fields`` have no Date, Content-Length, Connection or Transfer-Encoding: those are the
    door's. A door sends no body to HEAD, nor with 304."""

    status: int
    fields: Fields
    body: bytes = b""


class Obligations(Struct, frozen=True):
    """What must accompany a response of the origin.

    ``link`` and ``x_robots_tag`` are appended as further fields of their names; ``content_usage`` and ``tdm_reservation`` are set, the stricter
    kept where the origin says otherwise; ``decision`` becomes Izin-Decision unless a shared cache has explicit leave
    to store the response; ``private`` makes it `Cache-Control: private, no-store` (licensed replies). ``rates`` are
    fields about this client's use of a rate, appended wherever Izin-Decision is.
    """

    decision: bytes
    link: bytes | None = None
    content_usage: bytes | None = None
    tdm_reservation: bytes | None = None
    tdm_policy: bytes | None = None
    x_robots_tag: bytes | None = None
    private: bool = False
    rates: Fields = ()


class Forward(Struct, frozen=True):
    """Pass the request to ``origin`` with its raw target, and dress the response as obliged."""

    origin: Origin
    obligations: Obligations


Answer = Reply | Forward
