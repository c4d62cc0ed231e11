"""ASGI scopes and messages in our words: what the gate reads of a scope, and how it answers."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import quote

from gateway.enforce.answer import Obligations, Reply
from gateway.licenses.credential import FIELD, license_credential
from gateway.proxy.dress import dress
from gateway.proxy.forwarding import introduction
from gateway.proxy.names import DRESSED, TOLD
from gateway.proxy.peer import Peers
from gateway.request import FIELDS_READ, MAX_USER_AGENT, SIGNED, Client, Request, fold_host, read_target
from gateway.vocabulary import Reason

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Fields = list[tuple[bytes, bytes]]

_SCHEMES: Final = {"ws": "http", "wss": "https"}
_READ: Final = {name.encode(): name for name in FIELDS_READ}
_CREDENTIAL: Final = FIELD.encode()
#: Extensions that hand files to the server past `send`, so that nobody could count what was sent.
_UNCOUNTED: Final = frozenset({"http.response.pathsend", "http.response.zerocopysend"})


def read_scope(scope: Scope, peers: Peers) -> Request:
    """The request of an `http` or `websocket` scope. Wire rules were the server's; what it let through is judged."""
    fields: dict[str, str] = {}
    noted: Fields = []
    hosts: list[bytes] = []
    credentials: list[str] = []
    for name, value in scope["headers"]:
        word = _READ.get(name)
        if word is not None:
            text = value.decode("latin-1")
            fields[word] = f"{fields[word]}, {text}" if word in fields else text
        elif name == b"host":
            hosts.append(value)
        elif name == _CREDENTIAL:
            credentials.append(value.decode("latin-1"))
        elif name in TOLD:
            noted.append((name, value))
    peer = peer_of(scope)
    authority = hosts[0].decode("latin-1").lower() if hosts else ""
    host = fold_host(authority) if hosts else ""
    target = read_target(_raw_target(scope))
    fault = _credential_fault(fields, credentials)
    if fault is not None:
        pass
    elif host is None or len(hosts) > 1:
        fault = Reason.MALFORMED_HOST
    elif target is None:
        fault = Reason.MALFORMED_TARGET
    elif len(fields.get("user-agent", "")) > MAX_USER_AGENT:
        fault = Reason.HEAD_TOO_LARGE
    scheme: str = scope.get("scheme", "http")
    return Request(
        scope.get("method", "GET"),
        peers.scheme(peer, noted, _SCHEMES.get(scheme, scheme)),
        authority,
        host or "",
        target,
        peers.client(peer, noted),
        peers.certified(peer, noted, fields),
        fault,
        [b"%b: %b" % field for field in scope["headers"]] if SIGNED in fields else (),
    )


def _credential_fault(fields: dict[str, str], credentials: list[str]) -> Reason | None:
    """Keep a license token in ``fields``; a fault where it does not stand alone."""
    try:
        found = license_credential(credentials)
    except ValueError:
        return Reason.MALFORMED_MESSAGE
    if found is not None:
        fields[FIELD] = found
    return None


def _raw_target(scope: Scope) -> bytes:
    raw = scope.get("raw_path")
    path: bytes = quote(scope["path"], safe="/%:@!$&'()*+,;=~").encode() if raw is None else raw
    query: bytes = scope.get("query_string", b"")
    path = path.partition(b"?")[0]
    return path + b"?" + query if query else path


def for_application(scope: Scope, request: Request) -> Scope:
    """The scope for the application, without extensions by which octets would go past us uncounted, and without a
    license token, which is none of its business."""
    extensions, shown = scope.get("extensions"), FIELD in request.fields
    if not (shown or (extensions and extensions.keys() & _UNCOUNTED)):
        return scope
    kept = dict(scope)
    if extensions:
        kept["extensions"] = {name: value for name, value in extensions.items() if name not in _UNCOUNTED}
    if shown:
        kept["headers"] = [field for field in scope["headers"] if field[0] != _CREDENTIAL]
    return kept


def introduced(scope: Scope, client: Client, peers: Peers) -> Scope:
    """The scope for the application: of the fields that only trusted proxies may send (TOLD), what is known of the client."""
    noted: Fields = [field for field in scope["headers"] if field[0] in TOLD]
    if not noted:
        return scope
    kept = [field for field in scope["headers"] if field[0] not in TOLD]
    return {**scope, "headers": kept + introduction(noted, client, peer=peer_of(scope), peers=peers)}


def peer_of(scope: Scope) -> str:
    """The address of whoever is connected to the server, empty where it has none."""
    peer: str = (scope.get("client") or ("",))[0]
    return peer


def dressed(start: Message, obligations: Obligations) -> Message:
    """A `http.response.start` with what must accompany it."""
    fields: Fields = [(bytes(name), bytes(value)) for name, value in start.get("headers", ())]
    noted = [(name.lower(), value) for name, value in fields if name.lower() in DRESSED]
    drop, add = dress(noted, obligations)
    kept = [field for field in fields if field[0].lower() not in drop] if drop else fields
    return {**start, "headers": [*kept, *((name.lower(), value) for name, value in add)]}


async def send_reply(send: Send, reply: Reply, *, bodiless: bool, kind: str = "http.response") -> int:
    """Send an answer of our own; gives its body octets."""
    headers = [(name.lower(), value) for name, value in reply.fields]
    if reply.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(reply.body)))
    body = b"" if bodiless or reply.status in (204, 304) else reply.body
    await send({"type": f"{kind}.start", "status": reply.status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body, "more_body": False})
    return len(body)


def values_of(scope: Scope, name: bytes) -> list[str]:
    """The values of a request's field, one for each line."""
    return [value.decode("latin-1") for one, value in scope["headers"] if one.lower() == name]


async def read_body(receive: Receive, most: int) -> bytes | None:
    """The whole body of a request, None if it has more than so many octets; what a client that left has sent."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return bytes(body)
