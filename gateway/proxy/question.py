"""What a proxy beside us asks before it carries a request itself: shall it? Pure.

Theory of operation. The question is an HTTP request of its own, with the fields of the client's; which request it is about
stands in fields that the proxy sets, or in the question's path. Proxies differ in how they ask and in what they understand,
so each family has a `Way`, chosen by path: the proxy's configuration says it, and no client can. Of the fields that name
what is asked about only those of the way are read; they must stand there once, for whoever could add a second one could
choose which request is judged.

The proxy stands where our listener would stand. The last address of X-Forwarded-For is what it saw at the other end of the
client's connection, and everything else that a peer may say of its client (`gateway.proxy.peer`) is weighed as if that peer
had come to us.
"""

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from gateway.enforce.answer import Fields, Forward, Reply
from gateway.proxy.dress import dress
from gateway.proxy.head import name_of
from gateway.proxy.heads import Lines, Noted, RequestHead
from gateway.proxy.hops import read_hop
from gateway.proxy.names import HOSTING
from gateway.vocabulary import Reason

#: Where questions are asked, on the listener of its own that they have.
CHECK: Final = b"/_izin/check"
#: Where an answer that a proxy could not be given at once is fetched, by the decision's id.
REFUSAL: Final = b"/_izin/refusal/"

_METHOD: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_ID: Final = re.compile(rb"[0-9A-HJKMNP-TV-Z]{26}")
_LIST: Final = b"x-forwarded-for"
_SCHEME: Final = b"x-forwarded-proto"


class Way(Struct, frozen=True):
    """How a family of proxies asks. ``method``, ``target`` and ``host`` are the fields that name the request, in lower case;
    without them it is the question's own method, the rest of its path, its Host. A proxy that ``fetches`` understands from
    an answer no more than whether to pass the request on; the others give any answer to the client as it is. One that puts the
    fields of a yes into the request to the site gets them with a ``prefix``, so that none takes the place of a client's; one
    that ``presumes`` takes 5xx for a failure of Izin's, and may pass the request on: it is told 403, and the status beside."""

    path: bytes
    method: bytes = b""
    target: bytes = b""
    host: bytes = b""
    fetches: bool = False
    prefix: bytes = b""
    presumes: bool = False


#: The status that a client is to be given in place of the one that the proxy was told.
STATUS: Final = b"izin-status"
#: nginx (`auth_request`), the one that fetches; Caddy (`forward_auth`) and HAProxy; Traefik (ForwardAuth); Envoy (`ext_authz`).
WAYS: Final = (
    Way(CHECK, b"x-original-method", b"x-original-uri", fetches=True),
    Way(CHECK + b"/forwarded", b"x-forwarded-method", b"x-forwarded-uri", HOSTING),
    Way(CHECK + b"/prefixed", b"x-forwarded-method", b"x-forwarded-uri", HOSTING, prefix=b"Izin-Says-"),
    Way(CHECK + b"/path", presumes=True),
)
_NAMING: Final = frozenset(name for way in WAYS for name in (way.method, way.target) if name)
_OF: Final = {way.path: way for way in WAYS}


class Question(Struct, frozen=True):
    """The request that is asked about, as far as it is told. ``authority`` is None where no host was named; ``peer`` is the
    address at the other end of the client's connection, None if the proxy does not say; ``noted`` are the forwarding fields
    that came from there, ``lines`` the field lines of the client. A ``fault`` makes it no request that can be judged."""

    way: Way
    method: bytes
    target: bytes
    authority: bytes | None
    scheme: str
    peer: str | None
    noted: Noted
    lines: Lines
    fault: Reason | None = None


def read_question(head: RequestHead) -> Question | None:
    """What is asked by a head that was read; None if its path is no way to ask."""
    path = head.target.partition(b"?")[0]  # some proxies add the client's query
    way, method, target = _OF.get(path), head.method, b""
    if way is None or not way.target:
        way = WAYS[-1]
        if not head.target.startswith(way.path + b"/"):
            return None
        target = head.target[len(way.path) :]
    lines, named = _sorted(head.lines)
    faults: list[Reason] = []
    if way.target:
        method, target = _once(named, way.method, faults), _once(named, way.target, faults)
        if _METHOD.fullmatch(method) is None:
            faults.append(Reason.MALFORMED_MESSAGE)
    authority = head.authority
    if way.host:
        authority = _once(head.noted, way.host, [])
    peer, noted = _peer(head.noted)
    fault = faults[0] if faults else None
    return Question(way, method, target, authority, _scheme(head.noted), peer, noted, lines, fault)


def unreadable(head: RequestHead | None, fault: Reason) -> Question:
    """A question that breaks the form of a message: judged by its fault, and answered so that no way takes it for a yes."""
    read = None if head is None else read_question(head)
    if read is None:
        return Question(WAYS[0], b"", b"", None, "http", None, [], [], fault)
    return Question(
        read.way, read.method, read.target, read.authority, read.scheme, read.peer, read.noted, [], fault
    )


def decision_asked(target: bytes) -> str | None:
    """The id of the decision whose answer a proxy fetches; empty for what is no id, None for another path."""
    if not target.startswith(REFUSAL):
        return None
    id = target[len(REFUSAL) :].partition(b"?")[0]
    return id.decode("ascii") if _ID.fullmatch(id) else ""


def told(way: Way, said: Forward | Reply) -> Reply:
    """What the proxy is told: to pass the request on, with the fields that must accompany its answer, or not to.

    A 2xx would be taken for a yes, so it is never the answer about a document of ours: a proxy that cannot fetch it has to
    send its path to the front door.
    """
    if isinstance(said, Forward):
        fields = dress((), said.obligations).add
        return Reply(204 if way.fetches else 200, tuple((_named(way, name), value) for name, value in fields))
    if way.fetches:
        return Reply(403, _only_decision(said.fields))
    if said.status >= 500 and way.presumes:
        return Reply(403, (*said.fields, (STATUS, b"%d" % said.status)), said.body)
    return said if said.status >= 400 else _SEND_IT


def _named(way: Way, name: bytes) -> bytes:
    return name if name == b"Izin-Decision" else way.prefix + name


_SEND_IT: Final = Reply(
    404,
    ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")),
    b"Izin answers this path itself: let the proxy send it to the address of --listen.\n",
)
#: What whoever asks for an answer that is not held is given: never a yes.
NOT_HELD: Final = Reply(
    403,
    ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")),
    b"Tidak diizinkan. Not permitted.\n",
)
NO_SUCH_PATH: Final = Reply(404, ((b"cache-control", b"no-store"),))


def _only_decision(fields: Fields) -> Fields:
    return tuple(field for field in fields if field[0] == b"izin-decision")


def _sorted(lines: Lines) -> tuple[Lines, Noted]:
    """The client's lines, and the fields that name what is asked about."""
    kept, named = Lines(), Noted()
    for line in lines:
        name = name_of(line)
        if name in _NAMING:
            named.append((name, line.partition(b":")[2].strip(b" \t")))
        else:
            kept.append(line)
    return kept, named


def _once(fields: Iterable[tuple[bytes, bytes]], name: bytes, faults: list[Reason]) -> bytes:
    """The value of a field that must stand there once; empty, and a fault, if it does not."""
    values = [value for one, value in fields if one == name]
    if len(values) == 1:
        return values[0]
    faults.append(Reason.MALFORMED_MESSAGE)
    return b""


def _peer(noted: Noted) -> tuple[str | None, Noted]:
    """What the proxy saw at the other end, and what came from there."""
    others = [field for field in noted if field[0] not in (_LIST, _SCHEME, HOSTING)]
    before, _, last = b",".join(value for name, value in noted if name == _LIST).rpartition(b",")
    if before:
        others.append((_LIST, before))
    return read_hop(last), others


def _scheme(noted: Noted) -> str:
    values = [value.lower() for name, value in noted if name == _SCHEME]
    return "https" if values == [b"https"] else "http"
