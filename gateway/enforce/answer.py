"""What a door is told to do: answer by itself, or pass the request on."""

from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

from gateway.policy.articles import published
from gateway.policy.model import Origin
from gateway.value import Value

Fields = tuple[tuple[bytes, bytes], ...]


class Reply(Value):
    """An answer of our own. ``fields`` have no Date, Content-Length, Connection or Transfer-Encoding: those are the
    door's. A door sends no body to HEAD, nor with 304. ``lines`` are the fields as HTTP/1.1 has them, each with its end,
    where they are at hand so."""

    __slots__ = ("body", "fields", "lines", "status")

    def __init__(
        self,
        status: int,
        fields: Fields,
        body: bytes = b"",
        lines: bytes = b"",
    ) -> None:
        self.status: Final = status
        self.fields: Final = fields
        self.body: Final = body
        self.lines: Final = lines


class Embargo(Value):
    """Articles published after ``latest`` (microseconds since 1970) are withheld; ``field`` of the answer, in lower case,
    says when that was, in the time of ``zone`` where it names none."""

    __slots__ = ("field", "latest", "zone")

    def __init__(
        self,
        field: bytes,
        latest: int,
        zone: ZoneInfo,
    ) -> None:
        self.field: Final = field
        self.latest: Final = latest
        self.zone: Final = zone

    def withholds(self, status: int, fields: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether an answer must not be given: its article is too young, or does not say clearly how old it is.

        An answer without content of the article (304, redirects, errors) is given.
        """
        if not 200 <= status < 300:
            return False
        told = [published(value.decode("latin-1"), self.zone) for name, value in fields if name == self.field]
        return not told or any(at is None or at > self.latest for at in told)


class Obligations(Value):
    """What must accompany a response of the origin.

    ``link`` and ``x_robots_tag`` are appended as further fields of their names; ``content_usage`` and ``tdm_reservation`` are set, the stricter
    kept where the origin says otherwise; ``decision`` becomes Izin-Decision unless a shared cache has explicit leave
    to store the response; ``private`` makes it `Cache-Control: private, no-store` (licensed replies). ``rates`` are
    fields about this client's use of a rate, appended wherever Izin-Decision is. Under an ``embargo`` a response may have to
    be withheld instead.
    """

    __slots__ = (
        "content_usage",
        "decision",
        "embargo",
        "link",
        "private",
        "rates",
        "tdm_policy",
        "tdm_reservation",
        "x_robots_tag",
    )

    def __init__(
        self,
        decision: bytes,
        link: bytes | None = None,
        content_usage: bytes | None = None,
        tdm_reservation: bytes | None = None,
        tdm_policy: bytes | None = None,
        x_robots_tag: bytes | None = None,
        private: bool = False,
        rates: Fields = (),
        embargo: Embargo | None = None,
    ) -> None:
        self.decision: Final = decision
        self.link: Final = link
        self.content_usage: Final = content_usage
        self.tdm_reservation: Final = tdm_reservation
        self.tdm_policy: Final = tdm_policy
        self.x_robots_tag: Final = x_robots_tag
        self.private: Final = private
        self.rates: Final = rates
        self.embargo: Final = embargo


class Forward(Value):
    """Pass the request to ``origin`` with its raw target, and dress the response as obliged."""

    __slots__ = ("obligations", "origin")

    def __init__(
        self,
        origin: Origin,
        obligations: Obligations,
    ) -> None:
        self.origin: Final = origin
        self.obligations: Final = obligations


Answer = Reply | Forward
