"""What a door is told to do: answer by itself, or pass the request on."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from msgspec import Struct

from gateway.policy.articles import published
from gateway.policy.model import Origin

Fields = tuple[tuple[bytes, bytes], ...]


class Reply(Struct, frozen=True):
    """An answer of our own. ``fields`` have no Date, Content-Length, Connection or Transfer-Encoding: those are the
    door's. A door sends no body to HEAD, nor with 304. ``lines`` are the fields as HTTP/1.1 has them, each with its end,
    where they are at hand so."""

    status: int
    fields: Fields
    body: bytes = b""
    lines: bytes = b""


class Embargo(Struct, frozen=True):
    """Articles published after ``latest`` (microseconds since 1970) are withheld; ``field`` of the answer, in lower case,
    says when that was, in the time of ``zone`` where it names none."""

    field: bytes
    latest: int
    zone: ZoneInfo

    def withholds(self, status: int, fields: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether an answer must not be given: its article is too young, or does not say clearly how old it is.

        An answer without content of the article (304, redirects, errors) is given.
        """
        if not 200 <= status < 300:
            return False
        told = [published(value.decode("latin-1"), self.zone) for name, value in fields if name == self.field]
        return not told or any(at is None or at > self.latest for at in told)


class Obligations(Struct, frozen=True):
    """What must accompany a response of the origin.

    ``link`` and ``x_robots_tag`` are appended as further fields of their names; ``content_usage`` and ``tdm_reservation`` are set, the stricter
    kept where the origin says otherwise; ``decision`` becomes Izin-Decision unless a shared cache has explicit leave
    to store the response; ``private`` makes it `Cache-Control: private, no-store` (licensed replies). ``rates`` are
    fields about this client's use of a rate, appended wherever Izin-Decision is. Under an ``embargo`` a response may have to
    be withheld instead.
    """

    decision: bytes
    link: bytes | None = None
    content_usage: bytes | None = None
    tdm_reservation: bytes | None = None
    tdm_policy: bytes | None = None
    x_robots_tag: bytes | None = None
    private: bool = False
    rates: Fields = ()
    embargo: Embargo | None = None


class Forward(Struct, frozen=True):
    """Pass the request to ``origin`` with its raw target, and dress the response as obliged."""

    origin: Origin
    obligations: Obligations


Answer = Reply | Forward
